package oracle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// mutation is one way an engine, a client or a broker can be wrong. do damages a trial that is right; the verdicts are
// regular expressions that the text has to match as a whole.
type mutation struct {
	name string
	job  string // identity, alert; "" both
	do   func(*damage)
	alo  string // verdict under at-least-once
	eo   string // and exactly-once
}

const (
	correct    = `correct`
	duplicates = `correct, at least once \([1-9]\d* duplicates, 0 overcounted, 0 unfinal\)`
	wrong      = `wrong: .+`
)

func wrongIs(what string) string { return `wrong: ` + what + `(; .+)?` }

var mutations = []mutation{
	{"untouched", "", func(*damage) {}, correct, correct},
	{"partitions interleave otherwise", "", func(d *damage) { d.reader = byPartition }, correct, correct},
	{"records of two devices swap places", "", func(d *damage) {
		i := d.pick(d.output[:len(d.output)-1], func(r *event.Record) bool { return ofSensor(r) })
		k := slices.IndexFunc(d.output[i+1:], func(r event.Record) bool {
			return ofSensor(&r) && r.Partition == d.output[i].Partition && string(r.Key) != string(d.output[i].Key)
		})
		if k >= 0 {
			d.output[i], d.output[i+1+k] = d.output[i+1+k], d.output[i]
			renumber(d.output)
		}
	}, correct, correct},
	{"offsets have gaps", "", func(d *damage) {
		for i := range d.output {
			d.output[i].Offset *= 3
		}
	}, correct, correct},
	{"drop one", "", func(d *damage) { d.drop(d.event(), 1) }, wrongIs("1 missing"), wrongIs("1 missing")},
	{"drop a burst", "", func(d *damage) { d.drop(d.rng.IntN(100), 100) }, wrongIs("100 missing"), wrongIs("100 missing")},
	{"drop the last", "", func(d *damage) { d.drop(len(d.output)-1, 1) }, wrong, wrong},
	{"drop the last of a device", "", func(d *damage) {
		key := string(d.output[d.event()].Key)
		for i := len(d.output) - 1; ; i-- {
			if string(d.output[i].Key) == key && ofSensor(&d.output[i]) {
				d.drop(i, 1)
				return
			}
		}
	}, wrongIs("1 missing"), wrongIs("1 missing")},
	{"drop a device", "", func(d *damage) {
		key := string(d.output[d.event()].Key)
		d.output = slices.DeleteFunc(d.output, func(r event.Record) bool { return string(r.Key) == key })
	}, wrongIs(`\d+ missing`), wrongIs(`\d+ missing`)},
	{"nothing came", "", func(d *damage) { d.output, d.dead = nil, nil }, wrongIs(`\d+ missing`), wrongIs(`\d+ missing`)},
	{"duplicate near", "", func(d *damage) { i := d.event(); d.again(i, i+1) }, duplicates, wrongIs("1 duplicate")},
	{"duplicate far", "", func(d *damage) { d.again(d.event(), len(d.output)) }, duplicates, wrongIs("1 duplicate")},
	{"replay of the last 200", "", func(d *damage) {
		n := len(d.output)
		for i := n - 200; i < n; i++ {
			d.output = append(d.output, *clone(&d.output[i]))
		}
		renumber(d.output)
	}, duplicates, wrongIs(`200 duplicate`)},
	{"three copies", "", func(d *damage) { i := d.event(); d.again(i, i); d.again(i, i) }, duplicates, wrongIs("2 duplicate")},
	{"transaction committed twice", "", func(d *damage) {
		for i := range 30 {
			d.output = append(d.output, *clone(&d.output[40+i]))
		}
		renumber(d.output)
	}, duplicates, wrongIs("30 duplicate")},
	{"drop one, duplicate another", "", func(d *damage) {
		i := d.event()
		d.drop(i, 1)
		d.again(d.event(), len(d.output))
	}, wrongIs("1 missing"), wrongIs("1 missing, 1 duplicate")},
	{"bit flip in the value", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Value[d.rng.IntN(len(r.Value))] ^= 1 << d.rng.IntN(8) })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"flip and count mended", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Value[3] ^= 1; header(func(o *event.Output) { o.IDs++ })(r) })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"intended time changed", "", func(d *damage) {
		d.rewrite(d.event(), header(func(o *event.Output) { o.Intended++ }))
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"values swapped", "", func(d *damage) {
		i, k := d.event(), d.event()
		for bytes.Equal(d.output[i].Value, d.output[k].Value) {
			k = d.event()
		}
		d.output[i].Value, d.output[k].Value = d.output[k].Value, d.output[i].Value
	}, wrongIs("2 with other content"), wrongIs("2 with other content")},
	{"value truncated", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Value = r.Value[:len(r.Value)-1] })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"value null", "", func(d *damage) { d.rewrite(d.event(), func(r *event.Record) { r.Value = nil }) },
		wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"event time + 1 ms", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) {
			ms, _ := r.EventTime()
			r.Headers[0].Value = event.AppendTime(nil, ms+1)
		})
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"wrong key", "", func(d *damage) { d.rewrite(d.event(), func(r *event.Record) { r.Key[0] ^= 1 }) },
		wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"wrong partition", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Partition = (r.Partition + 1) % d.partitions })
		renumber(d.output)
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"header sgo stripped", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Headers = r.Headers[:1] })
	}, wrongIs("1 missing, 1 unexpected"), wrongIs("1 missing, 1 unexpected")},
	{"header sgt stripped", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Headers = r.Headers[1:] })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"headers in another order", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { slices.Reverse(r.Headers) })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"a header too many", "", func(d *damage) {
		d.rewrite(d.event(), func(r *event.Record) { r.Headers = append(r.Headers, event.Header{Key: "trace"}) })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"record of another stream", "", func(d *damage) {
		i := d.event()
		d.again(i, i)
		d.rewrite(i, header(func(o *event.Output) { o.Stream = 9 }))
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"record of another run", "", func(d *damage) {
		i := d.event()
		d.again(i, i)
		d.rewrite(i, func(r *event.Record) { r.Headers[1].Value[0] = 9 })
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"phantom past the end", "", func(d *damage) {
		i := d.event()
		d.again(i, i)
		d.rewrite(i, header(func(o *event.Output) { o.Seq = 1 << 40 }))
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"one copy right, one not", "", func(d *damage) {
		i := d.event()
		d.again(i, i)
		d.rewrite(i, func(r *event.Record) { r.Value[2] ^= 1 })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},

	{"alert missing", "alert", func(d *damage) { d.drop(d.pick(d.output, of(event.KindAlert)), 1) }, wrongIs("1 missing"), wrongIs("1 missing")},
	{"alert spurious", "alert", func(d *damage) {
		i := d.pick(d.output, of(event.KindAlert))
		d.again(i, i)
		d.rewrite(i, header(func(o *event.Output) { o.Seq += 1000 }))
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"alert given again while it lasts", "alert", func(d *damage) {
		first := d.pick(d.output, func(r *event.Record) bool {
			return of(event.KindAlert)(r) && field(r.Value, "active") == 1 && d.follower(r) != nil
		})
		again, next := clone(&d.output[first]), d.follower(&d.output[first])
		s, _ := next.Stamp()
		again.Headers[0].Value = next.Headers[1].Value // event time
		header(func(o *event.Output) { o.Seq, o.Intended, o.IDs = s.Seq, s.Intended, s.Term() })(again)
		again.Value = fmt.Appendf(nil, `{"active":1,"threshold":%d,"value":%d}`, field(next.Value, "threshold"), field(next.Value, "temp"))
		d.output = renumber(append(d.output, *again))
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"alert upside down", "alert", func(d *damage) {
		d.rewrite(d.pick(d.output, of(event.KindAlert)), func(r *event.Record) { r.Value[10] ^= 1 })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"dead letter missing", "alert", func(d *damage) { d.dead = slices.Delete(d.dead, 3, 4) }, wrongIs("1 missing"), wrongIs("1 missing")},
	{"dead letter with another reason", "alert", func(d *damage) {
		r := clone(&d.dead[2])
		r.Headers[2].Value = []byte("event_time")
		d.dead[2] = *r
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"dead letter doubled", "alert", func(d *damage) { d.dead = renumber(append(d.dead, d.dead[1])) }, duplicates, wrongIs("1 duplicate")},
	{"dead letter of another node", "alert", func(d *damage) {
		r := clone(&d.dead[2])
		header(func(o *event.Output) { o.Node = 3 })(r)
		d.dead[2] = *r
	}, wrongIs("1 missing, 1 unexpected"), wrongIs("1 missing, 1 unexpected")},
	{"dead letter among the results", "alert", func(d *damage) {
		d.stages[0] = renumber(append(d.stages[0], d.dead[2]))
		d.dead = renumber(slices.Delete(d.dead, 2, 3))
	}, `wrong: 1 missing; first in stage "parse"`, `wrong: 1 missing; first in stage "parse"`},
	{"answered and refused", "alert", func(d *damage) {
		r := clone(&d.output[d.event()])
		header(func(o *event.Output) { o.Kind = event.KindDeadLetter })(r)
		r.Headers = append(r.Headers, event.Header{Key: event.HeaderReason, Value: []byte("range")})
		d.dead = renumber(append(d.dead, *r))
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},

	{"window count + 1", "alert", windowBy(func(a *aggregate) { a.count++ }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window count − 1", "alert", windowBy(func(a *aggregate) { a.count-- }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window sum + 1", "alert", windowBy(func(a *aggregate) { a.sum++ }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window sum − 1", "alert", windowBy(func(a *aggregate) { a.sum-- }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window ids", "alert", windowBy(func(a *aggregate) { a.ids ^= 1 }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window min", "alert", windowBy(func(a *aggregate) { a.lo-- }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window latest intended", "alert", windowBy(func(a *aggregate) { a.intended-- }), wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"window missing", "alert", func(d *damage) { d.drop(d.pick(d.output, of(event.KindWindow)), 1) }, wrongIs("1 missing"), wrongIs("1 missing")},
	{"window twice", "alert", func(d *damage) {
		d.again(d.pick(d.output, of(event.KindWindow)), len(d.output))
	}, duplicates, wrongIs("1 duplicate")},
	{"window with another start", "alert", func(d *damage) {
		d.rewrite(d.pick(d.output, of(event.KindWindow)), header(func(o *event.Output) { o.Seq += 3 }))
	}, wrongIs("1 missing, 1 unexpected"), wrongIs("1 missing, 1 unexpected")},
	{"window flushed at the end", "alert", func(d *damage) {
		for _, r := range d.output {
			if o, _ := r.Output(); o.Kind == event.KindWindow {
				x := clone(&r)
				header(func(o *event.Output) { o.Seq += 100_000 })(x)
				d.output = renumber(append(d.output, *x))
				return
			}
		}
	}, wrongIs("1 unexpected"), wrongIs("1 unexpected")},
	{"event in the wrong window", "alert", func(d *damage) { // an event at a boundary is counted one window too early
		in := slices.Clone(d.stages[3])
		i := d.pick(in, func(r *event.Record) bool {
			ms, _ := r.EventTime()
			_, err := r.Stamp()
			return err == nil && strings.HasPrefix(string(r.Key), "room") && floor(ms, 10_000)*10_000 == ms && ms > epoch
		})
		r := clone(&in[i])
		ms, _ := r.EventTime()
		r.Headers[1].Value = event.AppendTime(nil, ms-1)
		in[i] = *r
		windows := slices.DeleteFunc(d.stage(4, in, nil), func(r event.Record) bool { return !of(event.KindWindow)(&r) })
		d.output = slices.DeleteFunc(d.output, of2(event.KindWindow))
		d.output = renumber(append(d.output, windows...))
	}, wrong, wrong},
	{"must-event left out", "alert", func(d *damage) {
		id := d.inTime()
		d.summarise(func(s *subject) bool { return s.stamp.ID == id })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"late events counted", "alert", func(d *damage) { d.countLate(func(*subject) bool { return true }) }, correct, correct},
	{"some late events counted", "alert", func(d *damage) {
		d.countLate(func(*subject) bool { return d.rng.IntN(2) == 0 })
	}, correct, correct},
	{"a late event counted twice", "alert", func(d *damage) {
		d.countLate(func(*subject) bool { return true })
		id := d.lateID()
		d.window(d.pick(d.output, d.holds(id)), func(a *aggregate) { a.count++; a.ids += id.ID.Term(); a.sum += id.value })
	}, wrongIs("1 with other content"), wrongIs("1 with other content")},
	{"two devices merged", "alert", func(d *damage) {
		i := d.pick(d.output, of(event.KindWindow))
		o, _ := d.output[i].Output()
		k := d.pick(d.output, func(r *event.Record) bool {
			x, err := r.Output()
			return err == nil && x.Kind == event.KindWindow && x.Seq == o.Seq && x.Device != o.Device
		})
		x, _ := d.output[k].Output()
		s := field(d.output[k].Value, "sum")
		d.window(i, func(a *aggregate) { a.count += int64(x.Count); a.ids += x.IDs; a.sum += s })
		d.drop(k, 1)
	}, wrongIs("1 missing, 1 with other content"), wrongIs("1 missing, 1 with other content")},

	{"stage drops one", "alert", func(d *damage) {
		d.stages[1] = slices.Delete(d.stages[1], 30, 31)
		d.execute(2)
	}, `wrong: .+; first in stage "dedupe"`, `wrong: .+; first in stage "dedupe"`},
	{"stages in one, with nothing between them", "alert", func(d *damage) { d.stages[1] = nil },
		`wrong: stage "dedupe": \d+ missing`, `wrong: stage "dedupe": \d+ missing`},
	{"two events of a device change places between two stages", "alert", func(d *damage) { // and the alarm begins with the other one
		i := d.pick(d.output, func(r *event.Record) bool {
			return of(event.KindAlert)(r) && field(r.Value, "active") == 1 && d.follower(r) != nil
		})
		o, _ := d.output[i].Output()
		in := slices.Clone(d.stages[2])
		at := func(seq uint64) int {
			return slices.IndexFunc(in, func(r event.Record) bool { s, ok := stampOf(&r); return ok && s.Device == o.Device && s.Seq == seq })
		}
		first, second := at(o.Seq), at(o.Seq+1)
		in[first], in[second] = in[second], in[first]
		d.stages[2] = renumber(in)
		d.execute(3)
	}, `wrong: .+; each stage is right by its own input`, `wrong: .+; each stage is right by its own input`},
	{"stage changes a value in canonical form", "alert", func(d *damage) {
		i := d.pick(d.stages[2], func(r *event.Record) bool { return strings.HasPrefix(string(r.Key), "room") })
		r := clone(&d.stages[2][i])
		r.Value = bytes.Replace(r.Value, []byte(`"site":7`), []byte(`"site":8`), 1)
		d.stages[2][i] = *r
		d.execute(3)
	}, `wrong: 1 with other content; first in stage "enrich"`, `wrong: 1 with other content; first in stage "enrich"`},
	{"duplicates before dedupe", "alert", func(d *damage) {
		for range 20 {
			d.stages[0] = append(d.stages[0], d.stages[0][d.rng.IntN(len(d.stages[0]))])
		}
		renumber(d.stages[0])
		d.execute(1)
	}, correct, `wrong: stage "parse": 20 duplicate`},
	{"stamp changed between stages", "alert", func(d *damage) {
		i := d.pick(d.stages[2], func(r *event.Record) bool { return strings.HasPrefix(string(r.Key), "room") })
		r := clone(&d.stages[2][i])
		r.Headers[0].Value[1] ^= 8
		d.stages[2][i] = *r
		d.execute(3)
	}, `wrong: stage "enrich": 1 with other content`, `wrong: stage "enrich": 1 with other content`},
	{"both errors cancel in the count", "alert", func(d *damage) { // one event lost and another of the same value doubled
		id := d.inTime()
		other := event.ID{Stream: id.Stream, Device: id.Device, Seq: id.Seq + 3}
		for i := range d.output {
			if d.holds(lateEvent{ID: id})(&d.output[i]) {
				d.window(i, func(a *aggregate) { a.ids += other.Term() - id.Term() })
			}
		}
	}, wrong, wrong},
}

// follower is the event behind that of an alert, if it lies above the threshold too.
func (d *damage) follower(alert *event.Record) *event.Record {
	o, _ := alert.Output()
	for i := range d.stages[3] {
		r := &d.stages[3][i]
		if s, ok := stampOf(r); ok && s.Device == o.Device && s.Seq == o.Seq+1 && field(r.Value, "temp") > field(r.Value, "threshold") {
			return r
		}
	}
	return nil
}

func of2(k event.Kind) func(event.Record) bool {
	return func(r event.Record) bool { return of(k)(&r) }
}

func windowBy(f func(*aggregate)) func(*damage) {
	return func(d *damage) { d.window(d.pick(d.output, of(event.KindWindow)), f) }
}

// lateEvent is an event with the value it has at the window stage.
type lateEvent struct {
	event.ID
	value int64
	time  int64
}

func (d *damage) lateEvents() []lateEvent {
	var all []lateEvent
	for i := range d.stages[3] {
		r := &d.stages[3][i]
		s, err := r.Stamp()
		ms, _ := r.EventTime()
		if err == nil && strings.HasPrefix(string(r.Key), "room") && ms+10_000 < int64(epoch)+s.Intended/50_000_000*1000 {
			all = append(all, lateEvent{s.ID, field(r.Value, "temp"), ms})
		}
	}
	return all
}

func (d *damage) lateID() lateEvent {
	all := slices.DeleteFunc(d.lateEvents(), func(e lateEvent) bool {
		return !slices.ContainsFunc(d.output, func(r event.Record) bool { return d.holds(e)(&r) })
	})
	return all[d.rng.IntN(len(all))]
}

// holds finds the window of an event.
func (d *damage) holds(e lateEvent) func(*event.Record) bool {
	for i := range d.stages[3] {
		if e.time != 0 {
			break
		}
		if s, err := d.stages[3][i].Stamp(); err == nil && s.ID == e.ID {
			e.time, _ = d.stages[3][i].EventTime()
		}
	}
	return func(r *event.Record) bool {
		o, err := r.Output()
		return err == nil && o.Kind == event.KindWindow && o.Device == e.Device && int64(o.Seq) == floor(e.time, 10_000)*10_000
	}
}

// countLate puts late events into their windows, where those exist.
func (d *damage) countLate(which func(*subject) bool) {
	for _, e := range d.lateEvents() {
		if !which(nil) {
			continue
		}
		i := slices.IndexFunc(d.output, func(r event.Record) bool { return d.holds(e)(&r) })
		if i < 0 {
			continue
		}
		intended := int64(0)
		for k := range d.stages[3] {
			if s, err := d.stages[3][k].Stamp(); err == nil && s.ID == e.ID {
				intended = s.Intended
			}
		}
		d.window(i, func(a *aggregate) { a.add(e.value, e.Term(), intended) })
	}
}

// classes is how many mutations there are: deleting one silently fails the test.
const classes = 67

func TestEveryMutationIsJudged(t *testing.T) {
	if len(mutations) != classes {
		t.Errorf("%d classes of mutations, want %d", len(mutations), classes)
	}
	guarantees := []string{AtLeastOnce, ExactlyOnce}
	worlds := map[string][]*world{} // one for each guarantee
	for name, j := range map[string]*job.Job{"identity": job.Identity(1), "alert": alertJob()} {
		for seed := range guarantees {
			worlds[name] = append(worlds[name], newWorld(j, uint64(seed), 7, 40, true))
		}
	}
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			for name := range worlds {
				if m.job != "" && m.job != name {
					continue
				}
				for seed, guarantee := range guarantees {
					d := &damage{worlds[name][seed].copy(), rand.New(rand.NewPCG(uint64(seed), 11))}
					m.do(d)
					got, want := d.judge(t, guarantee).Verdict, []string{m.alo, m.eo}[seed]
					if !regexp.MustCompile("^("+want+")$").MatchString(got.Text) || got.Correct != strings.HasPrefix(got.Text, "correct") {
						t.Errorf("%s, %s: %q, want %s; culprits %+v", name, guarantee, got.Text, want, got.Culprits)
					}
					if !got.Correct && len(got.Culprits) == 0 {
						t.Errorf("%s, %s: %q without culprit", name, guarantee, got.Text)
					}
				}
			}
		})
	}
}
