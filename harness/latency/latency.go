// Package latency counts durations and answers questions about their distribution. It keeps every sample: values that a
// histogram cannot hold are counted apart, events that were never answered take part in every rank, and a percentile that
// too few samples support is not given at all. The package is a leaf; it decides neither what is measured nor from when.
//
// Histograms are HdrHistograms of nanoseconds with three significant digits: a quantile is at most 0.1 % above the true
// value, or 1 µs where that is more.
package latency

import (
	"fmt"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The geometry of every histogram here. Only equal geometries merge without loss, so nobody chooses another.
const (
	Unit    = 1_000            // ns: differences below it may be lost
	Highest = int64(time.Hour) // ns: greater values are counted as out of range
	Digits  = 3                // significant decimal digits
)

// Recorder counts durations in ns. It takes no lock: give each goroutine its own and merge them where nobody records.
// Use New or NewSparse; the zero value is not ready.
type Recorder struct {
	dense    *hdr.Histogram // nil in a sparse recorder
	sparse   *hdr.PackedHistogram
	sum      float64 // of recorded values, ns
	min, max int64   // of recorded values, exact
	negative int64
	above    int64
}

// New makes a recorder of about 190 KB that records in a few ns.
func New() *Recorder {
	r := &Recorder{dense: hdr.New(Unit, Highest, Digits)}
	r.Reset()
	return r
}

// NewSparse makes a recorder whose memory follows the number of distinct values, for the many intervals of a series. It
// records ten to twenty times slower than one of New.
func NewSparse() *Recorder {
	r := &Recorder{sparse: hdr.NewPacked(Unit, Highest, Digits)}
	r.Reset()
	return r
}

// Record counts one duration in ns. A negative one is a fault of a clock and one above Highest does not fit: both are
// counted as such and take part in ranks as the shortest and the longest.
func (r *Recorder) Record(ns int64) {
	if uint64(ns) > uint64(Highest) {
		r.outside(ns)
		return
	}
	// In range by the test above: the library's error cannot occur before 2^63 samples.
	if r.dense != nil {
		_ = r.dense.RecordValue(ns)
	} else {
		_ = r.sparse.RecordValue(ns)
	}
	r.sum += float64(ns)
	r.min = min(r.min, ns)
	r.max = max(r.max, ns)
}

func (r *Recorder) outside(ns int64) {
	if ns < 0 {
		r.negative++
		return
	}
	r.above++
}

// Merge adds everything from has counted to r. Nothing may be recorded into either meanwhile.
func (r *Recorder) Merge(from *Recorder) {
	var dropped int64
	switch {
	case r.dense != nil && from.dense != nil:
		dropped = r.dense.Merge(from.dense)
	case r.dense != nil:
		dropped = from.sparse.MergeInto(r.dense)
	case from.dense != nil:
		dropped = r.sparse.MergeFrom(from.dense)
	default:
		dropped = r.sparse.Merge(from.sparse)
	}
	if dropped != 0 {
		panic(fmt.Sprintf("BUG: merging histograms of one geometry dropped %d samples", dropped))
	}
	r.sum += from.sum
	r.min = min(r.min, from.min)
	r.max = max(r.max, from.max)
	r.negative += from.negative
	r.above += from.above
}

// Reset forgets every sample.
func (r *Recorder) Reset() {
	if r.dense != nil {
		r.dense.Reset()
	} else {
		r.sparse.Reset()
	}
	r.sum, r.min, r.max, r.negative, r.above = 0, Highest, 0, 0, 0
}

// Count is the number of all samples: recorded and out of range.
func (r *Recorder) Count() int64 { return r.Recorded() + r.OutOfRange() }

// Recorded is the number of samples the histogram holds.
func (r *Recorder) Recorded() int64 {
	if r.dense != nil {
		return r.dense.TotalCount()
	}
	return r.sparse.TotalCount()
}

// Negative is the number of samples below zero.
func (r *Recorder) Negative() int64 { return r.negative }

// Above is the number of samples greater than Highest.
func (r *Recorder) Above() int64 { return r.above }

// OutOfRange is the number of samples the histogram cannot hold.
func (r *Recorder) OutOfRange() int64 { return r.negative + r.above }

// Min is the smallest recorded value in ns, exact unless it was read from a log; 0 when nothing is recorded.
func (r *Recorder) Min() int64 {
	if r.Recorded() == 0 {
		return 0
	}
	return r.min
}

// Max is the greatest recorded value in ns, exact unless it was read from a log; 0 when nothing is recorded.
func (r *Recorder) Max() int64 { return r.max }

// Sum is the exact sum of the recorded values in ns, rounded to a double.
func (r *Recorder) Sum() float64 { return r.sum }

// Mean is the mean of the histogram's buckets in ns: what readers of its log see, within 0.1 % of Sum / Recorded for
// values above 1 ms. 0 when nothing is recorded.
func (r *Recorder) Mean() float64 {
	if r.dense != nil {
		return r.dense.Mean()
	}
	return r.sparse.Mean()
}

// Quantile is the value in ns of which a share q in [0, 1] of all samples is at most as long: that of rank ceil(q × Count).
// False when nothing is recorded or the rank falls among the samples out of range. Unlike Headline it answers however few
// samples there are: for live displays and series, not for results.
func (r *Recorder) Quantile(q float64) (int64, bool) {
	if r.Recorded() == 0 {
		return 0, false
	}
	k := rank(q, r.Count()) - r.negative
	if k < 1 || k > r.Recorded() {
		return 0, false
	}
	return r.at(k), true
}

// at is the value of rank k among the recorded, from 1.
func (r *Recorder) at(k int64) int64 {
	p := 100 * float64(k) / float64(r.Recorded()) // the library's rank of this percentile is k again
	v := int64(0)
	if r.dense != nil {
		v = r.dense.ValueAtPercentile(p)
	} else {
		v = r.sparse.ValueAtPercentile(p)
	}
	return max(min(v, r.max), r.min)
}
