package lineprotocol

import (
	"bytes"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// reader reads the lines of a message.
type reader struct {
	fields *encoding.Fields
	b      []byte
	pos    int
	key    []byte // scratch for names with escapes
	value  []byte // scratch for values of tags with escapes
}

// line reads one line with its end.
func (r *reader) line() job.Reason {
	switch r.b[r.pos] {
	case '\n':
		r.pos++
		return job.ReasonNone
	case '#':
		_, reason := r.rest()
		return reason
	}
	if r.key = r.token(r.key[:0], ", \n"); r.pos == len(r.b) {
		return job.ReasonTruncated
	}
	if len(r.key) == 0 { // no measurement
		return job.ReasonBadFormat
	}
	for r.b[r.pos] == ',' {
		if reason := r.tag(); reason != job.ReasonNone {
			return reason
		}
	}
	if r.b[r.pos] != ' ' {
		return job.ReasonBadFormat
	}
	for first := true; first || r.b[r.pos] == ','; first = false {
		if reason := r.field(); reason != job.ReasonNone {
			return reason
		}
	}
	return r.end()
}

// token appends what stands up to one of the stops, or to the end of the input, to dst. A backslash takes its meaning from a
// comma, an equals sign or a space; before anything else it stands for itself.
func (r *reader) token(dst []byte, stops string) []byte {
	for ; r.pos < len(r.b); r.pos++ {
		c := r.b[r.pos]
		if c == '\\' && r.pos+1 < len(r.b) {
			if next := r.b[r.pos+1]; next == ',' || next == '=' || next == ' ' {
				r.pos++
				dst = append(dst, next)
				continue
			}
		}
		for i := range len(stops) {
			if c == stops[i] {
				return dst
			}
		}
		dst = append(dst, c)
	}
	return dst
}

const separators = ",= \n"

// name reads a comma or space, a name and the equals sign.
func (r *reader) name() job.Reason {
	r.pos++
	r.key = r.token(r.key[:0], separators)
	switch {
	case r.pos == len(r.b):
		return job.ReasonTruncated
	case r.b[r.pos] != '=' || len(r.key) == 0:
		return job.ReasonBadFormat
	}
	r.pos++
	return job.ReasonNone
}

// tag reads a comma, a name, an equals sign and a text.
func (r *reader) tag() job.Reason {
	if reason := r.name(); reason != job.ReasonNone {
		return reason
	}
	r.value = r.token(r.value[:0], separators)
	switch {
	case r.pos == len(r.b):
		return job.ReasonTruncated
	case len(r.value) == 0 || r.b[r.pos] == '=' || r.b[r.pos] == '\n':
		return job.ReasonBadFormat
	}
	if r.fields.IsDevice(r.key) {
		r.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: r.value})
	}
	return job.ReasonNone
}

// field reads a comma or space, a name, an equals sign and a value.
func (r *reader) field() job.Reason {
	if reason := r.name(); reason != job.ReasonNone {
		return reason
	}
	var s encoding.Scalar
	reason := job.ReasonNone
	if r.pos < len(r.b) && r.b[r.pos] == '"' {
		s, reason = r.quoted()
	} else {
		s, reason = r.plain()
	}
	if reason != job.ReasonNone {
		return reason
	}
	if r.pos == len(r.b) {
		return job.ReasonTruncated
	}
	if c := r.b[r.pos]; c != ',' && c != ' ' && c != '\n' {
		return job.ReasonBadFormat
	}
	r.fields.LayNamed(r.key, s)
	return job.ReasonNone
}

// quoted passes over a text whose opening quote stands at pos.
func (r *reader) quoted() (encoding.Scalar, job.Reason) {
	for r.pos++; r.pos < len(r.b); r.pos++ {
		switch r.b[r.pos] {
		case '"':
			r.pos++
			return encoding.Scalar{Kind: encoding.Text}, job.ReasonNone
		case '\\':
			if r.pos+1 < len(r.b) && (r.b[r.pos+1] == '"' || r.b[r.pos+1] == '\\') {
				r.pos++
			}
		}
	}
	return encoding.Scalar{}, job.ReasonTruncated
}

// plain reads a value that is no text: a float, an integer followed by i, one without sign followed by u, a boolean.
func (r *reader) plain() (encoding.Scalar, job.Reason) {
	n := bytes.IndexAny(r.b[r.pos:], ", \n")
	if n < 0 {
		r.pos = len(r.b)
		return encoding.Scalar{}, job.ReasonTruncated
	}
	text := r.b[r.pos : r.pos+n]
	r.pos += n
	if s := encoding.NumberText(text); s.Kind != encoding.Text {
		return s, job.ReasonNone
	}
	switch string(text) {
	case "t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE":
		return encoding.Scalar{Kind: encoding.Other}, job.ReasonNone
	}
	if n > 0 && (text[n-1] == 'i' || text[n-1] == 'u' && text[0] != '-') && encoding.Integer(text[:n-1]) {
		return encoding.NumberText(text[:n-1]), job.ReasonNone
	}
	return encoding.Scalar{}, job.ReasonBadFormat
}

// end reads the time, if there is one, and the end of the line.
func (r *reader) end() job.Reason {
	if r.b[r.pos] == '\n' {
		r.pos++
		return job.ReasonNone
	}
	r.pos++
	text, reason := r.rest()
	if reason != job.ReasonNone {
		return reason
	}
	if !encoding.Integer(text) {
		return job.ReasonBadFormat
	}
	r.fields.Lay(encoding.Time, encoding.NumberText(text))
	return job.ReasonNone
}

// rest reads to the end of the line.
func (r *reader) rest() ([]byte, job.Reason) {
	n := bytes.IndexByte(r.b[r.pos:], '\n')
	if n < 0 {
		return nil, job.ReasonTruncated
	}
	text := r.b[r.pos : r.pos+n]
	r.pos += n + 1
	return text, job.ReasonNone
}
