package microbatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
)

// query runs one stage, batch after batch.
type query struct {
	cluster  *hop.Cluster
	session  *engines.Session
	stage    int
	topic    string // of the input
	limit    int64  // records of one partition in a batch
	workers  int    // partitions processed at the same time
	interval time.Duration
	next     time.Time // when the next batch begins
	reader   *hop.Reader
	writer   *hop.Writer
	log      batchLog
	lastID   int64
	parts    map[int32]*part
	foreign  int64
}

// run begins a batch at every interval until the stage before has finished, and then runs a last one to the end of the
// input. It closes finished when everything is committed. A batch once begun is run under work, which outlives ctx for a
// while, so that an orderly stop does not leave half a batch behind.
func (q *query) run(ctx, work context.Context, upstream <-chan struct{}, finished chan<- struct{}) error {
	for {
		last := false
		timer := time.NewTimer(q.next.Sub(q.session.Now()))
		select {
		case <-ctx.Done():
		case <-upstream:
			last = true
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if last {
			if err := q.drain(work); err != nil {
				return err
			}
			close(finished)
			return nil
		}
		if err := q.trigger(work); err != nil {
			return err
		}
		q.schedule()
	}
}

// schedule sets the time of the next batch: a multiple of the interval. One that was missed because a batch took longer is
// made up for at once, others in between are left out.
func (q *query) schedule() {
	now := q.session.Now()
	q.next = q.next.Add(q.interval)
	for !now.Before(q.next.Add(q.interval)) {
		q.next = q.next.Add(q.interval)
	}
}

// trigger runs a batch of what can be read now, if there is anything.
func (q *query) trigger(ctx context.Context) error {
	ends, err := q.cluster.Readable(ctx, q.topic)
	if err != nil {
		return err
	}
	if b, ok := q.cut(ends); ok {
		return q.execute(ctx, b)
	}
	return nil
}

// drain runs batches until the end of the input as of now is reached. That is the high watermark also under exactly-once:
// a batch of the stage before may be committed and yet not be readable, and must be waited for.
func (q *query) drain(ctx context.Context) error {
	ends, err := q.cluster.Ends(ctx, q.topic)
	if err != nil {
		return err
	}
	for {
		b, ok := q.cut(ends)
		if !ok {
			return nil
		}
		if err := q.execute(ctx, b); err != nil {
			return err
		}
	}
}

// cut makes the next batch: of each partition what lies between its position and the end, limit records at most. ok is
// false if that is nothing.
func (q *query) cut(ends map[int32]int64) (b batch, ok bool) {
	b = batch{ID: q.lastID + 1, Ranges: map[int32]span{}}
	for p, part := range q.parts {
		if end := min(ends[p], part.position+q.limit); end > part.position {
			b.Ranges[p] = span{From: part.position, To: end}
		}
	}
	return b, len(b.Ranges) > 0
}

// execute logs, runs and commits a batch.
func (q *query) execute(ctx context.Context, b batch) error {
	if err := q.log.write(b); err != nil {
		return err
	}
	start := q.session.Now()
	records, err := q.process(ctx, b)
	if err == nil {
		err = q.commit(ctx, b)
	}
	if err != nil {
		return fmt.Errorf("batch %d of stage %d: %w", b.ID, q.stage, err)
	}
	q.lastID = b.ID
	if records > 0 {
		q.session.Status.Say(engines.Line{Type: engines.LineBatch, ID: b.ID, Stage: q.stage, Records: records, Start: start,
			End: q.session.Now()})
	}
	q.countForeign()
	return nil
}

// process takes the records of the batch through the stage, partitions in parallel and each in order, and then moves the
// watermarks. Records are handled while the rest of the batch is still being read, so a batch needs no memory of its size.
func (q *query) process(ctx context.Context, b batch) (records int64, err error) {
	err = q.reader.ReadTo(ctx, q.topic, b.ends(), func(round []hop.Fetched) error {
		for _, got := range round {
			records += got.Data()
		}
		return q.parallel(len(round), func(i int) error {
			return q.parts[round[i].Partition].process(round[i])
		})
	})
	if err != nil {
		return records, err
	}
	parts := slices.Sorted(maps.Keys(b.Ranges))
	return records, q.parallel(len(parts), func(i int) error {
		q.parts[parts[i]].advance(b.Ranges[parts[i]].To)
		return nil
	})
}

// parallel calls f for 0 to n-1, workers of them at the same time.
func (q *query) parallel(n int, f func(i int) error) error {
	if n == 1 {
		return f(0)
	}
	var group errgroup.Group
	group.SetLimit(q.workers)
	for i := range n {
		group.Go(func() error { return f(i) })
	}
	return group.Wait()
}

// commit makes the batch final, and writes state down where that is due.
func (q *query) commit(ctx context.Context, b batch) error {
	if err := q.writer.Flush(ctx); err != nil {
		return err
	}
	at := hop.Offsets{}
	for p, r := range b.Ranges {
		at.Set(q.topic, p, r.To)
	}
	committed, err := q.writer.CommitNow(ctx, at)
	if err != nil {
		return err
	}
	for p := range committed[q.topic] {
		if err := q.parts[p].save(); err != nil {
			return err
		}
	}
	return nil
}

// countForeign reports records passed over since the last time.
func (q *query) countForeign() {
	var n int64
	for _, p := range q.parts {
		n += p.chain.Foreign()
	}
	q.cluster.AddForeign(n - q.foreign)
	q.foreign = n
}

func (q *query) close() {
	if q.writer != nil {
		q.writer.Close()
	}
	if q.reader != nil {
		q.reader.Close()
	}
}
