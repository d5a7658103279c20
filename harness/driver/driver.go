// Package driver offers a trial's input: it merges real events and heartbeats into one source, sends a source to the input
// topic when each record is due, and asks engines whether they are ready by probes. It is an open loop: nothing that the
// broker or an engine does changes when an event is due. An event that cannot be handed to the client stays due and keeps
// its intended time; how late it left is part of the report. Waiting is the pacer's, judging the report the harness's.
package driver

import (
	"context"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/pacer"
)

// Bounds of a drive.
const (
	// DefaultBufferBytes is how much may be on its way to the broker, unless one record is larger.
	DefaultBufferBytes = 256 << 20
	// MaxDebt is how late an event may leave before the trial ends as saturated.
	MaxDebt = 5 * time.Second
	// DefaultFlush is how long Run waits at its end for acknowledgements.
	DefaultFlush = 30 * time.Second
)

// Producer is what the driver needs of a *kgo.Client. Produce must not block and must call the promise once; calls of
// promises do not overlap.
type Producer interface {
	Produce(ctx context.Context, r *kgo.Record, promise func(*kgo.Record, error))
	Flush(ctx context.Context) error
}

// Config says what to send, where and when.
type Config struct {
	Client      Producer // made with Options; nobody else produces to the topic with another client
	Topic       string
	Source      event.Source
	Start       time.Time      // intended time 0, read from Clock; leave some 100 ms for the first events to be made
	Clock       pacer.Clock    // nil: pacer.NewClock
	BufferBytes int64          // most bytes on their way to the broker; 0: DefaultBufferBytes. A larger record goes alone
	Phases      []Phase        // by intended time, ascending, not overlapping; what lies in none is counted in totals only
	Unpaced     bool           // send as fast as the buffer allows, whenever a record is due; there is no debt then, and no rate error
	Flush       time.Duration  // longest wait for the last acknowledgements; 0: DefaultFlush
	OnProgress  func(Progress) // called a few times a second from one goroutine; may be nil
}

// Phase is a part [From, To) of the intended time.
type Phase struct {
	Name     string
	From, To time.Duration
}

// Progress is where a drive stands. Nothing here is a result.
type Progress struct {
	Elapsed       time.Duration // since Start; negative before it
	Sent          int64         // real events handed to the client
	Acked         int64         // records of any kind
	Debt          time.Duration // how late the last event left
	InFlightBytes int64
}

// Options are the options of a client that produces input: acknowledged by all replicas, idempotent, no linger, no
// compression, the partition chosen by the source, and no limit at which Produce would block. They go on top of the
// broker's own (addresses, security). maxRecordBytes is the size of the largest record with its headers.
func Options(maxRecordBytes int64) []kgo.Opt {
	return []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(int32(broker.BatchBytes(maxRecordBytes))),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.MaxBufferedRecords(math.MaxInt32), // the driver bounds the bytes itself, without blocking
	}
}

// lastOfOne is the highest version of Kafka's produce request with which an idempotent client has one request in flight; from
// the next one on it has five.
const lastOfOne = 3

// KillOptions are options on top of Options for a broker whose nodes are killed while the input is offered: they cost
// throughput. A broker knows the last five batches of a producer again when they are sent twice, but one that recovers from a
// kill only the last. With more requests in flight it refuses those before it as out of order, though it has them, and the
// client sends all of them anew under another epoch: records are in the topic twice. One in flight is the last. (Kafka forgets even that
// one when its event time is older than producer.id.expiration.ms, then without an error: broker.ProducerMemory at most.) And for a while
// after its start a node says that it has no such topic, which gives up no record here.
func KillOptions() []kgo.Opt {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.Produce), lastOfOne)
	return []kgo.Opt{kgo.MaxVersions(versions), kgo.UnknownTopicRetries(-1)}
}
