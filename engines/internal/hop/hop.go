// Package hop is the Kafka plumbing that the engines written in Go share: reading the input partitions of a stage from
// committed offsets, writing its results under a guarantee, committing, finding ends for a drain, and keeping state files.
// It knows no operators; what a record means is the engine's affair. So the engine packages can read like a description of
// their execution models.
//
// Partitions are assigned by hand and offsets are committed without a group membership: there is no rebalance, and an
// engine that was killed goes on as soon as it is started again.
package hop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/event"
)

// Offsets maps topic and partition to the offset of the next record.
type Offsets map[string]map[int32]int64

// Set puts the offset of one partition.
func (o Offsets) Set(topic string, partition int32, at int64) {
	if o[topic] == nil {
		o[topic] = map[int32]int64{}
	}
	o[topic][partition] = at
}

// Cluster is Kafka as one engine in one trial sees it. Safe for concurrent use.
type Cluster struct {
	session *engines.Session
	client  *kgo.Client
	admin   *kadm.Client
	foreign atomic.Int64
}

// Connect makes the engine's view of the plan's brokers. Close it after use.
func Connect(s *engines.Session) (*Cluster, error) {
	c := &Cluster{session: s}
	client, err := c.dial()
	if err != nil {
		return nil, err
	}
	c.client, c.admin = client, kadm.NewClient(client)
	return c, nil
}

// Close closes the view, not the readers and writers made by it.
func (c *Cluster) Close() { c.client.Close() }

// ExactlyOnce reports the plan's guarantee.
func (c *Cluster) ExactlyOnce() bool { return c.session.Plan.Guarantee == engines.ExactlyOnce }

// group is the consumer group whose offsets are the engine's committed positions. Nothing ever joins it.
func (c *Cluster) group() string { return c.session.Plan.Prefix }

// dial makes a client with the settings all engines share, and further ones.
func (c *Cluster) dial(opts ...kgo.Opt) (*kgo.Client, error) {
	plan := c.session.Plan
	client, err := c.session.Dial(append(options(plan), opts...)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %v: %w", plan.Brokers.Bootstrap, err)
	}
	return client, nil
}

// transactional makes a client that produces in transactions. TxnOffsetCommit is held at version 4, whose protocol (offsets
// are added to the transaction first) every broker speaks; from version 5 it depends on a feature of the cluster.
func (c *Cluster) transactional(id string) (*kgo.Client, error) {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(txnOffsetCommitKey, 4)
	return c.dial(kgo.TransactionalID(id), kgo.TransactionTimeout(TransactionTimeout(c.session.Plan)), kgo.MaxVersions(versions))
}

const txnOffsetCommitKey = 28

// TransactionTimeout is that of every engine, and 10 minutes at least where a request with a large record, or the reading of a message
// from a store, may take half of that: a task that waits for it commits nothing. An engine that stands still for longer, with a
// transaction open, finds it aborted and itself fenced: it ends with that fault, and its next life goes on.
func TransactionTimeout(p engines.Plan) (timeout time.Duration) {
	if p.Limits.MaxRecordBytes > broker.LargeRecord || p.Store != nil {
		timeout = 10 * time.Minute
	}
	return engines.TransactionTimeout(p, timeout)
}

// Committed gives the committed offsets of each partition of a topic, 0 for partitions without one. Under exactly-once it waits until no
// transaction is open that might change them.
func (c *Cluster) Committed(ctx context.Context, topic string) (map[int32]int64, error) {
	offsets := map[int32]int64{}
	for p := range c.session.Plan.Partitions {
		offsets[p] = 0
	}
	err := retry(ctx, c.client, func() error {
		got, err := c.admin.FetchOffsetsForTopics(kadm.RequireStable(ctx), c.group(), topic)
		if errors.Is(err, kerr.GroupIDNotFound) { // nothing has been committed yet
			return nil
		}
		if err != nil {
			return err
		}
		if err := got.Error(); err != nil {
			return err
		}
		got.Each(func(o kadm.OffsetResponse) { offsets[o.Partition] = max(0, o.At) })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fetching committed offsets of topic %q in group %q: %w", topic, c.group(), err)
	}
	return offsets, nil
}

// Ends gives the high watermark of each partition of a topic as of now: the offset after the last record, whether or not
// its transaction is committed.
func (c *Cluster) Ends(ctx context.Context, topic string) (map[int32]int64, error) {
	return c.list(ctx, topic, c.admin.ListEndOffsets)
}

// Readable gives the offset of each partition up to which it can be read as of now: under exactly-once the last stable
// offset, before the first record of a transaction still open; otherwise the end.
func (c *Cluster) Readable(ctx context.Context, topic string) (map[int32]int64, error) {
	if c.ExactlyOnce() {
		return c.list(ctx, topic, c.admin.ListCommittedOffsets)
	}
	return c.Ends(ctx, topic)
}

func (c *Cluster) list(ctx context.Context, topic string,
	list func(context.Context, ...string) (kadm.ListedOffsets, error)) (map[int32]int64, error) {
	offsets := map[int32]int64{}
	err := retry(ctx, c.client, func() error {
		got, err := list(ctx, topic)
		if err != nil {
			return err
		}
		if err := got.Error(); err != nil {
			return err
		}
		got.Each(func(o kadm.ListedOffset) { offsets[o.Partition] = o.Offset })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing end offsets of topic %q: %w", topic, err)
	}
	if len(offsets) != int(c.session.Plan.Partitions) {
		return nil, fmt.Errorf("topic %q has %d partitions, the plan says %d", topic, len(offsets), c.session.Plan.Partitions)
	}
	return offsets, nil
}

// EachRegistry reads the registry topic to its end and calls f for each record. A job without registry has no topic.
func (c *Cluster) EachRegistry(ctx context.Context, f func(*event.Record) error) error {
	topic := c.session.Plan.Topics.Registry
	if topic == "" {
		return nil
	}
	ends, err := c.Ends(ctx, topic)
	if err != nil {
		return err
	}
	from := map[int32]int64{}
	for p := range ends {
		from[p] = 0
	}
	r, err := c.Reader(Offsets{topic: from})
	if err != nil {
		return err
	}
	defer r.Close()
	var view event.Record
	return r.ReadTo(ctx, topic, ends, func(round []Fetched) error {
		for _, fetched := range round {
			for _, rec := range fetched.Records {
				if err := f(View(&view, rec)); err != nil {
					return InTopic(err, topic)
				}
			}
		}
		return nil
	})
}

// AddForeign counts records that were passed over because they do not belong to the run, and says the new total.
func (c *Cluster) AddForeign(n int64) {
	if n > 0 {
		c.session.Status.Metric("foreign_records", float64(c.foreign.Add(n)), "records")
	}
}

// retry repeats f, which makes a request by client, while it ends with an error that Kafka calls retriable, such as a
// coordinator still loading, and for outage while no broker can be reached. It gives up with ctx, and when the client is
// closed: looking up a topic then fails in a way that would otherwise be tried again.
func retry(ctx context.Context, client *kgo.Client, f func() error) error {
	var away time.Time // since when no broker can be reached
	for {
		err := f()
		switch {
		case err == nil:
			return nil
		case unreachable(err):
			if away.IsZero() {
				away = time.Now()
			}
			if time.Since(away) > outage {
				return err
			}
		case !retriable(err):
			return err
		default:
			away = time.Time{}
		}
		select {
		case <-ctx.Done():
			return err
		case <-client.Context().Done():
			return kgo.ErrClientClosed
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// outage is how long brokers may be away, for a restart, before an engine takes them for lost.
const outage = time.Minute

// unreachable reports whether an error is one of the network: a broker that is being started again refuses connections.
func unreachable(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.EOF)
}

// Grace derives a context that lives on for a while after ctx ends: what has been begun is finished under it.
func Grace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	grace, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(grace, func() { t.Stop() })
	})
	return grace, func() { stop(); cancel() }
}

// StopGrace is how long an engine may take to finish when it is told to stop: half of the plan's deadline, so that
// closing its clients fits in as well.
func StopGrace(p engines.Plan) time.Duration {
	return max(time.Second, time.Duration(p.Deadlines.StopMS)*time.Millisecond/2)
}

// Interval converts a plan's interval in ms; 0 or less becomes fallback.
func Interval(ms int64, fallback time.Duration) time.Duration {
	if ms <= 0 {
		return fallback
	}
	return time.Duration(ms) * time.Millisecond
}

// ReadOptions fills o from the plan's options for the engine; without options it stays as it is. Unknown ones are errors.
func ReadOptions(p engines.Plan, o any) error {
	if len(p.Options) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(p.Options))
	d.DisallowUnknownFields()
	if err := d.Decode(o); err != nil {
		return fmt.Errorf("reading options of engine %s from %s: %w", p.Engine, p.Options, err)
	}
	return nil
}

// Owned lists the partitions of one task among several: p with p mod tasks = task.
func Owned(task, tasks int, partitions int32) []int32 {
	var owned []int32
	for p := int32(task); p < partitions; p += int32(tasks) {
		owned = append(owned, p)
	}
	return owned
}

// Tasks is how many tasks a plan's parallelism gives: at least one, and no more than there are partitions.
func Tasks(p engines.Plan) int { return max(1, min(p.Parallelism, int(p.Partitions))) }
