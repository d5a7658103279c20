package driver

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
)

// headerBytes is what the two headers of an input record add to it, names included, framing not.
const headerBytes = int64(len(event.HeaderStamp) + event.StampSize + len(event.HeaderTime) + event.TimeSize)

// partBytes is what the header of a part of a message adds.
const partBytes = int64(len(event.HeaderChunk) + event.ChunkSize)

// headersOf is what the headers of a record add to it.
func headersOf(d *event.Due) int64 {
	if d.Part {
		return headerBytes + partBytes
	}
	return headerBytes
}

// slot is a record on its way to the broker, with room for its headers, so that sending allocates nothing.
type slot struct {
	record  kgo.Record
	headers [3]kgo.RecordHeader
	bytes   [event.StampSize + event.TimeSize + event.ChunkSize]byte

	promise   func(*kgo.Record, error)
	sent      time.Duration // since the start
	phase     int
	partition int32
	size      int64
	done      func() // with the value
}

// fill makes the record of d, replacing whatever the slot held.
func (s *slot) fill(topic string, d *event.Due) {
	stamp := event.AppendStamp(s.bytes[:0], d.Stamp)
	at := event.AppendTime(s.bytes[event.StampSize:event.StampSize], d.EventTime)
	s.done = d.Done
	s.headers[0] = kgo.RecordHeader{Key: event.HeaderStamp, Value: stamp}
	s.headers[1] = kgo.RecordHeader{Key: event.HeaderTime, Value: at}
	headers := s.headers[:2]
	if d.Part {
		chunk := event.AppendChunk(s.bytes[event.StampSize+event.TimeSize:event.StampSize+event.TimeSize], d.Chunk)
		s.headers[2] = kgo.RecordHeader{Key: event.HeaderChunk, Value: chunk}
		headers = s.headers[:3]
	}
	s.record = kgo.Record{Topic: topic, Partition: d.Partition, Timestamp: time.UnixMilli(d.EventTime),
		Key: d.Key, Value: d.Value, Headers: headers}
}

// ProduceError is a record that the client gave up: the input is not what the plan says, and the trial is over.
type ProduceError struct {
	Topic     string
	Partition int32
	Bytes     int64
	Err       error // of the client
}

// Error says what happened and what to do.
func (e *ProduceError) Error() string {
	return fmt.Sprintf("producing to %s partition %d: %v (record of %d bytes): %s", e.Topic, e.Partition, e.Err, e.Bytes, e.hint())
}

// Unwrap gives the client's error.
func (e *ProduceError) Unwrap() error { return e.Err }
