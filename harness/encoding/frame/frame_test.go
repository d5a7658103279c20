package frame

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"hash/crc32"
	"math"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Checked: true, Update: *update, Reasons: []job.Reason{job.ReasonTruncated,
		job.ReasonBadFormat, job.ReasonBadChecksum, job.ReasonUnknownSchema, job.ReasonWrongDevice, job.ReasonRange, job.ReasonBadUTF8}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes frames with a right sum over odd content.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	b := encoder{}.Append(nil, key, g.Time(), g.Values(len(r.Metrics)))
	doubles := len(b) - crcBytes - 8*len(r.Metrics)
	switch g.IntN(5) {
	case 0:
		v := encodingtest.Pick(g, math.NaN(), math.Inf(1), 1e7+1e-6, 5e-7, -1e300)
		binary.LittleEndian.PutUint64(b[doubles:], math.Float64bits(v))
	case 1:
		b[headBytes+g.IntN(len(key))] = 0xff
	case 2:
		b[len(start)]++
	case 3:
		b[g.IntN(3)]++
	}
	sum := crc32.Checksum(b[:len(b)-crcBytes], castagnoli)
	binary.LittleEndian.PutUint32(b[len(b)-crcBytes:], sum)
	return b
}

// TestLayout writes the layout down byte by byte.
func TestLayout(t *testing.T) {
	got := encoder{}.Append(nil, "k7", 1000, []int64{1_500_000, -2_000_000})
	want := "a55a01" + "02" + "0200" + "6b37" + "e803000000000000" + "03" + "000000000000f83f" + "00000000000000c0"
	if h := hex.EncodeToString(got[:len(got)-4]); h != want {
		t.Errorf("Append = %s, want %s and the sum", h, want)
	}
	if sum := binary.LittleEndian.Uint32(got[len(got)-4:]); sum != crc32.Checksum(got[:len(got)-4], crc32.MakeTable(crc32.Castagnoli)) {
		t.Errorf("the sum is %x", sum)
	}
}
