package oracle

import (
	"context"
	"fmt"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// comparison holds what stages [from, to) wrote against what they had to write, given the topic they read.
type comparison struct {
	*Trial
	name       string
	from, to   int
	input      Topic
	output     Topic
	partitions int32
	whole      bool                 // end to end: counts what is counted once in a trial
	payloads   bool                 // the job is one of large messages
	round      int64                // records looked at one by one in one go
	faulty     map[identity]bool    // windows that are wrong by their own stage's input; shared by the comparisons of a trial
	over       map[identity]surplus // windows that hold events again by it; shared too

	hash    hasher
	cells   []cell
	windows []*windowOp
	late    []*arrivals // by window operator
	closers closers
	updates *updates // nil for a job without an aggregate

	verdict    result.StageVerdict
	culprits   culprits
	unanswered []event.Stamp
	seen       observed
}

// observed is what a comparison counts beside right and wrong.
type observed struct {
	foreign     int64 // in the input
	deadLetters int64
	reasons     map[string]int
	reordered   int64
	timestamps  int64
	late        int64
	results     int64 // windows to be judged, or devices with updates
}

func newComparison(t *Trial, name string, from, to int, key uint64) *comparison {
	c := &comparison{Trial: t, name: name, from: from, to: to, input: t.inputOf(from), output: t.outputOf(to - 1),
		payloads: t.Job.Payloads(), partitions: t.Output.Partitions, hash: hasher{key: key}, cells: make([]cell, cellCount), round: roundSize}
	c.verdict = result.StageVerdict{Stage: name, Input: c.input.Name, Output: c.output.Name}
	c.seen.reasons = map[string]int{}
	m := newModel(t, from, to)
	c.windows = m.windows
	if m.sums != nil {
		c.updates = newUpdates(c, m.sums)
	}
	for _, op := range c.windows {
		c.late = append(c.late, newArrivals(op, c.input.Partitions))
	}
	if c.whole = from == 0 && to == len(t.Job.Stages); c.whole && len(c.windows) > 0 {
		c.closers = closers{}
	}
	return c
}

// inputOf is the topic stage k reads.
func (t *Trial) inputOf(k int) Topic {
	if k == 0 {
		return t.Input
	}
	return t.Stages[k-1]
}

// outputOf is the topic stage k writes its results to.
func (t *Trial) outputOf(k int) Topic {
	if k == len(t.Stages) {
		return t.Output
	}
	return t.Stages[k]
}

// run compares. The topics are read once, or more often where windows or differences ask for it. What looks at devices, windows or
// identities one by one stops at the end of ctx, half done: a comparison of many takes minutes.
func (c *comparison) run(ctx context.Context) error {
	for _, pass := range []func(context.Context) error{c.survey, c.expect, c.find, c.settleLate, c.settle, c.explain} {
		err := pass(ctx)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("judging %s: %w", c.name, err)
		}
	}
	return nil
}

// each reads a topic whole.
func each(ctx context.Context, t Topic, f func(*event.Record)) error {
	var rec event.Record // one for all, or each would be put on the heap
	for r, err := range t.Read(ctx) {
		if err != nil {
			return fmt.Errorf("reading %s: %w", t.Name, err)
		}
		if r.Partition < 0 || r.Partition >= t.Partitions {
			return fmt.Errorf("reading %s: a record of partition %d among %d", t.Name, r.Partition, t.Partitions)
		}
		if ctx.Err() != nil { // looked at for every record: one can have 110 MB
			break
		}
		rec = r
		f(&rec)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("reading %s: %w", t.Name, context.Cause(ctx))
	}
	return nil
}

// expect sums up in the cells what the stages had to write.
func (c *comparison) expect(ctx context.Context) error {
	b := newBound()
	if len(c.windows) > 0 {
		if err := each(ctx, c.input, func(r *event.Record) { c.measureBound(b, r, c.from == 0) }); err != nil {
			return err
		}
	}
	b.seal()
	m := newModel(c.Trial, c.from, c.to)
	m.emit = func(o *output) {
		c.cells[bucket(o.id.stream, o.id.device)].add(c.hash.record(o.dead, &o.record))
	}
	w := &summing{c: c, state: make([]table[openWindows], len(c.windows)), exactly: c.Guarantee == ExactlyOnce}
	m.window = func(op *windowOp, s *subject) {
		w.take(op, s, c.late[op.index].see(s, b, s.reading.has[op.slot]))
		if op.index == 0 && c.closers != nil {
			c.closers.see(op, s)
		}
	}
	if c.updates != nil {
		m.update = c.updates.take
	}
	if err := m.feedAll(ctx, c.input); err != nil {
		return err
	}
	if c.updates != nil {
		c.updates.finish(ctx)
	}
	for _, op := range c.windows {
		w.finish(ctx, op, c.late[op.index])
	}
	c.seen.foreign = m.foreign
	return nil
}

// find takes what was written out of the cells.
func (c *comparison) find(ctx context.Context) error {
	var order table[tracker]
	return c.found(ctx, func(f *finding) {
		c.cells[bucket(f.id.stream, f.id.device)].sub(c.hash.record(f.dead, f.record))
		c.count(f, &order)
	}, c.stray)
}

// stray counts a record without a valid identity: nobody but the engine writes where it was found.
func (c *comparison) stray(topic string, r *event.Record) {
	c.verdict.Unexpected++
	if !c.culprits.room("unexpected") {
		return
	}
	c.culprits.list = append(c.culprits.list, result.Culprit{Fault: "unexpected", Stage: c.name, Topic: topic, Partition: r.Partition,
		Offset: r.Offset, Identity: "none", Key: string(r.Key), Detail: "no valid identity in its headers " + headers(r) + "; value " + excerpt(r.Value)})
	c.culprits.of = append(c.culprits.of, nil)
}

func (c *comparison) count(f *finding, order *table[tracker]) {
	switch {
	case f.dead:
		if f.id.kind == event.KindDeadLetter {
			c.seen.deadLetters++
			reason, _ := f.record.Header(event.HeaderReason)
			c.seen.reasons[string(reason)]++
		}
	case f.id.kind == event.KindEvent && c.whole:
		// By the partition the record is in: a device is in one, unless that is wrong by itself.
		if order.at(f.record.Partition, f.id.stream, f.id.device).see(f.id.seq) == delayed {
			c.seen.reordered++
		}
	}
	if c.to < len(c.Job.Stages) && !f.dead {
		if ms, err := f.record.EventTime(); err == nil && ms != f.record.Timestamp {
			c.seen.timestamps++
		}
	}
}

// finding is a record the stages wrote.
type finding struct {
	id     identity
	dead   bool
	out    event.Output // as its header says; zero for an event between two stages
	record *event.Record
}

// found reads all that the stages wrote: their output topic, and of the dead letters those of their nodes; end to end, all.
// stray, unless nil, takes records that say of nothing whose answer they are, with their topic.
func (c *comparison) found(ctx context.Context, f func(*finding), stray func(string, *event.Record)) error {
	if stray == nil {
		stray = func(string, *event.Record) {}
	}
	last := c.to == len(c.Job.Stages)
	var x finding // one for all, as in each
	err := each(ctx, c.output, func(r *event.Record) {
		if !last {
			if s, ok := stampOf(r); ok {
				x = finding{id: c.identityBetween(s, r), record: r}
				f(&x)
				return
			}
		}
		o, err := r.Output()
		if err != nil {
			stray(c.output.Name, r)
			return
		}
		x = finding{id: identityOf(o), out: o, record: r}
		f(&x)
	})
	if err != nil {
		return err
	}
	return each(ctx, c.DeadLetter, func(r *event.Record) {
		o, err := r.Output()
		switch {
		case err != nil && c.whole: // no stage is known
			stray(c.DeadLetter.Name, r)
		case err != nil:
		case c.whole || o.Kind == event.KindDeadLetter && int(o.Node) >= c.from && int(o.Node) < c.to:
			x = finding{id: identityOf(o), dead: true, out: o, record: r}
			f(&x)
		}
	})
}

// stampOf reads the stamp of an event. A record without the header is the ordinary case, which makes no error.
func stampOf(r *event.Record) (event.Stamp, bool) {
	raw, ok := r.Header(event.HeaderStamp)
	if !ok {
		return event.Stamp{}, false
	}
	s, err := event.ParseStamp(raw)
	return s, err == nil
}

// settleLate decides for the events that may have come late whether they did.
func (c *comparison) settleLate(ctx context.Context) error {
	resolvers := make([]*resolver, len(c.windows))
	some := false
	for i, a := range c.late {
		resolvers[i] = newResolver(a.unsure, c.input.Partitions)
		some = some || len(a.unsure) > 0
	}
	if !some {
		return nil
	}
	m := newModel(c.Trial, c.from, c.to)
	m.window = func(op *windowOp, s *subject) { resolvers[op.index].see(s.partition, s.stamp.Intended, s.time) }
	if err := m.feedAll(ctx, c.input); err != nil {
		return err
	}
	for i, a := range c.late {
		a.resolve(resolvers[i])
		c.seen.late += int64(len(a.may))
	}
	return nil
}
