package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Clock is a way of writing times: "s", "ms", "us" or "ns" since the Unix epoch as a decimal number, "count" for readings
// that are numbered only, or a layout of package time in UTC.
type Clock string

// clocks are the layouts that are tried on the first time of a file.
var clocks = []Clock{time.RFC3339Nano, "2006-01-02 15:04:05", "2006/01/02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04"}

// unit is the number of ns of a clock that counts; 0 for a layout.
func (c Clock) unit() int64 {
	switch c {
	case "s", "count":
		return 1e9
	case "ms":
		return 1e6
	case "us":
		return 1e3
	case "ns":
		return 1
	}
	return 0
}

// Parse gives the ns since the epoch of a text. Errors: a text that the clock does not write.
func (c Clock) Parse(text string) (int64, error) {
	unit := c.unit()
	if unit == 0 {
		t, err := time.Parse(string(c), text)
		if err != nil {
			return 0, fmt.Errorf("time %q is not of the form %q", text, string(c))
		}
		return t.UnixNano(), nil
	}
	return decimal(text, unit)
}

// decimal reads a decimal number of units exactly: a double of seconds since the epoch knows no ns.
func decimal(text string, unit int64) (int64, error) {
	whole, frac, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64) // 1.5946e9
		return int64(math.Round(f * float64(unit))), err
	}
	ns := n * unit
	for _, c := range frac {
		if unit /= 10; unit == 0 {
			break
		}
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("time %q is no decimal number", text)
		}
		if strings.HasPrefix(whole, "-") {
			ns -= int64(c-'0') * unit
		} else {
			ns += int64(c-'0') * unit
		}
	}
	return ns, nil
}

// detectClock finds the clock that wrote a text. Numbers are told apart by their size: s, ms, us and ns of this century.
func detectClock(text string) (Clock, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case f > 1e17:
			return "ns", nil
		case f > 1e14:
			return "us", nil
		case f > 1e11:
			return "ms", nil
		case f > 1e8:
			return "s", nil
		}
		return "count", nil
	}
	for _, c := range clocks {
		if _, err := c.Parse(text); err == nil {
			if dot := strings.LastIndexByte(text, '.'); dot > 0 && c != time.RFC3339Nano {
				return c + Clock("."+strings.Repeat("0", len(text)-dot-1)), nil
			}
			return c, nil
		}
	}
	return "", fmt.Errorf("time %q: want a number, or a form such as 2006-01-02 15:04:05", text)
}
