package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/jvm"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// pair is the job identity under the engine contract, and the same engine's copy job, on the same input, seen by the same
// observer. Where the copy leaves out keys or headers, a second one that takes them along tells what they cost.
type pair struct {
	Identity copied  `json:"identity"`
	Copy     copied  `json:"copy"`
	Whole    *copied `json:"whole,omitempty"`
}

// copied is one drain of the input. Times are ns from the start of the process.
type copied struct {
	Records    int64   `json:"records"`
	First      int64   `json:"first_ns"`
	Last       int64   `json:"last_ns"`
	CPUSeconds float64 `json:"cpu_seconds"`       // from the start of the process until the last record was seen
	StartCPU   float64 `json:"start_cpu_seconds"` // of it, until the first was seen
	Digest     uint64  `json:"digest"`            // over the identities seen, in any order
}

// cost is the processor time from the first record to the last: the start, the same on both sides, would make them alike.
func (c copied) cost() float64 { return c.CPUSeconds - c.StartCPU }

// rate is the records per second from the first to the last.
func (c copied) rate() float64 { return float64(c.Records) / (float64(c.Last-c.First) / 1e9) }

// partitions of every topic, and tasks of every engine.
const partitions = 2

// pairing measures a pair.
type pairing struct {
	options
	unit      *unit
	id        string // in topic names
	dir       string
	bootstrap []string
	client    *kgo.Client
	admin     *topic.Admin
	digest    uint64 // over the identities in the input, in any order
}

// measurePair fills a topic and lets both drain it, in an order that alternates with the repetitions.
func measurePair(ctx context.Context, o options, u *unit) (_ *pair, err error) {
	p := &pairing{options: o, unit: u, id: fmt.Sprintf("results-%d", time.Now().UnixNano()), dir: filepath.Join(o.dir, u.name())}
	if err := errors.Join(os.RemoveAll(p.dir), os.MkdirAll(p.dir, 0o755)); err != nil {
		return nil, err
	}
	if p.bootstrap, err = bootstrap(ctx, o); err != nil {
		return nil, err
	}
	p.client, err = kgo.NewClient(kgo.SeedBrokers(p.bootstrap...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(1<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return nil, err
	}
	defer p.client.Close()
	p.admin = topic.NewAdmin(p.client)
	defer func() { err = errors.Join(err, p.remove()) }()
	if err := p.fill(ctx); err != nil {
		return nil, fmt.Errorf("filling the input: %w", err)
	}
	return p.both(ctx)
}

func (p *pairing) both(ctx context.Context) (*pair, error) {
	var result pair
	type side struct {
		name string
		into *copied
	}
	sides := []side{{"identity", &result.Identity}, {"copy", &result.Copy}}
	whole, err := p.hasWhole(ctx)
	if err != nil {
		return nil, err
	}
	if whole {
		result.Whole = &copied{}
		sides = append(sides, side{wholeCopy, result.Whole})
	}
	if p.unit.repetition%2 == 0 { // over two repetitions each is as early as the others: a broker gets faster while it warms up
		slices.Reverse(sides)
	}
	for _, side := range sides {
		c, err := p.drain(ctx, side.name)
		if err != nil {
			return nil, fmt.Errorf("draining by %s: %w", side.name, err)
		}
		*side.into = c
	}
	if result.Identity.Digest != p.digest {
		return nil, errors.New("job identity's answers are not those to the input: the identities in them differ, though their number is right")
	}
	return &result, nil
}

// plan is what both are started with.
func (p *pairing) plan(side string) engines.Plan {
	name := func(instance, role string) string { return topic.Name(p.id, "b1", instance, role) }
	dir := filepath.Join(p.dir, side)
	return engines.Plan{
		Contract: engines.Contract, Run: p.id, Block: "b1", Instance: side, Engine: p.unit.engine, Incarnation: 1,
		Brokers: engines.Brokers{Bootstrap: p.bootstrap},
		Topics: engines.Topics{Input: name("in", "input"), Registry: name("in", "registry"), Stages: []string{},
			Output: name(side, "output"), DeadLetter: name(side, "deadletter")},
		Partitions: partitions, Prefix: strings.TrimSuffix(name(side, ""), "."), Job: *job.Identity(1), Guarantee: engines.AtLeastOnce,
		CommitIntervalMS: 100, BatchIntervalMS: 500, Parallelism: partitions, EventTimeMin: 0, EventTimeMax: 1 << 42,
		Deadlines: engines.Deadlines{ReadyMS: 300_000, DrainMS: 180_000, StopMS: 60_000}, Limits: engines.Limits{MaxRecordBytes: 1 << 20},
		StateDir: filepath.Join(dir, "state"), LogDir: dir,
	}
}

// drain starts one side, watches its output until everything is there, and ends it.
func (p *pairing) drain(ctx context.Context, side string) (copied, error) {
	plan := p.plan(side)
	if err := p.admin.Create(ctx, []topic.Spec{{Name: plan.Topics.Output, Partitions: partitions, AppendTime: true},
		{Name: plan.Topics.DeadLetter, Partitions: partitions, AppendTime: true}}); err != nil {
		return copied{}, err
	}
	command, err := p.command(ctx, side)
	if err != nil {
		return copied{}, err
	}
	return p.watch(ctx, plan, command)
}

// patience is how long a drain may take.
const patience = 15 * time.Minute

// watch runs a program until its output holds everything. What it does on its way out costs nothing here.
func (p *pairing) watch(ctx context.Context, plan engines.Plan, command []string) (copied, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("it took longer than "+patience.String()))
	defer cancel()
	seen, err := kgo.NewClient(kgo.SeedBrokers(p.bootstrap...), kgo.ConsumeTopics(plan.Topics.Output),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		return copied{}, err
	}
	defer seen.Close()
	log := filepath.Join(plan.LogDir, "log.txt")
	began := time.Now()
	proc, err := process.Start(child(plan.Instance, command, log))
	if err != nil {
		return copied{}, err
	}
	c, err := count(ctx, seen, proc, began, p.unit.copies)
	if _, werr := proc.Stdin().Write([]byte("{\"type\":\"drain\"}\n")); err == nil && werr == nil {
		select {
		case <-proc.Done():
		case <-time.After(time.Minute):
		}
	}
	if serr := proc.Stop(context.WithoutCancel(ctx), 10*time.Second, 10*time.Second); err != nil {
		err = errors.Join(fmt.Errorf("%w; %s", err, logEnd(log)), serr)
	}
	return c, err
}

// child is the program of one side. As the engine of a run, it gets no flags of the virtual machine from the environment.
func child(side string, command []string, log string) process.Spec {
	return process.Spec{Role: side, Path: command[0], Args: command[1:], Unset: jvm.Unset(), Stdin: true, LogFile: log}
}

// count counts the records of an output until all are there.
func count(ctx context.Context, seen *kgo.Client, proc *process.Process, began time.Time, all int64) (copied, error) {
	c := copied{}
	ended := proc.Done()
	for c.Records < all {
		polling, cancel := context.WithTimeout(ctx, time.Second)
		fetches := seen.PollFetches(polling)
		cancel()
		if n := int64(fetches.NumRecords()); n > 0 {
			now := int64(time.Since(began))
			if c.Records == 0 {
				c.First, c.StartCPU = now, proc.Usage().CPU.Seconds()
			}
			c.Records, c.Last = c.Records+n, now
			fetches.EachRecord(func(r *kgo.Record) { c.Digest += identity(r) })
			continue
		}
		select {
		case <-ctx.Done():
			return c, fmt.Errorf("%w: %d of %d records came", context.Cause(ctx), c.Records, all)
		case <-ended: // one more look: a copy job may end before its last records are read
			if ended == nil {
				continue
			}
			if time.Since(began) > time.Duration(c.Last)+10*time.Second {
				return c, fmt.Errorf("it ended (%s) after %d of %d records", proc.Exit(), c.Records, all)
			}
		default:
		}
	}
	c.CPUSeconds = proc.Usage().CPU.Seconds()
	return c, nil
}

// identity is a hash of a record's key and of the event that it is or answers; 0 if it tells none, as where a copy job leaves out
// headers.
func identity(r *kgo.Record) uint64 {
	for _, h := range r.Headers {
		switch h.Key {
		case event.HeaderStamp:
			if s, err := event.ParseStamp(h.Value); err == nil {
				return identityHash(r.Key, s.ID)
			}
		case event.HeaderOutput:
			if o, err := event.ParseOutput(h.Value); err == nil && o.Kind == event.KindEvent {
				return identityHash(r.Key, event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq})
			}
		}
	}
	return 0
}

func identityHash(key []byte, id event.ID) uint64 {
	return event.Hash(fmt.Appendf(slices.Clip(key), "/%v", id))
}

// remove deletes what both left on the broker.
func (p *pairing) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	left, err := p.admin.Leftovers(ctx)
	if err != nil {
		return err
	}
	mine := func(names []string) []string {
		return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, topic.Prefix+p.id+".") })
	}
	// A group may hold a member for as long as its session lasts. That harms nobody: the broker goes at the end, and groups with it.
	if err := p.admin.DeleteGroups(ctx, mine(left.Groups)); err != nil {
		fmt.Fprintln(os.Stderr, "  left behind:", err)
	}
	err = p.admin.Delete(ctx, mine(left.Topics))
	for _, side := range []string{"identity", "copy", wholeCopy} {
		err = errors.Join(err, os.RemoveAll(filepath.Join(p.dir, side, "state")))
	}
	return err
}
