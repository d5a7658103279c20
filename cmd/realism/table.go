package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/generators/realism"
)

// table writes the rows as two tables: what was held out, and what could be reached.
func table(rows []scored) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s\n\n", summary(rows))
	w.WriteString("| preset | recording | messages | held out | passed | C5 | C10 | over its threshold, which is in brackets |\n" +
		"|---|---|---:|---|---|---|---|---|\n")
	for i := range rows {
		w.WriteString(rows[i].line())
	}
	w.WriteString("\nWhat the recording allows: the half that was fitted to, scored on the other as if it were generated; and a fit to the whole, scored on the whole.\n\n" +
		"| preset | half against half | over | whole | over |\n|---|---|---|---|---|\n")
	for i := range rows {
		if r := &rows[i]; r.outcome != nil && r.Halves != nil {
			fmt.Fprintf(&w, "| %s | %s | %s | %s | %s |\n", r.title(), passed(r.Halves), over(r.Halves), passed(r.Whole), over(r.Whole))
		}
	}
	return w.String()
}

// summary counts the presets that reach the bar.
func summary(rows []scored) string {
	held, reached, others, othersReached, without := 0, 0, 0, 0, map[string]bool{}
	for i := range rows {
		r := &rows[i]
		switch {
		case r.reason != "":
			without[r.preset] = true
		case r.outcome == nil || len(r.Streams) == 0 || r.preset == "":
		case strings.HasPrefix(r.held, heldOut):
			held++
			if r.Streams[0].Realistic() {
				reached++
			}
		default:
			others++
			if r.Streams[0].Realistic() {
				othersReached++
			}
		}
	}
	return fmt.Sprintf("Of %d scores of presets held out from their recording %d reach the bar, of %d that are not, or in part, %d; %d presets have no recording to be held against.",
		held, reached, others, othersReached, len(without))
}

func (r *scored) title() string {
	switch {
	case r.preset == "":
		return "- (" + strings.ReplaceAll(r.name, "-", " ") + ")"
	case r.preset != r.name:
		return fmt.Sprintf("`%s` (%s)", r.preset, strings.ReplaceAll(strings.TrimPrefix(r.name, r.preset+"-"), "-", " "))
	}
	return "`" + r.preset + "`"
}

func (r *scored) line() string {
	title, from := r.title(), r.recording()
	if r.reason != "" {
		return fmt.Sprintf("| %s | %s | - | - | - | - | - | - |\n", title, r.reason)
	}
	if r.outcome == nil || r.Failed != "" || len(r.Streams) == 0 {
		why := "not scored yet"
		if r.outcome != nil {
			why = "no score: " + strings.ReplaceAll(r.Failed, "\n", " ")
		}
		return fmt.Sprintf("| %s | %s | - | %s | - | - | - | %s |\n", title, from, r.held, why)
	}
	rep := r.Streams[0]
	score := passed(rep)
	if n := len(r.Streams); n > 1 {
		score += fmt.Sprintf(" (%d of %d seeds at the bar)", atTheBar(r.Streams), n)
	}
	return fmt.Sprintf("| %s | %s | %d | %s | %s | %s | %s | %s |\n", title, from, r.Messages, r.held, score, check(rep, "C5"), check(rep, "C10"), over(rep))
}

// recording names the folder of the recording, and its file if it is one.
func (r *scored) recording() string {
	if len(r.files) == 1 && !strings.Contains(r.files[0], "*") {
		return r.files[0]
	}
	dir := path.Dir(cmp.Or(append(r.files, "")...))
	if slices.ContainsFunc(r.files, func(f string) bool { return path.Dir(f) != dir }) {
		return fmt.Sprintf("%d files", len(r.files))
	}
	return dir
}

func atTheBar(all []*realism.Report) int {
	n := 0
	for _, rep := range all {
		if rep.Realistic() {
			n++
		}
	}
	return n
}

// passed is how many checks were passed of those that apply; bold below the bar.
func passed(rep *realism.Report) string {
	if rep == nil {
		return "-"
	}
	n, of := rep.Score()
	text := fmt.Sprintf("%d of %d", n, of)
	if !rep.Realistic() {
		text = "**" + text + "**"
	}
	return text
}

// check is the outcome of one.
func check(rep *realism.Report, name string) string {
	for _, c := range rep.Checks() {
		switch {
		case c.Name != name:
		case !c.Applies:
			return "-"
		case c.Passed:
			return "passed"
		default:
			return "**failed**"
		}
	}
	return "-"
}

// over lists the measures above their thresholds, each with its value and, in brackets, the threshold.
func over(rep *realism.Report) string {
	if rep == nil {
		return "-"
	}
	var all []string
	for _, m := range rep.Measures {
		if m.Applies && !m.Passed() {
			all = append(all, fmt.Sprintf("%s %s %.3f (%.3g)", m.Check, m.Name, m.Value, m.Threshold))
		}
	}
	return strings.Join(all, ", ")
}
