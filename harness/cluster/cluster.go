// Package cluster starts an engine's daemons on this machine, as engines.Cluster describes them, and ends them with
// everything they have started. It knows no engine; what a cluster is used for is its caller's affair.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/process"
)

// Config says how to start a cluster.
type Config struct {
	Name   string // of the engine's instance: in errors, and in the names of logs
	Start  int    // counts the starts with the same home, in the names of logs
	LogDir string // NAME-ROLE-START.log; must exist
	// Tag is put into the environment of every daemon, KEY=value, and must be no other cluster's: it is how processes are
	// found that a daemon's session does not hold.
	Tag    string
	Env    []string      // beside it
	Unset  []string      // names in the environment whose values no daemon gets
	Cores  []int         // nil: any
	Within time.Duration // each daemon is ready so long after its start
}

// Cluster is a started cluster. Methods are safe for concurrent use.
type Cluster struct {
	cfg   Config
	desc  engines.Cluster
	began time.Time // this start
	lost  chan error
	kept  sync.Once // logs
	mu    struct {
		sync.Mutex
		daemons []*daemon // those started, in the order of the description
		ending  bool      // from here on no end of a daemon is a loss
		copies  []string  // of the logs of daemons' children; nil: not made yet
	}
}

// daemon is one start of a daemon.
type daemon struct {
	engines.Daemon
	proc    *process.Process
	past    process.Usage // of its starts before
	log     string
	wanted  bool          // its end is a fault's doing; guarded by the cluster's lock
	watched chan struct{} // closed when its end has been looked at
}

// stopWithin is how long a daemon has to end after SIGTERM.
const stopWithin = 10 * time.Second

// Start writes the cluster's files and starts its daemons, each once the one before is ready. Errors: *Error, of the daemon that is
// not ready or of one that ended meanwhile; a file that cannot be written; the cause of ctx's end. Nothing of the cluster runs then.
func Start(ctx context.Context, desc engines.Cluster, cfg Config) (*Cluster, error) {
	c := &Cluster{cfg: cfg, desc: desc, began: time.Now(), lost: make(chan error, 1)}
	if err := write(desc); err != nil {
		return nil, fmt.Errorf("starting the cluster of %s: %w", cfg.Name, err)
	}
	for _, d := range desc.Daemons {
		if err := c.start(ctx, d); err != nil {
			c.Kill()
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, err
		}
	}
	return c, nil
}

// ErrNotReady says that a daemon was not ready in time.
var ErrNotReady = errors.New("not ready")

// start starts one daemon and waits until it is ready.
func (c *Cluster) start(ctx context.Context, desc engines.Daemon) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Within, fmt.Errorf("%w within %v", ErrNotReady, c.cfg.Within))
	defer cancel()
	if err := free(desc.Ready); err != nil {
		return c.fault(desc.Role, "starting", err)
	}
	d, err := c.launch(desc)
	if err != nil {
		return err
	}
	err = c.await(ctx, d)
	if other := (*Error)(nil); err == nil || errors.As(err, &other) {
		return err
	}
	return c.fault(desc.Role, "waiting for", err)
}

func (c *Cluster) launch(desc engines.Daemon) (*daemon, error) {
	d := &daemon{Daemon: desc, log: c.logFile(desc.Role), watched: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.ending {
		return nil, c.fault(desc.Role, "starting", errEnding)
	}
	var err error
	d.proc, err = process.Start(process.Spec{
		Role: desc.Role + " of " + c.cfg.Name, Path: desc.Command[0], Args: desc.Command[1:], Dir: c.desc.Home, LogFile: d.log,
		Env: slices.Concat([]string{c.cfg.Tag}, c.cfg.Env, desc.Env), Unset: c.cfg.Unset, Cores: c.cfg.Cores, NewSession: true,
	})
	if err != nil {
		return nil, c.fault(desc.Role, "starting", err)
	}
	i := slices.IndexFunc(c.mu.daemons, func(old *daemon) bool { return old.Role == desc.Role })
	if i < 0 {
		c.mu.daemons = append(c.mu.daemons, d)
	} else {
		d.past = c.mu.daemons[i].usage()
		c.mu.daemons[i] = d
	}
	go c.watch(d)
	return d, nil
}

var errEnding = errors.New("the cluster is being stopped")

func (c *Cluster) logFile(role string) string {
	return filepath.Join(c.cfg.LogDir, fmt.Sprintf("%s-%s-%d.log", c.cfg.Name, role, c.cfg.Start))
}

// watch reports the end of a daemon that nobody asked for.
func (c *Cluster) watch(d *daemon) {
	defer close(d.watched)
	<-d.proc.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.ending || d.wanted {
		return
	}
	c.tell(c.fault(d.Role, "running", fmt.Errorf("it ended by itself: %s", d.proc.Exit().Unasked())))
}

// tell puts a loss where Lost yields it.
func (c *Cluster) tell(loss error) {
	select {
	case c.lost <- loss:
	default: // one is enough
	}
}

// Lost yields one *Error if a daemon ends by itself.
func (c *Cluster) Lost() <-chan error { return c.lost }

// Usage is what the daemons and all below them used so far; the peak of memory is the sum of their own peaks.
func (c *Cluster) Usage() process.Usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	var total process.Usage
	for _, d := range c.mu.daemons {
		total = sum(total, d.usage())
	}
	return total
}

// usage is what a daemon has used in all its starts, which came one after the other: its peak is that of one of them.
func (d *daemon) usage() process.Usage {
	u := d.proc.Usage()
	u.CPU += d.past.CPU
	u.RSSPeak = max(u.RSSPeak, d.past.RSSPeak)
	return u
}

// sum adds what ran at the same time.
func sum(a, b process.Usage) process.Usage {
	return process.Usage{CPU: a.CPU + b.CPU, RSS: a.RSS + b.RSS, RSSPeak: a.RSSPeak + b.RSSPeak, Threads: a.Threads + b.Threads}
}

// Signal sends a signal to every daemon with what it has started: SIGSTOP and SIGCONT are the fault of a pause.
func (c *Cluster) Signal(sig syscall.Signal) error {
	var errs []error
	for _, d := range c.running() {
		if err := d.proc.Signal(sig); !errors.Is(err, process.ErrExited) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (c *Cluster) running() []*daemon {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.mu.daemons)
}

// end says that no daemon's end is a loss from here on, and lists the daemons, the last one first.
func (c *Cluster) end() []*daemon {
	c.mu.Lock()
	c.mu.ending = true
	c.mu.Unlock()
	daemons := c.running()
	slices.Reverse(daemons)
	return daemons
}

// Stop ends the daemons one after the other, in the reverse of the order in which they were started, each by SIGTERM and,
// 10 s later, SIGKILL; the end of ctx goes to SIGKILL at once. It returns once nothing of the cluster runs. Errors: what
// had to be killed, which harms nothing once the engine has stopped.
func (c *Cluster) Stop(ctx context.Context) error {
	var errs []error
	for _, d := range c.end() {
		errs = append(errs, d.proc.Stop(ctx, 0, stopWithin))
		<-d.watched
	}
	c.over()
	return errors.Join(errs...)
}

// Kill ends all daemons at once by SIGKILL. It returns once nothing of the cluster runs.
func (c *Cluster) Kill() {
	daemons := c.end()
	for _, d := range daemons { // all before any is waited for, so that none notices the end of another
		_ = d.proc.Signal(syscall.SIGKILL)
	}
	for _, d := range daemons {
		_ = d.proc.Kill()
		<-d.watched
	}
	c.over()
}

// over ends what daemons have started outside of their sessions, and keeps what all of them wrote.
func (c *Cluster) over() {
	process.Sweep(c.cfg.Tag)
	c.kept.Do(c.keepLogs)
}
