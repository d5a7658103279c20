package laws

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/topic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	partitions = 3
	maxRecord  = 1 << 20
	patience   = time.Minute // for what must come; never waited out by a test that passes
)

func formats(name string) (encoding.Format, error) {
	if name != "json" {
		return nil, fmt.Errorf("unknown encoding %q", name)
	}
	return jsonenc.Format{}, nil
}

// lab is a Kafka in process. The topics of a run are made as the harness makes them.
type lab struct {
	t     *testing.T
	base  []kgo.Opt
	addrs []string
	admin *topic.Admin
	names atomic.Int64
}

func newLab(t *testing.T) *lab {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	l := &lab{t: t, addrs: cluster.ListenAddrs()}
	base, err := broker.ClientOptions(l.addrs, "", maxRecord)
	if err != nil {
		t.Fatal(err)
	}
	l.base = append(base, kgo.DisableClientMetrics(), kgo.MetadataMinAge(50*time.Millisecond))
	l.admin = topic.NewAdmin(l.client())
	return l
}

func (l *lab) dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(slices.Concat(l.base, opts)...)
}

// client dials for as long as the test runs.
func (l *lab) client(opts ...kgo.Opt) *kgo.Client {
	l.t.Helper()
	c, err := l.dial(opts...)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(c.Close)
	return c
}

// create makes topics that keep the producer's time, or, for results, the broker's.
func (l *lab) create(results bool, names ...string) {
	l.t.Helper()
	var specs []topic.Spec
	for _, n := range names {
		specs = append(specs, topic.Spec{Name: n, Partitions: partitions, MaxRecord: maxRecord, AppendTime: results})
	}
	if err := l.admin.Create(l.t.Context(), specs); err != nil {
		l.t.Fatal(err)
	}
}

// block is an input topic with its registry, and what is, or will be, on it.
type block struct {
	*lab
	name     string
	in       *input
	producer *kgo.Client
}

// block makes the topics and publishes the registry, not the input.
func (l *lab) block(in *input) *block {
	l.t.Helper()
	b := &block{lab: l, name: fmt.Sprintf("b%d", l.names.Add(1)), in: in}
	b.create(false, b.topic("in", "input"), b.topic("in", "registry"))
	if err := topic.PublishRegistry(l.t.Context(), l.client(), b.topic("in", "registry"), driver.RegistryRecords(in.registry)); err != nil {
		l.t.Fatal(err)
	}
	b.producer = l.client(driver.Options(maxRecord)...)
	return b
}

func (b *block) topic(instance, role string) string {
	return topic.Name("laws", b.name, instance, role)
}

// publish offers records by the driver, in no time.
func (b *block) publish(due []event.Due, phases ...driver.Phase) driver.Report {
	b.t.Helper()
	clock := &leaping{}
	list := slices.Clone(due)
	r, err := driver.Run(b.t.Context(), driver.Config{Client: b.producer, Topic: b.topic("in", "input"), Source: (*queue)(&list),
		Start: clock.Now(), Clock: clock, Phases: phases})
	if err != nil || r.Mismatched > 0 {
		b.t.Fatalf("publishing: %v; %+v", err, r)
	}
	return r
}

// leaping is a clock in which waiting takes no time.
type leaping struct{ ns atomic.Int64 }

// Now is where the last wait has led.
func (c *leaping) Now() time.Time { return time.Unix(1, c.ns.Load()) }

// WaitUntil goes there.
func (c *leaping) WaitUntil(t time.Time) { c.ns.Store(max(c.ns.Load(), int64(t.Sub(time.Unix(1, 0))))) }

// Pin does nothing.
func (c *leaping) Pin() (unpin func()) { return func() {} }

// Precision is perfect.
func (c *leaping) Precision() string { return "leaping" }

// queue is a source of records that are known.
type queue []event.Due

// Next yields the next one.
func (q *queue) Next(d *event.Due) error {
	if len(*q) == 0 {
		return io.EOF
	}
	*d, *q = (*q)[0], (*q)[1:]
	return nil
}

// plan is what an engine gets that reads the block's input.
func (b *block) plan(s setup) engines.Plan {
	label := fmt.Sprintf("i%d", b.names.Add(1))
	p := engines.Plan{
		Contract: engines.Contract, Run: "laws", Block: b.name, Instance: label, Engine: s.engine.Descriptor().Name, Incarnation: 1,
		Brokers: engines.Brokers{Bootstrap: b.addrs}, Partitions: partitions, Prefix: topic.Name("laws", b.name, label, "x"),
		Topics: engines.Topics{Input: b.topic("in", "input"), Registry: b.topic("in", "registry"), Output: b.topic(label, "output"),
			DeadLetter: b.topic(label, "deadletter")},
		Job: *b.in.job, Guarantee: engines.AtLeastOnce, CommitIntervalMS: 20, BatchIntervalMS: 40, Parallelism: 2,
		EventTimeMin: b.in.min, EventTimeMax: b.in.max, StateDir: b.t.TempDir(),
		Deadlines: engines.Deadlines{ReadyMS: 60_000, DrainMS: 60_000, StopMS: 20_000}, Limits: engines.Limits{MaxRecordBytes: maxRecord},
	}
	for i := range len(b.in.job.Stages) - 1 {
		p.Topics.Stages = append(p.Topics.Stages, b.topic(label, fmt.Sprintf("stage-%d", i+1)))
	}
	if s.change != nil {
		s.change(&p)
	}
	b.create(true, p.Topics.Output, p.Topics.DeadLetter)
	b.create(false, p.Topics.Stages...)
	return p
}

// setup is an engine and how it is run.
type setup struct {
	engine engines.Engine
	change func(*engines.Plan)
	feed   func(r *running) // between ready and drain: publishes, if the input is not there yet
}

// running is an engine at work.
type running struct {
	*block
	engine  engines.Engine
	plan    engines.Plan
	control *io.PipeWriter
	done    chan error
}

// start starts an engine, or starts it again, and waits until it is ready.
func (r *running) start() {
	r.t.Helper()
	controlR, controlW := io.Pipe()
	statusR, statusW := io.Pipe()
	r.control, r.done = controlW, make(chan error, 1) // 1: the engine's end waits for nobody
	ready := make(chan bool, 1)                       // 1: nor does its beginning
	plan := r.plan
	go func() {
		err := engines.Serve(context.WithoutCancel(r.t.Context()), r.engine, plan, engines.Env{Control: controlR, Status: statusW, Dial: r.dial, Now: time.Now})
		statusW.Close()
		controlR.Close()
		r.done <- err
	}()
	go func() {
		for sc := bufio.NewScanner(statusR); sc.Scan(); {
			if line, ok := engines.ParseLine(sc.Bytes()); ok && line.Type == engines.LineReady {
				ready <- true
			}
		}
		close(ready)
	}()
	if !<-ready {
		r.t.Fatalf("engine %s ended before it was ready: %v", plan.Engine, <-r.done)
	}
	r.plan.Incarnation++
}

// drain says drain, stop ends the control input; both wait until the engine has ended.
func (r *running) drain() {
	r.t.Helper()
	fmt.Fprintln(r.control, `{"type":"drain"}`)
	r.wait()
	r.control.Close()
}

func (r *running) stop() {
	r.t.Helper()
	r.control.Close()
	r.wait()
}

func (r *running) wait() {
	r.t.Helper()
	if err := <-r.done; err != nil {
		r.t.Fatalf("engine %s: %v", r.plan.Engine, err)
	}
}

// await waits until so many records can be read from the output.
func (r *running) await(n int) {
	r.t.Helper()
	from := map[int32]kgo.Offset{}
	for p := range int32(partitions) {
		from[p] = kgo.NewOffset().At(0)
	}
	c, err := r.dial(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.plan.Topics.Output: from}), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for n > 0 {
		f := c.PollFetches(ctx)
		if err := f.Err(); err != nil {
			r.t.Fatalf("waiting for %d more answers: %v", n, err)
		}
		n -= f.NumRecords()
	}
}

// run runs an engine over the block's input and reads back what it wrote.
func (b *block) run(s setup) *outcome {
	b.t.Helper()
	r := &running{block: b, engine: s.engine, plan: b.plan(s)}
	r.start()
	if s.feed != nil {
		s.feed(r)
	}
	r.drain()
	o := &outcome{block: b, plan: r.plan, topics: map[string][]event.Record{}}
	for _, name := range slices.Concat([]string{r.plan.Topics.Input, r.plan.Topics.Output, r.plan.Topics.DeadLetter}, r.plan.Topics.Stages) {
		o.topics[name] = b.read(name, r.plan.Guarantee == engines.ExactlyOnce)
	}
	return o
}

// read gives a topic's records.
func (l *lab) read(name string, committed bool) []event.Record {
	l.t.Helper()
	var all []event.Record
	for r, err := range topic.Read(l.t.Context(), l.dial, name, nil, committed) {
		if err != nil {
			l.t.Fatal(err)
		}
		r.Headers = slices.Clone(r.Headers)
		all = append(all, r)
	}
	return all
}

// memory is a topic that has been read.
func memory(name string, records []event.Record) oracle.Topic {
	return oracle.Topic{Name: name, Partitions: partitions, Read: func(context.Context) iter.Seq2[event.Record, error] {
		return func(yield func(event.Record, error) bool) {
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
	}}
}
