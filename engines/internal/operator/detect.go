package operator

import (
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// alert is what detect has to say after the current event.
type alert struct {
	due    bool
	value  []byte
	header event.Output
}

// detect reports when a metric crosses a threshold, with hysteresis: the alarm begins above the threshold and ends clear
// below it.
type detect struct {
	metric    int
	above     int // slot of the threshold, or -1
	threshold int64
	clear     int64
	node      uint16
	silent    bool // alerts are not emitted
	slab      *slab
	active    map[uint64]bool // devices with an alarm; the others are absent
}

func newDetect(p *Program, o *job.Detect, c *Chain) (step, error) {
	slots, err := p.slots(o.Metric)
	if err != nil {
		return nil, err
	}
	d := &detect{metric: slots[0], above: -1, threshold: int64(o.Above.Value), clear: int64(o.Clear), node: o.Node,
		silent: !slices.Contains(o.Emit, job.EmitAlert), slab: &c.slab, active: map[uint64]bool{}}
	if o.Above.Field != "" {
		if slots, err = p.slots(o.Above.Field); err != nil {
			return nil, err
		}
		d.above = slots[0]
	}
	return d, nil
}

func (d *detect) apply(e *current) verdict {
	threshold := d.threshold
	if d.above >= 0 {
		if !e.present[d.above] {
			e.problem = "detect: the reading has no threshold, which enrich adds to each"
			return corrupt
		}
		threshold = e.values[d.above]
	}
	if !e.present[d.metric] {
		return pass
	}
	device, v := e.device(), e.values[d.metric]
	switch active := d.active[device]; {
	case !active && v > threshold:
		d.active[device] = true
		d.report(e, 1, threshold, v)
	case active && v+d.clear <= threshold: // v ≤ threshold − clear, without its overflow
		delete(d.active, device)
		d.report(e, 0, threshold, v)
	}
	return pass
}

// report makes the alert of a crossing: {"active":1,"threshold":T,"value":v}.
func (d *detect) report(e *current, active, threshold, v int64) {
	if d.silent {
		return
	}
	b := d.slab.room(len(`{"active":1,"threshold":,"value":}`) + 2*len("-9223372036854775808"))
	b = strconv.AppendInt(append(b, `{"active":`...), active, 10)
	b = strconv.AppendInt(append(b, `,"threshold":`...), threshold, 10)
	b = strconv.AppendInt(append(b, `,"value":`...), v, 10)
	e.alert = alert{due: true, value: d.slab.kept(append(b, '}')), header: event.EventOutput(e.stamp)}
	e.alert.header.Kind, e.alert.header.Node = event.KindAlert, d.node
}

func (d *detect) entries() int { return len(d.active) }

func (d *detect) snapshot(dst []byte) []byte {
	w := writer{dst}
	w.u64(uint64(len(d.active)))
	for _, device := range sortedKeys(d.active) {
		w.u64(device)
	}
	return w.b
}

func (d *detect) restore(b []byte) error {
	r := reader{b: b}
	active := map[uint64]bool{}
	for range r.count(8) {
		active[r.u64()] = true
	}
	if err := r.end(); err != nil {
		return err
	}
	d.active = active
	return nil
}
