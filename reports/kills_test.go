package reports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

func TestKillsCountsThoseThatHitAnEngineAtWork(t *testing.T) {
	ns := func(v int64) *int64 { return &v }
	trial := func(instance string, rep int, all ...result.Recovery) result.Trial {
		return result.Trial{Instance: instance, Repetition: rep, Valid: true, Lifecycle: result.Lifecycle{Recoveries: all}}
	}
	run := &result.Run{Trials: []result.Trial{
		trial("spark", 1, result.Recovery{AtWork: true, Through: ns(30)}, result.Recovery{Through: ns(500)}), // the second hit it while it came back
		trial("spark", 2, result.Recovery{AtWork: true, Through: ns(10)}, result.Recovery{AtWork: true}),
		trial("spark", 3, result.Recovery{AtWork: true, Through: ns(900)}), // the harness was late
		trial("spark", 4, result.Recovery{AtWork: true}),                   // the engine did not come through
		trial("spark", 5, result.Recovery{AtWork: true}),                   // somebody interrupted the run
		trial("flink", 1),
	}}
	run.Trials[2].Valid = false
	run.Trials[3].Valid, run.Trials[3].Partial = false, true
	run.Trials[4].Valid, run.Trials[4].Partial, run.Trials[4].InvalidReasons = false, true, []string{"broken off: interrupted"}
	got := reports.Kills(run)
	if len(got) != 1 {
		t.Fatalf("%d engines were killed, want one", len(got))
	}
	k := got[0]
	if k.Subject.Name != "spark" || k.Kills != 5 || k.AtWork != 4 || k.NotThrough != 2 {
		t.Errorf("%s: %d kills, %d at work, %d never back; want spark, 5, 4, 2", k.Subject.Name, k.Kills, k.AtWork, k.NotThrough)
	}
	if diff := cmp.Diff(reports.Figure{N: 2, Median: 20, Min: 10, Max: 30}, k.Back); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
}
