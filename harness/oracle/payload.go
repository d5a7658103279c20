package oracle

import (
	"errors"
	"io"
	"io/fs"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// payloads runs stages of a job of large messages. Whatever their number, what a message comes to is decided by the first of
// them: those behind it get only what has passed it, and in order. So the stages are one, which either hands on or, if the
// job's last is among them, answers.
type payloads struct {
	m         *model
	assembles bool // the stages put chunks together
	uploads   table[upload]
	err       error // of the store
}

// upload is how far a device has come with the newest of its messages in chunks.
type upload struct {
	state   uploadState
	seq     uint64
	parts   uint32
	head    event.Chunk // of part 0
	subject subject     // of part 0; its stamp has the latest intended time
	tally   *tally16
	content []byte // where it is put together
}

type uploadState uint8

const (
	unknown uploadState = iota // no message in chunks has been seen of the device
	coming
	ended
)

func newPayloads(m *model) *payloads {
	p := &payloads{m: m}
	if !m.trial.Job.Payloads() {
		return nil
	}
	for _, s := range m.trial.Job.Stages[m.from:m.to] {
		for _, o := range s.Do {
			p.assembles = p.assembles || o.Reassemble != nil
		}
	}
	return p
}

// answers says whether the job's last stage is among these.
func (p *payloads) answers() bool { return p.m.to == len(p.m.trial.Job.Stages) }

// scans says whether any of the stages reads messages, so that an object that is not there is noticed, and where.
func (p *payloads) scans() (stage int, ok bool) {
	for k := p.m.from; k < p.m.to; k++ {
		if p.m.trial.Job.Stages[k].Do[0].Scan != nil {
			return k, true
		}
	}
	return 0, false
}

func (p *payloads) run(r *event.Record, s *subject) {
	raw, there := r.Header(event.HeaderChunk)
	if !there {
		p.single(s, nil, func() *tally16 { return tallyBytes(s.value) })
		return
	}
	c, err := event.ParseChunk(raw)
	if err == nil && c.Count == 0 {
		p.object(s, raw, c)
		return
	}
	p.part(s, raw, c, err == nil && plausible(c, uint64(len(s.value))))
}

// single gives what a message in one record comes to.
func (p *payloads) single(s *subject, sgc []byte, sum func() *tally16) {
	if p.answers() {
		p.answer(s, sum())
		return
	}
	p.handOn(s, s.rawStamp, sgc, 0)
}

func (p *payloads) answer(s *subject, t *tally16) {
	p.m.results(s.rawTime, event.EventOutput(s.stamp))
	p.m.value = t.appendJSON(p.m.value[:0])
	p.m.give(s, eventIdentity(s.stamp.ID), p.m.value, 2)
}

// handOn gives a record to the next stage.
func (p *payloads) handOn(s *subject, stamp, sgc []byte, part uint32) {
	m, n := p.m, 2
	m.headers[0] = event.Header{Key: event.HeaderStamp, Value: stamp}
	m.headers[1] = event.Header{Key: event.HeaderTime, Value: s.rawTime}
	if sgc != nil {
		m.headers[2] = event.Header{Key: event.HeaderChunk, Value: sgc}
		n = 3
	}
	m.give(s, partIdentity(s.stamp.ID, part), s.value, n)
}

// partIdentity tells the chunks of a message apart, as far as 16 bits go.
func partIdentity(id event.ID, part uint32) identity {
	x := eventIdentity(id)
	x.ordinal = uint16(part)
	return x
}

// identityBetween is the identity of an event between two stages.
func (c *comparison) identityBetween(s event.Stamp, r *event.Record) identity {
	if c.payloads {
		raw, _ := r.Header(event.HeaderChunk)
		if h, err := event.ParseChunk(raw); err == nil {
			return partIdentity(s.ID, h.Index)
		}
	}
	return eventIdentity(s.ID)
}

// object judges a message that lies in the store by what lies there now.
func (p *payloads) object(s *subject, sgc []byte, c event.Chunk) {
	if c.Index > 0 || c.Offset > 0 {
		p.m.deadLetter(p.m.from, s, job.ReasonBadChunk)
		return
	}
	stage, ok := p.scans()
	if !ok {
		p.handOn(s, s.rawStamp, sgc, 0)
		return
	}
	t, err := p.fetch(string(s.value))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.m.deadLetter(stage, s, job.ReasonMissingObject)
	case err != nil:
		p.err = errors.Join(p.err, err)
	case t.n != c.Total || t.h.Sum64() != c.Hash:
		p.m.deadLetter(stage, s, job.ReasonBadChecksum)
	default:
		p.single(s, sgc, func() *tally16 { return t })
	}
}

func (p *payloads) fetch(name string) (*tally16, error) {
	if p.m.trial.Object == nil {
		return nil, fs.ErrNotExist
	}
	f, err := p.m.trial.Object(name)
	if err != nil {
		return nil, err
	}
	t := &tally16{}
	b := make([]byte, 64<<10)
	for {
		n, err := f.Read(b)
		t.add(b[:n])
		if err == io.EOF {
			return t, f.Close()
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// part takes one chunk.
func (p *payloads) part(s *subject, sgc []byte, c event.Chunk, ok bool) {
	u := p.uploads.at(s.partition, s.stamp.Stream, s.stamp.Device)
	if u.state != unknown {
		old := s.stamp.Seq < u.seq
		again := s.stamp.Seq == u.seq && (u.state == ended || ok && c.Index < u.parts)
		if old || again {
			return
		}
	}
	if u.state != coming || s.stamp.Seq != u.seq {
		if u.state == coming {
			p.drop(u, job.ReasonMissingChunk)
		}
		*u = upload{state: coming, seq: s.stamp.Seq, subject: kept(s), tally: &tally16{}, content: []byte{}}
	}
	if reason := u.fault(s, c, ok); reason != job.ReasonNone {
		p.drop(u, reason)
		return
	}
	u.parts++
	u.tally.add(s.value)
	if p.assembles {
		u.content = append(u.content, s.value...)
	}
	if u.parts == u.head.Count {
		p.end(u, s, sgc, c.Index)
	} else if !p.assembles && !p.answers() {
		p.handOn(s, s.rawStamp, sgc, c.Index)
	}
}

// kept is a subject that outlives its record.
func kept(s *subject) subject {
	k := *s
	k.key, k.rawTime, k.value, k.rawStamp = []byte(string(s.key)), []byte(string(s.rawTime)), nil, nil
	return k
}

// fault says why a chunk cannot be the next one. It notes the stamp in any case.
func (u *upload) fault(s *subject, c event.Chunk, ok bool) job.Reason {
	latest := max(u.subject.stamp.Intended, s.stamp.Intended)
	u.subject.stamp = s.stamp
	u.subject.stamp.Intended = latest
	if !ok {
		return job.ReasonBadChunk
	}
	if c.Index != u.parts {
		return job.ReasonMissingChunk
	}
	if c.Index == 0 {
		u.head = c
	}
	if c.Count != u.head.Count || c.Total != u.head.Total || c.Hash != u.head.Hash || c.Offset != u.tally.n {
		return job.ReasonBadChunk
	}
	return job.ReasonNone
}

// end is reached with the last chunk.
func (p *payloads) end(u *upload, s *subject, sgc []byte, part uint32) {
	if u.tally.h.Sum64() != u.head.Hash {
		p.drop(u, job.ReasonBadChecksum)
		return
	}
	switch {
	case p.answers():
		p.answer(&u.subject, u.tally)
	case p.assembles:
		stamp := u.subject.stamp
		stamp.Flags &^= event.FlagChunk
		stamp.Hash = u.head.Hash
		u.subject.value = u.content
		p.handOn(&u.subject, event.AppendStamp(nil, stamp), nil, 0)
	default:
		p.handOn(s, s.rawStamp, sgc, part)
	}
	u.finish()
}

// drop refuses a message. Only the job's first stage says so.
func (p *payloads) drop(u *upload, reason job.Reason) {
	if p.m.from == 0 {
		u.subject.value = []byte{}
		p.m.deadLetter(0, &u.subject, reason)
	}
	u.finish()
}

func (u *upload) finish() { *u = upload{state: ended, seq: u.seq} }

// plausible says whether a chunk of n bytes may have the header c.
func plausible(c event.Chunk, n uint64) bool {
	if c.Total > job.MaxPayload || c.Offset > job.MaxPayload || n > job.MaxPayload || c.Index >= c.Count {
		return false
	}
	end := c.Offset + n
	if c.Index+1 == c.Count {
		return end == c.Total
	}
	return end < c.Total
}

// tally16 sums up bytes and the 16-bit samples in them.
type tally16 struct {
	h    xxh3.Hasher
	n    uint64
	sum  int64
	peak int64
	low  uint16 // the first byte of a sample that is half there: n is odd then
}

func tallyBytes(b []byte) *tally16 {
	t := &tally16{}
	t.add(b)
	return t
}

func (t *tally16) add(b []byte) {
	_, _ = t.h.Write(b)
	for _, x := range b {
		if t.n++; t.n%2 == 1 {
			t.low = uint16(x)
			continue
		}
		v := int64(int16(uint16(x)<<8 | t.low))
		t.sum += v
		if v < 0 {
			v = -v
		}
		t.peak = max(t.peak, v)
	}
}

func (t *tally16) appendJSON(dst []byte) []byte {
	for i, f := range []struct {
		name string
		v    int64
	}{{"bytes", int64(t.n)}, {"hash", int64(t.h.Sum64())}, {"peak", t.peak}, {"sum", t.sum}} {
		dst = append(dst, "{,"[min(i, 1)])
		dst = strconv.AppendQuote(dst, f.name)
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, f.v, 10)
	}
	return append(dst, '}')
}
