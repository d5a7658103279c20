package operator

import (
	"math"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// aggregation sums up a metric per device over all events so far. An event changes its device's total and ends here; the
// update that tells of it waits for the engine to be through with what it has at hand: one event, or a batch.
type aggregation struct {
	chain   *Chain
	metric  int
	node    uint16
	devices map[uint64]*total
	changed []uint64 // devices whose totals have not been told
}

// total is the aggregate of one device.
type total struct {
	aggregate
	time  int64 // highest event time, ms
	stale bool  // an update is due
}

func newAggregation(p *Program, o *job.Aggregate, c *Chain) (step, error) {
	slots, err := p.slots(o.Metric)
	if err != nil {
		return nil, err
	}
	return &aggregation{chain: c, metric: slots[0], node: o.Node, devices: map[uint64]*total{}}, nil
}

func (g *aggregation) apply(e *current) verdict {
	if !e.present[g.metric] {
		e.problem = "aggregate: the reading lacks the metric that validate requires of each"
		return corrupt
	}
	t := g.devices[e.device()]
	if t == nil {
		t = &total{time: math.MinInt64}
		g.devices[e.device()] = t
	}
	t.add(e, e.values[g.metric])
	t.time = max(t.time, e.time)
	if !t.stale {
		t.stale = true
		g.changed = append(g.changed, e.device())
	}
	return drop
}

// advance tells of the devices that have changed, in the order of their numbers.
func (g *aggregation) advance(emit Emit) {
	slices.Sort(g.changed)
	for _, device := range g.changed {
		t := g.devices[device]
		t.stale = false
		g.chain.emitResult(emit, t.key, g.value(t), t.time, event.Output{
			Kind: event.KindUpdate, Node: g.node, Stream: uint16(device >> 32), Device: uint32(device),
			Seq: uint64(t.count), Intended: t.intended, Count: uint32(t.count), IDs: t.ids,
		})
	}
	g.changed = g.changed[:0]
}

// value is {"count":n,"max":m,"min":m,"sum":s}.
func (g *aggregation) value(t *total) []byte {
	s := &g.chain.slab
	b := s.room(len(`{"count":,"max":,"min":,"sum":}`) + 4*len("-9223372036854775808"))
	b = strconv.AppendInt(append(b, `{"count":`...), t.count, 10)
	b = strconv.AppendInt(append(b, `,"max":`...), t.max, 10)
	b = strconv.AppendInt(append(b, `,"min":`...), t.min, 10)
	b = strconv.AppendInt(append(b, `,"sum":`...), t.sum, 10)
	return s.kept(append(b, '}'))
}

func (g *aggregation) entries() int { return len(g.devices) }

func (g *aggregation) snapshot(dst []byte) []byte {
	out := writer{dst}
	out.u64(uint64(len(g.devices)))
	for _, device := range sortedKeys(g.devices) {
		t := g.devices[device]
		out.u64(device)
		out.i64(t.time)
		t.aggregate.write(&out)
	}
	return out.b
}

func (g *aggregation) restore(b []byte) error {
	r := reader{b: b}
	devices := map[uint64]*total{}
	for range r.count(9 * 8) {
		device, t := r.u64(), &total{time: r.i64()}
		t.aggregate.read(&r)
		devices[device] = t
	}
	if err := r.end(); err != nil {
		return err
	}
	g.devices, g.changed = devices, nil
	return nil
}
