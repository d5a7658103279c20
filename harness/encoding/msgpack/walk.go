package msgpack

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Walker reads any MessagePack document and tells what it holds. Not safe for concurrent use.
type Walker struct {
	b   []byte
	pos int
	h   encoding.Handler
	key encoding.Key
}

// Walk reads a document by test 3 of SEMANTICS.md section 3.1.
func (w *Walker) Walk(value []byte, h encoding.Handler) job.Reason {
	w.b, w.pos, w.h = value, 0, h
	if reason := w.value(0); reason != job.ReasonNone {
		return reason
	}
	if w.pos < len(value) {
		return job.ReasonBadFormat
	}
	return job.ReasonNone
}

// argument reads a big-endian number of some bytes.
func (w *Walker) argument(size int) (n uint64, ok bool) {
	if len(w.b)-w.pos < size {
		return 0, false
	}
	for _, c := range w.b[w.pos : w.pos+size] {
		n = n<<8 | uint64(c)
	}
	w.pos += size
	return n, true
}

// value reads a value by its first byte, in the order of the table of formats in the specification.
func (w *Walker) value(depth int) job.Reason {
	if w.pos == len(w.b) {
		return job.ReasonTruncated
	}
	c := w.b[w.pos]
	w.pos++
	switch {
	case c <= 0x7f:
		return w.number(float64(c))
	case c <= 0x8f:
		return w.container(false, int(c&15), depth+1)
	case c <= 0x9f:
		return w.container(true, int(c&15), depth+1)
	case c <= 0xbf:
		return w.text(int(c & 31))
	case c >= 0xe0:
		return w.number(float64(int8(c)))
	case c == 0xc0:
		w.h.Value(encoding.Scalar{})
		return job.ReasonNone
	case c == 0xc1: // never used
		return job.ReasonBadFormat
	case c <= 0xc3:
		return w.other(0)
	case c >= 0xd4 && c <= 0xd8: // fixext: a type and 1 to 16 bytes
		return w.other(1 + 1<<(c-0xd4))
	}
	n, ok := w.argument(sizes[c&31])
	if !ok {
		return job.ReasonTruncated
	}
	return w.sized(c, n, depth)
}

// sizes of the argument behind the bytes 0xc0 to 0xdf: of a length, or of a number.
var sizes = [32]int{4: 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 25: 1, 2, 4, 2, 4, 2, 4}

// sized takes a value whose argument was read.
func (w *Walker) sized(c byte, n uint64, depth int) job.Reason {
	switch c {
	case 0xc4, 0xc5, 0xc6: // bin
		return w.other(int(n))
	case 0xc7, 0xc8, 0xc9: // ext: a type, too
		return w.other(int(n) + 1)
	case 0xca:
		return w.number(float64(math.Float32frombits(uint32(n))))
	case 0xcb:
		return w.number(math.Float64frombits(n))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return w.number(float64(n))
	case 0xd0:
		return w.number(float64(int8(n)))
	case 0xd1:
		return w.number(float64(int16(n)))
	case 0xd2:
		return w.number(float64(int32(n)))
	case 0xd3:
		return w.number(float64(int64(n)))
	case 0xd9, 0xda, 0xdb:
		return w.text(int(n))
	}
	return w.container(c <= 0xdd, int(n), depth+1)
}

func (w *Walker) number(d float64) job.Reason {
	w.h.Value(encoding.Scalar{Kind: encoding.Number, Number: d})
	return job.ReasonNone
}

// other passes over n bytes.
func (w *Walker) other(n int) job.Reason {
	if n > len(w.b)-w.pos {
		return job.ReasonTruncated
	}
	w.pos += n
	w.h.Value(encoding.Scalar{Kind: encoding.Other})
	return job.ReasonNone
}

func (w *Walker) text(n int) job.Reason {
	if n > len(w.b)-w.pos {
		return job.ReasonTruncated
	}
	text := w.b[w.pos : w.pos+n]
	if !utf8.Valid(text) {
		return job.ReasonBadUTF8
	}
	w.pos += n
	w.h.Value(encoding.Scalar{Kind: encoding.Text, Text: text})
	return job.ReasonNone
}

func (w *Walker) container(list bool, n, depth int) job.Reason {
	if depth > job.MaxDepth {
		return job.ReasonBadFormat
	}
	w.h.Open(list)
	for range n {
		if !list {
			if reason := w.name(depth); reason != job.ReasonNone {
				return reason
			}
		}
		if reason := w.value(depth); reason != job.ReasonNone {
			return reason
		}
	}
	w.h.Close()
	return job.ReasonNone
}

// name reads the key of a map's entry, which may be any value.
func (w *Walker) name(depth int) job.Reason {
	h := w.h
	w.key = encoding.Key{}
	w.h = &w.key
	reason := w.value(depth)
	w.h = h
	if reason == job.ReasonNone {
		h.Name(w.key.Scalar)
	}
	return reason
}

func appendText(dst []byte, s string) []byte {
	switch n := len(s); {
	case n < 32:
		dst = append(dst, 0xa0|byte(n))
	case n <= math.MaxUint8:
		dst = append(dst, 0xd9, byte(n))
	case n <= math.MaxUint16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0xda), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xdb), uint32(n))
	}
	return append(dst, s...)
}

func appendMap(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, 0x80|byte(n))
	}
	return binary.BigEndian.AppendUint16(append(dst, 0xde), uint16(n))
}

// appendInt writes a whole number in the shortest form.
func appendInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0 && v < 128 || v < 0 && v >= -32:
		return append(dst, byte(v))
	case v >= 0 && v <= math.MaxUint8:
		return append(dst, 0xcc, byte(v))
	case v >= 0 && v <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, 0xcd), uint16(v))
	case v >= 0 && v <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, 0xce), uint32(v))
	case v >= 0:
		return binary.BigEndian.AppendUint64(append(dst, 0xcf), uint64(v))
	case v >= math.MinInt8:
		return append(dst, 0xd0, byte(v))
	case v >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, 0xd1), uint16(v))
	case v >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, 0xd2), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xd3), uint64(v))
}

// appendNumber writes whole numbers as integers, others as the shortest float that holds them.
func appendNumber(dst []byte, d float64) []byte {
	if i := int64(d); float64(i) == d && math.Abs(d) < 1<<53 {
		return appendInt(dst, i)
	}
	if f := float32(d); float64(f) == d {
		return binary.BigEndian.AppendUint32(append(dst, 0xca), math.Float32bits(f))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(d))
}
