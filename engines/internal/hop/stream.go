package hop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Worker does the work of one stage on one input partition, event at a time.
type Worker interface {
	// Handle takes the next record from start to finish: everything it gives goes to out before Handle returns.
	Handle(in *event.Record, out *Out) error
	// Committed hears that all records before offset are answered for good.
	Committed(offset int64) error
	// From is the offset at which to begin reading; at most the committed one.
	From() int64
	// Foreign counts the records passed over so far because they do not belong to the run.
	Foreign() int64
}

// Out takes what one event gives.
type Out struct {
	sender *Sender
	ack    *Ack
}

// Forward sends a result to the stage's output topic.
func (o *Out) Forward(r *event.Record) { o.sender.Forward(r, o.ack) }

// DeadLetter sends the event to the dead-letter topic.
func (o *Out) DeadLetter(r *event.Record) { o.sender.DeadLetter(r, o.ack) }

// NewWorker makes the worker of one stage and input partition, whose records before committed are answered.
type NewWorker func(stage int, partition int32, committed int64) (Worker, error)

// Stream runs the session's job event at a time until it is drained or ctx ends: the part that knows Kafka. Its tasks own
// partitions (p mod tasks), each through all stages, since a record keeps its partition from hop to hop.
func (c *Cluster) Stream(ctx context.Context, stages int, worker NewWorker) error {
	group, inner := errgroup.WithContext(ctx)
	work, cancel := Grace(inner, StopGrace(c.session.Plan))
	defer cancel()
	tasks, err := c.openTasks(work, stages, worker)
	defer func() {
		for _, t := range tasks {
			t.close()
		}
	}()
	if err != nil {
		return err
	}
	c.session.Status.Ready()
	for _, t := range tasks {
		group.Go(func() error { return t.run(inner, work) })
	}
	return group.Wait()
}

// task owns some partitions of every stage. All its work is done by one goroutine; only acknowledgements come from outside.
type task struct {
	cluster *Cluster
	stages  int
	reader  *Reader
	lanes   map[string]map[int32]*lane // by input topic and partition
	beats   []*beat
	foreign int64
}

// lane is one stage's input partition.
type lane struct {
	partition int32
	topic     string
	worker    Worker
	out       Out
	acks      Acks
	position  int64 // offset of the next record to handle
	end       int64 // records from here on are not handled: the end of a drain
	committed int64
	view      event.Record
}

// beat is a writer, the lanes whose offsets it commits, and when it is next due.
type beat struct {
	writer *Writer
	lanes  []*lane
	next   time.Time
}

// openTasks opens what the tasks work with; what it returns is to be closed, also after an error. The writers of all tasks
// come first: they end transactions of a former life, without which no offset can be known.
func (c *Cluster) openTasks(ctx context.Context, stages int, worker NewWorker) ([]*task, error) {
	tasks := make([]*task, Tasks(c.session.Plan))
	for i := range tasks {
		tasks[i] = &task{cluster: c, stages: stages, lanes: map[string]map[int32]*lane{}}
	}
	for i, t := range tasks {
		if err := t.openWriters(ctx, i); err != nil {
			return tasks, err
		}
	}
	for stage := range stages {
		topic := c.session.Plan.Topics.StageInput(stage)
		committed, err := c.Committed(ctx, topic)
		if err != nil {
			return tasks, err
		}
		for i, t := range tasks {
			if err := t.openLanes(stage, Owned(i, len(tasks), c.session.Plan.Partitions), committed, worker); err != nil {
				return tasks, err
			}
		}
	}
	for _, t := range tasks {
		if err := t.openReader(); err != nil {
			return tasks, err
		}
	}
	return tasks, nil
}

// openWriters opens one writer for all stages if results are written at least once. Exactly once, each stage has its own,
// for what a stage writes must be committed before the next stage can read it.
func (t *task) openWriters(ctx context.Context, id int) error {
	n := 1
	if t.cluster.ExactlyOnce() {
		n = t.stages
	}
	now, interval := t.cluster.session.Now(), t.interval()
	for i := range n {
		w, err := t.cluster.Writer(ctx, i, id)
		if err != nil {
			return err
		}
		// Neighbouring stages commit half an interval apart, so a record waits half an interval at each hop: what clocks
		// that know nothing of each other give on average. In step, it would wait a whole one.
		t.beats = append(t.beats, &beat{writer: w, next: now.Add(interval + time.Duration(i)*interval/2)})
	}
	return nil
}

// beatOf is the writer of a stage.
func (t *task) beatOf(stage int) *beat { return t.beats[min(stage, len(t.beats)-1)] }

func (t *task) openLanes(stage int, partitions []int32, committed map[int32]int64, worker NewWorker) error {
	topic := t.cluster.session.Plan.Topics.StageInput(stage)
	b := t.beatOf(stage)
	t.lanes[topic] = map[int32]*lane{}
	for _, p := range partitions {
		w, err := worker(stage, p, committed[p])
		if err != nil {
			return err
		}
		l := &lane{partition: p, topic: topic, worker: w, out: Out{sender: b.writer.Sender(stage)}, position: w.From(),
			end: math.MaxInt64, committed: committed[p]}
		l.acks.Skip(l.position - 1)
		t.lanes[topic][p] = l
		b.lanes = append(b.lanes, l)
	}
	return nil
}

func (t *task) openReader() (err error) {
	from := Offsets{}
	for topic, lanes := range t.lanes {
		for p, l := range lanes {
			from.Set(topic, p, l.position)
		}
	}
	t.reader, err = t.cluster.Reader(from)
	return err
}

func (t *task) close() {
	for _, b := range t.beats {
		b.writer.Close()
	}
	if t.reader != nil {
		t.reader.Close()
	}
}

func (t *task) interval() time.Duration {
	return Interval(t.cluster.session.Plan.CommitIntervalMS, 100*time.Millisecond)
}

// run handles records until the drain line, drains, and leaves nothing running behind. When it is only told to stop, it
// finishes what has been handled under work, which outlives ctx for a while.
func (t *task) run(ctx, work context.Context) error {
	work, cancel := context.WithCancel(work)
	err := t.handleAll(ctx, work)
	if errors.Is(err, context.Canceled) {
		err = errors.Join(err, t.finishAll(work))
	}
	cancel()
	for _, b := range t.beats {
		_, _ = b.writer.Settle() // after an error: a commit still in the background ends with work
	}
	t.countForeign()
	return err
}

// handleAll handles records until the drain line, then drains stage by stage.
func (t *task) handleAll(ctx, work context.Context) error {
	for !closed(t.cluster.session.Drain) {
		if err := t.step(ctx, work); err != nil {
			return err
		}
	}
	for stage := range t.stages {
		if err := t.drain(ctx, work, stage); err != nil {
			return err
		}
	}
	return nil
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// PollLimit is how many records Stream takes of a poll at most, for which commits may have to wait; pollWait how long a drain line may wait
// for the end of an idle poll.
const (
	PollLimit = 4096
	pollWait  = 100 * time.Millisecond
)

// step handles what has arrived, or waits for it until the next commit is due, and commits what is due.
func (t *task) step(ctx, work context.Context) error {
	wait := pollWait
	now := t.cluster.session.Now()
	for _, b := range t.beats {
		wait = min(wait, b.next.Sub(now))
	}
	poll, cancel := context.WithTimeout(ctx, max(wait, 0))
	err := t.reader.Poll(poll, PollLimit, t.handle)
	cancel()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = t.commitDue(work)
	}
	return err
}

// handle takes the records of one partition one by one.
func (t *task) handle(got Fetched) error {
	l := t.lanes[got.Topic][got.Partition]
	for _, r := range got.Records {
		if r.Offset >= l.end {
			break
		}
		l.position = r.Offset + 1
		if r.Attrs.IsControl() {
			l.acks.Skip(r.Offset)
			continue
		}
		ack := l.acks.Begin(r.Offset)
		l.out.ack = ack
		if err := l.worker.Handle(View(&l.view, r), &l.out); err != nil {
			return InTopic(err, got.Topic)
		}
		ack.Done()
	}
	Forget(&l.view)
	return nil
}

func (t *task) commitDue(ctx context.Context) error {
	now := t.cluster.session.Now()
	for _, b := range t.beats {
		if now.Before(b.next) {
			continue
		}
		for !now.Before(b.next) { // a beat missed is not made up for
			b.next = b.next.Add(t.interval())
		}
		if err := t.commit(ctx, b); err != nil {
			return err
		}
		t.countForeign()
	}
	return nil
}

// commit commits what is acknowledged, exactly once after waiting for all that has been sent.
func (t *task) commit(ctx context.Context, b *beat) error {
	if t.cluster.ExactlyOnce() {
		if err := b.writer.Flush(ctx); err != nil {
			return err
		}
	}
	done, err := b.writer.Commit(ctx, b.answered())
	if err != nil {
		return err
	}
	return b.committed(done)
}

// answered gives the offsets that may be committed, for lanes that have got on.
func (b *beat) answered() Offsets {
	at := Offsets{}
	for _, l := range b.lanes {
		if prefix := l.acks.Prefix(); prefix > l.committed {
			at.Set(l.topic, l.partition, prefix)
		}
	}
	return at
}

func (b *beat) committed(at Offsets) error {
	for _, l := range b.lanes {
		if o, ok := at[l.topic][l.partition]; ok && o > l.committed {
			l.committed = o
			if err := l.worker.Committed(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// drain takes a stage to the end of its input as of now, and commits it. The stages before are through, so nothing more
// will come; the stages behind go on meanwhile. The end is the high watermark also under exactly-once: a transaction of
// the stage before may be committed and yet not be readable, and must be waited for.
func (t *task) drain(ctx, work context.Context, stage int) error {
	topic := t.cluster.session.Plan.Topics.StageInput(stage)
	ends, err := t.cluster.Ends(ctx, topic)
	if err != nil {
		return err
	}
	for p, l := range t.lanes[topic] {
		l.end = ends[p]
	}
	for !drained(t.lanes[topic]) {
		if err := t.step(ctx, work); err != nil {
			return err
		}
	}
	return t.finish(work, t.beatOf(stage))
}

func drained(lanes map[int32]*lane) bool {
	for _, l := range lanes {
		if l.position < l.end {
			return false
		}
	}
	return true
}

// finish waits until everything sent is acknowledged, and commits it.
func (t *task) finish(ctx context.Context, b *beat) error {
	if err := b.writer.Flush(ctx); err != nil {
		return err
	}
	if err := b.settle(); err != nil {
		return err
	}
	if err := t.commit(ctx, b); err != nil {
		return err
	}
	return b.settle()
}

// settle waits for the commit in the background.
func (b *beat) settle() error {
	at, err := b.writer.Settle()
	if err != nil {
		return err
	}
	return b.committed(at)
}

// finishAll finishes the writers one after the other.
func (t *task) finishAll(ctx context.Context) error {
	for _, b := range t.beats {
		if err := t.finish(ctx, b); err != nil {
			return fmt.Errorf("stopping: %w", err)
		}
	}
	return nil
}

// countForeign reports records passed over since the last time.
func (t *task) countForeign() {
	var n int64
	for _, lanes := range t.lanes {
		for _, l := range lanes {
			n += l.worker.Foreign()
		}
	}
	t.cluster.AddForeign(n - t.foreign)
	t.foreign = n
}
