package collector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a broker with the topics of one instance.
type bench struct {
	t       *testing.T
	cluster *kfake.Cluster
	addrs   []string
	topics  []Topic
	cl      *kgo.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, topics: []Topic{
		{Instance: "tuple", Role: Output, Name: "sg.run.block.tuple.output"},
		{Instance: "tuple", Role: DeadLetter, Name: "sg.run.block.tuple.deadletter"},
		{Instance: "tuple", Role: StageRole, Stage: 1, Name: "sg.run.block.tuple.stage-1"},
	}}
	var names []string
	for _, topic := range b.topics {
		names = append(names, topic.Name)
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, names...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b.cluster, b.addrs = c, c.ListenAddrs()
	b.cl, err = b.dial(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.cl.Close)
	return b
}

func (b *bench) dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(opts, kgo.SeedBrokers(b.addrs...))...)
}

func (b *bench) produce(records ...*kgo.Record) {
	b.t.Helper()
	if err := b.cl.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// output makes an output record of a device with an event time.
func (b *bench) output(topic int, partition int32, o event.Output) *kgo.Record {
	return &kgo.Record{Topic: b.topics[topic].Name, Partition: partition, Key: []byte("d"), Value: []byte("value"),
		Headers: []kgo.RecordHeader{{Key: event.HeaderTime, Value: event.AppendTime(nil, 1234)}, {Key: event.HeaderOutput, Value: event.AppendOutput(nil, o)}}}
}

func (b *bench) stage(partition int32, s event.Stamp) *kgo.Record {
	return &kgo.Record{Topic: b.topics[2].Name, Partition: partition, Key: []byte("d"), Value: []byte("value"),
		Headers: []kgo.RecordHeader{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, 1234)}}}
}

// run observes until the condition on the preview holds and returns what Run returned.
func run(t *testing.T, c *Collector, until func(Snapshot) bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if until(c.Preview("tuple")) {
				cancel()
				return <-done
			}
		}
	}
}

func TestCollectorObservesWhatEnginesWrite(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	var started atomic.Pointer[time.Time]
	c, err := New(Config{Dial: b.dial, Topics: b.topics, Partitions: partitions, Dir: dir, Start: func() time.Time {
		if at := started.Load(); at != nil {
			return *at
		}
		return time.Time{}
	}})
	if err != nil {
		t.Fatal(err)
	}
	probe := func(p int32) *kgo.Record {
		return b.output(0, p, event.Output{Kind: event.KindEvent, Device: uint32(partitions + p), Intended: -1e9, Count: 1})
	}
	real := event.Output{Kind: event.KindEvent, Device: 4, Seq: 7, Intended: 1000, Count: 1, IDs: 99}
	b.produce(probe(0))
	foreign := b.output(0, 0, real)
	foreign.Headers = foreign.Headers[:1]
	var once sync.Once
	err = run(t, c, func(s Snapshot) bool {
		if s.Ready() {
			t.Error("ready with one of two probes")
		}
		if s.Probes[0] == 0 {
			return false
		}
		once.Do(func() {
			at := time.Now()
			started.Store(&at)
			b.produce(b.output(0, 1, real), b.output(0, 1, real), foreign,
				b.output(0, 0, event.Output{Kind: event.KindEvent, Device: 0, Seq: 3, Intended: 600e6}),
				b.output(0, 0, event.Output{Kind: event.KindWindow, Node: 2, Device: 0, Seq: 60_000, Count: 300}),
				b.output(0, 1, event.Output{Kind: event.KindAlert, Node: 1, Device: 4, Seq: 7, Intended: 1000}),
				b.output(1, 1, event.Output{Kind: event.KindDeadLetter, Device: 5, Intended: 2000}),
				b.stage(0, event.Stamp{ID: event.ID{Device: 0, Seq: 3}, Flags: event.FlagHeartbeat, Intended: 600e6}),
				b.stage(0, event.Stamp{ID: event.ID{Device: 4, Seq: 7}, Intended: 1000}))
		})
		return s.Answered == 1 && s.Duplicates == 1 && s.Foreign == 1 && s.Alerts == 1 && s.DeadLetters == 1 &&
			len(s.Heartbeats[0].Windows) == 1 && s.Heartbeats[0].Answered == 1
	})
	if err != nil {
		t.Fatal(err)
	}
	s := c.Preview("tuple")
	if diff := cmp.Diff([]Heartbeat{{Answered: 1, Intended: 600e6, Windows: []WindowPreview{{2, 60_000, 300}}}, {Intended: -1}}, s.Heartbeats); diff != "" {
		t.Errorf("heartbeats (-want +got):\n%s", diff)
	}
	if s.AnsweredTo != 1000 {
		t.Errorf("answered to %d, want 1000, of the partition that is behind", s.AnsweredTo)
	}
	r, err := OpenReader(filepath.Join(dir, "tuple.output.1.obs"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Header.Start == unknownStart || r.Header.Topic != b.topics[0].Name || r.Header.Partitions != partitions {
		t.Errorf("header = %+v, want the start and the topic", r.Header)
	}
	var o Observation
	if err := r.Next(&o); err != nil {
		t.Fatal(err)
	}
	if o.Received <= 0 || o.Received > int64(20*time.Second) {
		t.Errorf("received = %d, want ns after the start", o.Received)
	}
	want := Observation{Kind: event.KindEvent, Device: 4, Seq: 7, Intended: 1000, Received: o.Received, Append: o.Append, EventTime: 1234,
		Offset: 0, IDs: 99, Hash: event.Hash([]byte("value")), Count: 1, Size: 5, Flags: o.Flags & FlagLogAppend}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("observation (-want +got):\n%s", diff)
	}
	a, err := Analyse(AnalysisConfig{Instance: "tuple", Dir: dir, EndNS: int64(30 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	if a.Observed != 7 || a.Duplicates != 1 {
		t.Errorf("analysed %d records, %d repeated, want 7 and 1", a.Observed, a.Duplicates)
	}
	wantState(t, a, "accounting", "ok")
}

// An engine that hands headers on and adds its own is judged by the first of a name, so it must be measured by it.
func TestTheFirstHeaderOfANameCounts(t *testing.T) {
	out := func(seq uint64) []byte {
		return event.AppendOutput(nil, event.Output{Kind: event.KindEvent, Device: 9, Seq: seq, Count: 1})
	}
	r := &kgo.Record{Headers: []kgo.RecordHeader{{Key: event.HeaderTime, Value: event.AppendTime(nil, 5)}, {Key: event.HeaderOutput, Value: out(1)},
		{Key: event.HeaderOutput, Value: out(2)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, 6)}}}
	g := &group{c: &Collector{cfg: Config{Partitions: partitions}}, tally: newTally()}
	var o Observation
	if !g.decode(r, &o) || o.Seq != 1 || o.EventTime != 5 {
		t.Errorf("sequence %d at %d, want those of the first headers, 1 at 5", o.Seq, o.EventTime)
	}
}

func TestWhatIsWrittenOutsideOfTransactionsIsCounted(t *testing.T) {
	b := newBench(t)
	cl, err := b.dial(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(t.Context(), b.output(0, 0, event.Output{Kind: event.KindEvent, Device: 4})).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	b.produce(b.output(0, 0, event.Output{Kind: event.KindEvent, Device: 4, Seq: 1}))
	dir := t.TempDir()
	c, err := New(Config{Dial: b.dial, Topics: b.topics, Partitions: partitions, Dir: dir, Committed: map[string]bool{"tuple": true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, c, func(s Snapshot) bool { return s.Answered > 1 }); err != nil {
		t.Fatal(err)
	}
	if h, err := readHealth(dir, "tuple"); err != nil || h == nil || h.Observed != 2 || h.Plain != 1 {
		t.Errorf("health = %+v, %v, want 1 of 2 outside of transactions", h, err)
	}
}

func TestReadCommittedSeesCommittedOnly(t *testing.T) {
	b := newBench(t)
	cl, err := b.dial(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for seq, commit := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		r := b.output(0, 0, event.Output{Kind: event.KindEvent, Device: 4, Seq: uint64(seq)})
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := cl.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	c, err := New(Config{Dial: b.dial, Topics: b.topics, Partitions: partitions, Dir: dir, Committed: map[string]bool{"tuple": true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, c, func(s Snapshot) bool { return s.Answered > 0 }); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(filepath.Join(dir, "tuple.output.0.obs"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var seqs []uint64
	for o, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, o.Seq)
	}
	if diff := cmp.Diff([]uint64{1}, seqs); diff != "" || !r.Header.Committed {
		t.Errorf("sequences (-want +got):\n%scommitted = %v", diff, r.Header.Committed)
	}
}

// fullFile is a file on a disk that is full after a few bytes.
type fullFile struct {
	*os.File
	room int
}

func (f *fullFile) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return 0, syscall.ENOSPC
	}
	f.room -= len(b)
	return f.File.Write(b)
}

func TestFullDiskEndsTheRunAndNamesTheFile(t *testing.T) {
	b := newBench(t)
	c, err := New(Config{Dial: b.dial, Topics: b.topics, Partitions: partitions, Dir: t.TempDir(), Open: func(path string) (File, error) {
		f, err := os.Create(path)
		return &fullFile{f, 100}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(10) {
		b.produce(b.output(0, 1, event.Output{Kind: event.KindEvent, Device: 5, Seq: seq}))
	}
	err = run(t, c, func(Snapshot) bool { return false })
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "tuple.output.1.obs") || !strings.Contains(err.Error(), "make room") {
		t.Errorf("Run on a full disk = %v, want the file and what to do", err)
	}
}

// Who polls waits for who writes, which must not be gone.
func TestAPanicOverARecordEndsTheRun(t *testing.T) {
	b := newBench(t)
	c, err := New(Config{Dial: b.dial, Topics: b.topics, Partitions: partitions, Dir: t.TempDir(),
		Open: func(string) (File, error) { panic("no such file") }})
	if err != nil {
		t.Fatal(err)
	}
	b.produce(b.output(0, 1, event.Output{Kind: event.KindEvent, Device: 5}))
	err = run(t, c, func(Snapshot) bool { return false })
	if d := (*defect.Error)(nil); !errors.As(err, &d) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("Run = %v, want the panic", err)
	}
}

func TestRefusedPartitionEndsTheRunAndIsNamed(t *testing.T) {
	b := newBench(t)
	b.cluster.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		for _, rt := range req.(*kmsg.ListOffsetsRequest).Topics {
			topic := kmsg.NewListOffsetsResponseTopic()
			topic.Topic = rt.Topic
			for _, rp := range rt.Partitions {
				p := kmsg.NewListOffsetsResponseTopicPartition()
				p.Partition, p.ErrorCode = rp.Partition, kerr.TopicAuthorizationFailed.Code
				topic.Partitions = append(topic.Partitions, p)
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return resp, nil, true
	})
	c, err := New(Config{Dial: b.dial, Topics: b.topics[:1], Partitions: 1, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	err = run(t, c, func(Snapshot) bool { return false })
	if !errors.Is(err, kerr.TopicAuthorizationFailed) || !strings.Contains(err.Error(), `topic "sg.run.block.tuple.output" partition 0`) {
		t.Errorf("Run = %v, want the refusal with topic and partition", err)
	}
}

func TestNewReportsAllProblemsAtOnce(t *testing.T) {
	_, err := New(Config{Topics: []Topic{{Instance: "../x", Role: Output, Name: "a"}, {Instance: "x", Role: "input", Name: "a"}}})
	for _, want := range []string{"no way to dial", "0 partitions", "../x", `"input"`, "listed twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want %q among the problems", err, want)
		}
	}
}

func TestLargePollsAreDecodedOneByOne(t *testing.T) {
	polls := make(chan poll, handover)
	fetches := func(size int) kgo.Fetches {
		return kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "out", Partitions: []kgo.FetchPartition{{Records: []*kgo.Record{{Value: make([]byte, size)}}}}}}}}
	}
	hand(polls, fetches(1), time.Now()) // returns at once
	handed := make(chan struct{})
	go func() {
		hand(polls, fetches(large), time.Now())
		close(handed)
	}()
	<-polls
	p := <-polls
	select {
	case <-handed:
		t.Error("the next poll begins before a large one is decoded")
	default:
	}
	close(p.done)
	<-handed
	hand(polls, nil, time.Now())
	if len(polls) != 0 {
		t.Error("an empty poll was handed on")
	}
}

func TestDiallingErrorIsReturned(t *testing.T) {
	want := errors.New("no broker")
	c, err := New(Config{Dial: func(...kgo.Opt) (*kgo.Client, error) { return nil, want }, Topics: []Topic{{Instance: "a", Role: Output, Name: "a"}}, Partitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); !errors.Is(err, want) {
		t.Errorf("Run = %v, want %v", err, want)
	}
}

func TestPreviewLooksBackFiveSeconds(t *testing.T) {
	v := newView(1)
	o := Observation{Kind: event.KindEvent, Device: 2}
	for i := range 1000 {
		o.Seq, o.Intended, o.Received = uint64(i), int64(i)*10*ms, int64(i)*10*ms+20*ms
		if i < 100 {
			o.Received += 3 * sec // slow at first
		}
		v.observeLocked(Output, 0, &o, 0)
	}
	s := v.snapshot(10 * time.Second)
	if s.Answered != 1000 || s.Rate != 100 || !near(s.P99, 20*ms) || s.Silent > time.Second {
		t.Errorf("snapshot = %+v (p99 %v), want 1000 answers, 100/s, p99 of 20 ms", s, s.P99)
	}
	if s := v.snapshot(20 * time.Second); s.P50 != nil || s.Rate != 0 {
		t.Errorf("ten silent seconds later p50 = %v, rate = %g, want none", s.P50, s.Rate)
	}
}

// BenchmarkObserve measures all that happens to a record behind the client.
func BenchmarkObserve(b *testing.B) {
	for _, size := range []int{100, 1000} {
		b.Run(fmt.Sprintf("value=%d", size), func(b *testing.B) {
			c, err := New(Config{Dial: func(...kgo.Opt) (*kgo.Client, error) { return nil, nil }, Dir: b.TempDir(), Partitions: 1,
				Topics: []Topic{{Instance: "x", Role: Output, Name: "out"}}, Start: func() time.Time { return start }})
			if err != nil {
				b.Fatal(err)
			}
			const n = 1000
			records := make([]*kgo.Record, n)
			for i := range records {
				records[i] = &kgo.Record{Topic: "out", Value: make([]byte, size), Headers: []kgo.RecordHeader{
					{Key: event.HeaderTime, Value: event.AppendTime(nil, 1)}, {Key: event.HeaderOutput, Value: nil}}}
			}
			g := c.groups[0]
			seq := uint64(0)
			for b.Loop() {
				b.StopTimer()
				for i, r := range records {
					r.Headers[1].Value = event.AppendOutput(r.Headers[1].Value[:0], event.Output{Kind: event.KindEvent, Device: uint32(2 + i), Seq: seq, Count: 1})
				}
				seq++
				b.StartTimer()
				if err := g.storePartition(g.topics["out"], 0, records, int64(seq)*ms); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
			if err := g.files["out"][0].f.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
