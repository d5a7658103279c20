// Package enginetest runs engines in tests as the harness runs them: in process through engines.Serve, against a Kafka
// in process, with an input that is written by hand and an output that is read back as committed. It also ends them the
// hard way: a kill takes away an engine's connections in the middle of whatever it does.
package enginetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Partitions of every topic.
const Partitions = 2

// patience is how long a test waits for what must come. It is never waited out by a test that passes.
const patience = 60 * time.Second

// Bench is a Kafka with the topics of one trial.
type Bench struct {
	t     testing.TB
	kafka *kfake.Cluster
	base  []kgo.Opt // addresses and sizes
	admin *kgo.Client
	Plan  engines.Plan
}

// New starts a Kafka and makes the topics of the job, for records of 1 MiB at most.
func New(t testing.TB, j *job.Job, guarantee engines.Guarantee) *Bench {
	t.Helper()
	return NewSized(t, j, guarantee, 1<<20)
}

// NewSized is New for larger records.
func NewSized(t testing.TB, j *job.Job, guarantee engines.Guarantee, maxRecord int64) *Bench {
	t.Helper()
	batch := strconv.FormatInt(broker.BatchBytes(maxRecord), 10)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"message.max.bytes": batch}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	b := &Bench{t: t, kafka: cluster}
	if b.base, err = broker.ClientOptions(cluster.ListenAddrs(), "", maxRecord); err != nil {
		t.Fatal(err)
	}
	b.admin = b.Dial(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	const prefix = "sg.r.b.engine"
	b.Plan = engines.Plan{
		Contract: engines.Contract, Run: "r", Block: "b", Instance: "engine", Incarnation: 1, Partitions: Partitions,
		Prefix: prefix, Job: *j, Guarantee: guarantee, CommitIntervalMS: 20, BatchIntervalMS: 40, Parallelism: 2,
		EventTimeMin: -1 << 50, EventTimeMax: 1 << 50, StateDir: t.TempDir(),
		Brokers:   engines.Brokers{Bootstrap: cluster.ListenAddrs()},
		Deadlines: engines.Deadlines{ReadyMS: 60_000, DrainMS: 60_000, StopMS: 20_000},
		Limits:    engines.Limits{MaxRecordBytes: maxRecord},
		Topics: engines.Topics{Input: "sg.r.b.in.input", Registry: "sg.r.b.in.registry", Output: prefix + ".output",
			DeadLetter: prefix + ".deadletter"},
	}
	for i := range len(j.Stages) - 1 {
		b.Plan.Topics.Stages = append(b.Plan.Topics.Stages, fmt.Sprintf("%s.stage-%d", prefix, i))
	}
	topics := append([]string{b.Plan.Topics.Input, b.Plan.Topics.Registry, b.Plan.Topics.Output, b.Plan.Topics.DeadLetter},
		b.Plan.Topics.Stages...)
	made, err := kadm.NewClient(b.admin).CreateTopics(t.Context(), Partitions, 1, nil, topics...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Dial makes a client that is closed at the end of the test.
func (b *Bench) Dial(opts ...kgo.Opt) *kgo.Client {
	b.t.Helper()
	c, err := kgo.NewClient(slices.Concat(b.base, opts)...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return c
}

// Produce writes records to a topic in their order, to their partitions.
func (b *Bench) Produce(topic string, records ...event.Record) {
	b.t.Helper()
	var out []*kgo.Record
	for _, r := range records {
		k := &kgo.Record{Topic: topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Timestamp: time.UnixMilli(r.Timestamp)}
		for _, h := range r.Headers {
			k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		out = append(out, k)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	if err := b.admin.ProduceSync(ctx, out...).FirstErr(); err != nil {
		b.t.Fatalf("producing to %s: %v", topic, err)
	}
}

// Read gives all committed records of a topic, by partition and offset.
func (b *Bench) Read(topic string) []event.Record {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	ends, err := kadm.NewClient(b.admin).ListEndOffsets(ctx, topic)
	if err != nil {
		b.t.Fatal(err)
	}
	w := b.Watch(topic)
	defer w.Close()
	position := map[int32]int64{}
	var all []event.Record
	for {
		left := false
		ends.Each(func(o kadm.ListedOffset) { left = left || position[o.Partition] < o.Offset })
		if !left {
			return all
		}
		for _, r := range w.poll(ctx) {
			position[r.Partition] = r.Offset + 1
			if !r.Attrs.IsControl() {
				all = append(all, record(r))
			}
		}
	}
}

func record(r *kgo.Record) event.Record {
	out := event.Record{Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return out
}

// Committed gives the committed offset of a partition of a topic, 0 if there is none.
func (b *Bench) Committed(topic string, partition int32) int64 {
	b.t.Helper()
	all, err := kadm.NewClient(b.admin).FetchOffsets(b.t.Context(), b.Plan.Prefix)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		b.t.Fatal(err)
	}
	o, _ := all.Lookup(topic, partition)
	return o.At
}

// Refuse makes the broker refuse records for one partition of a topic, in a way that makes clients try again. The handle
// counts the refusals and ends them.
func (b *Bench) Refuse(topic string, partition int32) *kfake.FaultHandle {
	return b.kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: []int32{partition},
		Err: kerr.NotEnoughReplicas, Count: -1})
}

// Watcher reads a topic from its beginning as it is committed.
type Watcher struct {
	t      testing.TB
	client *kgo.Client
}

// Watch makes a watcher.
func (b *Bench) Watch(topic string) *Watcher {
	from := map[int32]kgo.Offset{}
	for p := range int32(Partitions) {
		from[p] = kgo.NewOffset().At(0)
	}
	return &Watcher{b.t, b.Dial(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond))}
}

// Close closes the watcher.
func (w *Watcher) Close() { w.client.Close() }

// Await waits until n more records have come.
func (w *Watcher) Await(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for got := 0; got < n; {
		for _, r := range w.poll(ctx) {
			if !r.Attrs.IsControl() {
				got++
			}
		}
	}
}

func (w *Watcher) poll(ctx context.Context) []*kgo.Record {
	w.t.Helper()
	fetches := w.client.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		w.t.Fatalf("reading back: %v", err)
	}
	return fetches.Records()
}

// Run is an engine at work.
type Run struct {
	t       testing.TB
	control *io.PipeWriter
	lines   chan engines.Line // closed at the end of the engine's output
	done    chan error
	alive   context.Context // of all its clients
	kill    context.CancelFunc
	mu      struct {
		sync.Mutex
		writers []*kgo.Client
	}
	Lines []engines.Line // all status lines, once the run has ended
}

var errKilled = errors.New("killed")

// Start starts the engine with the bench's plan and waits until it is ready.
func (b *Bench) Start(e engines.Engine) *Run {
	b.t.Helper()
	r := b.Launch(e)
	for l := range r.lines {
		r.Lines = append(r.Lines, l)
		if l.Type == engines.LineReady {
			return r
		}
	}
	b.t.Fatalf("the engine ended before it was ready: %v", <-r.done)
	return nil
}

// Launch starts the engine and waits for nothing.
func (b *Bench) Launch(e engines.Engine) *Run {
	controlR, controlW := io.Pipe()
	statusR, statusW := io.Pipe()
	r := &Run{t: b.t, control: controlW, lines: make(chan engines.Line, 1<<16), done: make(chan error, 1)} // both: never wait for the test
	r.alive, r.kill = context.WithCancel(context.WithoutCancel(b.t.Context()))
	b.t.Cleanup(r.kill)
	go func() {
		defer close(r.lines)
		for sc := bufio.NewScanner(statusR); sc.Scan(); {
			if l, ok := engines.ParseLine(sc.Bytes()); ok {
				r.lines <- l
			}
		}
	}()
	plan := b.Plan
	go func() {
		err := engines.Serve(context.WithoutCancel(b.t.Context()), e, plan,
			engines.Env{Control: controlR, Status: statusW, Dial: r.dialer(b.base), Now: time.Now})
		statusW.Close()
		controlR.Close()
		r.done <- err
	}()
	b.Plan.Incarnation++
	return r
}

func (r *Run) dialer(base []kgo.Opt) func(...kgo.Opt) (*kgo.Client, error) {
	return func(opts ...kgo.Opt) (*kgo.Client, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.alive.Err() != nil {
			return nil, errKilled
		}
		c, err := kgo.NewClient(slices.Concat(base, opts, []kgo.Opt{kgo.WithContext(r.alive)})...)
		if err == nil && !reads(c) {
			r.mu.writers = append(r.mu.writers, c)
		}
		return c, err
	}
}

// reads tells a client that consumes from one that does not.
func reads(c *kgo.Client) bool {
	partitions, _ := c.OptValue(kgo.ConsumePartitions).(map[string]map[int32]kgo.Offset)
	return len(partitions) > 0
}

// Drain says drain and waits until the engine has stopped, which it must do cleanly.
func (r *Run) Drain() {
	r.t.Helper()
	fmt.Fprintln(r.control, `{"type":"drain"}`)
	if err := r.Wait(); err != nil {
		r.t.Fatalf("draining: %v", err)
	}
	if last := r.Lines[len(r.Lines)-1]; last.Type != engines.LineStopped || !last.Clean {
		r.t.Fatalf("after drain the engine ended with %+v, want stopped, clean", last)
	}
}

// Stop ends the engine's control input and waits until it has stopped in order.
func (r *Run) Stop() {
	r.t.Helper()
	r.control.Close()
	if err := r.Wait(); err != nil {
		r.t.Fatalf("stopping: %v", err)
	}
}

// Kill takes the engine's connections away and waits until it has noticed. The contexts of all clients end. Those that
// write are closed as well, which fails what they hold at once; those that read are left to the engine, for two calls of
// Close at the same time race inside a client with a fetch session.
func (r *Run) Kill() {
	r.t.Helper()
	r.mu.Lock()
	r.kill()
	writers := r.mu.writers
	r.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range writers {
		wg.Go(c.Close)
	}
	wg.Wait()
	r.control.Close()
	_ = r.Wait()
}

// Wait waits until the engine has ended and gives what Serve returned. Once.
func (r *Run) Wait() error {
	r.t.Helper()
	for {
		select {
		case l, ok := <-r.lines:
			if ok {
				r.Lines = append(r.Lines, l)
				continue
			}
			r.control.Close()
			return <-r.done
		case <-time.After(patience):
			r.t.Fatalf("the engine has not ended after %v", patience)
		}
	}
}

// Said counts the status lines of a type.
func (r *Run) Said(kind string) int {
	n := 0
	for _, l := range r.Lines {
		if l.Type == kind {
			n++
		}
	}
	return n
}
