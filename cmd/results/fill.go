package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// Input of a pair: neither side looks into the values.
const (
	devices    = 500
	valueBytes = 200
)

// fill puts the input there, and an empty registry.
func (p *pairing) fill(ctx context.Context) error {
	t := p.plan("").Topics
	if err := p.admin.Create(ctx, []topic.Spec{{Name: t.Input, Partitions: partitions}, {Name: t.Registry, Partitions: partitions, Compact: true}}); err != nil {
		return err
	}
	var failed error
	var once sync.Once
	value := bytes.Repeat([]byte("v"), valueBytes)
	hash := event.Hash(value)
	for i := range p.unit.copies {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r := input(t.Input, i, value, hash)
		p.digest += identity(r)
		p.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { failed = err })
			}
		})
	}
	if err := p.client.Flush(ctx); err != nil {
		return err
	}
	return failed
}

// input is the i-th record.
func input(name string, i int64, value []byte, hash uint64) *kgo.Record {
	device := uint32(i%devices) + 2*partitions
	key := fmt.Appendf(nil, "device-%d", device)
	stamp := event.AppendStamp(nil, event.Stamp{ID: event.ID{Stream: 1, Device: device, Seq: uint64(i / devices)}, Intended: i, Hash: hash})
	at := time.UnixMilli(1_594_598_400_000 + i/50)
	return &kgo.Record{Topic: name, Partition: event.Partition(key, partitions), Key: key, Value: value, Timestamp: at,
		Headers: []kgo.RecordHeader{{Key: event.HeaderStamp, Value: stamp}, {Key: event.HeaderTime, Value: event.AppendTime(nil, at.UnixMilli())}}}
}
