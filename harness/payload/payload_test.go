package payload_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/chunked"
	"github.com/streamgauge/streamgauge/harness/payload/claimcheck"
	"github.com/streamgauge/streamgauge/harness/payload/folder"
	"github.com/streamgauge/streamgauge/harness/payload/inline"
)

// message is one of n bytes whose first is due after 5 s, over a link of 1,000 bytes per second.
func message(n int) *payload.Message {
	m := &payload.Message{Link: 1000}
	m.Value = bytes.Repeat([]byte("streamgauge"), n/11+1)[:n]
	m.Stamp = event.Stamp{ID: event.ID{Stream: 1, Device: 7, Seq: 9}, Intended: 5e9, Hash: event.Hash(m.Value)}
	m.EventTime, m.Partition, m.Key = 42, 1, []byte("dev")
	return m
}

// whole puts together what records carry.
func whole(t *testing.T, store payload.Store, records []event.Due) []byte {
	t.Helper()
	var all []byte
	for i, d := range records {
		switch {
		case !d.Part:
			all = append(all, d.Value...)
		case d.Chunk.Count == 0:
			f, err := store.Open(string(d.Value))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(f)
			if err = f.Close(); err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		default:
			if int(d.Chunk.Index) != i || int(d.Chunk.Count) != len(records) || int(d.Chunk.Offset) != len(all) {
				t.Errorf("record %d of %d has %+v after %d bytes", i, len(records), d.Chunk, len(all))
			}
			all = append(all, d.Value...)
		}
	}
	return all
}

// Whatever carries it, a message keeps its bytes and its identity, and its last record is due when its last byte has come.
func TestCarriersCarryTheSameMessage(t *testing.T) {
	store := folder.Store{Dir: t.TempDir()}
	for _, c := range []payload.Carrier{inline.Carrier{}, chunked.Carrier{Size: 100}, claimcheck.Carrier{Store: store, Above: 100}} {
		for _, n := range []int{0, 1, 99, 100, 101, 199, 200, 201, 1000} {
			m := message(n)
			records, err := c.Carry(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			if got := whole(t, store, records); !bytes.Equal(got, m.Value) {
				t.Errorf("%s: %d bytes came as %d", c.Name(), n, len(got))
			}
			if want := map[bool]int{true: max(1, (n+99)/100), false: 1}[c.Name() == payload.Chunked]; len(records) != want {
				t.Errorf("%s: %d bytes in %d records, want %d", c.Name(), n, len(records), want)
			}
			before := m.Stamp.Intended - 1
			for _, d := range records {
				if d.Stamp.ID != m.Stamp.ID || d.EventTime != 42 || d.Partition != 1 || string(d.Key) != "dev" || d.Stamp.Hash != event.Hash(d.Value) {
					t.Errorf("%s: %d bytes: record %+v", c.Name(), n, d)
				}
				if d.Part && (d.Chunk.Total != uint64(n) || d.Chunk.Hash != m.Stamp.Hash || n <= 100) {
					t.Errorf("%s: %d bytes: header %+v", c.Name(), n, d.Chunk)
				}
				if d.Stamp.Intended <= before {
					t.Errorf("%s: %d bytes: due at %d after %d", c.Name(), n, d.Stamp.Intended, before)
				}
				before = d.Stamp.Intended
			}
			if want := int64(5e9) + int64(n)*1e6; before != want {
				t.Errorf("%s: the last of %d bytes is due at %d, want %d", c.Name(), n, before, want)
			}
		}
	}
}
