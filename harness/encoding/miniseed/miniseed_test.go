package miniseed

import (
	"encoding/binary"
	"flag"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite(t testing.TB) encodingtest.Suite {
	recorded := records(t)
	return encodingtest.Suite{Format: Format{}, Checked: true, Update: *update, Forms: func(g *encodingtest.Gen, r job.Reading, key string) []byte {
		return form(g, r, key, recorded)
	}, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonBadChecksum, job.ReasonUnknownSchema, job.ReasonWrongDevice, job.ReasonBadUTF8}}
}

func TestConformance(t *testing.T) { suite(t).Run(t) }
func FuzzDecode(f *testing.F)      { suite(f).Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite(b).BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite(b).BenchmarkAppend(b) }

// Records of another implementation, and recorded ones, hold what it says. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// records are short ones of the other implementation, of all encodings and both versions.
func records(t testing.TB) [][]byte {
	return slices.DeleteFunc(encodingtest.Messages(t, "independent.json"), func(m []byte) bool { return len(m) > 512 })
}

// form writes records of version 3 with other encodings and odd times under a right sum, and records of version 2 of the
// message's own device.
func form(g *encodingtest.Gen, r job.Reading, key string, recorded [][]byte) []byte {
	b := (&encoder{}).appendPlain(g, key, r)
	le := binary.LittleEndian
	switch g.IntN(6) {
	case 0:
		b[encodingAt] = byte(encodingtest.Pick(g, asText, int16s, int32s, float32s, steim1, steim2, 2, 19))
	case 1:
		le.PutUint16(b[dayAt:], uint16(encodingtest.Pick(g, 0, 367, 366, 1)))
	case 2:
		le.PutUint32(b[countAt:], g.Uint32()>>g.IntN(32))
	case 3:
		if len(key) > 0 {
			b[head3Bytes+g.IntN(len(key))] = encodingtest.Pick[byte](g, 0xff, 'x')
		}
	case 4:
		if m := encodingtest.Pick(g, recorded...); g.Chance(50) {
			return append([]byte{}, m...)
		}
	}
	le.PutUint32(b[sumAt:], 0)
	le.PutUint32(b[sumAt:], crc32.Checksum(b, castagnoli))
	return b
}

func (*encoder) appendPlain(g *encodingtest.Gen, key string, r job.Reading) []byte {
	e, err := Format{}.Encoder(r)
	if err != nil {
		panic(err)
	}
	return e.Append(nil, key, g.Time(), g.Values(len(r.Metrics)))
}
