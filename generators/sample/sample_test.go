package sample

import (
	"math"
	"strings"
	"testing"
)

func read(t *testing.T, text string, l Layout) *Stream {
	t.Helper()
	s, err := Read([]byte(text), l)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONMessages(t *testing.T) {
	lines := `{"data":{"temp":22.5,"ok":true},"device_id":"a1","ts":1594512094.3859746,"device":"x"}
{"data":{"temp":null,"ok":false},"device_id":"b2","ts":1594512095,"device":"x"}
`
	array := "[" + strings.ReplaceAll(strings.TrimSpace(lines), "\n", ",") + "]"
	for name, text := range map[string]string{"lines": lines, "array": array, "document": `{"count":2,"features":` + array + "}"} {
		s := read(t, text, Layout{Without: []string{"device"}})
		if len(s.Messages) != 2 || len(s.Fields) != 2 || s.Clock != "s" {
			t.Fatalf("%s: %d messages, fields %v, clock %q", name, len(s.Messages), s.Fields, s.Clock)
		}
		a, b := s.Messages[0], s.Messages[1]
		if a.Time != 1594512094385974600 || a.Key != "a1" || a.Values[0] != 22.5 || a.Values[1] != 1 {
			t.Errorf("%s: first message = %+v", name, a)
		}
		if got, want := string(a.Bytes), `{"data":{"temp":22.5,"ok":true},"device_id":"a1","ts":1594512094.3859746}`; got != want {
			t.Errorf("%s: bytes = %s, want %s", name, got, want)
		}
		if !math.IsNaN(b.Values[0]) || b.Texts[0] != "null" {
			t.Errorf("%s: null = %v %q, want no number", name, b.Values[0], b.Texts[0])
		}
		for _, sp := range a.Spans {
			if text := string(a.Bytes[sp.Start:sp.End]); sp.What == KeyLeaf && text != "a1" || sp.What == TimeLeaf && text != "1594512094.3859746" {
				t.Errorf("%s: span %d holds %s", name, sp.What, text)
			}
		}
	}
}

func TestCSVMessages(t *testing.T) {
	s := read(t, "time,pre1,flow\n2024/10/22 15:27:49.648,0.37 ,1\n2024/10/22 15:27:49.748,-,2\nshort\n", Layout{})
	if s.Bad != 1 || len(s.Messages) != 2 || string(s.Clock) != "2006/01/02 15:04:05.000" {
		t.Fatalf("%d bad, %d messages, clock %q", s.Bad, len(s.Messages), s.Clock)
	}
	if d := s.Messages[1].Time - s.Messages[0].Time; d != 100e6 {
		t.Errorf("interval = %d ns, want 100 ms", d)
	}
	if s.Messages[0].Values[0] != 0.37 || !math.IsNaN(s.Messages[1].Values[0]) {
		t.Errorf("values = %v, %v; want 0.37 and none", s.Messages[0].Values[0], s.Messages[1].Values[0])
	}
}

func TestClocks(t *testing.T) {
	for text, want := range map[string]Clock{"1700000000": "s", "1700000000.25": "s", "1700000000123": "ms", "1700000000123456": "us", "17": "count",
		"2024-01-02T03:04:05Z": "2006-01-02T15:04:05.999999999Z07:00", "2024-01-02 03:04:05": "2006-01-02 15:04:05"} {
		if got, err := detectClock(text); got != want || err != nil {
			t.Errorf("detectClock(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := detectClock("noon"); err == nil {
		t.Error("detectClock(noon): no error")
	}
}

// A number with an exponent is the time that it says, to what a double knows of it.
func TestTimesWithExponents(t *testing.T) {
	const want = 1_594_512_094_385_974_600
	for text, clock := range map[string]Clock{"1.5945120943859746E9": "s", "15945120943859746e-7": "s", "1.5945120943859746e+12": "ms"} {
		got, err := clock.Parse(text)
		if off := got - want; err != nil || off < -1_000 || off > 1_000 {
			t.Errorf("Parse(%s) as %s = %d, %v; want %d", text, clock, got, err, int64(want))
		}
		if found, err := detectClock(text); found != clock || err != nil {
			t.Errorf("detectClock(%s) = %s, %v; want %s", text, found, err, clock)
		}
	}
}

func TestProblemsAreSaid(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "there are none"},
		{`{"v":1}`, "no time"},
		{`{"ts":"noon"}`, `time "noon"`},
		{"{not json}\n", "cannot be read"},
	} {
		if _, err := Read([]byte(c.text), Layout{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Read(%q): error %v, want %q in it", c.text, err, c.want)
		}
	}
	if _, err := Read([]byte(`{"ts":1,"v":2}`), Layout{Key: "node"}); err == nil || !strings.Contains(err.Error(), `no key "node" among ts, v`) {
		t.Errorf("error %v, want the missing key in it", err)
	}
}

// Messages behind their lengths are of any bytes.
func TestFramedMessages(t *testing.T) {
	s := read(t, "\x00\x00\x00\x02{\n\x00\x00\x00\x00\x00\x00\x00\x03,\xff\x00", Layout{})
	if len(s.Messages) != 3 || !s.Framed || string(s.Messages[0].Bytes) != "{\n" || len(s.Messages[1].Bytes) != 0 || string(s.Messages[2].Bytes) != ",\xff\x00" {
		t.Errorf("read %+v, want three messages", s)
	}
	// A length from 0x09000000 on begins as a text may.
	large := make([]byte, 4+0x09000000+5)
	large[0], large[len(large)-2] = 9, 1
	if s, err := Read(large, Layout{}); err != nil || len(s.Messages) != 2 || len(s.Messages[0].Bytes) != 0x09000000 || len(s.Messages[1].Bytes) != 1 {
		t.Errorf("a message of 151 MB and one of 1 B behind their lengths: %v, %v", s, err)
	}
	for _, cut := range []string{"\x00\x00\x00\x02{", "\x00\x00\x00\x01{\x00"} {
		if _, err := Read([]byte(cut), Layout{}); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("Read(%q): %v, want that it is cut off", cut, err)
		}
	}
}
