//go:build bench

package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// BenchmarkCollector holds the collector, with all it does for a record from the broker to its files and its preview,
// against Kafka's ConsumerPerformance, which counts bytes. Both read the same topic of answers.
func BenchmarkCollector(b *testing.B) {
	s := prepare(b)
	s.needTools(b)
	for _, kind := range []string{kafkaKind, embeddedKind} {
		b.Run("broker="+kind, func(b *testing.B) {
			t := s.start(b, kind)
			s.consumeStart = s.consumerStart(b, t)
			for _, z := range sizes(kind) {
				b.Run("size="+z.name, func(b *testing.B) { s.compareConsumers(b, t, z) })
			}
		})
	}
}

// consumerStart measures what the tool's JVM uses to start, to join a group and to read one record.
func (s *setup) consumerStart(b *testing.B, t *target) time.Duration {
	name, remove := t.topic(b, true)
	defer remove()
	if _, err := t.fill(b.Context(), name, size{bytes: 100, records: 1}); err != nil {
		b.Fatal(err)
	}
	return s.javaConsume(b, t, name, 1, 100).cpu
}

func (s *setup) compareConsumers(b *testing.B, t *target, z size) {
	name, remove := t.topic(b, true)
	defer remove()
	value, err := t.fill(b.Context(), name, z)
	if err != nil {
		b.Fatal(err)
	}
	tools := []func(*testing.B){
		func(b *testing.B) {
			b.Run("tool=streamgauge", func(b *testing.B) {
				t.measure(b, func() outcome { return t.collect(b, name, z, value) })
			})
		},
		func(b *testing.B) {
			b.Run("tool=kafka", func(b *testing.B) {
				t.measure(b, func() outcome { return s.javaConsume(b, t, name, z.records, value) })
			})
		},
	}
	for round := range rounds() {
		b.Run(fmt.Sprintf("round=%d", round+1), func(b *testing.B) {
			for _, tool := range tools {
				tool(b)
			}
		})
		slices.Reverse(tools)
	}
}

// fill writes answers as an engine would, one to each event of a stream, and gives the mean size of their values.
func (t *target) fill(ctx context.Context, name string, z size) (valueBytes float64, err error) {
	stream, err := newStream(z.bytes, 1)
	if err != nil {
		return 0, err
	}
	opts := append(driver.Options(maxRecord), kgo.MaxBufferedRecords(100_000), kgo.MaxBufferedBytes(flyBytes))
	cl, err := t.Dial(opts...)
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	var failed atomic.Pointer[error]
	total := 0
	for i := range z.records {
		var e generators.Event
		at := time.Duration(i) * time.Microsecond
		stream.Next(at, &e)
		total += len(e.Value)
		stamp := event.Stamp{ID: event.ID{Stream: driver.Stream, Device: e.Device, Seq: e.Seq}, Intended: int64(at)}
		cl.Produce(ctx, &kgo.Record{Topic: name, Key: e.Key, Value: e.Value, Headers: []kgo.RecordHeader{
			{Key: event.HeaderTime, Value: event.AppendTime(nil, e.EventTime)},
			{Key: event.HeaderOutput, Value: event.AppendOutput(nil, event.EventOutput(stamp))},
		}}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		return 0, err
	}
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(total) / float64(z.records), nil
}

func (t *target) collect(b *testing.B, name string, z size, value float64) outcome {
	var found collected
	self(b, "collector", collectConfig{Bootstrap: t.Info().Bootstrap, Topic: name, Records: z.records, Dir: b.TempDir()}, &found)
	b.ReportMetric(float64(found.Observed)/found.Analysis, "analysed/s")
	return outcome{records: found.Observed, valueBytes: value, rate: float64(found.Observed) / found.Seconds, cpu: found.CPU, start: found.Start}
}

// collectConfig crosses to the collector's process.
type collectConfig struct {
	Bootstrap []string
	Topic     string
	Records   int64
	Dir       string // for observations
}

// collected is what a collector found.
type collected struct {
	Observed int64
	Seconds  float64       // of the observation, from dialling to the last file's end
	Start    time.Duration // CPU time of the process before
	CPU      time.Duration // and after it
	Analysis float64       // seconds that analysing the observations took
}

const instance = "x"

// collect is the collector's process.
func collect(ctx context.Context, c collectConfig) (collected, error) {
	opts, err := broker.ClientOptions(c.Bootstrap, "", maxRecord)
	if err != nil {
		return collected{}, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	all := &counter{left: c.Records, end: stop}
	// Ten minutes ago: every answer took so long, and no histogram is spared.
	start := time.Now().Add(-10 * time.Minute)
	col, err := collector.New(collector.Config{
		Dial: func(more ...kgo.Opt) (*kgo.Client, error) {
			return kgo.NewClient(slices.Concat(opts, more, []kgo.Opt{kgo.WithHooks(all)})...)
		},
		Topics: []collector.Topic{{Instance: instance, Role: collector.Output, Name: c.Topic}}, Partitions: 1, Dir: c.Dir,
		Start: func() time.Time { return start },
	})
	if err != nil {
		return collected{}, err
	}
	before, used := time.Now(), ownCPU()
	if err := col.Run(ctx); err != nil {
		return collected{}, err
	}
	found := collected{Observed: col.Preview(instance).Answered, Seconds: time.Since(before).Seconds(), CPU: ownCPU(), Start: used}
	if found.Observed != c.Records {
		return found, fmt.Errorf("observed %d of %d answers", found.Observed, c.Records)
	}
	before = time.Now()
	a, err := collector.Analyse(collector.AnalysisConfig{Instance: instance, Dir: c.Dir, Start: start, Stages: []string{"copy-1"},
		Phases: []result.Phase{{Name: "measure", From: 0, To: int64(time.Hour)}}, EndNS: int64(time.Hour), LogAppend: true})
	if err != nil {
		return found, err
	}
	found.Analysis = time.Since(before).Seconds()
	if a.Observed != c.Records {
		return found, fmt.Errorf("analysed %d of %d observations", a.Observed, c.Records)
	}
	return found, os.RemoveAll(c.Dir)
}

// counter ends the observation with the last record. It is called from the one goroutine that polls.
type counter struct {
	left int64
	end  func()
}

// OnFetchRecordUnbuffered counts a record that the collector is handed.
func (c *counter) OnFetchRecordUnbuffered(_ *kgo.Record, polled bool) {
	if c.left -= 1; c.left == 0 && polled {
		c.end()
	}
}
