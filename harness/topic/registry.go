package topic

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// PublishRegistry writes the entries (device id, canonical JSON of its fields) to a registry topic and returns when the
// broker has them all. The client must use the default partitioner: an engine task looks for a device in the partition
// that its input comes from. The first error ends it.
func PublishRegistry(ctx context.Context, client *kgo.Client, topic string, entries iter.Seq2[string, []byte]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var once sync.Once
	for device, fields := range entries {
		if ctx.Err() != nil {
			break
		}
		r := &kgo.Record{Topic: topic, Key: []byte(device), Value: fields}
		client.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { cancel(fmt.Errorf("device %q: %w", device, err)) })
			}
		})
	}
	// Flush waits for the promises of what is buffered, also after an error.
	if err := client.Flush(ctx); err != nil && context.Cause(ctx) == nil {
		return fmt.Errorf("publishing the registry to %s: %w", topic, err)
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("publishing the registry to %s: %w", topic, err)
	}
	return nil
}
