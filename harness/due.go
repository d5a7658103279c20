package harness

import (
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// dueStep is the resolution at which due events are counted: the phases begin and end with a step, or the scenario is refused.
const dueStep = time.Duration(scenario.PhaseStep) * time.Millisecond

// counted passes a source on and counts the real events that must be answered, by the time they were due. A repeat of an
// identity needs no answer of its own.
type counted struct {
	src  event.Source
	next map[uint32]uint64 // by device: the sequence not yet seen
	due  []int64           // by dueStep from the trial's start
	sum  []int64           // by the same steps: of the times from a step's begin until its events are due, ns
}

func newCounted(src event.Source) *counted {
	return &counted{src: src, next: map[uint32]uint64{}}
}

// Next yields the source's next record.
func (c *counted) Next(d *event.Due) error {
	if err := c.src.Next(d); err != nil {
		return err
	}
	s := &d.Stamp
	if d.Part && d.Chunk.Index+1 < d.Chunk.Count { // its message is due with the last chunk
		return nil
	}
	if s.Flags&(event.FlagHeartbeat|event.FlagProbe) != 0 || s.Seq < c.next[s.Device] {
		return nil
	}
	c.next[s.Device] = s.Seq + 1
	i := int(s.Intended / int64(dueStep))
	for len(c.due) <= i {
		c.due, c.sum = append(c.due, 0), append(c.sum, 0)
	}
	c.due[i]++
	c.sum[i] += s.Intended % int64(dueStep)
	return nil
}

// phases cuts the trial by intended time and counts what was due in each. In the drain phase nothing real is due but messages
// that began before it and were still on their way over the link of their device.
func phases(t timeline, due []int64) []result.Phase {
	cuts := []struct {
		name string
		from time.Duration
		to   time.Duration
	}{
		{"warmup", 0, t.warmup},
		{"measure", t.warmup, t.warmup + t.measure},
		{"drain", t.warmup + t.measure, t.warmup + t.measure + t.tail},
	}
	var all []result.Phase
	for _, c := range cuts {
		p := result.Phase{Name: c.name, From: int64(c.from), To: int64(c.to)}
		for i := c.from / dueStep; i < c.to/dueStep && int(i) < len(due); i++ {
			p.Count += due[i]
		}
		all = append(all, p)
	}
	return all
}

// beyond counts what was due after all phases.
func beyond(phases []result.Phase, due []int64) int64 {
	var n int64
	for _, d := range due {
		n += d
	}
	for _, p := range phases {
		n -= p.Count
	}
	return n
}
