package prometheus

import (
	"flag"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, CutsDecode: true, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat,
		job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonWrongDevice, job.ReasonRange, job.ReasonBadNumber}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// Texts of another implementation hold what it says. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// form writes samples with blanks, labels and values of all kinds.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	r, err := names(r)
	if err != nil {
		panic(err)
	}
	b := []byte(encodingtest.Pick(g, "", "", "# HELP x a \\ text\n", "\n", "  # TYPE x counter \n"))
	wild, nobody := g.Chance(30), g.Chance(5)
	pick := func(plain string, odd ...string) string {
		if wild {
			return encodingtest.Pick(g, append(odd, plain, plain)...)
		}
		return plain
	}
	for range 1 + g.IntN(3) {
		for _, n := range r.Names() {
			b = append(b, r.Metrics[n].Path+encodingtest.Pick(g, "{", " {", "{ ")...)
			b = append(b, pick(`le="+Inf",`, `x = "a\\b\n\"", `, `x="\q",`, "x=1,", ",", "\u00e4=\"\",")...)
			if !nobody {
				b = appendLabel(append(b, r.Device+`="`...), pick(key, key, key, "another"))
				b = append(b, '"')
			}
			b = append(b, encodingtest.Pick(g, "} ", "}", ",} ", "}\t")...)
			b = append(b, encodingtest.Pick(g, "1", "2.5", "-7e-3", "+3", "007", "-12.25", pick("0", "NaN", "+Inf", "x", "", "1e400"))...)
			if g.Chance(4) {
				b = append(b, strings.Repeat("1", 9*g.IntN(9))...)
			}
			b = append(b, pick("\n", " 1594598735772\n", " -1\n", " 1.5\n", " 1 2\n", " "+strings.Repeat("1", 65)+"\n", " # {} 1\n")...)
		}
	}
	return b
}

func TestDecode(t *testing.T) {
	r := job.Reading{Device: "device.id", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "room.temp-1"}}}
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]job.Reason{
		"room_temp_1{device_id=\"k\"} 21.5\n":                           "",
		"room_temp_1{device_id=\"k\",} 21.5 1\n# EOF\n":                 "",
		"other 1\nroom_temp_1 {a=\"{}\", device_id = \"k\" }\t+21.50\n": "",
		"room_temp_1{device_id=\"k\"} 21.5":                             job.ReasonTruncated,
		"room_temp_1{device_id=\"k":                                     job.ReasonTruncated,
		"room_temp_1{device_id=\"x\"} 21.5\n":                           job.ReasonWrongDevice,
		"room_temp_1 21.5\n":                                            job.ReasonMissingField,
		"room_temp_1{device_id=\"k\"} 0x15\n":                           job.ReasonBadFormat,
		"room_temp_1{device_id=\"k\"} 21.5 1 # {a=\"b\"} 1\n":           job.ReasonBadFormat,
		"room_temp_1{device_id=\"k\"} +Inf\n":                           job.ReasonRange,
		"room_temp_1{device_id=\"k\"}\n":                                job.ReasonBadFormat,
		"\xff\n":                                                        job.ReasonBadUTF8,
	} {
		var got encoding.Reading
		if reason := d.Decode([]byte("k"), []byte(message), &got); reason != want {
			t.Errorf("Decode(%q) = %q, want %q", message, reason, want)
		} else if reason == "" && got.Values[0] != 21_500_000 {
			t.Errorf("Decode(%q) = %v, want 21.5", message, got.Values)
		}
	}
}

func TestNamesThatBecomeOne(t *testing.T) {
	r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "a.b"}, "n": {Path: "a_b"}}}
	if _, err := (Format{}).Encoder(r); err == nil || !strings.Contains(err.Error(), "metrics m and n would both be called a_b") {
		t.Errorf("Encoder = %v", err)
	}
}

// A message without a metric has none, whatever metrics are called.
func TestNoMetricIsTakenForOneThatIsThere(t *testing.T) {
	r := job.Reading{Device: "device", Time: job.TimeField{Path: "ts", Unit: "ms"}, Metrics: map[string]job.Metric{"a": {Path: "up"}, "b": {Path: "up_"}}}
	e, err := Format{}.Encoder(r)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	message := e.Append(nil, "k", 1, []int64{encoding.Absent, encoding.Absent})
	if reason := d.Decode([]byte("k"), message, &got); reason != job.ReasonNone || got.Present[0] || got.Present[1] {
		t.Errorf("Decode(%s) = %q %v, want no metric", message, reason, got.Present)
	}
}
