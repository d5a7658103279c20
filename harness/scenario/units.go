package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// UnmarshalText reads a percentage from 0% to 100%.
func (s *Share) UnmarshalText(b []byte) error {
	f, ok := number(string(b), "%")
	if !ok || f > 100 {
		return fmt.Errorf("%q is not a share from 0%% to 100%%, such as 0.1%%", b)
	}
	*s = Share(f / 100)
	return nil
}

// String prints the share as a percentage.
func (s Share) String() string { return trim(float64(s)*100, 6) + "%" }

// UnmarshalText reads a multiple above 0.
func (f *Factor) UnmarshalText(b []byte) error {
	v, ok := number(string(b), "x")
	if !ok || v == 0 {
		return fmt.Errorf("%q is not a multiple above 0, such as 20x", b)
	}
	*f = Factor(v)
	return nil
}

// String prints the multiple as it is read.
func (f Factor) String() string { return trim(float64(f), 6) + "x" }

// UnmarshalText reads events per second, above 0.
func (r *Rate) UnmarshalText(b []byte) error {
	v, ok := number(string(b), "/s")
	if !ok || v == 0 || v > 1e9 {
		return fmt.Errorf("%q is not a number of events per second, such as 5000/s", b)
	}
	*r = Rate(v)
	return nil
}

// String prints the rate as it is read.
func (r Rate) String() string { return trim(float64(r), 3) + "/s" }

var byteUnits = []struct {
	name string
	size float64
}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1}}

// UnmarshalText reads a size with a unit B, KB, MB, GB or TB, or a whole number of bytes.
func (s *Bytes) UnmarshalText(b []byte) error {
	for _, u := range byteUnits {
		v, ok := number(string(b), u.name)
		if !ok {
			continue
		}
		if v *= u.size; v != math.Trunc(v) || v > 1e15 {
			break
		}
		*s = Bytes(v)
		return nil
	}
	return fmt.Errorf("%q is not a size, such as 200, 1KB or 110MB (powers of ten)", b)
}

// String prints the size with the largest unit that leaves at least 1, to three digits.
func (s Bytes) String() string {
	for _, u := range []int{3, 2, 1, 0} {
		if v := float64(s) / byteUnits[u].size; v >= 1 {
			places := 2
			for ; places > 0 && v >= math.Pow10(3-places); places-- {
			}
			return trim(v, places) + byteUnits[u].name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// UnmarshalText reads a Go duration, unit required, not negative.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration with a unit, such as 5ms or 30s", b)
	}
	*s = Span(d)
	return nil
}

// Duration converts.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String prints as time.Duration does.
func (s Span) String() string { return time.Duration(s).String() }

// number reads a plain decimal, not negative, followed by unit and nothing else.
func number(text, unit string) (float64, bool) {
	digits, ok := strings.CutSuffix(text, unit)
	if !ok || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(digits, 64)
	return f, err == nil
}

// trim prints f with at most `digits` places and no trailing zeros.
func trim(f float64, digits int) string {
	text := strconv.FormatFloat(f, 'f', digits, 64)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
