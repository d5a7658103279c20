package mutants

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/harness/event"
)

// rules are how the windows of a crooked engine go wrong. The zero rules are right.
type rules struct {
	notFirst bool  // an event at the start is left out
	notLast  bool  // an event in the last ms is left out
	tooFar   bool  // an event at the end is counted in the window that ends there, too
	early    int64 // windows close so many ms early; below 0: late, which is allowed
	shared   bool  // one watermark, the highest of all partitions
	absent   bool  // an event whose time is behind the watermark is left out, although within the lateness
	double   bool  // every 20th event is counted twice
	updates  bool  // a window is emitted halfway, too
	flush    bool  // open windows are emitted when the engine ends
}

const (
	windowSize = 60_000
	lateness   = 30_000
	windowNode = 2
)

// windows takes the place of the window operator.
type windows struct {
	rules
	open    map[windowKey]*sums
	highest map[int32]int64 // event time by partition
	seen    int
}

type windowKey struct {
	partition int32
	start     int64
	device    uint32
}

type sums struct {
	event.Output
	key      []byte
	sum      int64
	min, max int64
	told     bool
}

// windowed makes the bug.
func windowed(r rules) bug {
	w := &windows{rules: r, open: map[windowKey]*sums{}, highest: map[int32]int64{}}
	return bug{edit: w.edit, flush: w.end}
}

// edit counts the events that pass the stage and emits windows in place of the operator's.
func (w *windows) edit(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
	if stage != summarise || kindOf(in) != event.KindEvent {
		emit(to, out)
		return
	}
	if kindOf(out) == event.KindWindow {
		return // ours come instead
	}
	emit(to, out)
	time, _ := in.EventTime()
	watermark := w.watermark(in.Partition)
	start := time - time%windowSize
	w.count(start, time, watermark, in)
	if w.seen++; w.double && w.seen%20 == 0 {
		w.count(start, time, watermark, in)
	}
	if w.tooFar && time == start {
		w.count(start-windowSize, time, watermark, in)
	}
	if h, ok := w.highest[in.Partition]; !ok || time > h {
		w.highest[in.Partition] = time
	}
	w.close(emit)
}

func (w *windows) watermark(partition int32) int64 {
	high, some := int64(math.MinInt64), false
	for p, h := range w.highest {
		if p == partition || w.shared {
			high, some = max(high, h), true
		}
	}
	if !some {
		return math.MinInt64
	}
	return high
}

func (w *windows) count(start, time, watermark int64, in *event.Record) {
	switch {
	case w.notFirst && time == start, w.notLast && time == start+windowSize-1, w.absent && time < watermark,
		watermark >= start+windowSize+lateness-w.early:
		return
	}
	stamp, _ := in.Stamp()
	v := fields(in)["temp"]
	k := windowKey{in.Partition, start, stamp.Device}
	s := w.open[k]
	if s == nil {
		s = &sums{Output: event.Output{Kind: event.KindWindow, Stream: stamp.Stream, Device: stamp.Device, Seq: uint64(start),
			Node: windowNode, Intended: math.MinInt64}, key: slices.Clone(in.Key), min: math.MaxInt64, max: math.MinInt64}
		w.open[k] = s
	}
	s.Count++
	s.IDs += stamp.Term()
	s.Intended = max(s.Intended, stamp.Intended)
	s.sum, s.min, s.max = s.sum+v, min(s.min, v), max(s.max, v)
}

// close emits the windows that the watermark has passed, by start and device.
func (w *windows) close(emit operator.Emit) {
	for _, k := range w.sorted() {
		s, watermark := w.open[k], w.watermark(k.partition)
		if w.updates && !s.told && s.Count > 1 && watermark >= k.start+windowSize/2 {
			s.told = true
			w.emit(k, s, emit)
		}
		if watermark >= k.start+windowSize+lateness-w.early {
			delete(w.open, k)
			w.emit(k, s, emit)
		}
	}
}

func (w *windows) sorted() []windowKey {
	return slices.SortedFunc(maps.Keys(w.open), func(a, b windowKey) int {
		return cmp.Or(cmp.Compare(a.partition, b.partition), cmp.Compare(a.start, b.start), cmp.Compare(a.device, b.device))
	})
}

func (w *windows) emit(k windowKey, s *sums, emit operator.Emit) {
	end := k.start + windowSize
	emit(operator.Forward, &event.Record{Partition: k.partition, Timestamp: end - 1, Key: s.key,
		Value: fmt.Appendf(nil, `{"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, s.Count, end, s.max, s.min, k.start, s.sum),
		Headers: []event.Header{{Key: event.HeaderTime, Value: event.AppendTime(nil, end-1)},
			{Key: event.HeaderOutput, Value: event.AppendOutput(nil, s.Output)}}})
}

// end emits what is still open, if that is the bug.
func (w *windows) end(stage int, emit operator.Emit) {
	if stage != summarise || !w.flush {
		return
	}
	for _, k := range w.sorted() {
		w.emit(k, w.open[k], emit)
	}
}
