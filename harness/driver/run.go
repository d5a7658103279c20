package driver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/pacer"
)

// Times within a drive.
const (
	longestSleep  = 50 * time.Millisecond // between two looks at whether the drive has ended
	fullEvery     = time.Millisecond      // between two looks at a full buffer
	progressEvery = 200 * time.Millisecond
	flushBroken   = 2 * time.Second // wait for acknowledgements of a drive that was broken off
	readEvery     = 16              // sends between two readings of the clock: they take some 10 µs
)

// Run sends a source on its schedule and waits for the acknowledgements. It ends with the source, when the debt passes
// MaxDebt (Report.Saturated, no error), with the first record that the client gives up, or with ctx. The report is
// complete in each case. Errors: *ProduceError, the source's, ctx's cause.
func Run(ctx context.Context, c Config) (Report, error) {
	if err := c.validate(); err != nil {
		return Report{}, fmt.Errorf("offering the input: %w", err)
	}
	d := newDrive(c)
	sending, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	d.sending = sending
	aside, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { d.ahead.run(aside) })
	if c.OnProgress != nil {
		wg.Go(func() { d.progress(aside) })
	}
	err := d.pace(ctx)
	stop()
	wg.Wait()
	if err == nil {
		err = d.ahead.err
	}
	flushed := d.flush(ctx)
	if ctx.Err() != nil {
		err, flushed = context.Cause(ctx), nil
	}
	report, failure := d.close()
	report.Precision = d.Clock.Precision()
	if d.Unpaced {
		report.RateError, report.Blocked, report.Starved = 0, 0, 0
	}
	if failure != nil {
		return report, failure
	}
	return report, errors.Join(err, flushed)
}

func (c *Config) validate() error {
	var errs []error
	if c.Client == nil || c.Source == nil || c.Topic == "" {
		errs = append(errs, errors.New("client, source and topic are needed"))
	}
	if c.Start.IsZero() {
		errs = append(errs, errors.New("the start is not set"))
	}
	if c.BufferBytes < 0 || c.Flush < 0 {
		errs = append(errs, fmt.Errorf("a buffer of %d bytes and a flush of %v: neither may be negative", c.BufferBytes, c.Flush))
	}
	for i, p := range c.Phases {
		if p.To < p.From || i > 0 && p.From < c.Phases[i-1].To {
			errs = append(errs, fmt.Errorf("phase %s [%v, %v): want ascending phases that do not overlap", p.Name, p.From, p.To))
		}
	}
	return errors.Join(errs...)
}

// drive is one call of Run. Its fields belong to the pacing goroutine but for the tally, which promises share.
type drive struct {
	Config
	tally
	ahead   *ahead
	slots   sync.Pool
	sending context.Context // of produce calls: outlives Run's, so that ending a drive fails no record that is on its way
	now     time.Duration   // the clock's last reading, since Start
	unread  int             // sends since then
}

func newDrive(c Config) *drive {
	if c.Clock == nil {
		c.Clock = pacer.NewClock()
	}
	if c.BufferBytes == 0 {
		c.BufferBytes = DefaultBufferBytes
	}
	if c.Flush == 0 {
		c.Flush = DefaultFlush
	}
	d := &drive{Config: c, ahead: newAhead(c.Source)}
	d.init(c)
	d.slots.New = func() any {
		s := &slot{}
		s.promise = d.promised(s)
		return s
	}
	return d
}

// read reads the clock.
func (d *drive) read() time.Duration {
	d.now, d.unread = d.Clock.Now().Sub(d.Start), 0
	return d.now
}

// errEnded stops pacing; why is known elsewhere.
var errEnded = errors.New("the drive has ended")

// pace sends every record when it is due.
func (d *drive) pace(ctx context.Context) error {
	defer d.Clock.Pin()()
	d.read()
	for {
		c, ok := d.nextChunk()
		if !ok {
			return nil
		}
		for i := range c.due {
			if err := d.offer(ctx, &c.due[i]); err != nil {
				if errors.Is(err, errEnded) {
					err = nil
				}
				return err
			}
		}
		d.ahead.done(c)
	}
}

// nextChunk takes the next chunk. If it has to wait for one, the time after the first event in it was due is the
// generator's debt.
func (d *drive) nextChunk() (chunk, bool) {
	select {
	case c, ok := <-d.ahead.chunks:
		return c, ok
	default:
	}
	before := d.read()
	c, ok := <-d.ahead.chunks
	if ok {
		d.starved += max(0, d.read()-max(before, time.Duration(c.due[0].Stamp.Intended)))
	}
	return c, ok
}

// offer waits until a record is due and there is room for it, and sends it. Errors: ctx's cause; errEnded.
func (d *drive) offer(ctx context.Context, e *event.Due) error {
	intended := time.Duration(e.Stamp.Intended)
	if d.unread >= readEvery {
		d.read()
		if err := d.ended(ctx); err != nil {
			return err
		}
	}
	for !d.Unpaced && d.now < intended {
		if d.read() >= intended {
			break
		}
		if err := d.ended(ctx); err != nil {
			return err
		}
		wake := min(max(intended, d.now+pacer.Quantum), d.now+longestSleep)
		d.Clock.WaitUntil(d.Start.Add(wake))
		d.read()
	}
	for full := false; ; full = true {
		if !d.Unpaced {
			d.owe(d.now - intended)
		}
		if d.saturated {
			return errEnded
		}
		if d.fits(e) {
			break
		}
		if !full {
			d.read()
		}
		if err := d.ended(ctx); err != nil {
			return err
		}
		before := d.now
		d.Clock.WaitUntil(d.Start.Add(before + fullEvery))
		d.blocked += d.read() - before
	}
	d.send(e)
	return nil
}

func (d *drive) ended(ctx context.Context) error {
	if d.failed.Load() {
		return errEnded
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// fits reports whether there is room for a record. The client would take any number; holding them back here keeps their
// lateness visible and memory bounded.
func (d *drive) fits(e *event.Due) bool {
	flying := d.inFlight.Load()
	return flying == 0 || flying+sizeOf(e) <= d.BufferBytes
}

// send hands a record to the client.
func (d *drive) send(e *event.Due) {
	s := d.slots.Get().(*slot)
	s.fill(d.Topic, e)
	s.sent, s.partition, s.size = d.now, e.Partition, sizeOf(e)
	s.phase = d.sentAt(e, d.now)
	d.inFlight.Add(s.size)
	d.unread++
	d.Client.Produce(d.sending, &s.record, s.promise)
}

// flush waits until every record is acknowledged or given up.
func (d *drive) flush(ctx context.Context) error {
	limit := d.Flush
	if ctx.Err() != nil || d.failed.Load() {
		ctx, limit = context.WithoutCancel(ctx), flushBroken
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := d.Client.Flush(ctx); err != nil {
		return fmt.Errorf("waiting for the last acknowledgements: %w: %d bytes are without an answer; look into the broker's log, "+
			"or offer less", err, d.inFlight.Load())
	}
	return nil
}

// progress tells where the drive stands until ctx ends.
func (d *drive) progress(ctx context.Context) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.OnProgress(d.standing(d.Clock.Now().Sub(d.Start)))
		case <-ctx.Done():
			return
		}
	}
}
