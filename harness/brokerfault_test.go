package harness

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// nodes is a broker that notes what is done to its nodes.
type nodes struct {
	broker.Broker
	run   *run
	done  []int // node + 1, negative: killed
	times []time.Time
	fail  error
}

func (n *nodes) Kill(node int) error {
	n.done, n.times = append(n.done, -node-1), append(n.times, time.Now())
	return nil
}

func (n *nodes) Restart(_ context.Context, node int) error {
	if !n.run.harmed.Load() {
		return errors.New("the watch would have blamed the broker")
	}
	n.done, n.times = append(n.done, node+1), append(n.times, time.Now())
	return n.fail
}

func TestNodesOfTheBrokerAreKilledAndComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &run{shared: &shared{res: &result.Run{}}, Config: Config{Scenario: &scenario.Scenario{Faults: []scenario.Fault{
			{At: 9000, Do: scenario.KillBroker, Node: 1, For: 1000}, {At: 2000, Do: scenario.KillBroker, Node: 3, For: 5000}, {At: 1, Do: scenario.Kill, Engine: "a"}}}}}
		n := &nodes{run: r}
		r.broker = n
		start := time.Now()
		(&blockRun{run: r}).harmBroker(t.Context(), t.Context(), start, func(err error) { t.Errorf("ended: %v", err) })
		if diff := cmp.Diff([]int{-3, 3, -1, 1}, n.done); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
		if down := n.times[1].Sub(n.times[0]); n.times[0].Sub(start) != 2*time.Second || down != 5*time.Second {
			t.Errorf("killed after %v, for %v; want 2s and 5s", n.times[0].Sub(start), down)
		}
		if r.harmed.Load() || len(r.res.Events) != 4 || r.res.Events[0].Kind != "fault injected" || r.res.Events[1].Kind != "fault over" {
			t.Errorf("harmed %t, events %v", r.harmed.Load(), r.res.Events)
		}
	})
}

// All engines have failed and the offer has ended: the node is wanted for what comes then.
func TestANodeComesBackWhenTheOfferHasEnded(t *testing.T) {
	r := &run{Config: Config{Scenario: &scenario.Scenario{Faults: []scenario.Fault{{Do: scenario.KillBroker, Node: 1, For: 3_600_000}}}}, shared: &shared{res: &result.Run{}}}
	n := &nodes{run: r}
	r.broker = n
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	(&blockRun{run: r}).harmBroker(ctx, t.Context(), time.Now(), func(err error) { t.Errorf("ended: %v", err) })
	if diff := cmp.Diff([]int{-1, 1}, n.done); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestANodeThatDoesNotComeBackEndsTheRun(t *testing.T) {
	r := &run{Config: Config{Scenario: &scenario.Scenario{Faults: []scenario.Fault{{Do: scenario.KillBroker, Node: 1}}}}, shared: &shared{res: &result.Run{}}}
	r.broker = &nodes{run: r, fail: errors.New("no disk")}
	var ended error
	(&blockRun{run: r}).harmBroker(t.Context(), t.Context(), time.Now(), func(err error) { ended = err })
	var e *Error
	if !errors.As(ended, &e) || e.Fault != FaultEnvironment || ended.Error() != "after the fault kill-broker at 0s: no disk" {
		t.Errorf("ended by %v", ended)
	}
}

func TestABrokerOfOthersIsNotHarmed(t *testing.T) {
	r := &run{Config: Config{Scenario: &scenario.Scenario{Faults: []scenario.Fault{{Do: scenario.KillBroker, Node: 1}}}}, shared: &shared{}}
	if err := r.checkMortal(); !errors.Is(err, errNotMortal) {
		t.Errorf("checkMortal = %v", err)
	}
	r.Scenario.Faults = nil
	if err := r.checkMortal(); err != nil {
		t.Errorf("without such a fault: %v", err)
	}
}

// A broker that is down on purpose is not lost, however long it takes; one that stays away afterwards is.
func TestABrokerDownOnPurposeIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, no := time.Now(), errors.New("no answer")
		err := unanswered(t.Context(), func(context.Context) error { return no }, func() bool { return time.Since(start) < time.Minute })
		if took := time.Since(start); !errors.Is(err, no) || took < time.Minute+lostAfter-askEvery || took > time.Minute+lostAfter+2*askEvery {
			t.Errorf("unanswered = %v after %v, want some 70s", err, took)
		}
	})
}

// An interrupt while the run's only node is down: nobody would answer who is asked to remove topics, and they go with the broker.
func TestABrokerThatIsDownWhenTheRunEndsIsNotAsked(t *testing.T) {
	r := &run{Config: Config{Scenario: &scenario.Scenario{Faults: []scenario.Fault{{Do: scenario.KillBroker, Node: 1, For: 3_600_000}}}}, shared: &shared{res: &result.Run{}}}
	n := &nodes{run: r}
	r.broker = n
	whole, interrupt := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { interrupt(ErrInterrupted) })
	(&blockRun{run: r}).harmBroker(whole, whole, time.Now(), func(err error) { t.Errorf("ended: %v", err) })
	if diff := cmp.Diff([]int{-1}, n.done); diff != "" || !r.ended.Load() {
		t.Errorf("nodes (-want +got):\n%s; gone with all it held: %t", diff, r.ended.Load())
	}
}
