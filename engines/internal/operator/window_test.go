package operator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// windowed is a rig with a window of the given sizes in ms over temp; the lateness is 1,000 ms.
func windowed(t *testing.T, tumbling, hopping, every job.Millis) *rig {
	return newRig(t, []job.Operator{decodeOp}, job.Operator{Window: &job.Window{Node: 4, Tumbling: tumbling, Hopping: hopping,
		Every: every, Metric: "temp", Emit: allEmits}})
}

func value(start, end, count, sum, least, most int64) string {
	return fmt.Sprintf(`window {"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, count, end, most, least, start, sum)
}

func TestWindowClosesAtEndPlusLateness(t *testing.T) {
	r := windowed(t, 10_000, 0, 0)
	for _, c := range []struct {
		at   int64
		temp int64
		want string
	}{
		{0, 5, ""},
		{9_999, -7, ""},
		{10_000, 100, ""}, // belongs to the next window
		{10_999, 100, ""}, // one short of end + lateness
		{3, 1, ""},        // late in time, yet its window is open
		{11_000, 100, "\n" + value(0, 10_000, 3, -1, -7, 5)},
		{9_999, 50, ""}, // left out, passes as event
		{30_000, 9, "\n" + value(10_000, 20_000, 3, 300, 100, 100)},
	} {
		in := fmt.Sprintf(`{"temp":%d}`, c.temp)
		check(t, fmt.Sprint("event at ", c.at), r.do(r.in(c.at, in)), "event "+in+c.want)
	}
}

func TestEventIsNotLateForTheWindowsItCloses(t *testing.T) {
	r := windowed(t, 0, 4000, 1000)
	r.do(r.in(500, `{"temp":1}`))
	// This event closes the windows up to end 3,500 by itself, and is counted in those that it belongs to.
	check(t, "event at 4500", r.do(r.in(4500, `{"temp":2}`)), strings.Join([]string{`event {"temp":2}`,
		value(-3000, 1000, 1, 1, 1, 1), value(-2000, 2000, 1, 1, 1, 1), value(-1000, 3000, 1, 1, 1, 1)}, "\n"))
	check(t, "event at 9000", r.do(r.in(9000, `{"temp":3}`)), strings.Join([]string{`event {"temp":3}`,
		value(0, 4000, 1, 1, 1, 1), value(1000, 5000, 1, 2, 2, 2), value(2000, 6000, 1, 2, 2, 2), value(3000, 7000, 1, 2, 2, 2),
		value(4000, 8000, 1, 2, 2, 2)}, "\n"))
}

func TestWindowsBefore1970(t *testing.T) {
	for _, c := range []struct{ at, start int64 }{{-1, -10_000}, {-10_000, -10_000}, {-10_001, -20_000}, {0, 0}, {9_999, 0}} {
		r := windowed(t, 10_000, 0, 0)
		r.do(r.in(c.at, `{"temp":1}`))
		check(t, fmt.Sprint("at ", c.at), r.do(r.in(1_000_000, `{"humidity":1}`)),
			"event {\"humidity\":1}\n"+value(c.start, c.start+10_000, 1, 1, 1, 1))
	}
}

func TestEventWithoutTheMetricMovesTheWatermarkOnly(t *testing.T) {
	r := windowed(t, 10_000, 0, 0)
	check(t, "first", r.do(r.in(5_000, `{"humidity":1}`)), `event {"humidity":1}`)
	check(t, "second", r.do(r.in(50_000, `{"humidity":1}`)), `event {"humidity":1}`)
	check(t, "late", r.do(r.in(5_000, `{"temp":1}`)), `event {"temp":1}`)
	check(t, "third", r.do(r.in(90_000, `{"temp":1}`)), `event {"temp":1}`)
}

// Within a batch the watermark stands still: what would be late event by event is counted.
func TestWatermarkStandsStillUntilAdvance(t *testing.T) {
	r := windowed(t, 10_000, 0, 0)
	var got []string
	emit := func(to Destination, out *event.Record) { got = append(got, describe(to, out)) }
	for _, at := range []int64{1, 30_000, 2} {
		if err := r.chain.Process(r.in(at, `{"temp":1}`), emit); err != nil {
			t.Fatal(err)
		}
	}
	r.chain.Advance(emit)
	want := []string{`event {"temp":1}`, `event {"temp":1}`, `event {"temp":1}`, value(0, 10_000, 2, 2, 1, 1)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a batch (-want +got):\n%s", diff)
	}
}

func TestHeadersOfAWindow(t *testing.T) {
	r := windowed(t, 10_000, 0, 0)
	a := event.Stamp{ID: event.ID{Stream: 2, Device: 9, Seq: 3}, Intended: 50}
	b := event.Stamp{ID: event.ID{Stream: 2, Device: 9, Seq: 1}, Intended: 40}
	other := event.Stamp{ID: event.ID{Stream: 2, Device: 8, Seq: 1}, Intended: 60}
	for _, s := range []event.Stamp{a, b, other} {
		r.do(r.event(s, -5, `{"temp":1}`))
	}
	var got []event.Output
	err := r.chain.Process(r.event(event.Stamp{}, 99_999, `{}`), Discard)
	if err != nil {
		t.Fatal(err)
	}
	r.chain.Advance(func(_ Destination, out *event.Record) {
		o, _ := out.Output()
		if at, _ := out.EventTime(); at != -1 || out.Timestamp != -1 || string(out.Key) != device || len(out.Headers) != 2 {
			t.Errorf("window record %+v; want event time and timestamp -1, key %q, two headers", out, device)
		}
		got = append(got, o)
	})
	start := int64(-10_000)
	want := []event.Output{
		{Kind: event.KindWindow, Stream: 2, Device: 8, Seq: uint64(start), Intended: 60, Count: 1, Node: 4, IDs: other.Term()},
		{Kind: event.KindWindow, Stream: 2, Device: 9, Seq: uint64(start), Intended: 50, Count: 2, Node: 4, IDs: a.Term() + b.Term()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
}
