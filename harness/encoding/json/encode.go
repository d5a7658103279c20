package jsonenc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoder implements encoding.Encoder: pieces of text with a field after each but the last.
type encoder struct {
	texts  []string
	fields []int // texts[i] is followed by fields[i]
	millis bool  // the time's unit is ms; otherwise s
}

// shape is the message as a tree: an object's members in their order, or a field.
type shape struct {
	field   int // none: an object
	names   []string
	members []*shape
}

func newEncoder(fields []field, unit string) (*encoder, error) {
	root := &shape{field: none}
	for i, f := range fields {
		if err := root.add(strings.Split(f.path, "."), i); err != nil {
			return nil, fmt.Errorf("%s at path %q: %w", f.name, f.path, err)
		}
	}
	e := &encoder{}
	switch unit {
	case "ms":
		e.millis = true
	case "s":
	default:
		return nil, fmt.Errorf("time has the unit %q, want s or ms", unit)
	}
	last := e.write("", root)
	e.texts = append(e.texts, last)
	return e, nil
}

func (s *shape) add(steps []string, field int) error {
	i := slices.Index(s.names, steps[0])
	if i < 0 {
		s.names = append(s.names, steps[0])
		s.members = append(s.members, &shape{field: none})
		i = len(s.names) - 1
	} else if len(steps) == 1 || s.members[i].field != none {
		return errors.New("another field stands there, above or below")
	}
	if len(steps) == 1 {
		s.members[i].field = field
		return nil
	}
	return s.members[i].add(steps[1:], field)
}

// write lays out a shape; text is what stands before it and is not yet in texts. It returns what is left over.
func (e *encoder) write(text string, s *shape) string {
	if s.field != none {
		e.texts = append(e.texts, text)
		e.fields = append(e.fields, s.field)
		return ""
	}
	text += "{"
	for i, name := range s.names {
		if i > 0 {
			text += ","
		}
		text = e.write(text+string(appendString(nil, name))+":", s.members[i])
	}
	return text + "}"
}

// Append implements encoding.Encoder.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	for i, f := range e.fields {
		dst = append(dst, e.texts[i]...)
		switch {
		case f == deviceField:
			dst = appendString(dst, device)
		case f != timeField:
			dst = appendDecimal(dst, values[f-firstMetric], 6)
		case e.millis:
			dst = strconv.AppendInt(dst, eventTime, 10)
		default:
			dst = appendDecimal(dst, eventTime, 3)
		}
	}
	return append(dst, e.texts[len(e.fields)]...)
}

// appendDecimal writes v / 10^digits without trailing zeros.
func appendDecimal(dst []byte, v int64, digits int) []byte {
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	unit := uint64(powers[digits])
	dst = strconv.AppendUint(dst, u/unit, 10)
	rest := u % unit
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for rest > 0 {
		unit /= 10
		dst = append(dst, byte('0'+rest/unit))
		rest %= unit
	}
	return dst
}

// appendString writes a quoted string; what is not valid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
