package jsonenc

import (
	"bytes"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Walker reads any JSON document by the rules of the decoder and tells what it holds: for encodings that are JSON of a
// certain form. Not safe for concurrent use.
type Walker struct {
	s    scanner
	h    encoding.Handler
	text []byte // scratch for strings with escapes
}

// Walk reads a document. The reason is of tests 2 and 3 of SEMANTICS.md section 3.
func (w *Walker) Walk(value []byte, h encoding.Handler) job.Reason {
	if bytes.HasPrefix(value, byteOrderMark) || !utf8.Valid(value) {
		return job.ReasonBadUTF8
	}
	w.s, w.h = scanner{b: value}, h
	w.s.space()
	if !w.value(0) {
		return w.s.reason()
	}
	w.s.space()
	if w.s.pos < len(value) {
		return job.ReasonBadJSON
	}
	return job.ReasonNone
}

func (w *Walker) value(depth int) bool {
	c, ok := w.s.peek()
	if !ok {
		return false
	}
	start := w.s.pos
	s := encoding.Scalar{Kind: encoding.Other}
	switch {
	case c == '{' || c == '[':
		return w.container(c == '[', depth+1)
	case c == '"':
		s, ok = w.str()
	case c == '-' || c >= '0' && c <= '9':
		if ok = w.s.number(); ok {
			s = number(w.s.b[start:w.s.pos])
		}
	case c == 't':
		ok = w.s.literal("true")
	case c == 'f':
		ok = w.s.literal("false")
	case c == 'n':
		s.Kind = encoding.Missing
		ok = w.s.literal("null")
	default:
		return w.s.bad()
	}
	if ok {
		w.h.Value(s)
	}
	return ok
}

func number(token []byte) encoding.Scalar {
	if len(token) > job.MaxNumberBytes {
		return encoding.Scalar{Kind: encoding.LongNumber}
	}
	return encoding.Scalar{Kind: encoding.Number, Number: encoding.ParseNumber(token)}
}

func (w *Walker) str() (encoding.Scalar, bool) {
	start := w.s.pos + 1
	escaped, ok := w.s.str()
	if !ok {
		return encoding.Scalar{}, false
	}
	text := w.s.b[start : w.s.pos-1]
	if escaped {
		w.text = unescape(w.text[:0], text)
		text = w.text
	}
	return encoding.Scalar{Kind: encoding.Text, Text: text}, true
}

// container reads a list or a map whose opening bracket stands at pos.
func (w *Walker) container(list bool, depth int) bool {
	if depth > job.MaxDepth {
		return w.s.bad()
	}
	end := byte('}')
	if list {
		end = ']'
	}
	w.h.Open(list)
	w.s.pos++
	w.s.space()
	c, ok := w.s.peek()
	if !ok {
		return false
	}
	for more := c != end; more; w.s.space() {
		if !list && !w.name() || !w.value(depth) {
			return false
		}
		w.s.space()
		if c, ok = w.s.peek(); !ok {
			return false
		}
		if c != ',' && c != end {
			return w.s.bad()
		}
		if more = c == ','; more {
			w.s.pos++
		}
	}
	w.s.pos++
	w.h.Close()
	return true
}

// name reads a member's name and the colon.
func (w *Walker) name() bool {
	if c, ok := w.s.peek(); !ok || c != '"' {
		return ok && w.s.bad()
	}
	name, ok := w.str()
	if !ok {
		return false
	}
	w.h.Name(name)
	w.s.space()
	if c, ok := w.s.peek(); !ok || c != ':' {
		return ok && w.s.bad()
	}
	w.s.pos++
	w.s.space()
	return true
}
