package oracle

import (
	"context"
	"sort"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// aggregateOp is the aggregate operator of the job.
type aggregateOp struct {
	node uint16
	slot int // of its metric
}

// toAggregate ends an event: it is in the updates that follow.
func (m *model) toAggregate(a *job.Aggregate) step {
	m.sums = &aggregateOp{node: a.Node, slot: m.layout.slots[a.Metric]}
	return func(s *subject) (job.Reason, bool) {
		if v, ok := s.reading.get(m.sums.slot); ok && m.update != nil {
			m.update(s, v)
		}
		return job.ReasonNone, false
	}
}

// total is the aggregate of one device over some of its events.
type total struct {
	aggregate
	time int64 // highest event time, ms
}

func (t *total) add(value, term, intended, time int64) {
	if t.count == 0 || time > t.time {
		t.time = time
	}
	t.aggregate.add(value, term, intended)
}

// isUpdate tells the results of the operator from others.
func (op *aggregateOp) isUpdate(f *finding) bool {
	return !f.dead && f.id.kind == event.KindUpdate && f.id.node == op.node && f.id.ordinal == 0
}

// updates compares what an engine tells of its devices with what it may tell. Which prefixes of a device's events it told
// of is the engine's choice, so a first pass over the output notes their counts, in runs; when the input is read, those
// prefixes and the last of each device are what is expected, and sums in cells settle the rest.
type updates struct {
	c        *comparison
	op       *aggregateOp
	told     table[told]
	totals   table[running]
	awaiting map[event.ID][]int64
	render   updateRecord
}

// told is what was written of one device.
type told struct {
	any      bool
	spoilt   bool // an update came again or behind one with a greater count
	last     uint32
	intended int64  // latest
	runs     []tale // ascending
}

// tale is updates of counts from, from + 1, … to.
type tale struct{ from, to uint32 }

// running is a device while the input is read.
type running struct {
	total
	key  string
	seen tracker
}

func newUpdates(c *comparison, op *aggregateOp) *updates {
	return &updates{c: c, op: op, awaiting: map[event.ID][]int64{}}
}

// survey notes what was told.
func (c *comparison) survey(ctx context.Context) error {
	if c.updates == nil {
		return nil
	}
	return c.found(ctx, func(f *finding) {
		if c.updates.op.isUpdate(f) {
			c.updates.told.at(f.record.Partition, f.id.stream, f.id.device).note(f.out)
		}
	}, nil)
}

// note takes the next update of a device. One that comes again or behind a greater count spoils the device, which is looked at
// record by record then, so it need not be remembered.
func (t *told) note(o event.Output) {
	if !t.any || o.Intended > t.intended {
		t.intended = o.Intended
	}
	switch n := len(t.runs); {
	case t.any && o.Count <= t.last:
		t.spoilt = true
		return
	case n > 0 && o.Count == t.last+1:
		t.runs[n-1].to = o.Count
	default:
		t.runs = append(t.runs, tale{o.Count, o.Count})
	}
	t.any, t.last = true, o.Count
}

// has says whether an update of so many events was told before any of more.
func (t *told) has(count int64) bool {
	i := sort.Search(len(t.runs), func(i int) bool { return int64(t.runs[i].to) >= count })
	return i < len(t.runs) && int64(t.runs[i].from) <= count
}

// take adds an event to its device and expects the update that holds it last, if it was told.
func (u *updates) take(s *subject, v int64) {
	r := u.totals.at(s.partition, s.stamp.Stream, s.stamp.Device)
	if r.count == 0 {
		r.key = string(s.key)
	}
	r.add(v, s.stamp.Term(), s.stamp.Intended, s.time)
	u.c.cells[bucket(s.stamp.Stream, s.stamp.Device)].held++
	told := u.told.at(s.partition, s.stamp.Stream, s.stamp.Device)
	if told.has(r.count) {
		u.expect(s.stamp.Stream, s.stamp.Device, r)
	}
	if r.seen.see(s.stamp.Seq) == repeated {
		return // needs no answer of its own
	}
	if !told.any || s.stamp.Intended > told.intended {
		u.c.unanswered = append(u.c.unanswered, s.stamp)
	}
	if s.stamp.Flags&event.FlagProbe == 0 {
		id := event.ID{Stream: s.stamp.Stream, Device: s.stamp.Device}
		u.awaiting[id] = append(u.awaiting[id], s.stamp.Intended)
	}
}

func (u *updates) expect(stream uint16, device uint32, r *running) {
	record := u.render.render(u.op, event.ID{Stream: stream, Device: device}, []byte(r.key), u.c.partitions, &r.total)
	u.c.cells[bucket(stream, device)].add(u.c.hash.record(false, record))
}

// finish expects the last value of each device, and marks devices whose updates came in another order.
func (u *updates) finish(ctx context.Context) {
	u.totals.each(func(partition int32, stream uint16, device uint32, r *running) {
		if r.count == 0 || ctx.Err() != nil {
			return
		}
		u.c.seen.results++
		if !u.told.at(partition, stream, device).has(r.count) {
			u.expect(stream, device, r)
		}
	})
	u.told.each(func(_ int32, stream uint16, device uint32, t *told) {
		if t.spoilt {
			u.c.cells[bucket(stream, device)].dirty = true
		}
	})
}

// updateRecord renders updates. The record is valid until the next call.
type updateRecord struct {
	time, out, value []byte
	headers          [2]event.Header
	record           event.Record
}

func (u *updateRecord) render(op *aggregateOp, device event.ID, key []byte, partitions int32, t *total) *event.Record {
	u.time = event.AppendTime(u.time[:0], t.time)
	u.out = event.AppendOutput(u.out[:0], event.Output{Kind: event.KindUpdate, Stream: device.Stream, Device: device.Device,
		Seq: uint64(t.count), Intended: t.intended, Count: uint32(t.count), Node: op.node, IDs: t.ids})
	v := append(u.value[:0], `{"count":`...)
	v = strconv.AppendInt(v, t.count, 10)
	v = strconv.AppendInt(append(v, `,"max":`...), t.hi, 10)
	v = strconv.AppendInt(append(v, `,"min":`...), t.lo, 10)
	v = strconv.AppendInt(append(v, `,"sum":`...), t.sum, 10)
	u.value = append(v, '}')
	u.headers = [2]event.Header{{Key: event.HeaderTime, Value: u.time}, {Key: event.HeaderOutput, Value: u.out}}
	u.record = event.Record{Partition: event.Partition(key, partitions), Key: key, Value: u.value, Headers: u.headers[:]}
	return &u.record
}
