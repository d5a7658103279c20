package subject

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/cluster"
	"github.com/streamgauge/streamgauge/harness/process"
)

// startCluster starts the daemons of an engine that has some; nil if it has none.
func (s *Subject) startCluster(ctx context.Context) (*cluster.Cluster, error) {
	if s.cfg.Cluster == nil {
		return nil, nil
	}
	plan := s.Plan()
	c, err := cluster.Start(ctx, *s.cfg.Cluster, cluster.Config{
		Name: plan.Instance, Start: plan.Incarnation, LogDir: plan.LogDir, Cores: s.cfg.Cores, Within: plan.ReadyWithin(),
		Tag: fmt.Sprintf("SG_CLUSTER=%s-%d", plan.Prefix, plan.Incarnation), Env: append([]string{"SG_RUN=" + plan.Run}, s.cfg.Env...),
		Unset: s.cfg.Unset,
	})
	if err != nil {
		s.blame(err)
	}
	return c, err
}

// deployed is the plan as the engine gets it, with the addresses of its cluster.
func (s *Subject) deployed() engines.Plan {
	plan := s.Plan()
	if c := s.cfg.Cluster; c != nil {
		plan.Deploy = &engines.Deploy{Kind: engines.DeployCluster, Addresses: c.Addresses, Home: c.Home}
	}
	return plan
}

// blame lets LogEnd show the log of the daemon that an error speaks of.
func (s *Subject) blame(err error) {
	if daemon := (*cluster.Error)(nil); errors.As(err, &daemon) {
		s.mu.Lock()
		s.mu.log = daemon.Log
		s.mu.Unlock()
	}
}

// tend sees an incarnation to its end: the engine's process, and then its cluster. A daemon that is lost takes the engine
// along, which could only wait for it.
func (s *Subject) tend(l *life) {
	defer close(l.over)
	defer process.Sweep(l.tag)
	var lost <-chan error
	if l.cluster != nil {
		lost = l.cluster.Lost()
	}
	select {
	case <-l.proc.Done():
	case <-l.broken:
		_ = l.proc.Kill()
	case err := <-lost:
		s.blame(err)
		l.mu.Lock()
		l.mu.fault = err.Error()
		l.mu.Unlock()
		_ = l.proc.Kill()
	}
	if l.cluster == nil {
		return
	}
	_ = l.cluster.Stop(context.Background()) // what had to be killed had nothing to save: the job is over
}

// awaitOver waits until nothing of an incarnation runs whose engine has ended. The end of ctx kills its daemons.
func (l *life) awaitOver(ctx context.Context) {
	if l.cluster != nil {
		release := context.AfterFunc(ctx, l.cluster.Kill)
		defer release()
	}
	<-l.over
}

// kill ends engine and daemons at once.
func (l *life) kill() error {
	err := l.proc.Kill()
	if l.cluster != nil {
		l.cluster.Kill()
	}
	<-l.over
	return err
}

// ErrNoCluster says that an engine has no cluster that was started here.
var ErrNoCluster = errors.New("it has no cluster of its own")

// KillWorker ends one worker of the engine's cluster by SIGKILL: the fault that a cluster recovers from by its own means. down
// is how long a worker that nothing in the cluster replaces stays away. Errors: ErrNoCluster; cluster.ErrNoWorker; the worker
// does not come back.
func (s *Subject) KillWorker(ctx context.Context, down time.Duration) (cluster.Worker, error) {
	l := s.life()
	if l.cluster == nil {
		return cluster.Worker{}, fmt.Errorf("killing a worker of engine %s: %w", s.cfg.Plan.Instance, ErrNoCluster)
	}
	w, err := l.cluster.KillWorker(ctx, down)
	if err != nil {
		s.blame(err)
		return w, fmt.Errorf("killing a worker of engine %s: %w", s.cfg.Plan.Instance, err)
	}
	return w, nil
}

// usage is what an incarnation has used, its daemons included.
func (l *life) usage() process.Usage {
	u := l.proc.Usage()
	if l.cluster != nil {
		c := l.cluster.Usage()
		u = process.Usage{CPU: u.CPU + c.CPU, RSS: u.RSS + c.RSS, RSSPeak: u.RSSPeak + c.RSSPeak, Threads: u.Threads + c.Threads}
	}
	return u
}
