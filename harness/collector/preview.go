package collector

import (
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
)

// Snapshot is what was observed of one instance so far. It is for progress and readiness, never a result. Times are ns
// from the trial's start.
type Snapshot struct {
	Answered    int64         // distinct real events answered by an event or an update
	Duplicates  int64         // further answers to them
	DeadLetters int64         // records in dead letter topics, repetitions included
	Windows     int64         // window results of real devices, repetitions included
	Alerts      int64         // of real devices, repetitions included
	Foreign     int64         // records without a valid header
	Rate        float64       // answers per second in the last whole second
	P50, P99    *int64        // response time of the last five seconds, ns; nil while there was none
	Probes      []int64       // answered probes, by partition
	Heartbeats  []Heartbeat   // by partition
	AnsweredTo  int64         // every partition has answered an event or heartbeat due this late or later
	Silent      time.Duration // since a result was last received; of the whole run when there was none
}

// Ready reports whether a probe of every partition was answered.
func (s Snapshot) Ready() bool {
	for _, n := range s.Probes {
		if n == 0 {
			return false
		}
	}
	return len(s.Probes) > 0
}

// Heartbeat is what came back of one partition's heartbeats.
type Heartbeat struct {
	Answered int64           // records that answer heartbeats, repetitions included
	Intended int64           // the latest answered one's; -1 when there is none
	Windows  []WindowPreview // the last 64 window results, in the order received
}

// WindowPreview is one window result of a heartbeat device.
type WindowPreview struct {
	Node  uint16
	Start int64 // ms since the epoch
	Count uint32
}

// recent is how many seconds the preview's percentiles look back, and keptWindows how many heartbeat windows it keeps:
// more than can be waited for at once.
const (
	recent      = 5
	keptWindows = 64
)

// view collects the preview of one instance. One goroutine takes the lock once a poll.
type view struct {
	mu struct {
		sync.Mutex
		s        Snapshot
		answered *identities
		told     map[event.ID]uint32 // by device: events that its updates were over
		upTo     []int64             // by partition
		seconds  [recent]second
		last     int64 // received, ns from the origin; -1 when nothing was
	}
}

// second is one second of answers.
type second struct {
	index int64 // from the origin
	count int64
	times *latency.Recorder
}

func newView(partitions int32) *view {
	v := &view{}
	v.mu.s.Probes = make([]int64, partitions)
	v.mu.s.Heartbeats = make([]Heartbeat, partitions)
	v.mu.upTo = make([]int64, partitions)
	for i := range v.mu.upTo {
		v.mu.upTo[i] = -1
		v.mu.s.Heartbeats[i].Intended = -1
	}
	for i := range v.mu.seconds {
		v.mu.seconds[i] = second{index: -1, times: latency.New()}
	}
	v.mu.answered, v.mu.told = newIdentities(), map[event.ID]uint32{}
	v.mu.last = -1
	return v
}

// observeLocked adds one observation; received and start count from the origin.
func (v *view) observeLocked(role Role, partition int32, o *Observation, start int64) {
	v.mu.last = max(v.mu.last, o.Received)
	switch {
	case role == DeadLetter:
		v.mu.s.DeadLetters++
	case o.Flags&event.FlagProbe != 0:
		if o.Kind == event.KindEvent || o.Kind == event.KindUpdate {
			v.mu.s.Probes[partition]++
		}
	case o.Flags&event.FlagHeartbeat != 0:
		v.heartbeatLocked(partition, o)
	case o.Kind == event.KindWindow:
		v.mu.s.Windows++
	case o.Kind == event.KindAlert:
		v.mu.s.Alerts++
	case o.Kind == event.KindEvent:
		v.answerLocked(partition, o, start)
	case o.Kind == event.KindUpdate:
		v.updateLocked(partition, o, start)
	}
}

func (v *view) heartbeatLocked(partition int32, o *Observation) {
	h := &v.mu.s.Heartbeats[partition]
	switch o.Kind {
	case event.KindEvent, event.KindUpdate:
		h.Answered++
		h.Intended = max(h.Intended, o.Intended)
		v.mu.upTo[partition] = max(v.mu.upTo[partition], o.Intended)
	case event.KindWindow:
		if len(h.Windows) == keptWindows {
			h.Windows = append(h.Windows[:0], h.Windows[1:]...)
		}
		h.Windows = append(h.Windows, WindowPreview{Node: o.Node, Start: int64(o.Seq), Count: o.Count})
	}
}

func (v *view) answerLocked(partition int32, o *Observation, start int64) {
	if !v.mu.answered.add(o) {
		v.mu.s.Duplicates++
		return
	}
	v.answeredLocked(partition, o, 1, start)
}

// updateLocked counts the events that an update is over beyond those of the updates before. Their own latencies are for the
// analysis; the preview has that of the latest.
func (v *view) updateLocked(partition int32, o *Observation, start int64) {
	id := event.ID{Stream: o.Stream, Device: o.Device}
	n := int64(o.Count) - int64(v.mu.told[id])
	if n <= 0 {
		v.mu.s.Duplicates++
		return
	}
	v.mu.told[id] = o.Count
	v.answeredLocked(partition, o, n, start)
}

// answeredLocked counts n events, of which the latest is as o says.
func (v *view) answeredLocked(partition int32, o *Observation, n, start int64) {
	v.mu.s.Answered += n
	v.mu.upTo[partition] = max(v.mu.upTo[partition], o.Intended)
	index := o.Received / int64(time.Second)
	sec := &v.mu.seconds[index%recent]
	if sec.index != index {
		sec.index, sec.count = index, 0
		sec.times.Reset()
	}
	sec.count += n
	if start != unknownStart {
		sec.times.Record(o.Received - start - o.Intended)
	}
}

// snapshot copies what is known at now, counted from the origin.
func (v *view) snapshot(now time.Duration) Snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.mu.s
	s.Probes = append([]int64(nil), s.Probes...)
	s.Heartbeats = append([]Heartbeat(nil), s.Heartbeats...)
	for i := range s.Heartbeats {
		s.Heartbeats[i].Windows = append([]WindowPreview(nil), s.Heartbeats[i].Windows...)
	}
	s.AnsweredTo = v.mu.upTo[0]
	for _, t := range v.mu.upTo {
		s.AnsweredTo = min(s.AnsweredTo, t)
	}
	s.Silent = now
	if v.mu.last >= 0 {
		s.Silent = now - time.Duration(v.mu.last)
	}
	v.recentLocked(&s, int64(now/time.Second))
	return s
}

func (v *view) recentLocked(s *Snapshot, current int64) {
	all := latency.New()
	for i := range v.mu.seconds {
		sec := &v.mu.seconds[i]
		if sec.index < 0 || sec.index <= current-recent {
			continue
		}
		if sec.index == current-1 {
			s.Rate = float64(sec.count)
		}
		all.Merge(sec.times)
	}
	for q, p := range map[float64]**int64{0.5: &s.P50, 0.99: &s.P99} {
		if ns, ok := all.Quantile(q); ok {
			*p = &ns
		}
	}
}
