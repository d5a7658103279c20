package oracle

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// layout numbers every field a reading of the job can have, metrics and registry fields, in ascending byte order.
type layout struct {
	names   []string
	slots   map[string]int
	metrics []metric // ascending
}

type metric struct {
	slot    int
	path    []string
	bounded bool
	lo, hi  int64
}

func newLayout(j *job.Job) *layout {
	all := map[string]bool{}
	for name := range j.Reading.Metrics {
		all[name] = true
	}
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Enrich != nil {
				for _, f := range o.Enrich.Fields {
					all[f] = true
				}
			}
		}
	}
	l := &layout{names: slices.Sorted(maps.Keys(all)), slots: map[string]int{}}
	for i, name := range l.names {
		l.slots[name] = i
	}
	for _, name := range slices.Sorted(maps.Keys(j.Reading.Metrics)) {
		m := j.Reading.Metrics[name]
		f := metric{slot: l.slots[name], path: strings.Split(m.Path, ".")}
		if len(m.Range) == 2 {
			f.bounded, f.lo, f.hi = true, int64(m.Range[0]), int64(m.Range[1])
		}
		l.metrics = append(l.metrics, f)
	}
	return l
}

// reading holds the values of an event by slot.
type reading struct {
	vals []int64
	has  []bool
}

func (l *layout) reading() reading {
	return reading{make([]int64, len(l.names)), make([]bool, len(l.names))}
}

func (r *reading) reset()                  { clear(r.has) }
func (r *reading) set(slot int, v int64)   { r.vals[slot], r.has[slot] = v, true }
func (r *reading) get(s int) (int64, bool) { return r.vals[s], r.has[s] }

// appendCanonical appends the canonical JSON of a reading.
func (l *layout) appendCanonical(dst []byte, r *reading) []byte {
	dst = append(dst, '{')
	first := true
	for i, name := range l.names {
		if !r.has[i] {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, name...)
		dst = append(dst, '"', ':')
		dst = strconv.AppendInt(dst, r.vals[i], 10)
	}
	return append(dst, '}')
}

// parseCanonical reads what appendCanonical writes and refuses everything else: a stage record in another form is a fault
// of the stage before, and no stage can be held to an answer to it.
func (l *layout) parseCanonical(value []byte, r *reading) bool {
	r.reset()
	s := string(value)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	if s == "{}" {
		return true
	}
	last := -1
	for member := range strings.SplitSeq(s[1:len(s)-1], ",") {
		name, digits, ok := strings.Cut(member, ":")
		if !ok || len(name) < 2 || name[0] != '"' || name[len(name)-1] != '"' {
			return false
		}
		slot, ok := l.slots[name[1:len(name)-1]]
		if !ok || slot <= last {
			return false
		}
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || !plain(digits) {
			return false
		}
		r.set(slot, v)
		last = slot
	}
	return true
}

// plain says that a parsed integer is written without leading zeros, plus sign or minus zero.
func plain(digits string) bool {
	abs := strings.TrimPrefix(digits, "-")
	return digits == "0" || abs[0] >= '1' && abs[0] <= '9'
}
