package oracle

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestLateByHop(t *testing.T) {
	d := newDamage(4, false)
	// An event is held back between two stages until it is late.
	id := d.inTime()
	in := slices.Clone(d.stages[3])
	i := slices.IndexFunc(in, func(r event.Record) bool { s, ok := stampOf(&r); return ok && s.ID == id })
	for int(id.Seq) > 15 {
		id = d.inTime()
		i = slices.IndexFunc(in, func(r event.Record) bool { s, ok := stampOf(&r); return ok && s.ID == id })
	}
	r := in[i]
	d.stages[3] = renumber(append(slices.Delete(in, i, i+1), r))
	d.execute(4)
	got := d.judge(t, ExactlyOnce)
	if want := "wrong: 1 with other content; each stage is right by its own input"; got.Verdict.Text != want {
		t.Errorf("%q, want %q", got.Verdict.Text, want)
	}
	if len(got.Verdict.Culprits) != 1 || !strings.HasPrefix(got.Verdict.Culprits[0].Detail, "late_by_hop: ") {
		t.Errorf("culprits %+v, want one late_by_hop", got.Verdict.Culprits)
	}
	if got.Verdict.Reordered != 1 {
		t.Errorf("%d reordered, want 1", got.Verdict.Reordered)
	}
}

// A late event may be left out by what was due in other partitions, and not by what was due later.
func TestLatenessLooksAtIntendedTimesAcrossPartitions(t *testing.T) {
	op := &windowOp{size: 10, step: 10, lateness: 5}
	arrive := func(partition int32, offset, time, intended int64) *subject {
		return &subject{partition: partition, offset: offset, time: time, stamp: event.Stamp{Intended: intended}}
	}
	all := []*subject{
		arrive(0, 0, 100, 1000), arrive(1, 0, 120, 1999), arrive(0, 1, 114, 1998), arrive(0, 2, 114, 1999), arrive(0, 3, 115, 2000),
		arrive(0, 4, 90, 3), arrive(1, 1, 114, 0), arrive(1, 2, 115, 0), arrive(2, 0, 90, 2),
	}
	b := newBound()
	for _, s := range all {
		b.see(s.stamp.Intended, s.time)
	}
	b.seal()
	a := newArrivals(op, 3)
	for _, s := range all {
		a.see(s, b, true)
	}
	r := newResolver(a.unsure, 3)
	for _, s := range all {
		r.see(s.partition, s.stamp.Intended, s.time)
	}
	a.resolve(r)
	want := map[location]bool{{0, 0}: true, {0, 2}: true, {0, 4}: true, {1, 1}: true, {2, 0}: true}
	for _, s := range all {
		at := location{s.partition, s.offset}
		if a.may[at] != want[at] {
			t.Errorf("event %+v may be left out: %v, want %v", at, a.may[at], want[at])
		}
	}
}

func TestBoundNeverFallsBelowTheTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	b := newBound()
	type point struct{ intended, time int64 }
	var all []point
	for range 100_000 {
		p := point{rng.Int64N(1e15) - 1e14, rng.Int64N(1e6)}
		all = append(all, p)
		b.see(p.intended, p.time)
	}
	b.seal()
	if len(b.keys) > maxBuckets {
		t.Errorf("%d buckets, want at most %d", len(b.keys), maxBuckets)
	}
	slices.SortFunc(all, func(a, b point) int { return int(min(1, max(-1, a.intended-b.intended))) })
	top := int64(math.MinInt64)
	for _, p := range all {
		if top = max(top, p.time); b.at(p.intended) < top {
			t.Fatalf("bound at %d = %d, below %d", p.intended, b.at(p.intended), top)
		}
	}
	if got := b.at(-1e17); got != math.MinInt64 {
		t.Errorf("bound before everything = %d, want none", got)
	}
}

func TestBeyondThirtyTwoLateEventsAWindowMayBeUnjudged(t *testing.T) {
	d := newDamage(5, false)
	// Forty further events of one device, long after their window.
	stamp, _ := d.input[5].Stamp()
	key := d.input[5].Key
	stamp.Seq, stamp.Intended = 1000, 5e9
	for i := range 40 {
		stamp.Seq++
		ms := int64(epoch) + 11_000 + int64(i)
		value := []byte(`{"device_id":"` + string(key) + `","ts":1,"data":{"temp":20.` + string(rune('0'+i%10)) + `,"humidity":1}}`)
		d.input = append(d.input, event.Record{Partition: d.input[5].Partition, Key: key, Value: value, Timestamp: ms, Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, ms)}}})
	}
	renumber(d.input)
	d.execute(0)
	if v := d.judge(t, ExactlyOnce).Verdict; v.Text != "correct" || v.Late != 40 {
		t.Errorf("left out: %q, %d late, want correct, 40", v.Text, v.Late)
	}
	i := d.pick(d.output, func(r *event.Record) bool {
		o, err := r.Output()
		return err == nil && o.Kind == event.KindWindow && o.Device == stamp.Device && int64(o.Seq) == floor(int64(epoch)+11_000, 10_000)*10_000
	})
	late := map[uint64]windowEvent{}
	for k := range d.stages[3] {
		if s, ok := stampOf(&d.stages[3][k]); ok && s.Device == stamp.Device && s.Seq > 1000 {
			late[s.Seq] = windowEvent{id: s.ID, value: field(d.stages[3][k].Value, "temp"), intended: s.Intended}
		}
	}
	const wrong = `wrong: 1 with other content; first in stage "summarise"`
	for _, c := range []struct {
		name    string
		counted []uint64
		add     int64 // to the sum
		want    string
	}{
		{"one", []uint64{1007}, 0, "correct"},
		{"four in a row", []uint64{1010, 1011, 1012, 1013}, 0, "correct"},
		{"four here and there", []uint64{1002, 1010, 1023, 1031}, 0, "not judged: 1 of 68 windows have too many late or repeated events to try"},
		{"four with too great a sum", []uint64{1002, 1010, 1023, 1031}, 100_000_000, wrong},
		{"one that there is not", []uint64{2000}, 0, wrong},
	} {
		x := &damage{d.copy(), d.rng}
		x.window(i, func(a *aggregate) {
			for _, seq := range c.counted {
				e := late[seq]
				a.add(e.value, e.id.Term(), stamp.Intended)
			}
			a.sum += c.add
		})
		if v := x.judge(t, ExactlyOnce).Verdict; v.Text != c.want || v.Judged == strings.HasPrefix(c.want, "not") || v.Correct != (c.want == "correct") {
			t.Errorf("%s counted of forty: %q, judged %v, correct %v, want %q", c.name, v.Text, v.Judged, v.Correct, c.want)
		}
	}
}

// A window that has nothing but a late event may be there, over that event, and not over none.
func TestAWindowOfNoEventIsWrong(t *testing.T) {
	d := newDamage(5, false)
	stamp, _ := d.input[5].Stamp()
	stamp.Seq, stamp.Intended = 1000, 5e9
	early := *clone(&d.input[5])
	ms := int64(epoch - 100_000)
	early.Headers = []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, ms)}}
	d.input = renumber(append(d.input, early))
	d.execute(0)
	value := field(d.stages[3][len(d.stages[3])-1].Value, "temp")
	i := d.pick(d.output, func(r *event.Record) bool {
		o, _ := r.Output()
		return o.Kind == event.KindWindow && o.Device == stamp.Device
	})
	for want, content := range map[string]aggregate{
		"correct": {count: 1, sum: value, lo: value, hi: value, ids: stamp.Term(), intended: stamp.Intended},
		`wrong: 1 with other content; first in stage "summarise"`: {},
	} {
		x := &damage{d.copy(), d.rng}
		x.again(i, len(x.output))
		last := len(x.output) - 1
		x.rewrite(last, header(func(o *event.Output) { o.Seq = uint64(floor(ms, 10_000) * 10_000) }))
		x.window(last, func(a *aggregate) { *a = content })
		if v := x.judge(t, ExactlyOnce).Verdict; v.Text != want {
			t.Errorf("a window over %d events: %q, want %q; %+v", content.count, v.Text, want, v.Culprits)
		}
	}
}

// The windows of such a time would have no numbers for their ends, and there would be no end of them.
func TestATimeThatNoWindowHoldsIsTheFaultOfTheStageBefore(t *testing.T) {
	for _, ms := range []int64{math.MinInt64, math.MaxInt64} {
		d := newDamage(9, false)
		i := d.pick(d.stages[3], func(r *event.Record) bool { _, ok := stampOf(r); return ok && strings.HasPrefix(string(r.Key), "room") })
		r := clone(&d.stages[3][i])
		r.Headers[1].Value = event.AppendTime(nil, ms)
		d.stages[3][i] = *r
		for _, guarantee := range []string{AtLeastOnce, ExactlyOnce} {
			if v := d.judge(t, guarantee).Verdict; v.Text != `wrong: stage "detect": 1 with other content` {
				t.Errorf("event time %d, %s: %q; %+v", ms, guarantee, v.Text, v.Culprits)
			}
		}
	}
}

func TestWhatIsLeftUnjudgedIsTold(t *testing.T) {
	for _, c := range []struct {
		left            left
		text, want      string
		judged, correct bool
	}{
		{left{0, 400, "windows"}, "correct", "correct", true, true},
		{left{4, 400, "windows"}, "correct", "correct; 4 of 400 windows unjudged", true, true},
		{left{5, 400, "devices"}, "correct", "not judged: 5 of 400 devices have too many late or repeated events to try", false, false},
		{left{5, 400, "windows"}, "wrong: 1 missing", "wrong: 1 missing", true, false},
	} {
		v := result.Verdict{Judged: true, Correct: c.text == "correct", Text: c.text}
		c.left.tell(&v)
		if v.Text != c.want || v.Judged != c.judged || v.Correct != c.correct {
			t.Errorf("%+v of a verdict %q: %q, judged %v, correct %v, want %q", c.left, c.text, v.Text, v.Judged, v.Correct, c.want)
		}
	}
}
