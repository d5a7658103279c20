package prometheus

import (
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

type decoder struct {
	fields *encoding.Fields
	label  string // of the device
	b      []byte
	pos    int
	value  []byte // scratch for the value of a label
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if !encoding.IsText(value) {
		return job.ReasonBadUTF8
	}
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.b, d.pos = value, 0
	for d.pos < len(value) {
		if reason := d.line(); reason != job.ReasonNone {
			return reason
		}
	}
	if !d.fields.Found(encoding.Time) {
		d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number}) // the header's: scrapes seldom say it
	}
	return d.fields.Fill(r)
}

// peek is the next byte; 0, which nothing here allows, at the end.
func (d *decoder) peek() byte {
	if d.pos == len(d.b) {
		return 0
	}
	return d.b[d.pos]
}

// bad is the reason for what stands at pos.
func (d *decoder) bad() job.Reason {
	if d.pos == len(d.b) {
		return job.ReasonTruncated
	}
	return job.ReasonBadFormat
}

func (d *decoder) blanks() {
	for d.peek() == ' ' || d.peek() == '\t' {
		d.pos++
	}
}

// line reads one line with its end.
func (d *decoder) line() job.Reason {
	d.blanks()
	switch c := d.peek(); {
	case c == '\n':
		d.pos++
		return job.ReasonNone
	case c == '#':
		return d.comment()
	}
	name, reason := d.name(true)
	if reason != job.ReasonNone {
		return reason
	}
	d.blanks()
	if d.peek() == '{' {
		if reason := d.labels(); reason != job.ReasonNone {
			return reason
		}
	}
	return d.sample(name)
}

func (d *decoder) comment() job.Reason {
	for d.pos < len(d.b) && d.b[d.pos] != '\n' {
		d.pos++
	}
	if d.pos == len(d.b) {
		return job.ReasonTruncated
	}
	d.pos++
	return job.ReasonNone
}

// name reads the name of a metric or a label.
func (d *decoder) name(metric bool) ([]byte, job.Reason) {
	start := d.pos
	for c := d.peek(); letter(c, metric) || d.pos > start && c >= '0' && c <= '9'; c = d.peek() {
		d.pos++
	}
	if d.pos == start || d.pos == len(d.b) {
		return nil, d.bad()
	}
	return d.b[start:d.pos], job.ReasonNone
}

// labels reads the braces whose opening one stands at pos. A comma may stand before the closing one.
func (d *decoder) labels() job.Reason {
	d.pos++
	for d.blanks(); d.peek() != '}'; d.blanks() {
		name, reason := d.name(false)
		if reason != job.ReasonNone {
			return reason
		}
		d.blanks()
		if d.peek() != '=' {
			return d.bad()
		}
		d.pos++
		d.blanks()
		if reason := d.quoted(); reason != job.ReasonNone {
			return reason
		}
		if string(name) == d.label {
			d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: d.value})
		}
		d.blanks()
		if d.peek() == ',' {
			d.pos++
		} else if d.peek() != '}' {
			return d.bad()
		}
	}
	d.pos++
	return job.ReasonNone
}

// quoted reads the value of a label. A backslash stands before itself, a quote or the n of a line feed.
func (d *decoder) quoted() job.Reason {
	if d.peek() != '"' {
		return d.bad()
	}
	d.value = d.value[:0]
	for d.pos++; d.pos < len(d.b); d.pos++ {
		c := d.b[d.pos]
		switch c {
		case '"':
			d.pos++
			return job.ReasonNone
		case '\n':
			return job.ReasonBadFormat
		case '\\':
			d.pos++
			switch c = d.peek(); c {
			case 'n':
				c = '\n'
			case '"', '\\':
			default:
				return d.bad()
			}
		}
		d.value = append(d.value, c)
	}
	return job.ReasonTruncated
}

// sample reads the value, the time in ms if there is one, and the end of the line.
func (d *decoder) sample(name []byte) job.Reason {
	value, reason := d.word()
	if reason != job.ReasonNone {
		return reason
	}
	s := number(value)
	if s.Kind == encoding.Text {
		return job.ReasonBadFormat
	}
	d.fields.LayNamed(name, s)
	if d.peek() == '\n' {
		d.pos++
		return job.ReasonNone
	}
	at, reason := d.word()
	if reason != job.ReasonNone {
		return reason
	}
	if !encoding.Integer(at) || d.peek() != '\n' {
		return job.ReasonBadFormat
	}
	d.pos++
	d.fields.Lay(encoding.Time, encoding.NumberText(at))
	return job.ReasonNone
}

// word reads what stands between blanks, and the blanks behind it.
func (d *decoder) word() ([]byte, job.Reason) {
	d.blanks()
	start := d.pos
	for d.pos < len(d.b) && d.b[d.pos] != ' ' && d.b[d.pos] != '\t' && d.b[d.pos] != '\n' {
		d.pos++
	}
	if word := d.b[start:d.pos]; len(word) > 0 {
		if d.blanks(); d.pos < len(d.b) {
			return word, job.ReasonNone
		}
	}
	return nil, d.bad()
}

// number reads a value: a number of JSON's grammar, with a sign and zeros in front if it
// likes, or NaN, +Inf, -Inf. What is none is text.
func number(b []byte) encoding.Scalar {
	sign := b[0]
	rest := b
	if sign == '+' || sign == '-' {
		rest = b[1:]
	}
	s := encoding.Scalar{Kind: encoding.Number}
	switch string(rest) {
	case "NaN":
		s.Number = math.NaN()
	case "Inf":
		s.Number = math.Inf(1)
	default:
		if len(rest) == 0 || rest[0] == '-' {
			return encoding.Scalar{Kind: encoding.Text, Text: b}
		}
		for len(rest) > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9' {
			rest = rest[1:]
		}
		s = encoding.NumberText(rest)
	}
	if sign == '-' {
		s.Number = -s.Number
	}
	return s
}
