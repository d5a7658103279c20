package oracle

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fuse is a context that ends once it has been asked so often whether it has.
type fuse struct {
	context.Context
	left  int // times it says no
	after int // times it has said yes
}

func lit(n int) *fuse { return &fuse{Context: context.Background(), left: n} }

func (f *fuse) Err() error {
	if f.left > 0 {
		f.left--
		return nil
	}
	f.after++
	return context.Canceled
}

// harmed are trials in which windows, or updates, have to be looked at one by one.
func harmed() map[string]*world {
	d := newDamage(11, true)
	d.replayInto(3, 4)
	d.drop(100, 30)
	d.again(20, 60)
	d.faulted = true
	renumber(d.output)
	u := newWorld(runningJob(), 5, 20, 50, false)
	u.handled(stretch{0, 21}, stretch{20, 21}, stretch{22, 50})
	u.faulted = true
	return map[string]*world{"windows": d.world, "updates": u}
}

// Whenever the end comes, it is the answer, and little is done behind it: at most a look at each device of a table.
func TestAnInterruptEndsAJudgementWhereverItStands(t *testing.T) {
	for name, w := range harmed() {
		whole := lit(math.MaxInt)
		if _, err := Judge(whole, w.trial(AtLeastOnce)); err != nil {
			t.Fatalf("%s: Judge = %v", name, err)
		}
		asked := math.MaxInt - whole.left
		for n := 0; n < asked; n += 1 + asked/40 {
			f := lit(n)
			if _, err := Judge(f, w.trial(AtLeastOnce)); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, interrupted at %d of %d: Judge = %v, want canceled", name, n, asked, err)
			}
			if f.after > 64 {
				t.Errorf("%s, interrupted at %d of %d: %d steps more", name, n, asked, f.after)
			}
		}
	}
}

// What was read is judged piece by piece, and no further piece after the end.
func TestAnInterruptEndsWhatReadsNothing(t *testing.T) {
	for name, w := range harmed() {
		tr := w.trial(AtLeastOnce)
		c := newComparison(&tr, EndToEnd, 0, len(tr.Job.Stages), 1)
		c.faulty, c.over = map[identity]bool{}, map[identity]surplus{}
		d := c.detail(slices.Repeat([]bool{true}, cellCount))
		for _, pass := range []func(context.Context) error{c.survey, c.expect, c.find, c.settleLate, d.readInputs, d.expect, d.find} {
			if err := pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := c.verdict
		for _, n := range []int{0, 1} {
			f := lit(n * len(d.entries)) // of all entries, and then of no window and no update
			d.judge(f)
			if diff := cmp.Diff(before, c.verdict); n == 0 && diff != "" {
				t.Errorf("%s: something was judged after the end (-before +after):\n%s", name, diff)
			}
			if f.left > 0 || f.after == 0 || f.after > 3 {
				t.Errorf("%s, %d entries: %d steps left, %d more after the end", name, len(d.entries), f.left, f.after)
			}
		}
		whole := lit(math.MaxInt)
		d.judge(whole)
		if asked, pieces := math.MaxInt-whole.left, len(d.entries)+len(d.windows)+len(d.updated); asked < pieces || len(d.windows)+len(d.updated) == 0 {
			t.Errorf("%s: asked %d times for %d entries, %d windows and %d devices", name, asked, len(d.entries), len(d.windows), len(d.updated))
		}
	}
}
