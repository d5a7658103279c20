package mutants

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is a line of the table in CLASSES.md: what is wrong, and what must be noticed of it.
type row struct{ Class, Engines, Guarantee, Stage, Notice, Verdict string }

// TestTheListAndTheTableAgree holds the mutants against CLASSES.md, both ways and in order, and against the number of
// classes that the list says it has.
func TestTheListAndTheTableAgree(t *testing.T) {
	text, err := os.ReadFile("CLASSES.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []row
	for line := range strings.Lines(string(text)) {
		c := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(c) == 6 && c[0] != "class" && strings.HasPrefix(line, "| ") {
			listed = append(listed, row{c[0], c[1], c[2], c[3], c[4], c[5]})
		}
	}
	var made []row
	for _, x := range table() {
		made = append(made, x.row())
	}
	if diff := cmp.Diff(listed, made); diff != "" {
		t.Errorf("CLASSES.md and the mutants differ (-list +mutants):\n%s", diff)
	}
	said := regexp.MustCompile(`(?m)^There are (\d+) classes`).FindSubmatch(text)
	if said == nil {
		t.Fatal("CLASSES.md does not say how many classes there are")
	}
	if n, _ := strconv.Atoi(string(said[1])); n != len(made) {
		t.Errorf("CLASSES.md says there are %d classes, and there are %d mutants", n, len(made))
	}
	names := map[string]bool{}
	for _, r := range made {
		if names[r.Class] {
			t.Errorf("class %q is there twice", r.Class)
		}
		names[r.Class] = true
	}
}

// row is how the list describes a mutant.
func (x *mutant) row() row {
	var on []string
	for label := range x.vehicles() {
		on = append(on, label)
	}
	slices.Sort(on)
	r := row{Class: x.class, Engines: strings.Join(on, ", "), Guarantee: string(x.guarantee), Stage: x.stage,
		Notice: strings.TrimSpace(x.fault + " " + x.kind), Verdict: "wrong"}
	if r.Guarantee == "" {
		r.Guarantee = string(alo)
	}
	if x.text != "" {
		r.Verdict = "correct, with counts"
	}
	return r
}
