package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A place of its own says that a figure is separated from all others, not from its neighbour alone.
func TestFiguresThatOverlapNeverHaveDifferentPlaces(t *testing.T) {
	of := func(low, median, high float64) Figure { return Figure{N: 3, Min: low, Median: median, Max: high} }
	for _, c := range []struct {
		name    string
		figures []Figure
		want    []int
	}{
		{"apart", []Figure{of(1, 2, 3), of(4, 5, 6), of(7, 8, 9)}, []int{1, 2, 3}},
		{"the last two overlap", []Figure{of(1, 2, 3), of(4, 5, 6), of(5, 7, 8)}, []int{1, 2, 2}},
		{"the first reaches beyond the second into the third", []Figure{of(1, 2, 10), of(3, 3.5, 4), of(5, 5.5, 6), of(11, 12, 13)}, []int{1, 1, 1, 4}},
		{"the last reaches back beyond the second into the first", []Figure{of(1, 2, 3), of(4, 5, 6), of(2.5, 5.5, 9)}, []int{1, 1, 1}},
		{"one repetition has no spread", []Figure{{N: 1, Median: 1}, {N: 1, Median: 2}}, []int{1, 2}},
		{"none", nil, []int{}},
	} {
		if diff := cmp.Diff(c.want, ranks(c.figures)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
