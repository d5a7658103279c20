package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// lead is the time between the decision to begin and intended 0: the driver makes its first events in it.
const lead = 500 * time.Millisecond

// prepare writes the ledger, creates the block's topics, publishes the registry and writes the plans.
func (b *blockRun) prepare(ctx context.Context, client *kgo.Client) error {
	for i, in := range b.block.instances {
		p, err := b.plan(b.name, in)
		if err != nil {
			return err
		}
		b.trials = append(b.trials, &trial{instance: in, id: fmt.Sprintf("%s-%d-%s", b.name, i+1, in.label), plan: p, said: &said{}})
	}
	specs := b.topicSpecs()
	if err := topic.NewLedger(filepath.Join(b.run.dir, "ledger.jsonl")).Topics(specs...); err != nil {
		return environment("check the disk", err)
	}
	if err := b.admin.Create(ctx, specs); err != nil {
		return environment("check the broker's log and, on a remote one, the right to create topics that begin with sg.", err)
	}
	stream, err := b.NewStream(b.Scenario.Stream, b.streamSeed())
	if err != nil {
		return &Error{FaultUsage, err, ""}
	}
	b.registry, err = driver.Registry(b.Scenario.Job, b.Scenario.Broker.Partitions, stream.Devices())
	if err != nil {
		return err
	}
	return topic.PublishRegistry(ctx, client, b.trials[0].plan.Topics.Registry, driver.RegistryRecords(b.registry))
}

// topicSpecs lists the block's topics: input and stages keep the producer's time, results get the broker's.
func (b *blockRun) topicSpecs() []topic.Spec {
	spec := func(name string) topic.Spec {
		return topic.Spec{Name: name, Partitions: b.Scenario.Broker.Partitions, MaxRecord: b.maxRecord()}
	}
	shared := b.trials[0].plan.Topics
	registry := spec(shared.Registry)
	registry.Compact = true
	specs := []topic.Spec{spec(shared.Input), registry}
	for _, t := range b.trials {
		for _, name := range t.plan.Topics.Stages {
			specs = append(specs, spec(name))
		}
		for _, name := range []string{t.plan.Topics.Output, t.plan.Topics.DeadLetter} {
			s := spec(name)
			s.AppendTime = true
			specs = append(specs, s)
		}
	}
	return specs
}

func (r *run) streamSeed() StreamSeed {
	return StreamSeed{Seed: r.Scenario.Seed, FirstDevice: driver.FirstDevice(r.Scenario.Broker.Partitions)}
}

// newSource makes a fresh cursor over the scenario's input.
func (r *run) newSource() (event.Source, error) {
	s := r.Scenario
	stream, err := r.NewStream(s.Stream, r.streamSeed())
	if err != nil {
		return nil, &Error{FaultUsage, err, ""}
	}
	format, err := r.Formats(s.Stream.Encoding)
	if err != nil {
		return nil, &Error{FaultUsage, err, ""}
	}
	schedule, err := r.schedule()
	if err != nil {
		return nil, &Error{FaultUsage, err, ""}
	}
	tl := r.timeline()
	return driver.NewSource(driver.SourceConfig{
		Job: s.Job, Format: format, Stream: stream, Schedule: schedule, Partitions: s.Broker.Partitions,
		Offer: tl.warmup + tl.measure, Tail: tl.tail,
		EventTime: driver.EventTime{Start: s.Stream.EventTime.Start, Speed: float64(s.Stream.EventTime.Speed)},
		Carrier:   r.carrier(), Link: float64(s.Stream.Payload.Link),
	})
}

// schedule is when real events are due; nil keeps the recording's own pace.
func (r *run) schedule() (pacer.Schedule, error) {
	switch r.Scenario.Load.Profile {
	case scenario.Poisson:
		return pacer.Poisson(float64(r.Scenario.Load.Rate), r.Scenario.Seed)
	case scenario.Recorded: // at its own pace
		return nil, nil
	}
	return pacer.Constant(float64(r.Scenario.Load.Rate))
}

func (b *blockRun) newCollector() error {
	cfg := collector.Config{Dial: b.broker.Dial, Partitions: b.Scenario.Broker.Partitions, Committed: map[string]bool{},
		Dir: b.dir, Start: b.started, Summaries: b.Scenario.Job.Payloads()}
	for _, t := range b.trials {
		cfg.Committed[t.label] = b.guarantee(t.instance) == engines.ExactlyOnce
		cfg.Topics = append(cfg.Topics,
			collector.Topic{Instance: t.label, Role: collector.Output, Name: t.plan.Topics.Output},
			collector.Topic{Instance: t.label, Role: collector.DeadLetter, Name: t.plan.Topics.DeadLetter})
		if !b.Scenario.Observe.Stages {
			continue
		}
		for i, name := range t.plan.Topics.Stages {
			cfg.Topics = append(cfg.Topics, collector.Topic{Instance: t.label, Role: collector.StageRole, Stage: i, Name: name})
		}
	}
	c, err := collector.New(cfg)
	b.collector = c
	return err
}

// offer sends the input on schedule, and does what faults the scenario asks for meanwhile.
func (b *blockRun) offer(ctx context.Context, progress *watcher) error {
	src, closeSource, err := b.source()
	if err != nil {
		return err
	}
	defer func() { _ = closeSource() }()
	if b.carrier() != nil {
		if src, err = prime(src); err != nil {
			return err
		}
	}
	b.input = newCounted(src)
	clock := pacer.NewClock()
	start := clock.Now().Add(lead)
	b.mu.Lock()
	b.mu.start = start
	b.mu.Unlock()
	tl := b.timeline()
	b.note("", "start", fmt.Sprintf("block %s: intended 0", b.name))
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	var meanwhile, faults sync.WaitGroup
	defer func() { cancel(nil); faults.Wait(); meanwhile.Wait() }()
	for _, t := range b.trials {
		faults.Go(func() { b.injectAll(ctx, t, start) })
	}
	faults.Go(func() { b.harmBroker(ctx, whole, start, cancel) })
	meanwhile.Go(func() { b.watchEngines(ctx, cancel) })
	b.report, err = driver.Run(ctx, driver.Config{
		Client: b.producer, Topic: b.trials[0].plan.Topics.Input, Source: b.input, Start: start, Clock: clock,
		BufferBytes: max(driver.DefaultBufferBytes, 2*b.maxRecord()), Phases: driverPhases(tl),
		Flush:      max(driver.DefaultFlush, b.Scenario.Load.Drain.Duration()), // large messages on a busy machine take their time
		OnProgress: func(p driver.Progress) { progress.offering(p, tl) },
	})
	b.cut = err != nil
	if err == nil {
		faults.Wait() // one that outlasts the input still runs its course: no engine is left down by it, or it would be blamed
	}
	var refused *driver.ProduceError
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errAllFailed):
		return nil // the failures themselves are told with the trials
	case errors.As(err, &refused), ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return environment("", err)
	}
	return err
}

var errAllFailed = errors.New("every engine has failed")

// watchEngines ends the offer when no engine is left that could answer: the rest of the schedule would only cost time.
func (b *blockRun) watchEngines(ctx context.Context, end context.CancelCauseFunc) {
	for sleep(ctx, 200*time.Millisecond) {
		failed := 0
		for _, t := range b.trials {
			if t.subject.Failure() != nil {
				failed++
			}
		}
		if failed == len(b.trials) {
			end(errAllFailed)
			return
		}
	}
}

func driverPhases(t timeline) []driver.Phase {
	return []driver.Phase{
		{Name: "warmup", From: 0, To: t.warmup},
		{Name: "measure", From: t.warmup, To: t.warmup + t.measure},
		{Name: "drain", From: t.warmup + t.measure, To: t.warmup + t.measure + t.tail + time.Hour},
	}
}

// injectAll does the faults aimed at an engine, each at its time or once the one before is over.
func (b *blockRun) injectAll(ctx context.Context, t *trial, start time.Time) {
	faults := faultsOf(b.Scenario, t.label)
	slices.SortStableFunc(faults, func(a, b scenario.Fault) int { return cmp.Compare(a.At, b.At) })
	for _, f := range faults {
		if !sleep(ctx, time.Until(start.Add(f.At.Duration()))) {
			return
		}
		b.note(t.id, "fault injected", fmt.Sprintf("%s %s for %v", f.Do, t.label, f.For))
		hit, err := b.inject(ctx, t, f)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.failure = fmt.Errorf("%w %s at %v: %w", errAfterFault, f.Do, f.At, cmp.Or(t.subject.Failure(), err))
			b.note(t.id, "warning", "injecting a fault: "+err.Error())
			return
		}
		b.note(t.id, "fault over", f.Do+" "+t.label+hit)
	}
}

// errAfterFault begins the failure of an engine that did not come through a fault.
var errAfterFault = errors.New("after the fault")

// inject does one fault and tells what it hit. One that ctx cuts short leaves a killed engine down.
func (b *blockRun) inject(ctx context.Context, t *trial, f scenario.Fault) (hit string, err error) {
	s := t.subject
	switch f.Do {
	case scenario.Pause:
		err := s.Signal(syscall.SIGSTOP)
		sleep(ctx, f.For.Duration())
		return "", errors.Join(err, s.Signal(syscall.SIGCONT))
	case scenario.KillWorker:
		w, err := s.KillWorker(ctx, f.For.Duration())
		return fmt.Sprintf(": process %d of %s", w.PID, w.Role), err
	}
	t.life.kills = append(t.life.kills, kill{at: time.Now()})
	k := &t.life.kills[len(t.life.kills)-1]
	if err := s.Kill(); err != nil {
		return "", err
	}
	cluster, err := b.nextCluster(ctx, t) // while it is down: it takes a moment that is not the engine's
	if err != nil || !sleep(ctx, time.Until(k.at.Add(f.For.Duration()))) {
		return "", err
	}
	k.restarted = time.Now()
	if err := s.Restart(ctx, cluster); err != nil {
		return "", err
	}
	k.hello = time.Now()
	return "", nil
}

// nextCluster describes the cluster for the next incarnation of an engine that was killed, nil if it has none: some of what
// daemons keep belongs to one start, and the ports of the last one may have been taken meanwhile.
func (b *blockRun) nextCluster(ctx context.Context, t *trial) (*engines.Cluster, error) {
	if t.launch.Cluster == nil {
		return nil, nil
	}
	plan := t.subject.Plan()
	plan.Incarnation++
	launch, err := b.EngineStart(ctx, plan)
	return launch.Cluster, err
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// drain asks every engine to finish, at the same time. An engine that crashed, hangs or does not end clean keeps its
// failure; that is no reason to give up the others.
func (b *blockRun) drain(ctx context.Context) error {
	var g errgroup.Group
	for _, t := range b.trials {
		g.Go(func() error {
			limit := time.Duration(t.plan.Deadlines.DrainMS) * time.Millisecond
			limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("its %v are over", limit))
			defer cancel()
			t.life.asked = time.Now()
			failure := t.subject.Drain(limited)
			if failure == nil {
				t.life.ended = time.Now()
			}
			if ctx.Err() == nil { // else it had no time, which is not its fault
				t.failure = cmp.Or(t.failure, failure) // one that did not come back after a fault has failed already
			}
			return nil
		})
	}
	_ = g.Wait()
	return context.Cause(ctx)
}

// interruptedStop is how long engines have to stop in order when a person waits: to end transactions and leave groups.
const interruptedStop = 5 * time.Second

// stopEngines ends every engine, whatever happened before. After an interrupt they have a short time to stop in order,
// without a broker none; one whose work is done on a cluster elsewhere has all the time of its plan, since a job that it does not
// cancel stays there.
func (b *blockRun) stopEngines(ctx context.Context) {
	broken, elsewhere := ctx.Err() != nil, context.WithoutCancel(ctx)
	if errors.Is(context.Cause(ctx), ErrInterrupted) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), interruptedStop)
		defer cancel()
	}
	var wg sync.WaitGroup
	for _, t := range b.trials {
		if t.subject == nil {
			continue
		}
		limit, remote := ctx, t.settings.Deploy == engines.DeployRemote
		if remote {
			limit = elsewhere
		}
		wg.Go(func() {
			if t.failure == nil {
				t.failure = t.subject.Failure()
			}
			if err := t.subject.Stop(limit); err != nil && (remote || !broken) {
				b.note(t.id, "warning", err.Error())
			}
			t.state = stateSize(t.plan.StateDir)
			b.health.remove(t.id)
		})
	}
	wg.Wait()
}

// settled is how long an output topic must have been silent, after its engine ended, before all of it counts as observed.
// What was written and not observed is found all the same: the analysis holds the observations against the topics.
const settled = time.Second

// catchUp waits until the collector has seen what the engines wrote last.
func (b *blockRun) catchUp(ctx context.Context) error {
	deadline := time.Now().Add(b.Scenario.Load.Drain.Duration())
	for time.Now().Before(deadline) {
		quiet := true
		for _, t := range b.trials {
			quiet = quiet && b.collector.Preview(t.label).Silent >= settled
		}
		if quiet {
			return nil
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
	return nil
}
