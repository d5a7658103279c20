package hop

import (
	"errors"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
)

// View shows a Kafka record as an event.Record, in dst and its slice of headers. Key, value and header values are r's own:
// they live as long as anyone holds them and are never overwritten.
func View(dst *event.Record, r *kgo.Record) *event.Record {
	headers := dst.Headers[:0]
	for i := range r.Headers {
		headers = append(headers, event.Header{Key: r.Headers[i].Key, Value: r.Headers[i].Value})
	}
	*dst = event.Record{Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key,
		Value: r.Value, Headers: headers}
	return dst
}

// outgoing is a record to be produced with room for the headers every record of the run has. They are made by the chunk:
// one allocation for many records instead of two for each.
type outgoing struct {
	record  kgo.Record
	headers [3]kgo.RecordHeader
}

const chunkSize = 32

// records makes Kafka records.
type records struct{ free []outgoing }

func (c *records) next(topic string, r *event.Record) *kgo.Record {
	if len(c.free) == 0 {
		c.free = make([]outgoing, chunkSize)
	}
	o := &c.free[0]
	c.free = c.free[1:]
	headers := o.headers[:0]
	for i := range r.Headers {
		headers = append(headers, kgo.RecordHeader{Key: r.Headers[i].Key, Value: r.Headers[i].Value})
	}
	o.record = kgo.Record{Topic: topic, Partition: r.Partition, Timestamp: timestamp(r.Timestamp), Key: r.Key,
		Value: r.Value, Headers: headers}
	return &o.record
}

// The client counts in nanoseconds, so that it can write these milliseconds at most.
const (
	maxTimestamp = math.MaxInt64 / int64(time.Millisecond)
	minTimestamp = math.MinInt64 / int64(time.Millisecond)
)

// timestamp is the Kafka timestamp of an event time in ms, cut to what the client can write. The header sgt is exact.
func timestamp(ms int64) time.Time { return time.UnixMilli(min(max(ms, minTimestamp), maxTimestamp)) }

// InTopic adds the topic to an error about a record that knows its partition and offset only.
func InTopic(err error, topic string) error {
	var e interface{ InTopic(string) error }
	if errors.As(err, &e) {
		return e.InTopic(topic)
	}
	return err
}
