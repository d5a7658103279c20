package jsonenc

import (
	"math"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/job"
)

// micros turns a number token, at most job.MaxNumberBytes long, into millionths: the nearest double times 10^6, rounded to
// a double, rounded half to even. False: the result is infinite or beyond job.MaxMicros.
func micros(s []byte) (int64, bool) {
	d, ok := simple(s)
	if !ok {
		// The only error the grammar leaves is a number too large, with ±Inf as the result.
		d, _ = strconv.ParseFloat(string(s), 64)
	}
	m := math.RoundToEven(float64(d * 1e6))
	if math.Abs(m) > job.MaxMicros { // also infinite
		return 0, false
	}
	return int64(m), true // −0 becomes 0
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
