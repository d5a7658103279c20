package microbatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
)

// batch is what a stage processes and commits as a whole.
type batch struct {
	ID     int64          `json:"id"` // from 1, per stage
	Ranges map[int32]span `json:"ranges"`
}

// span is a range of offsets of one partition: From is in it, To is not.
type span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

func (b batch) ends() map[int32]int64 {
	ends := map[int32]int64{}
	for p, r := range b.Ranges {
		ends[p] = r.To
	}
	return ends
}

// batchLog keeps the last batch begun by a stage, as a JSON file in the plan's state folder. It is written before the
// batch runs; that makes a batch repeatable.
type batchLog struct{ path string }

func newBatchLog(stateDir string, stage int) batchLog {
	return batchLog{filepath.Join(stateDir, fmt.Sprintf("stage-%d.batch", stage))}
}

func (l batchLog) write(b batch) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("logging batch %d: %w", b.ID, err)
	}
	return hop.WriteFile(l.path, text)
}

// read gives the batch begun last; the zero batch if there was none.
func (l batchLog) read() (b batch, err error) {
	text, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return batch{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return batch{}, fmt.Errorf("reading the batch log %s: %w", l.path, err)
	}
	return b, nil
}

// open rebuilds the state of a former life and runs its unfinished batch again. The writer is open.
func (q *query) open(ctx context.Context, p *operator.Program) error {
	committed, err := q.cluster.Committed(ctx, q.topic)
	if err != nil {
		return err
	}
	from := hop.Offsets{}
	q.parts = map[int32]*part{}
	for partition, offset := range committed {
		t, err := newPart(p, partition, offset, q.topic, q.cluster.StateFile(q.stage, partition))
		if err != nil {
			return err
		}
		t.sender = q.writer.Sender(q.stage)
		q.parts[partition] = t
		from.Set(q.topic, partition, t.position)
	}
	if q.reader, err = q.cluster.Reader(from); err != nil {
		return err
	}
	q.log = newBatchLog(q.session.Plan.StateDir, q.stage)
	begun, err := q.log.read()
	if err != nil {
		return err
	}
	return q.resume(ctx, begun, committed)
}

// resume reads back what was final when the former life ended, and then runs the batch that was not.
func (q *query) resume(ctx context.Context, begun batch, committed map[int32]int64) error {
	final, again := batch{Ranges: map[int32]span{}}, batch{ID: begun.ID, Ranges: map[int32]span{}}
	for partition, t := range q.parts {
		end := finalBefore(begun, partition, committed[partition])
		if t.position < end {
			final.Ranges[partition] = span{From: t.position, To: end}
		}
		if r := begun.Ranges[partition]; end < r.To {
			again.Ranges[partition] = span{From: end, To: r.To}
		}
	}
	q.silence(true)
	if _, err := q.process(ctx, final); err != nil {
		return fmt.Errorf("rebuilding state: %w", err)
	}
	q.silence(false)
	q.lastID = begun.ID
	if len(again.Ranges) == 0 {
		return nil
	}
	return q.execute(ctx, again)
}

// finalBefore is the offset before which all is answered for good: the committed one, or the beginning of the batch begun
// last if that is later. Exactly once, batches without any result leave no commit behind, yet they are over when the next
// is begun.
func finalBefore(begun batch, partition int32, committed int64) int64 {
	r, ok := begun.Ranges[partition]
	if !ok || committed >= r.To {
		return committed
	}
	return max(committed, r.From)
}

func (q *query) silence(silent bool) {
	for _, t := range q.parts {
		t.silent = silent
	}
}
