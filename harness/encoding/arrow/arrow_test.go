package arrow

import (
	"encoding/binary"
	"flag"
	"math"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite(t testing.TB) encodingtest.Suite {
	others := encodingtest.Messages(t, "independent.json")
	return encodingtest.Suite{Format: Format{}, Update: *update, Forms: func(g *encodingtest.Gen, r job.Reading, key string) []byte {
		return form(g, r, key, others)
	}, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonUnknownSchema, job.ReasonMissingField, job.ReasonWrongDevice, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite(t).Run(t) }
func FuzzDecode(f *testing.F)      { suite(f).Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite(b).BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite(b).BenchmarkAppend(b) }

// Streams of another implementation hold what it wrote. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// form writes streams of other schemas, and doubles that are too large.
func form(g *encodingtest.Gen, r job.Reading, key string, others [][]byte) []byte {
	if g.Chance(20) {
		return append([]byte{}, encodingtest.Pick(g, others...)...)
	}
	e, err := Format{}.Encoder(r)
	if err != nil {
		panic(err)
	}
	values := g.Values(len(r.Metrics))
	values[0] = 123_456_789
	b := e.Append(nil, key, g.Time(), values)
	var old [8]byte
	binary.LittleEndian.PutUint64(old[:], math.Float64bits(123.456789))
	for i := range len(b) - 8 {
		if string(b[i:i+8]) == string(old[:]) && g.Chance(20) {
			binary.LittleEndian.PutUint64(b[i:], math.Float64bits(encodingtest.Pick(g, math.NaN(), math.Inf(1), 1e300, 2.5)))
		}
	}
	return b
}
