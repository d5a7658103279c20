package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// trial is one instance in a block, while it runs.
type trial struct {
	instance
	id      string
	plan    engines.Plan
	launch  engines.Launch
	subject *subject.Subject
	failure error // of the engine
	state   int64 // bytes of state at the end
	life    life
	said    *said // what the engine says of itself while it runs
}

// blockRun is a block while it runs.
type blockRun struct {
	*run
	block
	dir       string // observations
	trials    []*trial
	admin     *topic.Admin
	producer  *kgo.Client // sends the input, probes included
	collector *collector.Collector
	registry  map[string]map[string]int64
	begun     time.Time // engines were started
	spent     costs     // before that
	input     *counted
	cut       bool // the input was not offered to its end
	report    driver.Report
	mu        struct {
		sync.Mutex
		start time.Time // intended 0
	}
}

// block runs one block from its topics to its results. Errors: *Error with FaultEngine if engines failed but everything
// else went well (their trials are in the result), any other error breaks off the run.
func (r *run) block(ctx context.Context, b block) error {
	br := &blockRun{run: r, block: b, dir: filepath.Join(r.dir, "observations", b.name)}
	if err := os.MkdirAll(br.dir, 0o755); err != nil {
		return environment("check the disk", fmt.Errorf("making a folder for observations: %w", err))
	}
	client, err := r.broker.Dial()
	if err != nil {
		return environment("", fmt.Errorf("dialling the broker: %w", err))
	}
	defer client.Close()
	br.admin = topic.NewAdmin(client)
	br.producer, err = r.broker.Dial(r.producerOptions()...)
	if err != nil {
		return environment("", fmt.Errorf("dialling the broker: %w", err))
	}
	defer br.producer.Close()
	ctx, stop := r.watchBroker(ctx, client)
	defer stop()
	ctx, unwatch := r.watchStore(ctx)
	defer unwatch()
	defer br.removeTopics() // also of a block that was not prepared to its end
	err = br.prepare(ctx, client)
	if err == nil {
		err = br.measure(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // why the context ended says more than what that made of the work
	}
	return err
}

// measure starts collector and engines, offers the input, drains and judges. Whatever happens, no engine is left running.
func (b *blockRun) measure(ctx context.Context) error {
	if err := b.newCollector(); err != nil {
		return err
	}
	collecting, stopCollecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCollecting()
	var collected errgroup.Group
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	collected.Go(func() error {
		err := b.collector.Run(collecting)
		if err != nil {
			cancel(environment("make room on the disk, or check the broker", fmt.Errorf("observing: %w", err)))
		}
		return err
	})
	err := b.drive(ctx)
	b.stopEngines(ctx)
	if err == nil {
		err = b.catchUp(ctx)
	}
	stopCollecting()
	if cerr := collected.Wait(); err == nil && cerr != nil {
		err = cerr
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	// A broken off block still has figures worth keeping, once its input had begun; they are marked partial.
	if b.started().IsZero() {
		return err
	}
	concluded := b.conclude(ctx, err)
	if ctx.Err() != nil {
		return context.Cause(ctx) // also if it ended while the oracle read
	}
	return errors.Join(err, concluded, b.engineFailures())
}

// drive brings the engines up, offers the input and drains.
func (b *blockRun) drive(ctx context.Context) (err error) {
	defer defect.Catch(&err) // the engines are to be stopped after it
	progress := b.watchProgress(ctx)
	defer progress.stop()
	if b.prefilled() {
		return b.drivePrefilled(ctx, progress)
	}
	progress.phase("starting", b.trials[0].plan.ReadyWithin())
	if err := b.startEngines(ctx); err != nil {
		return err
	}
	if err := b.awaitProbes(ctx); err != nil {
		return err
	}
	if err := b.offer(ctx, progress); err != nil {
		return err
	}
	progress.phase("drain", b.Scenario.Load.Drain.Duration())
	return b.drain(ctx)
}

// startEngines starts every engine and waits until each has said hello. The error names those that did not, and those whose hello
// says that they cannot do the job.
func (b *blockRun) startEngines(ctx context.Context) error {
	b.begun, b.spent = time.Now(), b.costs()
	errs := make([]error, len(b.trials))
	var wg sync.WaitGroup
	for i, t := range b.trials {
		wg.Go(func() {
			defer defect.Catch(&errs[i])
			var err error
			if t.launch, err = b.howToStart(ctx, t); err != nil {
				errs[i] = err
				return
			}
			t.life.started = time.Now()
			s, err := subject.Start(ctx, subject.Config{Command: t.launch.Command, Cluster: t.launch.Cluster, Unset: t.launch.Unset, Plan: t.plan,
				HelloWithin: t.helloWithin(), Abroad: t.settings.Engine == scenario.External, Dir: filepath.Dir(t.plan.StateDir),
				OnLine: func(l engines.Line) { b.heard(t, l) }})
			if err != nil {
				errs[i] = b.notStarted(t, s, err)
				return
			}
			t.subject, t.life.hello = s, time.Now()
			errs[i] = t.offers(s.Hello())
		})
	}
	wg.Wait()
	for _, t := range b.trials {
		if t.subject != nil && t.settings.Deploy != engines.DeployRemote { // of which only the client is here
			b.health.add(t.id, t.subject.Usage)
		}
	}
	return errors.Join(errs...)
}

// heard keeps what an engine says of itself: faults in the list of events, batches and figures for the series.
func (b *blockRun) heard(t *trial, l engines.Line) {
	switch l.Type {
	case engines.LineFault:
		b.note(t.id, "fault", l.Text)
	case engines.LineBatch, engines.LineMetric:
		t.said.hear(l, time.Now())
	}
}

// awaitProbes sends probes each second until every engine has answered one on every partition.
func (b *blockRun) awaitProbes(ctx context.Context) error {
	limit := b.trials[0].plan.ReadyWithin()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNotReady)
	defer cancel()
	format, err := b.Formats(b.Scenario.Stream.Encoding)
	if err != nil {
		return &Error{FaultUsage, err, ""}
	}
	prober, err := driver.NewProber(driver.ProberConfig{Client: b.producer, Topic: b.trials[0].plan.Topics.Input,
		Job: b.Scenario.Job, Format: format, Partitions: b.Scenario.Broker.Partitions, EventTime: b.Scenario.Stream.EventTime.Start})
	if err != nil {
		return err
	}
	b.say("waiting for %s to answer probes", strings.Join(b.unready(), ", "))
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	next := time.Now()
	for {
		if !time.Now().Before(next) {
			if err := prober.Send(ctx); err != nil && ctx.Err() == nil {
				return environment("", fmt.Errorf("sending probes: %w", err))
			}
			next = next.Add(time.Second)
		}
		if err := b.engineFailures(); err != nil {
			return err
		}
		if b.unready() == nil {
			b.note("", "ready", fmt.Sprintf("all probes answered after %v", time.Since(b.begun).Round(time.Millisecond)))
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errNotReady) {
				return &Error{FaultEngine, fmt.Errorf("waiting for engines: %s did not answer a probe of every partition within %v",
					strings.Join(b.unready(), ", "), limit), b.unreadyHint()}
			}
			return context.Cause(ctx)
		}
	}
}

var errNotReady = errors.New("not ready in time")

// unready lists the instances that have not answered a probe of every partition.
func (b *blockRun) unready() []string {
	var names []string
	for _, t := range b.trials {
		switch {
		case !b.collector.Preview(t.label).Ready():
			names = append(names, t.label)
		case t.life.ready.IsZero():
			t.life.ready = time.Now()
		}
	}
	return names
}

// engineFailures joins the errors of engines that ended by themselves.
func (b *blockRun) engineFailures() error {
	var errs []error
	for _, t := range b.trials {
		if t.failure == nil && t.subject != nil {
			t.failure = t.subject.Failure()
		}
		if t.failure != nil {
			hint := b.logHint(t, t.subject)
			if !errors.Is(t.failure, subject.ErrCrashed) && !errors.Is(t.failure, errAfterFault) {
				hint = "one that needs longer needs deadlines.drain in the scenario; " + hint
			}
			errs = append(errs, &Error{FaultEngine, fmt.Errorf("engine %s: %w", t.label, t.failure), hint})
		}
	}
	return errors.Join(errs...)
}

// started is the instant of intended time 0; zero before the driver began.
func (b *blockRun) started() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.start
}
