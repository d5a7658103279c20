package oracle

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/event"
)

// damage is a trial about to be damaged.
type damage struct {
	*world
	rng *rand.Rand
}

// pick chooses a record of a topic for which ok holds.
func (d *damage) pick(records []event.Record, ok func(*event.Record) bool) int {
	var all []int
	for i := range records {
		if ok(&records[i]) {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		panic("nothing to damage")
	}
	return all[d.rng.IntN(len(all))]
}

func of(k event.Kind) func(*event.Record) bool {
	return func(r *event.Record) bool { o, err := r.Output(); return err == nil && o.Kind == k }
}

// ofSensor is an event of a sensor, not of a heartbeat.
func ofSensor(r *event.Record) bool {
	o, err := r.Output()
	return err == nil && o.Kind == event.KindEvent && strings.HasPrefix(string(r.Key), "room")
}

func (d *damage) event() int { return d.pick(d.output, ofSensor) }

func (d *damage) drop(i, n int) { d.output = slices.Delete(d.output, i, min(i+n, len(d.output))) }

// again writes copies of a record behind place to.
func (d *damage) again(i, to int) {
	d.output = renumber(slices.Insert(d.output, to, *clone(&d.output[i])))
}

// rewrite changes record i of the output, which is shared with no other topic.
func (d *damage) rewrite(i int, f func(*event.Record)) {
	r := clone(&d.output[i])
	f(r)
	d.output[i] = *r
}

// header changes the sgo of a record.
func header(f func(*event.Output)) func(*event.Record) {
	return func(r *event.Record) {
		for i := range r.Headers {
			if r.Headers[i].Key == event.HeaderOutput {
				o, _ := event.ParseOutput(r.Headers[i].Value)
				f(&o)
				r.Headers[i].Value = event.AppendOutput(nil, o)
			}
		}
	}
}

// window changes the parsed result of a window and writes it consistently.
func (d *damage) window(i int, f func(*aggregate)) {
	d.rewrite(i, func(r *event.Record) {
		o, _ := r.Output()
		var a aggregate
		s := d.trial(ExactlyOnce)
		op := newModel(&s, 4, 5).windows[0]
		a.count, a.ids, a.intended = int64(o.Count), o.IDs, o.Intended
		a.sum = field(r.Value, "sum")
		a.hi, a.lo = field(r.Value, "max"), field(r.Value, "min")
		f(&a)
		var w windowRecord
		*r = *clone(w.render(op, windowKey{o.Node, o.Stream, o.Device, int64(o.Seq)}, r.Key, d.partitions, &a))
	})
}

func field(value []byte, name string) int64 {
	m := regexp.MustCompile(`"` + name + `":(-?\d+)`).FindSubmatch(value)
	var n int64
	for _, c := range bytes.TrimPrefix(m[1], []byte("-")) {
		n = n*10 + int64(c-'0')
	}
	if m[1][0] == '-' {
		return -n
	}
	return n
}

// summarise runs the last stage again, with one event of a sensor kept out of its windows, if it is in time.
func (d *damage) summarise(leaveOut func(*subject) bool) {
	d.output = d.stage(4, d.stages[3], leaveOut)
}

// inTime picks an event that is in time at the window stage, by its identity.
func (d *damage) inTime() event.ID {
	i := d.pick(d.stages[3], func(r *event.Record) bool {
		s, err := r.Stamp()
		ms, _ := r.EventTime()
		return err == nil && strings.HasPrefix(string(r.Key), "room") && ms == int64(epoch)+s.Intended/50_000_000*1000
	})
	s, _ := d.stages[3][i].Stamp()
	return s.ID
}
