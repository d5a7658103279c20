package jsonenc

import (
	"fmt"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

// encoder implements encoding.Encoder.
type encoder struct {
	template *encoding.Template
	unit     string // of the time
}

// syntax writes what stands around the fields.
type syntax struct{}

func (syntax) Open(dst []byte, _ int) []byte { return append(dst, '{') }
func (syntax) Close(dst []byte) []byte       { return append(dst, '}') }
func (syntax) Name(dst []byte, i int, name string) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return append(AppendString(dst, name), ':')
}

// Append implements encoding.Encoder.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	for i, f := range e.template.Fields {
		dst = append(dst, e.template.Texts[i]...)
		switch {
		case f == encoding.Device:
			dst = AppendString(dst, device)
		case f == encoding.Time:
			dst = encoding.AppendTime(dst, eventTime, e.unit)
		case values[f-encoding.Metrics] == encoding.Absent:
			dst = append(dst, "null"...)
		default:
			dst = encoding.AppendDecimal(dst, values[f-encoding.Metrics], 6)
		}
	}
	return append(dst, e.template.Texts[len(e.template.Fields)]...)
}

// AppendString writes a quoted string; what is not valid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
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
