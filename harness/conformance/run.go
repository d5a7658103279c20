package conformance

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// Run puts the engine to the scripts, in one engine start for each group of scripts that can share one, and reports how
// each came out. It creates its topics (names begin with sg.check-) and deletes them at the end. A wrong answer is no
// error but a failed script, and so is an engine that crashes or falls silent: the next group starts anew. Errors are
// those of the broker, of the scripts (two that share a device), and of ctx; the report then holds what came before.
func Run(ctx context.Context, env Env, subject Subject, scripts []Script) (Report, error) {
	r, err := newRunner(env, subject)
	if err != nil {
		return Report{Engine: env.EngineName}, err
	}
	defer r.client.Close()
	var wanted []Script
	for _, s := range scripts {
		if why := env.skip(s.Job); why != "" {
			r.came(s.outcome(Skipped, why))
			continue
		}
		wanted = append(wanted, s)
	}
	var groups errgroup.Group
	groups.SetLimit(max(1, env.Parallel))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for i, g := range groupScripts(wanted) {
		groups.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			err := r.group(ctx, i, g)
			if err != nil {
				cancel(err)
			}
			return err
		})
	}
	err = groups.Wait()
	report := Report{Engine: env.EngineName, Problems: r.found.problems, Silent: r.found.lifeless > 0 && !r.found.answered}
	for _, s := range scripts {
		if o, ok := r.found.outcomes[s.Name]; ok {
			report.Scripts = append(report.Scripts, o)
		}
	}
	return report, err
}

// skip says why a job is nothing for the engine; empty if it is.
func (e *Env) skip(j *job.Job) string {
	if e.Identity && len(j.OperatorNames()) > 0 {
		return "the engine copies: it is judged by identity jobs"
	}
	for _, name := range j.OperatorNames() {
		if e.Operators[name] == engines.Absent {
			return fmt.Sprintf("the engine has no operator %s", name)
		}
	}
	if j.Recodes() && e.Forms != nil && !slices.Contains(e.Forms, j.Form()) {
		return fmt.Sprintf("the engine's encode does not write %s", j.Form())
	}
	return ""
}

func (s *Script) outcome(state State, reason string) Outcome {
	return Outcome{Script: s.Name, About: s.About, Job: s.Job.Name, State: state, Reason: reason}
}

// runner runs groups.
type runner struct {
	Env
	subject Subject
	client  *kgo.Client
	admin   *topic.Admin
	id      string
	found   struct {
		sync.Mutex
		outcomes map[string]Outcome
		problems []string
		lifeless int  // groups in a row whose engine never answered
		answered bool // in some group
	}
}

// came notes how a script came out.
func (r *runner) came(o Outcome) {
	r.found.Lock()
	defer r.found.Unlock()
	r.found.outcomes[o.Script] = o
}

// lifeless counts a group whose engine never answered, or begins to count anew.
func (r *runner) lifeless(begun bool) {
	r.found.Lock()
	defer r.found.Unlock()
	if r.found.lifeless++; begun {
		r.found.lifeless, r.found.answered = 0, true
	}
}

// hopeless is the number of lifeless groups in a row once they are too many; else 0.
func (r *runner) hopeless() int {
	r.found.Lock()
	defer r.found.Unlock()
	if r.found.lifeless < maxLifeless {
		return 0
	}
	return r.found.lifeless
}

// maxLifeless is the number of such groups after which the others are not tried: each costs the patience of a start.
const maxLifeless = 2

func newRunner(env Env, subject Subject) (*runner, error) {
	if env.Partitions < 1 {
		return nil, fmt.Errorf("running scripts on %d partitions; want at least 1", env.Partitions)
	}
	env.Ready = cmp.Or(env.Ready, DefaultReady)
	env.Patience = cmp.Or(env.Patience, DefaultPatience)
	env.CommitInterval = cmp.Or(env.CommitInterval, 50*time.Millisecond)
	env.BatchInterval = cmp.Or(env.BatchInterval, 50*time.Millisecond)
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails
	client, err := env.Dial(kgo.RecordPartitioner(byRecord()), kgo.ProducerLinger(0))
	if err != nil {
		return nil, fmt.Errorf("dialling the broker: %w", err)
	}
	r := &runner{Env: env, subject: subject, client: client, admin: topic.NewAdmin(client), id: "check-" + hex.EncodeToString(id[:])}
	r.found.outcomes = map[string]Outcome{}
	return r, nil
}

// byRecord sends input records to the partition they name, and those of the registry by murmur2 of their keys.
func byRecord() kgo.Partitioner {
	byKey := kgo.StickyKeyPartitioner(nil)
	return kgo.BasicConsistentPartitioner(func(t string) func(*kgo.Record, int) int {
		registry := byKey.ForTopic(t)
		return func(r *kgo.Record, n int) int {
			if strings.HasSuffix(t, ".registry") {
				return registry.Partition(r, n)
			}
			return int(r.Partition)
		}
	})
}

func (r *runner) say(format string, args ...any) {
	if r.Progress != nil {
		r.found.Lock()
		defer r.found.Unlock()
		r.Progress(fmt.Sprintf(format, args...))
	}
}

// group runs one group from its topics to its outcomes.
func (r *runner) group(ctx context.Context, index int, g *group) (err error) {
	defer defect.Catch(&err)
	if n := r.hopeless(); n > 0 {
		for _, s := range g.scripts {
			r.came(s.outcome(Failed, fmt.Sprintf("not tried: the engine answered nothing in %d starts", n)))
		}
		return nil
	}
	f, err := compile(g, r.Partitions)
	if err != nil {
		return fmt.Errorf("preparing scripts: %w", err)
	}
	plan, err := r.plan(fmt.Sprintf("b%d", index+1), f)
	if err != nil {
		return err
	}
	r.say("starting %s for job %s: %d scripts", r.EngineName, g.job.Name, len(g.scripts))
	defer r.removeTopics(ctx, plan)
	if err := r.prepare(ctx, plan, f); err != nil {
		return err
	}
	lf, err := r.live(ctx, plan, f)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if lf.absent != "" {
		for _, s := range g.scripts {
			r.came(s.outcome(Skipped, "the engine says that it has no "+lf.absent))
		}
		return nil
	}
	r.lifeless(lf.begun)
	seen, err := r.read(ctx, plan, f)
	if err != nil {
		return err
	}
	r.found.Lock()
	r.found.problems = append(r.found.problems, seen.problems...)
	r.found.Unlock()
	for i, s := range f.scripts {
		o := judge(f, i, seen.outputs[i], r.Guarantee)
		if late := lf.missing[i]; late != "" && o.State == Failed {
			o.Reason = late
		}
		if lf.failure != nil && i >= lf.script {
			o.State, o.Reason = Failed, lf.failure.Error()
		}
		r.say("%s %s", o.State, s.Name)
		r.came(o)
	}
	return nil
}

func (r *runner) plan(block string, f *feed) (engines.Plan, error) {
	name := func(instance, role string) string { return topic.Name(r.id, block, instance, role) }
	dir := filepath.Join(r.Dir, r.id, block)
	p := engines.Plan{
		Contract: engines.Contract, Run: r.id, Block: block, Instance: r.EngineName, Engine: r.EngineName, Incarnation: 1,
		Brokers: engines.Brokers{Bootstrap: r.Bootstrap, SecurityFile: r.SecurityFile},
		Topics: engines.Topics{Input: name("in", "input"), Registry: name("in", "registry"),
			Output: name(r.EngineName, "output"), DeadLetter: name(r.EngineName, "deadletter")},
		Partitions: r.Partitions, Prefix: strings.TrimSuffix(name(r.EngineName, ""), "."),
		Job: *f.job, Guarantee: r.Guarantee,
		CommitIntervalMS: r.CommitInterval.Milliseconds(), BatchIntervalMS: r.BatchInterval.Milliseconds(),
		Parallelism: int(r.Partitions), EventTimeMin: f.min, EventTimeMax: f.max, Options: r.Options,
		Deadlines: engines.Deadlines{ReadyMS: r.Ready.Milliseconds(), DrainMS: r.drainWithin().Milliseconds(),
			StopMS: r.stopWithin().Milliseconds()},
		Limits:   engines.Limits{MaxRecordBytes: max(1<<20, f.maxRecord+f.maxRecord/4+4096)},
		StateDir: filepath.Join(dir, "state"), LogDir: filepath.Join(dir, "logs"), Store: f.store(dir),
	}
	for i := range len(f.job.Stages) - 1 {
		p.Topics.Stages = append(p.Topics.Stages, name(r.EngineName, fmt.Sprintf("stage-%d", i+1)))
	}
	for _, d := range []string{p.StateDir, p.LogDir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return p, fmt.Errorf("making a folder for the engine: %w", err)
		}
	}
	return p, nil
}

// drainWithin is how long a drain may take.
func (r *runner) drainWithin() time.Duration { return max(drainLimit, r.Patience) }

// stopWithin is how long an engine has to stop in order; signals follow.
func (r *runner) stopWithin() time.Duration { return max(stopLimit, r.Patience) }

func specs(p engines.Plan) []topic.Spec {
	list := []topic.Spec{{Name: p.Topics.Input}, {Name: p.Topics.Registry, Compact: true},
		{Name: p.Topics.Output, AppendTime: true}, {Name: p.Topics.DeadLetter, AppendTime: true}}
	for _, s := range p.Topics.Stages {
		list = append(list, topic.Spec{Name: s})
	}
	for i := range list {
		list[i].Partitions, list[i].MaxRecord = p.Partitions, p.Limits.MaxRecordBytes
	}
	return list
}

// prepare creates the topics and fills the registry and the store.
func (r *runner) prepare(ctx context.Context, p engines.Plan, f *feed) error {
	if err := r.admin.Create(ctx, specs(p)); err != nil {
		return err
	}
	if err := stock(p, f); err != nil {
		return err
	}
	return topic.PublishRegistry(ctx, r.client, p.Topics.Registry, f.registryEntries())
}

// removeTopics deletes what the group and its engine left on the cluster, also after the end of ctx.
func (r *runner) removeTopics(ctx context.Context, p engines.Plan) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	left, err := r.admin.Leftovers(ctx)
	mine := func(names []string) []string {
		return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, topic.Prefix+r.id+"."+p.Block+".") })
	}
	err = errors.Join(err, r.admin.DeleteGroups(ctx, mine(left.Groups)), r.admin.Delete(ctx, mine(left.Topics)))
	if err != nil {
		r.say("cleaning up after %s: %v", p.Block, err)
	}
}
