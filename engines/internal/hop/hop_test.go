package hop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
)

func fetched(partition int32, from, to int64) Fetched {
	f := Fetched{Topic: "t", Partition: partition}
	for o := from; o < to; o++ {
		f.Records = append(f.Records, &kgo.Record{Topic: "t", Partition: partition, Offset: o})
	}
	return f
}

// spans shows a round as partition:first-next.
func spans(round []Fetched) (s []string) {
	for _, f := range round {
		s = append(s, fmt.Sprintf("%d:%d-%d", f.Partition, f.Records[0].Offset, f.Next()))
	}
	return s
}

func TestSplitKeepsWhatLiesBehindTheEnds(t *testing.T) {
	r := &Reader{position: Offsets{"t": {0: 10, 1: 30, 2: 5}}, stash: map[string][]Fetched{}}
	left := map[int32]int64{0: 8, 1: 40}
	round := r.split("t", []Fetched{fetched(0, 0, 10), fetched(1, 20, 30), fetched(2, 0, 5)}, left)
	if diff := cmp.Diff([]string{"0:0-8", "1:20-30"}, spans(round)); diff != "" {
		t.Errorf("round (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0:8-10", "2:0-5"}, spans(r.stash["t"])); diff != "" {
		t.Errorf("stash (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int32]int64{1: 40}, left); diff != "" {
		t.Errorf("left to read (-want +got):\n%s", diff)
	}
	for p, want := range map[int32]int64{0: 8, 1: 30, 2: 0} {
		if got := r.from("t", p); got != want {
			t.Errorf("from(%d) = %d, want %d", p, got, want)
		}
	}
}

func TestMergeJoinsRunsOfOnePartition(t *testing.T) {
	list := merge(merge(merge(nil, fetched(1, 0, 2)), fetched(0, 7, 9)), fetched(1, 2, 5))
	if diff := cmp.Diff([]string{"1:0-5", "0:7-9"}, spans(list)); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func TestRecordsKeepWhatTheyCarry(t *testing.T) {
	var c records
	var view event.Record
	for i := range 100 {
		in := event.Record{Partition: int32(i), Timestamp: int64(-i), Key: []byte{1}, Value: []byte{2}}
		for h := range i % 5 {
			in.Headers = append(in.Headers, event.Header{Key: fmt.Sprint(h), Value: []byte{byte(h)}})
		}
		k := c.next("topic", &in)
		if k.Topic != "topic" {
			t.Fatalf("topic %q", k.Topic)
		}
		if diff := cmp.Diff(&in, View(&view, k), cmp.Transformer("nil", func(h []event.Header) int { return len(h) })); diff != "" {
			t.Fatalf("record %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestTimestampsAreCutToWhatTheClientCanWrite(t *testing.T) {
	for _, ms := range []int64{0, -1, 1e12, math.MaxInt64, math.MinInt64} {
		got := timestamp(ms).UnixNano()
		if (got < 0) != (ms < 0) || ms > -1e13 && ms < 1e13 && got != ms*1e6 {
			t.Errorf("timestamp(%d) is %d ns", ms, got)
		}
	}
}

func TestStateFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "the", "engine")
	c := &Cluster{session: &engines.Session{Plan: engines.Plan{StateDir: dir}}}
	f := c.StateFile(2, 1)
	var got []byte
	restore := func(b []byte) error { got = b; return nil }
	if from, err := f.Restore(50, restore); from != 0 || err != nil || got != nil {
		t.Errorf("Restore without a file = %d, %v with state %q; want 0", from, err, got)
	}
	if err := f.Save(40, []byte("state")); err != nil {
		t.Fatal(err)
	}
	if from, err := f.Restore(40, restore); from != 40 || err != nil || string(got) != "state" {
		t.Errorf("Restore = %d, %v with state %q; want 40 with the state saved", from, err, got)
	}
	got = nil
	if from, err := f.Restore(39, restore); from != 0 || err != nil || got != nil {
		t.Errorf("Restore of state ahead of the offsets = %d, %v with state %q; want 0 and none", from, err, got)
	}
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if i >= 4 && i < 12 {
			continue // the offset is checked against the committed one
		}
		damaged := append([]byte(nil), b...)
		damaged[i] ^= 1
		if err := os.WriteFile(f.path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Restore(100, restore); err == nil {
			t.Errorf("Restore took a file with byte %d of %d damaged", i, len(b))
		}
	}
}

func TestGraceOutlivesItsContextForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		grace, done := Grace(ctx, time.Second)
		defer done()
		cancel()
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if grace.Err() != nil {
			t.Error("the grace ended early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !errors.Is(grace.Err(), context.Canceled) {
			t.Error("the grace has not ended")
		}
	})
}

func TestOwnedPartitionsAreAPartition(t *testing.T) {
	for tasks := 1; tasks <= 5; tasks++ {
		seen := map[int32]int{}
		for i := range tasks {
			for _, p := range Owned(i, tasks, 7) {
				seen[p]++
			}
		}
		for p := range int32(7) {
			if seen[p] != 1 {
				t.Errorf("with %d tasks partition %d has %d owners", tasks, p, seen[p])
			}
		}
	}
}

func TestTransactionsOutlastWhatTheyWaitFor(t *testing.T) {
	for _, c := range []struct {
		plan engines.Plan
		want time.Duration
	}{
		{engines.Plan{}, 10 * time.Second},
		{engines.Plan{CommitIntervalMS: 4000, BatchIntervalMS: 500}, 12 * time.Second},
		{engines.Plan{CommitIntervalMS: 100, BatchIntervalMS: 5000}, 15 * time.Second},
		{engines.Plan{CommitIntervalMS: 100, Limits: engines.Limits{MaxRecordBytes: 110_004_096}}, 10 * time.Minute},
		{engines.Plan{CommitIntervalMS: 100, Store: &engines.Store{Folder: "store"}}, 10 * time.Minute},
	} {
		if got := TransactionTimeout(c.plan); got != c.want {
			t.Errorf("intervals of %d and %d ms, records of %d bytes, a store %t: %v, want %v", c.plan.CommitIntervalMS, c.plan.BatchIntervalMS,
				c.plan.Limits.MaxRecordBytes, c.plan.Store != nil, got, c.want)
		}
	}
}
