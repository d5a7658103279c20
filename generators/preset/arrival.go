package preset

import (
	"cmp"
	"slices"
)

// arrival is when a kind of device sends. A device goes from round to round; a round is one of some orders of the kind's
// intervals, begun anywhere. All rounds last equally long, so the time of any record is found at once.
type arrival struct {
	beats  uint64    // intervals in a round
	round  int64     // ns
	usual  int64     // median interval, ns
	orders [][]int64 // times from the order's begin, up to its end; a round may begin anywhere, and goes on from the begin
	lapse  [][]uint8 // an interval in usual ones, rounded, 1 to maxLapse: of the interval before a record
	mean   float64   // ns
	jitter int64     // ns: intervals in a preset are rounded; times get back what that took

	session int64 // ns; 0: devices stay
	away    int64
}

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
	for _, x := range ns {
		a.round += x
	}
	a.mean = float64(a.round) / float64(len(ns))
	if resolution := a.usual / 500; resolution > step && resolution <= ns[0] { // times must not go back
		a.jitter = resolution
	}
	many := orders
	for many*len(ns) > orders*beat {
		many /= 2
	}
	for o := range many {
		if o > 0 && ns[0] == ns[len(ns)-1] { // equal intervals are the same in any order
			a.orders, a.lapse = append(a.orders, a.orders[0]), append(a.lapse, a.lapse[0])
			continue
		}
		a.order(o, ns, k.Memory, n)
	}
	return a
}

// order draws an order in which an interval's rank has the given correlation with the one before.
func (a *arrival) order(o int, ns []int64, memory float64, n *normal) {
	type place struct {
		score float64
		at    int
	}
	places := make([]place, len(ns))
	rest := root(1 - float64(memory*memory))
	last := 0.0
	for i := range places {
		last = float64(memory*last) + float64(rest*n.score(mix64(odd*uint64(o*len(ns)+i+1))))
		places[i] = place{last, i}
	}
	slices.SortFunc(places, func(x, y place) int { return cmp.Or(cmp.Compare(x.score, y.score), x.at-y.at) })
	row := make([]int64, len(ns))
	for rank, p := range places {
		row[p.at] = ns[rank]
	}
	a.orders, a.lapse = append(a.orders, make([]int64, len(ns)+1)), append(a.lapse, make([]uint8, len(ns)+1))
	for i := range ns {
		a.orders[o][i+1] = a.orders[o][i] + row[i]
		a.lapse[o][i+1] = uint8(min(max(1, (row[i]+a.usual/2)/a.usual), maxLapse))
	}
	a.lapse[o][0] = 1
}

// at is the time of a device's record, ns from its first, and how many usual intervals after the one before.
func (a *arrival) at(seed uint64, k uint64) (int64, uint8) {
	round, i := k/beat, int(k%beat)
	if a.beats != beat { // a constant is divided by faster
		round, i = k/a.beats, int(k%a.beats)
	}
	which, from := a.begin(seed, round)
	order := a.orders[which]
	t := int64(round)*a.round - order[from]
	if i += from; i >= len(order) {
		i -= len(order) - 1
		t += a.round
	}
	t += order[i]
	lapse := a.lapse[which][i]
	if a.jitter > 0 {
		t += int64(mix64(seed^odd*(k+1)) >> 1 % uint64(a.jitter))
	}
	return t, lapse
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
