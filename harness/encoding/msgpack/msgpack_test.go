package msgpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"math"
	"strings"
	"testing"

	library "github.com/tinylib/msgp/msgp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat,
		job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes a message with what MessagePack offers and sensors rarely use: long forms, extensions, names that are no text,
// names twice.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	shape, err := encoding.NewShape(r)
	if err != nil {
		panic(err)
	}
	return formOf(g, nil, shape, key)
}

func formOf(g *encodingtest.Gen, dst []byte, s *encoding.Shape, key string) []byte {
	switch {
	case s.Field == encoding.Device && !g.Chance(5):
		return formText(g, dst, key)
	case s.Field != encoding.Nowhere:
		return formValue(g, dst, 2)
	}
	n, extra := len(s.Names), g.IntN(3)
	switch g.IntN(3) {
	case 0:
		dst = binary.BigEndian.AppendUint16(append(dst, 0xde), uint16(n+extra))
	case 1:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xdf), uint32(n+extra))
	default:
		dst = appendMap(dst, n+extra)
	}
	for i := range n + extra {
		if i >= extra {
			dst = formText(g, dst, s.Names[i-extra])
			dst = formOf(g, dst, s.Members[i-extra], key)
			continue
		}
		switch g.IntN(3) {
		case 0:
			dst = formText(g, dst, s.Names[g.IntN(n)]) // the last one counts
		case 1:
			dst = formValue(g, dst, 2)
		default:
			dst = formText(g, dst, "other")
		}
		dst = formValue(g, dst, 2)
	}
	return dst
}

func formText(g *encodingtest.Gen, dst []byte, s string) []byte {
	switch g.IntN(8) {
	case 0:
		return append(append(dst, 0xd9, byte(len(s))), s...)
	case 1:
		return append(append(dst, 0xda, 0, byte(len(s))), s...)
	case 2:
		return append(append(dst, 0xdb, 0, 0, 0, byte(len(s))), s...)
	}
	return appendText(dst, s)
}

func formValue(g *encodingtest.Gen, dst []byte, depth int) []byte {
	random := func(n int) []byte {
		b := binary.BigEndian.AppendUint64(nil, g.Uint64()>>g.IntN(64))
		return b[8-n:]
	}
	switch g.IntN(16) {
	case 0:
		return append(dst, encodingtest.Pick[byte](g, 0xc0, 0xc2, 0xc3))
	case 1:
		return appendText(dst, "t\u00e4xt")
	case 2:
		return append(dst, 0xc4, 2, 0xff, 0)
	case 3:
		return append(append(dst, 0xd6, 0xff), random(4)...) // a timestamp
	case 4:
		return append(dst, 0xc7, 1, 5, 0)
	case 5:
		if depth > 0 {
			return formValue(g, formValue(g, append(dst, 0xdc, 0, 2), depth-1), depth-1)
		}
	case 6:
		if depth > 0 {
			return formValue(g, formValue(g, append(dst, 0x81), depth-1), depth-1)
		}
	case 7, 8:
		size := g.IntN(4)
		return append(append(dst, 0xcc+byte(size)), random(1<<size)...)
	case 9, 10:
		size := g.IntN(4)
		return append(append(dst, 0xd0+byte(size)), random(1<<size)...)
	case 11:
		return append(append(dst, 0xca), byte(g.IntN(256)), byte(g.IntN(256)), 0, 0)
	case 12:
		return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(encodingtest.Pick(g, math.NaN(), math.Inf(1), 1e-9, 5e6+5e-7)))
	}
	return appendNumber(dst, encoding.Decimal(g.Int64N(2e9)-1e9))
}

func TestNestingEndsAt64(t *testing.T) {
	for depth, want := range map[int]job.Reason{64: "", 65: job.ReasonBadFormat, 100_000: job.ReasonBadFormat} {
		if got := (&Walker{}).Walk([]byte(strings.Repeat("\x91", depth)+"\x00"), &encoding.Key{}); got != want {
			t.Errorf("Walk of %d lists in each other = %q, want %q", depth, got, want)
		}
	}
}

// FuzzLibrary holds what is well-formed, and the value of a document that is one number, against a library.
func FuzzLibrary(f *testing.F) {
	g := encodingtest.NewGen(7)
	for range 200 {
		m := form(g, encodingtest.Room, "k")
		f.Add(m)
		f.Add(g.Damage(bytes.Clone(m)))
		f.Add(formValue(g, nil, 1))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var k encoding.Key
		got := (&Walker{}).Walk(message, &k)
		if got == job.ReasonBadUTF8 || got == job.ReasonBadFormat && deep(message) {
			return
		}
		rest, err := library.Skip(message)
		want := job.ReasonBadFormat
		switch {
		case errors.Is(err, library.ErrShortBytes):
			want = job.ReasonTruncated
		case err == nil && len(rest) == 0:
			want = job.ReasonNone
		}
		if got != want {
			t.Fatalf("Walk(%x) = %q, the library says %v and leaves %d bytes", message, got, err, len(rest))
		}
		if got == job.ReasonNone && k.Scalar.Kind == encoding.Number {
			v, _, err := library.ReadIntfBytes(message)
			if want, ok := asFloat(v); err != nil || ok && want != k.Scalar.Number && want == want {
				t.Fatalf("Walk(%x) = %v, the library says %v, %v", message, k.Scalar.Number, v, err)
			}
		}
	})
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// deep is a guess that errs on the safe side: so many bytes that may open something.
func deep(message []byte) bool {
	n := 0
	for _, c := range message {
		if c>>4 == 8 || c>>4 == 9 || c >= 0xdc && c <= 0xdf {
			n++
		}
	}
	return n > job.MaxDepth
}
