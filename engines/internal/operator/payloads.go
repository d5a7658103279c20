package operator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// payloads is a stage of a job of large messages: scan, or reassemble where assembles is set. It takes the place of the
// steps that other stages have, since a message may be many records.
type payloads struct {
	c         *Chain
	assembles bool
	store     payload.Store // nil: the trial has none
	devices   map[uint64]*message
	copying   []byte // buffer for objects
	unsaved   int64  // bytes of records since the last snapshot
}

func newPayloads(c *Chain, o job.Operator) *payloads {
	return &payloads{c: c, assembles: o.Reassemble != nil, store: c.p.cfg.Store, devices: map[uint64]*message{}}
}

// process takes the current record: a message, one in the store, or a chunk of one.
func (p *payloads) process(e *current, emit Emit) error {
	p.unsaved += int64(len(e.in.Value))
	raw, ok := e.in.Header(event.HeaderChunk)
	c, err := event.ParseChunk(raw)
	switch {
	case !ok:
		p.whole(e, emit)
		return nil
	case err == nil && c.Count == 0:
		return p.claim(e, raw, c, emit)
	}
	p.chunk(e, raw, c, err == nil && formed(c, len(e.in.Value)), emit)
	return nil
}

func (p *payloads) whole(e *current, emit Emit) {
	if p.assembles {
		p.c.emitEvent(emit)
		return
	}
	s := newSummary()
	s.write(e.in.Value)
	p.passed(e, s, nil, emit)
}

// passed hands a record on that is a message by itself, or answers it.
func (p *payloads) passed(e *current, s *summary, sgc []byte, emit Emit) {
	if p.c.p.last {
		p.answer(s, e.in.Key, e.rawTime, e.time, e.stamp, emit)
		return
	}
	p.c.forward(emit, e.in, e.rawSg, e.rawTime, sgc, e.time)
}

func (p *payloads) answer(s *summary, key, sgt []byte, time int64, stamp event.Stamp, emit Emit) {
	slab := &p.c.slab
	p.c.emitAbout(emit, Forward, key, slab.kept(s.append(slab.room(maxSummary))), sgt, time, event.EventOutput(stamp))
}

// chunk takes a chunk, and with it perhaps leave of a message that was never completed.
func (p *payloads) chunk(e *current, sgc []byte, c event.Chunk, formed bool, emit Emit) {
	m := p.devices[e.device()]
	switch {
	case m == nil:
		m = begin(e, nil)
		p.devices[e.device()] = m
	case m.stale(e.stamp.Seq, c, formed):
		return
	case e.stamp.Seq > m.seq:
		if m.open {
			p.refuse(m, job.ReasonMissingChunk, emit)
		}
		m = begin(e, m)
		p.devices[e.device()] = m
	}
	if reason := m.take(e.stamp, c, formed, len(e.in.Value)); reason != job.ReasonNone {
		p.refuse(m, reason, emit)
		return
	}
	if p.assembles {
		p.assemble(m, e, emit)
		return
	}
	p.scan(m, e, sgc, emit)
}

func (p *payloads) assemble(m *message, e *current, emit Emit) {
	m.add(e.in.Value)
	if !m.complete() {
		return
	}
	if event.Hash(m.whole) != m.chunk.Hash {
		p.refuse(m, job.ReasonBadChecksum, emit)
		return
	}
	s := m.stamp
	s.Flags, s.Hash = s.Flags&^event.FlagChunk, m.chunk.Hash
	slab := &p.c.slab
	sg := slab.kept(event.AppendStamp(slab.room(event.StampSize), s))
	p.c.forward(emit, &event.Record{Key: m.key, Value: m.whole}, sg, m.sgt, nil, m.time)
	m.close()
}

func (p *payloads) scan(m *message, e *current, sgc []byte, emit Emit) {
	if m.sum == nil {
		m.sum = newSummary()
	}
	m.sum.write(e.in.Value)
	if m.complete() && m.sum.hash.Sum64() != m.chunk.Hash {
		p.refuse(m, job.ReasonBadChecksum, emit)
		return
	}
	if !p.c.p.last {
		p.c.forward(emit, e.in, e.rawSg, e.rawTime, sgc, e.time)
	} else if m.complete() {
		p.answer(m.sum, m.key, m.sgt, m.time, m.stamp, emit)
	}
	if m.complete() {
		m.close()
	}
}

// refuse ends a message without an answer. The first stage writes its dead letter; those behind it meet only what broke off
// there.
func (p *payloads) refuse(m *message, reason job.Reason, emit Emit) {
	defer m.close()
	if p.c.p.cfg.Stage > 0 {
		return
	}
	o := event.EventOutput(m.stamp)
	o.Kind = event.KindDeadLetter
	p.c.headers[2] = event.Header{Key: event.HeaderReason, Value: []byte(reason)}
	p.c.emitAbout(emit, DeadLetter, m.key, []byte{}, m.sgt, m.time, o)
}

// close lets go of all a message holds.
func (m *message) close() {
	m.open, m.sum, m.whole, m.before, m.key, m.sgt = false, nil, nil, nil, nil, nil
}

// copyBuffer is how much of an object is read at a time.
const copyBuffer = 256 << 10

// claim takes a message that lies in the store. It is read where scan reads it, and only passed on by reassemble.
func (p *payloads) claim(e *current, sgc []byte, c event.Chunk, emit Emit) error {
	if c.Index != 0 || c.Offset != 0 {
		p.deny(e, job.ReasonBadChunk, emit)
		return nil
	}
	if p.assembles {
		p.c.forward(emit, e.in, e.rawSg, e.rawTime, sgc, e.time)
		return nil
	}
	s, err := p.read(string(e.in.Value))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.deny(e, job.ReasonMissingObject, emit)
	case err != nil:
		return fmt.Errorf("partition %d offset %d: reading the object %.200q: %w", p.c.partition, e.in.Offset, e.in.Value, err)
	case uint64(s.bytes) != c.Total || s.hash.Sum64() != c.Hash:
		p.deny(e, job.ReasonBadChecksum, emit)
	default:
		p.passed(e, s, sgc, emit)
	}
	return nil
}

// deny makes the current record a dead letter.
func (p *payloads) deny(e *current, reason job.Reason, emit Emit) {
	e.reason = reason
	p.c.emitDeadLetter(emit)
}

// read sums an object up, a piece at a time.
func (p *payloads) read(name string) (*summary, error) {
	if p.store == nil {
		return nil, fs.ErrNotExist
	}
	f, err := p.store.Open(name)
	if err != nil {
		return nil, err
	}
	if p.copying == nil {
		p.copying = make([]byte, copyBuffer)
	}
	s := newSummary()
	_, err = io.CopyBuffer(struct{ io.Writer }{s}, struct{ io.Reader }{f}, p.copying)
	return s, errors.Join(err, f.Close())
}

func (p *payloads) entries() int { return len(p.devices) }

// snapshot writes down which messages are over. Of one that is still coming nothing is kept: it is read again from its
// first chunk (readFrom), and what is over by then is passed over as stale.
func (p *payloads) snapshot(dst []byte) []byte {
	p.unsaved = 0
	w := writer{dst}
	over := map[uint64]uint64{}
	for device, m := range p.devices {
		switch {
		case !m.open:
			over[device] = m.seq
		case m.before != nil:
			over[device] = *m.before
		}
	}
	w.u64(uint64(len(over)))
	for _, device := range sortedKeys(over) {
		w.u64(device)
		w.u64(over[device])
	}
	return w.b
}

func (p *payloads) restore(b []byte) error {
	r := reader{b: b}
	devices := map[uint64]*message{}
	for range r.count(16) {
		device := r.u64()
		devices[device] = &message{seq: r.u64()}
	}
	if err := r.end(); err != nil {
		return err
	}
	p.devices = devices
	return nil
}

// snapshotBytes is after how many bytes of records a snapshot is due in a job of large messages, whatever their number. A restart reads again
// what came since the last one, and where messages are still coming all records from the first chunk of the oldest of them on: one that
// its device never finishes holds that place until a later one of the device begins.
const snapshotBytes = 64 << 20

// readFrom is the offset of the oldest chunk that a restart has to read again, given that of the next record.
func (p *payloads) readFrom(next int64) int64 {
	for _, m := range p.devices {
		if m.open {
			next = min(next, m.from)
		}
	}
	return next
}
