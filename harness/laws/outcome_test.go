package laws

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/result"
)

// outcome is what a run left on the topics.
type outcome struct {
	*block
	plan   engines.Plan
	topics map[string][]event.Record
}

// judge lets the oracle judge the run.
func (o *outcome) judge() result.Verdict {
	o.t.Helper()
	t := o.plan.Topics
	trial := oracle.Trial{Job: o.in.job, Guarantee: string(o.plan.Guarantee), Registry: o.in.registry, EventTimeMin: o.in.min, EventTimeMax: o.in.max,
		Input: memory(t.Input, o.topics[t.Input]), Output: memory(t.Output, o.topics[t.Output]), DeadLetter: memory(t.DeadLetter, o.topics[t.DeadLetter])}
	for _, name := range t.Stages {
		trial.Stages = append(trial.Stages, memory(name, o.topics[name]))
	}
	j, err := oracle.Judge(o.t.Context(), trial)
	if err != nil {
		o.t.Fatal(err)
	}
	conserves(o.t, &j.Verdict)
	return j.Verdict
}

// answer is a record of output or dead letters, reduced to what no run may change. Comparable.
type answer struct {
	Dead      bool
	Partition int32
	Key       string
	Time      int64
	Output    event.Output
	Reason    string
	Value     string
}

// sequence gives the answers of one topic by partition, in their order.
func (o *outcome) sequence(name string) map[int32][]answer {
	o.t.Helper()
	all := map[int32][]answer{}
	for _, r := range o.topics[name] {
		a := answer{Dead: name == o.plan.Topics.DeadLetter, Partition: r.Partition, Key: string(r.Key), Value: string(r.Value)}
		var err error
		if a.Output, err = r.Output(); err != nil {
			o.t.Fatalf("%s holds a record without result: %v", name, err)
		}
		if a.Time, err = r.EventTime(); err != nil {
			o.t.Fatalf("%s holds a record without event time: %v", name, err)
		}
		reason, _ := r.Header(event.HeaderReason)
		a.Reason = string(reason)
		all[r.Partition] = append(all[r.Partition], a)
	}
	return all
}

// answers is the multiset of answers by device: sorted texts.
func (o *outcome) answers(change ...func(*answer)) map[uint32][]string {
	o.t.Helper()
	all := map[uint32][]string{}
	for _, name := range []string{o.plan.Topics.Output, o.plan.Topics.DeadLetter} {
		for _, list := range o.sequence(name) {
			for _, a := range list {
				for _, f := range change {
					f(&a)
				}
				all[a.Output.Device] = append(all[a.Output.Device], fmt.Sprintf("%+v", a))
			}
		}
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// same compares answers by device.
func same(t *testing.T, what string, want, got map[uint32][]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%.3000s", what, diff)
	}
}

// kinds counts the answers of each kind.
func (o *outcome) kinds() map[event.Kind]int {
	n := map[event.Kind]int{}
	for _, name := range []string{o.plan.Topics.Output, o.plan.Topics.DeadLetter} {
		for _, list := range o.sequence(name) {
			for _, a := range list {
				n[a.Output.Kind]++
			}
		}
	}
	return n
}

// shifted moves an answer in event time.
func shifted(t *testing.T, ms int64) func(*answer) {
	return func(a *answer) {
		a.Time += ms
		if a.Output.Kind != event.KindWindow {
			return
		}
		a.Output.Seq += uint64(ms)
		v := map[string]int64{}
		if err := json.Unmarshal([]byte(a.Value), &v); err != nil {
			t.Fatalf("window %q: %v", a.Value, err)
		}
		v["start"] += ms
		v["end"] += ms
		a.Value = fmt.Sprintf(`{"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, v["count"], v["end"], v["max"], v["min"], v["start"], v["sum"])
	}
}

// conserves checks that every expected answer is matched, missing or wrong, and only one of them.
func conserves(t testing.TB, v *result.Verdict) {
	t.Helper()
	for _, s := range v.Stages {
		if s.Expected != s.Matched+s.Missing+s.Wrong {
			t.Errorf("%s: expected %d, but matched %d + missing %d + wrong %d", s.Stage, s.Expected, s.Matched, s.Missing, s.Wrong)
		}
	}
	if v.Expected != v.Matched+v.Missing+v.Wrong {
		t.Errorf("the verdict expected %d, but matched %d + missing %d + wrong %d", v.Expected, v.Matched, v.Missing, v.Wrong)
	}
}
