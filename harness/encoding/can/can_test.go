package can

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
	return encodingtest.Suite{Format: Format{}, Forms: form, Keyed: true, CutsDecode: true, Holds: Holds, Update: *update,
		Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// Frames of scapy with signals of cantools hold what these say. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// form writes frames of all kinds, with lengths that none has, and metrics out of range.
func form(g *encodingtest.Gen, r job.Reading, _ string) []byte {
	e, err := Format{}.Encoder(r)
	if err != nil {
		panic(err)
	}
	b := e.Append(nil, "", 0, g.Values(len(r.Metrics)))
	for range g.IntN(3) {
		id := encodingtest.Pick[uint32](g, own, own|1<<8, 0x123, 0x7ff, own|remote, failure|0x20, 0x800)
		n := encodingtest.Pick(g, 8, 8, 8, 8, 0, 3, 12, 64, 9, 65)
		b = appendHead(b, id, n)
		if id&(remote|failure) == remote {
			continue
		}
		for range n {
			b = append(b, byte(g.IntN(256)>>g.IntN(8)))
		}
	}
	return b
}

// A frame with signals of both byte orders, signed, scaled and as floats, in CAN FD where it must.
func TestSignalsComeBack(t *testing.T) {
	r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{
		"a": {Path: "123 7|16@0+ (0.01,-40)"}, "b": {Path: "123 16|12@1- (0.5,0)"}, "c": {Path: "123 28|1@1+"}, "d": {Path: "0CF00400 24|16@1+ (0.125,0)"},
		"e": {Path: "18FEF100 64|32@1f"}, "f": {Path: "18FEF100 7|64@0f"}, "g": {Path: "g"}}}
	e, err := Format{}.Encoder(r)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	values := []int64{58_250_000, -1_023_500_000, 1_000_000, 8_031_875_000, 1_500_000, -123_456_789, 7}
	var got encoding.Reading
	message := e.Append(nil, "x", 0, values)
	if reason := d.Decode([]byte("x"), message, &got); reason != job.ReasonNone {
		t.Fatalf("Decode(%x) = %q", message, reason)
	}
	for i, v := range values {
		if got.Values[i] != v || !got.Present[i] {
			t.Errorf("metric %d = %d, want %d", i, got.Values[i], v)
		}
	}
	values[2] = encoding.Absent
	if d.Decode([]byte("x"), e.Append(nil, "x", 0, values), &got); got.Present[0] || got.Present[1] || !got.Present[3] {
		t.Errorf("a frame without one of its signals was written: %v", got.Present)
	}
}

func TestSignalsThatNoFrameHas(t *testing.T) {
	for path, want := range map[string]string{
		"800 0|8@1+": "identifier", "20000000 0|8@1+": "identifier", "123 0|0@1+": "bits", "123 510|8@1+": "bits", "123 0|16@1f": "float",
		"123 0|8@1+ (0,1)": "factor", "123 0|8@1+ (x,1)": "factor",
	} {
		r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: path}}}
		if _, err := (Format{}).Decoder(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Decoder of %s = %v, want one about %s", path, err, want)
		}
	}
	r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{
		"m": {Path: "123 0|8@1+"}, "n": {Path: "123 7|8@1+"}}}
	if _, err := (Format{}).Encoder(r); err == nil {
		t.Error("Encoder of two signals of one bit = nil, want an error")
	}
}
