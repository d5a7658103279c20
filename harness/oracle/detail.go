package oracle

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
)

// roundSize bounds the records that are looked at one by one in one round, about 200 bytes each, with the events that windows and
// updates are held against.
const roundSize = 1 << 20

// settle counts what the cells say: a cell without difference is right as a whole, the records of the others are looked at
// one by one, in as many rounds as memory asks for.
func (c *comparison) settle(ctx context.Context) error {
	pick := make([]bool, cellCount)
	var size int64
	for i := range c.cells {
		x := &c.cells[i]
		if !x.differs() {
			c.verdict.Expected += x.want
			c.verdict.Matched += x.want
			continue
		}
		if size > 0 && size+x.size() > c.round {
			if err := c.lookInto(ctx, pick); err != nil {
				return err
			}
			clear(pick)
			size = 0
		}
		pick[i] = true
		size += x.size()
	}
	if size == 0 {
		return nil
	}
	return c.lookInto(ctx, pick)
}

// detail is one round: everything about the devices of the picked cells.
type detail struct {
	*comparison
	pick    []bool
	entries map[identity]*entry
	windows map[windowKey]*windowCase
	updated map[event.ID]*updateCase // by device
	inputs  map[stateful]int32       // records of an event in the input of a stateful stage
	tainted map[stateful]bool        // devices (sequence 0) with repeated events in the input of a detect stage
	alarms  map[identity][]digest    // what their events may give if a repetition has set the state of detect
	render  windowRecord
	own     map[uint16]*windowOp // window operators by node
	detects map[uint16]int       // stages of detect operators by node
}

// stateful is an event, or a device, in front of a stage with state.
type stateful struct {
	stage int
	id    event.ID
}

// entry collects what was expected and found of one identity.
type entry struct {
	variants []variant
	source   location    // of the input record
	stamp    event.Stamp // of the event
	where    []location  // of the records found, the first few
	dead     bool        // where they were found, or else expected
	node     uint16
}

// variant is one content of an identity.
type variant struct {
	digest    digest
	want, got int64
}

// maxWhere bounds the places kept of an identity.
const maxWhere = 3

func (e *entry) variant(d digest) *variant {
	for i := range e.variants {
		if e.variants[i].digest == d {
			return &e.variants[i]
		}
	}
	e.variants = append(e.variants, variant{digest: d})
	return &e.variants[len(e.variants)-1]
}

func (c *comparison) lookInto(ctx context.Context, pick []bool) error {
	d := c.detail(pick)
	for _, pass := range []func(context.Context) error{d.readInputs, d.expect, d.find} {
		if err := pass(ctx); err != nil {
			return err
		}
	}
	d.judge(ctx)
	return nil
}

// detail begins a round.
func (c *comparison) detail(pick []bool) *detail {
	d := &detail{comparison: c, pick: pick, entries: map[identity]*entry{}, windows: map[windowKey]*windowCase{}, updated: map[event.ID]*updateCase{},
		inputs: map[stateful]int32{}, tainted: map[stateful]bool{}, alarms: map[identity][]digest{}, own: map[uint16]*windowOp{}, detects: map[uint16]int{}}
	for _, op := range c.windows {
		if op.emits {
			d.own[op.node] = op
		}
	}
	for k := c.from; k < c.to; k++ {
		for _, o := range c.Job.Stages[k].Do {
			if o.Detect != nil {
				d.detects[o.Detect.Node] = k
			}
		}
	}
	return d
}

func (d *detail) picked(stream uint16, device uint32) bool { return d.pick[bucket(stream, device)] }

func (d *detail) entry(id identity) *entry {
	e := d.entries[id]
	if e == nil {
		e = &entry{}
		d.entries[id] = e
	}
	return e
}

// expect keeps what the stages had to write, and the events of each window.
func (d *detail) expect(ctx context.Context) error {
	m := newModel(d.Trial, d.from, d.to)
	m.emit = func(o *output) {
		if !d.picked(o.id.stream, o.id.device) {
			return
		}
		e := d.entry(o.id)
		if len(e.variants) == 0 {
			e.source, e.stamp, e.dead, e.node = o.source, o.stamp, o.dead, o.node
		}
		e.variant(d.hash.record(o.dead, &o.record)).want++
	}
	m.window = func(op *windowOp, s *subject) {
		if v, ok := s.reading.get(op.slot); ok && op.emits && d.picked(s.stamp.Stream, s.stamp.Device) {
			d.addToWindows(op, s, v)
		}
	}
	m.update = d.addToUpdates
	if d.Guarantee == AtLeastOnce {
		m.alarm = d.mayGive
	}
	return m.feedAll(ctx, d.input)
}

// readInputs counts how often each event stands in the input of the stages with detect or window: repetitions there
// explain alerts and counts that at least once allows; an event that is there was not lost before.
func (d *detail) readInputs(ctx context.Context) error {
	if d.Guarantee == ExactlyOnce && !d.whole {
		return nil
	}
	for k := d.from; k < d.to; k++ {
		if !slices.Contains(slices.Collect(maps.Values(d.detects)), k) && !d.hasWindow(k) {
			continue
		}
		err := each(ctx, d.inputOf(k), func(r *event.Record) {
			s, ok := stampOf(r)
			if !ok || !d.picked(s.Stream, s.Device) {
				return
			}
			key := stateful{k, s.ID}
			if d.inputs[key]++; d.inputs[key] > 1 {
				key.id.Seq = 0
				d.tainted[key] = true
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *detail) hasWindow(stage int) bool {
	for _, op := range d.own {
		if op.stage == stage {
			return true
		}
	}
	return false
}

// find adds what the stages wrote.
func (d *detail) find(ctx context.Context) error {
	return d.found(ctx, func(f *finding) {
		if !d.picked(f.id.stream, f.id.device) {
			return
		}
		at := location{f.record.Partition, f.record.Offset}
		digest := d.hash.record(f.dead, f.record)
		if op := d.own[f.id.node]; op != nil && f.id.kind == event.KindWindow && f.id.ordinal == 0 && !f.dead {
			w := d.windowCase(windowKey{f.id.node, f.id.stream, f.id.device, int64(f.id.seq)})
			w.found = append(w.found, emission{out: f.out, digest: digest, at: at, value: string(f.record.Value)})
			return
		}
		if d.foundUpdate(f, at, digest) {
			return
		}
		e := d.entry(f.id)
		if len(e.where) == 0 {
			e.dead = f.dead
		}
		if len(e.where) < maxWhere {
			e.where = append(e.where, at)
		}
		e.variant(digest).got++
	}, nil)
}

// judge judges all that was kept, until the end of ctx.
func (d *detail) judge(ctx context.Context) {
	// In the order of identities, so that the same trial names the same culprits.
	for _, id := range slices.SortedFunc(maps.Keys(d.entries), compareIdentities) {
		if ctx.Err() != nil {
			return
		}
		d.judgeEntry(id, d.entries[id])
	}
	keys := slices.SortedFunc(maps.Keys(d.windows), func(a, b windowKey) int {
		return cmp.Or(compareIdentities(a.identity(), b.identity()), cmp.Compare(a.start, b.start))
	})
	for _, k := range keys {
		if ctx.Err() != nil {
			return
		}
		d.judgeWindow(ctx, k, d.windows[k])
	}
	d.judgeUpdates(ctx)
}

func compareIdentities(a, b identity) int {
	return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(a.device, b.device), cmp.Compare(a.seq, b.seq),
		cmp.Compare(a.kind, b.kind), cmp.Compare(a.node, b.node), cmp.Compare(a.ordinal, b.ordinal))
}

// tally is what the records of one identity come to. matched + missing + wrong = expected.
type tally struct {
	expected, matched, missing, wrong, duplicate, unexpected int64
}

// tallyOf counts an identity that was expected in one or more contents. atLeastOnce lets one copy stand for several.
func tallyOf(variants []variant, atLeastOnce bool) tally {
	var t tally
	var lost, alien int64
	for _, v := range variants {
		t.expected += v.want
		t.matched += min(v.want, v.got)
		switch {
		case v.want == 0:
			alien += v.got
		case v.got > v.want:
			t.duplicate += v.got - v.want
		case atLeastOnce && v.got > 0:
			t.matched += v.want - v.got
		default:
			lost += v.want - v.got
		}
	}
	t.wrong = min(lost, alien)
	t.missing = lost - t.wrong
	// A further copy with another content spoils a right one: nobody behind the topic can tell which to believe.
	spoilt := min(alien-t.wrong, t.matched)
	t.matched -= spoilt
	t.wrong += spoilt
	t.unexpected = alien - t.wrong
	return t
}

func (d *detail) judgeEntry(id identity, e *entry) {
	t := tallyOf(e.variants, d.Guarantee == AtLeastOnce)
	v := &d.verdict
	v.Expected += t.expected
	v.Matched += t.matched
	v.Missing += t.missing
	v.Wrong += t.wrong
	v.Duplicate += t.duplicate
	switch {
	case t.unexpected > 0 && t.expected == 0 && d.mayBeSpurious(id, e):
		v.Tainted += t.unexpected
		d.name("spurious_tainted", id, e)
	case t.unexpected > 0:
		v.Unexpected += t.unexpected
		d.name("unexpected", id, e)
	}
	if t.missing > 0 {
		d.name("missing", id, e)
	}
	if t.wrong > 0 {
		d.name("wrong", id, e)
	}
	if t.duplicate > 0 {
		d.name("duplicate", id, e)
	}
	if t.expected > 0 && len(e.where) == 0 && (id.kind == event.KindEvent || id.kind == event.KindDeadLetter) {
		d.unanswered = append(d.unanswered, e.stamp)
	}
}

// mayGive notes the alert that an event gives if the state of detect is the other one: of a device of which the operator
// saw an event twice nobody knows the state.
func (d *detail) mayGive(o *output) {
	device := event.ID{Stream: o.id.stream, Device: o.id.device}
	if d.picked(o.id.stream, o.id.device) && d.tainted[stateful{d.detects[o.node], device}] {
		d.alarms[o.id] = append(d.alarms[o.id], d.hash.record(false, &o.record))
	}
}

// mayBeSpurious says whether all that was found of an alert that was not expected is what its event may give.
func (d *detail) mayBeSpurious(id identity, e *entry) bool {
	for _, v := range e.variants {
		if !slices.Contains(d.alarms[id], v.digest) {
			return false
		}
	}
	return true
}
