package driver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
)

func cluster(t *testing.T, more ...kgo.Opt) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "in"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(append(append(Options(1<<20), kgo.SeedBrokers(c.ListenAddrs()...)), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return c, client
}

// TestTheTopicHoldsWhatTheSourceSays reads back what was sent: keys, values, headers, times, partitions, order.
func TestTheTopicHoldsWhatTheSourceSays(t *testing.T) {
	c, client := cluster(t)
	cfg := config(alerting())
	cfg.Offer = 300 * time.Millisecond
	prober, err := NewProber(ProberConfig{Client: client, Topic: "in", Job: cfg.Job, Format: jsonenc.Format{}, Partitions: 2, EventTime: cfg.EventTime.Start})
	if err != nil {
		t.Fatal(err)
	}
	if err := prober.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	src, err := NewSource(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Config{Client: client, Topic: "in", Source: src, Start: time.Now().Add(20 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Stream = &counter{first: FirstDevice(2)}
	want := all(t, cfg)
	if r.Offered != int64(len(want)) || r.Acked != r.Offered || r.Mismatched != 0 {
		t.Fatalf("offered %d, acked %d, mismatched %d; want all of %d", r.Offered, r.Acked, r.Mismatched, len(want))
	}
	got := consume(t, c, len(want)+2)
	for p := range got {
		if len(got[p]) == 0 || got[p][0].Stamp.Flags != event.FlagProbe {
			t.Fatalf("partition %d does not begin with its probe", p)
		}
		got[p] = got[p][1:]
	}
	byPartition := make([][]event.Due, 2)
	for _, d := range want {
		byPartition[d.Partition] = append(byPartition[d.Partition], d)
	}
	if diff := cmp.Diff(byPartition, got); diff != "" {
		t.Errorf("topic (-source +topic):\n%s", diff)
	}
}

// consume reads n records of the topic.
func consume(t *testing.T, c *kfake.Cluster, n int) [][]event.Due {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("in"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	got := make([][]event.Due, 2)
	for n > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if len(r.Headers) != 2 || r.Headers[0].Key != "sg" || r.Headers[1].Key != "sgt" {
				t.Fatalf("headers %v, want sg and sgt", r.Headers)
			}
			d := event.Due{Partition: r.Partition, Key: r.Key, Value: r.Value}
			d.Stamp, _ = event.ParseStamp(r.Headers[0].Value)
			d.EventTime, _ = event.ParseTime(r.Headers[1].Value)
			if r.Timestamp.UnixMilli() != d.EventTime {
				t.Errorf("event %v has the timestamp %v, want event time %d", d.Stamp.ID, r.Timestamp, d.EventTime)
			}
			got[r.Partition] = append(got[r.Partition], d)
			n--
		})
	}
	return got
}

// refusal answers a produce request by an error for each partition.
func refusal(req kmsg.Request, with *kerr.Error) kmsg.Response {
	p := req.(*kmsg.ProduceRequest)
	resp := p.ResponseKind().(*kmsg.ProduceResponse)
	for _, rt := range p.Topics {
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic, topic.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			part := kmsg.NewProduceResponseTopicPartition()
			part.Partition, part.ErrorCode = rp.Partition, with.Code
			topic.Partitions = append(topic.Partitions, part)
		}
		resp.Topics = append(resp.Topics, topic)
	}
	return resp
}

func TestARefusedRecordIsReported(t *testing.T) {
	c, client := cluster(t)
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return refusal(req, kerr.InvalidTimestamp), nil, true
	})
	r, err := Run(t.Context(), Config{Client: client, Topic: "in", Source: every(time.Millisecond, 100, 10), Start: time.Now()})
	var pe *ProduceError
	if !errors.As(err, &pe) || !errors.Is(err, kerr.InvalidTimestamp) || !strings.Contains(err.Error(), "message.timestamp") {
		t.Errorf("Run = %v, want a ProduceError that says what to do", err)
	}
	if r.Failed == 0 || r.Offered != r.Acked+r.Failed {
		t.Errorf("offered %d, acked %d, failed %d", r.Offered, r.Acked, r.Failed)
	}
}

// renewing acknowledges at once: the fourth record and those after it under a new epoch, but for the fifth.
type renewing struct{ records int }

func (p *renewing) Produce(_ context.Context, r *kgo.Record, promise func(*kgo.Record, error)) {
	if p.records++; p.records >= 4 && p.records != 5 {
		r.ProducerEpoch = 1
	}
	promise(r, nil)
}

func (*renewing) Flush(context.Context) error { return nil }

// A broker that no longer knows the producer: what the client does about it may write records twice, so it is told.
func TestANewEpochIsReported(t *testing.T) {
	client := &renewing{}
	for want := range int64(2) { // the second drive has one epoch, which is not the client's first
		r, err := Run(t.Context(), Config{Client: client, Topic: "in", Source: every(time.Millisecond, 10, 10), Start: time.Now()})
		if err != nil || r.Acked != 10 || r.Renewed != 1-want {
			t.Errorf("Run = %v; %d acknowledged, %d new epochs; want 10, %d", err, r.Acked, r.Renewed, 1-want)
		}
	}
}

// A node that has just come back does not know its topics yet, and no request may be in flight beside another.
func TestWhereNodesAreKilled(t *testing.T) {
	c, client := cluster(t, KillOptions()...)
	requests, highest := 0, int16(0)
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		highest = max(highest, req.GetVersion())
		if requests++; requests < 8 {
			return refusal(req, kerr.UnknownTopicOrPartition), nil, true
		}
		return nil, nil, false
	})
	r, err := Run(t.Context(), Config{Client: client, Topic: "in", Source: every(time.Millisecond, 20, 10), Start: time.Now(), Unpaced: true})
	if err != nil || r.Acked != 20 || r.Renewed != 0 || requests < 8 || highest != lastOfOne {
		t.Errorf("Run = %v; %d acknowledged, %d new epochs, %d requests of version %d", err, r.Acked, r.Renewed, requests, highest)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
