package nmea

import (
	"slices"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

type encoder struct {
	sentences   []sentence
	transducers []transducer
}

// sentence is what of one formatter is written: its fields up to the last that is wanted.
type sentence struct {
	formatter string
	places    []place // by field
	last      int
}

type transducer struct {
	name   string // escaped
	metric int
}

// mostBytes is the length of a sentence up to its asterisk: 82 with the dollar, the sum and the end of the line.
const mostBytes = 77

func (e *encoder) add(p place, path string) {
	if p.formatter == "" {
		e.transducers = append(e.transducers, transducer{escape(path), p.metric})
		return
	}
	i := slices.IndexFunc(e.sentences, func(s sentence) bool { return s.formatter == p.formatter })
	if i < 0 {
		i = len(e.sentences)
		e.sentences = append(e.sentences, sentence{formatter: p.formatter, last: times[p.formatter]})
	}
	s := &e.sentences[i]
	s.places = append(s.places, p)
	s.last = max(s.last, p.field)
	if p.form != plain {
		s.last = max(s.last, p.field+1)
	}
}

// escape writes what has a meaning of its own in a sentence, or is not ASCII, as ^hh.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for _, c := range []byte(s) {
		if c < ' ' || c > '}' || c == '$' || c == '*' || c == ',' || c == '!' || c == '\\' || c == '^' {
			b = append(b, '^', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// Append implements encoding.Encoder: the date and time, the sentences that the reading has fields of, then the transducers. A
// latitude beyond 90 degrees or a longitude beyond 180 has no form and is left out.
func (e *encoder) Append(dst []byte, _ string, eventTime int64, values []int64) []byte {
	at := time.UnixMilli(eventTime).UTC()
	dst = appendClock(append(dst, "$GPZDA,"...), at)
	dst = end(at.AppendFormat(dst, ",02,01,2006,00,00"))
	for i := range e.sentences {
		dst = e.sentences[i].append(dst, at, values)
	}
	return e.measurements(dst, values)
}

func appendClock(dst []byte, at time.Time) []byte { return at.AppendFormat(dst, "150405.000") }

// end writes the sum of a sentence, whose dollar is the last in dst, and the end of the line.
func end(dst []byte) []byte {
	start := len(dst) - 1
	for dst[start] != '$' {
		start--
	}
	sum := xor(dst[start+1:])
	const hex = "0123456789ABCDEF"
	return append(dst, '*', hex[sum>>4], hex[sum&15], '\r', '\n')
}

func (s *sentence) append(dst []byte, at time.Time, values []int64) []byte {
	dst = append(dst, '$')
	if s.formatter[0] != 'P' {
		dst = append(dst, "GP"...)
	}
	dst = append(dst, s.formatter...)
	for n := 1; n <= s.last; n++ {
		dst = append(dst, ',')
		if n == times[s.formatter] {
			dst = appendClock(dst, at)
			continue
		}
		for _, p := range s.places {
			switch {
			case n == p.field:
				dst = p.append(dst, values[p.metric])
			case n == p.field+1 && p.form != plain:
				dst = p.letter(dst, values[p.metric])
			}
		}
	}
	return end(dst)
}

// holds says whether a value has a form at the place.
func (p place) holds(v int64) bool {
	switch p.form {
	case latitude:
		return v >= -90e6 && v <= 90e6
	case longitude:
		return v >= -180e6 && v <= 180e6
	}
	return v != encoding.Absent
}

func (p place) append(dst []byte, v int64) []byte {
	if !p.holds(v) {
		return dst
	}
	if p.form == plain {
		return encoding.AppendDecimal(dst, v, 6)
	}
	width := 2
	if p.form == longitude {
		width = 3
	}
	v = max(v, -v)
	degrees, minutes := v/1e6, v%1e6*60 // the minutes in millionths
	dst = pad(dst, degrees, width)
	dst = pad(dst, minutes/1e6, 2)
	return pad(append(dst, '.'), minutes%1e6/10, 5) // always a multiple of ten
}

func (p place) letter(dst []byte, v int64) []byte {
	letters := "NS"
	if p.form == longitude {
		letters = "EW"
	}
	switch {
	case !p.holds(v):
		return dst
	case v < 0:
		return append(dst, letters[1])
	}
	return append(dst, letters[0])
}

// pad writes a whole number with zeros in front.
func pad(dst []byte, v int64, width int) []byte {
	for n := int64(10); width > 1; width, n = width-1, n*10 {
		if v < n {
			dst = append(dst, '0')
		}
	}
	return strconv.AppendInt(dst, v, 10)
}

// measurements writes XDR sentences, as many measurements in each as it has room for.
func (e *encoder) measurements(dst []byte, values []int64) []byte {
	const head = "$IIXDR"
	start := -1
	for _, t := range e.transducers {
		if values[t.metric] == encoding.Absent {
			continue
		}
		if start >= 0 && len(dst)-start+len(t.name)+24 > mostBytes {
			dst, start = end(dst), -1
		}
		if start < 0 {
			start = len(dst)
			dst = append(dst, head...)
		}
		dst = encoding.AppendDecimal(append(dst, ",G,"...), values[t.metric], 6)
		dst = append(append(dst, ",,"...), t.name...)
	}
	if start < 0 {
		return dst
	}
	return end(dst)
}
