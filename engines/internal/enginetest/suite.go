package enginetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Expect computes the output and dead-letter records of a job for an input.
type Expect func(input []event.Record) (output, dead []Answer)

// Suite is what every engine must pass, with both guarantees.
type Suite struct {
	Engine engines.Engine
	Job    *job.Job
	Expect Expect
	// Options go into the plan. An engine with state should write it down often, so that restarts find some.
	Options string
}

// Run runs the suite.
func (s Suite) Run(t *testing.T) {
	for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
		t.Run(string(g), func(t *testing.T) {
			t.Run("answers and drains", func(t *testing.T) { s.drains(t, g) })
			t.Run("goes on after a stop", func(t *testing.T) { s.stops(t, g) })
			t.Run("loses nothing in kills", func(t *testing.T) { s.kills(t, g) })
			t.Run("drains an empty input", func(t *testing.T) { s.empty(t, g) })
			t.Run("counts foreign records", func(t *testing.T) { s.foreign(t, g) })
			t.Run("commits nothing unwritten", func(t *testing.T) { s.unwritten(t, g) })
			t.Run("refuses unknown options", func(t *testing.T) { s.options(t, g) })
			t.Run("carries large records", func(t *testing.T) { s.Large(t, g, 8<<20) })
		})
	}
}

func (s Suite) bench(t *testing.T, g engines.Guarantee, n int) (*Bench, []event.Record) {
	b := New(t, s.Job, g)
	b.Plan.Options = json.RawMessage(s.Options)
	input, registry := Stream(1, n)
	b.Produce(b.Plan.Topics.Registry, registry...)
	return b, input
}

// drains gives the input in two parts, one before and one after the start, and then drains.
func (s Suite) drains(t *testing.T, g engines.Guarantee) {
	b, input := s.bench(t, g, 2000)
	b.Produce(b.Plan.Topics.Input, input[:500]...)
	r := b.Start(s.Engine)
	b.Produce(b.Plan.Topics.Input, input[500:]...)
	r.Drain()
	s.check(b, input, true)
	s.checkStages(b)
}

// stops starts and stops the engine several times.
func (s Suite) stops(t *testing.T, g engines.Guarantee) {
	b, input := s.bench(t, g, 1500)
	w := b.Watch(b.Plan.Topics.Output)
	for i := range 3 {
		b.Produce(b.Plan.Topics.Input, input[i*500:(i+1)*500]...)
		r := b.Start(s.Engine)
		w.Await(50)
		r.Stop()
	}
	b.Produce(b.Plan.Topics.Input, input[1500:]...)
	b.Start(s.Engine).Drain()
	s.check(b, input, g == engines.ExactlyOnce)
}

// kills takes the engine's connections away in the middle of its work, several times.
func (s Suite) kills(t *testing.T, g engines.Guarantee) {
	const rounds, each = 5, 500
	b, input := s.bench(t, g, 3000)
	w := b.Watch(b.Plan.Topics.Output)
	for i := range rounds {
		r := b.Start(s.Engine)
		b.Produce(b.Plan.Topics.Input, input[i*each:(i+1)*each]...)
		w.Await(20 + 50*i)
		r.Kill()
	}
	r := b.Start(s.Engine)
	b.Produce(b.Plan.Topics.Input, input[rounds*each:]...)
	r.Drain()
	s.check(b, input, g == engines.ExactlyOnce)
}

func (s Suite) empty(t *testing.T, g engines.Guarantee) {
	b, _ := s.bench(t, g, 0)
	b.Start(s.Engine).Drain()
	s.check(b, nil, true)
}

// foreign mixes records of somebody else into the input.
func (s Suite) foreign(t *testing.T, g engines.Guarantee) {
	b, input := s.bench(t, g, 100)
	alien := event.Record{Key: []byte("x"), Value: []byte("y")}
	damaged := Input([]byte("x"), event.Stamp{}, epoch, nil)
	damaged.Headers[0].Value = damaged.Headers[0].Value[:31]
	result := Input([]byte("x"), event.Stamp{}, epoch, nil)
	result.Headers[0] = event.Header{Key: event.HeaderOutput, Value: event.AppendOutput(nil, event.Output{Kind: event.KindAlert})}
	mixed := slices.Concat([]event.Record{alien, damaged}, input[:50], []event.Record{result}, input[50:])
	b.Produce(b.Plan.Topics.Input, mixed...)
	r := b.Start(s.Engine)
	r.Drain()
	s.check(b, input, true)
	foreign := 0.0
	for _, l := range r.Lines {
		if l.Type == engines.LineMetric && l.Name == "foreign_records" {
			foreign = l.Value
		}
	}
	if foreign != 3 {
		t.Errorf("foreign_records = %v, want 3", foreign)
	}
}

// unwritten lets the broker refuse what the last stage writes to one partition: no offset of that partition's input may be
// committed until it takes it.
func (s Suite) unwritten(t *testing.T, g engines.Guarantee) {
	b, input := s.bench(t, g, 300)
	refused := b.Refuse(b.Plan.Topics.Output, 0)
	b.Produce(b.Plan.Topics.Input, input...)
	r := b.Start(s.Engine)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := refused.Wait(ctx, 4); err != nil {
		t.Fatalf("waiting for the last stage to write: %v", err)
	}
	last := b.Plan.Topics.StageInput(len(s.Job.Stages) - 1)
	if at := b.Committed(last, 0); at != 0 {
		t.Errorf("offset %d of %s is committed, though nothing of that partition has been written", at, last)
	}
	refused.Remove()
	r.Drain()
	s.check(b, input, true)
}

// options gives the engine one that it does not have.
func (s Suite) options(t *testing.T, g engines.Guarantee) {
	b := New(t, s.Job, g)
	b.Plan.Options = json.RawMessage(`{"warp":9}`)
	r := b.Launch(s.Engine)
	err := r.Wait()
	if err == nil || !strings.Contains(err.Error(), "warp") || r.Said(engines.LineReady) != 0 {
		t.Errorf("Serve with option warp = %v, ready said %d times; want an error that names it, and no ready", err, r.Said(engines.LineReady))
	}
}

// Large sends records of size bytes through two hops of a job that copies.
func (s Suite) Large(t *testing.T, g engines.Guarantee, size int) {
	b := NewSized(t, job.Identity(3), g, int64(size))
	var input []event.Record
	for i := range uint64(3) {
		input = append(input, Input([]byte("large"), event.Stamp{ID: event.ID{Seq: i}}, epoch, bytes.Repeat([]byte{byte(i)}, size)))
	}
	r := b.Start(s.Engine)
	b.Produce(b.Plan.Topics.Input, input...)
	r.Drain()
	output, _ := CopyExpected(input)
	b.compare("output", Answers(b.Read(b.Plan.Topics.Output)), output, true)
}

// check compares what is on the output and dead-letter topics with the expectation: exactly, or in an at-least-once run
// with faults, each expected answer at least once and every copy equal to it. Windows may then have counted an event twice.
func (s Suite) check(b *Bench, input []event.Record, exactly bool) {
	b.t.Helper()
	output, dead := s.Expect(input)
	b.compare("output", Answers(b.Read(b.Plan.Topics.Output)), output, exactly)
	b.compare("dead letters", Answers(b.Read(b.Plan.Topics.DeadLetter)), dead, exactly)
}

func (b *Bench) compare(what string, got, want []Answer, exactly bool) {
	b.t.Helper()
	if !exactly {
		got, want = once(got), once(want)
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if slices.Equal(want, got) { // a difference of large values takes long to describe
		return
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s: %d records, want %d; (-want +got):\n%.4000s", what, len(got), len(want), diff)
	}
}

// once drops copies. They must be equal: unequal ones stay and fail the comparison. Alerts and windows are dropped too,
// since an engine that repeats events between its stages may count and report some of them again.
func once(answers []Answer) []Answer {
	seen := map[Answer]bool{}
	var kept []Answer
	for _, a := range answers {
		if !seen[a] && a.Output.Kind != event.KindAlert && a.Output.Kind != event.KindWindow {
			seen[a] = true
			kept = append(kept, a)
		}
	}
	return kept
}

func order(a, b Answer) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Output.Kind, b.Output.Kind), cmp.Compare(a.Output.Seq, b.Output.Seq),
		cmp.Compare(a.Time, b.Time), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Value, b.Value))
}

// checkStages looks at the records between stages: their headers, their partition, their timestamp.
func (s Suite) checkStages(b *Bench) {
	b.t.Helper()
	for _, topic := range b.Plan.Topics.Stages {
		for _, r := range b.Read(topic) {
			at, err := r.EventTime()
			if err != nil || at != r.Timestamp || r.Partition != event.Partition(r.Key, Partitions) || len(r.Headers) != 2 {
				b.t.Fatalf("%s holds %+v; want headers sg, sgt or sgt, sgo, the key's partition and sgt as timestamp", topic, r)
			}
			first, second := r.Headers[0].Key, r.Headers[1].Key
			if pair := first + " " + second; pair != "sg sgt" && pair != "sgt sgo" {
				b.t.Fatalf("%s: headers %s, want sg sgt or sgt sgo", topic, pair)
			}
		}
	}
}

// CopyExpected is what the identity job answers: every record with a valid stamp, with its value unchanged.
func CopyExpected(input []event.Record) (output, dead []Answer) {
	for _, r := range input {
		s, _ := r.Stamp()
		at, _ := r.EventTime()
		output = append(output, Answer{Partition: r.Partition, Key: string(r.Key), Time: at, Output: event.EventOutput(s), Value: string(r.Value)})
	}
	return output, nil
}
