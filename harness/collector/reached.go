package collector

// reached finds out when every partition had answered something that was due at an instant or later: partitions answer in
// order, so that all that was due before is answered then too, or lost.
type reached struct {
	marks []int64
	seen  []map[int32]bool // by mark: the partitions that have
	when  []int64          // by mark, ns; -1: not yet
	want  int              // partitions
}

func newReached(marks []int64, in *input) reached {
	r := reached{marks: marks}
	for range marks {
		r.seen, r.when = append(r.seen, map[int32]bool{}), append(r.when, -1)
	}
	for _, s := range in.results {
		r.want = max(r.want, int(s.r.Header.Partitions))
	}
	return r
}

// see takes a result; results come in the order in which they were received.
func (r *reached) see(partition int32, o *Observation) {
	for i, m := range r.marks {
		if r.when[i] >= 0 || o.Intended < m {
			continue
		}
		if r.seen[i][partition] = true; len(r.seen[i]) == r.want {
			r.when[i] = o.Received
		}
	}
}
