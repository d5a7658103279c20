package ndjson

import (
	"flag"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadJSON,
		job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes batches: several documents, empty lines, documents of another device and of none, other line ends.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	e, err := jsonenc.Format{}.Encoder(r)
	if err != nil {
		panic(err)
	}
	var b []byte
	for range 1 + g.IntN(5) {
		switch g.IntN(30) {
		case 0:
			b = e.Append(b, "another", 0, g.Values(len(r.Metrics)))
		case 1:
			b = append(b, encodingtest.Pick(g, "{}", "[]", "1", "null", `{"a":{"d":1},"d":1,"id":1,"device_id":1}`, "{", " ", "{}{}")...)
		case 2, 3:
			b = append(b, `{"data":{"temp":true},"m":"x","a":{"b":{"c":[]}},"m3":{}}`...)
		default:
			b = e.Append(b, key, g.Time(), g.Values(len(r.Metrics)))
		}
		b = append(b, encodingtest.Pick(g, "\n", "\n", "\n", "\n", "\r\n", " \n", "\n\n")...)
	}
	if g.Chance(4) {
		return []byte("{}\n")
	}
	return b
}

func TestDecode(t *testing.T) {
	r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "m"}, "n": {Path: "n"}}}
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		message string
		want    job.Reason
		m, n    int64
	}{
		{"{\"d\":\"k\",\"t\":1,\"m\":1}\n{\"d\":\"k\",\"t\":2,\"n\":2}\n", "", 1e6, 2e6},
		{"{\"d\":\"k\",\"t\":1,\"m\":1,\"n\":5}\n\n{\"m\":3,\"n\":null}\r\n", "", 3e6, 5e6},
		{"{\"d\":\"k\",\"t\":1,\"m\":1,\"m\":2,\"n\":0}\n", "", 2e6, 0},
		{"{\"d\":\"k\",\"t\":1}\n{\"d\":\"x\",\"t\":1}\n{\"d\":\"k\",\"t\":1}\n", job.ReasonWrongDevice, 0, 0},
		{"{\"d\":\"k\",\"t\":1}", job.ReasonTruncated, 0, 0},
		{"{\"d\":\"k\",\"t\":1}\n{\"d\"", job.ReasonTruncated, 0, 0},
		{"{\"d\":\"k\",\"t\":1}\n{\"d\"x", job.ReasonBadJSON, 0, 0},
		{"{\"d\":\"k\",\"t\":1\n}\n", job.ReasonBadJSON, 0, 0},
		{"\n", job.ReasonMissingField, 0, 0},
		{"[1,2]\n", job.ReasonMissingField, 0, 0},
	} {
		var got encoding.Reading
		if reason := d.Decode([]byte("k"), []byte(c.message), &got); reason != c.want {
			t.Errorf("Decode(%q) = %q, want %q", c.message, reason, c.want)
		} else if reason == "" && (got.Values[0] != c.m || got.Values[1] != c.n) {
			t.Errorf("Decode(%q) = %v, want %d, %d", c.message, got.Values, c.m, c.n)
		}
	}
}
