package reports

import (
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// KillLine is what became of a subject's engines that were killed on purpose, over its repetitions.
type KillLine struct {
	Subject    *Subject
	Kills      int    // whether or not the engine came back from them
	AtWork     int    // of them, those that hit an engine that had recovered from the one before; the others hit one that was coming back
	Back       Figure // kill to the first moment at which all that was due before the restart was answered, and on every partition something due after it, in ns
	NotThrough int    // of the kills at work, those after which that moment never came
}

// Kills lists the subjects that were killed, in the order of Subjects. Trials whose measurement is invalid are left out, as everywhere, and
// those in which nobody waited for the engine to come back.
func Kills(run *result.Run) []KillLine {
	subjects := Subjects(run)
	var all []KillLine
	for i := range subjects {
		l := KillLine{Subject: &subjects[i]}
		var back []float64
		for _, t := range l.Subject.Trials {
			if brokenOff(t) || !t.Partial && !counts(t) { // one that an engine did not come through is partial, and counts here
				continue
			}
			for _, r := range t.Lifecycle.Recoveries {
				back = l.count(r, back)
			}
		}
		if l.Back = NewFigure(back); l.Kills > 0 {
			all = append(all, l)
		}
	}
	return all
}

// brokenOff reports whether a trial ended because the run did, and not because of its engine.
func brokenOff(t *result.Trial) bool {
	return slices.ContainsFunc(t.InvalidReasons, func(why string) bool { return strings.HasPrefix(why, "broken off: ") })
}

func (l *KillLine) count(r result.Recovery, back []float64) []float64 {
	l.Kills++
	if !r.AtWork {
		return back
	}
	l.AtWork++
	if r.Through == nil {
		l.NotThrough++
		return back
	}
	return append(back, float64(*r.Through))
}
