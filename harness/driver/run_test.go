package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/pacer"
)

// fake is a producer that answers each record after a delay, in order. It runs in a bubble of synctest.
type fake struct {
	mu      sync.Mutex
	delay   func(n int) time.Duration // of record n; negative: never
	fail    func(n int) error
	got     []sent
	waiting sync.WaitGroup
	last    chan struct{} // closed when the record before is answered
}

type sent struct {
	at        time.Time
	key       string
	stamp     event.Stamp
	eventTime int64
	timestamp time.Time
	partition int32
}

func (f *fake) Produce(ctx context.Context, r *kgo.Record, promise func(*kgo.Record, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.got)
	s := sent{at: time.Now(), key: string(r.Key), timestamp: r.Timestamp, partition: r.Partition}
	s.stamp, _ = event.ParseStamp(r.Headers[0].Value)
	s.eventTime, _ = event.ParseTime(r.Headers[1].Value)
	f.got = append(f.got, s)
	var delay time.Duration
	if f.delay != nil {
		delay = f.delay(n)
	}
	var err error
	if f.fail != nil {
		err = f.fail(n)
	}
	before, done := f.last, make(chan struct{})
	f.last = done
	f.waiting.Go(func() {
		defer close(done)
		if delay < 0 {
			<-ctx.Done()
			err = ctx.Err()
		} else {
			time.Sleep(delay)
		}
		if before != nil {
			<-before
		}
		promise(r, err)
	})
}

func (f *fake) Flush(ctx context.Context) error {
	done := make(chan struct{})
	go func() { f.waiting.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// list is a source of given records.
type list []event.Due

func (l *list) Next(d *event.Due) error {
	if len(*l) == 0 {
		return io.EOF
	}
	*d = (*l)[0]
	*l = (*l)[1:]
	return nil
}

// every makes n real events of a size, the first due at 0.
func every(gap time.Duration, n, size int) *list {
	var l list
	for i := range n {
		l = append(l, event.Due{Stamp: event.Stamp{ID: event.ID{Stream: Stream, Device: 4, Seq: uint64(i)}, Intended: int64(time.Duration(i) * gap)},
			EventTime: 1000 + int64(i), Partition: int32(i % 2), Key: []byte("k"), Value: make([]byte, size)})
	}
	return &l
}

// drive runs in a bubble, where time passes only while all wait.
func runIn(t *testing.T, f *fake, c Config) (Report, error) {
	t.Helper()
	c.Client, c.Topic, c.Clock = f, "in", pacer.Sleeper{}
	if c.Start.IsZero() {
		c.Start = time.Now().Add(100 * time.Millisecond)
	}
	return Run(t.Context(), c)
}

func conserve(t *testing.T, r *Report) {
	t.Helper()
	if r.Offered != r.Acked+r.Failed+r.Unresolved {
		t.Errorf("offered %d, acked %d, failed %d, unresolved %d: they do not add up", r.Offered, r.Acked, r.Failed, r.Unresolved)
	}
}

func TestEveryRecordLeavesWhenItIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(int) time.Duration { return 3 * time.Millisecond }}
		start := time.Now().Add(time.Second)
		var progress int
		r, err := runIn(t, f, Config{Source: every(300*time.Microsecond, 10_000, 100), Start: start, OnProgress: func(Progress) { progress++ },
			Phases: []Phase{{"warmup", 0, time.Second}, {"measure", time.Second, 4 * time.Second}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range f.got {
			if s.stamp.Intended != int64(i)*300_000 {
				t.Fatalf("record %d carries intended %d", i, s.stamp.Intended)
			}
			if late := s.at.Sub(start) - time.Duration(s.stamp.Intended); late < 0 || late > pacer.Quantum {
				t.Fatalf("record %d left %v after its time", i, late)
			}
			if s.eventTime != 1000+int64(i) || !s.timestamp.Equal(time.UnixMilli(s.eventTime)) || s.partition != int32(i%2) {
				t.Fatalf("record %d: %+v", i, s)
			}
		}
		conserve(t, &r)
		want := Report{Offered: 10_000, Real: 10_000, Acked: 10_000, Bytes: 1_010_000, HeaderBytes: 450_000, Largest: 101}
		got := Report{Offered: r.Offered, Real: r.Real, Acked: r.Acked, Bytes: r.Bytes, HeaderBytes: r.HeaderBytes, Largest: r.Largest,
			Failed: r.Failed, Unresolved: r.Unresolved, Mismatched: r.Mismatched, Blocked: r.Blocked, OutOfRange: r.OutOfRange, Saturated: r.Saturated}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
		if !slices.Equal(r.Due, []int64{3334, 3333, 3333}) || !slices.Equal(r.Due, r.Sent) {
			t.Errorf("due per second %v, sent %v, want 3334 3333 3333", r.Due, r.Sent)
		}
		if r.RateError > 1e-4 || r.MaxDebt > pacer.Quantum || progress < 10 {
			t.Errorf("rate error %v, debt %v, %d calls of progress", r.RateError, r.MaxDebt, progress)
		}
		if p := r.Phases[0].Ack; p.Min() < 2_990_000 || p.Max() > 3_010_000 {
			t.Errorf("produce path from %d to %d ns, want 3 ms", p.Min(), p.Max())
		}
	})
}

func TestPhasesGoByIntendedTimeAndShareNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := every(100*time.Millisecond, 40, 10)
		(*src)[5].Stamp.Flags = event.FlagHeartbeat
		(*src)[25].Stamp.Flags = event.FlagDamaged
		r, err := runIn(t, &fake{}, Config{Source: src, Phases: []Phase{
			{"warmup", 0, time.Second}, {"measure", time.Second, 2 * time.Second}, {"drain", 3 * time.Second, 3500 * time.Millisecond}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range r.Phases {
			got = append(got, fmt.Sprintf("%s %d %d %d %d %d %d", p.Name, p.Records, p.Real, p.Heartbeats, p.Acked, p.SendDelay.TotalCount(), p.Ack.TotalCount()))
		}
		want := []string{"warmup 10 9 1 10 9 10", "measure 10 10 0 10 10 10", "drain 5 5 0 5 5 5"} // between 2 s and 3 s, and at the end, none
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
		if r.Offered != 40 || r.Heartbeats != 1 || r.Real != 39 || r.Damaged != 1 {
			t.Errorf("offered %d, heartbeats %d, real %d, damaged %d; want 40 1 39 1", r.Offered, r.Heartbeats, r.Real, r.Damaged)
		}
	})
}

// TestABlockedClientChangesNoIntendedTime: while the broker stalls for two seconds, events stay due; when they leave, they
// carry their own times, and the report shows how late they were.
func TestABlockedClientChangesNoIntendedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(n int) time.Duration {
			if n == 100 {
				return 2 * time.Second // and all behind it wait
			}
			return time.Millisecond
		}}
		r, err := runIn(t, f, Config{Source: every(time.Millisecond, 5000, 1000), BufferBytes: 100 * 1046})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range f.got {
			if s.stamp.Intended != int64(i)*1e6 {
				t.Fatalf("record %d carries intended %d, want %d", i, s.stamp.Intended, i*1_000_000)
			}
		}
		if r.MaxDebt < 1800*time.Millisecond || r.MaxDebt > 2100*time.Millisecond || r.Blocked < 1800*time.Millisecond || r.Saturated {
			t.Errorf("debt %v, blocked %v, saturated %v; want about 1.9 s of both and not saturated", r.MaxDebt, r.Blocked, r.Saturated)
		}
		if r.Offered != 5000 || r.Acked != 5000 {
			t.Errorf("offered %d, acked %d, want all 5000", r.Offered, r.Acked)
		}
		if r.Sent[1] > 10 || r.Due[1] != 1000 {
			t.Errorf("in the second second %d were due and %d left, want 1000 and nearly none", r.Due[1], r.Sent[1])
		}
		conserve(t, &r)
	})
}

func TestTooMuchDebtIsSaturation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(n int) time.Duration {
			if n == 10 {
				return 8 * time.Second
			}
			return 0
		}}
		r, err := runIn(t, f, Config{Source: every(time.Millisecond, 20_000, 1000), BufferBytes: 50_000,
			Phases: []Phase{{"all", 0, time.Minute}}})
		if err != nil || !r.Saturated {
			t.Fatalf("Run = saturated %v, %v; want saturated and no error", r.Saturated, err)
		}
		if r.Offered > 100 || r.Acked != r.Offered || r.MaxDebt < MaxDebt || r.MaxDebt > MaxDebt+10*time.Millisecond {
			t.Errorf("offered %d, acked %d, debt %v; want fewer than 100, all acked, %v", r.Offered, r.Acked, r.MaxDebt, MaxDebt)
		}
		conserve(t, &r)
	})
}

func TestARecordLargerThanTheBufferGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := every(time.Millisecond, 10, 100)
		(*src)[5].Value = make([]byte, 1_000_000)
		flying, most := 0, 0
		var mu sync.Mutex
		f := &fake{delay: func(int) time.Duration { return 10 * time.Millisecond }}
		count := producerFunc{f, func(by int) {
			mu.Lock()
			defer mu.Unlock()
			if flying += by; by > 0 {
				most = max(most, flying)
			}
		}}
		r, err := Run(t.Context(), Config{Client: count, Topic: "in", Source: src, Clock: pacer.Sleeper{}, Start: time.Now(), BufferBytes: 10_000})
		if err != nil || r.Acked != 10 {
			t.Fatalf("Run = %d acked, %v", r.Acked, err)
		}
		if most >= 1_000_100 {
			t.Errorf("up to %d bytes were on their way, want the large record alone", most)
		}
	})
}

type producerFunc struct {
	*fake
	flying func(int)
}

func (p producerFunc) Produce(ctx context.Context, r *kgo.Record, promise func(*kgo.Record, error)) {
	n := len(r.Value)
	p.flying(n)
	p.fake.Produce(ctx, r, func(r *kgo.Record, err error) {
		p.flying(-n)
		promise(r, err)
	})
}

func TestAFailedRecordEndsTheDrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{fail: func(n int) error {
			if n == 51 {
				return kerr.MessageTooLarge
			}
			return nil
		}}
		r, err := runIn(t, f, Config{Source: every(time.Millisecond, 5000, 10)})
		var pe *ProduceError
		if !errors.As(err, &pe) || pe.Topic != "in" || pe.Partition != 1 || !errors.Is(err, kerr.MessageTooLarge) || !strings.Contains(err.Error(), "max.message.bytes") {
			t.Fatalf("Run = %v, want a ProduceError of partition 1 that says what to do", err)
		}
		if r.Failed != 1 || r.Offered > 200 {
			t.Errorf("failed %d, offered %d; want 1 and hardly more than 52", r.Failed, r.Offered)
		}
		conserve(t, &r)
	})
}

var errStop = errors.New("stop")

func TestACancelledDriveEndsAtOnceAndReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(errStop) })
		begin := time.Now()
		r, err := Run(ctx, Config{Client: &fake{}, Topic: "in", Source: every(10*time.Second, 5, 10), Clock: pacer.Sleeper{}, Start: begin})
		if !errors.Is(err, errStop) {
			t.Errorf("Run = %v, want the cause %v", err, errStop)
		}
		if took := time.Since(begin); took > 1600*time.Millisecond {
			t.Errorf("ended after %v, want soon after 1.5 s", took)
		}
		if r.Offered != 1 || r.Acked != 1 {
			t.Errorf("offered %d, acked %d, want 1", r.Offered, r.Acked)
		}
	})
}

func TestASilentBrokerLeavesRecordsUnresolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(n int) time.Duration {
			if n == 3 {
				return -1
			}
			return 0
		}}
		r, err := runIn(t, f, Config{Source: every(time.Millisecond, 5, 10), Flush: 3 * time.Second})
		if err == nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want a deadline exceeded", err)
		}
		if r.Unresolved != 2 || r.Acked != 3 {
			t.Errorf("acked %d, unresolved %d, want 3 and 2", r.Acked, r.Unresolved)
		}
		conserve(t, &r)
	})
}

type failing struct{ after *list }

func (f failing) Next(d *event.Due) error {
	if err := f.after.Next(d); err != nil {
		return errStop
	}
	return nil
}

func TestASourcesErrorIsTheDrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := runIn(t, &fake{}, Config{Source: failing{every(time.Millisecond, 500, 10)}})
		if !errors.Is(err, errStop) || r.Acked != 500 {
			t.Errorf("Run = %d acked, %v; want 500 and %v", r.Acked, err, errStop)
		}
	})
}

type panicking struct{}

func (panicking) Next(*event.Due) error { panic("no such device") }

func TestAPanicOfTheSourceIsTheDrivesError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := runIn(t, &fake{}, Config{Source: panicking{}})
		if d := (*defect.Error)(nil); !errors.As(err, &d) || !strings.Contains(err.Error(), "no such device") {
			t.Errorf("Run = %v, want the panic", err)
		}
	})
}

// slow is a source that takes its time for one record.
type slow struct {
	*list
	n int
}

func (s *slow) Next(d *event.Due) error {
	if s.n++; s.n == 100 {
		time.Sleep(time.Second)
	}
	return s.list.Next(d)
}

func TestASlowGeneratorIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := runIn(t, &fake{}, Config{Source: &slow{list: every(time.Millisecond, 1000, 10)}, Start: time.Now()})
		if err != nil || r.Acked != 1000 {
			t.Fatalf("Run = %d acked, %v", r.Acked, err)
		}
		if r.Starved < 850*time.Millisecond || r.MaxDebt < 850*time.Millisecond || r.Blocked != 0 {
			t.Errorf("starved %v, debt %v, blocked %v; want about 1 s, as much, none", r.Starved, r.MaxDebt, r.Blocked)
		}
	})
}

func TestMistakesInAConfigAreReportedTogether(t *testing.T) {
	_, err := Run(t.Context(), Config{BufferBytes: -1, Phases: []Phase{{"a", 2, 1}}})
	for _, want := range []string{"client", "start", "buffer", "phase a"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want it to name %q", err, want)
		}
	}
}

// instant answers at once, and its clock jumps: what remains is the driver's own work.
type instant struct{ now time.Time }

func (c *instant) Now() time.Time                { return c.now }
func (c *instant) WaitUntil(t time.Time)         { c.now = t }
func (c *instant) Pin() func()                   { return func() {} }
func (c *instant) Precision() string             { return "none" }
func (*instant) Flush(ctx context.Context) error { return nil }
func (*instant) Produce(_ context.Context, r *kgo.Record, promise func(*kgo.Record, error)) {
	promise(r, nil)
}

type endless struct {
	n, gap int64
	value  []byte
	key    []byte
}

func (e *endless) Next(d *event.Due) error {
	if e.n == 0 {
		return io.EOF
	}
	e.n--
	*d = event.Due{Stamp: event.Stamp{Intended: e.gap}, Key: e.key, Value: e.value}
	e.gap += 10_000
	return nil
}

func BenchmarkSend(b *testing.B) {
	c := &instant{now: time.Unix(1, 0)}
	b.ReportAllocs()
	src := &endless{n: int64(b.N), key: make([]byte, 17), value: make([]byte, 200)}
	r, err := Run(b.Context(), Config{Client: c, Clock: c, Topic: "in", Start: c.now, Source: src, Phases: []Phase{{"all", 0, time.Hour}}})
	if err != nil || r.Acked != int64(b.N) {
		b.Fatal(r.Acked, err)
	}
}

// What lies ready before anybody reads it has no schedule to keep: all of it goes at once, in order, and nothing is late.
func TestUnpacedRecordsLeaveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{delay: func(int) time.Duration { return time.Millisecond }}
		begun := time.Now()
		r, err := runIn(t, f, Config{Source: every(time.Second, 500, 100), Start: begun, Unpaced: true})
		if err != nil || r.Saturated || r.MaxDebt != 0 || r.RateError != 0 || r.Real != 500 || r.Acked != 500 {
			t.Errorf("Run = %+v, %v; want 500 records without a debt", r, err)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it took %v; the schedule has 500 s", took)
		}
		for i, s := range f.got {
			if s.stamp.Intended != int64(i)*int64(time.Second) {
				t.Fatalf("record %d carries intended %d", i, s.stamp.Intended)
			}
		}
	})
}
