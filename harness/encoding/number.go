package encoding

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Micros turns a number into millionths: times 10^6, rounded to a double, rounded half to even. False: it is no number,
// infinite or beyond job.MaxMicros.
func Micros(d float64) (int64, bool) {
	m := math.RoundToEven(float64(d * 1e6))
	if !(math.Abs(m) <= job.MaxMicros) { // also where it is not a number
		return 0, false
	}
	return int64(m), true // −0 becomes 0
}

// ParseNumber is the double nearest to a token of JSON's number grammar, infinite where it is too large.
func ParseNumber(token []byte) float64 {
	d, ok := simple(token)
	if !ok {
		// The only error the grammar leaves is a number too large, with ±Inf as the result.
		d, _ = strconv.ParseFloat(string(token), 64)
	}
	return d
}

// simple is the nearest double of a token whose digits, as a whole number, and power of ten are both exact doubles: then
// one division rounds correctly (Clinger, How to read floating point numbers accurately, 1990). That is nearly every number
// that a sensor sends, and it costs a tenth of the general way. False: it is another.
func simple(s []byte) (float64, bool) {
	neg := s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) > 19 {
		return 0, false // more digits than a uint64 surely holds
	}
	var whole uint64
	decimals := 0
	point := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			whole = whole*10 + uint64(c-'0')
			if point {
				decimals++
			}
		case c == '.':
			point = true
		default:
			return 0, false // an exponent
		}
	}
	if whole > 1<<53 {
		return 0, false
	}
	d := float64(whole) / powers[decimals]
	if neg {
		d = -d
	}
	return d, true
}

// powers of ten, each an exact double.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// NumberText reads a text as a number of JSON's grammar (RFC 8259, section 6). What is not one stays text.
func NumberText(s []byte) Scalar {
	if !isNumber(s) {
		return Scalar{Kind: Text, Text: s}
	}
	if len(s) > job.MaxNumberBytes {
		return Scalar{Kind: LongNumber}
	}
	return Scalar{Kind: Number, Number: ParseNumber(s)}
}

// Integer reports whether a text is a whole number of JSON's grammar.
func Integer(s []byte) bool {
	rest, ok := integer(s)
	return ok && len(rest) == 0
}

// integer cuts the part before point and exponent off.
func integer(s []byte) (rest []byte, ok bool) {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	n := digits(s)
	return s[n:], n == 1 || n > 1 && s[0] != '0'
}

func digits(s []byte) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func isNumber(s []byte) bool {
	s, ok := integer(s)
	if !ok {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return len(s) == 0
}

// AppendDecimal writes v / 10^places without trailing zeros; places is at most 18.
func AppendDecimal(dst []byte, v int64, places int) []byte {
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	unit := uint64(powers[places])
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

// Decimal is the double nearest to a value in millionths. Micros gives the value back.
func Decimal(micros int64) float64 { return float64(micros) / 1e6 }

// AppendTime writes an event time in the unit of a reading's time as decimal text: ms, or s with up to three decimals.
func AppendTime(dst []byte, eventTime int64, unit string) []byte {
	if unit == "ms" {
		return strconv.AppendInt(dst, eventTime, 10)
	}
	return AppendDecimal(dst, eventTime, 3)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// IsText is the first test of encodings that are text: valid UTF-8, without a byte order mark.
func IsText(value []byte) bool {
	return utf8.Valid(value) && !bytes.HasPrefix(value, byteOrderMark)
}
