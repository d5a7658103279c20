package preset

import (
	"cmp"
	"slices"
)

// arrival is when a kind of device sends. A device goes from round to round; a round is one of some orders of the kind's
// intervals, begun anywhere. All rounds last equally long, so the time of any record is found at once.
type arrival struct {
	beats  uint64     // intervals in a round
	round  int64      // ns
	usual  int64      // median interval, ns
	steps  []interval // the different intervals
	orders [][]uint16 // which of them; a round may begin anywhere, and goes on from the begin
	sums   [][]int64  // of each order up to every strides-th place, ns
	mean   float64    // ns
	jitter divisor    // ns: intervals in a preset are rounded; times get back what that took; by 0: nothing

	session int64 // ns; 0: devices stay
	away    int64
}

// interval is one that a kind has.
type interval struct {
	ns    int64
	lapse uint8 // in usual ones, rounded, 1 to maxLapse
}

// strides is how far apart the sums are, which are few so that the orders of all kinds lie in a near cache.
const strides = 32

// orders is the number of orders that a kind has of intervals that are a beat: a power of two. Of more intervals it has fewer, which are
// as many numbers.
const orders = 32

// maxLapse is how many usual intervals a value is looked ahead at most: what lasts longer is forgotten alike.
const maxLapse = 32

func newArrival(k *Kind, n *normal, step int64) *arrival {
	ns, err := intervals(k.Intervals)
	if err != nil {
		panic("BUG: intervals of a preset that was checked: " + err.Error())
	}
	a := &arrival{beats: uint64(len(ns)), usual: max(1, ns[len(ns)/2]), session: int64(k.Churn.Session), away: int64(k.Churn.Away)}
	ranks := make([]uint16, len(ns)) // of the interval among the different ones
	for i, x := range ns {
		a.round += x
		if i == 0 || x != ns[i-1] {
			a.steps = append(a.steps, interval{x, uint8(min(max(1, (x+a.usual/2)/a.usual), maxLapse))})
		}
		ranks[i] = uint16(len(a.steps) - 1)
	}
	a.mean = float64(a.round) / float64(len(ns))
	if resolution := a.usual / 500; resolution > step && resolution <= ns[0] { // times must not go back
		a.jitter = newDivisor(resolution)
	}
	many := orders
	for many*len(ns) > orders*beat {
		many /= 2
	}
	for o := range many {
		if o > 0 && ns[0] == ns[len(ns)-1] { // equal intervals are the same in any order
			a.orders, a.sums = append(a.orders, a.orders[0]), append(a.sums, a.sums[0])
			continue
		}
		a.order(o, ranks, k.Memory, n)
	}
	return a
}

// order draws an order in which an interval's rank has the given correlation with the one before.
func (a *arrival) order(o int, ranks []uint16, memory float64, n *normal) {
	type place struct {
		score float64
		at    int
	}
	places := make([]place, len(ranks))
	rest := root(1 - float64(memory*memory))
	last := 0.0
	for i := range places {
		last = float64(memory*last) + float64(rest*n.score(mix64(odd*uint64(o*len(ranks)+i+1))))
		places[i] = place{last, i}
	}
	slices.SortFunc(places, func(x, y place) int { return cmp.Or(cmp.Compare(x.score, y.score), x.at-y.at) })
	row := make([]uint16, len(ranks))
	for i, p := range places {
		row[p.at] = ranks[i]
	}
	sum, sums := int64(0), []int64{}
	for i, r := range row {
		if i%strides == 0 {
			sums = append(sums, sum)
		}
		sum += a.steps[r].ns
	}
	a.orders, a.sums = append(a.orders, row), append(a.sums, sums)
}

// spot is a record's place in its round.
type spot struct {
	round    uint64
	number   uint64 // of the record in its round
	order    int
	from, to int // places in the order: the round's begin, and the record's, up to beats
}

func (a *arrival) spot(seed, k uint64) spot {
	s := spot{round: k / beat, number: k % beat}
	if a.beats != beat { // a constant is divided by faster
		s.round, s.number = k/a.beats, k%a.beats
	}
	s.order, s.from = a.begin(seed, s.round)
	if s.to = s.from + int(s.number); s.to > int(a.beats) {
		s.to -= int(a.beats)
	}
	return s
}

// at is the time of a device's record, ns from its first, without jitter, and how many usual intervals after the one before.
func (a *arrival) at(seed, k uint64) (int64, uint8) {
	s := a.spot(seed, k)
	t := int64(s.round)*a.round + a.sum(s.order, s.to) - a.sum(s.order, s.from)
	if s.to < s.from {
		t += a.round
	}
	if s.to == 0 {
		return t, 1
	}
	return t, a.steps[a.orders[s.order][s.to-1]].lapse
}

// after is at for a record whose predecessor's time is known; false for the first of a round. It also gives the intervals to
// the records after it, which mostly come with the same line of a cache.
func (a *arrival) after(before int64, seed, k uint64) (t int64, lapse uint8, next ahead, ok bool) {
	s := a.spot(seed, k)
	if s.number == 0 {
		return 0, 0, next, false
	}
	order := a.orders[s.order]
	step := &a.steps[order[s.to-1]]
	for i := range min(len(next), int(a.beats-s.number-1)) {
		if s.to == len(order) {
			s.to = 0
		}
		next[i] = order[s.to] + 1
		s.to++
	}
	return before + step.ns, step.lapse, next, true
}

// sum is the time from an order's begin to a place.
func (a *arrival) sum(order, place int) int64 {
	from := min(place/strides, len(a.sums[order])-1)
	sum := a.sums[order][from]
	for _, r := range a.orders[order][from*strides : place] {
		sum += a.steps[r].ns
	}
	return sum
}

// search gives the last time of an order before t, from its begin, and the first from t on.
func (a *arrival) search(order int, t int64) (before, next int64) {
	from, _ := slices.BinarySearch(a.sums[order], t)
	from = max(0, from-1)
	before, next = t, a.sums[order][from]
	for _, r := range a.orders[order][from*strides:] {
		if next >= t {
			break
		}
		before, next = next, next+a.steps[r].ns
	}
	return before, next
}

// blur is what a record's time gets back of what rounding its interval took, ns.
func (a *arrival) blur(seed, k uint64) int64 {
	if a.jitter.by == 0 {
		return 0
	}
	return int64(a.jitter.rest(mix64(seed^odd*(k+1)) >> 1))
}

// begin gives the order of a round, and the place in it where the round begins.
func (a *arrival) begin(seed, round uint64) (order, place int) {
	u := mix64(seed + odd*(round+1))
	order = int(u & uint64(len(a.orders)-1))
	if a.beats != beat {
		return order, int(u >> 32 % a.beats)
	}
	return order, int(u >> 32 % beat)
}

// absent is how long a device has been away before a record, ns, and whether it comes back with it. Each device's sessions
// have the same number of records, and its absences the same length; it begins in the middle of one or the other.
func (a *arrival) absent(seed, k uint64) (int64, bool) {
	if a.session == 0 {
		return 0, false
	}
	u := mix64(seed ^ forChurn)
	records, away := a.cycle(u)
	first := int64(mix64(u+1) >> 1 % uint64(records)) // records of the first session that lie before the stream
	waits := int64(0)
	if u&1023 < uint64(1024*float64(a.away)/float64(a.away+a.session)) { // it is away when the stream begins, and comes for a whole session
		first, waits = 0, int64(mix64(u+2)>>1%uint64(away))
	}
	gone := (int64(k)+first)/records*away + waits
	return gone, (int64(k)+first)%records == 0 && k > 0
}

// cycle is how many records each of a device's sessions has, and how long it is away between two, ns.
func (a *arrival) cycle(u uint64) (records, away int64) {
	around := func(mean int64, u uint64) int64 { return mean/2 + int64(u%uint64(mean)) }
	return max(1, around(a.session, u>>1)/int64(a.mean)), around(a.away, mix64(u)>>1)
}

// rate is how many records a second a device makes on average, its absences included.
func (a *arrival) rate(seed uint64) float64 {
	if a.session == 0 {
		return 1e9 / a.mean
	}
	records, away := a.cycle(mix64(seed ^ forChurn))
	return float64(records) * 1e9 / (float64(float64(records)*a.mean) + float64(away))
}
