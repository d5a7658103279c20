package harness

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// inputInstance owns the topics that all instances of a block read.
const inputInstance = "in"

// instance is one engine of a scenario, by its label.
type instance struct {
	label    string
	settings scenario.Engine
	desc     engines.Descriptor
	job      *job.Job // what it is judged by
	floor    bool
}

// instances lists the scenario's engines, the floor first, then in the order of their labels.
func (r *run) instances() []instance {
	var floor, rest []instance
	for _, label := range slices.Sorted(maps.Keys(r.Scenario.Engines)) {
		if in := r.instance(label, r.Scenario.Engines[label]); in.floor {
			floor = append(floor, in)
		} else {
			rest = append(rest, in)
		}
	}
	return append(floor, rest...)
}

func (r *run) instance(label string, e scenario.Engine) instance {
	in := instance{label: label, settings: e, desc: r.Engines[e.Engine], job: cmp.Or(e.Job, r.Scenario.Job), floor: e.Engine == scenario.Floor}
	if in.floor {
		in.job = job.Identity(len(r.Scenario.Job.Stages))
	}
	if e.Engine == scenario.External { // what it can do is known only once it says hello
		in.desc = engines.Descriptor{Name: scenario.External, Summary: "a program of the user's", Waits: map[engines.Guarantee]engines.Wait{
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.Independent}}} // the least that a commit asks for
	}
	return in
}

// options are the engine's own, as a plan has them.
func (in instance) options() (json.RawMessage, error) {
	if len(in.settings.Options) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(in.settings.Options)
	if err != nil {
		return nil, fmt.Errorf("encoding the options of %s: %w", in.label, err)
	}
	return b, nil
}

// guarantee is the instance's own or the scenario's.
func (r *run) guarantee(in instance) engines.Guarantee {
	return engines.Guarantee(cmp.Or(in.settings.Guarantee, r.Scenario.Guarantee))
}

// topics names the topics of an instance in a block.
func (r *run) topics(block, label string) engines.Topics {
	t := engines.Topics{
		Input:      topic.Name(r.id, block, inputInstance, "input"),
		Registry:   topic.Name(r.id, block, inputInstance, "registry"),
		Output:     topic.Name(r.id, block, label, "output"),
		DeadLetter: topic.Name(r.id, block, label, "deadletter"),
	}
	for i := range len(r.Scenario.Job.Stages) - 1 {
		t.Stages = append(t.Stages, topic.Name(r.id, block, label, fmt.Sprintf("stage-%d", i+1)))
	}
	return t
}

// plan writes down what an instance is to do in a block, and makes its folders.
func (r *run) plan(block string, in instance) (engines.Plan, error) {
	s := r.Scenario
	info := r.broker.Info()
	tl := r.timeline()
	dir := filepath.Join(r.dir, "state", block, in.label)
	logs := filepath.Join(r.dir, "logs", block)
	for _, d := range []string{dir, logs} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return engines.Plan{}, environment("check the disk", fmt.Errorf("making the folders of %s: %w", in.label, err))
		}
	}
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o755); err != nil {
		return engines.Plan{}, environment("check the disk", fmt.Errorf("making the state folder of %s: %w", in.label, err))
	}
	options, err := in.options()
	if err != nil {
		return engines.Plan{}, err
	}
	p := engines.Plan{
		Contract: engines.Contract, Run: r.id, Block: block, Instance: in.label, Engine: in.settings.Engine, Incarnation: 1,
		Brokers: engines.Brokers{Bootstrap: info.Bootstrap, SecurityFile: info.SecurityFile},
		Topics:  r.topics(block, in.label), Partitions: s.Broker.Partitions,
		Prefix: strings.TrimSuffix(topic.Name(r.id, block, in.label, ""), "."),
		Job:    *s.Job, Guarantee: r.guarantee(in),
		CommitIntervalMS: int64(in.settings.CommitInterval), BatchIntervalMS: int64(in.settings.BatchInterval),
		Parallelism:  in.settings.Parallelism,
		EventTimeMin: tl.eventMin, EventTimeMax: tl.eventMax,
		Deadlines: r.deadlines(in),
		Limits:    engines.Limits{MaxRecordBytes: r.maxRecord(), HeapBytes: int64(in.settings.Heap)},
		JVMFlags:  in.settings.JVMFlags,
		Options:   options, StateDir: state, LogDir: logs,
	}
	if err := r.planStore(&p); err != nil {
		return engines.Plan{}, err
	}
	if s.Job.Reading.Schema != nil {
		p.Require = append(p.Require, "schema") // one that does not know of it would read messages that look otherwise
	}
	if p.Deploy = deployOf(in.settings); p.Deploy != nil {
		p.Require = append(p.Require, "deploy") // one that does not know of it would do the work by itself
		return p, subject.Absolute(&p.StateDir, &p.LogDir)
	}
	return p, nil
}

// deployOf tells where an engine's work is done; nil: in its own process. The addresses of a cluster that is to be started
// are not known yet.
func deployOf(e scenario.Engine) *engines.Deploy {
	if e.Deploy == "" || e.Deploy == engines.DeployLocal {
		return nil
	}
	return &engines.Deploy{Kind: e.Deploy, Addresses: e.Addresses}
}

// deadlines are the scenario's. Draining gets at least 5 × hops × interval, because an engine waits for an interval at
// each hop: its own least one, if the scenario's is shorter.
func (r *run) deadlines(in instance) engines.Deadlines {
	d := r.Scenario.Deadlines
	hops := int64(len(r.Scenario.Job.Stages))
	interval := in.interval(r.guarantee(in)).Milliseconds()
	return engines.Deadlines{ReadyMS: int64(d.Ready), DrainMS: max(int64(d.Drain), 5*hops*interval), StopMS: int64(d.Stop)}
}

// timeline is the schedule of a trial in intended time, and the event times it can contain.
type timeline struct {
	warmup, measure time.Duration // lengths
	tail            time.Duration // heartbeats after the last real event, until every window is closed
	eventMin        int64         // ms, both ends allowed
	eventMax        int64
}

func (r *run) timeline() timeline {
	s := r.Scenario
	t := timeline{warmup: s.Load.Warmup.Duration(), measure: s.Load.Measure.Duration()}
	t.tail = r.tail()
	start := s.Stream.EventTime.Start.UnixMilli()
	slack := s.Stream.Disorder.UpTo.Duration() + time.Hour
	span := time.Duration(float64(t.warmup+t.measure+t.tail) * float64(s.Stream.EventTime.Speed))
	t.eventMin = start - slack.Milliseconds()
	t.eventMax = start + span.Milliseconds() + slack.Milliseconds()
	return t
}

// tail is how long heartbeats go on after the last real event, in intended time.
func (r *run) tail() time.Duration {
	s := r.Scenario
	return driver.Tail(s.Job, float64(s.Stream.EventTime.Speed), s.Stream.Disorder.UpTo.Duration(), r.longestInterval())
}

// minRecord is the smallest size limit a run asks of its broker: room for any reading this version generates.
const minRecord = 1 << 20

// aroundRecord is room for key, headers and framing around a value.
const aroundRecord = 4096

// maxRecord is the size of the largest record a run may send, in bytes, headers and framing included.
func (r *run) maxRecord() int64 {
	return max(minRecord, int64(r.Scenario.Stream.Pad)*5/4+aroundRecord, r.Scenario.LargestRecord()+aroundRecord)
}

// order gives the instances of a repetition in their random order, the same for the same seed.
func order(seed uint64, repetition int, all []instance) []instance {
	shuffled := slices.Clone(all)
	rng := rand.New(rand.NewPCG(seed, uint64(repetition)))
	rng.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	return shuffled
}
