//go:build bench

package bench

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
)

// BenchmarkFirstLight runs first-light as a user would, on the embedded broker, four times as fast, one engine at a time,
// and reports what run.json says of each.
func BenchmarkFirstLight(b *testing.B) {
	s := prepare(b)
	args := []string{"run", "first-light", "--placement", "isolated", "--rate", "20000/s", "--quiet", "--output", b.TempDir()}
	if *small {
		args = append(args, "--duration", "4s", "--set", "load.warmup=3s")
	}
	before := (*target)(nil).meter()
	cmd := exec.CommandContext(b.Context(), s.program, args...)
	out, err := cmd.CombinedOutput()
	others := (*target)(nil).others(before, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	// A verdict that is wrong and a trial that is invalid are results, and told as such.
	stored, found := strings.CutPrefix(lastWith(string(out), "Result: "), "Result: ")
	if !found {
		b.Fatalf("streamgauge %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	var run result.Run
	text, err := os.ReadFile(filepath.Clean(stored))
	if err == nil {
		err = json.Unmarshal(text, &run)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range run.Trials {
		b.Run("engine="+t.Engine+"/verdict="+verdict(t)+"/quality="+string(t.Quality), func(b *testing.B) {
			for b.Loop() {
				reportTrial(b, &run, &t)
				b.ReportMetric(others, "other-cpu-%")
			}
		})
		if !t.Verdict.Correct || !t.Valid {
			b.Logf("%s: %s; %s", t.Engine, t.Verdict.Text, strings.Join(t.InvalidReasons, "; "))
		}
	}
}

func verdict(t result.Trial) string {
	switch {
	case !t.Verdict.Judged:
		return "none"
	case !t.Verdict.Correct:
		return "wrong"
	}
	return "correct"
}

func reportTrial(b *testing.B, run *result.Run, t *result.Trial) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(t.OfferedRate, "offered/s")
	b.ReportMetric(t.AchievedRate, "achieved/s")
	if l := t.Latency["response"]; l != nil {
		for unit, v := range map[string]*int64{"p50-ms": l.P50, "p99-ms": l.P99} {
			if v != nil {
				b.ReportMetric(float64(*v)/1e6, unit)
			}
		}
	}
	b.ReportMetric(t.Resources.CPUSeconds, "engine-cpu-s")
	for _, role := range []string{"broker", "harness"} {
		b.ReportMetric(cpuOf(run, t.ID, role), role+"-cpu-s")
		b.ReportMetric(float64(t.Resources.Roles[role].RSSPeak)/1e6, role+"-peak-MB")
	}
}

// cpuOf is what a role used during a trial, in seconds: a role's cost in the trial's resources counts from the run's start.
func cpuOf(run *result.Run, trial, role string) (seconds float64) {
	for _, s := range run.Series {
		if s.Trial != trial || s.Name != "cpu" || s.Role != role {
			continue
		}
		for _, p := range s.Points {
			seconds += p.V // cores, once a second
		}
	}
	return seconds
}

// lastWith is the last line that begins so.
func lastWith(text, prefix string) (last string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			last = strings.TrimSpace(line)
		}
	}
	return last
}
