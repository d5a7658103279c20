package oracle

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
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

func TestBeyondTwentyLateEventsAWindowIsUnjudged(t *testing.T) {
	d := newDamage(5, false)
	// Thirty further events of one device, long after their window.
	stamp, _ := d.input[5].Stamp()
	key := d.input[5].Key
	stamp.Seq, stamp.Intended = 1000, 5e9
	for i := range 30 {
		stamp.Seq++
		ms := int64(epoch) + 11_000 + int64(i)
		value := []byte(`{"device_id":"` + string(key) + `","ts":1,"data":{"temp":20.` + string(rune('0'+i%10)) + `,"humidity":1}}`)
		d.input = append(d.input, event.Record{Partition: d.input[5].Partition, Key: key, Value: value, Timestamp: ms, Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, ms)}}})
	}
	renumber(d.input)
	d.execute(0)
	if v := d.judge(t, ExactlyOnce).Verdict; v.Text != "correct" || v.Late != 30 {
		t.Errorf("left out: %q, %d late, want correct, 30", v.Text, v.Late)
	}
	i := d.pick(d.output, func(r *event.Record) bool {
		o, err := r.Output()
		return err == nil && o.Kind == event.KindWindow && o.Device == stamp.Device && int64(o.Seq) == floor(int64(epoch)+11_000, 10_000)*10_000
	})
	stamp.Seq = 1005
	d.window(i, func(a *aggregate) { a.add(20_000_000, stamp.Term(), stamp.Intended) })
	if v := d.judge(t, ExactlyOnce).Verdict; v.Unjudged != 1 || !v.Correct {
		t.Errorf("one of thirty counted: %q, %d unjudged, want correct, 1", v.Text, v.Unjudged)
	}
}
