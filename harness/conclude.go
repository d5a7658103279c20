package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// conclude judges and analyses every instance of the block and adds the trials to the result. broken is why the block was
// broken off, nil if it was not.
func (b *blockRun) conclude(ctx context.Context, broken error) error {
	b.progressJudging()
	ended := time.Now()
	input, blocked, err := b.digest(ctx)
	if err != nil {
		b.note("", "warning", "the input could not be read back: "+err.Error())
	}
	var errs []error
	for i, t := range b.trials {
		if t.subject == nil {
			continue
		}
		res := b.newTrial(i, t, input)
		j, err := b.judge(ctx, t, broken)
		if err != nil {
			errs = append(errs, fmt.Errorf("judging %s: %w", t.label, err))
			res.Warnings = append(res.Warnings, "not judged: "+err.Error())
		} else {
			res.Verdict = j.Verdict
		}
		if blocked != nil {
			res.Warnings = append(res.Warnings, blocked.Error())
		}
		if err := b.analyse(&res, t, j, ended); err != nil {
			errs = append(errs, fmt.Errorf("analysing %s: %w", t.label, err))
		}
		b.grade(&res, t, broken)
		b.res.Trials = append(b.res.Trials, res)
	}
	if broken != nil {
		return nil // the reason is said already; what followed from it would only hide it
	}
	return errors.Join(errs...)
}

// newTrial fills in what is known without looking at outputs.
func (b *blockRun) newTrial(i int, t *trial, input result.Input) result.Trial {
	tl := b.timeline()
	g := b.guarantee(t.instance)
	res := result.Trial{
		ID: t.id, Block: b.name, Repetition: b.repetition, Order: len(b.res.Trials) + 1, Instance: t.label,
		Engine: t.settings.Engine, EngineVersion: t.subject.Hello().Version, Model: t.desc.Model, Job: b.Scenario.Job.Name,
		Placement: b.Scenario.Placement, Guarantee: string(g), Floor: t.floor, Valid: true,
		StartUnixNS: b.started().UnixNano(), Input: input, Phases: phases(tl, b.input.due),
		PolicyFloorNS: int64(policyFloor(t.instance, g, len(b.Scenario.Job.Stages))),
		Settings:      t.subject.Hello().Settings, Metrics: t.subject.Metrics(), Restarts: t.subject.Plan().Incarnation - 1,
	}
	measured := res.Phases[1]
	res.OfferedRate = float64(measured.Count) / time.Duration(measured.To-measured.From).Seconds()
	u := t.subject.Usage()
	res.Resources = result.Resources{CPUSeconds: u.CPU.Seconds(), RSSPeak: u.RSSPeak, StateBytes: t.state,
		Roles: map[string]result.RoleCost{}}
	cpu, rss := b.broker.Usage()
	self := process.Self()
	res.Resources.Roles[roleBroker] = result.RoleCost{CPUSeconds: cpu, RSSPeak: rss}
	res.Resources.Roles[roleHarness] = result.RoleCost{CPUSeconds: self.CPU.Seconds(), RSSPeak: self.RSSPeak}
	return res
}

// digest reads the input topic back: its digests prove that every engine of a comparison was offered the same.
func (b *blockRun) digest(ctx context.Context) (result.Input, *topic.BlockedError, error) {
	var d topic.Digest
	var blocked *topic.BlockedError
	var in result.Input
	for rec, err := range topic.Read(ctx, b.broker.Dial, b.topics(b.name, b.trials[0].label).Input, nil, true) {
		if errors.As(err, &blocked) {
			break
		}
		if err != nil {
			return in, blocked, err
		}
		d.Add(rec)
		in.Bytes += int64(len(rec.Value))
		for _, h := range rec.Headers {
			in.HeaderBytes += int64(len(h.Key) + len(h.Value))
		}
	}
	in.Digest, in.OrderDigest, in.Records, _ = d.Sum()
	return in, blocked, nil
}

// judge lets the oracle read all topics of an instance.
func (b *blockRun) judge(ctx context.Context, t *trial, broken error) (oracle.Judgement, error) {
	committed := b.guarantee(t.instance) == engines.ExactlyOnce
	read := func(name string, committed bool) oracle.Topic {
		return oracle.Topic{Name: name, Partitions: b.Scenario.Broker.Partitions,
			Read: func(ctx context.Context) iter.Seq2[event.Record, error] {
				return topic.Read(ctx, b.broker.Dial, name, nil, committed)
			}}
	}
	o := oracle.Trial{
		Job: t.job, Guarantee: string(b.guarantee(t.instance)), Registry: b.registry,
		EventTimeMin: t.plan.EventTimeMin, EventTimeMax: t.plan.EventTimeMax,
		Input: read(t.plan.Topics.Input, true), Output: read(t.plan.Topics.Output, committed),
		DeadLetter: read(t.plan.Topics.DeadLetter, committed),
		Faulted:    t.subject.Plan().Incarnation > 1 || len(b.Scenario.Faults) > 0 || broken != nil,
	}
	for _, name := range t.plan.Topics.Stages {
		o.Stages = append(o.Stages, read(name, committed))
	}
	return oracle.Judge(ctx, o)
}

// analyse computes the trial's figures from its observations.
func (b *blockRun) analyse(res *result.Trial, t *trial, j oracle.Judgement, ended time.Time) error {
	a, err := collector.Analyse(b.analysisConfig(res, t, j, ended))
	if err != nil {
		return err
	}
	res.Latency = a.Latency
	res.AchievedRate = a.AchievedRate
	b.res.Distributions = append(b.res.Distributions, a.Distributions...)
	b.res.Series = append(b.res.Series, a.Series...)
	b.res.Series = append(b.res.Series, series(t.id, t.id, b.started(), b.health.between(b.started(), ended))...)
	b.res.Checks = append(b.res.Checks, a.Checks...)
	b.res.Checks = append(b.res.Checks, b.driverChecks(t, a)...)
	return nil
}

func (b *blockRun) analysisConfig(res *result.Trial, t *trial, j oracle.Judgement, ended time.Time) collector.AnalysisConfig {
	c := collector.AnalysisConfig{
		Trial: t.id, Instance: t.label, Dir: b.dir, HistDir: filepath.Join(b.run.dir, "hist"), Start: b.started(),
		Phases: res.Phases, Unanswered: j.Unanswered, EndNS: int64(ended.Sub(b.started())),
		Lateness: t.job.EventTime.Lateness.Duration(), LogAppend: true,
	}
	for _, s := range t.job.Stages {
		c.Stages = append(c.Stages, s.Name)
	}
	for _, w := range t.job.Windows() {
		c.WindowSize = w.Size()
	}
	c.Closers = map[int32][]collector.Closer{}
	for p, list := range j.Closers {
		for _, cl := range list {
			c.Closers[p] = append(c.Closers[p], collector.Closer(cl))
		}
	}
	if t.desc.Model == "micro-batch" {
		c.BatchInterval = t.settings.BatchInterval.Duration()
	}
	if !slices.Contains(t.job.OperatorNames(), "filter") { // what a filter drops has no answer
		c.Due, c.DueStep = b.input.due, dueStep
	}
	return c
}

// grade decides quality and validity from the checks and from what happened.
func (b *blockRun) grade(res *result.Trial, t *trial, broken error) {
	res.Badges = b.badges()
	res.Partial = broken != nil
	if broken != nil {
		res.InvalidReasons = append(res.InvalidReasons, "broken off: "+broken.Error())
	}
	if t.failure != nil {
		res.InvalidReasons = append(res.InvalidReasons, t.failure.Error())
	}
	if res.Restarts > 0 || len(b.Scenario.Faults) > 0 {
		res.Badges = append(res.Badges, "faults-injected")
	}
	for _, c := range b.res.Checks {
		if c.Trial != t.id {
			continue
		}
		switch c.State {
		case result.Invalidates:
			res.InvalidReasons = append(res.InvalidReasons, c.ID+": "+c.Text)
		case result.Degrades:
			res.Badges = append(res.Badges, c.ID)
		}
	}
	res.Valid = len(res.InvalidReasons) == 0
	switch {
	case !res.Valid:
		res.Quality = result.Invalid
	case len(res.Badges) > 0:
		res.Quality = result.Degraded
	default:
		res.Quality = result.Clean
	}
}

// stateSize is what an engine left in its state folder, in bytes.
func stateSize(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// comparable marks trials whose input differs from the others': their speeds may not be held side by side.
func (r *run) comparable() {
	digests := map[string]bool{}
	for _, t := range r.res.Trials {
		if !t.Partial {
			digests[t.Input.Digest+"/"+t.Input.OrderDigest] = true
		}
	}
	if len(digests) <= 1 {
		return
	}
	r.res.Checks = append(r.res.Checks, result.Check{ID: "input_digest", Title: "same input for every trial", Value: float64(len(digests)),
		Threshold: 1, Unit: "digests", State: result.Invalidates, Text: "trials were offered different bytes or another order: their figures are not comparable"})
	for i := range r.res.Trials {
		t := &r.res.Trials[i]
		t.Valid, t.Quality = false, result.Invalid
		t.InvalidReasons = append(t.InvalidReasons, "input_digest: other trials of this run were offered another input")
	}
}

// removeTopics deletes what the block created; what cannot be deleted stays in the ledger for `streamgauge clean`.
func (b *blockRun) removeTopics() {
	if b.Keep {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	names := map[string]bool{}
	for _, t := range b.trials {
		for _, n := range slices.Concat([]string{t.plan.Topics.Input, t.plan.Topics.Registry, t.plan.Topics.Output, t.plan.Topics.DeadLetter}, t.plan.Topics.Stages) {
			names[n] = true
		}
	}
	if err := b.admin.Delete(ctx, slices.Sorted(maps.Keys(names))); err != nil {
		b.note("", "warning", "topics were left behind, streamgauge clean removes them: "+err.Error())
	}
	_ = os.RemoveAll(filepath.Join(b.run.dir, "state", b.name))
}

// faultsOf lists the faults aimed at an instance.
func faultsOf(s *scenario.Scenario, label string) []scenario.Fault {
	var all []scenario.Fault
	for _, f := range s.Faults {
		if f.Engine == label {
			all = append(all, f)
		}
	}
	return all
}
