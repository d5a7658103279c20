package laws

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// sums are the digests of an input, as a trial records them.
type sums struct {
	Content, Order string
	Records, Bytes int64
}

func digestOf(records []event.Record) sums {
	var d topic.Digest
	for _, r := range records {
		d.Add(r)
	}
	var s sums
	s.Content, s.Order, s.Records, s.Bytes = d.Sum()
	return s
}

// recordsOf are the records that the driver makes of what is due.
func recordsOf(due []event.Due) []event.Record {
	var all []event.Record
	for _, d := range due {
		all = append(all, event.Record{Partition: d.Partition, Timestamp: d.EventTime, Key: d.Key, Value: d.Value, Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, d.Stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, d.EventTime)}}})
	}
	return all
}

func TestTheSameSeedGivesTheSameInput(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	in := recording(t, 11)
	want := digestOf(recordsOf(in.due))
	if got := digestOf(recordsOf(recording(t, 11).due)); got != want {
		t.Errorf("digests of seed 11 are %+v and %+v, want the same", want, got)
	}
	b := published(t, l, in)
	if got := digestOf(b.read(b.topic("in", "input"), true)); got != want {
		t.Errorf("the topic's digests are %+v, want the source's %+v", got, want)
	}
	if got := digestOf(recordsOf(recording(t, 12).due)); got.Content == want.Content || got.Order == want.Order {
		t.Errorf("digests of seeds 11 and 12 are %+v and %+v, want others", want, got)
	}
}

func TestOrderCountsWithinAPartitionOnly(t *testing.T) {
	t.Parallel()
	records := recordsOf(recording(t, 13).due)
	want := digestOf(records)
	byPartition := slices.Clone(records)
	slices.SortStableFunc(byPartition, func(a, b event.Record) int { return int(a.Partition - b.Partition) })
	if got := digestOf(byPartition); got != want {
		t.Errorf("partition by partition the digests are %+v, want %+v", got, want)
	}
	i := len(records) / 2
	k := i + 1 + slices.IndexFunc(records[i+1:], func(r event.Record) bool { return r.Partition == records[i].Partition })
	records[i], records[k] = records[k], records[i]
	if got := digestOf(records); got.Content != want.Content || got.Order == want.Order {
		t.Errorf("with two records of a partition swapped the digests are %+v, want content as in %+v and another order", got, want)
	}
}

// TestPhasesShareNoEvent cuts a trial into phases as the harness does, and cuts again what the driver has counted.
func TestPhasesShareNoEvent(t *testing.T) {
	t.Parallel()
	s, _ := source(t, 14)
	var due []event.Due
	for {
		var d event.Due
		if err := s.Next(&d); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		due = append(due, d)
	}
	phases := []driver.Phase{{Name: "warmup", From: 0, To: warmup}, {Name: "measure", From: warmup, To: warmup + measure},
		{Name: "drain", From: warmup + measure, To: warmup + measure + time.Hour}}
	type part struct{ Records, Real, Heartbeats, Bytes int64 }
	want := make([]part, len(phases))
	for _, d := range due {
		in := 0
		for i, p := range phases {
			if at := time.Duration(d.Stamp.Intended); at < p.From || at >= p.To {
				continue
			}
			in++
			want[i].Records++
			want[i].Bytes += int64(len(d.Key) + len(d.Value))
			if d.Stamp.Flags&event.FlagHeartbeat != 0 {
				want[i].Heartbeats++
			} else {
				want[i].Real++
			}
		}
		if in != 1 {
			t.Fatalf("event %v, due at %v, is in %d phases, want 1", d.Stamp.ID, time.Duration(d.Stamp.Intended), in)
		}
	}
	b := newLab(t).block(recording(t, 14))
	r := b.publish(due, phases...)
	var got []part
	var sum int64
	for _, p := range r.Phases {
		got = append(got, part{p.Records, p.Real, p.Heartbeats, p.Bytes})
		sum += p.Records
		if p.Acked != p.Records {
			t.Errorf("phase %s: %d records, %d acknowledged", p.Name, p.Records, p.Acked)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if sum != r.Offered || r.Offered != int64(len(due)) {
		t.Errorf("the phases have %d records, the driver offered %d of %d, want all the same", sum, r.Offered, len(due))
	}
	if want[0].Real == 0 || want[1].Real == 0 || want[2].Real != 0 || want[2].Heartbeats == 0 {
		t.Errorf("phases hold %+v; want real events in warm-up and measurement alone, and heartbeats in the drain", want)
	}
}
