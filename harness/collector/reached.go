package collector

import (
	"math"
	"sort"
)

// reached finds out when the work due before an instant was done: every partition had answered something that was due then or
// later, so none stands still, and every event due before had its first answer. Partitions alone would not do: an engine that
// exchanges events by key answers them in another order than they lay in. An event that is never answered is not waited for: it
// is the verdict's to tell.
type reached struct {
	marks []int64          // ascending
	seen  []map[int32]bool // by mark: the partitions that have
	alive []int64          // by mark, ns: when the last of them had; -1: not yet
	done  []int64          // by mark, ns: the last first answer to an event due before it and not before the mark before it
	want  int              // partitions
}

func newReached(marks []int64, in *input) reached {
	r := reached{marks: marks}
	for range marks {
		r.seen, r.alive, r.done = append(r.seen, map[int32]bool{}), append(r.alive, -1), append(r.done, math.MinInt64)
	}
	for _, s := range in.results {
		r.want = max(r.want, int(s.r.Header.Partitions))
	}
	return r
}

// see takes a result; results come in the order in which they were received.
func (r *reached) see(partition int32, o *Observation) {
	for i, m := range r.marks {
		if r.alive[i] >= 0 || o.Intended < m {
			continue
		}
		if r.seen[i][partition] = true; len(r.seen[i]) == r.want {
			r.alive[i] = o.Received
		}
	}
}

// finish takes the first answer to an event.
func (r *reached) finish(intended, received int64) {
	if i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i] > intended }); i < len(r.marks) {
		r.done[i] = max(r.done[i], received)
	}
}

// when tells for each mark; -1: never.
func (r *reached) when() []int64 {
	all, done := make([]int64, len(r.marks)), int64(math.MinInt64)
	for i := range all {
		done = max(done, r.done[i])
		if all[i] = r.alive[i]; all[i] >= 0 {
			all[i] = max(all[i], done)
		}
	}
	return all
}
