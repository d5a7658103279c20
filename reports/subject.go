package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Subject is one engine instance under one load: its trials are repetitions of each other.
type Subject struct {
	Name          string // label of the instance, with the load step where a run has several
	Instance      string
	Engine        string
	EngineVersion string
	Model         string
	Job           string
	Placement     string
	Guarantee     string
	LoadStep      int
	Floor         bool
	Index         int             // position in Subjects: the subject's colour and line everywhere
	Trials        []*result.Trial // by repetition; they point into the run
}

// Subjects groups a run's trials: in the order of load steps and labels, every floor last, so that no place says anything about
// speed.
func Subjects(run *result.Run) []Subject {
	type key struct {
		instance, job, guarantee string
		step                     int
	}
	at := map[key]int{}
	var all []Subject
	steps := map[int]bool{}
	for i := range run.Trials {
		t := &run.Trials[i]
		k := key{t.Instance, t.Job, t.Guarantee, t.LoadStep}
		n, ok := at[k]
		if !ok {
			n = len(all)
			at[k] = n
			all = append(all, Subject{Name: t.Instance + adaptedMark(t), Instance: t.Instance, Engine: t.Engine, EngineVersion: t.EngineVersion,
				Model: t.Model, Job: t.Job, Placement: t.Placement, Guarantee: t.Guarantee, LoadStep: t.LoadStep, Floor: t.Floor})
		}
		all[n].Trials = append(all[n].Trials, t)
		steps[t.LoadStep] = true
	}
	slices.SortStableFunc(all, func(a, b Subject) int {
		return cmp.Or(floorLast(a, b), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.LoadStep, b.LoadStep))
	})
	for i := range all {
		all[i].Index = i
		if len(steps) > 1 {
			all[i].Name += " at " + Rate(all[i].Trials[0].OfferedRate)
		}
		slices.SortStableFunc(all[i].Trials, func(a, b *result.Trial) int { return cmp.Compare(a.Repetition, b.Repetition) })
	}
	return all
}

// adaptedMark marks the name of an engine that does an operator of the job by other means than its own.
func adaptedMark(t *result.Trial) string {
	if len(t.Adapted) == 0 {
		return ""
	}
	return "‡"
}

// Adaptations says what the mark ‡ behind engines' names stands for: a sentence for each operator and reason, sorted, with the labels
// of all engines that have both, since one engine may stand there under several.
func Adaptations(run *result.Run) []string {
	who := map[result.Adaptation][]string{}
	for i := range run.Trials {
		t := &run.Trials[i]
		for _, a := range t.Adapted {
			if !slices.Contains(who[a], t.Instance) {
				who[a] = append(who[a], t.Instance)
			}
		}
	}
	var all []string
	for a, labels := range who {
		slices.Sort(labels)
		// Not that it has none: an engine may have one that does not do all that the job's operator asks for.
		all = append(all, fmt.Sprintf("‡ %s: %s is adapted to what the engine has: %s", strings.Join(labels, ", "), a.Operator, a.Reason))
	}
	slices.Sort(all)
	return all
}

func floorLast(a, b Subject) int {
	switch {
	case a.Floor == b.Floor:
		return 0
	case a.Floor:
		return 1
	}
	return -1
}

// Counted are the trials whose figures are summarised: whole and not invalid.
func (s *Subject) Counted() []*result.Trial {
	var all []*result.Trial
	for _, t := range s.Trials {
		if counts(t) {
			all = append(all, t)
		}
	}
	return all
}

func counts(t *result.Trial) bool { return !t.Partial && t.Valid && t.Quality != result.Invalid }

// whyNone is why a subject without counted trials has no figures.
func (s *Subject) whyNone() string {
	for _, t := range s.Trials {
		if t.Partial {
			return "not finished"
		}
	}
	return "excluded: invalid"
}

// Line is a subject's row in the headline table. Durations are ns.
type Line struct {
	Subject
	Status      Status
	Quality     result.Quality // the worst of its trials
	Excluded    int            // trials without a part in the figures: invalid or not finished
	Offered     Figure         // events per second
	Achieved    Figure         // events per second
	Response    map[float64]Figure
	CloseDelay  map[float64]Figure
	CPU         Figure // seconds, of the engine, whole trial
	CPUPerEvent Figure // ns of processor time for each event that was due
	Memory      Figure // bytes, peak
	PolicyFloor Figure // ns
	AboveFloor  Figure // p50 − policy floor, ns
	ToNull      map[float64]Figure
	Duplicates  int64 // over all whole trials
	Badges      []Badge
}

// Lines gives the headline table, in the order of Subjects.
func Lines(run *result.Run) []Line {
	subjects := Subjects(run)
	lines := make([]Line, len(subjects))
	for i := range subjects {
		lines[i] = line(run, subjects, &subjects[i])
	}
	return lines
}

func line(run *result.Run, all []Subject, s *Subject) Line {
	counted := s.Counted()
	l := Line{Subject: *s, Status: s.Status(), Quality: s.Quality(), Excluded: len(s.Trials) - len(counted), Badges: s.badges(run),
		Response:   percentiles(counted, "response"),
		CloseDelay: percentiles(counted, "close_delay"), ToNull: map[float64]Figure{}}
	l.Offered = figureOf(counted, func(t *result.Trial) (float64, bool) { return t.OfferedRate, true })
	l.Achieved = figureOf(counted, func(t *result.Trial) (float64, bool) { return t.AchievedRate, true })
	l.CPU, l.CPUPerEvent, l.Memory = figureOf(counted, CPU), figureOf(counted, CPUPerEvent), figureOf(counted, Memory)
	l.PolicyFloor = figureOf(counted, func(t *result.Trial) (float64, bool) { return float64(t.PolicyFloorNS), true })
	l.AboveFloor = figureOf(counted, func(t *result.Trial) (float64, bool) {
		v, bound, missing := Percentile(t.Latency["response"], 0.5)
		return v - float64(t.PolicyFloorNS), missing == "" && !bound
	})
	for _, q := range []float64{0.5, 0.99} {
		l.ToNull[q] = toNull(all, s, q)
	}
	l.Duplicates = s.Total().Duplicate
	if len(counted) == 0 {
		l.missing(s.whyNone())
	}
	return l
}

// missing says of every figure why there is none.
func (l *Line) missing(why string) {
	none := Figure{Missing: why}
	l.Offered, l.Achieved, l.CPU, l.CPUPerEvent, l.Memory, l.PolicyFloor, l.AboveFloor = none, none, none, none, none, none, none
	for _, m := range []map[float64]Figure{l.Response, l.CloseDelay, l.ToNull} {
		for q := range m {
			m[q] = none
		}
	}
}

func percentiles(trials []*result.Trial, metric string) map[float64]Figure {
	m := map[float64]Figure{}
	for _, q := range Quantiles() {
		m[q] = Figure{Missing: "not measured"}
		if len(trials) > 0 {
			m[q] = percentileFigure(trials, metric, q)
		}
	}
	return m
}

// figureOf is known only if every trial has the value.
func figureOf(trials []*result.Trial, value func(*result.Trial) (float64, bool)) Figure {
	var values []float64
	for _, t := range trials {
		v, ok := value(t)
		if !ok {
			return Figure{Missing: "not measured"}
		}
		values = append(values, v)
	}
	return NewFigure(values)
}

// toNull is the response percentile as a ratio to the floor's, trial by trial: that of the same block, or else that of the
// same repetition. Only inputs with equal digests are held side by side, and only a floor with the same guarantee is one.
func toNull(all []Subject, s *Subject, q float64) Figure {
	var ratios []float64
	for _, t := range s.Counted() {
		f := floorOf(all, t)
		if f == nil {
			return Figure{Missing: "no floor"}
		}
		v, vBound, missing := Percentile(t.Latency["response"], q)
		base, baseBound, baseMissing := Percentile(f.Latency["response"], q)
		if m := cmp.Or(missing, baseMissing); m != "" {
			return Figure{Missing: m}
		}
		if vBound || baseBound || base <= 0 {
			return Figure{Missing: "events were never answered"}
		}
		ratios = append(ratios, v/base)
	}
	return NewFigure(ratios)
}

func floorOf(all []Subject, t *result.Trial) *result.Trial {
	var near *result.Trial
	for i := range all {
		if !all[i].Floor || all[i].LoadStep != t.LoadStep {
			continue
		}
		for _, f := range all[i].Trials {
			switch {
			case !counts(f) || f.Input.OrderDigest != t.Input.OrderDigest || f.Guarantee != t.Guarantee:
			case f.Block == t.Block:
				return f
			case f.Repetition == t.Repetition:
				near = f
			}
		}
	}
	return near
}

// Quality is the worst quality of the subject's whole trials; invalid if there is none.
func (s *Subject) Quality() result.Quality {
	worst, whole := result.Clean, 0
	for _, t := range s.Trials {
		if t.Partial {
			continue
		}
		whole++
		switch {
		case t.Quality == result.Invalid || !t.Valid:
			return result.Invalid
		case t.Quality == result.Degraded:
			worst = result.Degraded
		}
	}
	if whole == 0 {
		return result.Invalid
	}
	return worst
}
