package cbor

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	library "github.com/fxamacker/cbor/v2"

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

// form writes a message with what CBOR offers and sensors rarely use: long forms, tags, chunks, maps without end, names that
// are no text, names twice.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	shape, err := encoding.NewShape(r)
	if err != nil {
		panic(err)
	}
	return formOf(g, nil, shape, key)
}

func formOf(g *encodingtest.Gen, dst []byte, s *encoding.Shape, key string) []byte {
	for g.Chance(10) {
		dst = AppendHead(dst, tag, g.Uint64()>>g.IntN(64))
	}
	switch {
	case s.Field == encoding.Device && !g.Chance(5):
		return formText(g, dst, key)
	case s.Field != encoding.Nowhere:
		return formValue(g, dst, 2)
	}
	open := g.Chance(40)
	n := len(s.Names)
	extra := g.IntN(3)
	if open {
		dst = append(dst, mapping<<5|indefinite)
	} else {
		dst = AppendHead(dst, mapping, uint64(n+extra))
	}
	for i := range n + extra {
		if i < extra {
			switch g.IntN(3) {
			case 0:
				dst = formText(g, dst, s.Names[g.IntN(n)]) // the last one counts
			case 1:
				dst = formValue(g, dst, 2)
			default:
				dst = formText(g, dst, "other")
			}
			dst = formValue(g, dst, 2)
			continue
		}
		dst = formText(g, dst, s.Names[i-extra])
		dst = formOf(g, dst, s.Members[i-extra], key)
	}
	if open {
		dst = append(dst, breakByte)
	}
	return dst
}

func formText(g *encodingtest.Gen, dst []byte, s string) []byte {
	if g.Chance(70) {
		return AppendText(dst, s)
	}
	dst = append(dst, textString<<5|indefinite)
	for s != "" {
		n := g.IntN(len(s) + 1)
		for n < len(s) && !utf8.RuneStart(s[n]) && !g.Chance(5) { // a chunk that ends inside a character is not valid
			n++
		}
		dst = AppendText(dst, s[:n])
		s = s[n:]
	}
	return append(dst, breakByte)
}

func formValue(g *encodingtest.Gen, dst []byte, depth int) []byte {
	switch g.IntN(16) {
	case 0:
		return append(dst, simple<<5|byte(20+g.IntN(4)))
	case 1:
		return append(dst, simple<<5|oneByte, byte(g.IntN(256)))
	case 2:
		return formText(g, dst, "text")
	case 3:
		return append(AppendHead(dst, byteString, 3), "\xff\x00\x80"...)
	case 4:
		if depth > 0 {
			return formValue(g, formValue(g, append(dst, array<<5|2), depth-1), depth-1)
		}
	case 5:
		if depth > 0 {
			dst = formValue(g, append(dst, mapping<<5|indefinite), depth-1)
			return append(formValue(g, dst, depth-1), breakByte)
		}
	case 6:
		return AppendHead(dst, byte(g.IntN(2)), g.Uint64()>>g.IntN(64))
	case 7:
		return AppendHead(dst, byte(g.IntN(2)), math.MaxUint64-uint64(g.IntN(3)))
	case 8, 9:
		h := g.Uint64()
		return append(dst, simple<<5|25, byte(h), byte(h>>8))
	case 10:
		dst = append(dst, simple<<5|26)
		return append(dst, byte(g.IntN(256)), byte(g.IntN(256)), byte(g.IntN(256)), byte(g.IntN(256)))
	case 11: // a long form of a small number
		return append(dst, eightBytes, 0, 0, 0, 0, 0, 0, 0, byte(g.IntN(256)))
	}
	return AppendNumber(dst, encoding.Decimal(g.Int64N(2e9)-1e9))
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		head string
		want float64
	}{
		{"\xf9\x00\x01", 0x1p-24}, {"\xf9\x7b\xff", 65504}, {"\xf9\xc4\x00", -4}, {"\xf9\x04\x00", 0x1p-14}, {"\xf9\x83\xff", -1023 * 0x1p-24},
		{"\xf9\x7c\x00", math.Inf(1)}, {"\xf9\xfc\x00", math.Inf(-1)}, {"\xfa\x3f\xc0\x00\x00", 1.5}, {"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", -(1 << 64)},
		{"\x1b\x00\x20\x00\x00\x00\x00\x00\x01", 1 << 53}, {"\xc1\x18\x2a", 42}, {"\x20", -1},
	} {
		var k encoding.Key
		if reason := (&Walker{}).Walk([]byte(c.head), &k); reason != "" || k.Scalar.Kind != encoding.Number || k.Scalar.Number != c.want {
			t.Errorf("Walk(%x) = %q, %+v, want %v", c.head, reason, k.Scalar, c.want)
		}
	}
}

func TestNestingEndsAt64(t *testing.T) {
	for depth, want := range map[int]job.Reason{64: "", 65: job.ReasonBadFormat, 100_000: job.ReasonBadFormat} {
		doc := strings.Repeat("\x81", depth) + "\x00"
		if got := (&Walker{}).Walk([]byte(doc), &encoding.Key{}); got != want {
			t.Errorf("Walk of %d lists in each other = %q, want %q", depth, got, want)
		}
	}
}

// The byte after the head of a text in chunks can begin none; its argument, or the text in it, is not there.
func TestAChunkOfAnotherKindIsBadBeforeItEnds(t *testing.T) {
	for message, want := range map[string]job.Reason{"\x7f\x38": job.ReasonBadFormat, "\x7f\x7f": job.ReasonBadFormat, "\x7f\x59": job.ReasonBadFormat,
		"\x7f\xa0": job.ReasonBadFormat, "\x7f\x78": job.ReasonTruncated, "\x7f": job.ReasonTruncated} {
		if got := (&Walker{}).Walk([]byte(message), &encoding.Key{}); got != want {
			t.Errorf("Walk(%x) = %q, want %q", message, got, want)
		}
	}
}

// FuzzLibrary holds what is well-formed, and what the fields hold, against a library.
func FuzzLibrary(f *testing.F) {
	g := encodingtest.NewGen(7)
	for range 200 {
		m := form(g, encodingtest.Room, "k")
		f.Add(m)
		f.Add(g.Damage(bytes.Clone(m)))
	}
	f.Add([]byte("\xc7\xa5\xf0\xba\xb5\x80\x30\x30")) // a map of more than the library takes
	mode, err := library.DecOptions{MaxNestedLevels: 65535, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32, DupMapKey: library.DupMapKeyQuiet,
		UTF8: library.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	dec, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if deep(message) || huge(message) {
			return
		}
		got := (&Walker{}).Walk(message, &encoding.Key{})
		if got == job.ReasonBadUTF8 {
			return
		}
		if want := wellformed(mode, message); got != want {
			t.Fatalf("Walk(%x) = %q, the library says %q", message, got, want)
		}
		if got != job.ReasonNone {
			return
		}
		var r encoding.Reading
		reason := dec.Decode([]byte("k"), message, &r)
		// Only plain maps of text are compared: the library has its own view of tags, and of names that are no text.
		var doc map[string]any
		if tagged(message) || mode.Unmarshal(message, &doc) != nil {
			return
		}
		data, _ := doc["data"].(map[any]any)
		if temp, ok := data["temp"].(float64); ok && reason == "" {
			if m, ok := encoding.Micros(temp); !ok || !r.Present[1] || r.Values[1] != m {
				t.Fatalf("Decode(%x): temp = %d, the library says %v", message, r.Values[1], temp)
			}
		}
	})
}

// tagged says whether a byte may begin a tag.
func tagged(message []byte) bool {
	return slices.ContainsFunc(message, func(c byte) bool { return c>>5 == tag })
}

func wellformed(mode library.DecMode, message []byte) job.Reason {
	var extra *library.ExtraneousDataError
	err := mode.Wellformed(message)
	switch {
	case err == nil:
		return job.ReasonNone
	case errors.As(err, &extra):
		return job.ReasonBadFormat
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return job.ReasonTruncated
	}
	return job.ReasonBadFormat
}

// deep is a guess that errs on the safe side: so many bytes that may open something.
func deep(message []byte) bool {
	n := 0
	for _, c := range message {
		if c>>5 == array || c>>5 == mapping || c>>5 == tag {
			n++
		}
	}
	return n > 60
}

// huge says whether a length may be beyond what the library takes.
func huge(message []byte) bool {
	return slices.ContainsFunc(message, func(c byte) bool { return strings.IndexByte("\x9a\x9b\xba\xbb\x5b\x7b", c) >= 0 })
}

func TestHalvesAreTheLibrarys(t *testing.T) {
	for h := range 1 << 16 {
		message := []byte{0xf9, byte(h >> 8), byte(h)}
		var want any
		if err := library.Unmarshal(message, &want); err != nil {
			t.Fatal(err)
		}
		if got := half(uint16(h)); got != want.(float64) && !(math.IsNaN(got) && math.IsNaN(want.(float64))) {
			t.Errorf("half(%x) = %v, want %v", h, got, want)
		}
		if exp := h & 0x7c00; exp == 0 || exp == 0x7c00 {
			continue // not normal
		}
		if back, ok := toHalf(float32(half(uint16(h)))); !ok || back != uint16(h) {
			t.Errorf("toHalf(half(%x)) = %x, %v", h, back, ok)
		}
	}
}
