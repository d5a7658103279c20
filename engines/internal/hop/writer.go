package hop

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Writer produces results and commits the input offsets they answer, under the plan's guarantee. At least once, results go
// out at once and offsets are committed after them. Exactly once, results and offsets become visible together when the
// transaction that holds both is committed. Commit and Flush belong to one goroutine.
type Writer struct {
	cluster   *Cluster
	client    *kgo.Client
	release   func() bool // from the context that closes the writer
	txnID     string      // empty: at least once
	failure   atomic.Pointer[error]
	produced  atomic.Bool // something is in the open transaction
	unsettled chan settled
	inFlight  bool // a commit runs in the background
}

// settled is how a commit in the background ended.
type settled struct {
	offsets Offsets
	err     error
}

// Writer makes a writer. Under exactly-once its transactional id is `<prefix>.<stage>-<task>`: a fixed one, so that a
// restarted engine ends what its former life left open. At least once, stage and task mean nothing. When ctx ends, the
// writer is closed, so that nobody waits in Forward for a broker that is gone.
func (c *Cluster) Writer(ctx context.Context, stage, task int) (*Writer, error) {
	w := &Writer{cluster: c, unsettled: make(chan settled, 1)} // 1: the one commit in flight never waits for a reader
	if c.ExactlyOnce() {
		w.txnID = fmt.Sprintf("%s.%d-%d", c.session.Plan.Prefix, stage, task)
	}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	w.release = context.AfterFunc(ctx, w.client.Close)
	return w, nil
}

func (w *Writer) open(ctx context.Context) (err error) {
	if w.txnID == "" {
		w.client, err = w.cluster.dial()
		return err
	}
	if w.client, err = w.cluster.transactional(w.txnID); err != nil {
		return err
	}
	// Not left to the first record: until the id is initialised, a transaction of a former life holds back every reader.
	if _, _, err = w.client.ProducerID(ctx); err == nil {
		err = w.client.BeginTransaction()
	}
	if err != nil {
		w.client.Close()
		return fmt.Errorf("initialising transactional id %q: %w", w.txnID, err)
	}
	return nil
}

// Close drops what is still buffered or in an open transaction.
func (w *Writer) Close() {
	w.release()
	w.client.Close()
}

// Err is the first failure to write, or nil.
func (w *Writer) Err() error {
	if p := w.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// Sender sends the results of one stage from one goroutine.
type Sender struct {
	w             *Writer
	forward, dead string
	records       records
	written       func(*kgo.Record, error)
}

// Sender makes a sender to the stage's output topic and the dead-letter topic.
func (w *Writer) Sender(stage int) *Sender {
	topics := w.cluster.session.Plan.Topics
	return &Sender{w: w, forward: topics.StageOutput(stage), dead: topics.DeadLetter, written: w.written}
}

// Forward sends r to the stage's output. ack, if not nil, is told when the broker has it. It waits while the client's
// buffer is full: that is the engine's backpressure.
func (s *Sender) Forward(r *event.Record, ack *Ack) { s.send(s.forward, r, ack) }

// DeadLetter sends r to the dead-letter topic.
func (s *Sender) DeadLetter(r *event.Record, ack *Ack) { s.send(s.dead, r, ack) }

func (s *Sender) send(topic string, r *event.Record, ack *Ack) {
	done := s.written
	if ack != nil {
		ack.Add()
		done = func(rec *kgo.Record, err error) {
			if s.w.written(rec, err); err == nil {
				ack.Done()
			}
		}
	}
	large := len(r.Value) >= largeFetch
	if large {
		s.w.alone()
		debug.FreeOSMemory() // the request copies it: what the fetches of its parts left makes room
	}
	s.w.client.Produce(nil, s.records.next(topic, r), done) //nolint:staticcheck // nil: until the client is closed
	if large {
		s.w.alone()
	}
}

// alone waits until the broker has all that was sent, so that a large record has a request to itself: its buffer has no room behind it, and
// for records of other partitions would be made anew, a quarter larger, with the old one still there.
func (w *Writer) alone() {
	_ = w.Flush(context.Background()) // ends with the client; what failed is in failure
}

// written hears how producing a record ended, which nobody needs from then on.
func (w *Writer) written(r *kgo.Record, err error) {
	defer release(r)
	if err != nil {
		err = fmt.Errorf("writing to topic %q partition %d: %w", r.Topic, r.Partition, err)
		w.failure.CompareAndSwap(nil, &err)
		return
	}
	if w.txnID != "" && !w.produced.Load() {
		w.produced.Store(true)
	}
}

// Flush waits until everything sent is safe with the broker. The client itself would wait on, were it closed meanwhile.
func (w *Writer) Flush(ctx context.Context) error {
	open, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(w.client.Context(), func() { cancel(kgo.ErrClientClosed) })()
	if err := w.client.Flush(open); err != nil {
		return fmt.Errorf("flushing: %w", context.Cause(open))
	}
	return w.Err()
}

// Commit commits input offsets and gives those that are known to be committed now.
//
// At least once, the request runs in the background, one at a time, so that a commit delays no event: what it gives is the
// outcome of an earlier call. Exactly once, it ends the transaction of everything sent so far (flushed before) together
// with the offsets and begins the next. A transaction without results is not ended: its offsets wait for the next, and a
// restart would read events again that had no answer.
func (w *Writer) Commit(ctx context.Context, at Offsets) (Offsets, error) {
	if err := w.Err(); err != nil {
		return nil, err
	}
	if w.txnID != "" {
		if !w.produced.Load() {
			return nil, nil
		}
		return at, w.commitTransaction(ctx, at)
	}
	var last settled
	if w.inFlight {
		select {
		case last = <-w.unsettled:
			w.inFlight = false
		default:
			return nil, nil
		}
	}
	if last.err == nil && len(at) > 0 {
		w.inFlight = true
		go func() { w.unsettled <- settled{at, w.commitOffsets(ctx, at)} }()
	}
	return last.offsets, last.err
}

// Settle waits for the commit in the background, if there is one, and gives its offsets.
func (w *Writer) Settle() (Offsets, error) {
	if !w.inFlight {
		return nil, nil
	}
	last := <-w.unsettled
	w.inFlight = false
	return last.offsets, last.err
}

// CommitNow is Commit, finished when it returns.
func (w *Writer) CommitNow(ctx context.Context, at Offsets) (Offsets, error) {
	if at, err := w.Commit(ctx, at); err != nil || w.txnID != "" {
		return at, err
	}
	return w.Settle()
}

func (w *Writer) commitOffsets(ctx context.Context, at Offsets) error {
	offsets := kadm.Offsets{}
	for topic, partitions := range at {
		for p, o := range partitions {
			offsets.AddOffset(topic, p, o, -1)
		}
	}
	err := retry(ctx, w.cluster.client, func() error { return w.cluster.admin.CommitAllOffsets(ctx, w.cluster.group(), offsets) })
	if err != nil {
		return fmt.Errorf("committing offsets in group %q: %w", w.cluster.group(), err)
	}
	return nil
}

// commitTransaction adds the offsets to the open transaction, commits it and begins the next.
func (w *Writer) commitTransaction(ctx context.Context, at Offsets) error {
	err := w.offsetsToTransaction(ctx, at)
	if err == nil {
		err = w.client.EndTransaction(ctx, kgo.TryCommit)
	}
	if err == nil {
		w.produced.Store(false)
		err = w.client.BeginTransaction()
	}
	if err != nil {
		return fmt.Errorf("committing the transaction of %q: %w", w.txnID, err)
	}
	return nil
}

// offsetsToTransaction does by hand what a group transact session of the client would: the offsets are committed as
// generation -1, for nobody is a member of the group. Fencing is left to the transactional id.
func (w *Writer) offsetsToTransaction(ctx context.Context, at Offsets) error {
	id, epoch, err := w.client.ProducerID(ctx)
	if err != nil {
		return err
	}
	add := kmsg.NewAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = w.txnID, id, epoch, w.cluster.group()
	err = retry(ctx, w.client, func() error {
		resp, err := add.RequestWith(ctx, w.client)
		if err != nil {
			return err
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	})
	if err != nil {
		return fmt.Errorf("adding offsets: %w", err)
	}
	commit := kmsg.NewTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch, commit.Group = w.txnID, id, epoch, w.cluster.group()
	commit.Topics = commitTopics(at)
	return retry(ctx, w.client, func() error {
		resp, err := commit.RequestWith(ctx, w.client)
		if err != nil {
			return err
		}
		return commitErrors(resp)
	})
}

func commitTopics(at Offsets) []kmsg.TxnOffsetCommitRequestTopic {
	var topics []kmsg.TxnOffsetCommitRequestTopic
	for topic, partitions := range at {
		t := kmsg.NewTxnOffsetCommitRequestTopic()
		t.Topic = topic
		for p, o := range partitions {
			tp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			tp.Partition, tp.Offset = p, o
			t.Partitions = append(t.Partitions, tp)
		}
		topics = append(topics, t)
	}
	return topics
}

func commitErrors(resp *kmsg.TxnOffsetCommitResponse) error {
	var errs []error
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				errs = append(errs, fmt.Errorf("offset of topic %q partition %d: %w", t.Topic, p.Partition, err))
			}
		}
	}
	return errors.Join(errs...)
}
