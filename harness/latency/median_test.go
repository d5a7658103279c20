package latency

import "testing"

// The ranks are those of tables of the binomial distribution: of 5 values there are none, of 6 the ends, of 100 the 40th from
// each end.
func TestMedianRank(t *testing.T) {
	for n, want := range map[int64]int64{0: 0, 1: 0, 5: 0, 6: 1, 8: 1, 9: 2, 17: 5, 20: 6, 100: 40, 1_000_000: 499_020} {
		if got := medianRank(n); got != want {
			t.Errorf("medianRank(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestMedianOfFew(t *testing.T) {
	r := uniform(9)
	m, ok := Median(r, 0)
	if !ok || !isClose(m.Value, 5*ms) || m.Range == nil || !isClose(m.Range[0], 2*ms) || !isClose(m.Range[1], 8*ms) {
		t.Errorf("Median of 1 to 9 ms = %+v %v, want 5 ms, of 2 to 8", m, ok)
	}
	if m, ok := Median(r, 3); !ok || !isClose(m.Value, 6*ms) || m.Range != nil {
		t.Errorf("with 3 never answered: %+v %v, want 6 ms and no range, whose upper end is not known", m, ok)
	}
	if m, ok := Median(r, 10); ok {
		t.Errorf("with 10 never answered: %+v, want none", m)
	}
	if m, ok := Median(uniform(5), 0); !ok || !isClose(m.Value, 3*ms) || m.Range != nil {
		t.Errorf("of five: %+v %v, want 3 ms and no range", m, ok)
	}
	if m, ok := Median(New(), 0); ok {
		t.Errorf("of none: %+v, want none", m)
	}
}
