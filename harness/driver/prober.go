package driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// ProberConfig says whom to probe.
type ProberConfig struct {
	Client     Producer // the one that will send the input: one idempotent producer owns a partition
	Topic      string   // the trial's input
	Job        *job.Job
	Format     encoding.Format
	Partitions int32
	EventTime  time.Time // of every probe: the stream's first
}

// Prober asks all engines that read an input topic whether they are ready, by one record per partition at a time. Their
// answers are the collector's to see.
type Prober struct {
	c     ProberConfig
	beats *beats
}

// NewProber prepares probes. Errors: as NewSource.
func NewProber(c ProberConfig) (*Prober, error) {
	b, err := newBeats(c.Job, c.Format, "probe", c.Partitions)
	if err != nil {
		return nil, fmt.Errorf("making probes: %w", err)
	}
	return &Prober{c: c, beats: b}, nil
}

// Send sends the next probe to every partition and returns when the broker has them. The n-th, from 1, carries the intended
// time −n seconds. Errors: *ProduceError, ctx's.
func (p *Prober) Send(ctx context.Context) error {
	errs := make(chan error, p.c.Partitions)
	for i := range p.c.Partitions {
		var d event.Due
		intended := -time.Second * time.Duration(p.beats.seq[i]+1)
		p.beats.next(i, event.FlagProbe, intended, p.c.EventTime.UnixMilli(), &d)
		s := &slot{}
		s.fill(p.c.Topic, &d)
		p.c.Client.Produce(ctx, &s.record, func(r *kgo.Record, err error) {
			if err != nil {
				err = &ProduceError{Topic: r.Topic, Partition: r.Partition, Err: err}
			}
			errs <- err
		})
	}
	var all []error
	for range p.c.Partitions {
		select {
		case err := <-errs:
			all = append(all, err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return errors.Join(all...)
}
