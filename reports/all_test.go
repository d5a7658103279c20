package reports_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/gobench"
	"github.com/streamgauge/streamgauge/reports/html"
	"github.com/streamgauge/streamgauge/reports/junit"
	"github.com/streamgauge/streamgauge/reports/markdown"
	"github.com/streamgauge/streamgauge/reports/plots"
	"github.com/streamgauge/streamgauge/reports/reportstest"
	"github.com/streamgauge/streamgauge/reports/table"
)

func writers() []reports.Writer {
	return []reports.Writer{html.New(), markdown.New(), junit.New(), gobench.New(), plots.New()}
}

// odd are results at the edges of the schema: what a crash or a later version may leave behind.
func odd() map[string]*result.Run {
	zero, huge := int64(0), int64(1)<<62
	one, nine := 0.0, 1.0
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	full := func(v *int64, bound *float64) map[string]*result.Latency {
		return map[string]*result.Latency{"response": {Count: 1, P50: v, P90: v, P99: v, P999: v, Max: *v, BoundFrom: bound}, "close_delay": nil}
	}
	return map[string]*result.Run{
		"nothing":         {},
		"a bare trial":    {Trials: []result.Trial{{}}},
		"two bare trials": {Trials: []result.Trial{{ID: "a", Instance: "x"}, {ID: "b", Instance: "y", Floor: true}}},
		"zeros": {Started: now, Ended: now, Trials: []result.Trial{{ID: "a", Instance: "x", Valid: true, Latency: full(&zero, &one), Verdict: result.Verdict{Judged: true, Correct: true}}},
			Series:        []result.Series{{Trial: "a", Name: "achieved_rate", Points: []result.Point{{}}}, {Trial: "a", Name: "response_p50", Points: []result.Point{{T: 1}}}, {Trial: "a", Name: "response_p99"}},
			Distributions: []result.Distribution{{Trial: "a", Metric: "response", Phase: "measure", Curve: [][2]float64{{0, 0}, {1, 0}}}, {Trial: "a", Metric: "hop", Phase: "measure", Stage: "s", Quantiles: map[string]*int64{"0.5": &zero}}}},
		"huge": {Trials: []result.Trial{{ID: "a", Instance: "x", Valid: true, OfferedRate: 1e300, AchievedRate: 1e300, Latency: full(&huge, &nine),
			Resources: result.Resources{CPUSeconds: 1e300, RSSPeak: huge}, Phases: []result.Phase{{Name: "measure", To: huge}}}},
			Series:        []result.Series{{Trial: "a", Name: "backlog_age", Points: []result.Point{{T: -5, V: -1}, {T: 1e12, V: 1e300}}}},
			Distributions: []result.Distribution{{Trial: "a", Metric: "response", Phase: "measure", Curve: [][2]float64{{0.5, 1e300}}}},
			Checks:        []result.Check{{ID: "new", State: "unheard-of", Unit: "parsec"}}, Events: []result.Event{{Trial: "gone"}}},
	}
}

func TestEveryReportStandsEveryResult(t *testing.T) {
	runs := odd()
	for _, name := range reportstest.Samples() {
		runs[name] = reportstest.Sample(t, name)
	}
	for name, run := range runs {
		dir := t.TempDir()
		for _, w := range writers() {
			if err := w.Write(run, dir); err != nil {
				t.Errorf("%s of %s: %v", w.Name(), name, err)
			}
		}
		var b bytes.Buffer
		if err := table.Write(&b, run); err != nil {
			t.Errorf("table of %s: %v", name, err)
		}
		for _, f := range []string{"report.html", "report.md", "junit.xml", "bench.txt"} {
			text := read(t, dir, f)
			for _, bad := range []string{"NaN", "+Inf", "-Inf", "%!", "ZgotmplZ"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s of %s has %q", f, name, bad)
				}
			}
		}
	}
}

// Files is what somebody who attaches or removes reports goes by.
func TestFilesNamesAllThatIsWritten(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for _, w := range writers() {
		want = append(want, w.Files()...)
		if err := w.Write(reportstest.InEncodings(t, "sizes"), dir); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, rerr := filepath.Rel(dir, path)
			got = append(got, filepath.ToSlash(rel))
			return rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("written %v, named %v", got, want)
	}
}

// Reports agree: what one calls wrong or excluded, no other may show as a figure to compare.
func TestNoReportBenchmarksAWrongAnswer(t *testing.T) {
	dir := t.TempDir()
	for _, w := range writers() {
		if err := w.Write(reportstest.Sample(t, "troubled"), dir); err != nil {
			t.Fatal(err)
		}
	}
	if bench := read(t, dir, "bench.txt"); strings.Contains(bench, "BenchmarkTrial/engine=tuple") {
		t.Error("bench.txt has a line of a wrong or invalid engine")
	}
	for f, want := range map[string]string{"report.md": "† The speed of a wrong answer", "report.html": "speed of a wrong answer", "junit.xml": `type="wrong"`} {
		if !strings.Contains(read(t, dir, f), want) {
			t.Errorf("%s lacks %q", f, want)
		}
	}
}
