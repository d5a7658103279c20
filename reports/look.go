package reports

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// SeriesOf finds a series of a trial by name and role, nil if there is none or it has no points.
func SeriesOf(run *result.Run, trial, name, role string) *result.Series {
	for i := range run.Series {
		s := &run.Series[i]
		if s.Trial == trial && s.Name == name && s.Role == role && len(s.Points) > 0 {
			return s
		}
	}
	return nil
}

// DistributionOf finds the measure phase's distribution of a metric that is cut by nothing but the kind of output: that of
// events where there are several kinds. Nil if there is none.
func DistributionOf(run *result.Run, trial, metric string) *result.Distribution {
	var found *result.Distribution
	for i := range run.Distributions {
		d := &run.Distributions[i]
		if d.Trial != trial || d.Metric != metric || d.Phase != "measure" || d.Stage != "" || d.SizeClass != "" || d.Tenant != "" {
			continue
		}
		if found == nil || d.Kind == "event" || d.Kind == "" {
			found = d
		}
	}
	return found
}

// Hops gives the distributions of the hops of a trial in the measure phase, in the order of the job.
func Hops(run *result.Run, trial string) []*result.Distribution {
	var all []*result.Distribution
	for i := range run.Distributions {
		d := &run.Distributions[i]
		if d.Trial == trial && d.Metric == "hop" && d.Phase == "measure" && d.Stage != "" {
			all = append(all, d)
		}
	}
	return all
}

// HopMedians gives a subject's stages in the order of the job and, for each, the median over its counted trials of the median hop in ns; over
// all of them where none counts, as charts show it with the reason.
// Stages without one are left out.
func HopMedians(run *result.Run, s *Subject) (stages []string, ns []float64) {
	byStage := map[string][]float64{}
	trials := s.Counted()
	if len(trials) == 0 {
		trials = s.Trials
	}
	for _, t := range trials {
		for _, d := range Hops(run, t.ID) {
			v, ok := Quantile(d, 0.5)
			if !ok {
				continue
			}
			if byStage[d.Stage] == nil {
				stages = append(stages, d.Stage)
			}
			byStage[d.Stage] = append(byStage[d.Stage], v)
		}
	}
	for _, name := range stages {
		ns = append(ns, NewFigure(byStage[name]).Median)
	}
	return stages, ns
}

// Quantile gives a distribution's quantile in ns, false where too few samples support it.
func Quantile(d *result.Distribution, q float64) (float64, bool) {
	if d == nil {
		return 0, false
	}
	v := d.Quantiles[fmt.Sprintf("%g", q)]
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

// Badness orders the states of checks, the worst highest.
func Badness(s result.State) int {
	return slices.Index([]result.State{result.OK, result.NotMeasured, result.Note, result.Degrades, result.Invalidates}, s)
}

// StateText is a state in words.
func StateText(s result.State) string {
	switch s {
	case result.Degrades:
		return "degrades"
	case result.Invalidates:
		return "invalidates"
	case result.NotMeasured:
		return "not measured"
	}
	return string(s)
}

// CheckGroup is one check over all trials it was made for.
type CheckGroup struct {
	ID    string
	Title string
	Text  string
	Worst result.State
	All   []result.Check // in the order of the result
}

// Checks groups a run's checks by what was checked, the worst first.
func Checks(run *result.Run) []CheckGroup {
	at := map[string]int{}
	var all []CheckGroup
	for _, c := range run.Checks {
		i, ok := at[c.ID]
		if !ok {
			i = len(all)
			at[c.ID] = i
			all = append(all, CheckGroup{ID: c.ID, Title: cmp.Or(c.Title, c.ID), Text: c.Text, Worst: c.State})
		}
		g := &all[i]
		g.All = append(g.All, c)
		if Badness(c.State) > Badness(g.Worst) {
			g.Worst, g.Text = c.State, c.Text
		}
	}
	slices.SortStableFunc(all, func(a, b CheckGroup) int { return cmp.Compare(Badness(b.Worst), Badness(a.Worst)) })
	return all
}

// CheckCounts says how many checks ended how: "41 ok, 2 degrade, 1 not measured".
func CheckCounts(run *result.Run) string {
	n := map[result.State]int{}
	for _, c := range run.Checks {
		n[c.State]++
	}
	var parts []string
	for _, s := range []result.State{result.Invalidates, result.Degrades, result.Note, result.NotMeasured, result.OK} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], map[result.State]string{result.Invalidates: "invalid",
				result.Degrades: "degraded", result.Note: "noted", result.NotMeasured: "not measured", result.OK: "ok"}[s]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// TrialByID finds a trial, nil if there is none.
func TrialByID(run *result.Run, id string) *result.Trial {
	for i := range run.Trials {
		if run.Trials[i].ID == id {
			return &run.Trials[i]
		}
	}
	return nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// Command is the command line that repeats the run: the one that was recorded, or else one made of scenario and seed. The
// seed is always in it, because a scenario may be changed after the run.
func Command(run *result.Run) string {
	command := "streamgauge run " + Quote(cmp.Or(run.Scenario, "SCENARIO"))
	for _, e := range run.Events {
		if e.Kind == "command" && strings.TrimSpace(e.Text) != "" {
			command = strings.TrimSpace(e.Text)
			if inner, ok := strings.CutPrefix(command, "["); ok && strings.HasSuffix(inner, "]") {
				command = strings.TrimSuffix(inner, "]")
			}
			break
		}
	}
	if !strings.Contains(command, "--seed") && !strings.Contains(command, "seed=") {
		command += fmt.Sprintf(" --seed %d", run.Seed)
	}
	return command
}

// Quote writes a word so that a shell reads it as one.
func Quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
