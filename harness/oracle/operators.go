package oracle

import (
	"math"
	"math/bits"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// compile makes the step of one operator of stage k of the model. Encode has none: it says how the answer is written.
func (m *model) compile(k int, o job.Operator) step {
	switch {
	case o.Decode != nil:
		return m.decode(o.Decode)
	case o.Validate != nil:
		return m.validate(o.Validate)
	case o.Dedupe != nil:
		return dedupe()
	case o.Enrich != nil:
		return m.enrich(o.Enrich)
	case o.Calibrate != nil:
		return m.calibrate(o.Calibrate)
	case o.Filter != nil:
		return m.filter(o.Filter)
	case o.Detect != nil:
		return m.detect(o.Detect, emits(o.Detect.Emit, job.EmitAlert) && !m.alertsBlocked(k+1))
	case o.Window != nil:
		return m.toWindow(k, o.Window)
	case o.Aggregate != nil:
		return m.toAggregate(o.Aggregate)
	}
	return nil
}

// decode reads JSON by the oracle's own decoder, and any other encoding by the one it was given.
func (m *model) decode(o *job.Decode) step {
	if ownDecoder(o) {
		return m.timely(m.decodeJSON())
	}
	var r *reading
	set := func(metric int, micros int64) { r.set(m.layout.metrics[metric].slot, micros) }
	return m.timely(func(s *subject) (job.Reason, bool) {
		r = &s.reading
		reason := m.trial.Decode(s.key, s.value, set)
		return reason, reason == job.ReasonNone
	})
}

// ownDecoder reports whether the oracle has a decoder of its own.
func ownDecoder(o *job.Decode) bool { return o.Encoding == "" || o.Encoding == "json" }

// timely is the first test of decode, before the others.
func (m *model) timely(others step) step {
	return func(s *subject) (job.Reason, bool) {
		s.reading.reset()
		if s.time < m.trial.EventTimeMin || s.time > m.trial.EventTimeMax {
			return job.ReasonEventTime, false
		}
		return others(s)
	}
}

func (m *model) decodeJSON() step {
	d := &decoder{
		device: strings.Split(m.trial.Job.Reading.Device, "."), time: strings.Split(m.trial.Job.Reading.Time.Path, "."),
		metrics: m.layout.metrics, objects: map[string]object{},
	}
	return func(s *subject) (job.Reason, bool) {
		reason := d.decode(s.key, s.value, &s.reading)
		return reason, reason == job.ReasonNone
	}
}

func (m *model) validate(v *job.Validate) step {
	var required []int
	for _, name := range v.Required {
		required = append(required, m.layout.slots[name])
	}
	return func(s *subject) (job.Reason, bool) {
		if v.KnownDevice && s.entry == nil {
			return job.ReasonUnknownDevice, false
		}
		for _, slot := range required {
			if _, ok := s.reading.get(slot); !ok {
				return job.ReasonMissingField, false
			}
		}
		for _, f := range m.layout.metrics {
			if x, ok := s.reading.get(f.slot); ok && f.bounded && (x < f.lo || x > f.hi) {
				return job.ReasonRange, false
			}
		}
		return job.ReasonNone, true
	}
}

// span is how many sequences back a repetition is recognised.
const span = 1024

// passed remembers which of the last span sequences of a device were passed.
type passed struct {
	any     bool
	highest uint64
	bits    [span / 64]uint64 // of sequence s: bit s mod span
}

// pass says whether a sequence goes through, and remembers it.
func (p *passed) pass(seq uint64) bool {
	switch {
	case !p.any:
		p.any, p.highest = true, seq
	case seq > p.highest:
		if seq-p.highest >= span {
			p.bits = [span / 64]uint64{}
		} else {
			for s := p.highest + 1; s != seq; s++ {
				p.bits[s%span/64] &^= 1 << (s % 64)
			}
		}
		p.highest = seq
	case p.highest-seq >= span:
		return true
	case p.bits[seq%span/64]>>(seq%64)&1 == 1:
		return false
	}
	p.bits[seq%span/64] |= 1 << (seq % 64)
	return true
}

func dedupe() step {
	var state table[passed]
	return func(s *subject) (job.Reason, bool) {
		return job.ReasonNone, state.at(s.partition, s.stamp.Stream, s.stamp.Device).pass(s.stamp.Seq)
	}
}

func (m *model) enrich(e *job.Enrich) step {
	return func(s *subject) (job.Reason, bool) {
		if s.entry == nil {
			return job.ReasonUnknownDevice, false
		}
		for _, name := range e.Fields {
			v, ok := s.entry[name]
			if !ok {
				return job.ReasonMissingField, false
			}
			s.reading.set(m.layout.slots[name], v)
		}
		return job.ReasonNone, true
	}
}

func (m *model) calibrate(c *job.Calibrate) step {
	slot, gain, offset := m.layout.slots[c.Metric], m.layout.slots["gain"], m.layout.slots["offset"]
	return func(s *subject) (job.Reason, bool) {
		raw, ok := s.reading.get(slot)
		if !ok {
			return job.ReasonNone, true
		}
		v := calibrated(raw, s.reading.vals[gain], s.reading.vals[offset])
		if v > job.MaxMicros || v < -job.MaxMicros {
			return job.ReasonRange, false
		}
		s.reading.set(slot, v)
		return job.ReasonNone, true
	}
}

// calibrated is gain·raw/10^6 + offset, rounded half up, in 128 bits: floor((gain·raw + 500000)/10^6) + offset, which
// is what the semantics' two steps in 64 bits come to.
func calibrated(raw, gain, offset int64) int64 {
	const million = 1_000_000
	hi, lo := bits.Mul64(magnitude(raw), magnitude(gain))
	if (raw < 0) != (gain < 0) { // −x: two's complement over both words
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	lo, carry := bits.Add64(lo, million/2, 0)
	hi += carry
	if int64(hi) >= 0 {
		q, _ := bits.Div64(hi, lo, million)
		return int64(q) + offset
	}
	// floor(x/m) of x < 0 is −ceil(−x/m) = −floor((−x + m − 1)/m).
	lo, borrow := bits.Sub64(0, lo, 0)
	hi, _ = bits.Sub64(0, hi, borrow)
	lo, carry = bits.Add64(lo, million-1, 0)
	q, _ := bits.Div64(hi+carry, lo, million)
	return offset - int64(q)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func (m *model) filter(f *job.Filter) step {
	slot := m.layout.slots[f.Metric]
	return func(s *subject) (job.Reason, bool) {
		v, ok := s.reading.get(slot)
		keep := ok && (f.Min == nil || v >= int64(*f.Min)) && (f.Max == nil || v <= int64(*f.Max))
		return job.ReasonNone, keep
	}
}

func (m *model) detect(d *job.Detect, emit bool) step {
	var active table[bool]
	slot, threshold := m.layout.slots[d.Metric], m.layout.slots[d.Above.Field]
	return func(s *subject) (job.Reason, bool) {
		v, ok := s.reading.get(slot)
		if !ok {
			return job.ReasonNone, true
		}
		t := int64(d.Above.Value)
		if d.Above.Field != "" {
			t = s.reading.vals[threshold]
		}
		on := active.at(s.partition, s.stamp.Stream, s.stamp.Device)
		begins, ends := v > t, v <= t-int64(d.Clear)
		if emit && m.alarm != nil && (begins || ends) {
			m.alarm(m.alert(s, d.Node, begins, t, v))
		}
		if !*on && begins || *on && ends {
			*on = !*on
			if emit {
				m.emit(m.alert(s, d.Node, *on, t, v))
			}
		}
		return job.ReasonNone, true
	}
}

// windowOp is a window operator of the job.
type windowOp struct {
	index    int // among the model's windows
	stage    int
	node     uint16
	slot     int // of its metric
	size     int64
	step     int64
	lateness int64
	emits    bool
}

func (m *model) toWindow(k int, w *job.Window) step {
	op := &windowOp{index: len(m.windows), stage: m.from + k, node: w.Node, slot: m.layout.slots[w.Metric],
		size: w.Size().Milliseconds(), step: w.Step().Milliseconds(), lateness: int64(m.trial.Job.EventTime.Lateness),
		emits: emits(w.Emit, job.EmitWindow)}
	m.windows = append(m.windows, op)
	return func(s *subject) (job.Reason, bool) {
		if m.window != nil && tellable(s.time) {
			m.window(op, s)
		}
		return job.ReasonNone, true
	}
}

// tellable says whether windows of an event time have starts and ends. No plan allows another time, but a record between stages can
// have one: the least and the greatest number stand for "none" in some engines. It is the fault of the stage before.
func tellable(ms int64) bool { return ms > math.MinInt64/2 && ms < math.MaxInt64/2 }

// starts yields the starts of the windows an event time belongs to, ascending.
func (w *windowOp) starts(t int64) (first, last int64) {
	last = floor(t, w.step) * w.step
	return last - w.size + w.step, last
}

// closes is the event time at which a window may be closed.
func (w *windowOp) closes(start int64) int64 { return start + w.size + w.lateness }

// floor is the floor of a/b for b > 0, also below zero.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
