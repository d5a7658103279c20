package collector

import (
	"cmp"
	"slices"
)

// flights are the times in flight of the large messages of a partition, by the time they were due.
type flights []flight

// flight is one of them: from due until received, or until the last of those before it was.
type flight struct{ due, until int64 }

// large gives the flights of messages larger than small, by partition.
func (s *sizes) large(small int64) map[int32]flights {
	all := map[int32]flights{}
	for i := range s.all {
		if m := &s.all[i]; int64(m.size) > small {
			all[m.partition] = append(all[m.partition], flight{m.intended, m.received})
		}
	}
	for _, f := range all {
		slices.SortFunc(f, func(a, b flight) int { return cmp.Compare(a.due, b.due) })
		for i := 1; i < len(f); i++ {
			f[i].until = max(f[i].until, f[i-1].until)
		}
	}
	return all
}

// flying reports whether any was in flight at t: of those due by then, whether the last to be received still was.
func (f flights) flying(t int64) bool {
	n, _ := slices.BinarySearchFunc(f, t, func(l flight, t int64) int {
		if l.due <= t {
			return -1
		}
		return 1
	})
	return n > 0 && t < f[n-1].until
}
