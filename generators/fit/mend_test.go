package fit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators/sample"
)

// recorded is a recording of one device that sends at intervals, s.
func recorded(t *testing.T, intervals []int64, value func(at int64) string) *sample.Stream {
	t.Helper()
	var b strings.Builder
	b.WriteString("ts,v\n")
	at := int64(1_700_000_000)
	for _, d := range intervals {
		at += d
		fmt.Fprintf(&b, "%d,%s\n", at, value(at))
	}
	s, err := sample.Read([]byte(b.String()), sample.Layout{Key: "-"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The hour explains as much of the values as it does of recorded ones, of which few are of the hours that differ most.
func TestDailyCyclesAreAsStrong(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var d []int64
	for at := int64(1_700_000_000); len(d) < 4_000; at += d[len(d)-1] {
		d = append(d, 600)
		if h := at / 3600 % 24; h < 8 && rng.IntN(8) > 0 {
			d[len(d)-1] = 4 * 3600 // few messages at night
		}
	}
	s := recorded(t, d, func(at int64) string {
		if at/3600%24 < 8 {
			return fmt.Sprintf("%.2f", rng.NormFloat64())
		}
		return fmt.Sprintf("%.2f", 4+4*rng.NormFloat64())
	})
	for _, m := range scored(t, s, s, sample.Layout{Key: "-"}).Measures {
		if m.Name == "daily R2" && m.Value > 0.05 {
			t.Errorf("share of the variance that the hour explains differs by %.2f, want at most 0.05", m.Value)
		}
	}
}
