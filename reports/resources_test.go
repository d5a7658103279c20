package reports_test

import (
	"testing"

	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

// A message in a hundred chunks is no cheaper than the same one in a record: what it costs is not divided by how it travels.
func TestProcessorTimeIsForEventsNotForRecords(t *testing.T) {
	run := reportstest.Sample(t, "sizes")
	one := &run.Trials[0]
	one.Resources.CPUSeconds, one.Input.Records = 10, 1_000_000
	for i := range one.Phases {
		one.Phases[i].Count = []int64{3000, 6900, 100}[i]
	}
	if got, ok := reports.CPUPerEvent(one); !ok || got != 1e6 {
		t.Errorf("10 s for 10,000 events in a million records = %v ns an event, %t; want 1 ms", got, ok)
	}
	one.Phases = nil
	if got, ok := reports.CPUPerEvent(one); ok {
		t.Errorf("of no event it takes %v ns", got)
	}
}

// Of an engine that does its work on a cluster that runs already the harness sees the client, which has next to nothing to do.
func TestAClientIsNotTakenForTheEngine(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	for i := range run.Trials {
		if run.Trials[i].Instance == "tuple" {
			run.Trials[i].Deploy = "remote"
		}
	}
	for name, want := range map[string]bool{"tuple": false, "microbatch": true} {
		if l := lineOf(t, run, name); l.CPU.Known() != want || l.CPUPerEvent.Known() != want || l.Memory.Known() != want {
			t.Errorf("%s: CPU %+v, of an event %+v, memory %+v; want them known: %t", name, l.CPU, l.CPUPerEvent, l.Memory, want)
		}
	}
}
