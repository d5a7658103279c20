package preset

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// run is a value and how often it follows itself.
type run struct {
	text  string
	times int
}

// table reads "a~3|b|c~2": values, and how often those occur that occur more than once. A space after a bar is that of a line
// that was broken there.
func table(text string) ([]run, error) {
	var runs []run
	for part := range strings.SplitSeq(text, "|") {
		if len(runs) > 0 {
			part = strings.TrimPrefix(part, " ")
		}
		r := run{part, 1}
		if mark := strings.LastIndexByte(part, '~'); mark >= 0 {
			n, err := strconv.Atoi(part[mark+1:])
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q: want a value, or VALUE~COUNT", part)
			}
			r = run{part[:mark], n}
		}
		runs = append(runs, r)
	}
	if len(runs) > maxSteps {
		return nil, fmt.Errorf("%d values; want at most %d", len(runs), maxSteps)
	}
	return runs, nil
}

// numbers unrolls a table of numbers, which must ascend.
func numbers(text string) ([]float64, error) {
	runs, err := table(text)
	if err != nil {
		return nil, err
	}
	var v []float64
	for _, r := range runs {
		x, err := strconv.ParseFloat(r.text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%q is no number", r.text)
		}
		if len(v) > 0 && x < v[len(v)-1] {
			return nil, fmt.Errorf("%q is below the one before", r.text)
		}
		for range r.times {
			v = append(v, x)
		}
	}
	return v, nil
}

// block is the number of records after which a device's past is forgotten: twice as many are looked back at most.
const block = 500

// beat is the number of intervals in a round, or the least: each round of each device has the same intervals in another order. What is
// rarer than one in so many takes longer rounds.
const (
	beat     = 1000
	mostBeat = 8 * beat
)

// intervals reads the quantiles of the times between messages: ns.
func intervals(text string) ([]int64, error) {
	v, err := numbers(text)
	if err != nil {
		return nil, err
	}
	if len(v) < beat || len(v) > mostBeat {
		return nil, fmt.Errorf("got %d quantiles, want %d to %d", len(v), beat, mostBeat)
	}
	ns := make([]int64, len(v))
	var sum int64
	for i, s := range v {
		if s < 0 || s > 1e7 {
			return nil, fmt.Errorf("%v s: want 0 to 10000000", s)
		}
		ns[i] = int64(math.RoundToEven(float64(s * 1e9)))
		sum += ns[i]
	}
	if sum < int64(len(ns)) {
		return nil, errors.New("they add up to nothing")
	}
	return ns, nil
}
