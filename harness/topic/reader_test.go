package topic

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func produce(t *testing.T, cl *kgo.Client, topic string, partition int32, values ...string) {
	t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: topic, Partition: partition, Key: []byte("k"), Value: []byte(v)}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadWholeTopic(t *testing.T) {
	_, dial := cluster(t)
	a := create(t, dial, Spec{Name: "sg.in", Partitions: 3})
	cl := client(t, dial, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	headers := []kgo.RecordHeader{{Key: "sg", Value: []byte("1")}, {Key: "sg", Value: []byte("2")}, {Key: "e"}}
	r := &kgo.Record{Topic: "sg.in", Partition: 2, Key: []byte("k"), Value: []byte("c0"), Headers: headers}
	if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	produce(t, cl, "sg.in", 2, "c1")
	produce(t, cl, "sg.in", 0, "a0", "a1", "a2")

	for _, c := range []struct {
		partitions []int32
		want       []string
	}{
		{nil, []string{"0/0 k=a0", "0/1 k=a1", "0/2 k=a2", "2/0 k=c0", "2/1 k=c1"}},
		{[]int32{2, 0}, []string{"2/0 k=c0", "2/1 k=c1", "0/0 k=a0", "0/1 k=a1", "0/2 k=a2"}},
		{[]int32{1}, nil},
	} {
		for _, committed := range []bool{false, true} {
			got, err := collect(Read(t.Context(), dial, "sg.in", c.partitions, committed))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("Read(%v, %v) = %q, %v, want %q", c.partitions, committed, got, err, c.want)
			}
		}
	}
	for got, err := range Read(t.Context(), dial, "sg.in", []int32{2}, false) {
		want := []event.Header{{Key: "sg", Value: []byte("1")}, {Key: "sg", Value: []byte("2")}, {Key: "e"}}
		if d := cmp.Diff(want, got.Headers, cmp.Comparer(func(a, b []byte) bool { return string(a) == string(b) })); err != nil || d != "" {
			t.Errorf("headers differ: %v\n%s", err, d)
		}
		break // an iterator may be left early
	}
	ends, err := a.EndOffsets(t.Context(), false, "sg.in")
	if want := map[string][]int64{"sg.in": {3, 0, 2}}; err != nil || !cmp.Equal(ends, want) {
		t.Errorf("EndOffsets = %v, %v, want %v", ends, err, want)
	}
	if ends, err := a.EndOffsets(t.Context(), false); err != nil || len(ends) != 0 {
		t.Errorf("EndOffsets of no topic = %v, %v; it must not mean all", ends, err)
	}
}

func TestReadErrors(t *testing.T) {
	_, dial := cluster(t)
	create(t, dial, Spec{Name: "sg.in", Partitions: 1})
	if _, err := collect(Read(t.Context(), dial, "sg.none", nil, false)); !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("Read of a topic that is not there = %v, want UnknownTopicOrPartition", err)
	}
	if _, err := collect(Read(t.Context(), dial, "sg.in", []int32{1}, false)); err == nil || !strings.Contains(err.Error(), "no partition 1") {
		t.Errorf("Read of a partition that is not there = %v", err)
	}
	cl := client(t, dial, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	produce(t, cl, "sg.in", 0, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := collect(Read(ctx, dial, "sg.in", nil, false)); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with an ended context = %q, %v, want context.Canceled", got, err)
	}
}

// A batch that holds several records may begin before the offset asked for, and a chunk may end behind the end.
func TestReadOfManyChunks(t *testing.T) {
	_, dial := cluster(t)
	create(t, dial, Spec{Name: "sg.in", Partitions: 1, MaxRecord: 3 << 20})
	cl := client(t, dial, kgo.ProducerBatchMaxBytes(4<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	const n = 9 // of 3 MiB: more than two fetches
	for i := range n {
		v := make([]byte, 3<<20)
		v[0], v[len(v)-1] = byte(i), byte(i)
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "sg.in", Value: v}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	for r, err := range Read(t.Context(), dial, "sg.in", nil, false) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Offset != int64(i) || len(r.Value) != 3<<20 || r.Value[0] != byte(i) || r.Value[len(r.Value)-1] != byte(i) {
			t.Fatalf("record %d has offset %d and %d bytes", i, r.Offset, len(r.Value))
		}
		i++
	}
	if i != n {
		t.Errorf("Read gave %d records, want %d", i, n)
	}
}

func TestReadCommitted(t *testing.T) {
	_, dial := cluster(t)
	a := create(t, dial, Spec{Name: "sg.in", Partitions: 1})
	begin := func(id string) *kgo.Client {
		cl := client(t, dial, kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		return cl
	}
	end := func(cl *kgo.Client, how kgo.TransactionEndTry) {
		if err := cl.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	one, two := begin("sg.one"), begin("sg.two")
	produce(t, one, "sg.in", 0, "a", "b")
	end(one, kgo.TryCommit)
	produce(t, two, "sg.in", 0, "x")
	end(two, kgo.TryAbort)

	want := []string{"0/0 k=a", "0/1 k=b"}
	got, err := collect(Read(t.Context(), dial, "sg.in", nil, true))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Read committed = %q, %v, want %q: it ends behind an abort marker", got, err, want)
	}
	if got, err := collect(Read(t.Context(), dial, "sg.in", nil, false)); err != nil || len(got) != 3 {
		t.Errorf("Read uncommitted = %q, %v, want three records", got, err)
	}

	// An aborted record right before the last stable offset: nothing but a position says that the end is reached.
	three, open := begin("sg.three"), begin("sg.open")
	produce(t, three, "sg.in", 0, "y")
	produce(t, open, "sg.in", 0, "z")
	end(three, kgo.TryAbort)
	got, err = collect(Read(t.Context(), dial, "sg.in", nil, true))
	var blocked *BlockedError
	if !slices.Equal(got, want) || !errors.As(err, &blocked) {
		t.Fatalf("Read = %q, %v, want %q and a BlockedError", got, err, want)
	}
	if w := []BlockedPartition{{Partition: 0, LastStableOffset: 6, HighWatermark: 8}}; blocked.Topic != "sg.in" || !slices.Equal(blocked.Partitions, w) {
		t.Errorf("blocked = %+v, want %+v", blocked, w)
	}
	stable, err := a.EndOffsets(t.Context(), true, "sg.in")
	if err != nil || stable["sg.in"][0] != 6 {
		t.Errorf("EndOffsets committed = %v, %v, want 6", stable, err)
	}
	end(open, kgo.TryCommit)
	if got, err := collect(Read(t.Context(), dial, "sg.in", nil, true)); err != nil || !slices.Equal(got, append(want, "0/6 k=z")) {
		t.Errorf("Read after the commit = %q, %v", got, err)
	}
}

// A producer is told that its transaction has ended before its partitions are: what looks open for a moment is not.
func TestReadCommittedWaitsForTheEndOfATransaction(t *testing.T) {
	c, dial := cluster(t)
	create(t, dial, Spec{Name: "sg.in", Partitions: 1})
	cl := client(t, dial, kgo.TransactionalID("sg.late"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, cl, "sg.in", 0, "a")
	asked, ended := make(chan struct{}), make(chan error, 1) // 1: the end waits for nobody
	var once sync.Once
	c.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if r.(*kmsg.ListOffsetsRequest).IsolationLevel == 1 {
			once.Do(func() { close(asked) }) // it is still open when this is answered
		}
		return nil, nil, false
	})
	go func() {
		select {
		case <-asked:
			ended <- cl.EndTransaction(t.Context(), kgo.TryCommit)
		case <-t.Context().Done():
			ended <- t.Context().Err()
		}
	}()
	if got, err := collect(Read(t.Context(), dial, "sg.in", nil, true)); err != nil || !slices.Equal(got, []string{"0/0 k=a"}) {
		t.Errorf("Read = %q, %v, want the record of the transaction", got, err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// BenchmarkRead reads records of 100 bytes from a broker in the same process, which shares the cores.
func BenchmarkRead(b *testing.B) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(b.TempDir()))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	dial := func(opts ...kgo.Opt) (*kgo.Client, error) {
		return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...)}, opts...)...)
	}
	cl, err := dial(kgo.MaxBufferedRecords(100_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	if err := NewAdmin(cl).Create(b.Context(), []Spec{{Name: "sg.in", Partitions: 2}}); err != nil {
		b.Fatal(err)
	}
	const records = 300_000
	value := make([]byte, 100)
	for range records {
		cl.Produce(b.Context(), &kgo.Record{Topic: "sg.in", Value: value, Headers: []kgo.RecordHeader{{Key: "sg", Value: value[:32]}}}, nil)
	}
	if err := cl.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		for _, err := range Read(b.Context(), dial, "sg.in", nil, true) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	if n != b.N*records {
		b.Fatalf("read %d records, want %d", n, b.N*records)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
