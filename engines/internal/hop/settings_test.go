package hop

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/job"
)

// What an engine says of its clients is what a client of a trial, dialled as its process dials, is set to.
func TestSettingsAreThoseOfTheClients(t *testing.T) {
	large := job.Identity(1)
	large.Stages[0].Do = []job.Operator{{Scan: &job.Scan{}}}
	for _, j := range []*job.Job{job.Identity(1), large} {
		plan := engines.Plan{Job: *j, Limits: engines.Limits{MaxRecordBytes: 40 << 20}}
		c := &Cluster{session: &engines.Session{Plan: plan, Dial: func(opts ...kgo.Opt) (*kgo.Client, error) {
			base, err := broker.ClientOptions([]string{"127.0.0.1:1"}, "", plan.Limits.MaxRecordBytes)
			if err != nil {
				return nil, err
			}
			return kgo.NewClient(append(base, opts...)...)
		}}}
		client, err := c.dial()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"max.poll.records": "7", "compression.type": "none"}
		for name, opt := range map[string]any{"batch.size": kgo.ProducerBatchMaxBytes, "buffer.memory": kgo.MaxBufferedBytes,
			"fetch.min.bytes": kgo.FetchMinBytes, "fetch.max.bytes": kgo.FetchMaxBytes, "max.partition.fetch.bytes": kgo.FetchMaxPartitionBytes} {
			want[name] = fmt.Sprint(client.OptValue(opt))
		}
		want["fetch.max.wait.ms"] = "500"
		if wait := fmt.Sprint(client.OptValue(kgo.FetchMaxWait)); wait != "500ms" {
			t.Errorf("%t: a fetch waits %s", j.Payloads(), wait)
		}
		none := fmt.Sprint([]kgo.CompressionCodec{kgo.NoCompression()})
		if codecs := fmt.Sprint(client.OptValue(kgo.ProducerBatchCompression)); codecs != none {
			t.Errorf("%t: compression by %s", j.Payloads(), codecs)
		}
		client.Close()
		got := map[string]string{}
		for name, v := range Settings(plan, 7) {
			got[name] = fmt.Sprint(v)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("large messages %t (-client +Settings):\n%s", j.Payloads(), diff)
		}
	}
}
