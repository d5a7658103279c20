package nmea

import (
	"bytes"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

type decoder struct {
	fields *encoding.Fields
	places []place // of sentences other than XDR
	name   []byte  // scratch for a transducer's name with escapes
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
	d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: key})
	d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number}) // the header's, unless a sentence has one
	for len(value) > 0 {
		line, rest, ended := bytes.Cut(value, []byte{'\n'})
		if reason := d.line(line, ended); reason != job.ReasonNone {
			return reason
		}
		value = rest
	}
	return d.fields.Fill(r)
}

// line reads one line without its LF.
func (d *decoder) line(b []byte, ended bool) job.Reason {
	if len(b) > 0 && b[0] != '$' && b[0] != '!' && b[0] != '\\' && b[0] != '\r' {
		return job.ReasonBadFormat
	}
	if !ended {
		return job.ReasonTruncated
	}
	b = bytes.TrimSuffix(b, []byte{'\r'})
	if len(b) > 0 && b[0] == '\\' {
		n := bytes.IndexByte(b[1:], '\\')
		if n < 0 {
			return job.ReasonBadFormat
		}
		if _, reason := checked(b[1 : 1+n]); reason != job.ReasonNone {
			return reason
		}
		if b = b[n+2:]; len(b) == 0 {
			return job.ReasonBadFormat
		}
	}
	if len(b) == 0 {
		return job.ReasonNone
	}
	if b[0] != '$' && b[0] != '!' {
		return job.ReasonBadFormat
	}
	body, reason := checked(b[1:])
	if reason == job.ReasonNone {
		d.sentence(body)
	}
	return reason
}

// checked cuts the asterisk and the sum off what they are of.
func checked(b []byte) ([]byte, job.Reason) {
	n := bytes.IndexByte(b, '*')
	if n < 0 || len(b) != n+3 {
		return nil, job.ReasonBadFormat
	}
	high, ok1 := hexDigit(b[n+1])
	low, ok2 := hexDigit(b[n+2])
	switch {
	case !ok1 || !ok2:
		return nil, job.ReasonBadFormat
	case high<<4|low != xor(b[:n]):
		return nil, job.ReasonBadChecksum
	}
	return b[:n], job.ReasonNone
}

func xor(b []byte) byte {
	var sum byte
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// hexDigit reads a digit as the standard writes it: no small letters.
func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// sentence takes what a sentence holds. Its address is a talker of two letters and a formatter, or P and a maker's own.
func (d *decoder) sentence(b []byte) {
	address, b, more := bytes.Cut(b, []byte{','})
	if len(address) > 2 && address[0] != 'P' {
		address = address[2:]
	}
	if string(address) == "XDR" {
		d.transducers(b)
		return
	}
	at := times[string(address)]
	for n := 1; more; n++ {
		var field []byte
		field, b, more = bytes.Cut(b, []byte{','})
		if n == at {
			d.fields.Lay(encoding.Time, clock(field))
		}
		for _, p := range d.places {
			if p.field == n && p.formatter == string(address) {
				next, _, _ := bytes.Cut(b, []byte{','})
				d.fields.Lay(encoding.Metrics+p.metric, p.scalar(field, next))
			}
		}
	}
}

// transducers takes the measurements of XDR: type, value, unit and name each.
func (d *decoder) transducers(b []byte) {
	for more := true; more; {
		var four [4][]byte
		for i := range four {
			four[i], b, more = bytes.Cut(b, []byte{','})
		}
		if len(four[3]) == 0 {
			continue
		}
		d.name = unescape(d.name[:0], four[3])
		d.fields.LayNamed(d.name, number(four[1]))
	}
}

// unescape resolves ^hh, the code of a byte that stands for something else in a sentence.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '^' && i+2 < len(s) {
			high, ok1 := hexDigit(s[i+1])
			if low, ok2 := hexDigit(s[i+2]); ok1 && ok2 {
				dst = append(dst, high<<4|low)
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}

// clock reads a time of day, hhmmss and a fraction. What is none is text.
func clock(b []byte) encoding.Scalar {
	if len(b) == 0 {
		return encoding.Scalar{}
	}
	whole, fraction, _ := bytes.Cut(b, []byte{'.'})
	if len(whole) != 6 || !digits(whole) || !digits(fraction) || string(whole[:2]) > "23" || whole[2] > '5' || string(whole[4:]) > "60" {
		return encoding.Scalar{Kind: encoding.Text, Text: b}
	}
	return encoding.Scalar{Kind: encoding.Number, Number: encoding.ParseNumber(trim(whole))}
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// trim takes zeros in front of a number away.
func trim(b []byte) []byte {
	for len(b) > 1 && b[0] == '0' && b[1] != '.' {
		b = b[1:]
	}
	return b
}

// number reads a number of a sentence, which may have a sign and zeros in front. None is missing.
func number(b []byte) encoding.Scalar {
	if len(b) == 0 {
		return encoding.Scalar{}
	}
	rest := b
	if b[0] == '-' || b[0] == '+' {
		rest = b[1:]
	}
	if len(rest) == 0 || rest[0] == '-' || bytes.IndexAny(rest, "eE") >= 0 {
		return encoding.Scalar{Kind: encoding.Text, Text: b}
	}
	s := encoding.NumberText(trim(rest))
	if b[0] == '-' {
		s.Number = -s.Number
	}
	return s
}

// scalar reads a field; next is the one behind it, a hemisphere's letter where the form wants one.
func (p place) scalar(field, next []byte) encoding.Scalar {
	s := number(field)
	if p.form == plain || s.Kind != encoding.Number {
		return s
	}
	letters, most := "NS", 90.0
	if p.form == longitude {
		letters, most = "EW", 180
	}
	degrees := float64(int64(s.Number / 100))
	minutes := s.Number - 100*degrees
	value := degrees + minutes/60
	if len(next) != 1 || s.Number < 0 || minutes >= 60 || value > most || next[0] != letters[0] && next[0] != letters[1] {
		return encoding.Scalar{Kind: encoding.Text, Text: field}
	}
	if next[0] == letters[1] {
		value = -value
	}
	return encoding.Scalar{Kind: encoding.Number, Number: value}
}
