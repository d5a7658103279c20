package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// mortal is a broker whose nodes can be killed and started again: one that the run has started.
type mortal interface {
	Kill(node int) error // counted from 0
	Restart(ctx context.Context, node int) error
}

// errNotMortal is a kill-broker aimed at a broker that is not the run's.
var errNotMortal = errors.New("kill-broker: the broker is kept for other runs as well, or runs elsewhere")

// harmBroker does the faults aimed at the broker, one after the other. A node that does not come back ends the run: it is no
// engine's fault. One that is down when ctx ends, because all engines have failed, is started all the same unless whole, the
// run's context, has ended too: what there is can be judged then, and removed.
func (b *blockRun) harmBroker(ctx, whole context.Context, start time.Time, end context.CancelCauseFunc) {
	faults := brokerFaults(b.Scenario)
	slices.SortStableFunc(faults, func(a, b scenario.Fault) int { return cmp.Compare(a.At, b.At) })
	for _, f := range faults {
		if !sleep(ctx, time.Until(start.Add(f.At.Duration()))) {
			return
		}
		b.note("", "fault injected", fmt.Sprintf("%s: node %d for %v", f.Do, f.Node, f.For))
		err := b.killNode(ctx, whole, f)
		switch {
		case whole.Err() != nil:
			return
		case err != nil:
			end(environment("the broker's log is in "+b.run.dir+"/logs", fmt.Errorf("after the fault %s at %v: %w", f.Do, f.At, err)))
			return
		}
		b.note("", "fault over", fmt.Sprintf("%s: node %d runs again", f.Do, f.Node))
	}
}

// killNode kills a node and starts it again. That nothing answers meanwhile is what was asked for.
func (b *blockRun) killNode(ctx, whole context.Context, f scenario.Fault) error {
	m, ok := b.broker.(mortal)
	if !ok {
		return errNotMortal
	}
	b.harmed.Store(true)
	defer b.harmed.Store(false)
	if err := m.Kill(f.Node - 1); err != nil {
		return err
	}
	sleep(ctx, f.For.Duration())
	err := whole.Err()
	if err == nil {
		err = m.Restart(whole, f.Node-1)
	}
	if whole.Err() != nil {
		b.ended.Store(true) // it is the run's own: it goes with all it holds, and is not asked to remove anything while it is down
	}
	return err
}

// brokerFaults lists the faults aimed at the broker.
func brokerFaults(s *scenario.Scenario) []scenario.Fault {
	return slices.DeleteFunc(slices.Clone(s.Faults), func(f scenario.Fault) bool { return f.Do != scenario.KillBroker })
}

// producerOptions are those of the client that sends the input.
func (r *run) producerOptions() []kgo.Opt {
	opts := driver.Options(r.maxRecord())
	if len(brokerFaults(r.Scenario)) > 0 {
		opts = append(opts, driver.KillOptions()...)
	}
	return opts
}

// forgotten warns of faults aimed at the broker at whose time it would know no producer again, since its event times are too old: of what
// had no answer some is in the input twice then.
func (r *run) forgotten() {
	of := r.Scenario.Stream.EventTime
	for _, f := range brokerFaults(r.Scenario) {
		at := f.At.Duration()
		last := of.Start.Add(time.Duration(float64(at) * float64(of.Speed)))
		if time.Since(last)+at < broker.ProducerMemory {
			continue
		}
		r.early = append(r.early, fmt.Sprintf("%s at %v: event times are of %s then, and after a kill Kafka knows no producer again whose last one"+
			" is older than %d days: records that had no answer may be in the input twice, and the trial invalid; a stream.event_time.start of"+
			" the last weeks avoids that", f.Do, f.At, last.Format(time.DateOnly), broker.ProducerMemory/(24*time.Hour)))
	}
}

// checkMortal refuses faults aimed at a broker that is not the run's.
func (r *run) checkMortal() error {
	if _, ok := r.broker.(mortal); ok || len(brokerFaults(r.Scenario)) == 0 {
		return nil
	}
	return environment("streamgauge broker stop ends one that is kept, and the run then starts its own: --broker local", errNotMortal)
}
