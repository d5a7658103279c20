package topic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Dial makes a Kafka client with a broker's security settings and further options.
type Dial func(opts ...kgo.Opt) (*kgo.Client, error)

// Sizes and times of reading.
const (
	fetchBytes   = 8 << 20                // of one partition at a time: DEPENDENCIES measured twice the rate of 1 MiB
	fetchVersion = 12                     // the last that names topics instead of their ids
	retryWait    = 200 * time.Millisecond // between tries while a partition has no leader
	giveUpAfter  = 60 * time.Second       // without one new batch
	decideWithin = 5 * time.Second        // from the end of a transaction until all its partitions know of it
)

// BlockedError says that a topic was read only as far as its transactions are decided: an open one keeps the last stable
// offset of some partitions below their high watermark, and did so for some seconds. All records before it have been yielded.
type BlockedError struct {
	Topic      string
	Partitions []BlockedPartition // ascending
}

// BlockedPartition is how far one partition could be read.
type BlockedPartition struct {
	Partition        int32
	LastStableOffset int64 // offset of the open transaction's first record
	HighWatermark    int64
}

// Error names the first partition and how many there are.
func (e *BlockedError) Error() string {
	p := e.Partitions[0]
	return fmt.Sprintf("reading topic %s: %d partitions blocked by an open transaction (partition %d: last stable offset %d, high watermark %d)",
		e.Topic, len(e.Partitions), p.Partition, p.LastStableOffset, p.HighWatermark)
}

// Read yields the records of a topic's partitions (nil: all) from the start to the end as of the first step: with committed
// up to the last stable offset and without aborted records, otherwise to the high watermark. Partitions come one after
// the other in the order given, records of one in offset order; transaction markers are not yielded and do not hold up
// the end. A record is valid until the next is yielded; timestamps are those the topic keeps.
//
// Errors are yielded once, last, with an empty record. A *BlockedError comes after everything that could be read.
func Read(ctx context.Context, dial Dial, topicName string, partitions []int32, committed bool) iter.Seq2[event.Record, error] {
	return func(yield func(event.Record, error) bool) {
		err := read(ctx, dial, topicName, partitions, committed, func(r event.Record) bool { return yield(r, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(event.Record{}, err)
		}
	}
}

// errStopped says that the consumer of an iterator wants no more.
var errStopped = errors.New("stopped")

func read(ctx context.Context, dial Dial, topicName string, partitions []int32, committed bool, yield func(event.Record) bool) error {
	cl, err := dial(kgo.MaxVersions(versions()))
	if err != nil {
		return fmt.Errorf("reading topic %s: %w", topicName, err)
	}
	defer cl.Close()
	r := &reader{client: cl, topic: topicName, committed: committed}
	spans, err := r.spans(ctx, partitions)
	if err != nil {
		return fmt.Errorf("reading topic %s: %w", topicName, err)
	}
	for _, s := range spans {
		if err := r.partition(ctx, s, yield); err != nil {
			if errors.Is(err, errStopped) {
				return err
			}
			return fmt.Errorf("reading topic %s, partition %d: %w", topicName, s.partition, err)
		}
	}
	return blocked(topicName, spans)
}

// versions caps fetches at the last version that addresses topics by name.
func versions() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(int16(kmsg.Fetch), fetchVersion)
	return v
}

// span is what is read of one partition.
type span struct {
	partition       int32
	start, end, top int64 // end is the last stable offset or the high watermark, top the high watermark
}

func blocked(topicName string, spans []span) error {
	e := &BlockedError{Topic: topicName}
	for _, s := range spans {
		if s.end < s.top {
			e.Partitions = append(e.Partitions, BlockedPartition{s.partition, s.end, s.top})
		}
	}
	if len(e.Partitions) == 0 {
		return nil
	}
	slices.SortFunc(e.Partitions, func(a, b BlockedPartition) int { return int(a.Partition - b.Partition) })
	return e
}

// reader issues its own fetch requests instead of consuming: only so is the position known where records are filtered out
// (markers, aborted records, compacted ones), and a topic's end is a position, not a record.
type reader struct {
	client    *kgo.Client
	topic     string
	committed bool
}

func (r *reader) spans(ctx context.Context, partitions []int32) ([]span, error) {
	adm := kadm.NewClient(r.client)
	// The top is asked for first: a transaction that ends in between then does not look open.
	top, err := offsets(ctx, adm.ListEndOffsets, []string{r.topic})
	if err != nil {
		return nil, err
	}
	end := top
	if r.committed {
		if end, err = r.stable(ctx, adm, top[r.topic]); err != nil {
			return nil, err
		}
	}
	start, err := offsets(ctx, adm.ListStartOffsets, []string{r.topic})
	if err != nil {
		return nil, err
	}
	n := int32(len(top[r.topic]))
	if partitions == nil {
		for p := range n {
			partitions = append(partitions, p)
		}
	}
	var spans []span
	for _, p := range partitions {
		if p < 0 || p >= n {
			return nil, fmt.Errorf("it has no partition %d: it has %d", p, n)
		}
		s := span{p, start[r.topic][p], end[r.topic][p], top[r.topic][p]}
		s.end = min(s.end, s.top) // what arrived after the first question is not part of it
		spans = append(spans, s)
	}
	return spans, nil
}

// stable asks for the last stable offsets until they have reached the top, or decideWithin is over: a producer is told that its
// transaction has ended before the partitions are.
func (r *reader) stable(ctx context.Context, adm *kadm.Client, top []int64) (map[string][]int64, error) {
	for began := time.Now(); ; {
		end, err := offsets(ctx, adm.ListCommittedOffsets, []string{r.topic})
		if err != nil || !below(end[r.topic], top) || time.Since(began) > decideWithin || !pause(ctx, retryWait) {
			return end, err
		}
	}
}

// below says whether any of the offsets is less than that of the same partition in top.
func below(end, top []int64) bool {
	for p, o := range end {
		if p < len(top) && o < top[p] {
			return true
		}
	}
	return false
}

// chunk is one answer: some records in offset order, and where to go on.
type chunk struct {
	records []*kgo.Record
	next    int64
	err     error
}

// partition yields one span. The next chunk is fetched and decoded while the present one is yielded.
func (r *reader) partition(ctx context.Context, s span, yield func(event.Record) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	chunks := make(chan chunk)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(chunks)
		r.fetchAll(ctx, s, chunks)
	}()
	defer func() { cancel(); <-ended }()
	var rec event.Record
	for c := range chunks {
		if c.err != nil {
			return c.err
		}
		for _, k := range c.records {
			if k.Offset >= s.end {
				return nil
			}
			fill(&rec, k)
			if !yield(rec) {
				return errStopped
			}
		}
	}
	return ctx.Err()
}

// fill makes rec of k. The slice of headers is used again for every record.
func fill(rec *event.Record, k *kgo.Record) {
	rec.Partition, rec.Offset, rec.Timestamp = k.Partition, k.Offset, k.Timestamp.UnixMilli()
	rec.Key, rec.Value = k.Key, k.Value
	rec.Headers = rec.Headers[:0]
	for _, h := range k.Headers {
		rec.Headers = append(rec.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
}

func (r *reader) fetchAll(ctx context.Context, s span, chunks chan<- chunk) {
	give := func(c chunk) bool {
		select {
		case chunks <- c:
			return true
		case <-ctx.Done():
			return false
		}
	}
	leader, progress := int32(-1), time.Now()
	for at := s.start; at < s.end; {
		c, err := r.fetch(ctx, &leader, s.partition, at)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err == nil && c.next > at:
			at, progress = c.next, time.Now()
			if len(c.records) > 0 && !give(c) {
				return
			}
			continue
		case err != nil && !retriable(err):
			give(chunk{err: fmt.Errorf("at offset %d: %w", at, err)})
			return
		case time.Since(progress) > giveUpAfter:
			give(chunk{err: fmt.Errorf("at offset %d of %d: nothing more came for %v (last error: %v)", at, s.end, giveUpAfter, err)})
			return
		}
		leader = -1
		if !pause(ctx, retryWait) {
			return
		}
	}
}

// retriable says whether another try, with a leader looked up anew, may help: the network, or a cluster in motion.
func retriable(err error) bool {
	var ke *kerr.Error
	return !errors.As(err, &ke) || ke.Retriable
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// fetch asks the partition's leader, which it looks up when it is negative, for records from offset at.
func (r *reader) fetch(ctx context.Context, leader *int32, partition int32, at int64) (chunk, error) {
	if *leader < 0 {
		l, err := r.leader(ctx, partition)
		if err != nil {
			return chunk{}, err
		}
		*leader = l
	}
	resp, err := r.request(partition, at).RequestWith(ctx, r.client.Broker(int(*leader)))
	if err != nil {
		return chunk{}, err
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return chunk{}, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return chunk{}, fmt.Errorf("the broker answered for %d topics, want 1", len(resp.Topics))
	}
	opts := kgo.ProcessFetchPartitionOpts{Offset: at, Topic: r.topic, Partition: partition, IsolationLevel: kgo.ReadUncommitted()}
	if r.committed {
		opts.IsolationLevel = kgo.ReadCommitted()
	}
	fp, next := kgo.ProcessFetchPartition(opts, &resp.Topics[0].Partitions[0], kgo.DefaultDecompressor(), nil)
	return chunk{records: fp.Records, next: next}, fp.Err
}

func (r *reader) request(partition int32, at int64) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID = -1
	req.MaxWaitMillis = 500
	req.MinBytes = 1
	req.MaxBytes = fetchBytes
	req.SessionEpoch = -1
	if r.committed {
		req.IsolationLevel = 1
	}
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition = partition
	p.CurrentLeaderEpoch = -1
	p.FetchOffset = at
	p.LogStartOffset = -1
	p.PartitionMaxBytes = fetchBytes
	t := kmsg.NewFetchRequestTopic()
	t.Topic = r.topic
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

func (r *reader) leader(ctx context.Context, partition int32) (int32, error) {
	md, err := kadm.NewClient(r.client).Metadata(ctx, r.topic)
	if err != nil {
		return -1, err
	}
	t, ok := md.Topics[r.topic]
	if !ok || t.Err != nil {
		return -1, errors.Join(t.Err, fmt.Errorf("no metadata of topic %s", r.topic))
	}
	d, ok := t.Partitions[partition]
	if !ok || d.Leader < 0 {
		return -1, kerr.LeaderNotAvailable
	}
	return d.Leader, nil
}
