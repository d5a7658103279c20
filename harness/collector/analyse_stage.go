package collector

import (
	"sort"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
)

// window measures how long after it could be closed a window's result came.
func (a *analysis) window(partition int32, o *Observation) {
	if a.cfg.Closers == nil || o.Node != a.cfg.WindowNode {
		return
	}
	due := int64(o.Seq) + int64((a.cfg.WindowSize+a.cfg.Lateness)/time.Millisecond)
	if soonest, known := a.soonest(due); known && o.Received < soonest {
		a.untimely++
	}
	at, known := closedBy(a.cfg.Closers[partition], due)
	if !known {
		a.unclosed++
		return
	}
	if o.Received < at {
		a.early++ // and a negative close delay
	}
	a.closeDelay.add(a.phase(at), at, o.Received-at)
}

// closedBy is when the first event was due that lets windows close that wait for due; false: there is none.
func closedBy(closers []Closer, due int64) (at int64, known bool) {
	n := sort.Search(len(closers), func(i int) bool { return closers[i].Watermark >= due })
	if n == len(closers) {
		return 0, false
	}
	return closers[n].Intended, true
}

// soonest is closedBy over all partitions: an engine may have one watermark for them, and before that none can know of an end.
func (a *analysis) soonest(due int64) (soonest int64, known bool) {
	for _, closers := range a.cfg.Closers {
		if at, ok := closedBy(closers, due); ok && (!known || at < soonest) {
			soonest, known = at, true
		}
	}
	return soonest, known
}

// waterfall follows heartbeats from topic to topic. Each hop is the time between the observer's receipts of the records
// before and behind a stage, so it includes the broker and the observer's own path, once on each side.
type waterfall struct {
	hops  []*cut // by stage
	first []map[beat]int64
}

type beat struct {
	device uint32
	stream uint16
	seq    uint64
}

func newWaterfall(p phases, stages []string) *waterfall {
	w := &waterfall{}
	for i, name := range stages {
		from, to := "received from the topic of stage "+stages[max(i-1, 0)], "received from the topic of stage "+name
		if i == 0 {
			from = "intended"
		}
		if i == len(stages)-1 {
			to = "received from the output topic"
		}
		c := newCut(p, "hop", "heartbeat", from, to)
		c.stage = name
		w.hops = append(w.hops, c)
		w.first = append(w.first, map[beat]int64{})
	}
	return w
}

// stage takes a heartbeat seen between two stages; the first of each counts.
func (w *waterfall) stage(h Header, o *Observation) {
	if h.Stage >= len(w.first)-1 || o.Flags&event.FlagHeartbeat == 0 {
		return
	}
	b := beat{o.Device, o.Stream, o.Seq}
	if at, ok := w.first[h.Stage][b]; !ok || o.Received < at {
		w.first[h.Stage][b] = o.Received
	}
}

// output takes the first answer to a heartbeat, due in phase i, and measures its hops. A hop with an end that was not seen
// has no length.
func (w *waterfall) output(o *Observation, i int) {
	from, known := o.Intended, true
	for s, c := range w.hops {
		to, ok := o.Received, true
		if s < len(w.hops)-1 {
			to, ok = w.first[s][beat{o.Device, o.Stream, o.Seq}]
		}
		if known && ok {
			c.add(i, o.Intended, to-from)
		}
		from, known = to, ok
	}
}
