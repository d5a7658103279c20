package harness

import (
	"errors"
	"io"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// messages is the digest of what a block offers, and how many records that is.
func messages(t *testing.T, b *blockRun) (string, int64) {
	t.Helper()
	src, err := b.newSource()
	if err != nil {
		t.Fatal(err)
	}
	var d topic.Digest
	var due event.Due
	for {
		err := src.Next(&due)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		r := event.Record{Partition: due.Partition, Timestamp: due.EventTime, Key: due.Key, Value: due.Value,
			Headers: []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, due.Stamp)}}}
		if due.Part {
			r.Headers = append(r.Headers, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, due.Chunk)})
		}
		d.Add(r)
	}
	_, _, records, _ := d.Sum()
	return d.Messages(), records
}

// That two carriers brought the same messages at the same times is seen from their records.
func TestEveryCarrierHasTheSameMessages(t *testing.T) {
	offered := func(carrier string, link scenario.Bytes) *blockRun {
		b := offeredOver(t, link)
		b.dir = t.TempDir()
		b.shared.dir = b.dir
		b.Config.Scenario.Stream.Payload.Carrier = carrier
		return b
	}
	want, chunks := messages(t, offered(payload.Chunked, 1e6))
	for _, carrier := range []string{payload.Inline, payload.ClaimCheck} {
		got, records := messages(t, offered(carrier, 1e6))
		if got != want {
			t.Errorf("%s: messages %s, in chunks %s", carrier, got, want)
		}
		if records >= chunks {
			t.Errorf("%s: %d records, in chunks %d: no message was large", carrier, records, chunks)
		}
	}
	if got, _ := messages(t, offered(payload.Inline, 2e6)); got == want {
		t.Error("messages due at other times have the same digest")
	}
}
