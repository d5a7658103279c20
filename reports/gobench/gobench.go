// Package gobench writes bench.txt, in the format of Go's benchmarks, so that benchstat and everything built on it can hold
// two runs side by side. There is one line for each trial that counts: judged, correct, whole and valid. The speed of a wrong
// answer is no benchmark result; such trials are named in comments.
package gobench

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

const file = "bench.txt"

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "gobench".
func (writer) Name() string { return "gobench" }

// Files is bench.txt.
func (writer) Files() []string { return []string{file} }

// Write writes bench.txt into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, file, func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. The keys before the lines can be used in benchstat's filters and columns, such as
// -filter quality:clean or -col run. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	b := bufio.NewWriter(w)
	system, arch, _ := strings.Cut(run.Host.OS, "/")
	for _, kv := range [][2]string{
		{"pkg", "streamgauge/" + run.Scenario}, {"goos", system}, {"goarch", arch}, {"cpu", run.Host.CPUModel}, {"run", run.ID},
		{"comparable-key", run.ComparableKey}, {"seed", strconv.FormatUint(run.Seed, 10)}, {"method", run.Method},
		{"version", strings.TrimSpace(run.Tool.Version + " " + run.Tool.Commit)},
		{"broker", strings.TrimSpace(run.Broker.Kind + " " + run.Broker.Version)},
	} {
		key(b, kv[0], kv[1])
	}
	for _, u := range units() {
		fmt.Fprintf(b, "Unit %s better=%s\n", u.name, u.better)
	}
	for i := range run.Trials {
		trial(b, &run.Trials[i])
	}
	if run.Partial {
		comment(b, "the run was broken off: "+run.Failure)
	}
	return b.Flush()
}

// unit is one figure of a line. benchstat scales ns and B by itself.
type unit struct {
	name, better string
	value        func(*result.Trial) (float64, bool)
}

func units() []unit {
	response := func(q float64) func(*result.Trial) (float64, bool) {
		return func(t *result.Trial) (float64, bool) {
			v, bound, missing := reports.Percentile(t.Latency["response"], q)
			return v, missing == "" && !bound
		}
	}
	return []unit{
		{"p50-ns", "lower", response(0.5)},
		{"p90-ns", "lower", response(0.9)},
		{"p99-ns", "lower", response(0.99)},
		{"p99.9-ns", "lower", response(0.999)},
		{"events/s", "higher", func(t *result.Trial) (float64, bool) { return t.AchievedRate, t.AchievedRate > 0 }},
		{"cpu-ns/event", "lower", reports.CPUPerEvent},
		{"peak-RSS-B", "lower", reports.Memory},
	}
}

func trial(w io.Writer, t *result.Trial) {
	st := reports.StatusOf(t)
	switch {
	case st != reports.Correct && st != reports.Repeats:
		comment(w, reports.TrialName(t)+" is left out: "+cmp.Or(t.Verdict.Text, st.String()))
		return
	case !t.Valid || t.Quality == result.Invalid:
		comment(w, reports.TrialName(t)+" is left out: invalid: "+strings.Join(t.InvalidReasons, "; "))
		return
	}
	key(w, "quality", string(t.Quality))
	key(w, "badges", strings.Join(t.Badges, ","))
	key(w, "verdict", st.String())
	key(w, "guarantee", t.Guarantee) // as the carrier, an engine may have its own: the comparable key has it not
	key(w, "carrier", t.Carrier)
	name := fmt.Sprintf("BenchmarkTrial/engine=%s/job=%s/load=%s", word(t.Instance), word(t.Job), word(strconv.FormatFloat(math.Round(t.OfferedRate), 'f', -1, 64)))
	fmt.Fprintf(w, "%s-1 %d", name, max(answers(t), 1))
	n := 0
	for _, u := range units() {
		if v, ok := u.value(t); ok {
			fmt.Fprintf(w, " %s %s", strconv.FormatFloat(v, 'f', -1, 64), u.name)
			n++
		}
	}
	if n == 0 { // the format wants a figure on every line
		fmt.Fprintf(w, " 0 events/s")
	}
	fmt.Fprintln(w)
}

// answers stands where Go has the number of iterations.
func answers(t *result.Trial) int64 {
	if l := t.Latency["response"]; l != nil {
		return l.Count
	}
	return 0
}

func key(w io.Writer, name, value string) {
	fmt.Fprintf(w, "%s: %s\n", name, oneLine(value))
}

func comment(w io.Writer, text string) { fmt.Fprintf(w, "# %s\n", oneLine(text)) }

// word makes text part of a benchmark's name: without spaces, and without the signs that divide names.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '/' || r == '=' {
			return '_'
		}
		return r
	}, cmp.Or(text, "_"))
}

func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text))
}
