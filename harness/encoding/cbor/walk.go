package cbor

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Major types of RFC 8949.
const (
	unsigned = iota
	negative
	byteString
	textString
	array
	mapping
	tag
	simple
)

// Additional information with a meaning of its own.
const (
	oneByte    = 24
	eightBytes = 27
	indefinite = 31
)

// breakByte ends what has no definite length.
const breakByte = 0xff

// Walker reads any CBOR document and tells what it holds. Not safe for concurrent use.
type Walker struct {
	b    []byte
	pos  int
	h    encoding.Handler
	text []byte // scratch for strings in chunks
	key  encoding.Key
}

// Walk reads a document by test 3 of SEMANTICS.md section 3.1. Tags are passed over: what they mark stands for itself.
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

// head reads a data item's first byte and its argument.
func (w *Walker) head() (major, info byte, n uint64, reason job.Reason) {
	if w.pos == len(w.b) {
		return 0, 0, 0, job.ReasonTruncated
	}
	first := w.b[w.pos]
	major, info = first>>5, first&31
	w.pos++
	switch {
	case info < oneByte:
		return major, info, uint64(info), job.ReasonNone
	case info == indefinite && major >= byteString && major != tag:
		return major, info, 0, job.ReasonNone
	case info > eightBytes:
		return major, info, 0, job.ReasonBadFormat
	}
	size := 1 << (info - oneByte)
	if len(w.b)-w.pos < size {
		return major, info, 0, job.ReasonTruncated
	}
	for _, c := range w.b[w.pos : w.pos+size] {
		n = n<<8 | uint64(c)
	}
	w.pos += size
	return major, info, n, job.ReasonNone
}

func (w *Walker) value(depth int) job.Reason {
	major, info, n, reason := w.head()
	for major == tag && reason == job.ReasonNone {
		major, info, n, reason = w.head()
	}
	if reason != job.ReasonNone {
		return reason
	}
	switch major {
	case unsigned:
		w.number(float64(n))
	case negative:
		if n == math.MaxUint64 {
			w.number(-(1 << 64))
		} else {
			w.number(-float64(n + 1))
		}
	case byteString, textString:
		return w.str(major, info, n)
	case array, mapping:
		return w.container(major == array, info == indefinite, n, depth+1)
	default:
		return w.simple(info, n)
	}
	return job.ReasonNone
}

func (w *Walker) number(d float64) {
	w.h.Value(encoding.Scalar{Kind: encoding.Number, Number: d})
}

// simple takes a value of major type 7 whose head was read.
func (w *Walker) simple(info byte, n uint64) job.Reason {
	s := encoding.Scalar{Kind: encoding.Other}
	switch {
	case info == indefinite: // a break where none can stand
		return job.ReasonBadFormat
	case info == oneByte:
		if n < 32 {
			return job.ReasonBadFormat
		}
	case info > oneByte:
		s = encoding.Scalar{Kind: encoding.Number, Number: float(info, n)}
	case n == 22 || n == 23: // null, undefined
		s.Kind = encoding.Missing
	}
	w.h.Value(s)
	return job.ReasonNone
}

func float(info byte, n uint64) float64 {
	switch info {
	case 25:
		return half(uint16(n))
	case 26:
		return float64(math.Float32frombits(uint32(n)))
	}
	return math.Float64frombits(n)
}

// half widens a number of 16 bits (RFC 8949, appendix D).
func half(h uint16) float64 {
	exp, mant := int(h>>10&31), float64(h&1023)
	var d float64
	switch exp {
	case 0:
		d = math.Ldexp(mant, -24)
	case 31:
		d = math.Inf(1)
		if mant != 0 {
			d = math.NaN()
		}
	default:
		d = math.Ldexp(mant+1024, exp-25)
	}
	if h&0x8000 != 0 {
		return -d
	}
	return d
}

// str takes a string whose head was read.
func (w *Walker) str(major, info byte, n uint64) job.Reason {
	var text []byte
	if info != indefinite {
		part, reason := w.part(major, n)
		if reason != job.ReasonNone {
			return reason
		}
		text = part
	} else {
		text = w.text[:0]
		for !w.breaks() {
			if w.pos < len(w.b) && (w.b[w.pos]>>5 != major || w.b[w.pos]&31 == indefinite) { // no chunk, whatever follows it
				return job.ReasonBadFormat
			}
			_, _, n, reason := w.head()
			if reason != job.ReasonNone {
				return reason
			}
			part, reason := w.part(major, n)
			if reason != job.ReasonNone {
				return reason
			}
			text = append(text, part...)
		}
		w.text = text
	}
	s := encoding.Scalar{Kind: encoding.Text, Text: text}
	if major == byteString {
		s = encoding.Scalar{Kind: encoding.Other}
	}
	w.h.Value(s)
	return job.ReasonNone
}

// part reads the n bytes of a string, or of a chunk of one.
func (w *Walker) part(major byte, n uint64) ([]byte, job.Reason) {
	if n > uint64(len(w.b)-w.pos) {
		return nil, job.ReasonTruncated
	}
	part := w.b[w.pos : w.pos+int(n)]
	if major == textString && !utf8.Valid(part) {
		return nil, job.ReasonBadUTF8
	}
	w.pos += int(n)
	return part, job.ReasonNone
}

// breaks reads a break, if one stands here.
func (w *Walker) breaks() bool {
	if w.pos < len(w.b) && w.b[w.pos] == breakByte {
		w.pos++
		return true
	}
	return false
}

// container reads what an array or a map holds.
func (w *Walker) container(list, open bool, n uint64, depth int) job.Reason {
	if depth > job.MaxDepth {
		return job.ReasonBadFormat
	}
	w.h.Open(list)
	for i := uint64(0); open || i < n; i++ {
		if open && w.breaks() {
			break
		}
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

// name reads the key of a map's entry, which may be any data item.
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

// AppendHead writes a data item's first byte and its argument in the shortest form.
func AppendHead(dst []byte, major byte, n uint64) []byte {
	switch m := major << 5; {
	case n < oneByte:
		return append(dst, m|byte(n))
	case n <= math.MaxUint8:
		return append(dst, m|oneByte, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, m|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, m|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, m|eightBytes), n)
	}
}
