package harness

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

func intended(t *testing.T, src event.Source) []int64 {
	t.Helper()
	var all []int64
	for {
		var d event.Due
		err := src.Next(&d)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.Stamp.Intended)
	}
}

func TestSplitLosesNothingBetweenItsParts(t *testing.T) {
	s := &split{src: &list{[]event.Due{due(4, 0, 0, 1), due(4, 1, 0, 2), due(4, 2, 0, 5), due(4, 3, 0, 6)}}}
	for _, c := range []struct {
		part event.Source
		want []int64
	}{{s.until(2), []int64{1}}, {s.until(5), []int64{2}}, {s.until(5), nil}, {s, []int64{5, 6}}, {s.until(9), nil}} {
		if diff := cmp.Diff(c.want, intended(t, c.part)); diff != "" {
			t.Errorf("part (-want +got):\n%s", diff)
		}
	}
}

func TestABacklogIsAnsweredWhenNothingIsOutstanding(t *testing.T) {
	const last = 10 * time.Second
	for _, c := range []struct {
		name string
		s    collector.Snapshot
		want bool
	}{
		{"all answered", collector.Snapshot{Answered: 90, DeadLetters: 10, AnsweredTo: int64(last)}, true},
		{"some not", collector.Snapshot{Answered: 90, DeadLetters: 9, AnsweredTo: int64(last)}, false},
		{"the rest was filtered", collector.Snapshot{Answered: 50, AnsweredTo: int64(last), Silent: unmoved}, true},
		{"a partition is behind", collector.Snapshot{Answered: 100, AnsweredTo: int64(last) - 1, Silent: time.Minute}, false},
	} {
		if got := answered(c.s, 100, last); got != c.want {
			t.Errorf("%s: answered = %t", c.name, got)
		}
	}
}

func TestBacklogOf(t *testing.T) {
	rate := 500.0
	want := &result.Backlog{Events: 1000, First: int64(2 * time.Second), Last: int64(4 * time.Second), Rate: &rate, TotalRate: 250}
	if diff := cmp.Diff(want, backlogOf(1000, 2*time.Second, 4*time.Second)); diff != "" {
		t.Errorf("backlogOf (-want +got):\n%s", diff)
	}
	if g := backlogOf(1000, 2*time.Second, 2*time.Second); g.Rate != nil || g.TotalRate != 500 {
		t.Errorf("all at once: %+v, want no rate between two instants that are one", g)
	}
}

func TestLifecycleTellsOnlyWhatWasSeen(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(1000, 0).Add(time.Duration(s) * time.Second) }
	ns := func(s int) *int64 { v := int64(s) * int64(time.Second); return &v }
	l := life{started: at(0), hello: at(2), asked: at(60), ended: at(63),
		kills: []kill{{at: at(30), restarted: at(31), hello: at(35)}, {at: at(40)}}} // the second did not come back
	start := at(10)
	got := l.result(start)
	recovered(got.Recoveries, []int64{*ns(1), *ns(28)})
	want := result.Lifecycle{Hello: ns(2), Stop: ns(3),
		Recoveries: []result.Recovery{{At: *ns(20), AtWork: true, Down: ns(1), Hello: ns(5), Through: ns(8)}, {At: *ns(30), AtWork: true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lifecycle (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{0, *ns(21)}, l.marks(start)); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	recovered(got.Recoveries, []int64{*ns(1), -1})
	if got.Recoveries[0].Through == nil {
		t.Error("a recovery that was seen was taken back")
	}
}

// Probes wait until the last engine has said hello: what an engine beside others took to be ready is not its own.
func TestReadinessIsToldOfEnginesThatStartAlone(t *testing.T) {
	began := time.Unix(1000, 0)
	quick := &trial{life: life{started: began, hello: began.Add(time.Second), ready: began.Add(9 * time.Second)}}
	for _, c := range []struct {
		trials []*trial
		want   bool
	}{{[]*trial{quick}, true}, {[]*trial{quick, {}}, false}} {
		b := &blockRun{run: &run{}, trials: c.trials}
		if got := b.lifecycle(quick); (got.Ready != nil) != c.want || got.Hello == nil {
			t.Errorf("of %d engines: %+v; want its hello, and its readiness: %t", len(c.trials), got, c.want)
		}
	}
}

func TestAKillHitsAnEngineAtWorkOnceItHasRecoveredFromTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		name    string
		reached []int64 // of the trial's start and of the restarts after kills at 20 and 40
		want    []bool  // at work at kills at 20, 40 and 60
	}{
		{"back each time", []int64{1, 30, 50}, []bool{true, true, true}},
		{"back just then", []int64{20, 40, 60}, []bool{true, true, true}},
		{"the second came before it was back", []int64{1, 41, 50}, []bool{true, false, true}},
		{"both came before it was back", []int64{1, 61, 61}, []bool{true, false, false}},
		{"never back", []int64{1, -1, -1}, []bool{true, false, false}},
		{"no answer before the first", []int64{21, 30, -1}, []bool{false, true, false}},
		{"no answers at all", []int64{-1, -1, -1}, []bool{false, false, false}},
		{"not analysed", nil, []bool{false, false, false}},
	} {
		all := []result.Recovery{{At: 20}, {At: 40}, {At: 60}}
		recovered(all, c.reached)
		for i, r := range all {
			if r.AtWork != c.want[i] {
				t.Errorf("%s: kill %d at work %v, want %v", c.name, i+1, r.AtWork, c.want[i])
			}
		}
	}
}
