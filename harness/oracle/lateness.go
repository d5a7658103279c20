package oracle

import (
	"maps"
	"math"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
)

// An event may be left out of its windows if it lies more than the lateness behind the highest event time that could have
// been seen before it: of its own partition at smaller offsets, of other partitions with an intended time not later. An
// exact answer for every event would need every event's time. Instead a first pass keeps an upper bound in coarse buckets
// of intended time; events that are in time even by the bound must be there; for the few others the exact highest time is
// computed afterwards, for them alone.

// bound is, for each intended time, at least the highest event time of all events not due later.
type bound struct {
	shift   uint            // log2 of a bucket's length in ns
	highest map[int64]int64 // by bucket, while it grows
	last    int64           // bucket of the entry changed last
	lastMax int64
	keys    []int64 // ascending, once sealed
	upTo    []int64 // highest event time up to each key
}

// maxBuckets bounds the memory of a bound. Reaching it doubles the length of the buckets.
const maxBuckets = 1 << 15

func newBound() *bound { return &bound{shift: 20, highest: map[int64]int64{}, last: math.MinInt64} }

func (b *bound) see(intended, time int64) {
	k := intended >> b.shift
	if k == b.last && time <= b.lastMax {
		return
	}
	if old, ok := b.highest[k]; !ok || time > old {
		b.highest[k] = time
		b.last, b.lastMax = k, time
	}
	for len(b.highest) > maxBuckets {
		b.coarsen()
	}
}

func (b *bound) coarsen() {
	m := make(map[int64]int64, maxBuckets/2)
	for k, t := range b.highest {
		if old, ok := m[k>>1]; !ok || t > old {
			m[k>>1] = t
		}
	}
	b.shift, b.highest, b.last = b.shift+1, m, math.MinInt64
}

func (b *bound) seal() {
	b.keys = slices.Sorted(maps.Keys(b.highest))
	b.upTo = make([]int64, len(b.keys))
	top := int64(math.MinInt64)
	for i, k := range b.keys {
		top = max(top, b.highest[k])
		b.upTo[i] = top
	}
	b.highest = nil
}

// at gives the bound for an intended time, MinInt64 if nothing was due by then.
func (b *bound) at(intended int64) int64 {
	i, found := slices.BinarySearch(b.keys, intended>>b.shift)
	if !found {
		i--
	}
	if i < 0 {
		return math.MinInt64
	}
	return b.upTo[i]
}

// arrivals follows event time in front of one window operator.
type arrivals struct {
	op      *windowOp
	highest []int64 // event time by partition, MinInt64 before the first event
	unsure  []query
	may     map[location]bool // the events that may be left out, once resolved
}

// query asks whether an event may be left out.
type query struct {
	at       location
	time     int64
	intended int64
	own      int64 // highest event time of the partition before it
}

func newArrivals(op *windowOp, partitions int32) *arrivals {
	a := &arrivals{op: op, highest: make([]int64, partitions), may: map[location]bool{}}
	for i := range a.highest {
		a.highest[i] = math.MinInt64
	}
	return a
}

// see takes the next event in front of the operator and gives the highest event time of its partition before it. counts: the
// event has the operator's metric, so that it matters whether it is late.
func (a *arrivals) see(s *subject, b *bound, counts bool) int64 {
	own := a.highest[s.partition]
	a.highest[s.partition] = max(own, s.time)
	if counts && s.time+a.op.lateness < max(own, b.at(s.stamp.Intended)) {
		a.unsure = append(a.unsure, query{location{s.partition, s.offset}, s.time, s.stamp.Intended, own})
	}
	return own
}

// span gives the lowest and highest of the partitions' highest event times, over partitions that have any: a watermark over
// all partitions lies between them at the end. MaxInt64 and MinInt64 without events.
func (a *arrivals) span() (lo, hi int64) {
	lo, hi = math.MaxInt64, math.MinInt64
	for _, t := range a.highest {
		if t != math.MinInt64 {
			lo, hi = min(lo, t), max(hi, t)
		}
	}
	return lo, hi
}

// resolver computes, for each intended time that is asked for and each partition, the highest event time due by then.
type resolver struct {
	at   []int64   // intended times, ascending
	upTo [][]int64 // by partition, then by position in at
}

func newResolver(qs []query, partitions int32) *resolver {
	r := &resolver{}
	for _, q := range qs {
		r.at = append(r.at, q.intended)
	}
	slices.Sort(r.at)
	r.at = slices.Compact(r.at)
	for range partitions {
		r.upTo = append(r.upTo, slices.Repeat([]int64{math.MinInt64}, len(r.at)))
	}
	return r
}

func (r *resolver) see(partition int32, intended, time int64) {
	i, _ := slices.BinarySearch(r.at, intended)
	if i < len(r.at) {
		r.upTo[partition][i] = max(r.upTo[partition][i], time)
	}
}

// resolve decides the queries once every event was seen.
func (a *arrivals) resolve(r *resolver) {
	for _, row := range r.upTo {
		for i := 1; i < len(row); i++ {
			row[i] = max(row[i], row[i-1])
		}
	}
	for _, q := range a.unsure {
		highest := q.own
		i, _ := slices.BinarySearch(r.at, q.intended)
		for p, row := range r.upTo {
			if int32(p) != q.at.partition {
				highest = max(highest, row[i])
			}
		}
		if q.time+a.op.lateness < highest {
			a.may[q.at] = true
		}
	}
	a.unsure = nil
}

// closers notes when each partition's event time reaches a point at which a window may close.
type closers map[int32][]Closer

func (c closers) see(op *windowOp, s *subject) {
	mark := floor(s.time-op.lateness, op.step)*op.step + op.lateness
	list := c[s.partition]
	if len(list) == 0 || mark > list[len(list)-1].Watermark {
		c[s.partition] = append(list, Closer{Watermark: mark, Intended: s.stamp.Intended})
	}
}

// measureBound takes one record into the bound of a topic, if it is an event with a time that any operator can see.
func (t *Trial) measureBound(b *bound, r *event.Record, first bool) {
	s, ok := stampOf(r)
	if !ok {
		return
	}
	ms, err := r.EventTime()
	if err != nil || !tellable(ms) || first && (ms < t.EventTimeMin || ms > t.EventTimeMax) {
		return
	}
	b.see(s.Intended, ms)
}
