package fit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// scored fits a preset to one part of a recording and scores what it generates against another.
func scored(t *testing.T, learn, ask *sample.Stream, l sample.Layout) *realism.Report {
	t.Helper()
	p, err := Fit(learn, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	return compared(t, p, ask, l, 5)
}

// compared scores a stream of a preset against a recording.
func compared(t *testing.T, p *preset.Preset, ask *sample.Stream, l sample.Layout, seed uint64) *realism.Report {
	t.Helper()
	keys, _ := ask.Sources()
	g, err := preset.New(preset.Config{Preset: p, Devices: len(keys), Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if p.Columns != "" {
		fmt.Fprintln(&b, p.Columns)
	}
	var e generators.Event
	for range ask.Messages {
		at, _ := g.Pace()
		g.Next(at, &e)
		b.Write(e.Value)
		b.WriteByte('\n')
	}
	l.Without = nil
	gen, err := sample.Read(b.Bytes(), l)
	if err != nil {
		t.Fatal(err)
	}
	return realism.Score(ask, gen, realism.Options{})
}

// verdict says how a score came out.
func verdict(rep *realism.Report) (text string, over []string) {
	for _, m := range rep.Measures {
		if m.Applies && !m.Passed() {
			over = append(over, fmt.Sprintf("%s %s %.2f", m.Check, m.Name, m.Value))
		}
	}
	passed, apply := rep.Score()
	return fmt.Sprintf("%d of %d", passed, apply), over
}

// A preset fitted to a recording generates streams that pass as realistic beside it: most of seven, since of the travel times a few peaks
// decide on the autocorrelation of 2,500 messages, which is from 0.55 to 0.92 from stream to stream.
func TestFittedPresetsPass(t *testing.T) {
	for _, c := range []struct {
		file   string
		layout sample.Layout
	}{
		{"../realism/testdata/traveltime.csv.gz", sample.Layout{}},
		{"../realism/testdata/motes.csv.gz", sample.Layout{Time: "reading", Key: "mote_id", Sort: true}},
	} {
		s, err := sample.ReadFile(c.file, c.layout)
		if err != nil {
			t.Fatal(err)
		}
		p, passed, all := fittedTo(t, s), 0, ""
		for seed := range uint64(7) {
			rep := compared(t, p, s, c.layout, 5+seed)
			text, over := verdict(rep)
			all += fmt.Sprintf("\n%s checks passed; over their thresholds: %s", text, strings.Join(over, ", "))
			if rep.Realistic() {
				passed++
			}
		}
		if passed < 4 {
			t.Errorf("%s: %d of 7 streams pass%s", c.file, passed, all)
		}
	}
}

func TestAFitHoldsNoMessage(t *testing.T) {
	s, err := sample.ReadFile("../realism/testdata/traveltime.csv.gz", sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	text := p.YAML()
	for _, m := range s.Messages {
		if bytes.Contains(text, m.Bytes) {
			t.Fatalf("the preset contains the message %s", m.Bytes)
		}
	}
	if again, err := preset.Read("again", text); err != nil || !bytes.Equal(again.YAML(), text) {
		t.Errorf("a preset written, read and written again differs, or %v", err)
	}
}

func TestTooShortRecordingsAreRefused(t *testing.T) {
	s, err := sample.Read([]byte("ts,v\n1700000000,1\n1700000010,2\n"), sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Fit(s, Options{}); err == nil || !strings.Contains(err.Error(), "no source has 100 messages") {
		t.Errorf("error %v, want it to say how many messages are needed", err)
	}
}

func TestDerivedFieldsBecomeSlots(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,n,local,v\n")
	for i := range 500 {
		fmt.Fprintf(&b, "2024-03-01 %02d:%02d:00,%d,%s,%d\n", i/60, i%60, i+7, fmt.Sprintf("2024-03-01 %02d:%02d:00", i/60+1, i%60), i*i%17)
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "${time},${seq},${time:1h0m0s:2006-01-02 15:04:05},${v}"; p.Message != want {
		t.Errorf("message = %s, want %s", p.Message, want)
	}
}

func TestComposedTextsBecomeSlots(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		net, code := []string{"nc", "ak", "us"}[i*i%3], 37000000+i*i*7919%999983
		fmt.Fprintf(&b, `{"ts":%d,"net":"%s","code":"x%d","url":"https://example.org/%sx%d","v":%d}`+"\n", 1700000000+i*10, net, code, net, code, i*i%23)
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(p.YAML(), []byte(s.Messages[77].Texts[1])) {
		t.Errorf("the preset tells the code %s of the recording", s.Messages[77].Texts[1])
	}
	if want := `{"ts":${time},"net":"${net}","code":"${code}","url":"https://example.org/${net}${code}","v":${v}}`; p.Message != want {
		t.Errorf("message = %s, want %s", p.Message, want)
	}
}

// Fields that often are the same are not made of each other.
func TestEqualFieldsStayApart(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `{"ts":%d,"light":%v,"motion":%v,"a":"%s","b":"%s"}`+"\n", 1700000000+i*10, i%3 == 0, i%50 == 0,
			[]string{"calm", "calm", "west"}[i%3], []string{"calm", "calm", "calm", "rain"}[i%4])
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"ts":${time},"light":${light},"motion":${motion},"a":"${a}","b":"${b}"}`; p.Message != want {
		t.Errorf("message = %s, want %s", p.Message, want)
	}
}

// A field that is a word or null keeps its quotes with the word.
func TestQuotesBelongToWords(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `{"ts":%d,"alert":%s,"v":%d}`+"\n", 1700000000+i*10, []string{"null", `"green"`}[i*i/3%2], i*i%23)
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	rep := scored(t, s, s, sample.Layout{Key: "-"})
	for _, m := range rep.Measures {
		if m.Name == "malformed" && m.Value > 0 {
			t.Errorf("share of malformed messages = %v, want 0", m.Value)
		}
	}
}

// Members that some objects do not have are null in those of the preset, words with their quotes or without.
func TestAbsentMembersAreNull(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `{"ts":%d,"v":%d`, 1700000000+i*10, i*i%23)
		if i%3 == 0 {
			fmt.Fprintf(&b, `,"battery":3.%d`, i%7)
		}
		if i%5 != 4 {
			fmt.Fprintf(&b, `,"state":"%s"`, []string{"on", "off"}[i%2])
		}
		b.WriteString("}\n")
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := preset.New(preset.Config{Preset: p, Devices: 1, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	absent := 0
	for range s.Messages {
		var e generators.Event
		at, _ := g.Pace()
		g.Next(at, &e)
		if !json.Valid(e.Value) {
			t.Fatalf("no JSON: %s", e.Value)
		}
		if bytes.Contains(e.Value, []byte(`"battery":null`)) {
			absent++
		}
	}
	if absent < 300 || absent > 366 {
		t.Errorf("%d of 500 messages without battery, want 333 or about as many", absent)
	}
}

// A field that is the time in a form at two distances equally often has the nearer one, whenever it is fitted.
func TestOffsetsThatAreAsOftenAreOneAlways(t *testing.T) {
	s := &sample.Stream{Fields: []string{"at"}}
	for i := range 200 {
		at := time.Unix(1_700_000_000, 0).Add(time.Duration(i) * time.Minute)
		local := at.Add(time.Duration(1+i%2) * time.Hour) // summer time and winter time
		s.Messages = append(s.Messages, sample.Message{Time: at.UnixNano(), Texts: []string{local.UTC().Format(time.DateTime)}})
	}
	f := &fitter{Stream: s}
	for range 30 {
		if by, ok := f.follows(0, time.DateTime); by != time.Hour || !ok {
			t.Fatalf("follows = %v, %v; want 1h0m0s, true", by, ok)
		}
	}
}

// Of a device most of whose messages have the time of the one before a preset is made all the same.
func TestBurstsAreFitted(t *testing.T) {
	var b strings.Builder
	b.WriteString("ts,device,v\n")
	for i := range 900 {
		fmt.Fprintf(&b, "%d,a,%.1f\n", 1_700_000_000+60*(i/3), 20+5*math.Sin(float64(i)/60))
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Fit(s, Options{Title: "Three at a time"})
	if err != nil {
		t.Fatalf("Fit of three messages a minute at one time = %v", err)
	}
	for _, m := range p.Kinds[0].Fields[0].Slow {
		if m.Every < preset.Span(time.Minute) {
			t.Errorf("a movement turns every %v, want minutes: messages come each 20 s on average", time.Duration(m.Every))
		}
	}
}
