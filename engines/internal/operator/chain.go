package operator

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Chain is one stage at work on one input partition: records go in by Process in the order of their offsets, and Advance
// moves the watermark. Its state depends on nothing but the records processed so far. So state that is rolled back
// together with the read position (Snapshot, Restore, then the same records again) gives the same answers again, which is
// what SEMANTICS.md asks of dedupe and detect after a restart.
type Chain struct {
	p         *Program
	partition int32
	steps     []step
	payloads  *payloads // instead of steps, in a job of large messages
	state     stateful  // the one stateful operator, or nil
	advancer  advancer  // the same, if it has results that wait for Advance
	e         current
	recode    *recoder // of the job's encode, in the last stage; nil: canonical JSON
	out       event.Record
	headers   [3]event.Header
	slab      slab
	foreign   int64
}

// recoder writes the current event as a message in an encoding.
type recoder struct {
	write   encoding.Writer
	metric  func(i int) (micros int64, present bool) // of the current event, in ascending order of the names
	message []byte                                   // scratch
}

// current is the event that is going through the steps.
type current struct {
	in      *event.Record
	rawSg   []byte // header sg as it came
	rawTime []byte // header sgt as it came
	stamp   event.Stamp
	time    int64 // event time, ms since the epoch
	values  []int64
	present []bool
	reason  job.Reason // of a refusal
	problem string     // of corruption
	alert   alert
}

// device is the key of state: it is kept by stream and device, not by the record's key.
func (e *current) device() uint64 { return uint64(e.stamp.Stream)<<32 | uint64(e.stamp.Device) }

// verdict is what a step says of an event.
type verdict uint8

const (
	pass    verdict = iota
	drop            // ends here without an answer
	refuse          // becomes a dead letter for current.reason
	corrupt         // cannot be: current.problem
)

// step is one operator.
type step interface{ apply(e *current) verdict }

// stateful is an operator that remembers.
type stateful interface {
	// snapshot appends the state to dst.
	snapshot(dst []byte) []byte
	// restore replaces the state by what snapshot wrote.
	restore(b []byte) error
	// entries counts what is remembered, the measure of a snapshot's cost.
	entries() int
}

// advancer is a step whose results are not those of one event: they come when the engine is through with some.
type advancer interface {
	advance(emit Emit)
}

// Process takes the next record of the partition through the stage and emits what it gives: the event itself or its dead
// letter, then its alerts. Windows and updates come by Advance. Records that do not belong to the run are counted and passed
// over. Errors: *CorruptError.
func (c *Chain) Process(in *event.Record, emit Emit) error {
	e := &c.e
	ok, err := e.read(in)
	if !ok || err != nil {
		if err == nil && c.p.cfg.Stage > 0 && isResult(in) {
			emit(Forward, in)
			return nil
		}
		c.foreign++
		return nil
	}
	if c.payloads != nil {
		defer c.forget() // what it was about may be large
		return c.payloads.process(e, emit)
	}
	if c.p.parses {
		if err := c.p.layout.parse(in.Value, e.values, e.present); err != nil {
			return c.corrupt(fmt.Sprintf("stage record: %v, or a field this job does not have: %.200q", err, in.Value))
		}
	}
	switch c.run(e) {
	case refuse:
		c.emitDeadLetter(emit)
	case corrupt:
		return c.corrupt(e.problem)
	case pass:
		c.emitEvent(emit)
	case drop:
	}
	if e.alert.due {
		e.alert.due = false
		c.emitResult(emit, e.in.Key, e.alert.value, e.time, e.alert.header)
	}
	return nil
}

// forget lets go of the record that was handled last and of what was emitted.
func (c *Chain) forget() {
	c.e.in, c.e.rawSg, c.e.rawTime = nil, nil, nil
	clear(c.headers[:])
	c.out = event.Record{}
}

// read takes apart the headers of an event. ok is false where the record has no header sg.
func (e *current) read(in *event.Record) (ok bool, err error) {
	e.in = in
	if e.rawSg, ok = in.Header(event.HeaderStamp); !ok {
		return false, nil
	}
	if e.stamp, err = event.ParseStamp(e.rawSg); err != nil {
		return false, err
	}
	e.rawTime, _ = in.Header(event.HeaderTime)
	e.time, err = event.ParseTime(e.rawTime)
	return true, err
}

// isResult reports whether a record is an alert or a window of an earlier stage, which goes on as it is.
func isResult(in *event.Record) bool {
	b, ok := in.Header(event.HeaderOutput)
	if !ok {
		return false
	}
	o, err := event.ParseOutput(b)
	return err == nil && (o.Kind == event.KindAlert || o.Kind == event.KindWindow)
}

func (c *Chain) run(e *current) verdict {
	for _, s := range c.steps {
		if v := s.apply(e); v != pass {
			return v
		}
	}
	return pass
}

// Advance ends a step of the engine. It moves the watermark to the highest event time processed so far and emits the windows
// that it closes, by ascending start and then device; of an aggregate it emits the devices that have changed. An engine that handles events one by one calls it after each, one that works in
// batches after each batch.
func (c *Chain) Advance(emit Emit) {
	if c.advancer != nil {
		c.advancer.advance(emit)
	}
}

// Foreign counts the records passed over because they have no valid sg (or, between stages, sgo).
func (c *Chain) Foreign() int64 { return c.foreign }

// Stateful reports whether the chain remembers anything between two records.
func (c *Chain) Stateful() bool { return c.state != nil }

// recordsPerEntry keeps snapshots cheap: one of n entries is taken after 10·n records at the earliest.
const recordsPerEntry = 10

// SnapshotDue reports whether a chain that has processed so many records since its last snapshot should take one. It
// counts records, not seconds, so that it is the same in every run.
func (c *Chain) SnapshotDue(records int64) bool {
	if c.payloads != nil && c.payloads.unsaved >= snapshotBytes {
		return true
	}
	return c.state != nil && records >= c.p.cfg.SnapshotEvery && records >= int64(recordsPerEntry*c.state.entries())
}

// snapshotVersion is the first byte of every snapshot.
const snapshotVersion = 1

// ReadFrom is the offset from which records must be read again for a snapshot taken now, where that of the next record is
// next: it may lie further back, since of a message that is still coming in chunks nothing is written down.
func (c *Chain) ReadFrom(next int64) int64 {
	if c.payloads == nil {
		return next
	}
	return c.payloads.readFrom(next)
}

// Snapshot writes the state down. It is to be called after Advance.
func (c *Chain) Snapshot() []byte {
	b := []byte{snapshotVersion}
	if c.state != nil {
		b = c.state.snapshot(b)
	}
	return b
}

// Restore replaces the state by one that Snapshot wrote for the same stage.
func (c *Chain) Restore(b []byte) error {
	if len(b) == 0 || b[0] != snapshotVersion {
		return fmt.Errorf("restoring a snapshot of %d bytes: unknown version", len(b))
	}
	if c.state == nil {
		return nil
	}
	if err := c.state.restore(b[1:]); err != nil {
		return fmt.Errorf("restoring a snapshot of %d bytes: %w", len(b), err)
	}
	return nil
}

func (c *Chain) corrupt(problem string) error {
	return &CorruptError{Partition: c.partition, Offset: c.e.in.Offset, Problem: problem}
}

// emitEvent writes the event on: as a stage record, or after the last stage as its own answer.
func (c *Chain) emitEvent(emit Emit) {
	e := &c.e
	value := e.in.Value
	switch w := c.recode; {
	case w != nil:
		w.message = w.write(w.message[:0], e.in.Key, e.time, w.metric)
		value = c.slab.kept(append(c.slab.room(len(w.message)), w.message...))
	case c.p.rewrite:
		value = c.slab.kept(c.p.layout.append(c.slab.room(c.p.layout.size), e.values, e.present))
	}
	if c.p.last {
		c.emitOutput(emit, Forward, e.in.Key, value, event.EventOutput(e.stamp))
		return
	}
	c.forward(emit, &event.Record{Key: e.in.Key, Value: value}, e.rawSg, e.rawTime, nil, e.time)
}

// forward writes the key and value of r to the next stage, with the headers given; sgc is nil but for parts of messages.
func (c *Chain) forward(emit Emit, r *event.Record, sg, sgt, sgc []byte, time int64) {
	n := 2
	c.headers[0] = event.Header{Key: event.HeaderStamp, Value: sg}
	c.headers[1] = event.Header{Key: event.HeaderTime, Value: sgt}
	if sgc != nil {
		n = 3
		c.headers[2] = event.Header{Key: event.HeaderChunk, Value: sgc}
	}
	c.emit(emit, Forward, n, r.Key, r.Value, time)
}

func (c *Chain) emitDeadLetter(emit Emit) {
	e := &c.e
	o := event.EventOutput(e.stamp)
	o.Kind, o.Node = event.KindDeadLetter, uint16(c.p.cfg.Stage)
	c.headers[2] = event.Header{Key: event.HeaderReason, Value: []byte(e.reason)}
	c.emitOutput(emit, DeadLetter, e.in.Key, e.in.Value, o)
}

// emitOutput writes a record about the current event with headers sgt and sgo, and sgr for a dead letter.
func (c *Chain) emitOutput(emit Emit, to Destination, key, value []byte, o event.Output) {
	c.emitAbout(emit, to, key, value, c.e.rawTime, c.e.time, o)
}

// emitAbout is emitOutput about an event whose header sgt is given.
func (c *Chain) emitAbout(emit Emit, to Destination, key, value, sgt []byte, time int64, o event.Output) {
	n := 2
	if to == DeadLetter {
		n = 3
	}
	c.headers[0] = event.Header{Key: event.HeaderTime, Value: sgt}
	c.headers[1] = event.Header{Key: event.HeaderOutput, Value: c.output(o)}
	c.emit(emit, to, n, key, value, time)
}

// emitResult writes an alert, a window or an update.
func (c *Chain) emitResult(emit Emit, key, value []byte, time int64, o event.Output) {
	sgt := c.slab.kept(event.AppendTime(c.slab.room(event.TimeSize), time))
	c.headers[0] = event.Header{Key: event.HeaderTime, Value: sgt}
	c.headers[1] = event.Header{Key: event.HeaderOutput, Value: c.output(o)}
	c.emit(emit, Forward, 2, key, value, time)
}

func (c *Chain) output(o event.Output) []byte {
	return c.slab.kept(event.AppendOutput(c.slab.room(event.OutputSize), o))
}

// emit hands out the scratch record with the first n headers.
func (c *Chain) emit(emit Emit, to Destination, n int, key, value []byte, time int64) {
	c.out = event.Record{Partition: c.partition, Timestamp: time, Key: key, Value: value, Headers: c.headers[:n]}
	emit(to, &c.out)
}
