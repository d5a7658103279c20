//go:build bench

package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
)

// BenchmarkDriver holds the driver, with all it does for a record from its generation to its acknowledgement, against
// Kafka's ProducerPerformance, which sends one constant payload.
func BenchmarkDriver(b *testing.B) {
	s := prepare(b)
	s.needTools(b)
	for _, kind := range []string{kafkaKind, embeddedKind} {
		b.Run("broker="+kind, func(b *testing.B) {
			t := s.start(b, kind)
			s.produceStart = s.producerStart(b, t)
			t.warmUp(b)
			for _, z := range sizes(kind) {
				b.Run("size="+z.name, func(b *testing.B) { s.compareProducers(b, t, z) })
			}
		})
	}
}

func (s *setup) compareProducers(b *testing.B, t *target, z size) {
	value, err := meanValue(z.bytes)
	if err != nil {
		b.Fatal(err)
	}
	tools := []func(*testing.B){
		func(b *testing.B) {
			b.Run("tool=streamgauge", func(b *testing.B) {
				t.measure(b, func() outcome { return t.saturate(b, z) })
			})
		},
		func(b *testing.B) {
			b.Run("tool=kafka", func(b *testing.B) {
				t.measure(b, func() outcome {
					name, remove := t.topic(b, false)
					defer remove()
					return s.javaProduce(b, t, name, z.records, int(math.Round(value)))
				})
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

// producerStart measures what the tool's JVM uses to start and to send one record, so that it can be told apart.
func (s *setup) producerStart(b *testing.B, t *target) time.Duration {
	name, remove := t.topic(b, false)
	defer remove()
	return s.javaProduce(b, t, name, 1, 100).cpu
}

// saturate drives a size as fast as it goes.
func (t *target) saturate(b *testing.B, z size) outcome {
	name, remove := t.topic(b, false)
	defer remove()
	var found driven
	self(b, "driver", driveConfig{Bootstrap: t.Info().Bootstrap, Topic: name, Records: z.records, ValueBytes: z.bytes}, &found)
	b.ReportMetric(found.Making.Seconds()*1e9/found.ValueBytes, "making-cpu-ms/MB")
	return outcome{records: found.Real, valueBytes: found.ValueBytes, rate: float64(found.Real) / found.Seconds, cpu: found.CPU, start: found.Start}
}

// warmUp makes a fresh broker's JVM compile what it needs.
func (t *target) warmUp(b *testing.B) {
	t.saturate(b, size{"1KB", 1000, sizes(kafkaKind)[1].records / 5})
}

// driveConfig crosses to the driver's process.
type driveConfig struct {
	Bootstrap  []string // none: a producer that acknowledges at once
	Topic      string
	Records    int64   // to send as fast as it goes; 0: at Rate
	Rate       float64 // events per second, for Offer
	Offer      time.Duration
	ValueBytes int // 0: as recorded
}

// driven is what a drive found.
type driven struct {
	Real       int64
	ValueBytes float64 // mean; in saturation only
	Seconds    float64 // from intended 0 to the last acknowledgement
	P50, P99   time.Duration
	Max        time.Duration
	RatePPM    float64       // rate error
	Start      time.Duration // CPU time before the drive: the recording is read in it
	CPU        time.Duration // with it
	Making     time.Duration // CPU time of making and hashing one value, measured afterwards; in saturation only
}

// drive is the driver's process: all that a trial's driver does, and nothing else.
func drive(ctx context.Context, c driveConfig) (driven, error) {
	const partitions = 1
	stream, err := newStream(c.ValueBytes, partitions)
	if err != nil {
		return driven{}, err
	}
	client, end, err := c.producer()
	if err != nil {
		return driven{}, err
	}
	defer end()
	cfg := driver.SourceConfig{Job: job.Identity(1), Stream: stream, Partitions: partitions,
		EventTime: driver.EventTime{Start: epoch, Speed: speed}}
	clock := pacer.NewClock()
	var start time.Time
	if c.Records > 0 {
		start, cfg.Offer = clock.Now(), 24*time.Hour
		cfg.Schedule = &saturation{clock: clock, start: start}
	} else {
		start, cfg.Offer = clock.Now().Add(500*time.Millisecond), c.Offer
		if cfg.Schedule, err = pacer.Constant(c.Rate); err != nil {
			return driven{}, err
		}
	}
	src, err := driver.NewSource(cfg)
	if err != nil {
		return driven{}, err
	}
	counted := &limited{Source: src, left: math.MaxInt64}
	if c.Records > 0 {
		counted.left = c.Records
	}
	used := ownCPU()
	report, err := driver.Run(ctx, driver.Config{Client: client, Topic: c.Topic, Source: counted, Start: start, Clock: clock,
		BufferBytes: flyBytes, Phases: []driver.Phase{{Name: "measure", From: 0, To: cfg.Offer}}})
	if err == nil && (report.Saturated || report.Real != report.Acked-report.Heartbeats) {
		err = fmt.Errorf("the drive sent %d events and got %d of %d records acknowledged, saturated: %v", report.Real, report.Acked, report.Offered, report.Saturated)
	}
	if err != nil {
		return driven{}, err
	}
	seconds, cpu := clock.Now().Sub(start).Seconds(), ownCPU()
	delay := report.Phases[0].SendDelay
	return driven{Real: report.Real, ValueBytes: float64(counted.bytes) / float64(report.Real),
		Seconds: seconds, Start: used, P50: time.Duration(delay.ValueAtQuantile(50)),
		P99: time.Duration(delay.ValueAtQuantile(99)), Max: time.Duration(delay.Max()), RatePPM: report.RateError * 1e6,
		CPU: cpu, Making: making(stream, c.Records/10)}, nil
}

// making is the CPU time that a stream and the hash need for one value, by themselves.
func making(s generators.Stream, n int64) time.Duration {
	if n == 0 {
		return 0
	}
	before := ownCPU()
	e := generators.Event{Room: &generators.Room{}}
	for range n {
		s.Next(0, &e)
		event.Hash(e.Value)
		e.GiveBack()
	}
	return (ownCPU() - before) / time.Duration(n)
}

// producer is a client as a trial has it, but for a linger like the other tool's in saturation.
func (c *driveConfig) producer() (driver.Producer, func(), error) {
	if len(c.Bootstrap) == 0 {
		return instant{}, func() {}, nil
	}
	opts, err := broker.ClientOptions(c.Bootstrap, "", maxRecord)
	if err != nil {
		return nil, nil, err
	}
	opts = append(opts, driver.Options(maxRecord)...)
	if c.Records > 0 {
		opts = append(opts, kgo.ProducerLinger(linger), kgo.ProducerBatchMaxBytes(batchBytes))
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, nil, err
	}
	return cl, cl.Close, nil
}

// instant acknowledges at once.
type instant struct{}

func (instant) Produce(_ context.Context, r *kgo.Record, promise func(*kgo.Record, error)) {
	promise(r, nil)
}
func (instant) Flush(context.Context) error { return nil }

// saturation is the bench's own schedule: every event is due when it is made. So the driver never waits, all of its
// machinery is at work, and its debt is what lies between generation and sending instead of growing until it gives up.
type saturation struct {
	clock pacer.Clock
	start time.Time
	n     int
	due   time.Duration
}

// Next reads the clock for every 64th event only: reading it is no part of a schedule's usual work.
func (s *saturation) Next() (time.Duration, bool) {
	if s.n%64 == 0 {
		s.due = s.clock.Now().Sub(s.start)
	}
	s.n++
	return s.due, true
}

// limited ends a source after so many real events.
type limited struct {
	event.Source
	left  int64
	bytes int64 // of the values of those yielded
}

func (l *limited) Next(d *event.Due) error {
	if l.left == 0 {
		return io.EOF
	}
	err := l.Source.Next(d)
	if err == nil && d.Stamp.Flags&event.FlagHeartbeat == 0 {
		l.left--
		l.bytes += int64(len(d.Value))
	}
	return err
}
