package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
)

// alerting is a job with a detect threshold in the registry and a window of a minute.
func alerting() *job.Job {
	return &job.Job{
		Schema: 1, Name: "alerting",
		Reading: job.Reading{Device: "id", Time: job.TimeField{Path: "ts", Unit: "ms"},
			Metrics: map[string]job.Metric{"temp": {Path: "temp", Range: []job.Micros{0, 100e6}}}},
		EventTime: job.EventTime{Lateness: 30_000},
		Stages: []job.Stage{
			{Name: "parse", Do: []job.Operator{{Decode: &job.Decode{}}, {Enrich: &job.Enrich{Fields: []string{"gain", "threshold"}}}}},
			{Name: "detect", Do: []job.Operator{{Detect: &job.Detect{Node: 1, Metric: "temp", Above: job.Operand{Field: "threshold"}, Clear: 500_000}}}},
			{Name: "sum", Do: []job.Operator{{Window: &job.Window{Node: 2, Tumbling: 60_000, Metric: "temp"}}}},
		},
		Answers: job.Answers{Probe: "event", PerEvent: "event"},
	}
}

// counter is a stream of two devices that send in turn, one event every 100 ms.
type counter struct {
	n     int
	first uint32
}

func (c *counter) Pace() (time.Duration, bool) {
	return time.Duration(c.n) * 100 * time.Millisecond, c.n < 20
}

func (c *counter) Next(at time.Duration, e *generators.Event) {
	d := uint32(c.n % 2)
	*e = generators.Event{Device: c.first + d, Seq: uint64(c.n / 2), EventTime: at.Milliseconds(), Key: fmt.Appendf(nil, "dev-%d", d),
		Value: fmt.Appendf(nil, "value %d", c.n), Damaged: c.n == 3}
	c.n++
}

func (c *counter) Devices() []generators.Device { return nil }

func config(j *job.Job) SourceConfig {
	return SourceConfig{Job: j, Format: jsonenc.Format{}, Stream: &counter{first: FirstDevice(2)}, Partitions: 2, Offer: time.Second,
		Tail: 500 * time.Millisecond, EventTime: EventTime{Start: time.UnixMilli(0), Speed: 1}}
}

func all(t *testing.T, c SourceConfig) []event.Due {
	t.Helper()
	s, err := NewSource(c)
	if err != nil {
		t.Fatal(err)
	}
	var list []event.Due
	for {
		var d event.Due
		if err := s.Next(&d); err != nil {
			if !errors.Is(err, io.EOF) || !errors.Is(s.Next(&d), io.EOF) {
				t.Fatalf("Next = %v, want io.EOF again and again", err)
			}
			return list
		}
		list = append(list, d)
	}
}

func TestSourceMergesEventsAndHeartbeats(t *testing.T) {
	var got []string
	for _, d := range all(t, config(alerting())) {
		if d.Stamp.Hash != event.Hash(d.Value) || event.Partition(d.Key, 2) != d.Partition {
			t.Errorf("event %v: hash %x, partition %d do not fit value and key", d.Stamp.ID, d.Stamp.Hash, d.Partition)
		}
		got = append(got, fmt.Sprintf("%d %v %d at %d", d.Stamp.Intended/1e6, d.Stamp.ID, d.Stamp.Flags, d.EventTime))
	}
	want := []string{
		"0 1/0/0 2 at 0", "0 1/1/0 2 at 0", "0 1/4/0 0 at 0", "100 1/5/0 0 at 100",
		"200 1/0/1 2 at 200", "200 1/1/1 2 at 200", "200 1/4/1 0 at 200", "300 1/5/1 8 at 300",
		"400 1/0/2 2 at 400", "400 1/1/2 2 at 400", "400 1/4/2 0 at 400", "500 1/5/2 0 at 500",
		"600 1/0/3 2 at 600", "600 1/1/3 2 at 600", "600 1/4/3 0 at 600", "700 1/5/3 0 at 700",
		"800 1/0/4 2 at 800", "800 1/1/4 2 at 800", "800 1/4/4 0 at 800", "900 1/5/4 0 at 900",
		"1000 1/0/5 2 at 1000", "1000 1/1/5 2 at 1000", "1200 1/0/6 2 at 1200", "1200 1/1/6 2 at 1200",
		"1400 1/0/7 2 at 1400", "1400 1/1/7 2 at 1400",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all(t, config(alerting())), all(t, config(alerting()))); diff != "" {
		t.Errorf("two sources of one config differ:\n%s", diff)
	}
}

func TestSourceKeepsToASchedule(t *testing.T) {
	c := config(alerting())
	schedule, err := pacer.Constant(7)
	if err != nil {
		t.Fatal(err)
	}
	c.Schedule = schedule
	var due []int64
	last := int64(0)
	for _, d := range all(t, c) {
		if d.Stamp.Intended < last {
			t.Errorf("event %v is due at %d, after one due at %d", d.Stamp.ID, d.Stamp.Intended, last)
		}
		last = d.Stamp.Intended
		if d.Stamp.Flags&event.FlagHeartbeat == 0 {
			due = append(due, d.Stamp.Intended)
		}
	}
	want := []int64{0, 142_857_143, 285_714_286, 428_571_429, 571_428_571, 714_285_714, 857_142_857} // and not 1 s: [0, Offer)
	if !slices.Equal(due, want) {
		t.Errorf("real events are due at %d, want %d", due, want)
	}
}

// TestHeartbeatsCrossTheThreshold: readings alternate from window to window, across the threshold, through every operator.
func TestHeartbeatsCrossTheThreshold(t *testing.T) {
	j := alerting()
	c := config(j)
	c.EventTime = EventTime{Start: time.UnixMilli(-60_000), Speed: 100} // a window every 0.6 s
	dec, err := jsonenc.Format{}.Decoder(j.Reading)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := Registry(j, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for _, d := range all(t, c) {
		if d.Stamp.Flags&event.FlagHeartbeat == 0 {
			continue
		}
		if want := -60_000 + d.Stamp.Intended/10_000; d.EventTime != want {
			t.Fatalf("event time %d at %d ns, want %d", d.EventTime, d.Stamp.Intended, want)
		}
		var r encoding.Reading
		if reason := dec.Decode(d.Key, d.Value, &r); reason != "" {
			t.Fatalf("Decode(%s) = %q", d.Value, reason)
		}
		w := floorDiv(d.EventTime, 60_000)
		threshold := registry[string(d.Key)]["threshold"]
		if high := r.Values[0] > threshold; high != (w%2 == 0) {
			t.Errorf("window %d: %s, threshold %d; want above it in even windows", w, d.Value, threshold)
		}
		seen[w] = true
	}
	if !seen[-1] || !seen[0] || !seen[1] {
		t.Errorf("windows seen: %v, want −1, 0 and 1", slices.Sorted(maps.Keys(seen)))
	}
}

func TestHeartbeatsOfAJobWithoutDecodeArePlain(t *testing.T) {
	c := config(job.Identity(2))
	c.Format = nil
	for _, d := range all(t, c) {
		if want := fmt.Sprintf("heartbeat %d", d.Stamp.Seq); d.Stamp.Flags&event.FlagHeartbeat != 0 && string(d.Value) != want {
			t.Errorf("heartbeat = %q, want %q", d.Value, want)
		}
	}
}

func TestTailClosesEveryWindow(t *testing.T) {
	j := alerting()
	const speed = 20
	if got, want := Tail(j, speed, 20*time.Second, 500*time.Millisecond), 5500*time.Millisecond+3*time.Second; got != want {
		t.Errorf("Tail = %v, want %v", got, want)
	}
}

func TestMistakesInASourceAreReported(t *testing.T) {
	_, err := NewSource(SourceConfig{Offer: -1})
	for _, want := range []string{"job", "stream", "partitions", "negative", "speed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewSource = %v, want it to name %q", err, want)
		}
	}
	c := config(alerting())
	c.Job.Reading.Metrics["temp"] = job.Metric{Path: "temp", Range: []job.Micros{0, 1}}
	if _, err := NewSource(c); err == nil || !strings.Contains(err.Error(), "no heartbeat passes") {
		t.Errorf("NewSource of a job that no heartbeat passes = %v", err)
	}
	c = config(alerting())
	c.Format = nil
	if _, err := NewSource(c); err == nil || !strings.Contains(err.Error(), "no encoding") {
		t.Errorf("NewSource without an encoding = %v", err)
	}
}

func TestRegistryHoldsEveryDevice(t *testing.T) {
	real := []generators.Device{{ID: "b", Fields: map[string]int64{"gain": 1_010_000, "threshold": -5}}, {ID: "a", Fields: map[string]int64{}}}
	r, err := Registry(alerting(), 2, real)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for id, fields := range RegistryRecords(r) {
		got = append(got, id+" "+string(fields))
		if !json.Valid(fields) {
			t.Errorf("%s: %s is not JSON", id, fields)
		}
	}
	beat := `{"gain":1000000,"threshold":50000000}`
	want := []string{"a {}", `b {"gain":1010000,"threshold":-5}`}
	for _, prefix := range []string{"heartbeat", "probe"} {
		for p := range int32(2) {
			want = append(want, event.KeyFor(prefix, p, 2)+" "+beat)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("registry (-want +got):\n%s", diff)
	}
	for range RegistryRecords(r) {
		break // must not be called again
	}
	for _, bad := range [][]generators.Device{
		{{ID: "x"}, {ID: "x"}}, {{ID: event.KeyFor("probe", 0, 2)}}, {{ID: "x", Fields: map[string]int64{"gain": job.MaxGain + 1}}}, {{ID: "x", Fields: map[string]int64{"offset": -job.MaxMicros - 1}}},
	} {
		if _, err := Registry(alerting(), 2, bad); err == nil {
			t.Errorf("Registry(%v) = nil error, want one", bad)
		}
	}
}

func TestProbesCountBackwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(int) time.Duration { return time.Millisecond }}
		p, err := NewProber(ProberConfig{Client: f, Topic: "in", Job: alerting(), Format: jsonenc.Format{}, Partitions: 3, EventTime: time.UnixMilli(77)})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := p.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, s := range f.got {
			part, n := int32(i%3), uint64(i/3)
			want := event.Stamp{ID: event.ID{Stream: Stream, Device: uint32(3 + part), Seq: n}, Flags: event.FlagProbe,
				Intended: -1e9 * int64(n+1), Hash: s.stamp.Hash}
			if s.stamp != want || s.partition != part || s.key != event.KeyFor("probe", part, 3) || s.eventTime != 77 {
				t.Errorf("probe %d = %+v, want %+v", i, s, want)
			}
		}
		f.fail = func(int) error { return errStop }
		var pe *ProduceError
		if err := p.Send(t.Context()); !errors.As(err, &pe) || !errors.Is(err, errStop) {
			t.Errorf("Send to a failing broker = %v, want a ProduceError", err)
		}
	})
}

// same is a stream of one event again and again.
type same struct {
	*counter
	event generators.Event
}

func (s same) Next(_ time.Duration, e *generators.Event) { *e = s.event }

func TestSmallEventsAllocateNothing(t *testing.T) {
	c := config(job.Identity(1))
	schedule, err := pacer.Constant(100_000)
	if err != nil {
		t.Fatal(err)
	}
	c.Schedule = schedule
	c.Stream = same{&counter{}, generators.Event{Device: FirstDevice(2), Key: []byte("dev"), Value: []byte("value")}}
	s, err := NewSource(c)
	if err != nil {
		t.Fatal(err)
	}
	var d event.Due
	for d.Stamp.Device < FirstDevice(2) && err == nil { // heartbeats come first
		err = s.Next(&d)
	}
	if n := testing.AllocsPerRun(1000, func() { err = errors.Join(err, s.Next(&d)) }); n != 0 || err != nil {
		t.Errorf("%v allocations an event, %v", n, err)
	}
}
