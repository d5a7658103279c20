package mutants

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/engines/tuple"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/oracle"
)

// mutant is a class of bug and what has to be noticed of it.
type mutant struct {
	class     string
	guarantee engines.Guarantee // "": at least once, which is the harder to convict
	bug       func(w *world, m marks) bug
	real      *doctored // instead of a bug: what the engines that users run are given
	only      string    // the one of them, "" all
	run       script    // nil: straight
	sums      bool      // the job is running, which sums up; otherwise alert

	stage string // the first stage at fault
	fault string // what is counted against it
	kind  string // of what
	text  string // of the verdict, as a pattern; "": wrong
	// must is a culprit that has to be among those named: the identity of one result, "" for any. nil: as many are counted
	// as the bug has marked. All that are named are of the kind, and are marked, if the bug marks.
	must  func(w *world) string
	alone bool // nothing else is at fault
}

// script is how an experiment goes: what is published when, and who is stopped how.
type script func(b *bench, e engines.Engine)

// straight publishes all, starts and drains.
func straight(b *bench, e engines.Engine) {
	b.publish(b.world.input)
	b.Start(e).Drain()
}

// restarted drains half of the input, does something to what is left behind, and goes on.
func restarted(between func(b *bench)) script {
	return func(b *bench, e engines.Engine) {
		b.publish(b.world.input[:b.world.half])
		b.Start(e).Drain()
		between(b)
		b.publish(b.world.input[b.world.half:])
		b.Start(e).Drain()
	}
}

// crashing lets an engine crash in its first half, and goes on.
func crashing(b *bench, e engines.Engine) {
	b.publish(b.world.input[:b.world.half])
	r := b.Launch(e)
	select {
	case <-e.(interface{ died() <-chan struct{} }).died():
	case <-time.After(time.Minute):
		b.t.Fatal("the engine has not crashed")
	}
	r.Kill()
	b.publish(b.world.input[b.world.half:])
	b.Start(e).Drain()
}

// halved publishes half before the engine is ready and the rest before it drains.
func halved(b *bench, e engines.Engine) {
	b.publish(b.world.input[:b.world.half])
	r := b.Start(e)
	b.publish(b.world.input[b.world.half:])
	r.Drain()
}

// killed takes an engine's connections away once it has answered something, and goes on.
func killed(b *bench, e engines.Engine) {
	b.publish(b.world.input[:b.world.half])
	w := b.Watch(b.Plan.Topics.Output)
	r := b.Start(e)
	w.Await(100)
	r.Kill()
	b.publish(b.world.input[b.world.half:])
	b.Start(e).Drain()
}

// window is the identity of the window of a device that the probing events surround, or of one after it.
func window(device string, after int64) func(*world) string {
	return func(w *world) string {
		return fmt.Sprintf("window/%d/0/1/%d/%d", windowNode, w.probing.numbers[device], w.probing.window+after*windowSize)
	}
}

func probe(kind event.Kind, node int, device string, seq int) func(*world) string {
	return func(w *world) string {
		return fmt.Sprintf("%s/%d/0/1/%d/%d", kind, node, w.probing.numbers[device], seq)
	}
}

// always is a bug that needs nothing.
func always(b bug) func(*world, marks) bug { return func(*world, marks) bug { return b } }

// plan is a doctored plan.
func plan(change func(*engines.Plan)) *doctored { return &doctored{plan: change} }

// runs are the engines that users run, micro-batches small enough for the input to make many of them.
func runs(only string) map[string]engines.Engine {
	all := map[string]engines.Engine{"tuple": tuple.New(formats), "microbatch": doctored{Engine: microbatch.New(formats),
		plan: func(p *engines.Plan) { p.Options = json.RawMessage(`{"max_batch_records":60}`) }}}
	if only != "" {
		return map[string]engines.Engine{only: all[only]}
	}
	return all
}

const (
	eo  = engines.ExactlyOnce
	alo = engines.AtLeastOnce
)

// table is every mutant, in the order of CLASSES.md.
func table() []mutant {
	return slices.Concat(guarantees(), states(), times(), operators(), records(), updates())
}

// guarantees: what a restart repeats, loses or shows too early.
func guarantees() []mutant {
	return []mutant{
		{class: "offsets committed before processing", bug: always(bug{commitFirst: true, crash: "1/read"}), run: crashing,
			stage: "dedupe", fault: "missing", kind: "event", must: anything},
		{class: "stops before the input is drained", bug: always(bug{hasty: true}), run: halved,
			stage: "parse", fault: "missing", kind: "", must: anything},
		{class: "offsets outside the transaction", guarantee: eo, real: plan(func(p *engines.Plan) {
			p.Guarantee, p.CommitIntervalMS = alo, time.Hour.Milliseconds()
		}), only: "tuple", run: killed, stage: "parse", fault: "duplicate", kind: "", must: anything},
		{class: "offsets outside the transaction, as at least once allows", real: plan(func(p *engines.Plan) {
			p.CommitIntervalMS = time.Hour.Milliseconds()
		}), only: "tuple", run: killed, stage: "parse", fault: "duplicate", kind: "", must: anything,
			text: `correct, at least once \([1-9]\d* duplicates, \d+ overcounted, \d+ unfinal\)`},
		{class: "reads what is not committed", guarantee: eo, bug: always(bug{uncommitted: enrich, crash: "3/committed"}), run: crashing,
			real: &doctored{dial: []kgo.Opt{kgo.FetchIsolationLevel(kgo.ReadUncommitted())}}, only: "crooked",
			stage: "detect", fault: "duplicate", kind: "", must: anything},
		{class: "every result twice", guarantee: eo, bug: twice, stage: "summarise", fault: "duplicate", kind: ""},
		{class: "every result twice, as at least once allows", bug: twice, stage: "summarise", fault: "duplicate", kind: "",
			text: `correct, at least once \(MARKS duplicates, 0 overcounted, 0 unfinal\)`},
	}
}

// anything is no identity in particular.
func anything(*world) string { return "" }

// few says that some of the marked results may as well be absent: windows of late events only.
func few(x mutant) mutant {
	x.must = anything
	return x
}

func twice(_ *world, m marks) bug {
	return bug{edit: func(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if stage == summarise {
			m[name(out)]++
			emit(to, out)
		}
		emit(to, out)
	}}
}

// states: what a restart forgets, or remembers too well.
func states() []mutant {
	lost := func(class string, stage int, name, fault, kind string, must func(*world) string) mutant {
		return mutant{class: class, guarantee: eo, real: &doctored{}, run: restarted(func(b *bench) { b.forget(stage) }),
			stage: name, fault: fault, kind: kind, must: must}
	}
	return []mutant{
		lost("seen sequences lost in a restart", dedupe, "dedupe", "wrong", "event", probe(event.KindEvent, 0, "twice", 0)),
		lost("alarms lost in a restart", detect, "detect", "unexpected", "alert", anything),
		lost("open windows lost in a restart", summarise, "summarise", "wrong", "window", anything),
		{class: "state newer than the offsets", guarantee: eo, bug: always(bug{keep: true, crash: "4/flushed"}), run: crashing,
			stage: "summarise", fault: "missing", kind: "window", must: anything},
		{class: "state newer than the offsets, as at least once allows", bug: always(bug{keep: true, crash: "4/flushed"}), run: crashing,
			stage: "summarise", fault: "overcounted", kind: "window", must: anything,
			text: `correct, at least once \([1-9]\d* duplicates, [1-9]\d* overcounted, 0 unfinal\)`},
	}
}

// times: watermarks and the bounds of windows.
func times() []mutant {
	rule := func(class string, r rules, fault string, must func(*world) string) mutant {
		return mutant{class: class, bug: always(windowed(r)), stage: "summarise", fault: fault, kind: "window", must: must}
	}
	bound := func(class string, r rules, must func(*world) string) mutant { // off by 1 ms: one probing event meets it
		x := rule(class, r, "wrong", must)
		x.alone = true
		return x
	}
	return []mutant{
		{class: "lateness ignored", real: plan(func(p *engines.Plan) { p.Job.EventTime.Lateness = 0 }), run: restarted(func(*bench) {}),
			stage: "summarise", fault: "wrong", kind: "window", must: window("tardy", 1)},
		rule("events behind the watermark dropped", rules{absent: true}, "wrong", anything),
		bound("windows close 1 ms early", rules{early: 1}, window("verge", 0)),
		rule("one watermark for all partitions, ahead of some", rules{shared: true}, "missing", anything),
		bound("event at a window's start left out", rules{notFirst: true}, window("first", 0)),
		rule("event in a window's last ms left out", rules{notLast: true}, "wrong", window("last", 0)),
		bound("event at a window's end counted in it", rules{tooFar: true}, window("after", 0)),
		rule("events counted twice in a window", rules{double: true}, "wrong", anything),
		{class: "late events dropped altogether", bug: func(_ *world, m marks) bug { return m.lateDropped() },
			stage: "summarise", fault: "missing", kind: "event"},
		rule("open windows flushed at the end", rules{flush: true}, "unexpected", anything),
		rule("last windows never closed", rules{early: -230_000}, "missing", anything), // heartbeats go on for 240 s
		rule("windows emitted before they are final", rules{updates: true}, "wrong", anything),
		{class: "a clock from the future believed", real: plan(func(p *engines.Plan) { p.EventTimeMax++ }),
			stage: "parse", fault: "missing", kind: "dead_letter", must: probe(event.KindDeadLetter, 0, "strange", 8)},
		{class: "first event time refused", real: plan(func(p *engines.Plan) { p.EventTimeMin++ }),
			stage: "parse", fault: "missing", kind: "event", must: probe(event.KindEvent, 0, "strange", 6)},
	}
}

// operators: what single operators get wrong.
func operators() []mutant {
	detecting := func(class string, begins, ends func(v, threshold int64) bool, fault string, must func(*world) string) mutant {
		return mutant{class: class, bug: always(alarms(begins, ends)), stage: "detect", fault: fault, kind: "alert", must: must}
	}
	rounding := func(class string, round func(int64) int64) mutant {
		return mutant{class: class, bug: func(_ *world, m marks) bug { return m.calibrated(round) }, stage: "enrich", fault: "wrong", kind: "event"}
	}
	span := func(n int) *doctored {
		return plan(func(p *engines.Plan) { p.Job.Stages[dedupe].Do[0].Dedupe.Span = n })
	}
	validate := func(p *engines.Plan) *job.Validate { return p.Job.Stages[parse].Do[1].Validate }
	return []mutant{
		{class: "numbers read as 32 bits", bug: func(_ *world, m marks) bug { return m.single() }, stage: "parse", fault: "wrong", kind: "event"},
		{class: "required metrics not asked for", real: plan(func(p *engines.Plan) { validate(p).Required = nil }),
			stage: "parse", fault: "wrong", kind: "dead_letter", must: probe(event.KindDeadLetter, 0, "strange", 0)},
		{class: "ranges not checked", real: plan(func(p *engines.Plan) {
			m := p.Job.Reading.Metrics["temp"]
			m.Range = nil
			p.Job.Reading.Metrics["temp"] = m
		}), stage: "parse", fault: "missing", kind: "dead_letter", must: probe(event.KindDeadLetter, 0, "strange", 2)},
		{class: "unknown devices not refused", real: plan(func(p *engines.Plan) { validate(p).KnownDevice = false }),
			stage: "parse", fault: "wrong", kind: "dead_letter", must: probe(event.KindDeadLetter, 0, "stranger", 0)},
		{class: "dedupe forgets one sequence early", guarantee: eo, real: span(1023), stage: "dedupe", fault: "wrong", kind: "event",
			must: probe(event.KindEvent, 0, "distant", 0)},
		{class: "dedupe remembers one sequence longer", guarantee: eo, real: span(1025), stage: "dedupe", fault: "missing", kind: "event",
			must: probe(event.KindEvent, 0, "distant", 0)},
		rounding("calibrate rounds toward zero", func(n int64) int64 { return n / 1_000_000 }),
		rounding("calibrate rounds halves away from zero", func(n int64) int64 {
			if n < 0 {
				return -((-n + 500_000) / 1_000_000)
			}
			return (n + 500_000) / 1_000_000
		}),
		rounding("calibrate rounds halves to even", func(n int64) int64 {
			q := floorDiv(n+500_000, 1_000_000)
			if floorDiv(n+500_000, 500_000)*500_000 == n+500_000 && q%2 != 0 && (n+500_000)%1_000_000 == 0 {
				q--
			}
			return q
		}),
		detecting("alarm at its threshold", func(v, t int64) bool { return v >= t }, ends, "unexpected", probe(event.KindAlert, 1, "alarm", 0)),
		detecting("alarm does not end at its lower bound", begins, func(v, t int64) bool { return v < t-500_000 }, "missing",
			probe(event.KindAlert, 1, "alarm", 4)),
		{class: "alarm without hysteresis", real: plan(func(p *engines.Plan) { p.Job.Stages[detect].Do[0].Detect.Clear = 0 }),
			stage: "detect", fault: "unexpected", kind: "alert", must: probe(event.KindAlert, 1, "alarm", 2)},
		{class: "dead letter with another reason", bug: func(_ *world, m marks) bug {
			return m.rewrite(parse, event.KindDeadLetter, 5, func(r *event.Record) { r.Headers[2].Value = []byte("bad_number") })
		}, stage: "parse", fault: "wrong", kind: "dead_letter"},
		{class: "dead letter without the value as it came", bug: func(_ *world, m marks) bug {
			return m.rewrite(parse, event.KindDeadLetter, 5, func(r *event.Record) { r.Value = append(r.Value, ' ') })
		}, stage: "parse", fault: "wrong", kind: "dead_letter"},
		{class: "dead letter of another stage", bug: func(_ *world, m marks) bug {
			return m.rewrite(parse, event.KindDeadLetter, 5, header(func(o *event.Output) { o.Node = enrich }))
		}, stage: "parse", fault: "missing", kind: "dead_letter"},
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// records: what happens to single results on their way out.
func records() []mutant {
	rewrites := func(class string, change func(*event.Record)) mutant {
		return mutant{class: class, bug: func(_ *world, m marks) bug { return m.rewrite(summarise, event.KindEvent, 100, change) },
			stage: "summarise", fault: "wrong", kind: "event"}
	}
	drops := func(class string, stage int, name string, kind event.Kind) mutant {
		return mutant{class: class, bug: func(_ *world, m marks) bug { return m.drop(stage, kind, 10) }, stage: name, fault: "missing", kind: kind.String()}
	}
	return []mutant{
		drops("events lost", dedupe, "dedupe", event.KindEvent),
		drops("dead letters lost", parse, "parse", event.KindDeadLetter),
		drops("alerts lost", detect, "detect", event.KindAlert),
		few(drops("windows lost", summarise, "summarise", event.KindWindow)),
		{class: "answers nobody asked for", bug: func(_ *world, m marks) bug {
			return bug{edit: m.invented()}
		}, stage: "summarise", fault: "unexpected", kind: "event"},
		rewrites("bit flipped in a value", func(r *event.Record) { r.Value[len(r.Value)/2] ^= 1 }),
		{class: "digit changed between two stages", bug: func(_ *world, m marks) bug {
			return m.rewrite(enrich, event.KindEvent, 100, digit)
		}, stage: "enrich", fault: "wrong", kind: "event"},
		{class: "event time moved between two stages", bug: func(_ *world, m marks) bug {
			return m.rewrite(parse, event.KindEvent, 100, func(r *event.Record) {
				ms, _ := r.EventTime()
				r.Headers[1].Value = event.AppendTime(nil, ms+1)
			})
		}, stage: "parse", fault: "wrong", kind: "event"},
		{class: "order of a device changed between two stages", bug: func(w *world, _ marks) bug {
			return bug{edit: swapped(enrich, w.probing.numbers["alarm"], 3)}
		}, stage: oracle.EndToEnd, fault: "unexpected", kind: "alert", must: probe(event.KindAlert, 1, "alarm", 3)},
		{class: "dead letters written between the stages", bug: func(_ *world, m marks) bug {
			return bug{edit: m.some(parse, event.KindDeadLetter, 5, func(_ operator.Destination, out *event.Record, emit operator.Emit) {
				emit(operator.Forward, out)
			})}
		}, stage: "parse", fault: "wrong", kind: "dead_letter"},
		rewrites("record in another partition", elsewhere),
		{class: "window in another partition", bug: func(_ *world, m marks) bug { return m.rewrite(summarise, event.KindWindow, 10, elsewhere) },
			stage: "summarise", fault: "wrong", kind: "window"},
		rewrites("headers in another order", func(r *event.Record) { slices.Reverse(r.Headers) }),
		{class: "results with the headers of a stage", bug: func(_ *world, m marks) bug { return m.rewrite(summarise, event.KindEvent, 100, unanswered) },
			stage: "summarise", fault: "missing", kind: "event"},
		rewrites("event time header left out", func(r *event.Record) { r.Headers = r.Headers[1:] }),
		rewrites("intended time replaced by a later one", header(func(o *event.Output) { o.Intended += int64(time.Second) })),
		rewrites("key of another device", func(r *event.Record) { r.Key[len(r.Key)-1] ^= 1 }),
		{class: "answer attributed to another device", bug: func(_ *world, m marks) bug {
			return m.rewrite(summarise, event.KindEvent, 100, header(func(o *event.Output) { o.Device += 1000 }))
		}, stage: "summarise", fault: "missing", kind: "event"},
		{class: "values of two events swapped", bug: func(_ *world, m marks) bug { return m.crossed(100) },
			stage: "summarise", fault: "wrong", kind: "event"},
		{class: "contributors of a window miscounted", bug: func(_ *world, m marks) bug {
			return m.rewrite(summarise, event.KindWindow, 10, header(func(o *event.Output) { o.IDs++ }))
		}, stage: "summarise", fault: "wrong", kind: "window"},
	}
}

func elsewhere(r *event.Record) { r.Partition = (r.Partition + 1) % partitions }

// invented answers an event again under a sequence that does not exist.
func (m marks) invented() edit {
	inner := marks{}
	return inner.some(summarise, event.KindEvent, 100, func(to operator.Destination, out *event.Record, emit operator.Emit) {
		emit(to, out)
		again := cloned(out)
		header(func(o *event.Output) { o.Seq += 1 << 40 })(again)
		m[name(again)]++
		emit(to, again)
	})
}
