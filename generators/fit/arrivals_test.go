package fit

import (
	"fmt"
	"slices"
	"testing"
)

// Four outages of very different lengths are four in the preset, too, not some of one length.
func TestRareOutagesAreFitted(t *testing.T) {
	var d []int64
	for i := range 4_000 {
		d = append(d, 3600)
		for at, hours := range map[int]int64{500: 20, 1_500: 40, 1_700: 80, 3_000: 160} {
			if i == at {
				d[i] = hours * 3600
			}
		}
	}
	s := recorded(t, d, func(at int64) string { return fmt.Sprint(at / 3600 % 7) })
	if got, want := fittedTo(t, s).Kinds[0].Intervals, "3600~3995|72000|144000|288000|576000"; got != want {
		t.Errorf("intervals = %s, want %s", got, want)
	}
}

// What is rarer than one in a thousand among the shortest intervals is as rare in the preset.
func TestRareShortIntervalsAreFitted(t *testing.T) {
	d := slices.Repeat([]int64{300}, 8_001)
	for i := range 4 {
		d[1_000+1_900*i] = 0
	}
	s := recorded(t, d, func(at int64) string { return fmt.Sprint(at / 300 % 7) })
	if got, want := fittedTo(t, s).Kinds[0].Intervals, "0|300~1999"; got != want {
		t.Errorf("intervals = %s, want %s", got, want)
	}
}
