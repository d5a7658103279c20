package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/broker"
)

// quiet is how long a topic may give nothing before what is missing is taken for lost.
const quiet = 30 * time.Second

// topicText reads the values of a topic's records as lines, up to the ends it has now: within a partition in their order,
// across partitions as they come.
func topicText(ctx context.Context, topic, brokers string) ([]byte, error) {
	if brokers == "" {
		return nil, usagef("such as --broker localhost:9092", "topic:%s needs --broker HOST:PORT", topic)
	}
	opts, err := broker.ClientOptions(strings.Split(brokers, ","), "", 16<<20)
	if err != nil {
		return nil, usagef("such as --broker localhost:9092", "--broker: %w", err)
	}
	client, err := kgo.NewClient(append(opts, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepControlRecords())...) // a transaction's end may be the last offset
	if err != nil {
		return nil, usagef("such as --broker localhost:9092", "--broker: %w", err)
	}
	defer client.Close()
	left, err := unread(ctx, client, topic)
	if err != nil {
		return nil, environment("streamgauge broker status shows whether one runs here", err)
	}
	return drained(ctx, client, left)
}

// unread counts the offsets of each partition.
func unread(ctx context.Context, client *kgo.Client, topic string) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("reading topic %s: %w", topic, err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	return left, nil
}

func drained(ctx context.Context, client *kgo.Client, ends map[int32]int64) ([]byte, error) {
	var text bytes.Buffer
	for len(ends) > 0 {
		wait, cancel := context.WithTimeout(ctx, quiet)
		fetches := client.PollFetches(wait)
		cancel()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := fetches.Err(); err != nil {
			return nil, environment("streamgauge broker status shows whether one runs here", fmt.Errorf("reading a topic: %w", err))
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if end, ok := ends[r.Partition]; ok && r.Offset < end {
				if !r.Attrs.IsControl() {
					text.Write(bytes.TrimRight(r.Value, "\r\n"))
					text.WriteByte('\n')
				}
				if r.Offset == end-1 {
					delete(ends, r.Partition)
				}
			}
		})
	}
	return text.Bytes(), nil
}
