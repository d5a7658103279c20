package oracle

import (
	"context"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/event"
)

// aggregate is the result of a window.
type aggregate struct {
	count    int64
	sum      int64
	lo, hi   int64
	ids      int64
	intended int64 // latest
}

func (a *aggregate) add(value, term, intended int64) {
	if a.count == 0 {
		a.lo, a.hi, a.intended = value, value, intended
	}
	a.count++
	a.sum += value
	a.ids += term
	a.lo, a.hi, a.intended = min(a.lo, value), max(a.hi, value), max(a.intended, intended)
}

// windowKey names a window of a device.
type windowKey struct {
	node   uint16
	stream uint16
	device uint32
	start  int64
}

func (k windowKey) identity() identity {
	return identity{kind: event.KindWindow, stream: k.stream, device: k.device, seq: uint64(k.start), node: k.node}
}

// windowRecord renders results of windows. The record is valid until the next call.
type windowRecord struct {
	time, out, value []byte
	headers          [2]event.Header
	record           event.Record
}

func (w *windowRecord) render(op *windowOp, k windowKey, key []byte, partitions int32, a *aggregate) *event.Record {
	end := k.start + op.size
	w.time = event.AppendTime(w.time[:0], end-1)
	w.out = event.AppendOutput(w.out[:0], event.Output{Kind: event.KindWindow, Stream: k.stream, Device: k.device,
		Seq: uint64(k.start), Intended: a.intended, Count: uint32(a.count), Node: k.node, IDs: a.ids})
	v := append(w.value[:0], `{"count":`...)
	v = strconv.AppendInt(v, a.count, 10)
	v = strconv.AppendInt(append(v, `,"end":`...), end, 10)
	v = strconv.AppendInt(append(v, `,"max":`...), a.hi, 10)
	v = strconv.AppendInt(append(v, `,"min":`...), a.lo, 10)
	v = strconv.AppendInt(append(v, `,"start":`...), k.start, 10)
	v = strconv.AppendInt(append(v, `,"sum":`...), a.sum, 10)
	w.value = append(v, '}')
	w.headers = [2]event.Header{{Key: event.HeaderTime, Value: w.time}, {Key: event.HeaderOutput, Value: w.out}}
	w.record = event.Record{Partition: event.Partition(key, partitions), Key: key, Value: w.value, Headers: w.headers[:]}
	return &w.record
}

// openWindows are the windows of one device that a further event may still belong to.
type openWindows struct {
	key  string
	seen tracker
	open []openWindow
}

type openWindow struct {
	start int64
	aggregate
}

// summing aggregates every event into its windows, late or not, and sums the results up in cells: right wherever nothing
// came late. Where something did, the cell is marked to be looked at event by event.
type summing struct {
	c       *comparison
	state   []table[openWindows] // by window operator
	exactly bool                 // every record counts; otherwise every identity
	render  windowRecord
}

func (w *summing) take(op *windowOp, s *subject, own int64) {
	cell := &w.c.cells[bucket(s.stamp.Stream, s.stamp.Device)]
	d := w.state[op.index].at(s.partition, s.stamp.Stream, s.stamp.Device)
	if !w.exactly && d.seen.see(s.stamp.Seq) == repeated {
		cell.dirty = true
	}
	if len(d.open) > 0 {
		w.close(op, d, s, own)
	}
	v, ok := s.reading.get(op.slot)
	if !ok {
		return
	}
	if d.key == "" {
		d.key = string(s.key)
	} else if d.key != string(s.key) {
		cell.dirty = true
	}
	first, last := op.starts(s.time)
	for start := first; start <= last; start += op.step {
		cell.held++
		if op.closes(start) <= own {
			cell.dirty = true
			continue
		}
		d.window(start).add(v, s.stamp.Term(), s.stamp.Intended)
	}
}

func (d *openWindows) window(start int64) *openWindow {
	for i := range d.open {
		if d.open[i].start == start {
			return &d.open[i]
		}
	}
	d.open = append(d.open, openWindow{start: start})
	return &d.open[len(d.open)-1]
}

// close sums up the windows of a device that the highest event time of its partition has passed.
func (w *summing) close(op *windowOp, d *openWindows, s *subject, highest int64) {
	kept := d.open[:0]
	for i := range d.open {
		if op.closes(d.open[i].start) <= highest {
			w.sum(op, d, s.stamp.Stream, s.stamp.Device, &d.open[i])
		} else {
			kept = append(kept, d.open[i])
		}
	}
	d.open = kept
}

func (w *summing) sum(op *windowOp, d *openWindows, stream uint16, device uint32, o *openWindow) {
	if !op.emits {
		return
	}
	w.c.seen.results++
	k := windowKey{op.node, stream, device, o.start}
	cell := &w.c.cells[bucket(stream, device)]
	cell.add(w.c.hash.record(false, w.render.render(op, k, []byte(d.key), w.c.partitions, &o.aggregate)))
	if end := op.closes(o.start); !cell.closing || end > cell.close {
		cell.close, cell.closing = end, true
	}
}

// finish sums up what is closed at the end, where the highest event times are known, and marks the cells in which a window
// was summed up, or is still open, that not every watermark has reached.
func (w *summing) finish(ctx context.Context, op *windowOp, a *arrivals) {
	lo, hi := a.span()
	w.state[op.index].each(func(_ int32, stream uint16, device uint32, d *openWindows) {
		if ctx.Err() != nil {
			return
		}
		for i := range d.open {
			switch end := op.closes(d.open[i].start); {
			case end <= lo:
				w.sum(op, d, stream, device, &d.open[i])
			case end <= hi:
				w.c.cells[bucket(stream, device)].dirty = true
			}
		}
	})
	for i := range w.c.cells {
		if c := &w.c.cells[i]; c.closing && c.close > lo {
			c.dirty = true
		}
	}
}
