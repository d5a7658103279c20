package laws

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/engines/tuple"
	"github.com/streamgauge/streamgauge/harness/event"
)

func byTuple(change func(*engines.Plan)) setup {
	return setup{engine: tuple.New(formats), change: change}
}

func byBatch(change func(*engines.Plan)) setup {
	return setup{engine: microbatch.New(formats), change: change}
}

func exactly(p *engines.Plan) { p.Guarantee = engines.ExactlyOnce }

// baseline runs engine tuple over an input and makes sure that the laws have something to hold on: it is correct by the
// oracle, which is a third way to execute the job; no event may be left out as late; and every kind of answer is there.
func baseline(t *testing.T, b *block) *outcome {
	t.Helper()
	o := b.run(byTuple(nil))
	if v := o.judge(); v.Text != "correct" || v.Late > 0 || v.Reordered == 0 && v.DeadLetters == 0 {
		t.Fatalf("the baseline is %q with %d late events, want correct and none; %+v", v.Text, v.Late, v.Culprits)
	}
	for _, k := range []event.Kind{event.KindEvent, event.KindWindow, event.KindDeadLetter, event.KindAlert} {
		if n := o.kinds()[k]; n < 10 {
			t.Fatalf("the baseline has %d answers of kind %s; laws about so few say little", n, k)
		}
	}
	return o
}

// published makes a block with its input on it.
func published(t *testing.T, l *lab, in *input) *block {
	t.Helper()
	b := l.block(in)
	b.publish(in.due)
	return b
}

// TestNoSettingChangesAnAnswer runs both engines, which execute the job in their own ways, with other settings of all that
// may move a result in time.
func TestNoSettingChangesAnAnswer(t *testing.T) {
	t.Parallel()
	b := published(t, newLab(t), recording(t, 1))
	want := baseline(t, b).answers()
	options := func(text string) func(*engines.Plan) {
		return func(p *engines.Plan) { p.Options = json.RawMessage(text) }
	}
	for name, s := range map[string]setup{
		"tuple, one task":                 byTuple(func(p *engines.Plan) { p.Parallelism = 1 }),
		"tuple, more tasks than inputs":   byTuple(func(p *engines.Plan) { p.Parallelism = 2*partitions + 1 }),
		"tuple, commits all the time":     byTuple(func(p *engines.Plan) { p.CommitIntervalMS = 1 }),
		"tuple, commits at the end":       byTuple(func(p *engines.Plan) { p.CommitIntervalMS = 3_600_000 }),
		"tuple, many snapshots":           byTuple(options(`{"snapshot_records":50}`)),
		"tuple, exactly once":             byTuple(exactly),
		"microbatch":                      byBatch(nil),
		"microbatch, one task":            byBatch(func(p *engines.Plan) { p.Parallelism = 1 }),
		"microbatch, short batches":       byBatch(func(p *engines.Plan) { p.BatchIntervalMS = 5 }),
		"microbatch, one batch at a time": byBatch(func(p *engines.Plan) { p.BatchIntervalMS = 3_600_000 }),
		"microbatch, small batches":       byBatch(options(`{"max_batch_records":37,"snapshot_records":50}`)),
		"microbatch, exactly once":        byBatch(exactly),
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "answers by device differ from tuple's", want, b.run(s).answers())
		})
	}
}

// TestAnotherJobChangesAnswers makes sure that the comparison can tell: events are late under a lateness of nothing.
func TestAnotherJobChangesAnswers(t *testing.T) {
	t.Parallel()
	b := published(t, newLab(t), recording(t, 1))
	want := baseline(t, b).answers()
	got := b.run(byTuple(func(p *engines.Plan) { p.Job.EventTime.Lateness = 0 })).answers()
	if cmp.Equal(want, got) {
		t.Error("without lateness the answers are the same; the input has nothing that laws could show")
	}
}

// TestNoArrivalOrderAcrossPartitionsChangesAnAnswer publishes while the engine runs: partition after partition, or in
// pieces of random length. Within a partition the order is the same.
func TestNoArrivalOrderAcrossPartitionsChangesAnAnswer(t *testing.T) {
	t.Parallel()
	l, in := newLab(t), recording(t, 2)
	want := baseline(t, published(t, l, in)).answers()
	for name, feed := range map[string]func(*running){
		"ascending":  func(r *running) { oneByOne(r, 0, 1, 2) },
		"descending": func(r *running) { oneByOne(r, 2, 1, 0) },
		"in pieces":  inPieces,
	} {
		for _, s := range []setup{byTuple(nil), byBatch(nil), byTuple(exactly)} {
			s.feed = feed
			t.Run(name+"/"+s.engine.Descriptor().Name, func(t *testing.T) {
				same(t, "answers by device", want, l.block(in).run(s).answers())
			})
		}
	}
}

// oneByOne publishes each partition once the engine has answered something of the one before.
func oneByOne(r *running, order ...int32) {
	answered := 0
	for _, p := range order {
		part := r.in.without(func(d *event.Due) bool { return d.Partition != p })
		r.publish(part.due)
		answered += 20
		r.await(answered)
	}
}

// inPieces publishes pieces of partitions in random order.
func inPieces(r *running) {
	rng := rand.New(rand.NewPCG(3, 3))
	left := make([][]event.Due, partitions)
	for _, d := range r.in.due {
		left[d.Partition] = append(left[d.Partition], d)
	}
	for more := true; more; {
		more = false
		for _, p := range rng.Perm(partitions) {
			n := min(rng.IntN(200), len(left[p]))
			r.publish(left[p][:n])
			left[p] = left[p][n:]
			more = more || len(left[p]) > 0
		}
	}
}

// TestTheSameInputGivesTheSameOutput offers the same bytes twice. Tuple, whose answers of a partition depend on nothing but
// that partition, gives them in the same order, too.
func TestTheSameInputGivesTheSameOutput(t *testing.T) {
	t.Parallel()
	l, in := newLab(t), recording(t, 4)
	a, b := published(t, l, in), published(t, l, recording(t, 4))
	first, second := baseline(t, a), b.run(byTuple(nil))
	if diff := cmp.Diff(digestOf(first.topics[first.plan.Topics.Input]), digestOf(second.topics[second.plan.Topics.Input])); diff != "" {
		t.Fatalf("the inputs differ (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(first.sequence(first.plan.Topics.Output), second.sequence(second.plan.Topics.Output)); diff != "" {
		t.Errorf("the outputs of tuple differ (-first +second):\n%.3000s", diff)
	}
	same(t, "microbatch, twice", a.run(byBatch(nil)).answers(), b.run(byBatch(nil)).answers())
}

// TestNoStopChangesAnAnswer stops engines in order in the middle, several times, and lets them go on.
func TestNoStopChangesAnAnswer(t *testing.T) {
	t.Parallel()
	l, in := newLab(t), recording(t, 5)
	want := baseline(t, published(t, l, in)).answers()
	for _, s := range []setup{byTuple(exactly), byBatch(exactly)} {
		s.feed = func(r *running) {
			for i, part := range slices.Collect(slices.Chunk(in.due, len(in.due)/3+1)) {
				r.publish(part)
				r.await(20 * (i + 1))
				r.stop()
				r.start()
			}
		}
		t.Run(s.engine.Descriptor().Name, func(t *testing.T) {
			same(t, "answers by device", want, l.block(in).run(s).answers())
		})
	}
}

// TestWhatIsAddedElsewhereChangesNothingHere takes something out of an input: what is left has the answers it had.
func TestWhatIsAddedElsewhereChangesNothingHere(t *testing.T) {
	t.Parallel()
	l, in := newLab(t), recording(t, 6)
	whole := baseline(t, published(t, l, in))
	all := whole.answers()
	refused := map[event.ID]bool{}
	for _, list := range whole.sequence(whole.plan.Topics.DeadLetter) {
		for _, a := range list {
			refused[event.ID{Stream: a.Output.Stream, Device: a.Output.Device, Seq: a.Output.Seq}] = true
		}
	}
	device := in.due[len(in.due)/2].Stamp.Device
	seen := map[event.ID]bool{}
	for name, x := range map[string]struct {
		in   *input
		want map[uint32][]string
	}{
		"a device": {in.without(func(d *event.Due) bool { return d.Stamp.Device == device }), but(all, func(d uint32, _ string) bool { return d == device })},
		"repeats": {in.without(func(d *event.Due) bool {
			again := seen[d.Stamp.ID] && !refused[d.Stamp.ID] // a repeated dead letter is a second one
			seen[d.Stamp.ID] = true
			return again
		}), all},
		"what is refused": {in.without(func(d *event.Due) bool { return refused[d.Stamp.ID] }),
			but(all, func(_ uint32, a string) bool { return a[:len("{Dead:true")] == "{Dead:true" })},
	} {
		if len(x.in.due) == len(in.due) {
			t.Fatalf("%s: nothing was taken out", name)
		}
		for _, s := range []setup{byTuple(nil), byBatch(nil)} {
			t.Run(name+"/"+s.engine.Descriptor().Name, func(t *testing.T) {
				same(t, "answers by device", x.want, published(t, l, x.in).run(s).answers())
			})
		}
	}
}

// but is a multiset of answers less some.
func but(all map[uint32][]string, left func(device uint32, a string) bool) map[uint32][]string {
	less := map[uint32][]string{}
	for d, list := range all {
		for _, a := range list {
			if !left(d, a) {
				less[d] = append(less[d], a)
			}
		}
	}
	return less
}

// TestTimeHasNoOrigin moves all event times by whole windows, once to before 1970: the answers move with them.
func TestTimeHasNoOrigin(t *testing.T) {
	t.Parallel()
	l, in := newLab(t), recording(t, 7)
	want := baseline(t, published(t, l, in)).answers()
	for _, by := range []int64{60_000, -55 * 365 * 24 * 3_600_000} {
		moved := *in
		moved.due = slices.Clone(in.due)
		for i := range moved.due {
			moved.due[i].EventTime += by
		}
		moved.min, moved.max = in.min+by, in.max+by
		for _, s := range []setup{byTuple(nil), byBatch(nil)} {
			t.Run(fmt.Sprintf("%d ms/%s", by, s.engine.Descriptor().Name), func(t *testing.T) {
				o := published(t, l, &moved).run(s)
				if v := o.judge(); v.Text != "correct" {
					t.Errorf("verdict %q; %+v", v.Text, v.Culprits)
				}
				same(t, "answers by device, moved back", want, o.answers(shifted(t, -by)))
			})
		}
	}
}
