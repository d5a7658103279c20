package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// NotAvailable stands where a figure does not exist. Where the reason is known, it follows in brackets.
const NotAvailable = "n/a"

// minus is the typographic minus sign: a hyphen before a figure is too easily overlooked.
const minus = "−"

// Duration writes a duration in ns with the three digits a histogram holds, and never below its unit of 1 µs: "843 µs",
// "12.3 ms", "1.20 s". A minute and more is written in seconds, so that figures in one column compare at a glance.
func Duration(ns float64) string {
	switch {
	case ns < 0:
		return minus + Duration(-ns)
	case ns == 0:
		return "0"
	case ns < 1e3:
		return "< 1 µs"
	case ns < 999.5e3:
		return fmt.Sprintf("%.0f µs", ns/1e3)
	case ns < 999.5e6:
		return threeDigits(ns/1e6) + " ms"
	}
	return threeDigits(ns/1e9) + " s"
}

// Rate writes events per second: "4,998/s". Fractions are shown below 100 only, where they are a tenth of a per cent.
func Rate(perSecond float64) string {
	if math.Abs(perSecond) < 100 {
		return threeDigits(perSecond) + "/s"
	}
	return Count(int64(math.Round(perSecond))) + "/s"
}

// Bytes writes a size in decimal units with three digits: "48.2 MB".
func Bytes(n float64) string {
	if math.Abs(n) < 1000 {
		return fmt.Sprintf("%.0f B", n)
	}
	for _, unit := range []string{"kB", "MB", "GB"} {
		if n /= 1000; math.Abs(n) < 999.5 {
			return threeDigits(n) + " " + unit
		}
	}
	return threeDigits(n/1000) + " TB"
}

// Seconds writes a quantity of seconds, such as processor time: "12.4 s".
func Seconds(s float64) string { return threeDigits(s) + " s" }

// Times writes a ratio: "3.21×".
func Times(ratio float64) string { return threeDigits(ratio) + "×" }

// Percent writes a share in [0, 1] as per cent: "99.97 %". A share below 1 never reads "100 %": what is missing is the point.
func Percent(share float64) string {
	p := 100 * share
	for digits := 0; digits <= 4; digits++ {
		text := strconv.FormatFloat(p, 'f', digits, 64)
		near, _ := strconv.ParseFloat(text, 64)
		if (near == 100) == (p == 100) && (near == 0) == (p == 0) && math.Abs(near-p) < 0.0051 {
			return text + " %"
		}
	}
	if p > 50 {
		return "> 99.9999 %"
	}
	return "< 0.0001 %"
}

// Count writes a whole number with its thousands apart: "150,412".
func Count(n int64) string {
	digits := strconv.FormatUint(magnitude(n), 10)
	var b strings.Builder
	if n < 0 {
		b.WriteString(minus)
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Counted writes a number with its noun: "1 duplicate", "2 duplicates".
func Counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Value writes a number of a check or a setting in its unit. It knows ns, s, ms, bytes, 1/s and share; any other unit
// follows the number as it is.
func Value(v float64, unit string) string {
	switch unit {
	case "ns":
		return Duration(v)
	case "ms":
		return Duration(v * 1e6)
	case "s":
		return Seconds(v)
	case "bytes", "B":
		return Bytes(v)
	case "1/s", "events/s", "/s":
		return Rate(v)
	case "share", "ratio":
		return Percent(v)
	case "ppm":
		return Number(v) + " ppm"
	case "", "1":
		return Number(v)
	}
	if v == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return Number(v) + " " + unit
}

// Number writes a whole number with its thousands apart and any other with three digits.
func Number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return Count(int64(v))
	}
	return threeDigits(v)
}

// Clock writes an instant for people: date and time to the second in UTC, because reports travel.
func Clock(t time.Time) string {
	if t.IsZero() {
		return NotAvailable
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// threeDigits writes v with three significant digits, without an exponent from 0.001 to a million.
func threeDigits(v float64) string {
	switch a := math.Abs(v); {
	case v < 0:
		return minus + threeDigits(a)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return NotAvailable
	case a == 0:
		return "0"
	case a >= 999.5:
		return Count(int64(math.Round(v)))
	case a >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.9995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a >= 0.001:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}
