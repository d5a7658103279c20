package microbatch

import (
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/harness/event"
)

// part is one input partition of a query: its state, and how far its batches have come. In a batch it is used by one
// goroutine at a time.
type part struct {
	topic    string
	chain    *operator.Chain
	sender   *hop.Sender
	emit     operator.Emit // sends results
	silent   bool          // results are suppressed: they were written in a former life
	file     hop.StateFile
	position int64 // where the next batch begins
	saved    int64 // offset of the last state file
	view     event.Record
}

// newPart makes the partition with the saved state, if there is some that does not run ahead of committed. position is
// then where the state ends.
func newPart(p *operator.Program, partition int32, committed int64, topic string, file hop.StateFile) (*part, error) {
	chain, err := p.Chain(partition)
	if err != nil {
		return nil, err
	}
	t := &part{topic: topic, chain: chain, file: file, position: committed}
	if chain.Stateful() {
		t.position, err = file.Restore(committed, chain.Restore)
	}
	t.saved = t.position
	t.emit = t.send
	return t, err
}

func (t *part) send(to operator.Destination, r *event.Record) {
	switch {
	case t.silent:
	case to == operator.DeadLetter:
		t.sender.DeadLetter(r, nil)
	default:
		t.sender.Forward(r, nil)
	}
}

// process takes records through the stage. The watermark stands still.
func (t *part) process(got hop.Fetched) error {
	for _, r := range got.Records {
		if r.Attrs.IsControl() {
			continue
		}
		if err := t.chain.Process(hop.View(&t.view, r), t.emit); err != nil {
			return hop.InTopic(err, t.topic)
		}
	}
	hop.Forget(&t.view)
	return nil
}

// advance ends a batch: the watermark moves, and windows close.
func (t *part) advance(to int64) {
	t.chain.Advance(t.emit)
	t.position = to
}

// save writes the state down if that is due. Its offset is committed.
func (t *part) save() error {
	if !t.chain.SnapshotDue(t.position - t.saved) {
		return nil
	}
	t.saved = t.position
	return t.file.Save(t.chain.ReadFrom(t.position), t.chain.Snapshot())
}
