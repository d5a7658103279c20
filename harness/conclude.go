package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/collector"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// conclude judges and analyses every instance of the block and adds the trials to the result. broken is why the block was
// broken off, nil if it was not. A block that was broken off is not judged: whoever interrupted it would wait, a broker that
// is lost would not answer, and what is missing may only not have come yet.
func (b *blockRun) conclude(ctx context.Context, broken error) error {
	ended, shared := time.Now(), b.costs().since(b.spent)
	judged := map[*trial]oracle.Judgement{}
	var input result.Input
	var errs []error
	if broken == nil {
		b.progressJudging()
		input = b.digest(ctx)
		errs = append(errs, b.judgeAll(ctx, judged))
	}
	if ctx.Err() != nil {
		broken = context.Cause(ctx) // also one that came while the oracle read
	}
	for i, t := range b.trials {
		if t.subject == nil {
			continue
		}
		res := b.newTrial(i, t, input)
		res.Resources.Roles = shared
		j, ok := judged[t]
		if ok && broken == nil {
			res.Verdict = j.Verdict
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

// judgeAll lets the oracle judge every instance that was started.
func (b *blockRun) judgeAll(ctx context.Context, judged map[*trial]oracle.Judgement) error {
	var errs []error
	for _, t := range b.trials {
		if t.subject == nil || ctx.Err() != nil {
			continue
		}
		j, err := b.judge(ctx, t)
		if err == nil {
			judged[t] = j
			continue
		}
		if ctx.Err() != nil {
			return nil // why is known, and told
		}
		err = fmt.Errorf("judging %s: %w", t.label, err)
		b.note(t.id, "warning", err.Error())
		if t.failure == nil { // an engine that failed may leave transactions open that hide its last outputs
			errs = append(errs, unread(err))
		}
	}
	return errors.Join(errs...)
}

// unread says whose fault it is that topics could not be read to their ends.
func unread(err error) error {
	var blocked *topic.BlockedError
	var network net.Error
	switch {
	case errors.As(err, &blocked):
		return &Error{FaultEngine, err, "the engine ended with a transaction open; its log says why"}
	case errors.As(err, &network):
		return environment("check the broker", err)
	}
	return err
}

// newTrial fills in what is known without looking at outputs.
func (b *blockRun) newTrial(i int, t *trial, input result.Input) result.Trial {
	tl := b.timeline()
	g := b.guarantee(t.instance)
	res := result.Trial{
		ID: t.id, Block: b.name, Repetition: b.repetition, Order: len(b.res.Trials) + 1, Instance: t.label,
		Engine: t.settings.Engine, EngineVersion: t.subject.Hello().Version, Model: t.desc.Model, Job: b.Scenario.Job.Name,
		Carrier:   b.Scenario.Stream.Payload.Carrier,
		Encoding:  b.ownEncoding(),
		Placement: b.Scenario.Placement, Guarantee: string(g), Floor: t.floor, Valid: true,
		StartUnixNS: b.started().UnixNano(), Input: input, Phases: phases(tl, b.due()),
		PolicyFloorNS: int64(policyFloor(t.instance, g, len(b.Scenario.Job.Stages))), WaitsFor: t.desc.Waits[g].String(),
		Settings: t.effective(t.subject.Hello().Settings), Metrics: t.subject.Metrics(), Restarts: t.subject.Plan().Incarnation - 1,
	}
	res.Deploy = t.deploy()
	res.Adapted = adapted(t.job, t.desc, t.subject.Hello())
	if b.sharesDecoder(t.job) {
		res.Warnings = append(res.Warnings, fmt.Sprintf("the oracle decodes %s by the decoder of the Go engines: a fault of it would be in both", b.Scenario.Stream.Encoding))
	}
	if t.job.Recodes() {
		res.Warnings = append(res.Warnings, fmt.Sprintf("the oracle encodes %s by the encoder of the Go engines: a fault of it would be in both", t.job.Form()))
	}
	measured := res.Phases[1]
	res.OfferedRate = float64(measured.Count) / time.Duration(measured.To-measured.From).Seconds()
	u := t.subject.Usage()
	res.Lifecycle = b.lifecycle(t)
	res.Resources = result.Resources{CPUSeconds: u.CPU.Seconds(), RSSPeak: u.RSSPeak, StateBytes: t.state}
	return res
}

// effective are the engine's settings as it said them, without secrets, and what is known of them from how it was started.
func (t *trial) effective(said map[string]any) map[string]any {
	all := map[string]any{"plan.parallelism": t.plan.Parallelism}
	if count := t.desc.TaskThreads; count != nil {
		all["task_threads"] = count(t.plan)
	}
	maps.Copy(all, t.launch.Facts)
	maps.Copy(all, scenario.RedactSettings(said))
	return all
}

// deploy tells where an engine's work was done; empty where nobody can know.
func (t *trial) deploy() string {
	if t.launch.Cluster == nil {
		return t.settings.Deploy
	}
	var roles []string
	for _, d := range t.launch.Cluster.Daemons {
		roles = append(roles, d.Role)
	}
	return t.settings.Deploy + ": " + strings.Join(roles, ", ")
}

// adapted lists the job's operators that an engine does by other means than its own. Of a program that no descriptor
// describes, its hello says which, without a reason.
func adapted(j *job.Job, d engines.Descriptor, hello engines.Line) []result.Adaptation {
	all := []result.Adaptation{}
	for _, name := range j.OperatorNames() {
		fit := cmp.Or(d.Operators[name], hello.Operators[name])
		if fit == engines.Adapted {
			all = append(all, result.Adaptation{Operator: name, Reason: cmp.Or(d.Reasons[name], "it says so itself")})
		}
	}
	return all
}

// unfinished says that events were due that were never sent, so that answers cannot be held against the schedule.
func (b *blockRun) unfinished() bool { return b.cut || b.report.Saturated }

// due counts the events that were due, by dueStep: of an input that was not offered to its end, those until then.
func (b *blockRun) due() []int64 {
	if steps := int(b.report.Elapsed / dueStep); b.unfinished() && steps < len(b.input.due) {
		return b.input.due[:max(0, steps)]
	}
	return b.input.due
}

// digest reads the input topic back: its digests prove that every engine of a comparison was offered the same.
func (b *blockRun) digest(ctx context.Context) result.Input {
	var d topic.Digest
	var in result.Input
	for rec, err := range topic.Read(ctx, b.broker.Dial, b.trials[0].plan.Topics.Input, nil, true) {
		if err != nil {
			if ctx.Err() == nil {
				b.note("", "warning", "the input could not be read back: "+err.Error())
			}
			return result.Input{}
		}
		d.Add(rec)
		in.Bytes += int64(len(rec.Value))
		for _, h := range rec.Headers {
			in.HeaderBytes += int64(len(h.Key) + len(h.Value))
		}
	}
	in.Digest, in.OrderDigest, in.Records, _ = d.Sum()
	if b.carrier() != nil {
		in.MessageDigest = d.Messages()
	}
	return in
}

// judge lets the oracle read all topics of an instance.
func (b *blockRun) judge(ctx context.Context, t *trial) (oracle.Judgement, error) {
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
		DeadLetter: read(t.plan.Topics.DeadLetter, committed), Object: b.object(),
		Faulted: t.subject.Plan().Incarnation > 1 || len(faultsOf(b.Scenario, t.label))+len(brokerFaults(b.Scenario)) > 0 || t.failure != nil,
	}
	for _, name := range t.plan.Topics.Stages {
		o.Stages = append(o.Stages, read(name, committed))
	}
	var err error
	if o.Decode, err = b.decoder(t.job); err != nil {
		return oracle.Judgement{}, err
	}
	if o.Encode, err = b.encoder(t.job); err != nil {
		return oracle.Judgement{}, err
	}
	return oracle.Judge(ctx, o)
}

// decoder lends the oracle the decoder of the stream's encoding; nil where it needs none or has its own.
func (b *blockRun) decoder(j *job.Job) (oracle.Decoder, error) {
	if !b.sharesDecoder(j) {
		return nil, nil
	}
	format, err := b.Formats(b.Scenario.Stream.Encoding)
	if err != nil {
		return nil, err
	}
	d, err := format.Decoder(j.Reading)
	if err != nil {
		return nil, fmt.Errorf("judging job %q: %w", j.Name, err)
	}
	var r encoding.Reading
	return func(key, value []byte, set func(int, int64)) job.Reason {
		reason := d.Decode(key, value, &r)
		for i := range r.Values {
			if reason == job.ReasonNone && r.Present[i] {
				set(i, r.Values[i])
			}
		}
		return reason
	}, nil
}

// encoder lends the oracle the encoder of the job's encode; nil where that writes canonical JSON.
func (b *blockRun) encoder(j *job.Job) (oracle.Encoder, error) {
	if !j.Recodes() {
		return nil, nil
	}
	format, err := b.Formats(j.Form())
	if err != nil {
		return nil, err
	}
	return encoding.NewWriter(format, j.Reading.Written())
}

// sharesDecoder reports whether the oracle decodes by what the Go engines decode by.
func (b *blockRun) sharesDecoder(j *job.Job) bool {
	return j.Decodes() && b.Scenario.Stream.Encoding != scenario.DefaultEncoding
}

// analyse computes the trial's figures from its observations.
func (b *blockRun) analyse(res *result.Trial, t *trial, j oracle.Judgement, ended time.Time) error {
	a, err := collector.Analyse(b.analysisConfig(res, t, j, ended))
	if err != nil {
		return err
	}
	a.Checks = append(a.Checks, b.driverChecks(t, res.Input, a.Latency["response"])...)
	res.Latency = a.Latency
	res.AchievedRate = a.AchievedRate
	recovered(res.Lifecycle.Recoveries, a.Reached)
	if b.prefilled() {
		b.backlog(res, t, &a)
	}
	b.res.Distributions = append(b.res.Distributions, a.Distributions...)
	b.res.Series = append(b.res.Series, a.Series...)
	b.res.Series = append(b.res.Series, series(t.id, t.id, b.started(), b.health.between(b.started(), ended))...)
	b.res.Series = append(b.res.Series, t.said.series(t.id, t.job, b.started())...)
	if b.cut {
		excuse(a.Checks)
	}
	b.res.Checks = append(b.res.Checks, a.Checks...)
	return nil
}

// excuse takes back what checks say of a trial whose input was not offered to its end: bounds that it missed, it may have
// missed because of that, and it is excluded anyway.
func excuse(checks []result.Check) {
	for i := range checks {
		if c := &checks[i]; c.State == result.Invalidates || c.State == result.Degrades {
			c.State, c.Text = result.NotMeasured, "not measured: the input was not offered to its end"
		}
	}
}

func (b *blockRun) analysisConfig(res *result.Trial, t *trial, j oracle.Judgement, ended time.Time) collector.AnalysisConfig {
	c := collector.AnalysisConfig{
		Trial: t.id, Instance: t.label, Dir: b.dir, HistDir: filepath.Join(b.run.dir, "hist"), Start: b.started(),
		Phases: res.Phases, Unanswered: j.Unanswered, Awaiting: j.Awaiting, EndNS: int64(ended.Sub(b.started())),
		Lateness: t.job.EventTime.Lateness.Duration(), LogAppend: true, Marks: t.life.marks(b.started()),
		Small: int64(b.Scenario.Stream.Payload.Chunk), Timer: t.timer(b.guarantee(t.instance)),
	}
	for _, s := range t.job.Stages {
		c.Stages = append(c.Stages, s.Name)
	}
	if windows := t.job.Windows(); len(windows) > 0 {
		first := windows[slices.Min(slices.Collect(maps.Keys(windows)))]
		c.WindowNode, c.WindowSize, c.WindowStep = first.Node, first.Size(), first.Step()
	}
	c.Closers = map[int32][]collector.Closer{}
	for p, list := range j.Closers {
		for _, cl := range list {
			c.Closers[p] = append(c.Closers[p], collector.Closer(cl))
		}
	}
	if !b.unfinished() && !slices.Contains(t.job.OperatorNames(), "filter") { // what a filter drops has no answer
		c.Due, c.DueSum, c.DueStep = b.input.due, b.input.sum, dueStep
	}
	return c
}

// grade decides quality and validity from the checks and from what happened.
func (b *blockRun) grade(res *result.Trial, t *trial, broken error) {
	res.Badges = b.badges()
	res.Partial = broken != nil || t.failure != nil // of an engine that failed, what is missing may only not have come yet
	switch {
	case broken != nil:
		res.InvalidReasons = append(res.InvalidReasons, "broken off: "+broken.Error())
	case t.failure != nil:
		res.InvalidReasons = append(res.InvalidReasons, t.failure.Error())
	case !res.Verdict.Judged && res.Verdict.Text != "": // nothing wrong was found, but too little was looked at
		res.InvalidReasons = append(res.InvalidReasons, res.Verdict.Text)
	}
	if res.Restarts > 0 || len(b.Scenario.Faults) > 0 {
		res.Badges = append(res.Badges, "faults-injected")
	}
	for _, c := range b.res.Checks {
		if c.Trial != t.id {
			continue
		}
		switch {
		case res.Partial: // why it is excluded is said
		case c.State == result.Invalidates:
			res.InvalidReasons = append(res.InvalidReasons, c.ID+": "+c.Text)
		case c.State == result.Degrades:
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

// ownEncoding is that of the messages where engines differ in it.
func (b *blockRun) ownEncoding() string {
	if len(b.Scenario.Stream.Encodings) == 0 || b.block.instances[0].floor {
		return ""
	}
	return b.Scenario.Stream.Encoding
}

// inputs counts the different inputs of whole trials: of records, or of messages if those travelled in several ways or encodings, and
// then none of these may have more than one of records.
func inputs(trials []result.Trial) int {
	records, messages, most := map[string]map[string]bool{}, map[string]bool{}, 0
	for _, t := range trials {
		if t.Partial {
			continue
		}
		form := t.Carrier + " " + t.Encoding
		if records[form] == nil {
			records[form] = map[string]bool{}
		}
		records[form][t.Input.Digest+"/"+t.Input.OrderDigest] = true
		messages[t.Input.MessageDigest] = true
		most = max(most, len(records[form]))
	}
	return max(most, len(messages))
}

// spoilt tells of which trials the input topic does not hold what was sent. Each of them says so itself and is out of the comparison.
func (r *run) spoilt(t result.Trial) bool {
	return slices.ContainsFunc(r.res.Checks, func(c result.Check) bool {
		return c.Trial == t.ID && c.ID == inputTopic && c.State == result.Invalidates
	})
}

// comparable marks trials whose input differs from the others': their speeds may not be held side by side.
func (r *run) comparable() {
	different := inputs(slices.DeleteFunc(slices.Clone(r.res.Trials), r.spoilt))
	if different <= 1 {
		return
	}
	r.res.Checks = append(r.res.Checks, result.Check{ID: "input_digest", Title: "same input for every trial", Value: float64(different),
		Threshold: 1, Unit: "digests", State: result.Invalidates, Text: "trials were offered different bytes or another order: their figures are not comparable"})
	for i := range r.res.Trials {
		t := &r.res.Trials[i]
		if r.spoilt(*t) {
			continue
		}
		t.Valid, t.Quality = false, result.Invalid
		t.InvalidReasons = append(t.InvalidReasons, "input_digest: other trials of this run were offered another input")
	}
}

// How long a block tries to remove what it created, and how long if the broker no longer answered.
const (
	removeWithin = 20 * time.Second
	removeLost   = 2 * time.Second
)

// removeTopics deletes what the block created, what engines made themselves and the offsets they committed included; what cannot be deleted stays in
// the ledger for `streamgauge clean`. A broker that ended took everything along.
func (b *blockRun) removeTopics() {
	if b.Keep || b.run.ended.Load() {
		return
	}
	limit := removeWithin
	if b.silent.Load() {
		limit = removeLost
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	names := map[string]bool{}
	var prefixes []string
	for _, t := range b.trials {
		prefixes = append(prefixes, t.plan.Prefix)
		for _, n := range slices.Concat([]string{t.plan.Topics.Input, t.plan.Topics.Registry, t.plan.Topics.Output, t.plan.Topics.DeadLetter}, t.plan.Topics.Stages) {
			names[n] = true
		}
	}
	err := errors.Join(b.admin.Delete(ctx, slices.Sorted(maps.Keys(names))), b.admin.DeleteOf(ctx, prefixes))
	if err != nil {
		b.note("", "warning", "something was left behind, streamgauge clean removes it: "+err.Error())
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
