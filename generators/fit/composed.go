package fit

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Fields that are made of others: of this many messages, this share must show it.
const (
	composedOf    = 400
	composedShare = 0.5
	copiedShare   = 0.98
)

// composed finds texts that are made of other fields, such as a title of a magnitude and a place, and gives their slots. What
// one is made of is made of nothing itself.
func (f *fitter) composed(texts []int) map[int]string {
	found := map[int]string{}
	used := map[int]bool{}
	slices.SortStableFunc(texts, func(a, b int) int { return cmp.Compare(f.length(b), f.length(a)) }) // the longest may be of the others
	for _, field := range texts {
		if used[field] || !f.words(field) {
			continue
		}
		counts := map[string]int{}
		step, n := max(1, len(f.Messages)/composedOf), 0
		for i := 0; i < len(f.Messages); i += step {
			counts[f.pattern(i, field, texts, found)]++
			n++
		}
		best := ""
		for p, count := range counts {
			if count > counts[best] || count == counts[best] && p < best {
				best = p
			}
		}
		least := composedShare
		if strings.Count(best, "${") == 1 && strings.HasPrefix(best, "${") && strings.HasSuffix(best, "}") {
			least = copiedShare // a mere copy: fields of few values often are the same by chance
		}
		if float64(counts[best]) < least*float64(n) || !strings.Contains(best, "${") {
			continue
		}
		found[field] = best
		for _, other := range texts {
			if strings.Contains(best, "${"+f.Fields[other]+"}") {
				used[other] = true
			}
		}
	}
	return found
}

// words tells whether a field is neither number nor true and false.
func (f *fitter) words(field int) bool {
	words, n, step := 0, 0, max(1, len(f.Messages)/composedOf)
	for i := 0; i < len(f.Messages); i += step {
		if n++; f.Messages[i].Texts[field] != "null" && math.IsNaN(f.Messages[i].Values[field]) {
			words++
		}
	}
	return words*2 > n
}

func (f *fitter) length(field int) int {
	sum, step := 0, max(1, len(f.Messages)/composedOf)
	for i := 0; i < len(f.Messages); i += step {
		sum += len(f.Messages[i].Texts[field])
	}
	return sum
}

// pattern writes a message's text with the other fields' texts in it as slots, the longest first; texts of one letter are
// everywhere.
func (f *fitter) pattern(message, field int, others []int, composed map[int]string) string {
	m := &f.Messages[message]
	var parts []int
	for _, o := range others {
		if _, ok := composed[o]; !ok && o != field && len(m.Texts[o]) > 1 && !slices.Contains([]string{"null", "true", "false"}, m.Texts[o]) {
			parts = append(parts, o)
		}
	}
	slices.SortStableFunc(parts, func(a, b int) int { return len(m.Texts[b]) - len(m.Texts[a]) })
	return slotted(m.Texts[field], parts, func(o int) (string, string) { return m.Texts[o], f.Fields[o] })
}

// slotted puts slots into a text, and never into a slot.
func slotted(text string, parts []int, of func(int) (text, name string)) string {
	for i, o := range parts {
		part, name := of(o)
		if before, after, ok := strings.Cut(text, part); ok {
			return slotted(before, parts[i:], of) + "${" + name + "}" + slotted(after, parts[i:], of)
		}
	}
	return text
}
