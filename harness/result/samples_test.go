package result_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
)

// samples makes the results that are committed in testdata: what a reader, here or in any other language, must be able
// to read, and what the tests of all reports draw. The figures are those of a simple model of each engine.
func samples() map[string]*result.Run {
	return map[string]*result.Run{
		"side-by-side.json": sideBySide(),
		"isolated.json":     isolated(),
		"troubled.json":     troubled(),
		"sizes.json":        sizes(),
		"empty.json":        empty(),
	}
}

// subject is an engine as the samples know it.
type subject struct {
	instance, engine, version, model string
	floor                            bool
	hop                              float64 // ns, median of one hop
	spread                           float64 // standard deviation of the logarithm of a response time
	batch                            float64 // ns, 0 for an engine that takes one event at a time
	cores                            float64
	rss                              int64
	policy                           int64 // ns
	waits                            string
	settings                         map[string]any
}

func subjects() []subject {
	return []subject{
		{instance: "null", engine: "null", version: "0.1.0", model: "copy", floor: true, hop: 0.9e6, spread: 0.45, cores: 0.21, rss: 31e6, waits: "nothing",
			settings: map[string]any{"parallelism": 2, "commit_interval": "100ms", "linger": "0s", "gomaxprocs": 2}},
		{instance: "tuple", engine: "tuple", version: "0.1.0", model: "event at a time", hop: 1.7e6, spread: 0.55, cores: 0.48, rss: 74e6, waits: "nothing",
			settings: map[string]any{"parallelism": 2, "commit_interval": "100ms", "linger": "0s", "gomaxprocs": 2, "state": "memory, snapshot on commit"}},
		{instance: "microbatch", engine: "microbatch", version: "0.1.0", model: "micro-batch", hop: 262e6, spread: 0.11, batch: 500e6, cores: 0.31,
			rss: 118e6, policy: 1_250_000_000, waits: "batch interval, independent",
			settings: map[string]any{"parallelism": 2, "batch_interval": "500ms", "linger": "5ms", "gomaxprocs": 2, "state": "memory, snapshot on commit"}},
	}
}

var started = time.Date(2026, 11, 22, 21, 3, 0, 0, time.UTC)

const (
	warmup  = 8 * time.Second
	measure = 25 * time.Second
	drain   = 7 * time.Second
	rate    = 5000.0
)

func stages() []string { return []string{"parse", "dedupe", "enrich", "detect", "summarise"} }

// maker builds one result.
type maker struct {
	run  *result.Run
	rng  *rand.Rand
	step float64 // s between the points of a series
}

func newMaker(id, scenario, title string, seed uint64) *maker {
	run := &result.Run{
		Schema: result.Schema, Method: result.Method, ID: id, Scenario: scenario, Title: title,
		ComparableKey: "9f41c7d2a06be835", Seed: seed, Started: started, Ended: started.Add(71 * time.Second),
		Tool: result.Tool{Version: "0.1.0", Commit: "3c12c3d"},
		Host: result.Host{Cores: 2, MemoryBytes: 24_576_000_000, OS: "linux/amd64", Kernel: "6.18.0", CPUModel: "AMD EPYC 9R14",
			ClockSource: "tsc", Limits: map[string]string{"cpu.max": "max 100000", "memory.max": "max"}},
		Broker: result.Broker{Kind: "embedded", Version: "kfake v0.0.0-20260918", Nodes: 1, CPUSeconds: 21.4, RSSPeak: 143_000_000},
		Plan: json.RawMessage(`{"schema":1,"title":` + quoted(title) + `,"job":"alert","placement":"side-by-side","repetitions":1,"seed":` + fmt.Sprint(seed) +
			`,"stream":{"recording":"room-sensors","encoding":"json","devices":1000,"event_time":{"start":"2020-07-13T00:00:00Z","speed":"20x"},` +
			`"disorder":{"share":"1%","up_to":"20s"}},"load":{"profile":"constant","rate":"5000/s","warmup":"8s","measure":"25s","drain":"15s"},` +
			`"broker":{"kind":"embedded","partitions":2},"guarantee":"at-least-once"}`),
		Trials: []result.Trial{}, Distributions: []result.Distribution{}, Series: []result.Series{}, Checks: []result.Check{}, Events: []result.Event{},
	}
	return &maker{run: run, rng: rand.New(rand.NewPCG(seed, 1)), step: 1}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func (m *maker) event(trial string, after time.Duration, kind, text string) {
	m.run.Events = append(m.run.Events, result.Event{Trial: trial, Time: m.run.Started.Add(after), Kind: kind, Text: text})
}

// trial adds a correct trial with everything that belongs to it. factor shifts its latencies, as repetitions do.
func (m *maker) trial(s subject, repetition int, placement string, factor float64) *result.Trial {
	n := len(m.run.Trials) + 1
	block := fmt.Sprintf("b%d", repetition)
	if placement == "isolated" {
		block = fmt.Sprintf("b%d", n)
	}
	id := fmt.Sprintf("%s-%s", block, s.instance)
	from := int64(warmup)
	due := int64(rate * measure.Seconds())
	t := result.Trial{
		ID: id, Block: block, Repetition: repetition, Order: n, Instance: s.instance, Engine: s.engine, EngineVersion: s.version, Model: s.model,
		Job: "alert", Placement: placement, Guarantee: "at-least-once", Floor: s.floor, Quality: result.Clean, Badges: []string{}, Valid: true,
		InvalidReasons: []string{}, Adapted: []result.Adaptation{}, StartUnixNS: m.run.Started.Add(6 * time.Second).UnixNano(),
		Verdict: m.correct(s),
		Input: result.Input{Records: 165_420, Bytes: 41_934_221, HeaderBytes: 7_609_320,
			Digest: "6b1f0a52c7de94830f2d11c09a7be456", OrderDigest: "e2c4915f7703ab68d1905e3c42b7fa10"},
		OfferedRate: rate, AchievedRate: rate, PolicyFloorNS: s.policy, WaitsFor: s.waits, Latency: map[string]*result.Latency{},
		Phases: []result.Phase{
			{Name: "warmup", From: 0, To: from, Count: int64(rate * warmup.Seconds())},
			{Name: "measure", From: from, To: from + int64(measure), Count: due},
			{Name: "drain", From: from + int64(measure), To: from + int64(measure+drain), Count: 420},
		},
		Resources: result.Resources{CPUSeconds: s.cores * 40 * factor, RSSPeak: s.rss, StateBytes: s.rss / 9,
			Roles: map[string]result.RoleCost{"broker": {CPUSeconds: 21.4, RSSPeak: 143_000_000}, "harness": {CPUSeconds: 14.9, RSSPeak: 96_000_000}}},
		Lifecycle: result.Lifecycle{Hello: ns(210 * time.Millisecond), Ready: ns(900 * time.Millisecond), Stop: ns(1100 * time.Millisecond)},
		Settings:  s.settings, Metrics: map[string]float64{"records_in": 827_100, "commits": 812}, Warnings: []string{},
	}
	m.latencies(&t, s, factor, due)
	m.series(&t, s, factor)
	m.checks(&t)
	m.run.Trials = append(m.run.Trials, t)
	return &m.run.Trials[len(m.run.Trials)-1]
}

func ns(d time.Duration) *int64 {
	v := int64(d)
	return &v
}

func (m *maker) correct(s subject) result.Verdict {
	v := result.Verdict{Judged: true, Correct: true, Text: "correct", Expected: 168_934, Matched: 168_934, Late: 61, DeadLetters: 820,
		Reasons: map[string]int{"bad_json": 164, "truncated": 165, "range": 163, "unknown_device": 164, "missing_field": 164}, Culprits: []result.Culprit{}}
	if s.floor {
		v = result.Verdict{Judged: true, Correct: true, Text: "correct", Expected: 165_420, Matched: 165_420, Reasons: map[string]int{}, Culprits: []result.Culprit{}}
	}
	for i, name := range stages() {
		in, out := "input", fmt.Sprintf("stage-%d", i+1)
		if i > 0 {
			in = fmt.Sprintf("stage-%d", i)
		}
		if i == 4 {
			out = "output"
		}
		v.Stages = append(v.Stages, result.StageVerdict{Stage: name, Input: "sg.x.b1.in." + in, Output: "sg.x.b1." + s.instance + "." + out,
			Expected: v.Expected - int64(4-i)*90, Matched: v.Matched - int64(4-i)*90})
	}
	v.Stages = append(v.Stages, result.StageVerdict{Stage: "end to end", Input: "sg.x.b1.in.input", Output: "sg.x.b1." + s.instance + ".output",
		Expected: v.Expected, Matched: v.Matched})
	return v
}

// quantile is the model's response time in ns: log-normal, and for batches a uniform wait in front of it.
func (s subject) quantile(hops, factor, q float64) float64 {
	z := math.Sqrt2 * math.Erfinv(2*q-1)
	v := hops * s.hop * factor * math.Exp(s.spread*z)
	if s.batch > 0 {
		v += s.batch * (q - 0.5)
	}
	return math.Round(v)
}

func (m *maker) latencies(t *result.Trial, s subject, factor float64, due int64) {
	l, curve := m.headline(s, 5, factor, due)
	t.Latency["response"] = l
	m.distribution(result.Distribution{Trial: t.ID, Metric: "response", From: "intended", To: "received", Phase: "measure", Kind: "event",
		Curve: curve, Hist: "hist/" + t.ID + ".response.hlog"}, l)
	path, _ := m.headline(subject{hop: 610e3, spread: 0.3}, 1, 1, due)
	m.distribution(result.Distribution{Trial: t.ID, Metric: "output_path", From: "output append (broker's clock, start of its millisecond)",
		To: "received", Phase: "measure", Kind: "event"}, path)
	canary, _ := m.headline(s, 5, factor, 250)
	m.distribution(result.Distribution{Trial: t.ID, Metric: "canary", From: "intended", To: "received", Phase: "measure", Kind: "heartbeat"}, canary)
	send := subject{hop: 55e3, spread: 0.5}
	sl, _ := m.headline(send, 1, 1, due)
	m.distribution(result.Distribution{Trial: t.ID, Metric: "send_delay", From: "intended", To: "sent", Phase: "measure"}, sl)
	from := "intended"
	for i, name := range stages() {
		to := "received from the topic of stage " + name
		if i == 4 {
			to = "received from the output topic"
		}
		hop := s
		hop.hop *= []float64{1.05, 0.92, 0.98, 0.9, 1.15}[i]
		hop.spread *= 1.3
		hl, _ := m.headline(hop, 1, factor, 250)
		m.distribution(result.Distribution{Trial: t.ID, Metric: "hop", From: from, To: to, Phase: "measure", Stage: name, Kind: "heartbeat"}, hl)
		from = to
	}
	if !s.floor {
		close := s
		close.hop *= 1.4
		cl, _ := m.headline(close, 5, factor, 5900)
		t.Latency["close_delay"] = cl
		m.distribution(result.Distribution{Trial: t.ID, Metric: "close_delay", From: "intended of the closing event", To: "received", Phase: "measure", Kind: "window"}, cl)
	}
}

func (m *maker) headline(s subject, hops, factor float64, n int64) (*result.Latency, [][2]float64) {
	at := func(q float64) *int64 {
		if float64(n)*(1-q) < 99.5 {
			return nil
		}
		v := int64(s.quantile(hops, factor, q))
		return &v
	}
	l := &result.Latency{Count: n, P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: int64(s.quantile(hops, factor, 1-0.7/float64(n)))}
	var curve [][2]float64
	for i := range 60 {
		q := 1 - math.Pow(10, -math.Log10(float64(n)/100)*float64(i)/59)
		curve = append(curve, [2]float64{math.Round(q*1e7) / 1e7, s.quantile(hops, factor, max(q, 0.0005))})
	}
	return l, curve
}

func (m *maker) distribution(d result.Distribution, l *result.Latency) {
	d.Count, d.Censored, d.Max = l.Count, l.Censored, l.Max
	d.Quantiles = map[string]*int64{"0.5": l.P50, "0.9": l.P90, "0.99": l.P99, "0.999": l.P999}
	m.run.Distributions = append(m.run.Distributions, d)
}

// series adds what happened second by second.
func (m *maker) series(t *result.Trial, s subject, factor float64) {
	start := time.Unix(0, t.StartUnixNS).UTC()
	add := func(name, unit, role string, until float64, value func(x float64) float64) {
		out := result.Series{Trial: t.ID, Name: name, Unit: unit, Role: role, Start: start}
		for x := m.step; x <= until; x += m.step {
			out.Points = append(out.Points, result.Point{T: x, V: math.Round(value(x)*1000) / 1000})
		}
		m.run.Series = append(m.run.Series, out)
	}
	end := (warmup + measure).Seconds()
	all := end + drain.Seconds()
	cold := func(x float64) float64 { return 1 + 2.4*math.Exp(-x/1.6) }
	noise := func(sd float64) float64 { return math.Exp(sd * m.rng.NormFloat64()) }
	add("response_p50", "ns", "", end, func(x float64) float64 { return math.Round(s.quantile(5, factor, 0.5) * cold(x) * noise(0.03)) })
	add("response_p99", "ns", "", end, func(x float64) float64 { return math.Round(s.quantile(5, factor, 0.99) * cold(x) * noise(0.12)) })
	offered := func(x float64) float64 {
		if x > end {
			return 10
		}
		return rate
	}
	add("offered_rate", "1/s", "", all, offered)
	add("achieved_rate", "1/s", "", all, func(x float64) float64 {
		if x > end+1 {
			return 10
		}
		return math.Round(rate * noise(0.012) * math.Min(1, x/1.2))
	})
	add("backlog_age", "ns", "", all, func(x float64) float64 { return math.Round(s.quantile(5, factor, 0.97) * cold(x) * noise(0.1)) })
	for _, r := range []struct {
		role  string
		cores float64
		rss   float64
	}{{"engine", s.cores, float64(s.rss)}, {"broker", 0.53, 143e6}, {"harness", 0.37, 96e6}} {
		add("cpu", "cores", r.role, all, func(x float64) float64 { return r.cores * noise(0.06) * math.Min(1, offered(x)/rate+0.1) })
		add("rss", "bytes", r.role, all, func(x float64) float64 { return math.Round(r.rss * (1 - 0.4*math.Exp(-x/4))) })
	}
	add("cpu_pressure", "share", "", all, func(float64) float64 { return 0.04 * noise(0.4) })
	if s.batch > 0 {
		for _, stage := range []string{"parse", "detect"} {
			add("batch_duration", "ns", stage, end, func(x float64) float64 { return math.Round(s.batch / 9 * cold(x)) })
			add("batch_records", "records", stage, end, func(float64) float64 { return rate * s.batch / 1e9 })
		}
	}
}

func (m *maker) checks(t *result.Trial) {
	add := func(id, title, unit string, value, threshold float64, state result.State, text string) {
		m.run.Checks = append(m.run.Checks, result.Check{Trial: t.ID, ID: id, Title: title, Value: value, Threshold: threshold, Unit: unit, State: state, Text: text})
	}
	add("send_delay_p99", "events were sent when they were due", "ns", 214e3, 5e6, result.OK, "the p99 of sent − intended is the generator's own lateness; it is part of every response time")
	add("rate_error", "the offered rate was the demanded one", "share", 0.00004, 0.001, result.OK, "difference between events sent and events due in the measure phase")
	add("accounting", "every observed record is accounted for", "records", 0, 0, result.OK, "observed − matched − duplicate − unexpected − foreign must be 0")
	add("little", "events in flight agree with latency × rate", "share", 0.004, 0.05, result.OK, "a difference means that slow samples were lost on the way into the figures")
	add("negative", "no answer came before its question", "samples", 0, 0, result.OK, "a negative latency is a fault of a clock")
	add("cpu_pressure", "processes did not wait for a processor", "share", 0.046, 0.1, result.OK, "share of the measure phase in which something runnable had to wait")
	add("clock_step", "the wall clock was not set during the trial", "ns", 0, 100e3, result.OK, "wall time − monotonic time, between start and end")
	add("canary", "the broker answered a canary as fast as when idle", "ns", 0, 0, result.NotMeasured, "needs a calibration of the broker before the run")
}

func (m *maker) degrade(badges ...string) {
	for i := range m.run.Trials {
		m.run.Trials[i].Quality = result.Degraded
		m.run.Trials[i].Badges = append(m.run.Trials[i].Badges, badges...)
	}
}

func (m *maker) phaseEvents(block string) {
	m.event("", 0, "command", "streamgauge run "+m.run.Scenario)
	m.event("", 400*time.Millisecond, "broker", m.run.Broker.Kind+" "+m.run.Broker.Version+" on [127.0.0.1:34127]")
	m.event("", 3*time.Second, "ready", "all engines answered probes on every partition of block "+block)
	m.event("", 6*time.Second, "phase", "warm-up began")
	m.event("", 14*time.Second, "phase", "measure began")
	m.event("", 39*time.Second, "phase", "drain began")
	m.event("", 46*time.Second, "phase", "all answered; judging")
}

// sideBySide is what first-light makes: three engines at once on an embedded broker; every trial is degraded.
func sideBySide() *result.Run {
	m := newMaker("20261122-210300-first-light", "first-light", "Room sensors, two execution models", 1)
	m.phaseEvents("b1")
	for _, s := range subjects() {
		m.trial(s, 1, "side-by-side", 1)
	}
	m.degrade("embedded-broker", "side-by-side", "shared-cores")
	m.run.Trials[1].Warnings = append(m.run.Trials[1].Warnings, "the processor's frequency is not fixed: governor schedutil")
	return m.run
}

// isolated has five repetitions of each engine on a real broker, all clean: the only sample with a ranking.
func isolated() *result.Run {
	m := newMaker("20261123-080000-alert-local", "alert-local", "Room sensors, one engine at a time", 42)
	m.step = 2
	m.run.Broker = result.Broker{Kind: "local", Version: "4.1.0", Nodes: 3, CPUSeconds: 312.8, RSSPeak: 1_940_000_000}
	m.run.Host.Cores, m.run.Host.CPUModel = 16, "AMD EPYC 9454P"
	m.run.Ended = m.run.Started.Add(17 * time.Minute)
	m.event("", 0, "command", "streamgauge run alert-local --broker local --repetitions 5 --placement isolated --seed 42")
	for rep := 1; rep <= 5; rep++ {
		for _, s := range subjects() {
			m.trial(s, rep, "isolated", math.Exp(0.03*m.rng.NormFloat64()))
		}
	}
	return m.run
}

// troubled has everything that can go wrong: a wrong verdict, an invalid trial, few samples, answers that never came, and
// an end before its time.
func troubled() *result.Run {
	m := newMaker("20261124-173000-troubled", "troubled", "A short run with a broken engine", 7)
	m.run.Partial, m.run.Failure = true, "interrupted"
	m.run.Ended = m.run.Started.Add(58 * time.Second)
	m.phaseEvents("b1")
	s := subjects()
	m.trial(s[0], 1, "side-by-side", 1)
	wrong(m, m.trial(s[1], 1, "side-by-side", 1))
	unanswered(m, m.trial(s[2], 1, "side-by-side", 1))
	slow := s[1]
	slow.instance = "tuple-slow"
	slow.settings = map[string]any{"parallelism": 1, "commit_interval": "100ms", "linger": "0s", "gomaxprocs": 2, "state": "memory, snapshot on commit"}
	invalid(m, m.trial(slow, 1, "side-by-side", 3))
	m.degrade("embedded-broker", "side-by-side", "shared-cores")
	m.run.Trials[3].Quality = result.Invalid
	last := m.trial(s[1], 2, "side-by-side", 1)
	last.Partial, last.Valid, last.Quality = true, false, result.Invalid
	last.InvalidReasons = []string{"broken off: interrupted"}
	last.Verdict = result.Verdict{Reasons: map[string]int{}, Culprits: []result.Culprit{}}
	last.Latency = map[string]*result.Latency{}
	m.event(m.run.Trials[1].ID, 25*time.Second, "fault injected", "kill tuple")
	m.event("", 58*time.Second, "failure", "interrupted")
	return m.run
}

func wrong(m *maker, t *result.Trial) {
	v := &t.Verdict
	v.Correct, v.Text = false, "wrong: 3 missing, 1 with wrong content"
	v.Matched, v.Missing, v.Wrong, v.Duplicate = v.Expected-4, 3, 1, 12
	v.Stages[4].Matched, v.Stages[4].Missing, v.Stages[4].Wrong = v.Stages[4].Expected-4, 3, 1
	v.Stages[5].Matched, v.Stages[5].Missing, v.Stages[5].Wrong, v.Stages[5].Duplicate = v.Expected-4, 3, 1, 12
	topic := "sg.x.b1.tuple.stage-4"
	v.Culprits = []result.Culprit{
		{Fault: "missing", Stage: "summarise", Topic: topic, Partition: 1, Offset: 81_224, Identity: "window/2/0/0/417/1594598460000", Key: "room-417",
			Detail: `expected {"count":12,"end":1594598520000,"max":23100000,"min":21900000,"start":1594598460000,"sum":269400000}; nothing found`},
		{Fault: "missing", Stage: "summarise", Topic: topic, Partition: 1, Offset: 81_240, Identity: "window/2/0/0/702/1594598460000", Key: "room-702",
			Detail: `expected {"count":11,"end":1594598520000,"max":25400000,"min":24000000,"start":1594598460000,"sum":271900000}; nothing found`},
		{Fault: "wrong", Stage: "summarise", Topic: topic, Partition: 0, Offset: 79_911, Identity: "window/2/0/0/96/1594598460000", Key: "room-96",
			Detail: `expected "count":12,"sum":250100000; found "count":11,"sum":229300000`},
		{Fault: "duplicate", Stage: "end to end", Topic: "sg.x.b1.tuple.output", Partition: 0, Offset: 80_002, Identity: "event/0/0/0/33/158", Key: "room-33",
			Detail: "equal to the copy at offset 79990"},
	}
	t.Restarts = 1
	t.Lifecycle.Recoveries = []result.Recovery{{AtWork: true, At: int64(25 * time.Second), Down: ns(time.Second), Hello: ns(1200 * time.Millisecond), Through: ns(3 * time.Second)}}
	t.Warnings = append(t.Warnings, "restarted once after exit status 137")
	m.run.Checks = append(m.run.Checks, result.Check{Trial: t.ID, ID: "restarts", Title: "the engine was not restarted", Value: 1, Threshold: 0,
		Unit: "restarts", State: result.Note, Text: "a restarted engine shows recovery, not speed"})
}

// unanswered makes the tail of the distribution unknown: some events were never answered, and there are few.
func unanswered(m *maker, t *result.Trial) {
	from := 0.985
	l := t.Latency["response"]
	l.Count, l.Censored, l.P999, l.BoundFrom = 8_200, 125, nil, &from
	t.AchievedRate = 4_925.3
	t.Verdict = result.Verdict{Text: "not judged: the output could not be read", Reasons: map[string]int{}, Culprits: []result.Culprit{}}
	for i := range m.run.Distributions {
		if d := &m.run.Distributions[i]; d.Trial == t.ID && d.Metric == "response" {
			d.Count, d.Censored, d.Quantiles["0.999"], d.Curve = l.Count, l.Censored, nil, d.Curve[:38]
		}
	}
}

func invalid(m *maker, t *result.Trial) {
	t.Valid, t.Quality = false, result.Invalid
	t.InvalidReasons = []string{"send_delay_p99: the p99 of sent − intended was 18.4 ms, the limit is 5 ms"}
	for i := range m.run.Checks {
		c := &m.run.Checks[i]
		switch {
		case c.Trial != t.ID:
		case c.ID == "send_delay_p99":
			c.Value, c.State = 18.4e6, result.Invalidates
		case c.ID == "cpu_pressure":
			c.Value, c.State = 0.31, result.Degrades
		}
	}
	t.Badges = append(t.Badges, "cpu_pressure")
}

// empty broke off before the first trial.
func empty() *result.Run {
	m := newMaker("20261125-090000-first-light", "first-light", "Room sensors, two execution models", 1)
	m.run.Partial, m.run.Failure = true, "starting the local broker: java: executable file not found"
	m.run.Broker = result.Broker{}
	m.run.Ended = m.run.Started.Add(2 * time.Second)
	m.event("", 0, "command", "streamgauge run first-light --broker local")
	m.event("", 2*time.Second, "failure", m.run.Failure)
	return m.run
}
