package hop

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
)

// Bounds of the client's buffer for records on their way. When it is full, the engine waits: that is its backpressure.
const (
	minBufferedBytes = 64 << 20
	bufferedRecords  = 200_000
)

// What a client knows of topics is at least so old when it asks anew. A node that has just come back says for a while that it has no such
// topic: Kafka's own clients ask on for two minutes (delivery.timeout.ms), franz-go would give the records up at the fifth answer, within
// half a second. A topic that is not there is an error all the same, after as many questions.
const (
	metadataMinAge      = 50 * time.Millisecond
	unknownTopicRetries = int(2 * time.Minute / metadataMinAge)
)

// What a client asks for: what Kafka's own clients do by default.
const (
	fetchMinBytes       = 1
	fetchMaxWait        = 500 * time.Millisecond
	fetchBytes          = 50 << 20
	fetchPartitionBytes = 1 << 20
)

// The same of jobs of large messages, whose chunks are large enough by themselves: what waits in buffers is most of their
// memory. A record that is larger still comes, and goes, alone.
const (
	largeBuffer = 16 << 20
	largeFetch  = 8 << 20
)

// sizes are those of a client that depend on the plan, bytes.
type sizes struct {
	buffer                int64
	fetch, partitionFetch int32
}

func sizesOf(p engines.Plan) sizes {
	if p.Job.Payloads() {
		return sizes{buffer: max(largeBuffer, p.Limits.MaxRecordBytes), fetch: largeFetch, partitionFetch: largeFetch / 2}
	}
	return sizes{buffer: max(minBufferedBytes, 2*p.Limits.MaxRecordBytes), fetch: fetchBytes, partitionFetch: fetchPartitionBytes}
}

// options are the settings that all engines share, so that they differ in their models only: linger 0 (batches form while a
// request is on its way), no compression, quick recovery of metadata. Sizes of requests and batches come with the session's
// Dial, since they must fit the brokers and topics.
func options(p engines.Plan) []kgo.Opt {
	s := sizesOf(p)
	opts := []kgo.Opt{
		kgo.ClientID(p.Prefix),
		kgo.MetadataMinAge(metadataMinAge),
		kgo.UnknownTopicRetries(unknownTopicRetries),
		kgo.DisableClientMetrics(),
		kgo.FetchMaxWait(fetchMaxWait),
		kgo.FetchMinBytes(fetchMinBytes),
		kgo.FetchMaxBytes(s.fetch),
		kgo.FetchMaxPartitionBytes(s.partitionFetch),
		kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(bufferedRecords),
		kgo.MaxBufferedBytes(int(s.buffer)),
	}
	if p.Job.Payloads() {
		opts = append(opts, kgo.WithHooks(requests{}))
	}
	return opts
}

// Settings says by the names of Kafka's Java clients how those of an engine are set that takes poll records at a time at
// most, for the fairness sheet: what engines.Settings says is not among it.
func Settings(p engines.Plan, poll int) map[string]any {
	s := sizesOf(p)
	return map[string]any{
		"batch.size": broker.BatchBytes(p.Limits.MaxRecordBytes), "buffer.memory": s.buffer, "compression.type": "none",
		"fetch.min.bytes": fetchMinBytes, "fetch.max.wait.ms": fetchMaxWait.Milliseconds(),
		"fetch.max.bytes": s.fetch, "max.partition.fetch.bytes": s.partitionFetch, "max.poll.records": poll,
	}
}
