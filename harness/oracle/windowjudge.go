package oracle

import (
	"fmt"
	"math/bits"

	"github.com/streamgauge/streamgauge/harness/event"
)

// windowCase is everything about one window of one device.
type windowCase struct {
	key    string
	events []windowEvent // in offset order
	found  []emission    // in offset order
}

type windowEvent struct {
	id       event.ID
	value    int64
	intended int64
	time     int64 // event time, ms; of an aggregate's events alone
	at       location
	may      bool // it may be left out
}

// emission is one result of a window as it was written.
type emission struct {
	out    event.Output
	digest digest
	at     location
	value  string
}

func (d *detail) windowCase(k windowKey) *windowCase {
	w := d.windows[k]
	if w == nil {
		w = &windowCase{}
		d.windows[k] = w
	}
	return w
}

func (d *detail) addToWindows(op *windowOp, s *subject, v int64) {
	at := location{s.partition, s.offset}
	e := windowEvent{id: s.stamp.ID, value: v, intended: s.stamp.Intended, at: at, may: d.late[op.index].may[at]}
	first, last := op.starts(s.time)
	for start := first; start <= last; start += op.step {
		w := d.windowCase(windowKey{op.node, s.stamp.Stream, s.stamp.Device, start})
		if w.key == "" {
			w.key = string(s.key)
		}
		w.events = append(w.events, e)
	}
}

// grade is what a result of a window is.
type grade int

const (
	bad       grade = iota
	right           // every event that must be there, and some of those that may
	over            // right, but for events counted again that the guarantee allows to be
	undecided       // too many events that may be left out to try
)

// maxChoices is how many events that may or may not be counted are tried in all combinations.
const maxChoices = 20

// contents is what a window may hold.
type contents struct {
	all     []windowEvent // what must or may be there, in offset order
	must    []windowEvent
	may     []windowEvent
	copies  []windowEvent // repetitions that the guarantee allows to be counted, in the input or behind a stage that replayed
	every   []windowEvent // all and the repetitions in the input, in offset order
	op      *windowOp
	key     windowKey
	record  []byte // key of the result
	d       *detail
	replays bool // any run of events may have been counted again
}

func (d *detail) contents(k windowKey, w *windowCase) *contents {
	c := &contents{op: d.own[k.node], key: k, record: []byte(w.key), d: d}
	if d.Guarantee == ExactlyOnce {
		c.all = w.events
	} else {
		c.replays = d.Faulted
		c.distinct(w.events)
	}
	for _, e := range c.all {
		if e.may {
			c.may = append(c.may, e)
		} else {
			c.must = append(c.must, e)
		}
	}
	return c
}

// distinct takes each event once, and keeps its repetitions apart. Those of the input were due later than the event and may
// differ from it; how many more the stage saw is known of the window's own stage.
func (c *contents) distinct(events []windowEvent) {
	at, known := map[uint64]int{}, map[uint64]int32{}
	c.every = events
	for _, e := range events {
		known[e.id.Seq]++
		if i, ok := at[e.id.Seq]; ok { // a repetition: its event is there, in time if any copy was
			c.all[i].may = c.all[i].may && e.may
			c.copies = append(c.copies, e)
			continue
		}
		at[e.id.Seq] = len(c.all)
		c.all = append(c.all, e)
	}
	for _, e := range c.all {
		for range c.d.inputs[stateful{c.op.stage, e.id}] - known[e.id.Seq] {
			c.copies = append(c.copies, e)
		}
	}
}

func sum(lists ...[]windowEvent) aggregate {
	var a aggregate
	for _, l := range lists {
		for _, e := range l {
			a.add(e.value, e.id.Term(), e.intended)
		}
	}
	return a
}

// is says whether a result is exactly the one of an aggregate.
func (c *contents) is(f *emission, a *aggregate) bool {
	return a.count == int64(f.out.Count) && a.ids == f.out.IDs &&
		c.d.hash.record(false, c.d.render.render(c.op, c.key, c.record, c.d.partitions, a)) == f.digest
}

// grade judges one result.
func (c *contents) grade(f *emission) grade {
	for _, chosen := range [][]windowEvent{nil, c.may} {
		if a := sum(c.must, chosen); c.is(f, &a) {
			return right
		}
	}
	tried := len(c.may) <= maxChoices
	if tried && c.some(f, sum(c.must), c.may) {
		return right
	}
	if len(c.copies) > 0 && c.overcounted(f) || c.replays && (c.replayed(f) || c.explained(f)) {
		return over
	}
	if !tried {
		return undecided
	}
	return bad
}

// some says whether the result is that of what must be there with some of the others. Combinations are walked in Gray
// code: each differs from the one before in one event.
func (c *contents) some(f *emission, base aggregate, others []windowEvent) bool {
	count, ids := base.count, base.ids
	chosen := uint64(0)
	for i := uint64(1); i < 1<<len(others); i++ {
		bit := bits.TrailingZeros64(i)
		chosen ^= 1 << bit
		if chosen>>bit&1 == 1 {
			count, ids = count+1, ids+others[bit].id.Term()
		} else {
			count, ids = count-1, ids-others[bit].id.Term()
		}
		if count != int64(f.out.Count) || ids != f.out.IDs {
			continue
		}
		a := base
		for k, e := range others {
			if chosen>>k&1 == 1 {
				a.add(e.value, e.id.Term(), e.intended)
			}
		}
		if c.is(f, &a) {
			return true
		}
	}
	return false
}

// overcounted says whether repetitions in the stage's input explain the result: tried in all combinations where these are
// few, otherwise by their number and the bounds of their sum.
func (c *contents) overcounted(f *emission) bool {
	if len(c.may)+len(c.copies) <= maxChoices {
		return c.some(f, sum(c.must), append(append([]windowEvent{}, c.may...), c.copies...))
	}
	for _, chosen := range [][]windowEvent{nil, c.may} {
		base := sum(c.must, chosen)
		if all := sum(c.must, chosen, c.copies); c.is(f, &all) {
			return true
		}
		if more, ok := c.surplus(f, &base); ok && more.count <= int64(len(c.copies)) &&
			more.sum >= more.count*base.lo && more.sum <= more.count*base.hi {
			return true
		}
	}
	return false
}

// surplus is what a result holds beyond base. ok: more events, the same bounds, and otherwise a record as it has to be.
func (c *contents) surplus(f *emission, base *aggregate) (aggregate, bool) {
	w, ok := parseWindow(f.value)
	if !ok || int64(f.out.Count) <= base.count || base.count == 0 {
		return aggregate{}, false
	}
	total := *base
	total.count, total.ids, total.sum = int64(f.out.Count), f.out.IDs, w.sum
	for _, e := range c.copies { // the latest contributor may be a repetition
		if e.intended == f.out.Intended {
			total.intended = max(total.intended, e.intended)
		}
	}
	if !c.is(f, &total) {
		return aggregate{}, false
	}
	return aggregate{count: total.count - base.count, sum: total.sum - base.sum, ids: total.ids - base.ids}, true
}

// parseWindow reads the value of a window. Whether it is canonical is for the digest to say.
func parseWindow(value string) (a aggregate, ok bool) {
	var end, start int64
	n, err := fmt.Sscanf(value, `{"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, &a.count, &end, &a.hi, &a.lo, &start, &a.sum)
	return a, err == nil && n == 6
}

// partial says whether a result can be that of some of the window's events: tried in all combinations where these are few,
// otherwise by its form and the bounds of what it holds.
func (c *contents) partial(f *emission) bool {
	if len(c.all) <= maxChoices {
		return c.some(f, aggregate{}, c.all)
	}
	a, ok := parseWindow(f.value)
	all := sum(c.all)
	a.ids, a.intended = f.out.IDs, f.out.Intended
	return ok && a.count > 0 && a.count < all.count && a.lo >= all.lo && a.hi <= all.hi && a.intended <= all.intended &&
		a.sum >= a.count*a.lo && a.sum <= a.count*a.hi && c.is(f, &a)
}

// maxRuns bounds the events among which pairs of replayed runs are looked for: the pairs of bounds are kept in memory.
const maxRuns = 512

// replayed says whether the surplus of a result is one or two runs of consecutive events counted again, which is what an
// engine gives that goes on from committed offsets with newer state.
func (c *contents) replayed(f *emission) bool {
	for _, events := range [][]windowEvent{c.all, c.must, c.every} {
		base := sum(events)
		more, ok := c.surplus(f, &base)
		if ok && (oneRun(events, more) || twoRuns(events, more)) {
			return true
		}
	}
	return false
}

// run is the sum over consecutive events.
type run struct{ count, sum, ids int64 }

// explained says, end to end, whether a result with a surplus is right by the input of its own stage, where all events
// are: then each event that it holds beyond them is a copy that the hops before made, or was replayed by its stage, which has
// been judged in the order in which the stage read. That order is not known end to end.
func (c *contents) explained(f *emission) bool {
	if !c.d.whole || c.op.stage == 0 || c.d.faulty[c.key.identity()] || !c.d.arrived(c) {
		return false
	}
	for _, events := range [][]windowEvent{c.all, c.must} {
		base := sum(events)
		if _, ok := c.surplus(f, &base); ok {
			return true
		}
	}
	return false
}

// prefixes gives the sums over the first 0, 1, … events.
func prefixes(events []windowEvent) []run {
	p := make([]run, len(events)+1)
	for i, e := range events {
		p[i+1] = run{p[i].count + 1, p[i].sum + e.value, p[i].ids + e.id.Term()}
	}
	return p
}

func oneRun(events []windowEvent, more aggregate) bool {
	p := prefixes(events)
	for i := 0; i+int(more.count) < len(p); i++ {
		k := i + int(more.count)
		if p[k].sum-p[i].sum == more.sum && p[k].ids-p[i].ids == more.ids {
			return true
		}
	}
	return false
}

func twoRuns(events []windowEvent, more aggregate) bool {
	if len(events) > maxRuns || int(more.count) > 2*len(events) {
		return false
	}
	p := prefixes(events)
	runs := map[run]bool{}
	for i := range p {
		for k := i + 1; k < len(p); k++ {
			runs[run{p[k].count - p[i].count, p[k].sum - p[i].sum, p[k].ids - p[i].ids}] = true
		}
	}
	for r := range runs {
		if runs[run{more.count - r.count, more.sum - r.sum, more.ids - r.ids}] {
			return true
		}
	}
	return false
}

// judgeWindow counts one window. One that some watermarks have reached at the end and others not may be there or not, as may
// one of late events only.
func (d *detail) judgeWindow(k windowKey, w *windowCase) {
	op := d.own[k.node]
	lo, hi := d.late[op.index].span()
	c := d.contents(k, w)
	closes, v := op.closes(k.start), &d.verdict
	if len(c.all) == 0 || closes > hi {
		for i := range w.found {
			v.Unexpected++
			d.nameWindow("unexpected", c, w, i)
		}
		return
	}
	if len(w.found) == 0 {
		if len(c.must) > 0 && closes <= lo {
			v.Expected++
			v.Missing++
			d.nameWindow("missing", c, w, -1)
		}
		return
	}
	d.judgeEmissions(c, w)
}

// judgeEmissions counts a window that was emitted, once or more often: the last result is the one that stands.
func (d *detail) judgeEmissions(c *contents, w *windowCase) {
	v := &d.verdict
	last := len(w.found) - 1
	final := &w.found[last]
	g := c.grade(final)
	if g == undecided {
		v.Unjudged++
		return
	}
	v.Expected++
	if g == bad {
		v.Wrong++
		d.nameWindow("wrong", c, w, last)
		return
	}
	for i := range w.found[:last] {
		switch f := &w.found[i]; {
		case f.digest == final.digest:
			v.Duplicate++
			d.nameWindow("duplicate", c, w, i)
		case c.replays && f.out.Count < final.out.Count && c.partial(f):
			v.Unfinal++
			d.nameWindow("unfinal", c, w, i)
		default:
			v.Wrong++
			d.nameWindow("wrong", c, w, i)
			return
		}
	}
	v.Matched++
	if g == over {
		v.Overcounted++
		d.nameWindow("overcounted", c, w, last)
	}
}
