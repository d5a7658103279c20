package oracle

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
)

func newDamage(seed uint64, dirty bool) *damage {
	return &damage{newWorld(alertJob(), seed, 12, 40, dirty), rand.New(rand.NewPCG(seed, 5))}
}

// replayInto writes n consecutive events of a sensor at the window stage's input again and runs the last stage over it.
func (d *damage) replayInto(stage, n int) {
	in := d.stages[stage]
	at := d.pick(in[:len(in)/2], func(r *event.Record) bool { return strings.HasPrefix(string(r.Key), "room") })
	key := string(in[at].Key)
	var again []event.Record
	for i := at; i < len(in) && len(again) < n; i++ {
		if _, ok := stampOf(&in[i]); ok && string(in[i].Key) == key {
			again = append(again, in[i])
			at = i
		}
	}
	d.stages[stage] = renumber(slices.Insert(slices.Clone(in), at+1, again...))
	d.execute(stage + 1)
}

func TestPartialWindowsAreUnfinalOnlyBeforeACompleteOneAfterAFault(t *testing.T) {
	const wrong = "wrong: 1 with other content; first in stage \"summarise\""
	for _, size := range []job.Millis{10_000, 50_000} { // windows of few events, and of more than are tried in all combinations
		j := alertJob()
		j.Stages[4].Do[0].Window.Tumbling = size
		clean := newWorld(j, 3, 6, 80, false)
		for _, c := range []struct {
			name    string
			faulted bool
			last    bool // the partial one comes last
			spoil   func(*aggregate)
			want    string
		}{
			{"partial, complete, fault", true, false, nil, "correct, at least once (0 duplicates, 0 overcounted, 1 unfinal)"},
			{"partial, complete, no fault", false, false, nil, wrong},
			{"complete, partial, fault", true, true, nil, wrong},
			{"a sum out of bounds", true, false, func(a *aggregate) { a.sum = a.count*a.hi + 1 }, wrong},
			{"a maximum of no event", true, false, func(a *aggregate) { a.hi += 100_000_000 }, wrong},
			{"a later contributor than any", true, false, func(a *aggregate) { a.intended += int64(time.Hour) }, wrong},
		} {
			d := &damage{clean.copy(), rand.New(rand.NewPCG(3, 5))}
			i := d.pick(d.output, func(r *event.Record) bool { return of(event.KindWindow)(r) && strings.HasPrefix(string(r.Key), "room") })
			o, _ := d.output[i].Output()
			part := d.partOf(o)
			d.again(i, i)
			if c.last {
				i++
			}
			d.window(i, func(a *aggregate) {
				*a = part
				if c.spoil != nil {
					c.spoil(a)
				}
			})
			d.faulted = c.faulted
			if v := d.judge(t, AtLeastOnce).Verdict; v.Text != c.want {
				t.Errorf("%s, windows of %d ms: %q, want %q", c.name, size, v.Text, c.want)
			}
			if v := d.judge(t, ExactlyOnce).Verdict; v.Correct {
				t.Errorf("%s, windows of %d ms, exactly once: %q, want wrong", c.name, size, v.Text)
			}
		}
	}
}

// partOf is what a window holds without its last event.
func (d *damage) partOf(o event.Output) aggregate {
	var events []windowEvent
	size := int64(d.job.Stages[4].Do[0].Window.Tumbling)
	for i := range d.stages[3] {
		r := &d.stages[3][i]
		s, ok := stampOf(r)
		if ms, _ := r.EventTime(); ok && s.Device == o.Device && ms >= int64(o.Seq) && ms < int64(o.Seq)+size {
			events = append(events, windowEvent{id: s.ID, value: field(r.Value, "temp"), intended: s.Intended})
		}
	}
	return sum(events[:len(events)-1])
}

func TestSpuriousAlertsNeedARepeatedInput(t *testing.T) {
	tainted := false
	for seed := range uint64(8) {
		d := newDamage(seed, false)
		d.replayInto(2, 6) // the input of detect
		v := d.judge(t, AtLeastOnce).Verdict
		if v.Tainted > 0 {
			if !tainted {
				d.forgeSpurious(t, &v)
			}
			tainted = true
			if v.Unexpected > 0 || !v.Correct || !strings.HasSuffix(v.Text, fmt.Sprintf(" unfinal, %d spurious)", v.Tainted)) {
				t.Errorf("seed %d: %q, %d unexpected beside %d tainted, want none", seed, v.Text, v.Unexpected, v.Tainted)
			}
		}
		if x := d.judge(t, ExactlyOnce).Verdict; x.Tainted > 0 || x.Correct {
			t.Errorf("seed %d, exactly once: %q, %d tainted, want wrong and none", seed, x.Text, x.Tainted)
		}
	}
	if !tainted {
		t.Error("no replay gave a spurious alert: the test tests nothing")
	}
}

// forgeSpurious alters a spurious alert to one that its event cannot give, or moves it to an event that is none of the stage's.
func (d *damage) forgeSpurious(t *testing.T, v *result.Verdict) {
	t.Helper()
	i := slices.IndexFunc(v.Culprits, func(c result.Culprit) bool { return c.Fault == "spurious_tainted" && c.Stage == EndToEnd })
	at := slices.IndexFunc(d.output, func(r event.Record) bool {
		return r.Partition == v.Culprits[i].Partition && r.Offset == v.Culprits[i].Offset
	})
	for name, forge := range map[string]func(*event.Record){
		"the other state":         func(r *event.Record) { r.Value[10] ^= 1 },
		"another value":           func(r *event.Record) { r.Value[len(r.Value)-2] ^= 1 },
		"of an event that is not": header(func(o *event.Output) { o.Seq += 10_000 }),
		"with the ids of another": header(func(o *event.Output) { o.IDs++ }),
	} {
		x := &damage{d.copy(), d.rng}
		x.rewrite(at, forge)
		got := x.judge(t, AtLeastOnce).Verdict
		if got.Correct || got.Unexpected != 1 || got.Tainted != v.Tainted-1 {
			t.Errorf("%s: %q, %d tainted, want one unexpected and one tainted less than %d", name, got.Text, got.Tainted, v.Tainted)
		}
	}
}

func TestUnansweredAndClosers(t *testing.T) {
	d := newDamage(6, true)
	i := d.event()
	o, _ := d.output[i].Output()
	d.drop(i, 1)
	dead, _ := d.dead[0].Output()
	d.dead = d.dead[1:]
	got := d.judge(t, AtLeastOnce)
	var ids []event.ID
	for _, s := range got.Unanswered {
		ids = append(ids, s.ID)
	}
	for _, x := range []event.Output{o, dead} {
		if !slices.Contains(ids, event.ID{Stream: x.Stream, Device: x.Device, Seq: x.Seq}) {
			t.Errorf("unanswered %v lacks device %d, sequence %d", ids, x.Device, x.Seq)
		}
	}
	if len(ids) != 2 || !slices.IsSortedFunc(got.Unanswered, func(a, b event.Stamp) int { return int(a.Intended - b.Intended) }) {
		t.Errorf("unanswered %v, want two by intended time", ids)
	}
	for p := range d.partitions {
		list := got.Closers[p]
		if len(list) < 4 {
			t.Errorf("partition %d: %d closers, want one each ten seconds", p, len(list))
		}
		for i, c := range list {
			if (c.Watermark-5000)%10_000 != 0 || i > 0 && (c.Watermark <= list[i-1].Watermark || c.Intended <= list[i-1].Intended) {
				t.Errorf("partition %d: closer %+v after %v", p, c, list[:i])
			}
			if at := int64(epoch) + c.Intended/50_000_000*1000; at < c.Watermark || at >= c.Watermark+10_000 {
				t.Errorf("partition %d: closer %+v of an event at %d", p, c, at)
			}
		}
	}
}

func TestCulpritsAreNamedPrecisely(t *testing.T) {
	d := newDamage(7, false)
	i := d.event()
	r := d.output[i]
	o, _ := r.Output()
	d.rewrite(i, func(r *event.Record) { r.Value = []byte(`{"temp":1}`) })
	v := d.judge(t, ExactlyOnce).Verdict
	if len(v.Culprits) != 2 {
		t.Fatalf("%d culprits, want one of the stage and one end to end: %+v", len(v.Culprits), v.Culprits)
	}
	c := v.Culprits[0]
	if c.Fault != "wrong" || c.Stage != "summarise" || c.Topic != "output" || c.Partition != r.Partition || c.Offset != r.Offset ||
		c.Identity != identityOf(o).String() || c.Key != string(r.Key) || !strings.Contains(c.Detail, `found "{\"temp\":1}"`) || !strings.Contains(c.Detail, `humidity`) {
		t.Errorf("culprit %+v of record %d/%d", c, r.Partition, r.Offset)
	}
	d.output = nil
	v = d.judge(t, ExactlyOnce).Verdict
	if n := len(v.Culprits); n != 2*maxCulprits {
		t.Errorf("%d culprits of a lost topic, want %d", n, 2*maxCulprits)
	}
}

func TestACulpritInTheWrongTopicIsSaidToBe(t *testing.T) {
	d := newDamage(7, true)
	d.stages[0] = renumber(append(d.stages[0], d.dead[2]))
	d.dead = renumber(slices.Delete(d.dead, 2, 3))
	c := d.judge(t, ExactlyOnce).Verdict.Culprits[0]
	if want := "expected among the dead letters, found among the results: dead letter "; c.Fault != "wrong" || c.Stage != "parse" || c.Topic != "stage-1" ||
		!strings.HasPrefix(c.Detail, want) {
		t.Errorf("culprit %+v, want one of stage parse in stage-1, %q", c, want)
	}
}

func TestReorderingWithinADeviceIsCountedNotJudged(t *testing.T) {
	d := &damage{newWorld(job.Identity(1), 1, 5, 30, false), rand.New(rand.NewPCG(1, 1))}
	i := slices.IndexFunc(d.output, func(r event.Record) bool { return ofSensor(&r) })
	for k := i + 1; ; k++ {
		if string(d.output[k].Key) == string(d.output[i].Key) {
			d.output[i], d.output[k] = d.output[k], d.output[i]
			break
		}
	}
	renumber(d.output)
	if v := d.judge(t, ExactlyOnce).Verdict; v.Text != "correct" || v.Reordered != 1 {
		t.Errorf("%q, %d reordered, want correct, 1", v.Text, v.Reordered)
	}
}

func TestForeignRecordsOfTheInputAndTimestampsAreCounted(t *testing.T) {
	d := newDamage(8, false)
	d.input = append(d.input, event.Record{Key: []byte("stray"), Value: []byte("x")})
	for i := range 5 {
		d.stages[0][i].Timestamp++
	}
	got := d.judge(t, ExactlyOnce)
	if got.Verdict.Text != "correct" || got.Verdict.Foreign != 1 {
		t.Errorf("%q, %d foreign, want correct, 1", got.Verdict.Text, got.Verdict.Foreign)
	}
	if got.TimestampsDiffer != 5 {
		t.Errorf("%d timestamps differ, want 5", got.TimestampsDiffer)
	}
}

// Nobody but the engine writes to its topics: what it wrote there beside its answers is wrong, under any guarantee.
func TestARecordWithoutIdentityInATopicOfTheEngineIsUnexpected(t *testing.T) {
	stray := event.Record{Key: []byte("stray"), Value: []byte("x"), Offset: 1000}
	dead := event.Record{Key: []byte("stray"), Offset: 1000, Headers: []event.Header{{Key: event.HeaderOutput, Value: make([]byte, event.OutputSize)}}}
	for _, c := range []struct {
		topic, want string
		write       func(*world)
	}{
		{"output", `wrong: 1 unexpected; first in stage "summarise"`, func(w *world) { w.output = append(w.output, stray) }},
		{"deadletter", `wrong: 1 unexpected; each stage is right by its own input`, func(w *world) { w.dead = append(w.dead, dead) }},
		{"stage-2", `wrong: stage "dedupe": 1 unexpected`, func(w *world) { w.stages[1] = append(w.stages[1], stray) }},
	} {
		for _, guarantee := range []string{AtLeastOnce, ExactlyOnce} {
			d := newDamage(8, false)
			c.write(d.world)
			v := d.judge(t, guarantee).Verdict
			if v.Text != c.want || v.Foreign != 0 || len(v.Culprits) == 0 {
				t.Fatalf("%s, %s: %q, %d foreign, culprits %+v, want %q", c.topic, guarantee, v.Text, v.Foreign, v.Culprits, c.want)
			}
			if x := v.Culprits[0]; x.Fault != "unexpected" || x.Topic != c.topic || x.Offset != 1000 || x.Key != "stray" || !strings.HasPrefix(x.Detail, "no valid identity") {
				t.Errorf("%s: culprit %+v", c.topic, x)
			}
		}
	}
}

func TestErrorsOfTopicsEndTheJudgement(t *testing.T) {
	broken := errors.New("broken")
	d := newDamage(9, false)
	tr := d.trial(ExactlyOnce)
	tr.DeadLetter.Read = func(context.Context) iter.Seq2[event.Record, error] {
		return func(yield func(event.Record, error) bool) { yield(event.Record{}, broken) }
	}
	if _, err := Judge(t.Context(), tr); !errors.Is(err, broken) {
		t.Errorf("Judge = %v, want the topic's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Judge(ctx, d.trial(ExactlyOnce)); !errors.Is(err, context.Canceled) {
		t.Errorf("Judge = %v, want canceled", err)
	}
	for name, breakIt := range map[string]func(*Trial){
		"no job": func(t *Trial) { t.Job = nil }, "guarantee": func(t *Trial) { t.Guarantee = "maybe" }, "stages": func(t *Trial) { t.Stages = t.Stages[1:] },
		"partitions": func(t *Trial) { t.Input.Partitions++ }, "unread": func(t *Trial) { t.Output.Read = nil },
	} {
		tr := d.trial(ExactlyOnce)
		breakIt(&tr)
		if _, err := Judge(t.Context(), tr); err == nil {
			t.Errorf("%s: Judge = nil, want an error", name)
		}
	}
}

func TestLawOfConservation(t *testing.T) {
	for seed := range uint64(4) {
		d := newDamage(seed, true)
		for range 40 {
			switch i := d.rng.IntN(len(d.output)); d.rng.IntN(3) {
			case 0:
				d.drop(i, 1)
			case 1:
				d.again(i, d.rng.IntN(len(d.output)))
			case 2:
				d.rewrite(i, func(r *event.Record) { r.Value = append(r.Value, ' ') })
			}
		}
		renumber(d.output)
		for _, g := range []string{AtLeastOnce, ExactlyOnce} {
			if v := d.judge(t, g).Verdict; v.Correct || v.Missing == 0 || v.Wrong == 0 { // judge checks the law
				t.Errorf("seed %d, %s: %q, want missing and wrong ones", seed, g, v.Text)
			}
		}
	}
}

func TestRoundsDoNotChangeTheVerdict(t *testing.T) {
	d := newDamage(10, true)
	d.drop(150, 200)
	d.replayInto(1, 4)
	for i := range 50 {
		d.again(i*5, len(d.output))
	}
	tr := d.trial(AtLeastOnce)
	var verdicts []result.StageVerdict
	for _, round := range []int64{roundSize, 300, 1} {
		c := newComparison(&tr, EndToEnd, 0, len(d.job.Stages), 1)
		c.round, c.faulty = round, map[identity]bool{}
		if err := c.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, c.verdict)
	}
	for _, v := range verdicts[1:] {
		if diff := cmp.Diff(verdicts[0], v); diff != "" {
			t.Errorf("in more rounds (-one +more):\n%s", diff)
		}
	}
}
