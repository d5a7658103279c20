package latency

import (
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Middle is the median of however few samples, in ns.
type Middle struct {
	Value int64
	// Range is the 95 % interval of the median of what the samples were drawn from: those of two ranks, as far from the ends as
	// the binomial distribution allows, whatever the distribution of the samples (Conover, Practical Nonparametric Statistics,
	// section 3.2). Nil below six samples, which have no such ranks, and where one of them is not known.
	Range *[2]int64
}

// Median is the value of rank ceil(n/2) of what r has counted and the events that were never answered. Unlike Headline it answers
// however few there are, and says how sure it is. False where that rank is not among the recorded.
func Median(r *Recorder, censored int64) (Middle, bool) {
	total := r.Count() + censored
	known := func(k int64) bool { return k > r.negative && k <= r.negative+r.Recorded() }
	k := rank(0.5, total)
	if total == 0 || !known(k) {
		return Middle{}, false
	}
	m := Middle{Value: r.at(k - r.negative)}
	if low := medianRank(total); low > 0 && known(low) && known(total+1-low) {
		m.Range = &[2]int64{r.at(low - r.negative), r.at(total + 1 - low - r.negative)}
	}
	return m, true
}

// medianRank is the greatest rank k of n samples for which the median is below the k-th smallest with a probability of at most
// 2.5 %; 0 where there is none.
func medianRank(n int64) int64 {
	below := distuv.Binomial{N: float64(n), P: 0.5}
	return int64(sort.Search(int(n/2), func(i int) bool { return below.CDF(float64(i)) > 0.025 }))
}
