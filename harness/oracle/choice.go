package oracle

import "slices"

// answer is what can be said of a claim.
type answer int

const (
	no answer = iota
	yes
	perhaps // there is too much to try
)

// maxChoices is how many events that may or may not be counted are tried in all combinations: the sums of each half of
// them, 2^16 at most, are kept. Of many more than that, some combination would come to nearly any ids and sum, and a lost
// event could hide behind two that were counted again.
const maxChoices = 32

// choose says whether a result is base with some of others, which are in offset order. Few are tried in all combinations.
// Of many, only one run of consecutive ones, all or none of them is taken for an answer, and what cannot be at all is told
// by its bounds; anything between these may be.
func choose(got, base aggregate, others []windowEvent) answer {
	switch {
	case !within(got, base, others):
		return no
	case oneRun(got, base, others):
		return yes
	case got.count == base.count, got.count == base.count+1, got.count == base.count+int64(len(others)): // none, each alone, and all are runs
		return no
	case len(others) > maxChoices:
		return perhaps
	case combined(got, base, others):
		return yes
	}
	return no
}

// within says whether a result lies in the bounds of base with so many of the others.
func within(got, base aggregate, others []windowEvent) bool {
	k, all := int(got.count-base.count), both(base, sum(others))
	if k < 0 || k > len(others) || got.lo < all.lo || got.hi > all.hi || got.intended > all.intended {
		return false
	}
	if base.count > 0 && (got.lo > base.lo || got.hi < base.hi || got.intended < base.intended) {
		return false
	}
	values, terms := make([]int64, len(others)), make([]int64, len(others))
	for i, e := range others {
		values[i], terms[i] = e.value, e.id.Term()
	}
	return reaches(values, k, got.sum-base.sum) && reaches(terms, k, got.ids-base.ids)
}

// reaches says whether n lies between the sums of the k smallest and the k greatest numbers. It sorts them.
func reaches(numbers []int64, k int, n int64) bool {
	slices.Sort(numbers)
	var least, most int64
	for i := range k {
		least += numbers[i]
		most += numbers[len(numbers)-1-i]
	}
	return least <= n && n <= most
}

// both is the aggregate over the events of two.
func both(a, b aggregate) aggregate {
	switch {
	case a.count == 0:
		return b
	case b.count == 0:
		return a
	}
	return aggregate{count: a.count + b.count, sum: a.sum + b.sum, lo: min(a.lo, b.lo), hi: max(a.hi, b.hi), ids: a.ids + b.ids,
		intended: max(a.intended, b.intended)}
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

// combined tries all combinations: those of the first half against those of the second whose ids are what is then left
// (Horowitz and Sahni, JACM 1974).
func combined(got, base aggregate, others []windowEvent) bool {
	first, second := subsets(others[:len(others)/2]), subsets(others[len(others)/2:])
	want, top := got.ids-base.ids, len(second)-1
	for _, a := range first {
		for top >= 0 && a.ids+second[top].ids > want {
			top--
		}
		for i := top; i >= 0 && a.ids+second[i].ids == want; i-- {
			if both(both(base, a), second[i]) == got {
				return true
			}
		}
	}
	return false
}

// subsets gives the aggregates over all subsets of some events, each once, by ascending ids.
func subsets(events []windowEvent) []aggregate {
	all := []aggregate{{}}
	for _, e := range events {
		next, k := make([]aggregate, 0, 2*len(all)), 0
		for _, a := range all {
			a.add(e.value, e.id.Term(), e.intended)
			for ; k < len(all) && all[k].ids <= a.ids; k++ {
				next = put(next, all[k])
			}
			next = put(next, a)
		}
		all = next
	}
	return all
}

// put appends an aggregate to those of no greater ids, unless it is there: copies of an event come to the same.
func put(sorted []aggregate, a aggregate) []aggregate {
	for i := len(sorted) - 1; i >= 0 && sorted[i].ids == a.ids; i-- {
		if sorted[i] == a {
			return sorted
		}
	}
	return append(sorted, a)
}

// run is the sum over consecutive events.
type run struct{ count, sum, ids int64 }

// prefixes gives the sums over the first 0, 1, … events.
func prefixes(events []windowEvent) []run {
	p := make([]run, len(events)+1)
	for i, e := range events {
		p[i+1] = run{p[i].count + 1, p[i].sum + e.value, p[i].ids + e.id.Term()}
	}
	return p
}

// oneRun says whether a result is base with a run of consecutive events, or with none.
func oneRun(got, base aggregate, events []windowEvent) bool {
	p, n := prefixes(events), int(got.count-base.count)
	for i := 0; n >= 0 && i+n < len(p); i++ {
		if p[i+n].ids-p[i].ids == got.ids-base.ids && both(base, sum(events[i:i+n])) == got {
			return true
		}
	}
	return false
}

// maxRuns bounds the events among which pairs of runs are looked for: the pairs of bounds are kept in memory.
const maxRuns = 512

// twoRuns says whether a result is base, which holds the events, with two runs of them again.
func twoRuns(got, base aggregate, events []windowEvent) answer {
	more := run{got.count - base.count, got.sum - base.sum, got.ids - base.ids}
	if got.lo != base.lo || got.hi != base.hi || got.intended != base.intended || more.count > 2*int64(len(events)) {
		return no
	}
	if len(events) > maxRuns {
		return perhaps
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
			return yes
		}
	}
	return no
}
