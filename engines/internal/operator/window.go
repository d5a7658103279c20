package operator

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// window aggregates a metric per device over event time. The watermark is per partition: the highest event time that the
// partition has shown, as of the last advance. So a lagging partition loses nothing to a faster one.
type window struct {
	chain      *Chain
	metric     int
	size, step int64 // ms
	lateness   int64 // ms
	node       uint16
	silent     bool  // results are not emitted
	highest    int64 // event time processed so far, ms; math.MinInt64 before the first event
	watermark  int64 // highest as of the last advance
	open       []*pane
}

// pane holds the open windows of all devices that begin at one instant. window.open is sorted by start.
type pane struct {
	start   int64 // ms since the epoch
	devices map[uint64]*aggregate
}

// aggregate is what is known of some events of one device: those of a window, or all so far.
type aggregate struct {
	key           []byte
	count         int64
	sum, min, max int64
	ids           int64
	intended      int64
}

func newWindow(p *Program, o *job.Window, c *Chain) (step, error) {
	slots, err := p.slots(o.Metric)
	if err != nil {
		return nil, err
	}
	return &window{chain: c, metric: slots[0], size: o.Size().Milliseconds(), step: o.Step().Milliseconds(),
		lateness: int64(p.cfg.Job.EventTime.Lateness), node: o.Node, silent: !slices.Contains(o.Emit, job.EmitWindow),
		highest: math.MinInt64, watermark: math.MinInt64}, nil
}

func (w *window) apply(e *current) verdict {
	if e.present[w.metric] {
		first := floorDiv(e.time, w.step) * w.step
		for start := first; start+w.size > e.time; start -= w.step {
			if w.watermark >= start+w.size+w.lateness {
				break // closed; those that begin earlier are, too
			}
			w.add(start, e)
		}
	}
	w.highest = max(w.highest, e.time)
	return pass
}

// add counts the event in the window of its device that begins at start.
func (w *window) add(start int64, e *current) {
	p := w.pane(start)
	a := p.devices[e.device()]
	if a == nil {
		a = &aggregate{}
		p.devices[e.device()] = a
	}
	a.add(e, e.values[w.metric])
}

// add counts an event with the value v of the metric.
func (a *aggregate) add(e *current, v int64) {
	if a.count == 0 {
		a.key, a.min, a.max, a.intended = bytes.Clone(e.in.Key), v, v, e.stamp.Intended
	}
	a.count++
	a.sum += v
	a.min, a.max = min(a.min, v), max(a.max, v)
	a.ids += e.stamp.Term()
	a.intended = max(a.intended, e.stamp.Intended)
}

// pane finds or makes the windows that begin at start, from the end: most events belong to the latest.
func (w *window) pane(start int64) *pane {
	i := len(w.open)
	for i > 0 && w.open[i-1].start > start {
		i--
	}
	if i > 0 && w.open[i-1].start == start {
		return w.open[i-1]
	}
	p := &pane{start: start, devices: map[uint64]*aggregate{}}
	w.open = slices.Insert(w.open, i, p)
	return p
}

// advance moves the watermark and emits what it closes.
func (w *window) advance(emit Emit) {
	w.watermark = w.highest
	for len(w.open) > 0 && w.watermark >= w.open[0].start+w.size+w.lateness {
		p := w.open[0]
		w.open = slices.Delete(w.open, 0, 1)
		if !w.silent {
			w.emit(p, emit)
		}
	}
}

func (w *window) emit(p *pane, emit Emit) {
	for _, device := range sortedKeys(p.devices) {
		a := p.devices[device]
		w.chain.emitResult(emit, a.key, w.value(p, a), p.start+w.size-1, event.Output{
			Kind: event.KindWindow, Node: w.node, Stream: uint16(device >> 32), Device: uint32(device),
			Seq: uint64(p.start), Intended: a.intended, Count: uint32(a.count), IDs: a.ids,
		})
	}
}

// value is {"count":n,"end":ms,"max":m,"min":m,"start":ms,"sum":s}.
func (w *window) value(p *pane, a *aggregate) []byte {
	s := &w.chain.slab
	b := s.room(len(`{"count":,"end":,"max":,"min":,"start":,"sum":}`) + 6*len("-9223372036854775808"))
	for _, f := range [...]struct {
		name string
		v    int64
	}{
		{`{"count":`, a.count}, {`,"end":`, p.start + w.size}, {`,"max":`, a.max}, {`,"min":`, a.min},
		{`,"start":`, p.start}, {`,"sum":`, a.sum},
	} {
		b = strconv.AppendInt(append(b, f.name...), f.v, 10)
	}
	return s.kept(append(b, '}'))
}

func (w *window) entries() int {
	n := 0
	for _, p := range w.open {
		n += len(p.devices)
	}
	return n
}

func (w *window) snapshot(dst []byte) []byte {
	out := writer{dst}
	out.i64(w.highest)
	out.i64(w.watermark)
	out.u64(uint64(len(w.open)))
	for _, p := range w.open {
		out.i64(p.start)
		out.u64(uint64(len(p.devices)))
		for _, device := range sortedKeys(p.devices) {
			out.u64(device)
			p.devices[device].write(&out)
		}
	}
	return out.b
}

func (w *window) restore(b []byte) error {
	r := reader{b: b}
	highest, watermark := r.i64(), r.i64()
	var open []*pane
	for range r.count(16) {
		p := &pane{start: r.i64(), devices: map[uint64]*aggregate{}}
		for range r.count(8 * 8) {
			device, a := r.u64(), &aggregate{}
			a.read(&r)
			p.devices[device] = a
		}
		open = append(open, p)
	}
	if err := r.end(); err != nil {
		return err
	}
	w.highest, w.watermark, w.open = highest, watermark, open
	return nil
}

func (a *aggregate) write(out *writer) {
	for _, v := range [...]int64{a.count, a.sum, a.min, a.max, a.ids, a.intended} {
		out.i64(v)
	}
	out.bytes(a.key)
}

func (a *aggregate) read(r *reader) {
	for _, v := range [...]*int64{&a.count, &a.sum, &a.min, &a.max, &a.ids, &a.intended} {
		*v = r.i64()
	}
	a.key = r.bytes()
}
