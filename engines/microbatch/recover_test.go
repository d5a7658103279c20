package microbatch

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
)

func TestFinalBefore(t *testing.T) {
	begun := batch{ID: 3, Ranges: map[int32]span{0: {From: 10, To: 20}}}
	for _, c := range []struct {
		partition int32
		committed int64
		want      int64
	}{
		{0, 10, 10}, // begun, not committed: it runs again
		{0, 20, 20}, // committed
		{0, 4, 10},  // batches without results before it left no commit
		{0, 15, 15}, // committed within
		{1, 7, 7},   // not in the batch
	} {
		if got := finalBefore(begun, c.partition, c.committed); got != c.want {
			t.Errorf("finalBefore(partition %d, committed %d) = %d, want %d", c.partition, c.committed, got, c.want)
		}
	}
}

func TestBatchLog(t *testing.T) {
	l := newBatchLog(t.TempDir(), 2)
	if b, err := l.read(); err != nil || b.ID != 0 {
		t.Errorf("read of no log = %+v, %v, want the zero batch", b, err)
	}
	want := batch{ID: 7, Ranges: map[int32]span{0: {1, 2}, 3: {4, 5}}}
	for _, b := range []batch{{ID: 6}, want} {
		if err := l.write(b); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.read()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the last batch (-want +got):\n%s", diff)
	}
}

func TestCutTakesWhatHasArrivedWithinTheLimit(t *testing.T) {
	q := &query{lastID: 4, limit: 100, parts: map[int32]*part{0: {position: 10}, 1: {position: 10}, 2: {position: 10}}}
	got, ok := q.cut(map[int32]int64{0: 10, 1: 60, 2: 1000})
	want := batch{ID: 5, Ranges: map[int32]span{1: {10, 60}, 2: {10, 110}}}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("cut, ok %v (-want +got):\n%s", ok, diff)
	}
	if b, ok := q.cut(map[int32]int64{0: 10, 1: 10, 2: 10}); ok {
		t.Errorf("cut of nothing = %+v, want no batch", b)
	}
}

func TestScheduleKeepsToTheIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
		for _, c := range []struct{ due, now, want int }{
			{500, 510, 1000},  // in time
			{500, 1000, 1000}, // just at the next: at once
			{500, 1400, 1000}, // one was missed: at once
			{500, 3600, 3500}, // several were missed: one of them, at once
		} {
			q := &query{session: &engines.Session{Now: func() time.Time { return at(c.now) }}, interval: 500 * time.Millisecond, next: at(c.due)}
			q.schedule()
			if !q.next.Equal(at(c.want)) {
				t.Errorf("a batch due at %d ms that ended at %d ms: the next is due at %v, want %d ms", c.due, c.now, q.next.Sub(start), c.want)
			}
		}
	})
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		text string
		want Options
		ok   bool
	}{
		{``, Options{MaxBatchRecords: DefaultMaxBatchRecords}, true},
		{`{"max_batch_records":5,"snapshot_records":6}`, Options{MaxBatchRecords: 5, SnapshotRecords: 6}, true},
		{`{"max_batch_records":-1}`, Options{}, false},
		{`{"max_batch":1}`, Options{}, false},
	} {
		got, err := readOptions(engines.Plan{Options: []byte(c.text)})
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("readOptions(%s) = %+v, %v, want %+v, ok %v", c.text, got, err, c.want, c.ok)
		}
	}
}
