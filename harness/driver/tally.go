package driver

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
)

// tally counts what a drive does. The pacing goroutine writes report, the promises write answers; atomics are for progress
// and for both.
type tally struct {
	report    Report
	phase     int // of the last record sent, or the one after it; len(report.Phases) after all
	first     span
	last      span
	blocked   time.Duration
	starved   time.Duration
	saturated bool

	answers struct {
		sync.Mutex
		phases       []PhaseReport // only what promises count
		acked        int64
		failed       int64
		mismatched   int64
		outOfRange   int64
		firstFailure *ProduceError
		last         epoch   // of the record acknowledged last
		epochs       []epoch // all
		closed       bool    // the report was given out: what comes later is not counted
	}

	failed   atomic.Bool
	inFlight atomic.Int64 // bytes
	real     atomic.Int64 // sent
	acked    atomic.Int64
	debt     atomic.Int64 // ns, of the last record
}

// epoch is under which producer id and epoch a record was written: the broker knows a record again within one alone.
type epoch struct {
	producer int64
	number   int16
}

// span is when a real event was due and when it was sent.
type span struct{ due, sent time.Duration }

func (t *tally) init(c Config) {
	for _, p := range c.Phases {
		t.report.Phases = append(t.report.Phases, PhaseReport{Phase: p, SendDelay: newHistogram()})
		t.answers.phases = append(t.answers.phases, PhaseReport{Ack: newHistogram()})
	}
}

// sizeOf is what a record counts against the buffer, bytes.
func sizeOf(e *event.Due) int64 { return int64(len(e.Key)+len(e.Value)) + headersOf(e) }

// owe notes how late the next record is.
func (t *tally) owe(d time.Duration) {
	t.report.MaxDebt = max(t.report.MaxDebt, d)
	t.saturated = t.saturated || d > MaxDebt
}

// none is the phase of a record that lies in none.
const none = -1

// sentAt counts a record that is being sent, and gives the phase that it belongs to.
func (t *tally) sentAt(e *event.Due, now time.Duration) (phase int) {
	r := &t.report
	intended := time.Duration(e.Stamp.Intended)
	bytes := int64(len(e.Key) + len(e.Value))
	beat := e.Stamp.Flags&(event.FlagHeartbeat|event.FlagProbe) != 0
	real := !beat && !(e.Part && e.Chunk.Index+1 < e.Chunk.Count) // a message counts with its last chunk
	r.Offered++
	r.Bytes += bytes
	r.HeaderBytes += headersOf(e)
	r.Largest = max(r.Largest, bytes)
	r.Elapsed = now
	if real {
		t.countReal(e, intended, now)
	} else if e.Stamp.Flags&event.FlagHeartbeat != 0 {
		r.Heartbeats++
	}
	t.debt.Store(int64(now - intended))
	for t.phase < len(r.Phases) && intended >= r.Phases[t.phase].To {
		t.phase++
	}
	if t.phase == len(r.Phases) || intended < r.Phases[t.phase].From {
		return none
	}
	p := &r.Phases[t.phase]
	p.Records++
	p.Bytes += bytes
	if real {
		p.Real++
		if p.SendDelay.RecordValue(int64(now-intended)) != nil {
			r.OutOfRange++
		}
	} else if beat {
		p.Heartbeats++
	}
	return t.phase
}

func (t *tally) countReal(e *event.Due, intended, now time.Duration) {
	r := &t.report
	if r.Real == 0 {
		t.first = span{intended, now}
	}
	t.last = span{intended, now}
	r.Real++
	t.real.Store(r.Real)
	if e.Stamp.Flags&event.FlagDamaged != 0 {
		r.Damaged++
	}
	r.Due = count(r.Due, intended)
	r.Sent = count(r.Sent, now)
}

// count adds one to the second that t lies in; before 0 to the first.
func count(seconds []int64, t time.Duration) []int64 {
	i := max(0, int(t/time.Second))
	for len(seconds) <= i {
		seconds = append(seconds, 0)
	}
	seconds[i]++
	return seconds
}

// promised makes the promise of a slot, once for all records that the slot will carry.
func (d *drive) promised(s *slot) func(*kgo.Record, error) {
	return func(r *kgo.Record, err error) {
		d.answered(s, r, d.Clock.Now().Sub(d.Start), err)
		size := s.size
		if s.done != nil && err == nil { // what was given up may still be on its way
			s.done()
		}
		s.record, s.done = kgo.Record{}, nil // lets go of key and value
		d.slots.Put(s)
		d.inFlight.Add(-size)
	}
}

// answered counts what became of a record.
func (t *tally) answered(s *slot, r *kgo.Record, now time.Duration, err error) {
	a := &t.answers
	a.Lock()
	defer a.Unlock()
	if a.closed {
		return
	}
	var p *PhaseReport
	if s.phase != none {
		p = &a.phases[s.phase]
	}
	if err != nil {
		a.failed++
		if p != nil {
			p.Failed++
		}
		if a.firstFailure == nil {
			a.firstFailure = &ProduceError{Topic: r.Topic, Partition: s.partition, Bytes: s.size, Err: err}
			t.failed.Store(true)
		}
		return
	}
	if e := (epoch{r.ProducerID, r.ProducerEpoch}); a.acked == 0 || e != a.last {
		t.writtenUnder(e)
	}
	a.acked++
	t.acked.Store(a.acked)
	if r.Partition != s.partition {
		a.mismatched++
	}
	if p != nil {
		p.Acked++
		if p.Ack.RecordValue(int64(now-s.sent)) != nil {
			a.outOfRange++
		}
	}
}

// writtenUnder notes an epoch. Partitions go over to a new one each in its time, so the one before may come back for a while.
func (t *tally) writtenUnder(e epoch) {
	a := &t.answers
	a.last = e
	if !slices.Contains(a.epochs, e) {
		a.epochs = append(a.epochs, e)
	}
}

// close completes the report and gives it out, with the first failure.
func (t *tally) close() (Report, error) {
	a := &t.answers
	a.Lock()
	defer a.Unlock()
	a.closed = true
	r := t.report
	r.Acked, r.Failed, r.Mismatched = a.acked, a.failed, a.mismatched
	r.Renewed = max(0, int64(len(a.epochs))-1)
	r.Unresolved = r.Offered - r.Acked - r.Failed
	r.OutOfRange += a.outOfRange
	r.Blocked, r.Starved, r.Saturated = t.blocked, t.starved, t.saturated
	r.RateError = rateError(t.first, t.last)
	for i := range r.Phases {
		from := &a.phases[i]
		r.Phases[i].Acked, r.Phases[i].Failed, r.Phases[i].Ack = from.Acked, from.Failed, from.Ack
	}
	if a.firstFailure != nil {
		return r, a.firstFailure
	}
	return r, nil
}

// rateError compares the time from the first to the last real event as it was with what it was meant to be.
func rateError(first, last span) float64 {
	due, sent := last.due-first.due, last.sent-first.sent
	if due <= 0 || sent <= 0 {
		return 0
	}
	return math.Abs(float64(due)/float64(sent) - 1)
}

func (t *tally) standing(elapsed time.Duration) Progress {
	return Progress{Elapsed: elapsed, Sent: t.real.Load(), Acked: t.acked.Load(), Debt: time.Duration(t.debt.Load()),
		InFlightBytes: t.inFlight.Load()}
}
