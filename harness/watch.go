package harness

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/harness/driver"
)

// progressEvery is how often a waiting person is told something new: rare enough not to disturb what is measured.
const progressEvery = 500 * time.Millisecond

// watcher reports progress while a block runs.
type watcher struct {
	b    *blockRun
	done chan struct{}
	wg   sync.WaitGroup
	mu   struct {
		sync.Mutex
		name  string
		since time.Time
		total time.Duration
	}
}

func (b *blockRun) watchProgress(ctx context.Context) *watcher {
	w := &watcher{b: b, done: make(chan struct{})}
	w.phase("starting", 0) // until there is another to tell of: a fleet may take a while to make
	if b.Progress != nil {
		w.wg.Go(func() { w.loop(ctx) })
	}
	return w
}

func (w *watcher) stop() {
	close(w.done)
	w.wg.Wait()
}

// phase begins a phase; total is its planned length, 0 if unknown.
func (w *watcher) phase(name string, total time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.name, w.mu.since, w.mu.total = name, time.Now(), total
}

func (w *watcher) loop(ctx context.Context) {
	t := time.NewTicker(progressEvery)
	defer t.Stop()
	for {
		select {
		case <-w.done:
			return
		case <-ctx.Done():
			return
		case <-t.C:
			w.b.Progress(w.progress())
		}
	}
}

func (w *watcher) progress() Progress {
	w.mu.Lock()
	p := Progress{Phase: w.mu.name, Elapsed: time.Since(w.mu.since), Total: w.mu.total, Block: w.b.index, Blocks: w.b.of}
	w.mu.Unlock()
	start := w.b.started()
	for _, t := range w.b.trials {
		s := w.b.collector.Preview(t.label)
		ip := InstanceProgress{Name: t.label, Rate: s.Rate}
		if s.P50 != nil {
			ip.P50 = time.Duration(*s.P50)
		}
		if s.P99 != nil {
			ip.P99 = time.Duration(*s.P99)
		}
		if !start.IsZero() && s.AnsweredTo >= 0 && time.Since(start) > time.Duration(s.AnsweredTo) {
			ip.Backlog = time.Since(start) - time.Duration(s.AnsweredTo)
		}
		if s.Duplicates > 0 {
			ip.Verdict = fmt.Sprintf("%d duplicates", s.Duplicates)
		}
		p.Instances = append(p.Instances, ip)
	}
	return p
}

// offering tells which phase the driver is in.
func (w *watcher) offering(p driver.Progress, t timeline) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, since, total := "warm-up", time.Duration(0), t.warmup
	if p.Elapsed >= t.warmup {
		name, since, total = "measure", t.warmup, t.measure
	}
	if p.Elapsed >= t.warmup+t.measure {
		name, since, total = "drain", t.warmup+t.measure, t.tail
	}
	w.mu.name, w.mu.since, w.mu.total = name, time.Now().Add(since-p.Elapsed), total
}

// progressJudging tells that engines are done and the oracle reads.
func (b *blockRun) progressJudging() {
	if b.Progress != nil {
		b.Progress(Progress{Phase: "judging", Block: b.index, Blocks: b.of})
	}
}
