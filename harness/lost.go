package harness

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/broker"
)

// How a run notices that a broker which it did not start, or which hangs, no longer answers. A cluster may be without an
// answer for some seconds while it moves; a trial in which that takes longer has nothing to say.
const (
	askEvery  = time.Second
	askWithin = 5 * time.Second
	lostAfter = 10 * time.Second
)

// watchBroker ends the context when the broker ends by itself or no longer answers. The function it returns ends the watch.
func (r *run) watchBroker(ctx context.Context, client *kgo.Client) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case err := <-r.broker.Lost():
			r.ended.Store(true)
			cancel(environment("the broker's log is in "+filepath.Join(r.dir, "logs"), fmt.Errorf("the broker was lost: %w", err)))
		case <-ctx.Done():
		}
	})
	wg.Go(func() {
		if err := unanswered(ctx, client.Ping, r.harmed.Load); err != nil {
			r.silent.Store(true)
			cancel(environment(r.lostHint(), fmt.Errorf("the broker was lost: no answer for %v: %w", lostAfter, err)))
		}
	})
	return ctx, func() { cancel(nil); wg.Wait() }
}

// unanswered asks until nothing has answered for lostAfter, time in which the broker is harmed on purpose left out, and gives
// the last error; nil when ctx ends first.
func unanswered(ctx context.Context, ping func(context.Context) error, harmed func() bool) error {
	last := time.Now()
	for sleep(ctx, askEvery) {
		asking, cancel := context.WithTimeout(ctx, askWithin)
		err := ping(asking)
		cancel()
		switch now := time.Now(); {
		case err == nil || harmed():
			last = now
		case ctx.Err() == nil && now.Sub(last) >= lostAfter:
			return err
		}
	}
	return nil
}

// lostHint says where to look for a broker that no longer answers.
func (r *run) lostHint() string {
	if info := r.broker.Info(); info.Kind == broker.Remote {
		return fmt.Sprintf("check the brokers at %v; once they are back, streamgauge clean removes what is left on them", info.Bootstrap)
	}
	return "its log is in " + filepath.Join(r.dir, "logs") + "; streamgauge broker status tells of one that is kept"
}
