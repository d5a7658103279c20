package reports

import "github.com/streamgauge/streamgauge/harness/result"

// remote is the deployment on a cluster that runs already: of such an engine the harness sees the client alone.
const remote = "remote"

// CPU is the processor time of a trial's engine, its start and its end included, in s; false where it is not known.
func CPU(t *result.Trial) (float64, bool) {
	return t.Resources.CPUSeconds, t.Resources.CPUSeconds > 0 && t.Deploy != remote
}

// Memory is the peak of memory of a trial's engine in bytes; false where it is not known.
func Memory(t *result.Trial) (float64, bool) {
	return float64(t.Resources.RSSPeak), t.Resources.RSSPeak > 0 && t.Deploy != remote
}

// CPUPerEvent is CPU for each event that was due in the whole trial, in ns. Records would not do: a large message is one event, in
// however many chunks it travels, and heartbeats are none.
func CPUPerEvent(t *result.Trial) (float64, bool) {
	var events int64
	for _, p := range t.Phases {
		events += p.Count
	}
	cpu, ok := CPU(t)
	return cpu * 1e9 / float64(max(events, 1)), ok && events > 0
}
