package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/harness/process"
)

// ErrNoWorker says that no process of the cluster does the work now.
var ErrNoWorker = errors.New("none of its processes is a worker now")

// Worker is a process that does an engine's work.
type Worker struct {
	PID  int
	Role string // of the daemon that it is, or that has started it
	self bool   // it is that daemon
}

func (c *Cluster) isWorker(d *daemon) bool {
	return c.desc.Worker != "" && strings.Contains(strings.Join(d.Command, " "), c.desc.Worker)
}

// KillWorker ends one worker by SIGKILL, the one that was started first. The cluster is left to recover by its own means:
// a worker that a daemon has started is that daemon's to replace. One that is a daemon itself has nobody: it is started again
// after down, as a service manager would, and KillWorker returns once it is ready. While there is no worker, as after a kill just
// before, it waits for one as long as for a daemon. Errors: ErrNoWorker; *Error.
func (c *Cluster) KillWorker(ctx context.Context, down time.Duration) (Worker, error) {
	w, d, err := c.awaitWorker(ctx)
	if err != nil {
		return w, err
	}
	if !w.self {
		return w, syscall.Kill(w.PID, syscall.SIGKILL)
	}
	c.mu.Lock()
	d.wanted = true
	c.mu.Unlock()
	if err := d.proc.Kill(); err != nil {
		return w, err
	}
	<-d.watched
	if !sleep(ctx, down) {
		return w, context.Cause(ctx)
	}
	return w, c.start(ctx, d.Daemon)
}

func (c *Cluster) awaitWorker(ctx context.Context) (Worker, *daemon, error) {
	limited, cancel := context.WithTimeout(ctx, c.cfg.Within)
	defer cancel()
	for {
		w, d, err := c.worker()
		if err == nil || c.desc.Worker == "" || c.isEnding() || !sleep(limited, lookEvery) {
			return w, d, err
		}
	}
}

func (c *Cluster) isEnding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.ending
}

// worker finds the worker that was started first.
func (c *Cluster) worker() (Worker, *daemon, error) {
	if c.desc.Worker == "" {
		return Worker{}, nil, ErrNoWorker
	}
	for _, d := range c.running() {
		if c.isWorker(d) {
			return Worker{PID: d.proc.PID(), Role: d.Role, self: true}, d, nil
		}
		if pids := process.Running(d.proc.PID(), c.desc.Worker, c.desc.Wrapper); len(pids) > 0 {
			return Worker{PID: slices.Min(pids), Role: d.Role}, d, nil
		}
	}
	return Worker{}, nil, fmt.Errorf("looking for %q: %w", c.desc.Worker, ErrNoWorker)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
