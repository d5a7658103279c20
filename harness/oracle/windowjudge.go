package oracle

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
	over            // every event that must or may be there, and some again, as the guarantee allows
	overSome        // the same, but some of those that may be left out may be
	undecided       // too many events that may be left out, or counted again, to try
)

// contents is what a window may hold.
type contents struct {
	all     []windowEvent // what must or may be there, in offset order
	must    []windowEvent
	may     []windowEvent
	copies  []windowEvent // repetitions that the guarantee allows to be counted, in the input or in front of the stage
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
	c.must, c.may = split(c.all)
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

// is says whether a result is exactly the one of an aggregate.
func (c *contents) is(f *emission, a *aggregate) bool {
	return a.count == int64(f.out.Count) && a.ids == f.out.IDs &&
		c.d.hash.record(false, c.d.render.render(c.op, c.key, c.record, c.d.partitions, a)) == f.digest
}

// claim is what a result says that it holds. ok: it is a result of its window, in the one form there is.
func (c *contents) claim(f *emission) (got aggregate, ok bool) {
	got, ok = parseWindow(f.value)
	got.ids, got.intended = f.out.IDs, f.out.Intended
	return got, ok && got.count > 0 && c.is(f, &got)
}

// grade judges one result.
func (c *contents) grade(f *emission) grade {
	got, ok := c.claim(f)
	if !ok {
		return bad
	}
	without := choose(got, sum(c.must), c.may)
	if without == yes {
		return right
	}
	best := bad
	if without == perhaps {
		best = undecided
	}
	for _, explain := range []func() grade{
		func() grade { return c.overcounted(got) }, func() grade { return c.explained(f) }, func() grade { return c.replayed(got) },
	} {
		switch g := explain(); g {
		case over, overSome:
			return g
		case undecided:
			best = g
		}
	}
	return best
}

// overcounted says whether repetitions in the stage's input explain a result.
func (c *contents) overcounted(got aggregate) grade {
	if len(c.copies) == 0 {
		return bad
	}
	if choose(got, sum(c.must, c.may), c.copies) == yes {
		return over
	}
	all := slices.Concat(c.may, c.copies)
	slices.SortStableFunc(all, func(a, b windowEvent) int {
		return cmp.Or(cmp.Compare(a.at.partition, b.at.partition), cmp.Compare(a.at.offset, b.at.offset))
	})
	switch choose(got, sum(c.must), all) {
	case yes:
		return overSome
	case no:
		return bad
	}
	// Too many to try. An engine counts every record until it closes the window: those in time, and some that came late.
	timely, late := split(all)
	if choose(got, sum(c.must, timely), late) == yes {
		return overSome
	}
	return undecided
}

// split tells the events that are in time from those that may be left out.
func split(events []windowEvent) (must, may []windowEvent) {
	for _, e := range events {
		if e.may {
			may = append(may, e)
		} else {
			must = append(must, e)
		}
	}
	return must, may
}

// parseWindow reads the value of a window. Whether it is canonical is for the digest to say.
func parseWindow(value string) (a aggregate, ok bool) {
	var end, start int64
	n, err := fmt.Sscanf(value, `{"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, &a.count, &end, &a.hi, &a.lo, &start, &a.sum)
	return a, err == nil && n == 6
}

// partial says whether a result can be that of some of the window's events, as far as that can be tried.
func (c *contents) partial(f *emission) bool {
	got, ok := c.claim(f)
	return ok && choose(got, aggregate{}, c.all) != no
}

// replayed says whether the surplus of a result is one or two runs of consecutive events counted again, which is what an
// engine gives that goes on from committed offsets with newer state.
func (c *contents) replayed(got aggregate) grade {
	if !c.replays {
		return bad
	}
	again := func(events []windowEvent) answer {
		base := sum(events)
		switch {
		case got.count <= base.count:
			return no
		case oneRun(got, base, events):
			return yes
		}
		return twoRuns(got, base, events)
	}
	best := bad
	for i, of := range []struct {
		events []windowEvent
		grade  grade
	}{{c.all, over}, {c.every, over}, {c.must, overSome}} {
		if i > 0 && len(of.events) == len(c.all) { // without repetitions, or late events, it is the same list again
			continue
		}
		switch again(of.events) {
		case yes:
			return of.grade
		case perhaps:
			best = undecided
		}
	}
	return best
}

// explained says, end to end, whether a result with a surplus is right by the input of its own stage, where all events
// are: then each event that it holds beyond them is a copy that the hops before made, or was replayed by its stage, which has
// been judged in the order in which the stage read. That order is not known end to end. The copies are, so without replays
// there is nothing to doubt in what they do not explain.
func (c *contents) explained(f *emission) grade {
	h, ok := c.d.over[c.key.identity()]
	switch {
	case !c.d.whole || !ok || h.digest != f.digest || !c.d.arrived(c):
		return bad
	case h.grade != undecided && !slices.ContainsFunc(c.must, func(e windowEvent) bool { return h.unsure[e.id.Seq] }):
		return over
	case c.replays:
		return undecided
	}
	return bad
}

// surplus is what a stage's own comparison found of a window that holds events again.
type surplus struct {
	digest digest
	grade  grade           // over, overSome or undecided
	unsure map[uint64]bool // the sequences it may lack
}

// noteSurplus remembers a window with a surplus, for the comparison end to end.
func (d *detail) noteSurplus(c *contents, f *emission, g grade) {
	if d.whole || g == bad || g == right {
		return
	}
	s := surplus{digest: f.digest, grade: g}
	if g == overSome {
		s.unsure = map[uint64]bool{}
		for _, e := range c.may {
			s.unsure[e.id.Seq] = true
		}
	}
	d.over[c.key.identity()] = s
}

// judgeWindow counts one window. One that some watermarks have reached at the end and others not may be there or not, as may
// one of late events only.
func (d *detail) judgeWindow(ctx context.Context, k windowKey, w *windowCase) {
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
	d.judgeEmissions(ctx, c, w)
}

// judgeUndecided counts a window whose last result could not be judged. Without replays no other may stand before it.
func (d *detail) judgeUndecided(c *contents, w *windowCase) {
	v := &d.verdict
	last := len(w.found) - 1
	for i := range w.found[:last] {
		switch {
		case w.found[i].digest == w.found[last].digest:
			v.Duplicate++
			d.nameWindow("duplicate", c, w, i)
		case !c.replays:
			v.Expected++
			v.Wrong++
			d.nameWindow("wrong", c, w, i)
			return
		}
	}
	v.Unjudged++
	d.nameWindow("unjudged", c, w, last)
}

// judgeEmissions counts a window that was emitted, once or more often: the last result is the one that stands.
func (d *detail) judgeEmissions(ctx context.Context, c *contents, w *windowCase) {
	v := &d.verdict
	last := len(w.found) - 1
	final := &w.found[last]
	g := c.grade(final)
	d.noteSurplus(c, final, g)
	if g == undecided {
		d.judgeUndecided(c, w)
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
		case ctx.Err() != nil: // each may be tried in all combinations
			return
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
	if g != right {
		v.Overcounted++
		d.nameWindow("overcounted", c, w, last)
	}
}
