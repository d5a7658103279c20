package hop

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Fetched is a run of records of one partition, in the order of their offsets. Control records (the marks that end a
// transaction) are among them: they carry no data, but move the position.
type Fetched struct {
	Topic     string
	Partition int32
	Records   []*kgo.Record
}

// Next is the offset after the last record.
func (f Fetched) Next() int64 { return f.Records[len(f.Records)-1].Offset + 1 }

// Data counts the records that carry data.
func (f Fetched) Data() (n int64) {
	for _, r := range f.Records {
		if !r.Attrs.IsControl() {
			n++
		}
	}
	return n
}

// Reader reads partitions of some topics. Not safe for concurrent use.
type Reader struct {
	client   *kgo.Client
	position Offsets              // offset of the next record to come from the client
	stash    map[string][]Fetched // by topic, each partition once: read from the client, but not asked for yet
}

// Reader makes a reader that begins at the given offsets. Under exactly-once it sees committed records only.
func (c *Cluster) Reader(from Offsets) (*Reader, error) {
	r := &Reader{position: Offsets{}, stash: map[string][]Fetched{}}
	starts := map[string]map[int32]kgo.Offset{}
	for topic, partitions := range from {
		starts[topic] = map[int32]kgo.Offset{}
		for p, at := range partitions {
			starts[topic][p] = kgo.NewOffset().At(at)
			r.position.Set(topic, p, at)
		}
	}
	isolation := kgo.ReadUncommitted()
	if c.ExactlyOnce() {
		isolation = kgo.ReadCommitted()
	}
	var err error
	r.client, err = c.dial(kgo.ConsumePartitions(starts), kgo.FetchIsolationLevel(isolation), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset())) // a position that is gone is an error, never a jump
	return r, err
}

// Close closes the reader.
func (r *Reader) Close() { r.client.Close() }

// Poll calls f for each partition that has records, at most limit records in all. It waits for the first until ctx ends,
// which is no error. Do not mix with ReadTo.
func (r *Reader) Poll(ctx context.Context, limit int, f func(Fetched) error) error {
	fetches := r.client.PollRecords(ctx, limit)
	if err := fetchError(fetches); err != nil {
		return err
	}
	var first error
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if first == nil && len(p.Records) > 0 {
			first = f(Fetched{Topic: p.Topic, Partition: p.Partition, Records: p.Records})
		}
	})
	return first
}

// fetchError is the first error of a poll that is not the end of its own context.
func fetchError(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		if errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled) || retriable(e.Err) {
			continue
		}
		return fmt.Errorf("reading topic %q partition %d: %w", e.Topic, e.Partition, e.Err)
	}
	return nil
}

func retriable(err error) bool { return kerr.IsRetriable(err) }

// ReadLimit is how many records ReadTo hands out at once at most.
const ReadLimit = 10_000

// ReadTo reads on in one topic until each partition in ends has been read up to its end, and calls f with what arrives, a
// round at a time, each partition at most once in a round. Records behind an end are kept for the next call.
func (r *Reader) ReadTo(ctx context.Context, topic string, ends map[int32]int64, f func(round []Fetched) error) error {
	left := map[int32]int64{}
	for p, end := range ends {
		if from := r.from(topic, p); from < end {
			left[p] = end
		}
	}
	pending := r.stash[topic]
	r.stash[topic] = nil
	for {
		round := r.split(topic, pending, left)
		if len(round) > 0 {
			if err := f(round); err != nil {
				return err
			}
		}
		if len(left) == 0 {
			return nil
		}
		pending = nil
		err := r.Poll(ctx, ReadLimit, func(got Fetched) error {
			r.position.Set(got.Topic, got.Partition, got.Next())
			pending = merge(pending, got)
			return nil
		})
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// from is the offset of the next record that ReadTo will hand out: the first of the stash, or the client's position.
func (r *Reader) from(topic string, partition int32) int64 {
	for _, s := range r.stash[topic] {
		if s.Partition == partition {
			return s.Records[0].Offset
		}
	}
	return r.position[topic][partition]
}

// split takes from pending what lies before the ends still to be reached, puts the rest into the stash, and strikes off
// the partitions that are through.
func (r *Reader) split(topic string, pending []Fetched, left map[int32]int64) (round []Fetched) {
	for _, got := range pending {
		end := left[got.Partition] // 0: nothing is wanted
		n := len(got.Records)
		for n > 0 && got.Records[n-1].Offset >= end {
			n--
		}
		if n < len(got.Records) {
			r.stash[topic] = merge(r.stash[topic], Fetched{topic, got.Partition, got.Records[n:]})
		}
		if n > 0 {
			round = append(round, Fetched{topic, got.Partition, got.Records[:n]})
		}
	}
	for p, end := range left {
		if r.from(topic, p) >= end {
			delete(left, p)
		}
	}
	return round
}

// merge adds got to a list in which each partition stands once.
func merge(list []Fetched, got Fetched) []Fetched {
	for i := range list {
		if list[i].Partition == got.Partition {
			list[i].Records = slices.Concat(list[i].Records, got.Records)
			return list
		}
	}
	return append(list, got)
}
