package driver

import (
	"container/heap"
	"io"
	"sync/atomic"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// carried holds the records of messages that have begun, until they are due: while a large one comes over its device's
// link, records of other devices go between. A device has one link, so its messages come one after the other.
type carried struct {
	carrier payload.Carrier
	link    float64
	free    map[uint32]int64 // by device: when its link is free again, ns from the trial's start
	waiting waiting
	number  uint64
	message payload.Message
	records []event.Due
}

// nextCarried yields the next record of a source with a carrier. Errors: io.EOF, the carrier's.
func (s *source) nextCarried(d *event.Due, beating bool) error {
	for s.more && (!beating || s.real < s.beat) && s.carried.before(s.real) {
		s.nextReal(d)
		if err := s.carried.take(d); err != nil {
			return err
		}
	}
	switch {
	case s.carried.ready(s.beat, beating):
		*d = heap.Pop(&s.carried.waiting).(pending).Due
	case beating:
		s.nextBeat(d)
	default:
		return io.EOF
	}
	return nil
}

// before reports whether a message that begins at t may have a record due before the first that waits.
func (c *carried) before(t time.Duration) bool {
	return len(c.waiting) == 0 || int64(t) <= c.waiting[0].Stamp.Intended
}

// ready reports whether the first record that waits comes before the next heartbeat.
func (c *carried) ready(beat time.Duration, beating bool) bool {
	return len(c.waiting) > 0 && (!beating || c.waiting[0].Stamp.Intended < int64(beat))
}

// take puts the records of a message among those that wait.
func (c *carried) take(d *event.Due) (err error) {
	m := &c.message
	m.Due, m.Link = *d, c.link
	m.Stamp.Intended = max(m.Stamp.Intended, c.free[m.Stamp.Device])
	c.free[m.Stamp.Device] = m.At(len(m.Value))
	if c.records, err = c.carrier.Carry(c.records[:0], m); err != nil {
		return err
	}
	if m.Done != nil {
		share(m.Done, c.records)
	}
	for _, r := range c.records {
		c.number++
		heap.Push(&c.waiting, pending{r, c.number})
	}
	clear(c.records)
	m.Due = event.Due{}
	return nil
}

// share lets the last of the records that have a message's memory give it back. Where none has, as of one in a store, that is now: what
// refers to it is short, and may be due much later.
func share(done func(), records []event.Due) {
	var left atomic.Int64
	for i := range records {
		if records[i].Done == nil {
			continue
		}
		left.Add(1)
		records[i].Done = func() {
			if left.Add(-1) == 0 {
				done()
			}
		}
	}
	if left.Load() == 0 {
		done()
	}
}

// pending is a record and its place among those due at the same time.
type pending struct {
	event.Due
	number uint64
}

// waiting is a heap of records, the first due on top.
type waiting []pending

func (w waiting) Len() int      { return len(w) }
func (w waiting) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w waiting) Less(i, j int) bool {
	if a, b := w[i].Stamp.Intended, w[j].Stamp.Intended; a != b {
		return a < b
	}
	return w[i].number < w[j].number
}

func (w *waiting) Push(x any) { *w = append(*w, x.(pending)) }

func (w *waiting) Pop() any {
	last := len(*w) - 1
	p := (*w)[last]
	(*w)[last] = pending{}
	*w = (*w)[:last]
	return p
}
