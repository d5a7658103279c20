package driver

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/chunked"
	"github.com/streamgauge/streamgauge/harness/payload/claimcheck"
	"github.com/streamgauge/streamgauge/harness/payload/inline"
)

// carriedRecords is all that a source of 200 messages of 100 B to 1 MB gives, over links of 1 MB/s.
func carriedRecords(t *testing.T, c payload.Carrier) []event.Due {
	t.Helper()
	stream, err := blob.New(blob.Config{Seed: 1, FirstDevice: FirstDevice(2), Devices: 5, Smallest: 100, Largest: 1_000_000, Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := pacer.Constant(100)
	if err != nil {
		t.Fatal(err)
	}
	src, err := NewSource(SourceConfig{Job: job.Identity(1), Stream: stream, Schedule: schedule, Partitions: 2, Offer: 2 * time.Second,
		Tail: time.Second, EventTime: EventTime{Speed: 1}, Carrier: c, Link: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	var all []event.Due
	for {
		var d event.Due
		if err := src.Next(&d); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
}

// Records come when they are due, others go between the chunks of a message, and no two messages of a device overlap.
func TestChunksComeWhenTheyAreDue(t *testing.T) {
	var before int64
	var between, messages int
	open := map[uint32]event.ID{}
	for _, d := range carriedRecords(t, chunked.Carrier{Size: 10_000}) {
		if d.Stamp.Intended < before {
			t.Fatalf("record %s due at %d after one due at %d", d.Stamp.ID, d.Stamp.Intended, before)
		}
		before = d.Stamp.Intended
		id, coming := open[d.Stamp.Device]
		if coming && id != d.Stamp.ID {
			t.Fatalf("message %s begins within %s", d.Stamp.ID, id)
		}
		if len(open) > 0 && !coming {
			between++
		}
		delete(open, d.Stamp.Device)
		switch {
		case d.Part && d.Chunk.Index+1 < d.Chunk.Count:
			open[d.Stamp.Device] = d.Stamp.ID
		case d.Stamp.Flags&event.FlagHeartbeat == 0:
			messages++
		}
	}
	if len(open) > 0 || messages != 200 || between == 0 {
		t.Errorf("%d messages, %d not ended, %d records between chunks; want 200, none and some", messages, len(open), between)
	}
}

// The last record of a message is due at the same time with every carrier.
func TestCarriersAreDueAlike(t *testing.T) {
	due := map[event.ID]int64{}
	for _, d := range carriedRecords(t, inline.Carrier{}) {
		due[d.Stamp.ID] = d.Stamp.Intended
	}
	for _, d := range carriedRecords(t, chunked.Carrier{Size: 10_000}) {
		if last := !d.Part || d.Chunk.Index+1 == d.Chunk.Count; last && due[d.Stamp.ID] != d.Stamp.Intended {
			t.Errorf("message %s is due at %d inline and at %d in chunks", d.Stamp.ID, due[d.Stamp.ID], d.Stamp.Intended)
		}
	}
}

// Large messages are lent, as a whole or in parts, small ones are not.
func TestLargeMessagesAreLent(t *testing.T) {
	lent := 0
	for _, d := range carriedRecords(t, chunked.Carrier{Size: 10_000}) {
		if large := d.Part && d.Chunk.Total >= generators.Large; large != (d.Done != nil) {
			t.Fatalf("record %s, of a message of %d bytes, lent: %v", d.Stamp.ID, max(int(d.Chunk.Total), len(d.Value)), d.Done != nil)
		} else if large {
			lent++
		}
	}
	if lent == 0 {
		t.Error("there was no large message")
	}
}

// A carried message is given back by its last record alone.
func TestTheLastOfTheRecordsGivesBack(t *testing.T) {
	given := 0
	c := carried{carrier: chunked.Carrier{Size: 10}, free: map[uint32]int64{}}
	if err := c.take(&event.Due{Value: make([]byte, 35), Done: func() { given++ }}); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if given != 0 {
			t.Fatalf("given back after %d of 4 records", i)
		}
		c.waiting[i].Done()
	}
	if given != 1 {
		t.Errorf("given back %d times", given)
	}
}

// sink is a store that keeps nothing.
type sink struct{ payload.Store }

func (sink) Put(string, []byte) error { return nil }

// A message that is in a store does not stay in memory until the record that refers to it is acknowledged, which is short but may be due
// much later.
func TestAStoredMessageIsGivenBackAtOnce(t *testing.T) {
	given := 0
	c := carried{carrier: claimcheck.Carrier{Store: sink{}, Above: 10}, free: map[uint32]int64{}}
	for _, size := range []int{10, 11} {
		if err := c.take(&event.Due{Value: make([]byte, size), Done: func() { given++ }}); err != nil {
			t.Fatal(err)
		}
	}
	if of := c.waiting[1]; given != 1 || !of.Part || of.Done != nil {
		t.Errorf("%d messages given back, the record of the second to give it back: %t; want 1 and false", given, of.Done != nil)
	}
	if c.waiting[0].Done(); given != 2 {
		t.Error("the message that is a record itself is not given back by it")
	}
}

func TestWhatTheBrokerHasIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		l := every(time.Millisecond, 3, 100)
		for i := range *l {
			(*l)[i].Done = func() { given++ }
		}
		f := &fake{fail: func(n int) error {
			if n == 2 {
				return errors.New("given up")
			}
			return nil
		}}
		if _, err := runIn(t, f, Config{Source: l}); err == nil {
			t.Error("a record was given up without an error")
		}
		if given != 2 {
			t.Errorf("%d values were given back, want those of the two records that the broker has", given)
		}
	})
}
