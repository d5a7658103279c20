package hop

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/streamgauge/streamgauge/harness/event"
)

// A large record has a request to itself, whatever was sent before it and is sent after it.
func TestALargeRecordHasARequestToItself(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "out"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000000"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var alone, beside atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		batches, large := 0, false
		for _, topic := range req.(*kmsg.ProduceRequest).Topics {
			for _, p := range topic.Partitions {
				batches++
				large = large || len(p.Records) >= largeFetch
			}
		}
		if large && batches == 1 {
			alone.Add(1)
		} else if large {
			beside.Add(1)
		}
		return nil, nil, false
	})
	w := outWriter(t, c, kgo.ProducerBatchMaxBytes(16<<20))
	s := w.Sender(0)
	few := func() {
		for range 100 {
			s.Forward(&event.Record{Partition: 1, Key: []byte("k"), Value: []byte("v")}, nil)
		}
	}
	for range 4 {
		few()
		s.Forward(&event.Record{Key: []byte("k"), Value: make([]byte, largeFetch)}, nil)
		few()
	}
	if err := w.Flush(t.Context()); err != nil || alone.Load() != 4 || beside.Load() != 0 {
		t.Errorf("Flush = %v; %d requests had a large record alone, %d had others beside it, want 4 and none", err, alone.Load(), beside.Load())
	}
}
