package job

import (
	"fmt"
	"maps"
	"slices"
)

// Heartbeat is what heartbeat and probe devices send, and how the registry describes them. All numbers are millionths.
type Heartbeat struct {
	Registry map[string]int64  // gain 1, offset 0, other fields the detect threshold or 0
	High     map[string]Micros // metrics of a reading above the detect threshold
	Low      map[string]Micros // metrics of a reading far enough below it to end the alarm
}

// Heartbeat derives readings that pass every operator of the job and cross the detect threshold when High and Low take
// turns. Errors: the job refuses every reading, so that no heartbeat could be answered.
func (j *Job) Heartbeat() (Heartbeat, error) {
	h := Heartbeat{Registry: map[string]int64{}, High: map[string]Micros{}, Low: map[string]Micros{}}
	threshold := map[string]Micros{}
	for _, name := range slices.Sorted(maps.Keys(j.Reading.Metrics)) {
		lo, hi := j.allowed(name)
		clear, above := j.crossing(name)
		mid := lo + (hi-lo)/2
		if above != nil {
			mid = above.Value
			if above.Field != "" {
				mid = lo + (hi-lo)/2
				threshold[above.Field] = mid
			}
		}
		h.High[name], h.Low[name] = mid+clear+1_000_000, mid-clear-1_000_000
		if above == nil {
			h.High[name], h.Low[name] = mid, mid
		}
		if h.Low[name] < lo || h.High[name] > hi {
			return h, fmt.Errorf("metric %q: no heartbeat passes: it would send %s and %s, allowed is [%s, %s]",
				name, h.Low[name], h.High[name], lo, hi)
		}
	}
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Enrich == nil {
				continue
			}
			for _, f := range o.Enrich.Fields {
				h.Registry[f] = int64(threshold[f])
			}
		}
	}
	if _, ok := h.Registry["gain"]; ok {
		h.Registry["gain"] = 1_000_000
	}
	return h, nil
}

// usual is how far from 0 a heartbeat goes where neither range nor threshold nor filter says anything.
const usual Micros = 1_000_000_000

// allowed intersects the declared range of a metric with every filter on it. Without a range it is what is usual or, where threshold
// and filters leave none of that, what a metric can be.
func (j *Job) allowed(metric string) (lo, hi Micros) {
	if r := j.Reading.Metrics[metric].Range; len(r) == 2 {
		return j.filtered(metric, r[0], r[1])
	}
	lo, hi = j.filtered(metric, -usual, usual)
	clear, above := j.crossing(metric)
	beyond := above != nil && above.Field == "" && (above.Value+clear+1_000_000 > usual || above.Value-clear-1_000_000 < -usual)
	if lo > hi || beyond {
		return j.filtered(metric, -MaxMicros, MaxMicros)
	}
	return lo, hi
}

// filtered is what every filter on a metric lets pass of [lo, hi].
func (j *Job) filtered(metric string, lo, hi Micros) (Micros, Micros) {
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Filter == nil || o.Filter.Metric != metric {
				continue
			}
			if o.Filter.Min != nil {
				lo = max(lo, *o.Filter.Min)
			}
			if o.Filter.Max != nil {
				hi = min(hi, *o.Filter.Max)
			}
		}
	}
	return lo, hi
}

// crossing finds the detect operator on a metric: its hysteresis and its threshold.
func (j *Job) crossing(metric string) (Micros, *Operand) {
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Detect != nil && o.Detect.Metric == metric {
				return o.Detect.Clear, &o.Detect.Above
			}
		}
	}
	return 0, nil
}
