package operator

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

var aggregateOp = job.Operator{Aggregate: &job.Aggregate{Node: 4, Metric: "temp"}}

func told(count, max, min, sum int64) string {
	return fmt.Sprintf(`update {"count":%d,"max":%d,"min":%d,"sum":%d}`, count, max, min, sum)
}

func TestAggregateTellsOfEachEventThatIsHandledAlone(t *testing.T) {
	r := newRig(t, nil, decodeOp, aggregateOp)
	for _, c := range []struct{ value, want string }{
		{`{"temp":5}`, told(1, 5, 5, 5)},
		{`{"temp":-7}`, told(2, 5, -7, -2)},
		{`{"humidity":1,"temp":5}`, told(3, 5, -7, 3)},
		{`!range`, "dead range !range"},
		{`{"temp":9}`, told(4, 9, -7, 12)},
	} {
		check(t, c.value, r.do(r.in(0, c.value)), c.want)
	}
}

func TestAggregateTellsOfABatchOnceForEachDevice(t *testing.T) {
	r := newRig(t, nil, decodeOp, aggregateOp)
	var got []event.Output
	var times []int64
	emit := func(_ Destination, out *event.Record) {
		o, err := out.Output()
		if err != nil {
			t.Fatal(err)
		}
		got, times = append(got, o), append(times, out.Timestamp)
	}
	stamp := func(stream uint16, device uint32, seq uint64, intended int64) event.Stamp {
		return event.Stamp{ID: event.ID{Stream: stream, Device: device, Seq: seq}, Intended: intended}
	}
	a, b, other, twin := stamp(1, 9, 0, 10), stamp(1, 9, 1, 30), stamp(1, 8, 4, 20), stamp(2, 9, 0, 15)
	for i, s := range []event.Stamp{a, other, twin, b} {
		if err := r.chain.Process(r.event(s, []int64{70, 20, 5, 60}[i], `{"temp":1}`), emit); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) > 0 {
		t.Errorf("%d updates before the batch ends", len(got))
	}
	r.chain.Advance(emit)
	r.chain.Advance(emit) // nothing has changed since
	want := []event.Output{
		{Kind: event.KindUpdate, Node: 4, Stream: 1, Device: 8, Seq: 1, Count: 1, Intended: 20, IDs: other.Term()},
		{Kind: event.KindUpdate, Node: 4, Stream: 1, Device: 9, Seq: 2, Count: 2, Intended: 30, IDs: a.Term() + b.Term()},
		{Kind: event.KindUpdate, Node: 4, Stream: 2, Device: 9, Seq: 1, Count: 1, Intended: 15, IDs: twin.Term()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("updates of a batch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{20, 70, 5}, times); diff != "" {
		t.Errorf("highest event times (-want +got):\n%s", diff)
	}
}

func TestAggregateGoesOnFromASnapshot(t *testing.T) {
	r := newRig(t, nil, decodeOp, aggregateOp)
	r.do(r.in(50, `{"temp":5}`))
	snapshot := r.chain.Snapshot()
	r.do(r.in(60, `{"temp":100}`)) // undone below
	if err := r.chain.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	check(t, "after", r.do(r.in(40, `{"temp":1}`)), told(2, 5, 1, 6))
	for n := range snapshot {
		if err := r.chain.Restore(snapshot[:n]); err == nil {
			t.Errorf("Restore of the first %d of %d bytes = nil, want an error", n, len(snapshot))
		}
	}
}

func TestAReadingWithoutTheMetricIsCorrupt(t *testing.T) {
	r := newRig(t, nil, decodeOp, aggregateOp)
	if err := r.chain.Process(r.in(0, `{"humidity":1}`), Discard); err == nil {
		t.Error("Process without the metric = nil, want an error: validate lets none pass")
	}
}
