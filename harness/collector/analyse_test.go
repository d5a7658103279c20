package collector

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

const (
	ms         = int64(time.Millisecond)
	sec        = int64(time.Second)
	partitions = 2
)

var start = time.Unix(1_700_000_000, 250_000_000)

// trial is a synthetic one: files are made of what is observed, in any order.
type trial struct {
	t         testing.TB
	cfg       AnalysisConfig
	committed bool
	obs       map[string][]Observation // by file
	topics    map[string]Topic
	parts     map[string]int32
}

func newTrial(t testing.TB) *trial {
	return &trial{t: t, obs: map[string][]Observation{}, topics: map[string]Topic{}, parts: map[string]int32{},
		cfg: AnalysisConfig{Trial: "t1", Instance: "tuple", Dir: t.TempDir(), Start: start, EndNS: 12 * sec, DueStep: 10 * time.Millisecond,
			Phases: []result.Phase{{Name: "warmup", From: 0, To: 2 * sec}, {Name: "measure", From: 2 * sec, To: 8 * sec}, {Name: "drain", From: 8 * sec, To: 12 * sec}}}}
}

func (tr *trial) add(topic Topic, partition int32, o Observation) {
	topic.Instance, topic.Name = tr.cfg.Instance, "topic"
	name := fileName(topic, partition)
	tr.topics[name], tr.parts[name] = topic, partition
	if o.Device < partitions {
		o.Flags |= event.FlagHeartbeat
	} else if o.Device < 2*partitions {
		o.Flags |= event.FlagProbe
	}
	tr.obs[name] = append(tr.obs[name], o)
}

// event answers a real event on the output.
func (tr *trial) event(device uint32, seq uint64, intended, ns int64) {
	tr.add(Topic{Role: Output}, int32(device%partitions), Observation{Kind: event.KindEvent, Device: device, Seq: seq, Intended: intended,
		Received: intended + ns})
}

func (tr *trial) write() {
	tr.t.Helper()
	const origin, offset = 1_699_999_990 * sec, 10*sec + 250*ms
	for name, obs := range tr.obs {
		slices.SortStableFunc(obs, func(a, b Observation) int { return int(a.Received - b.Received) })
		topic := tr.topics[name]
		b := appendHeader(nil, Header{Instance: topic.Instance, Role: topic.Role, Stage: topic.Stage, Topic: topic.Name,
			Partition: tr.parts[name], Partitions: partitions, Committed: tr.committed, Origin: origin, Start: offset})
		for _, o := range obs {
			o.Received += offset
			b = appendObservation(b, &o)
		}
		if err := os.WriteFile(filepath.Join(tr.cfg.Dir, name), b, 0o644); err != nil {
			tr.t.Fatal(err)
		}
	}
}

func (tr *trial) analyse() Analysis {
	tr.t.Helper()
	tr.write()
	a, err := Analyse(tr.cfg)
	if err != nil {
		tr.t.Fatal(err)
	}
	return a
}

func check(t *testing.T, a Analysis, id string) result.Check {
	t.Helper()
	for _, c := range a.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %q", id)
	return result.Check{}
}

func wantState(t *testing.T, a Analysis, id string, want result.State) {
	t.Helper()
	if c := check(t, a, id); c.State != want {
		t.Errorf("check %s = %s (value %g: %s), want %s", id, c.State, c.Value, c.Text, want)
	}
}

func near(got *int64, want int64) bool {
	return got != nil && math.Abs(float64(*got-want)) <= max(float64(want)/1000, 1000)
}

// steady offers 1,000 events a second for ten seconds, each answered after what respond says; false: never.
func (tr *trial) steady(respond func(intended int64, n int) (int64, bool)) {
	tr.cfg.Due = make([]int64, 1000)
	for n := range 10_000 {
		intended := int64(n) * ms
		device, seq := uint32(4+n%100), uint64(n/100)
		tr.cfg.Due[n/10]++
		ns, ok := respond(intended, n)
		if ok {
			tr.event(device, seq, intended, ns)
			continue
		}
		tr.cfg.Unanswered = append(tr.cfg.Unanswered, event.Stamp{ID: event.ID{Device: device, Seq: seq}, Intended: intended})
	}
}

func TestHeadlineIsTheExactQuantile(t *testing.T) {
	tr := newTrial(t)
	rng := rand.New(rand.NewPCG(1, 1))
	var want []int64
	tr.steady(func(intended int64, _ int) (int64, bool) {
		ns := int64(math.Exp(rng.NormFloat64()) * 1e8)
		if intended >= 2*sec && intended < 8*sec {
			want = append(want, ns)
		}
		return ns, true
	})
	a := tr.analyse()
	slices.Sort(want)
	l := a.Latency["response"]
	if l.Count != 6000 || l.Censored != 0 || l.OutRange != 0 || l.BoundFrom != nil || l.Max != want[5999] {
		t.Errorf("headline = %+v, want 6000 samples up to %d", l, want[5999])
	}
	if !near(l.P50, want[2999]) || !near(l.P90, want[5399]) {
		t.Errorf("p50, p90 = %v, %v, want %d, %d", *l.P50, *l.P90, want[2999], want[5399])
	}
	if l.P99 != nil || l.P999 != nil {
		t.Errorf("p99, p99.9 of 6000 samples = %v, %v, want none", l.P99, l.P999)
	}
	for _, id := range []string{"accounting", "conservation", "little", "duplicates", "negative_latency"} {
		wantState(t, a, id, result.OK)
	}
	wantState(t, a, "percentiles", result.Note)
	if c := check(t, a, "little"); c.Value > 0.01 {
		t.Errorf("little = %g: %s, want less than 0.01", c.Value, c.Text)
	}
}

func TestPhasesShareNoEventAndLoseNone(t *testing.T) {
	tr := newTrial(t)
	tr.steady(func(intended int64, _ int) (int64, bool) { return 100 * ms, true })
	a := tr.analyse()
	want := map[string]int64{"warmup": 2000, "measure": 6000, "drain": 2000}
	if diff := cmp.Diff(want, a.Answered); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	if math.Abs(a.AchievedRate-1000) > 0.5 {
		t.Errorf("achieved rate = %g, want 1000: a constant delay costs nothing", a.AchievedRate)
	}
	tr.cfg.Phases[1].From--
	if _, err := Analyse(tr.cfg); err == nil {
		t.Error("Analyse of overlapping phases = nil, want an error")
	}
}

func TestRepeatedAnswersAreCountedOnce(t *testing.T) {
	for _, committed := range []bool{false, true} {
		tr := newTrial(t)
		tr.committed = committed
		tr.steady(func(int64, int) (int64, bool) { return 10 * ms, true })
		tr.event(4, 30, 3000*ms, 900*ms) // again, later
		// In the other partition, earlier than the answer there: the first to arrive counts.
		tr.add(Topic{Role: Output}, 1, Observation{Kind: event.KindEvent, Device: 6, Seq: 30, Intended: 3002 * ms, Received: 3003 * ms})
		a := tr.analyse()
		l := a.Latency["response"]
		if a.Duplicates != 2 || l.Count != 6000 || l.Max != 10*ms {
			t.Errorf("duplicates, count, max = %d, %d, %d, want 2, 6000, 10 ms", a.Duplicates, l.Count, l.Max)
		}
		if r := find(t, a, "response", "measure", "event"); r.Curve[0][1] > 1.01e6 {
			t.Errorf("fastest = %g ns, want 1 ms", r.Curve[0][1])
		}
		want := result.OK
		if committed {
			want = result.Note // of two in ten thousand only then
		}
		wantState(t, a, "duplicates", want)
		wantState(t, a, "accounting", result.OK)
	}
}

func find(t *testing.T, a Analysis, metric, phase, kind string) result.Distribution {
	t.Helper()
	for _, d := range a.Distributions {
		if d.Metric == metric && d.Phase == phase && (kind == "" || d.Kind == kind || d.Stage == kind) {
			return d
		}
	}
	t.Fatalf("no distribution %s %s %s", metric, phase, kind)
	return result.Distribution{}
}

func TestHeartbeatsAndProbesStayOutOfTheHeadline(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.Stages = []string{"parse", "enrich", "window"}
	tr.steady(func(int64, int) (int64, bool) { return 10 * ms, true })
	for p := range int32(partitions) {
		for n := range uint64(50) {
			at := int64(n) * 200 * ms
			beat := Observation{Kind: event.KindEvent, Device: uint32(p), Seq: n, Intended: at}
			for s, seen := range []int64{3 * ms, 8 * ms} {
				beat.Received = at + seen
				tr.add(Topic{Role: StageRole, Stage: s}, p, beat)
			}
			beat.Received = at + 20*ms
			tr.add(Topic{Role: Output}, p, beat)
		}
		tr.add(Topic{Role: Output}, p, Observation{Kind: event.KindEvent, Device: uint32(partitions + p), Intended: -sec, Received: -sec / 2})
	}
	a := tr.analyse()
	if l := a.Latency["response"]; l.Count != 6000 || l.Max != 10*ms {
		t.Errorf("headline = %d samples up to %d, want the 6000 events", l.Count, l.Max)
	}
	for stage, want := range map[string]int64{"parse": 3 * ms, "enrich": 5 * ms, "window": 12 * ms} {
		if d := find(t, a, "hop", "measure", stage); d.Count != 60 || d.Max != want {
			t.Errorf("hop %s: %d samples up to %d, want 60 up to %d", stage, d.Count, d.Max, want)
		}
	}
	if d := find(t, a, "canary", "measure", ""); d.Count != 60 || d.Max != 20*ms || d.Quantiles["0.99"] != nil {
		t.Errorf("canary = %+v, want 60 samples of 20 ms without p99", d)
	}
	wantState(t, a, "accounting", result.OK)
}

func TestWindowsHaveTwoLatencies(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.WindowNode, tr.cfg.WindowSize, tr.cfg.Lateness = 2, time.Minute, 30*time.Second
	tr.cfg.Closers = map[int32][]Closer{0: {{Watermark: 80_000, Intended: 2 * sec}, {Watermark: 90_000, Intended: 3 * sec}, {Watermark: 95_000, Intended: 4 * sec}}}
	window := Observation{Kind: event.KindWindow, Node: 2, Device: 4, Seq: 0, Intended: 2500 * ms, Received: 3200 * ms}
	tr.add(Topic{Role: Output}, 0, window)
	window.Seq = 60_000 // nothing closes it
	tr.add(Topic{Role: Output}, 0, window)
	window.Node = 3 // of a second window operator, whose closers nobody knows
	tr.add(Topic{Role: Output}, 0, window)
	a := tr.analyse()
	if d := find(t, a, "response", "measure", "window"); d.Count != 3 || d.Max != 700*ms {
		t.Errorf("of the latest contributor: %d up to %d, want 3 up to 700 ms", d.Count, d.Max)
	}
	if c := check(t, a, "window_closing"); c.State != result.Note || c.Value != 1 {
		t.Errorf("window_closing = %+v, want a note of 1", c)
	}
	if l := a.Latency["close_delay"]; l == nil || l.Count != 1 || l.Max != 200*ms {
		t.Errorf("close delay = %+v, want one of 200 ms", l)
	}
}

// Before an event lets a window close no right engine has its result, whichever watermark it goes by.
func TestAWindowThatNoEventHasEndedInvalidates(t *testing.T) {
	for _, c := range []struct {
		received int64
		want     result.State
		windows  float64
	}{
		{3200 * ms, result.OK, 0},
		{2900 * ms, result.Note, 1}, // behind the closer of the other partition
		{2400 * ms, result.Invalidates, 1},
	} {
		tr := newTrial(t)
		tr.cfg.WindowNode, tr.cfg.WindowSize, tr.cfg.Lateness = 2, time.Minute, 30*time.Second
		tr.cfg.Closers = map[int32][]Closer{0: {{Watermark: 90_000, Intended: 3 * sec}},
			1: {{Watermark: 80_000, Intended: 2 * sec}, {Watermark: 100_000, Intended: 2500 * ms}}}
		tr.add(Topic{Role: Output}, 0, Observation{Kind: event.KindWindow, Node: 2, Device: 4, Intended: 2200 * ms, Received: c.received})
		if got := check(t, tr.analyse(), "window_closing"); got.State != c.want || got.Value != c.windows {
			t.Errorf("received at %v: %+v, want %v of %v", time.Duration(c.received), got, c.want, c.windows)
		}
	}
}

func TestTheBrokersAppendSplitsTheResponse(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.LogAppend = true
	for n := range int64(1000) {
		intended := 2*sec + n*ms + 700_000
		o := Observation{Kind: event.KindEvent, Flags: FlagLogAppend, Device: 4, Seq: uint64(n), Intended: intended, Received: intended + 20*ms}
		o.Append = (start.UnixNano() + intended + 15*ms) / ms
		tr.add(Topic{Role: Output}, 0, o)
	}
	a := tr.analyse()
	e, p := find(t, a, "emitted", "measure", ""), find(t, a, "output_path", "measure", "")
	if e.Max < 15*ms || e.Max > 16*ms || p.Max < 5*ms || p.Max > 6*ms {
		t.Errorf("emitted, output path = %d, %d, want 15 and 5 ms, at most 1 ms more", e.Max, p.Max)
	}
	wantState(t, a, "observer_lag", result.OK)
	if a.Latency["service"] != nil {
		t.Error("a service time was invented")
	}
}

func TestBatchPhase(t *testing.T) {
	for step, want := range map[int64]result.State{1: result.OK, 1000: result.Degrades} {
		tr := newTrial(t)
		tr.cfg.Timer = time.Second
		for n := range int64(6000) {
			intended := 2*sec + n*ms*step%(6*sec)
			tr.event(4, uint64(n), intended, 700*ms)
		}
		wantState(t, tr.analyse(), "batch_phase", want)
	}
}

// Heartbeats come every 200 ms: of commits each 100 ms all meet the same instant, of batches each 500 ms they meet five of them.
func TestHeartbeatsInStepWithCommitsAreNoted(t *testing.T) {
	for timer, want := range map[time.Duration]result.State{100 * time.Millisecond: result.Note, 500 * time.Millisecond: result.OK} {
		tr := newTrial(t)
		tr.cfg.Timer = timer
		for n := range int64(25) {
			tr.event(0, uint64(n), 2*sec+n*200*ms, 50*ms)
		}
		wantState(t, tr.analyse(), "heartbeat_phase", want)
	}
}

func TestNegativeAndHugeLatenciesAreCountedNotDropped(t *testing.T) {
	tr := newTrial(t)
	tr.event(4, 0, 3*sec, -1)
	tr.event(4, 1, 3*sec, 2*int64(time.Hour))
	tr.event(4, 2, 3*sec, ms)
	a := tr.analyse()
	if l := a.Latency["response"]; l.Count != 3 || l.OutRange != 2 || l.Max != ms {
		t.Errorf("headline = %+v, want 3 samples, 2 out of range", l)
	}
	wantState(t, a, "negative_latency", result.Invalidates)
	wantState(t, a, "accounting", result.OK)
}

func TestInventedTimesCostNoMemory(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.Phases[2].To = math.MaxInt64
	for i, intended := range []int64{math.MaxInt64, math.MaxInt64 / 2, math.MinInt64, -1, 13 * sec} {
		tr.add(Topic{Role: Output}, 0, Observation{Kind: event.KindEvent, Device: 4, Seq: uint64(i), Intended: intended, Received: 5 * sec})
	}
	a := tr.analyse()
	if diff := cmp.Diff(map[string]int64{"warmup": 0, "measure": 0, "drain": 0}, a.Answered); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	wantState(t, a, "accounting", result.OK)
	wantState(t, a, "negative_latency", result.Invalidates)
}

func TestPollGapIsHeldAgainstTheMedian(t *testing.T) {
	for gap, want := range map[int64]result.State{90_000: result.OK, 400_000: result.OK, 600_000: result.Degrades} {
		tr := newTrial(t)
		tr.steady(func(int64, int) (int64, bool) { return 10 * ms, true })
		h := fmt.Sprintf(`{"schema":1,"observed":10000,"gap_p99_ns":%d,"gap_max_ns":%d}`, gap, gap)
		if err := os.WriteFile(filepath.Join(tr.cfg.Dir, "tuple.results.health.json"), []byte(h), 0o644); err != nil {
			t.Fatal(err)
		}
		a := tr.analyse()
		wantState(t, a, "poll_gap", want)
		wantState(t, a, "accounting", result.OK)
		os.Remove(filepath.Join(tr.cfg.Dir, "tuple.output.1.obs"))
		a, err := Analyse(tr.cfg)
		if err != nil {
			t.Fatal(err)
		}
		wantState(t, a, "accounting", result.Invalidates) // a file is gone
	}
}

func TestResultsOutsideOfTransactionsAreToldUnderExactlyOnce(t *testing.T) {
	for plain, want := range map[int64]result.State{0: result.OK, 3: result.Note} {
		tr := newTrial(t)
		tr.committed = true
		tr.steady(func(int64, int) (int64, bool) { return 10 * ms, true })
		h := fmt.Sprintf(`{"schema":1,"observed":10000,"outside_transactions":%d}`, plain)
		if err := os.WriteFile(filepath.Join(tr.cfg.Dir, "tuple.results.health.json"), []byte(h), 0o644); err != nil {
			t.Fatal(err)
		}
		if c := check(t, tr.analyse(), "transactions"); c.State != want || c.Value != float64(plain) {
			t.Errorf("%d outside of transactions: %+v, want %s", plain, c, want)
		}
	}
}

func TestLogsHoldEverySecondOfEveryPhase(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.HistDir = filepath.Join(t.TempDir(), "hist")
	if err := os.Mkdir(tr.cfg.HistDir, 0o755); err != nil {
		t.Fatal(err)
	}
	tr.cfg.Phases[0].To, tr.cfg.Phases[1].From = 1500*ms, 1500*ms
	tr.steady(func(_ int64, n int) (int64, bool) { return int64(n%7) * ms, true })
	a := tr.analyse()
	d := find(t, a, "response", "measure", "event")
	if d.Hist != "hist/t1.response.hlog" {
		t.Fatalf("hist = %q, want hist/t1.response.hlog", d.Hist)
	}
	f, err := os.Open(filepath.Join(tr.cfg.HistDir, "t1.response.hlog"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := map[string]int64{}
	for i, err := range latency.ReadLog(f) {
		if err != nil {
			t.Fatal(err)
		}
		got[i.Tag] += i.Samples.Count()
		if i.Tag == "measure" && i.Start < 2*time.Second && (i.Start != 1500*time.Millisecond || i.End != 2*time.Second) {
			t.Errorf("first interval of measure = [%s, %s), want [1.5s, 2s)", i.Start, i.End)
		}
	}
	if diff := cmp.Diff(map[string]int64{"warmup": 1500, "measure": 6500, "drain": 2000}, got); diff != "" {
		t.Errorf("samples by tag (-want +got):\n%s", diff)
	}
}

func TestNothingObservedIsAResultToo(t *testing.T) {
	tr := newTrial(t)
	for n := range 500 {
		tr.cfg.Unanswered = append(tr.cfg.Unanswered, event.Stamp{ID: event.ID{Device: 4, Seq: uint64(n)}, Intended: 3 * sec})
	}
	l := tr.analyse().Latency["response"]
	if l.Count != 0 || l.Censored != 500 || l.BoundFrom == nil || *l.BoundFrom > 1e-9 {
		t.Errorf("headline = %+v, want 500 unanswered and bounds from the first quantile on", l)
	}
}

func TestFilesOfOtherTrialsAreRefused(t *testing.T) {
	tr := newTrial(t)
	tr.event(4, 0, 3*sec, ms)
	tr.event(5, 0, 3*sec, ms)
	tr.write()
	path := filepath.Join(tr.cfg.Dir, "tuple.output.1.obs")
	b, _ := os.ReadFile(path)
	b[24]++
	os.WriteFile(path, b, 0o644)
	if _, err := Analyse(tr.cfg); err == nil {
		t.Error("Analyse of two trials' files = nil, want an error")
	}
	b[0] = 'X'
	os.WriteFile(path, b, 0o644)
	if _, err := Analyse(tr.cfg); !errors.Is(err, ErrFormat) {
		t.Errorf("Analyse of a foreign file = %v, want ErrFormat", err)
	}
}

func TestTornFileInvalidates(t *testing.T) {
	tr := newTrial(t)
	tr.event(4, 0, 3*sec, ms)
	tr.event(4, 1, 3*sec, ms)
	tr.write()
	path := filepath.Join(tr.cfg.Dir, "tuple.output.0.obs")
	b, _ := os.ReadFile(path)
	os.WriteFile(path, b[:len(b)-5], 0o644)
	a, err := Analyse(tr.cfg)
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, a, "accounting", result.Invalidates)
	if a.Latency["response"].Count != 1 {
		t.Errorf("count = %d, want the one whole observation", a.Latency["response"].Count)
	}
}

func BenchmarkAnalyse(b *testing.B) {
	for _, devices := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("devices=%d", devices), func(b *testing.B) {
			tr := newTrial(b)
			const n = 500_000
			rng := rand.New(rand.NewPCG(1, 1))
			for i := range n {
				tr.event(uint32(4+i%devices), uint64(i/devices), int64(i)*12*sec/n, int64(rng.ExpFloat64()*2e7))
			}
			tr.write()
			for b.Loop() {
				if _, err := Analyse(tr.cfg); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
	}
}
