package scenario

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
)

// An engine that does not go below an interval makes records late by that one, whatever shorter one the scenario says.
func TestLatenessCountsTheIntervalThatAnEngineKeeps(t *testing.T) {
	lazy := Ability{Guarantees: []string{AtLeastOnce}, Operators: job.Operators(), Batches: true, Waits: map[engines.Guarantee]engines.Wait{
		engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.InStep, Shortest: 800, ShortestOption: "least_ms"}}}
	const told = "at 20x an engine that waits up to 800ms at a hop (lazy, the least it works with) needs a lateness of 37s (2 × interval × speed + 5s); " +
		"the job has 30s; up to 15.6x fits"
	for settings, want := range map[string]string{
		"batch_interval: 100ms":                           told,
		"batch_interval: 100ms, options: {least_ms: 500}": "",
		"batch_interval: 100ms, options: {least_ms: x}":   told, // the engine's to refuse
		"batch_interval: 900ms":                           "at 20x an engine that waits up to 900ms at a hop (lazy) needs a lateness of 41s",
	} {
		f := files()
		f["mine.yaml"] = &fstest.MapFile{Data: []byte(with("engines: {lazy: {" + settings + "}}"))}
		k := known()
		k["lazy"] = lazy
		_, err := Read(Options{Name: "mine", Files: f, Known: k, Encodings: []string{"json"}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Read with %s = %v, want %q", settings, err, want)
		}
	}
}
