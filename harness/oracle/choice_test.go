package oracle

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
)

// drawn makes n events of a device. Some are copies of those before: all of it, or the identity alone.
func drawn(rng *rand.Rand, n int) (events []windowEvent) {
	for i := range n {
		e := windowEvent{id: event.ID{Stream: 1, Device: 2, Seq: uint64(i)}, value: 20_000_000 + rng.Int64N(5_000_000), intended: int64(i) * 1000}
		if i > 0 && rng.IntN(4) == 0 {
			old := events[rng.IntN(i)]
			if e.id = old.id; rng.IntN(2) == 0 {
				e = old
			}
		}
		events = append(events, e)
	}
	return events
}

// with is base with the events whose bits are set.
func with(base aggregate, events []windowEvent, bits uint64) aggregate {
	for i, e := range events {
		if bits>>i&1 == 1 {
			base.add(e.value, e.id.Term(), e.intended)
		}
	}
	return base
}

func TestChooseKnowsEveryCombinationOfFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for round := range 200 {
		n := rng.IntN(11)
		all := drawn(rng, 5+n)
		base, others := sum(all[:round%5]), all[5:] // sometimes nothing has to be there
		possible := map[aggregate]bool{}
		for bits := range uint64(1) << n {
			possible[with(base, others, bits)] = true
		}
		for range 50 {
			got := with(base, others, rng.Uint64())
			switch rng.IntN(8) {
			case 0:
				got.sum++
			case 1:
				got.ids ^= 1
			case 2:
				got.count++
			case 3:
				got.intended++
			case 4: // lost, and a copy that is not there counted for it
				got = with(base, all, rng.Uint64())
			}
			if got.count == 0 {
				continue // no window has such a result
			}
			if answer := choose(got, base, others); (answer == yes) != possible[got] || answer == perhaps {
				t.Fatalf("choose(%v, %v, %d others) = %v, but it is possible: %v", &got, &base, n, answer, possible[got])
			}
		}
	}
}

func TestChooseTriesThirtyTwoAndOfMoreOnlyRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	all := drawn(rng, 80)
	base, most, many := sum(all[:40]), all[40:40+maxChoices], all[40:]
	some := uint64(0x5a17c3e9)
	lost := func(a aggregate) aggregate { // an event of base that is no extreme and not the latest
		e := slices.MaxFunc(all[1:39], func(x, y windowEvent) int {
			return int(min(x.value-base.lo, base.hi-x.value) - min(y.value-base.lo, base.hi-y.value))
		})
		a.count, a.sum, a.ids = a.count-1, a.sum-e.value, a.ids-e.id.Term()
		return a
	}
	wider := slices.Clone(many)
	wider[5].value = base.hi + 1
	higher, lower := base, both(base, sum(wider)) // each with a maximum that is not its own
	higher.hi++
	lower.hi--
	beyond := with(base, many, some)
	beyond.sum = base.sum + (beyond.count-base.count)*25_000_001
	for _, c := range []struct {
		name   string
		got    aggregate
		others []windowEvent
		want   answer
	}{
		{"some of 32", with(base, most, some), most, yes},
		{"some of 32, one lost", lost(with(base, most, some)), most, no},
		{"all of 40", sum(all), many, yes},
		{"none of 40", base, many, yes},
		{"a run of 40", sum(all[:40], all[47:61]), many, yes},
		{"all of 40 but one, one lost", lost(sum(all[:79])), many, perhaps},
		{"two of 40, one lost", lost(with(base, many, 1<<7|1<<30)), many, no},
		{"some of 40", with(base, many, some), many, perhaps},
		{"some of 40, one lost", lost(with(base, many, some)), many, perhaps},
		{"fewer than base", lost(base), many, no},
		{"more than all", with(sum(all), all, 1), many, no},
		{"a sum that 40 do not reach", beyond, many, no},
		{"none of 40, with the maximum of one", higher, wider, no},
		{"all of 40, with another maximum", lower, wider, no},
	} {
		if got := choose(c.got, base, c.others); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Too many events to look for two runs among them are no proof that there are none.
func TestTwoRunsAmongTooManyEvents(t *testing.T) {
	var events []windowEvent
	for i := range maxRuns + 1 {
		events = append(events, windowEvent{id: event.ID{Stream: 1, Device: 4, Seq: uint64(i)}, value: 5})
	}
	base := sum(events)
	twice := both(base, sum(append(slices.Clone(events[3:5]), events[9])))
	if got := twoRuns(twice, base, events); got != perhaps {
		t.Errorf("twoRuns among %d events = %v, want that it was too much to try", len(events), got)
	}
	if got := twoRuns(twice, base, events[:maxRuns]); got != yes {
		t.Errorf("twoRuns among %d events = %v, want yes", maxRuns, got)
	}
	twice.hi++
	if got := twoRuns(twice, base, events); got != no {
		t.Errorf("twoRuns of a result with a value that no event has = %v, want no", got)
	}
}
