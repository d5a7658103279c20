package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/scenarios"
)

// asCommand in the environment makes the test binary the command.
const asCommand = "REALISM_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// No preset is left out, and each row has a recording or the reason why not.
func TestEveryPresetHasARow(t *testing.T) {
	names, of := preset.Names(scenarios.Files), map[string]bool{}
	seen := map[string]bool{}
	for _, r := range rows() {
		of[r.preset] = true
		if seen[r.name] || r.name == "" {
			t.Errorf("row %q is there twice, or has no name", r.name)
		}
		seen[r.name] = true
		if r.preset != "" && !slices.Contains(names, r.preset) {
			t.Errorf("row %s is of preset %q, which there is not", r.name, r.preset)
		}
		if r.reason == "" && r.from() == "" {
			t.Errorf("row %s: nobody says where its recording is from", r.name)
		}
		if (r.reason == "") != (r.as != nil && len(r.files) > 0 && r.held != "") {
			t.Errorf("row %s: want a recording and what is held out, or a reason", r.name)
		}
	}
	for _, name := range names {
		if !of[name] {
			t.Errorf("preset %s has no row", name)
		}
	}
}

func TestPartsAreApart(t *testing.T) {
	s := sample.Framed([][]byte{{0}, {1}, {2}, {3}, {4}})
	ids := func(s *sample.Stream) (all []byte) {
		for _, m := range s.Messages {
			all = append(all, m.Bytes...)
		}
		return all
	}
	for p, want := range map[part][2][]byte{all: {{0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}}, second: {{0, 1}, {2, 3, 4}}, even: {{0, 2, 4}, {1, 3}}, odd: {{1, 3}, {0, 2, 4}}} {
		learn, ask := p.of(s)
		if got := [2][]byte{ids(learn), ids(ask)}; !cmp.Equal(got, want) || !learn.Framed || !ask.Framed {
			t.Errorf("part %d: %v, want %v, of bytes alone", p, got, want)
		}
	}
}

// What is done is kept: a second call scores nothing, and one with another recording does.
func TestScoresAreKept(t *testing.T) {
	dir := t.TempDir()
	b, err := os.ReadFile("../../generators/realism/testdata/traveltime.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte) {
		if err := os.WriteFile(filepath.Join(dir, "r.csv.gz"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(b)
	o := options{recordings: dir, dir: filepath.Join(dir, "runs"), seeds: 2}
	rows := []row{{name: "travel", files: []string{"r.csv.gz"}, as: text{Layout: sample.Layout{Key: "-"}}, part: second, fit: true, held: heldOut},
		{name: "none", preset: "city", reason: "nobody recorded it"}}
	call := func() (string, error) {
		var said bytes.Buffer
		err := score(o, rows, &said)
		return said.String(), err
	}
	for i, want := range []string{"1/2 travel\n", ""} {
		if said, err := call(); err != nil || !strings.HasSuffix(said, want) || want == "" && said != "" {
			t.Errorf("call %d: %v, said %q, want it to end in %q", i, err, said, want)
		}
	}
	found, err := load(o, rows)
	if err != nil || found[0].outcome == nil || len(found[0].Streams) != 2 || found[0].Halves == nil || found[0].Whole == nil || found[1].outcome != nil {
		t.Fatalf("load: %v, %+v; want two streams, the halves and the whole of the first row", err, found)
	}
	write(append(b, 0))
	if said, _ := call(); !strings.Contains(said, "travel") {
		t.Errorf("with another recording: said %q, want the row to be scored anew", said)
	}
	o.names = []string{"trvael"}
	if _, err := call(); err == nil || !strings.Contains(err.Error(), `no row "trvael"`) {
		t.Errorf("an unknown row: %v", err)
	}
}

// What is missing is told before the first row, all of it, once, and where it is to be had.
func TestAllMissingRecordingsAreNamedAtOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "here.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []row{
		{name: "found", files: []string{"here.csv"}},
		{name: "a", preset: "indoor", files: []string{"x/gone.csv", "here.csv", "y/*.csv"}},
		{name: "a-fitted", preset: "indoor", files: []string{"x/gone.csv", "here.csv", "y/*.csv"}},
		{name: "b", files: []string{"lost.csv"}, source: "a shelf"},
		{name: "c", files: []string{"never.csv"}, reason: "nobody recorded it"},
	}
	a := "there is no x/gone.csv, y/*.csv in " + dir + "; source: https://github.com/garystafford/aws-iot-analytics-demo sample_data/raw_data_xlarge.json\n"
	b := "there is no lost.csv in " + dir + "; source: a shelf\n"
	for only, want := range map[string]string{"": a + b, "b": b} {
		var said bytes.Buffer
		err := score(options{recordings: dir, dir: filepath.Join(dir, "runs"), seeds: 1, names: strings.Fields(only)}, rows, &said)
		if err == nil || !strings.HasPrefix(err.Error(), want+"put them there") || said.Len() > 0 {
			t.Errorf("-only %q: %v, said %q; want %q and no row begun", only, err, &said, want)
		}
	}
}

// An interrupt ends the program in the middle of a step that heeds nothing: here its recording is a pipe from which nothing comes.
func TestAnInterruptEndsTheProgramAtOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "machine-metrics-nab", "TravelTime_387.csv.gz")
	if err := errors.Join(os.Mkdir(filepath.Dir(pipe), 0o755), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // or it would read for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "-runs", filepath.Join(dir, "runs"), "-only", "travel-times", dir)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, reads := make(chan error, 1), make(chan *os.File, 1)
	go func() { ended <- cmd.Wait() }()
	go func() {
		f, _ := os.OpenFile(pipe, os.O_WRONLY, 0) // it opens when the program reads
		reads <- f
	}()
	select {
	case f := <-reads:
		defer f.Close()
	case err := <-ended:
		t.Fatalf("it ended before it read: %v\n%s", err, &said)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(said.String(), "the same command continues") {
		t.Errorf("exit code %d, want 130, and that the same command continues:\n%s", code, &said)
	}
}

func report(measures ...realism.Measure) *realism.Report { return &realism.Report{Measures: measures} }

// A row says what was passed, what failed by how much, and why there is no score.
func TestTable(t *testing.T) {
	c5 := realism.Measure{Check: "C5", Name: "ACF lag 1", Value: 0.09, Threshold: 0.05, Applies: true}
	c10 := realism.Measure{Check: "C10", Name: "gzip -6", Value: 0.1, Threshold: 0.25, Applies: true}
	good := report(c10)
	got := table([]scored{
		{row{name: "a", preset: "a", files: []string{"x/a.csv"}, held: heldOut, part: second}, &outcome{Messages: 7, Streams: []*realism.Report{report(c5, c10)}, Halves: good}},
		{row{name: "a-too", preset: "a", files: []string{"x/1", "y/2"}, held: "no: seen"}, &outcome{Messages: 8, Streams: []*realism.Report{good, report(c5)}}},
		{row{name: "other-one", files: []string{"x/*.hex"}, held: heldOut}, &outcome{Failed: "it\nbroke"}},
		{row{name: "b", preset: "b", files: []string{"x/b"}, held: heldOut}, nil},
		{row{name: "c", preset: "c", reason: "none: nobody recorded it"}, nil},
	})
	for _, want := range []string{
		"Of 1 scores of presets held out from their recording 0 reach the bar, of 1 that are not, or in part, 1; 1 presets have no recording",
		"| `a` | x/a.csv | 7 | yes | **1 of 2** | **failed** | passed | C5 ACF lag 1 0.090 (0.05) |\n",
		"| `a` (too) | 2 files | 8 | no: seen | 1 of 1 (1 of 2 seeds at the bar) | - | passed |  |\n",
		"| - (other one) | x | - | yes | - | - | - | no score: it broke |\n",
		"| `b` | x/b | - | yes | - | - | - | not scored yet |\n",
		"| `c` | none: nobody recorded it | - | - | - | - | - | - |\n",
		"| `a` | 1 of 1 |  | - | - |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks\n%s\nit is\n%s", want, got)
		}
	}
}

func TestTablesGoBetweenTheirMarks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte("before\n"+begin+"\nold\n"+end+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(options{document: file}, "new\n", nil); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(file)
	if want := "before\n" + begin + "\n\nnew\n\n" + end + "\nafter\n"; string(got) != want {
		t.Errorf("the document is %q, want %q", got, want)
	}
	if err := os.WriteFile(file, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(options{document: file}, "new", nil); err == nil {
		t.Error("a document without marks was written")
	}
}

// The document has the marks that the command looks for.
func TestTheDocumentHasThePlace(t *testing.T) {
	doc, err := os.ReadFile("../../docs/realism-presets.md")
	if err != nil || !strings.Contains(string(doc), begin) || !strings.Contains(string(doc), end) {
		t.Errorf("docs/realism-presets.md lacks the lines %q and %q, or %v", begin, end, err)
	}
}

func file(t *testing.T, name string, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFramesAreReadFromArrays(t *testing.T) {
	array := func(data ...[]byte) string {
		return file(t, "a.npy", []byte("\x93NUMPY\x01\x00\x04\x00{}  "), bytes.Join(data, nil))
	}
	le := binary.LittleEndian
	at := le.AppendUint64(nil, math.Float64bits(12.5))
	s, err := frames([]string{array(at), array(le.AppendUint64(nil, 1)), array(le.AppendUint64(nil, 0x25)), array([]byte{1, 2, 0, 9, 0, 0, 0, 0})})
	if err != nil || len(s.Messages) != 1 {
		t.Fatalf("%v, %+v; want one frame", err, s)
	}
	m := s.Messages[0]
	if m.Time != 12.5e9 || m.Key != "1/25" || hex.EncodeToString(m.Bytes) != "00000025080000000102000900000000" || !slices.Equal(m.Values, []float64{258, 9, 0, 0}) {
		t.Errorf("the frame is %+v", m)
	}
	if _, err := frames([]string{array(at), array(), array(), array()}); err == nil {
		t.Error("arrays of different lengths were read")
	}
}

func TestLogsAreReadWithoutTopicsThatHaveNoTime(t *testing.T) {
	data := func(topic uint16, us uint64) []byte {
		b := binary.LittleEndian.AppendUint16(nil, 10)
		b = binary.LittleEndian.AppendUint16(append(b, 'D'), topic)
		return binary.LittleEndian.AppendUint64(b, us)
	}
	head := append([]byte("ULog\x01\x12\x35\x00"), make([]byte, 8)...)
	s, err := ulog([]string{file(t, "a.ulg", head, data(0, 100e6), data(6, 0), []byte{1, 0, 'S', 0}, data(1, 99e6))})
	if err != nil || len(s.Messages) != 2 || s.Messages[1].Time != 99e9 || s.Messages[1].Key != "1" {
		t.Errorf("%v, %+v; want two messages, the second 99 s of topic 1", err, s)
	}
	if _, err := ulog([]string{file(t, "a.ulg", head, data(0, 1)[:5])}); err == nil {
		t.Error("a log that is cut off was read")
	}
	e := sent{Event: generators.Event{Key: []byte("drone-1/commander_state")}}
	if hasClock(&e) {
		t.Error("commander_state has no clock in the log")
	}
}

func TestBytesAreTakenApart(t *testing.T) {
	capture := append(binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4), make([]byte, 20)...)
	capture = append(append(capture, make([]byte, 8)...), 2, 0, 0, 0, 2, 0, 0, 0, 'h', 'i')
	lead := make([]byte, 3*540)
	lead[0], lead[1] = 0x01, 0x04 // 1025
	for name, c := range map[string]struct {
		of   alone
		in   []byte
		want string
	}{
		"lines":    {lines, []byte("# about\n$A\r\n\r\n$B\n"), "2441,2442"},
		"telegram": {telegram, []byte("68 1F\n16"), "681f16"},
		"capture":  {packets, capture, "6869"},
		"file":     {whole, []byte("ab"), "6162"},
	} {
		messages, err := c.of(c.in)
		var got []string
		for _, m := range messages {
			got = append(got, hex.EncodeToString(m))
		}
		if text := strings.Join(got, ","); err != nil || text != c.want {
			t.Errorf("%s: %s, %v, want %s", name, text, err, c.want)
		}
	}
	if _, err := packets(capture[:len(capture)-1]); err == nil {
		t.Error("a capture that is cut off was read")
	}
	if all, _ := blocks(lead); len(all) != 1 || len(all[0]) != 44+1080 || int16(binary.LittleEndian.Uint16(all[0][44:])) != 1 || int16(binary.LittleEndian.Uint16(all[0][46:])) != -1024 {
		t.Errorf("blocks of a lead: %d, want one of 1,124 bytes from 1, -1024 on", len(all))
	}
}

// A fit of blobs has the classes of its files, and nothing larger than the largest.
func TestBlobsAreFittedByClass(t *testing.T) {
	noise := make([]byte, 60_000)
	for i, x := 0, uint64(1); i < len(noise); i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		noise[i] = byte(x >> 32)
	}
	p, err := fitBlobs(sample.Framed([][]byte{noise, make([]byte, 90_000), noise[:50_000]}))
	if err != nil {
		t.Fatal(err)
	}
	if _, largest := p.Blobs(); len(p.Kinds) != 2 || largest != 90_000 || p.Kinds[0].Fields[0].Quantiles != "50000~2|60000~2" {
		t.Errorf("%d kinds, up to %d bytes, the first %s; want two, 90000, and both sizes of the dense files", len(p.Kinds), largest, p.Kinds[0].Fields[0].Quantiles)
	}
}
