package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/result"
)

// inMemory is a topic of records that are there already.
func inMemory(name string, partitions int32, records []event.Record) oracle.Topic {
	// The contract is offset order within a partition; the order of sending keeps it.
	return oracle.Topic{Name: name, Partitions: partitions, Read: func(context.Context) iter.Seq2[event.Record, error] {
		return func(yield func(event.Record, error) bool) {
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
	}}
}

// endToEnd asks the oracle about an input and final outputs. What the stages wrote in between is left out, and with it
// what the oracle thinks of each.
func endToEnd(t *testing.T, f *feed, input []event.Record, outputs, dead []event.Record) result.Verdict {
	t.Helper()
	trial := oracle.Trial{Job: f.job, Guarantee: oracle.ExactlyOnce, Registry: f.registry, EventTimeMin: f.min, EventTimeMax: f.max,
		Input: inMemory("input", f.partitions, input), Output: inMemory("output", f.partitions, outputs),
		DeadLetter: inMemory("deadletter", f.partitions, dead), Object: f.object}
	if f.job.Recodes() {
		trial.Encode = lent(t, f.job)
	}
	for i := range len(f.job.Stages) - 1 {
		trial.Stages = append(trial.Stages, inMemory(fmt.Sprintf("stage-%d", i+1), f.partitions, nil))
	}
	j, err := oracle.Judge(t.Context(), trial)
	if err != nil {
		t.Fatal(err)
	}
	// Only the comparison end to end counts here.
	j.Verdict.Culprits = culpritsOf(j.Verdict.Culprits, oracle.EndToEnd)
	return j.Verdict
}

// object opens what lies in the store.
func (f *feed) object(name string) (io.ReadCloser, error) {
	content, ok := f.objects[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// lent is the encoder that the oracle is lent.
func lent(t *testing.T, j *job.Job) oracle.Encoder {
	t.Helper()
	format, err := formats(j.Form())
	if err != nil {
		t.Fatal(err)
	}
	write, err := encoding.NewWriter(format, j.Reading.Written())
	if err != nil {
		t.Fatal(err)
	}
	return write
}

func culpritsOf(all []result.Culprit, stage string) []result.Culprit {
	var mine []result.Culprit
	for _, c := range all {
		if c.Stage == stage {
			mine = append(mine, c)
		}
	}
	return mine
}

// expectedRecords gives what all scripts of a feed expect, as the topics would hold it.
func (f *feed) expectedRecords() (outputs, dead []event.Record) {
	offsets := map[string]int64{}
	for _, ws := range f.expected {
		for _, w := range ws {
			r := event.Record{Partition: event.Partition(w.key, f.partitions), Key: w.key, Value: w.value, Headers: w.headers}
			at := fmt.Sprint(w.dead, r.Partition)
			r.Offset = offsets[at]
			offsets[at]++
			if w.dead {
				dead = append(dead, r)
			} else {
				outputs = append(outputs, r)
			}
		}
	}
	return outputs, dead
}

// TestOracleAgrees holds the oracle to the scripts. It is given the hand-written expectations as outputs; heartbeats'
// answers are absent, so exactly these must be missing, and nothing else may be wrong.
func TestOracleAgrees(t *testing.T) {
	for _, g := range groupScripts(load(t)) {
		f, err := compile(g, 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(g.job.Name+"/"+g.scripts[0].Name, func(t *testing.T) {
			t.Parallel()
			heartbeats := endToEnd(t, f, f.records(t, false), nil, nil)
			outputs, dead := f.expectedRecords()
			v := endToEnd(t, f, f.records(t, true), outputs, dead)
			if n := int64(len(outputs) + len(dead)); v.Matched != n || v.Missing != heartbeats.Missing {
				t.Errorf("matched %d, missing %d; want %d and the %d of the heartbeats", v.Matched, v.Missing, n, heartbeats.Missing)
			}
			if v.Wrong+v.Unexpected+v.Duplicate+v.Overcounted+v.Unfinal+v.Tainted+v.Unjudged != 0 {
				t.Errorf("the oracle does not agree: %+v", v)
			}
			for _, c := range v.Culprits {
				if c.Fault != "missing" || !strings.HasPrefix(c.Key, "heartbeat-") {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}
