package yamlstrict

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest gives the name among valid that a writer of got most likely meant, or "" if none is near: at most a third of
// the letters differ, counting swapped neighbours as one and taking case, "-" and "_" as equal.
func Nearest(got string, valid []string) string {
	best, bestDistance := "", max(1, len(got)/3)+1
	for _, name := range valid {
		if d := distance(fold(got), fold(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// Suggest ends a message about an unknown name: with the nearest valid name, else with all of them, sorted.
func Suggest(got string, valid []string) string {
	if name := Nearest(got, valid); name != "" {
		return fmt.Sprintf("did you mean `%s`?", name)
	}
	if len(valid) == 0 {
		return "none is valid here"
	}
	return "valid: " + strings.Join(slices.Sorted(slices.Values(valid)), ", ")
}

func fold(s string) []rune {
	return []rune(strings.ReplaceAll(strings.ToLower(s), "-", "_"))
}

// distance is the optimal string alignment distance: insertions, deletions, replacements, swaps of neighbours.
func distance(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
