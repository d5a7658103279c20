package hop

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
)

// A node that has just come back does not know its topics yet, which costs no record.
func TestATopicThatANodeDoesNotKnowYetIsWaitedFor(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	requests := 0
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		requests++
		return unknown(req.(*kmsg.ProduceRequest)), nil, requests < 8
	})
	w := outWriter(t, c)
	w.Sender(0).Forward(&event.Record{Key: []byte("k"), Value: []byte("v")}, nil)
	if err := w.Flush(t.Context()); err != nil || requests != 8 {
		t.Errorf("Flush = %v after %d requests, want none after 8", err, requests)
	}
}

// unknown answers that there is none of the topics.
func unknown(req *kmsg.ProduceRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, rt := range req.Topics {
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic, topic.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.ErrorCode = rp.Partition, kerr.UnknownTopicOrPartition.Code
			topic.Partitions = append(topic.Partitions, p)
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp
}

// A broker that is started again refuses connections for a while, and then has its coordinators to load.
func TestRequestsOutliveABrokerThatIsStartedAgain(t *testing.T) {
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	refused := fmt.Errorf("unable to dial: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	answers := []error{refused, refused, kerr.CoordinatorLoadInProgress, nil}
	n := 0
	if err := retry(t.Context(), client, func() error { n++; return answers[n-1] }); err != nil || n != 4 {
		t.Errorf("retry = %v after %d requests, want none after 4", err, n)
	}
	final := errors.New("not allowed")
	if err := retry(t.Context(), client, func() error { return final }); !errors.Is(err, final) {
		t.Errorf("retry = %v, want %v at once", err, final)
	}
}

// outWriter is a writer of topic out, which ends with the test.
func outWriter(t *testing.T, c *kfake.Cluster, more ...kgo.Opt) *Writer {
	t.Helper()
	dial := func(opts ...kgo.Opt) (*kgo.Client, error) {
		return kgo.NewClient(append(append(opts, kgo.SeedBrokers(c.ListenAddrs()...)), more...)...)
	}
	cluster, err := Connect(&engines.Session{Plan: engines.Plan{Topics: engines.Topics{Output: "out"}}, Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	w, err := cluster.Writer(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}
