package wav

import (
	"encoding/binary"
	"flag"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form16, Keyed: true, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// Files of other programs hold what they read in them. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// form16 writes files of other forms, with chunks that nobody knows, twice, or too long.
func form16(g *encodingtest.Gen, r job.Reading, _ string) []byte {
	le := binary.LittleEndian
	bits := encodingtest.Pick(g, 8, 16, 16, 24, 32, 32, 12, 64)
	code := encodingtest.Pick(g, pcm, pcm, pcm, float, extensible)
	channels := 1 + g.IntN(2)
	f := le.AppendUint16(le.AppendUint16(nil, uint16(code)), uint16(channels))
	f = le.AppendUint32(le.AppendUint32(f, 8000), 16000)
	f = le.AppendUint16(le.AppendUint16(f, uint16(channels*bits/8)), uint16(bits))
	if code == extensible {
		f = append(le.AppendUint16(f, 22), 16, 0, 0, 0, 0, 0, byte(encodingtest.Pick(g, pcm, float)), 0)
		f = append(f, make([]byte, 14)...)
	}
	data := make([]byte, channels*bits/8*(len(r.Metrics)+g.IntN(2)))
	for i := range data {
		data[i] = byte(g.IntN(256))
	}
	chunk := func(name string, b []byte) []byte {
		return append(le.AppendUint32([]byte(name), uint32(len(b))), append(b, make([]byte, len(b)%2)...)...)
	}
	b := []byte("WAVE")
	if g.Chance(20) {
		b = append(b, chunk("LIST", []byte("INFOx"))...)
	}
	b = append(b, chunk("fmt ", f)...)
	for range encodingtest.Pick(g, 1, 1, 1, 1, 1, 1, 1, 0, 2) {
		b = append(b, chunk("data", data)...)
	}
	return append(le.AppendUint32([]byte("RIFF"), uint32(len(b)+g.IntN(50)/49)), b...)
}

// What a metric can be of all samples, it is; and the encoder writes a block of which it is that.
func TestOfAllSamples(t *testing.T) {
	block := []int64{-1_500_000, 250_000, 1_000_000, -250_000}
	e, err := Format{}.Encoder(encodingtest.Readings[3])
	if err != nil {
		t.Fatal(err)
	}
	message := e.Append(nil, "", 0, block)
	for path, want := range map[string]int64{"samples.first": block[0], "samples.last": block[3], "samples.min": block[0], "samples.max": block[2],
		"samples.peak": block[0], "samples.mean": -125_000} {
		r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: path}}}
		d, err := Format{}.Decoder(r)
		if err != nil {
			t.Fatal(err)
		}
		own, err := Format{}.Encoder(r)
		if err != nil {
			t.Fatal(err)
		}
		var got encoding.Reading
		if reason := d.Decode([]byte("k"), message, &got); reason != job.ReasonNone || got.Values[0] != want {
			t.Errorf("%s: Decode = %q %v, want %d", path, reason, got.Values, want)
		}
		if reason := d.Decode([]byte("k"), own.Append(nil, "", 0, []int64{-7_300_001}), &got); reason != job.ReasonNone || got.Values[0] != -7_300_001 {
			t.Errorf("%s: Decode of the encoder's block = %q %v", path, reason, got.Values)
		}
		if reason := d.Decode([]byte("k"), own.Append(nil, "", 0, []int64{encoding.Absent}), &got); reason != job.ReasonNone || got.Present[0] {
			t.Errorf("%s: Decode of an absent metric = %q %v", path, reason, got)
		}
	}
	for _, m := range []map[string]job.Metric{{"m": {Path: "samples.median"}}, {"m": {Path: "samples.min"}, "n": {Path: "n"}}} {
		if _, err := (Format{}).Decoder(job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: m}); err == nil {
			t.Errorf("Decoder of %v = nil, want an error", m)
		}
	}
}
