package reports

import (
	"fmt"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Status is what can be said of correctness, from the least known to the worst.
type Status int

// The statuses.
const (
	Unjudged   Status = iota // no oracle has looked
	Unfinished               // broken off
	Correct                  // every expected output, once
	Repeats                  // correct under at-least-once, with repeats that a ranking does not allow
	Wrong
)

// String is the status in a table cell.
func (s Status) String() string {
	return [...]string{"not judged", "not finished", "correct", "correct, with repeats", "wrong"}[s]
}

// Mark is a sign beside the word, for eyes that look for the exception: it says nothing that the word does not.
func (s Status) Mark() string { return [...]string{"–", "–", "✓", "✓", "✗"}[s] }

// StatusOf is the status of one trial. One that was broken off is not held to its verdict: what is missing may only not
// have come yet.
func StatusOf(t *result.Trial) Status {
	v := &t.Verdict
	switch {
	case t.Partial:
		return Unfinished
	case !v.Judged:
		return Unjudged
	case !v.Correct:
		return Wrong
	case v.Duplicate+v.Overcounted+v.Unfinal+v.Tainted > 0:
		return Repeats
	}
	return Correct
}

// Status is that of the subject: wrong if any trial is, correct only if all are.
func (s *Subject) Status() Status {
	seen := map[Status]bool{}
	for _, t := range s.Trials {
		seen[StatusOf(t)] = true
	}
	for _, st := range []Status{Wrong, Unfinished, Unjudged, Repeats} {
		if seen[st] {
			return st
		}
	}
	if seen[Correct] {
		return Correct
	}
	return Unjudged
}

// Total adds the counts of the subject's whole trials.
func (s *Subject) Total() result.Verdict {
	var sum result.Verdict
	for _, t := range s.Trials {
		if t.Partial {
			continue
		}
		v := &t.Verdict
		sum.Judged = sum.Judged || v.Judged
		for _, f := range []struct {
			to *int64
			n  int64
		}{
			{&sum.Expected, v.Expected}, {&sum.Matched, v.Matched}, {&sum.Missing, v.Missing}, {&sum.Duplicate, v.Duplicate},
			{&sum.Overcounted, v.Overcounted}, {&sum.Unfinal, v.Unfinal}, {&sum.Unexpected, v.Unexpected}, {&sum.Wrong, v.Wrong},
			{&sum.Tainted, v.Tainted}, {&sum.Unjudged, v.Unjudged}, {&sum.Late, v.Late}, {&sum.DeadLetters, v.DeadLetters},
			{&sum.Reordered, v.Reordered}, {&sum.Foreign, v.Foreign},
		} {
			*f.to += f.n
		}
	}
	return sum
}

// Findings lists what a verdict counted, other than matches: "3 missing, 1 with wrong content". Empty: nothing.
func Findings(v *result.Verdict) string {
	var parts []string
	for _, f := range []struct {
		n    int64
		text string
	}{
		{v.Missing, "missing"}, {v.Wrong, "with wrong content"}, {v.Unexpected, "unexpected"}, {v.Duplicate, "duplicate"},
		{v.Overcounted, "overcounted"}, {v.Unfinal, "emitted twice around a restart"}, {v.Tainted, "spurious after a duplicate"},
		{v.Unjudged, "unjudged"},
	} {
		if f.n > 0 {
			parts = append(parts, Count(f.n)+" "+f.text)
		}
	}
	return strings.Join(parts, ", ")
}

// Sentence tells a subject's verdict to somebody who has not read how outputs are judged.
func (s *Subject) Sentence() string {
	v := s.Total()
	times := ""
	if n := s.judged(); n > 1 {
		times = fmt.Sprintf(" over %d repetitions", n)
	}
	expected := Counted(v.Expected, "expected output") + times
	found := Findings(&v)
	switch s.Status() {
	case Correct:
		if s.Floor {
			return fmt.Sprintf("Copied through the same hops as the job has: all %s arrived unchanged, none twice.%s", expected, besides(&v))
		}
		return fmt.Sprintf("All %s arrived with the content the oracle computed, none twice.%s", expected, besides(&v))
	case Repeats:
		return fmt.Sprintf("All %s arrived, %s. At least once allows that; a ranking does not.", expected, found)
	case Wrong:
		return fmt.Sprintf("Of %s: %s%s. Its speed is that of a wrong answer.", expected, orNothing(found), s.inHowMany())
	case Unfinished:
		return "Broken off before it could be judged. What is shown is true, but not all."
	}
	return "Nothing is known about its answers" + s.whyUnjudged() + ", so its speed means nothing."
}

// besides tells what a verdict without a fault leaves open: records of the input that are no event, and windows that too many
// late or repeated events could belong to. Empty: nothing.
func besides(v *result.Verdict) string {
	var text string
	if v.Foreign > 0 {
		text += fmt.Sprintf(" Passed over: %s of the input without a valid identity.", Counted(v.Foreign, "record"))
	}
	if v.Unjudged > 0 {
		text += fmt.Sprintf(" Left undecided: %s with too many late or repeated events to try.", Counted(v.Unjudged, "window"))
	}
	return text
}

// judged is the number of whole trials that have a verdict.
func (s *Subject) judged() int {
	n := 0
	for _, t := range s.Trials {
		if t.Verdict.Judged && !t.Partial {
			n++
		}
	}
	return n
}

// whyUnjudged is the reason the verdict's text gives, in brackets.
func (s *Subject) whyUnjudged() string {
	for _, t := range s.Trials {
		if why, ok := strings.CutPrefix(t.Verdict.Text, "not judged: "); ok && !t.Verdict.Judged {
			return " (" + why + ")"
		}
	}
	return ""
}

// inHowMany says how many repetitions are wrong where not all are.
func (s *Subject) inHowMany() string {
	n := 0
	for _, t := range s.Trials {
		if StatusOf(t) == Wrong {
			n++
		}
	}
	if n == s.judged() {
		return ""
	}
	return fmt.Sprintf(" (wrong in %d of %d repetitions)", n, s.judged())
}

func orNothing(text string) string {
	if text == "" {
		return "no counted fault, but the accounts do not close"
	}
	return text
}
