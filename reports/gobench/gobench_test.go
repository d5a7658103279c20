package gobench_test

import (
	"bytes"
	"flag"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/gobench"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func render(t *testing.T, run *result.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gobench.Render(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldens(t *testing.T) {
	for _, name := range reportstest.Samples() {
		reportstest.Golden(t, name+".txt", render(t, reportstest.Sample(t, name)), *update)
	}
}

// read parses with the package that benchstat reads with.
func read(t *testing.T, text []byte) (results []*benchfmt.Result, units int) {
	t.Helper()
	r := benchfmt.NewReader(bytes.NewReader(text), "bench.txt")
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		case *benchfmt.UnitMetadata:
			units++
		case *benchfmt.SyntaxError:
			t.Errorf("benchstat cannot read it: %v", rec)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return results, units
}

func TestBenchstatReadsEveryTrialThatCounts(t *testing.T) {
	for name, want := range map[string]int{"side-by-side": 3, "isolated": 15, "troubled": 1, "empty": 0} {
		results, units := read(t, render(t, reportstest.Sample(t, name)))
		if len(results) != want {
			t.Errorf("%s: %d results, want %d", name, len(results), want)
		}
		if units != 7 {
			t.Errorf("%s: %d units are described, want 7", name, units)
		}
		for _, r := range results {
			if v, ok := r.Value("events/s"); !ok || v <= 0 {
				t.Errorf("%s: %s has events/s %v", name, r.Name, v)
			}
			if r.GetConfig("quality") == "" || r.GetConfig("run") == "" {
				t.Errorf("%s: %s does not say its quality and its run", name, r.Name)
			}
		}
	}
}

// Two runs of one key may have an engine with a guarantee of its own: benchstat must not take them for the same.
func TestWhatAnEngineHasOfItsOwnIsToldApart(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	run.Trials[1].Guarantee, run.Trials[1].Carrier = "exactly-once", "chunked"
	results, _ := read(t, render(t, run))
	for i, want := range [][2]string{{"at-least-once", ""}, {"exactly-once", "chunked"}, {"at-least-once", ""}} {
		if got := [2]string{results[i].GetConfig("guarantee"), results[i].GetConfig("carrier")}; got != want {
			t.Errorf("%s has %q, want %q", results[i].Name, got, want)
		}
	}
}

func TestFiguresAreThoseOfTheTrial(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	results, _ := read(t, render(t, run))
	got, ok := results[1].Value("p99-sec")
	if want := float64(*run.Trials[1].Latency["response"].P99) / 1e9; !ok || got != want {
		t.Errorf("p99 of %s = %v s, want %v s", results[1].Name, got, want)
	}
}

// A bound is no measurement: benchstat would average it with real ones.
func TestBoundsAndMissingPercentilesAreLeftOut(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	from := 0.95
	l := run.Trials[1].Latency["response"]
	l.BoundFrom, l.Censored, l.P50 = &from, 2000, nil
	results, _ := read(t, render(t, run))
	for unit, want := range map[string]bool{"p50-sec": false, "p90-sec": true, "p99-sec": false} {
		if _, ok := results[1].Value(unit); ok != want {
			t.Errorf("%s is there: %v, want %v", unit, ok, want)
		}
	}
}

func TestAnyTextStaysReadable(t *testing.T) {
	run := reportstest.Hostile(t, "side-by-side", "a b/c=d\nBenchmarkX 1 2 ns/op\nUnit x y=z\x00")
	for i := range run.Trials {
		run.Trials[i].Instance = "my engine/a=b\n" + run.Trials[i].Instance
		run.Trials[i].Valid = true
	}
	if results, _ := read(t, render(t, run)); len(results) != len(run.Trials) {
		t.Errorf("%d results, want %d", len(results), len(run.Trials))
	}
}
