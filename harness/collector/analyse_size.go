package collector

import (
	"bytes"
	"fmt"
	"math"
	mathbits "math/bits"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
)

// summarised is the size of the message that a summary speaks of, bytes: its first field. That it is true is for the verdict.
// 0 where it is no summary.
func summarised(value []byte) uint32 {
	rest, ok := bytes.CutPrefix(value, []byte(`{"bytes":`))
	digits, _, more := bytes.Cut(rest, []byte(","))
	if !ok || !more {
		return 0
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0
	}
	return uint32(min(n, math.MaxUint32))
}

// sizes follows messages of many sizes through their answers.
type sizes struct {
	phases phases
	all    []sized
}

// sized is an answered message. It is in flight from its last byte's due time until its answer is received.
type sized struct {
	phase              int
	partition          int32
	intended, received int64
	size               uint32
}

func (s *sizes) add(phase int, partition int32, o *Observation) {
	s.all = append(s.all, sized{phase, partition, o.Intended, o.Received, o.Size})
}

// class is the size class of n bytes: of a power of four up to the next, as text.
func class(n uint32) string {
	if n == 0 {
		return "0B"
	}
	k := (mathbits.Len32(n) - 1) / 2
	return powerOf4(k) + "-" + powerOf4(k+1)
}

// powerOf4 writes 4^k bytes.
func powerOf4(k int) string {
	return fmt.Sprintf("%d%s", 1<<(2*k%10), [...]string{"B", "KiB", "MiB", "GiB"}[2*k/10])
}

// cuts gives the response times by class of size, and those of small messages by whether a large one of their partition was in flight
// when they were due: what the others wait longer is the head-of-line delay.
func (s *sizes) cuts(small int64) []*cut {
	behind := newCut(s.phases, "response_behind_large", kindEvent, "intended, a larger message of the partition in flight", "received")
	clear := newCut(s.phases, "response_clear", kindEvent, "intended, no larger message of the partition in flight", "received")
	behind.few, clear.few = true, true
	large := s.large(small)
	byClass := map[string]*cut{}
	var all []*cut
	for _, m := range s.all {
		name := class(m.size)
		c := byClass[name]
		if c == nil {
			c = newCut(s.phases, "response", kindEvent, "intended, of the last byte", "received")
			c.sizeClass, c.few = name, true
			byClass[name] = c
			all = append(all, c)
		}
		c.add(m.phase, m.intended, m.received-m.intended)
		switch {
		case int64(m.size) > small:
		case large[m.partition].flying(m.intended):
			behind.add(m.phase, m.intended, m.received-m.intended)
		default:
			clear.add(m.phase, m.intended, m.received-m.intended)
		}
	}
	return append(all, behind, clear)
}

// inFlight gives the bytes of messages in flight at the end of each second.
func (s *sizes) inFlight(cfg *AnalysisConfig) result.Series {
	r := newSeries(cfg, "bytes_in_flight", "bytes")
	seconds := max(0, cfg.EndNS/int64(time.Second))
	change := make([]int64, seconds+2) // from the end of one second to that of the next
	for i := range s.all {
		m := &s.all[i]
		if from, to := endOf(m.intended, seconds), endOf(m.received, seconds); from < to {
			change[from] += int64(m.size)
			change[to] -= int64(m.size)
		}
	}
	var n int64
	for end := int64(1); end <= seconds; end++ {
		n += change[end]
		r.Points = append(r.Points, result.Point{T: float64(end), V: float64(n)})
	}
	return r
}

// endOf is the first end of a second that is not before t; the one after the last where there is none.
func endOf(t, seconds int64) int64 {
	end := t / int64(time.Second)
	if t%int64(time.Second) > 0 {
		end++
	}
	return min(max(1, end), seconds+1)
}
