package mutants

import (
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/oracle"
)

// updates: what an engine tells of its sums. The job has one stage.
func updates() []mutant {
	summing := func(x mutant) mutant {
		x.sums, x.stage = true, oracle.EndToEnd
		return x
	}
	return []mutant{
		summing(mutant{class: "last update of a device lost", bug: func(w *world, _ marks) bug {
			return bug{edit: withoutUpdate(w.probing.numbers["alarm"], 9)}
		}, fault: "missing", kind: "update", must: probe(event.KindUpdate, 1, "alarm", 8), alone: true}),
		summing(mutant{class: "updates told again", guarantee: eo, bug: toldAgain, fault: "duplicate", kind: "update"}),
		summing(mutant{class: "updates told again, as at least once allows", bug: toldAgain, fault: "duplicate", kind: "update",
			text: `correct, at least once \(MARKS duplicates, 0 overcounted, 0 unfinal\)`}),
		summing(mutant{class: "contributors of an update miscounted", bug: func(_ *world, m marks) bug {
			return m.rewrite(parse, event.KindUpdate, 100, header(func(o *event.Output) { o.IDs++ }))
		}, fault: "unexpected", kind: "update", must: anything}),
		summing(mutant{class: "sums lost in a restart", guarantee: eo, real: &doctored{}, run: restarted(func(b *bench) { b.forget(parse) }),
			fault: "wrong", kind: "update", must: anything}),
		summing(mutant{class: "refused events summed up", real: plan(func(p *engines.Plan) {
			m := p.Job.Reading.Metrics["temp"]
			m.Range = nil
			p.Job.Reading.Metrics["temp"] = m
		}), fault: "missing", kind: "dead_letter", must: probe(event.KindDeadLetter, 0, "strange", 0)}),
	}
}

// withoutUpdate loses the update of a device over so many events.
func withoutUpdate(device, count uint32) edit {
	return func(_ int, _ *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if o, err := out.Output(); err == nil && o.Kind == event.KindUpdate && o.Device == device && o.Count == count {
			return
		}
		emit(to, out)
	}
}

// toldAgain writes every 50th update twice.
func toldAgain(_ *world, m marks) bug {
	return bug{edit: m.some(parse, event.KindUpdate, 50, func(to operator.Destination, out *event.Record, emit operator.Emit) {
		emit(to, out)
		emit(to, out)
	})}
}

func TestEnginesThatSumUpAreCorrect(t *testing.T) {
	all := runs("")
	all["crooked"] = nil // each test has one of its own: it remembers its life
	for label, e := range all {
		for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
			t.Run(strings.ReplaceAll(label, " ", "-")+"/"+string(g), func(t *testing.T) {
				t.Parallel()
				own := e
				if own == nil {
					own = newCrooked(bug{})
				}
				b := benchOf(t, summingWorld(t), g)
				straight(b, own)
				if v := b.judge(false); v.Text != "correct" {
					t.Errorf("verdict %q, want correct; %+v", v.Text, v.Culprits)
				}
			})
		}
	}
}
