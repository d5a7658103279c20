package harness

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestWhatAnEngineSaysBecomesSeries(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var s said
	for _, l := range []engines.Line{
		{Type: engines.LineBatch, Stage: 1, Records: 7, Start: at(1500), End: at(1750)},
		{Type: engines.LineBatch, Stage: 1, Records: 5, Start: at(500), End: at(600)},
		{Type: engines.LineBatch, Stage: 0, Records: 9, Start: at(-100), End: at(50)}, // before the start
		{Type: engines.LineBatch, Stage: 0, Records: 1, Start: at(900), End: at(800)}, // cannot be
	} {
		s.hear(l, at(0))
	}
	for ms, v := range map[int]float64{-500: 1} {
		s.hear(engines.Line{Type: engines.LineMetric, Name: "state_bytes", Value: v, Unit: "bytes"}, at(ms))
	}
	for _, p := range []struct {
		ms int
		v  float64
	}{{1000, 2}, {1900, 3}, {2000, 4}} { // the second lies in the same second as the first
		s.hear(engines.Line{Type: engines.LineMetric, Name: "state_bytes", Value: p.v, Unit: "bytes"}, at(p.ms))
	}
	got := s.series("t", &job.Job{Stages: []job.Stage{{Name: "parse"}, {Name: "detect"}}}, start)
	want := []result.Series{
		{Trial: "t", Name: "batch_duration", Unit: "ns", Role: "detect", Start: start, Points: []result.Point{{T: 0.5, V: 1e8}, {T: 1.5, V: 2.5e8}}},
		{Trial: "t", Name: "batch_records", Unit: "records", Role: "detect", Start: start, Points: []result.Point{{T: 0.5, V: 5}, {T: 1.5, V: 7}}},
		{Trial: "t", Name: "engine.state_bytes", Unit: "bytes", Role: "engine", Start: start, Points: []result.Point{{T: 1, V: 3}, {T: 2, V: 4}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestAdaptedOperatorsOfTheJobAreNamed(t *testing.T) {
	j := &job.Job{Stages: []job.Stage{{Do: []job.Operator{{Decode: &job.Decode{}}, {Window: &job.Window{}}}}}}
	d := engines.Descriptor{Operators: map[string]engines.Fit{"window": engines.Adapted, "dedupe": engines.Adapted, "decode": engines.Native},
		Reasons: map[string]string{"window": "it has none in event time"}}
	want := []result.Adaptation{{Operator: "window", Reason: "it has none in event time"}}
	if diff := cmp.Diff(want, adapted(j, d, engines.Line{})); diff != "" {
		t.Errorf("adapted of a described engine (-want +got):\n%s", diff)
	}
	hello := engines.Line{Operators: map[string]engines.Fit{"decode": engines.Adapted}}
	want = []result.Adaptation{{Operator: "decode", Reason: "it says so itself"}}
	if diff := cmp.Diff(want, adapted(j, engines.Descriptor{}, hello)); diff != "" {
		t.Errorf("adapted of a program (-want +got):\n%s", diff)
	}
}
