package reports_test

import (
	"math"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/reports"
)

func TestDurationHasThreeDigitsAndNoMoreThanTheHistogram(t *testing.T) {
	for ns, want := range map[float64]string{
		0: "0", 1: "< 1 µs", 999: "< 1 µs", 1000: "1 µs", 12_345: "12 µs", 843_400: "843 µs", 999_499: "999 µs", 999_500: "1.00 ms",
		1_234_567: "1.23 ms", 12_345_678: "12.3 ms", 123_456_789: "123 ms", 999_499_999: "999 ms", 999_500_000: "1.00 s", 1_204_000_000: "1.20 s",
		75e9: "75.0 s", 3600e9: "3,600 s", -12e6: "−12.0 ms", 9_994_000: "9.99 ms", 9_996_000: "10.0 ms", 99_960_000: "100 ms",
	} {
		if got := reports.Duration(ns); got != want {
			t.Errorf("Duration(%v) = %q, want %q", ns, got, want)
		}
	}
}

func TestRate(t *testing.T) {
	for v, want := range map[float64]string{0: "0/s", 3.14159: "3.14/s", 99.94: "99.9/s", 4997.6: "4,998/s", 1234567: "1,234,567/s"} {
		if got := reports.Rate(v); got != want {
			t.Errorf("Rate(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for v, want := range map[float64]string{0: "0 B", 999: "999 B", 1000: "1.00 kB", 48_210_000: "48.2 MB", 999_600_000: "1.00 GB", 2.4e10: "24.0 GB", 5e13: "50.0 TB"} {
		if got := reports.Bytes(v); got != want {
			t.Errorf("Bytes(%v) = %q, want %q", v, got, want)
		}
	}
}

// Rounding must never hide that something is missing.
func TestPercentIsHundredOnlyForAll(t *testing.T) {
	for v, want := range map[float64]string{
		1: "100 %", 0: "0 %", 0.5: "50 %", 0.9997: "99.97 %", 0.99999: "99.999 %", 0.999999999: "> 99.9999 %", 0.001: "0.1 %", 0.00004: "0.004 %", 1e-9: "< 0.0001 %",
	} {
		if got := reports.Percent(v); got != want {
			t.Errorf("Percent(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 150_412: "150,412", -1234: "−1,234", math.MinInt64: "−9,223,372,036,854,775,808"} {
		if got := reports.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestValueKnowsUnits(t *testing.T) {
	for _, c := range []struct {
		v          float64
		unit, want string
	}{
		{5e6, "ns", "5.00 ms"}, {5, "ms", "5.00 ms"}, {0.31, "share", "31 %"}, {0, "records", "0 records"}, {1, "restarts", "1 restart"},
		{12, "", "12"}, {math.NaN(), "", "n/a"}, {0.25, "cores", "0.250 cores"},
	} {
		if got := reports.Value(c.v, c.unit); got != c.want {
			t.Errorf("Value(%v, %q) = %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

func TestClockIsTheSameEverywhere(t *testing.T) {
	zone := time.FixedZone("east", 2*3600)
	if got, want := reports.Clock(time.Date(2026, 1, 2, 3, 4, 5, 6, zone)), "2026-01-02 01:04:05 UTC"; got != want {
		t.Errorf("Clock = %q, want %q", got, want)
	}
}

func TestQuoteIsReadAsOneWord(t *testing.T) {
	for word, want := range map[string]string{"first-light": "first-light", "a b": "'a b'", "it's": `'it'\''s'`, "": "''", "$(x)": "'$(x)'", "p99>20ms": "'p99>20ms'"} {
		if got := reports.Quote(word); got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
	}
}
