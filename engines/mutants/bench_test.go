package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/topic"
)

func formats(name string) (encoding.Format, error) {
	if name != "json" {
		return nil, fmt.Errorf("unknown encoding %q", name)
	}
	return jsonenc.Format{}, nil
}

// bench is a Kafka with the topics of one experiment. The registry is published, the input is the script's to publish.
type bench struct {
	*enginetest.Bench
	t     *testing.T
	world *world
}

func newBench(t *testing.T, g engines.Guarantee) *bench {
	t.Helper()
	return benchOf(t, worldOf(t, g), g)
}

// benchOf is a bench of another world than the guarantee's.
func benchOf(t *testing.T, w *world, g engines.Guarantee) *bench {
	t.Helper()
	b := &bench{Bench: enginetest.New(t, w.job, g), t: t, world: w}
	b.Plan.EventTimeMin, b.Plan.EventTimeMax = w.min, w.max
	var entries []event.Record
	for id, fields := range w.registry {
		key := []byte(id)
		entries = append(entries, event.Record{Partition: event.Partition(key, partitions), Key: key, Value: driver.CanonicalFields(fields)})
	}
	b.Produce(b.Plan.Topics.Registry, entries...)
	return b
}

func (b *bench) publish(records []event.Record) { b.Produce(b.Plan.Topics.Input, records...) }

// topic reads a topic by the harness's own reader, once, for the oracle reads it many times.
func (b *bench) topic(name string, committed bool) oracle.Topic {
	b.t.Helper()
	var all []event.Record
	dial := func(opts ...kgo.Opt) (*kgo.Client, error) {
		return b.Dial(append(opts, kgo.DisableClientMetrics())...), nil
	}
	for r, err := range topic.Read(b.t.Context(), dial, name, nil, committed) {
		if err != nil {
			b.t.Fatal(err)
		}
		r.Headers = slices.Clone(r.Headers)
		all = append(all, r)
	}
	return oracle.Topic{Name: name, Partitions: partitions, Read: func(context.Context) iter.Seq2[event.Record, error] {
		return func(yield func(event.Record, error) bool) {
			for _, r := range all {
				if !yield(r, nil) {
					return
				}
			}
		}
	}}
}

// judge lets the oracle judge what is on the topics, by the true plan, and holds the verdict against its own laws.
func (b *bench) judge(restarted bool) result.Verdict {
	b.t.Helper()
	return b.judgeAs(b.world.job, restarted)
}

// judgeAs judges by another job than the plan's.
func (b *bench) judgeAs(j *job.Job, restarted bool) result.Verdict {
	b.t.Helper()
	committed := b.Plan.Guarantee == engines.ExactlyOnce
	trial := oracle.Trial{Job: j, Guarantee: string(b.Plan.Guarantee), Registry: b.world.registry, EventTimeMin: b.world.min,
		EventTimeMax: b.world.max, Input: b.topic(b.Plan.Topics.Input, true), Output: b.topic(b.Plan.Topics.Output, committed),
		DeadLetter: b.topic(b.Plan.Topics.DeadLetter, committed), Faulted: restarted}
	for _, name := range b.Plan.Topics.Stages {
		trial.Stages = append(trial.Stages, b.topic(name, committed))
	}
	judged, err := oracle.Judge(b.t.Context(), trial)
	if err != nil {
		b.t.Fatal(err)
	}
	b.conserves(&judged.Verdict)
	return judged.Verdict
}

// conserves checks that every expected answer of every comparison is matched, missing or wrong, and only one of them.
func (b *bench) conserves(v *result.Verdict) {
	b.t.Helper()
	for _, s := range v.Stages {
		if s.Expected != s.Matched+s.Missing+s.Wrong {
			b.t.Errorf("%s: expected %d, but matched %d + missing %d + wrong %d", s.Stage, s.Expected, s.Matched, s.Missing, s.Wrong)
		}
	}
	whole := v.Stages[len(v.Stages)-1]
	if whole.Stage != oracle.EndToEnd || whole.Expected != v.Expected || whole.Matched != v.Matched || whole.Missing != v.Missing || whole.Wrong != v.Wrong {
		b.t.Errorf("the verdict %+v does not stand for its last comparison %+v", v, whole)
	}
	named := map[string]bool{}
	for _, c := range v.Culprits {
		named[c.Stage+" "+c.Fault] = true
	}
	for _, s := range compared(v) {
		for fault, n := range counts(&s) {
			if (n > 0) != named[s.Stage+" "+fault] {
				b.t.Errorf("%s: %d %s, but culprits are named: %v", s.Stage, n, fault, named[s.Stage+" "+fault])
			}
		}
	}
}

// counts gives the counts of a comparison by the words that culprits use.
func counts(s *result.StageVerdict) map[string]int64 {
	return map[string]int64{"missing": s.Missing, "wrong": s.Wrong, "duplicate": s.Duplicate, "unexpected": s.Unexpected,
		"overcounted": s.Overcounted, "unfinal": s.Unfinal, "spurious_tainted": s.Tainted}
}

// guilty is the first stage, in the order of the job, against which something is counted; "" if there is none.
func guilty(v *result.Verdict) *result.StageVerdict {
	all := compared(v)
	for i := range all {
		for _, n := range counts(&all[i]) {
			if n > 0 {
				return &all[i]
			}
		}
	}
	return &result.StageVerdict{}
}

// compared are the comparisons made. Of a job of one stage there is one, end to end, which stands for the stage as well.
func compared(v *result.Verdict) []result.StageVerdict {
	if len(v.Stages) == 2 {
		return v.Stages[1:]
	}
	return v.Stages
}

// doctored is an engine that works by a plan, or through clients, other than it was given.
type doctored struct {
	engines.Engine
	plan func(*engines.Plan)
	dial []kgo.Opt
}

// died is closed when the engine crashes, if it can.
func (d doctored) died() <-chan struct{} { return d.Engine.(*crooked).died() }

// Run runs the engine with the plan changed.
func (d doctored) Run(ctx context.Context, s *engines.Session) error {
	changed := *s
	text, err := json.Marshal(s.Plan)
	if err != nil {
		return err
	}
	changed.Plan = engines.Plan{}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&changed.Plan); err != nil { // a copy that shares nothing
		return err
	}
	if d.plan != nil {
		d.plan(&changed.Plan)
	}
	changed.Dial = func(opts ...kgo.Opt) (*kgo.Client, error) { return s.Dial(slices.Concat(opts, d.dial)...) }
	return d.Engine.Run(ctx, &changed)
}
