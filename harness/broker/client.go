package broker

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Sizes of a client in bytes.
const (
	minBatchBytes    = 1 << 20   // of a producer's batch: larger ones were slower
	minBufferBytes   = 100 << 20 // largest request and response; Kafka's default for requests
	recordOverhead   = 64 << 10  // key, headers and framing around the largest value
	requestOverhead  = 1 << 20
	metadataMinAge   = 250 * time.Millisecond
	maxRequestBytes  = 1 << 30 // of a request or a response: kgo makes no client with more
	maxProducerBatch = maxRequestBytes - requestOverhead
)

// LargeRecord is the size above which requests get time, bytes: the adapters of the JVM engines have the same bound. On a busy machine a
// request with a record of 110 MB took longer than Kafka's own 30 s; kgo gives up after 10 s of writing, whatever the size, and then sends
// it anew, for ever and without an error.
const LargeRecord = 16_000_000

// largeTimeout is how long a request may take where records are large, as in those adapters.
const largeTimeout = 5 * time.Minute

// BatchBytes is the largest producer batch for a largest record: what ProducerBatchMaxBytes is set to.
func BatchBytes(maxRecordBytes int64) int64 {
	return min(max(minBatchBytes, maxRecordBytes+maxRecordBytes/32+recordOverhead), maxProducerBatch)
}

// RequestBytes is the largest request that a client sends for a largest record. A broker that does not take it (its
// socket.request.max.bytes) closes the connection, and the client then tries for ever without an error: preflight
// compares the two.
func RequestBytes(maxRecordBytes int64) int64 {
	return min(max(minBufferBytes, BatchBytes(maxRecordBytes)+requestOverhead), maxRequestBytes)
}

// responseBytes is the largest response a client takes: Kafka returns the first batch whole, whatever was asked for, and
// then fills up with what was asked for.
func responseBytes(maxRecordBytes int64) int64 {
	return min(minBufferBytes+2*BatchBytes(maxRecordBytes), maxRequestBytes)
}

// ClientOptions are the options every Kafka client of the harness and of the Go engines starts from: addresses (bootstrap,
// or those of the file when it is empty), TLS and SASL of a client.properties file (empty: none), and size limits that
// hold the largest record. How a client produces or consumes is left to further options.
func ClientOptions(bootstrap []string, propertiesFile string, maxRecordBytes int64) ([]kgo.Opt, error) {
	var sec Security
	if propertiesFile != "" {
		var err error
		if sec, err = ReadSecurity(propertiesFile); err != nil {
			return nil, err
		}
	}
	return sec.Options(bootstrap, maxRecordBytes)
}

// Options is ClientOptions with settings that were read before.
func (s Security) Options(bootstrap []string, maxRecordBytes int64) ([]kgo.Opt, error) {
	if len(bootstrap) == 0 {
		bootstrap = s.Bootstrap
	}
	if len(bootstrap) == 0 {
		return nil, errors.New("no broker address given: name HOST:PORT, or bootstrap.servers in the client properties")
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(bootstrap...),
		kgo.ClientID("streamgauge"),
		kgo.ProducerBatchMaxBytes(int32(BatchBytes(maxRecordBytes))),
		kgo.BrokerMaxWriteBytes(int32(RequestBytes(maxRecordBytes))),
		kgo.BrokerMaxReadBytes(int32(responseBytes(maxRecordBytes))),
		// The default of 5 s would turn three retries after a failover into 15 s and be measured as the broker's.
		kgo.MetadataMinAge(metadataMinAge),
	}
	if maxRecordBytes > LargeRecord {
		opts = append(opts, kgo.RequestTimeoutOverhead(largeTimeout))
	}
	if s.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(s.TLS.Clone()))
	}
	if s.SASL != nil {
		opts = append(opts, kgo.SASL(s.SASL))
	}
	return opts, nil
}
