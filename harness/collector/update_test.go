package collector

import (
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// update tells of the first n events of a device, the last of them due at intended.
func (tr *trial) update(device uint32, n uint32, intended, received int64) {
	tr.add(Topic{Role: Output}, int32(device%partitions), Observation{Kind: event.KindUpdate, Node: 1, Device: device, Seq: uint64(n),
		Count: n, Intended: intended, Received: received})
}

// A device sends each 5 ms and each fifth event ends a batch: the events waited for 20, 15, 10, 5 and 0 ms, and then
// all of them for 50 ms.
func TestEachEventOfAnUpdateHasItsOwnResponse(t *testing.T) {
	const device, n = 2 * partitions, 2400
	tr := newTrial(t)
	tr.cfg.Awaiting = map[event.ID][]int64{}
	id := event.ID{Device: device}
	for i := range int64(n) {
		at := i * 5 * ms
		tr.cfg.Awaiting[id] = append(tr.cfg.Awaiting[id], at)
		for len(tr.cfg.Due) <= int(at/(10*ms)) {
			tr.cfg.Due, tr.cfg.DueSum = append(tr.cfg.Due, 0), append(tr.cfg.DueSum, 0)
		}
		tr.cfg.Due[at/(10*ms)]++
		tr.cfg.DueSum[at/(10*ms)] += at % (10 * ms)
		if i%5 == 4 && i < n-5 {
			tr.update(device, uint32(i+1), at, at+50*ms)
		}
	}
	tr.update(device, 5, 20*ms, 3*sec) // the same again
	for _, at := range tr.cfg.Awaiting[id][n-5:] {
		tr.cfg.Unanswered = append(tr.cfg.Unanswered, event.Stamp{ID: id, Intended: at})
	}
	a := tr.analyse()
	l := a.Latency["response"]
	if l.Count != 1200 || l.Censored != 0 {
		t.Errorf("%d answered, %d censored in the measure phase; want 1200 and 0", l.Count, l.Censored)
	}
	if !near(&l.Max, 70*ms) {
		t.Errorf("longest response %d, want 70 ms: that of the event that waited for four others", l.Max)
	}
	for _, d := range a.Distributions {
		if want := map[string]int64{"event": 60 * ms, "update": 50 * ms}[d.Kind]; d.Metric == "response" && d.Phase == "measure" && !near(d.Quantiles["0.5"], want) {
			t.Errorf("median response by %s is %v, want %d", d.Kind, d.Quantiles["0.5"], want)
		}
	}
	if got := a.Answered["warmup"] + a.Answered["measure"] + a.Answered["drain"]; got != n-5 {
		t.Errorf("%d events answered, want %d", got, n-5)
	}
	if a.Duplicates != 1 {
		t.Errorf("%d duplicates, want 1", a.Duplicates)
	}
	for _, id := range []string{"accounting", "conservation", "little"} {
		wantState(t, a, id, result.OK)
	}
}

func TestUpdatesAnswerHeartbeats(t *testing.T) {
	tr := newTrial(t)
	tr.cfg.Stages = []string{"only"}
	tr.cfg.Awaiting = map[event.ID][]int64{{Device: 1}: {2 * sec, 3 * sec, 4 * sec}}
	tr.update(1, 2, 3*sec, 3*sec+10*ms)
	a := tr.analyse()
	for _, d := range a.Distributions {
		if d.Metric == "canary" && (d.Count != 2 || !near(&d.Max, sec+10*ms)) {
			t.Errorf("%d heartbeats answered, the slowest after %d; want 2 and 1.01 s", d.Count, d.Max)
		}
	}
	if a.Latency["response"].Count != 0 {
		t.Error("heartbeats are in the headline")
	}
	wantState(t, a, "accounting", result.OK)
}

func TestThePreviewCountsEventsNotUpdates(t *testing.T) {
	v := newView(1)
	for _, o := range []Observation{{Device: 9, Count: 3, Intended: 30}, {Device: 9, Count: 2, Intended: 20}, {Device: 9, Count: 7, Intended: 70},
		{Device: 0, Count: 4, Intended: 60, Flags: event.FlagHeartbeat}, {Device: 1, Count: 1, Flags: event.FlagProbe}} {
		o.Kind, o.Seq = event.KindUpdate, uint64(o.Count)
		v.observeLocked(Output, 0, &o, 0)
	}
	s := v.snapshot(0)
	if s.Answered != 7 || s.Duplicates != 1 || s.AnsweredTo != 70 || !s.Ready() || s.Heartbeats[0].Intended != 60 {
		t.Errorf("preview = %+v, want 7 answered up to 70, 1 duplicate, ready, heartbeats up to 60", s)
	}
}
