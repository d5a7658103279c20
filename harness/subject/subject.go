// Package subject starts one engine as a process under the engine contract, after the daemons of its cluster if it has one, and
// stays with it to its end: hello, ready, drain, stop, crash, kill and restart. It does not judge and does not look at topics; what an engine says of itself is
// kept as advice only.
package subject

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/cluster"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/process"
)

// Config says how to start an engine.
type Config struct {
	Command []string         // program and arguments; "--plan FILE" is appended
	Cluster *engines.Cluster // its daemons, started before it and ended after it; the plan gets its addresses; nil: none
	Plan    engines.Plan     // StateDir and LogDir must exist
	Dir     string           // where plan files go
	Env     []string         // added to the environment, "KEY=value"
	Unset   []string         // names in the environment whose values neither it nor its cluster gets
	Cores   []int            // nil: any
	// Abroad tells that the engine may have another working folder than this process, as one that a script starts: it gets whole paths.
	Abroad bool
	// HelloWithin is how long it has until its first status line, and never longer than until it must be ready; 0:
	// DefaultHelloWithin.
	HelloWithin time.Duration
	// OnLine, if set, gets every status line, from one goroutine.
	OnLine func(engines.Line)
}

// DefaultHelloWithin is enough for programs that start at once.
const DefaultHelloWithin = 10 * time.Second

// grace is the time between SIGTERM and SIGKILL, or the plan's stop deadline if that is shorter.
const grace = 10 * time.Second

// Subject is one engine under test, through all its incarnations. Methods are safe for concurrent use.
type Subject struct {
	cfg Config
	mu  struct {
		sync.Mutex
		cur     *life
		number  int           // of the incarnation that is there or being started: cfg.Plan has the first one's
		past    process.Usage // of the incarnations before cur
		metrics map[string]float64
		hello   engines.Line
		log     string // of a daemon that is to blame; empty: none is
	}
}

// life is one incarnation.
type life struct {
	proc    *process.Process
	tag     string           // in the environment of it and of what it starts: finds what got away from its group
	cluster *cluster.Cluster // nil without one
	over    chan struct{}    // nothing of it runs
	hello   chan struct{}
	ready   chan struct{}
	stopped chan struct{} // a stopped line was seen
	broken  chan struct{} // what it says cannot be heard
	once    struct{ hello, ready, stopped, broken sync.Once }
	mu      struct {
		sync.Mutex
		clean    bool
		fault    string
		defect   error // why it cannot be heard
		expected bool  // the harness ended it
		foreign  int64
	}
}

// ErrCrashed is wrapped by the errors of engines that ended without being asked to, or said a fatal fault.
var ErrCrashed = errors.New("the engine ended by itself")

// ErrNoHello says that an engine runs and has not spoken in time.
var ErrNoHello = errors.New("it said no hello")

// Start starts the engine and waits for its hello. Errors: the program cannot be started, ends (ErrCrashed), says no hello
// in time (ErrNoHello), or speaks another contract. Nothing of it runs then, and of the Subject returned only LogEnd and Shortage can be used.
func Start(ctx context.Context, cfg Config) (*Subject, error) {
	s := &Subject{cfg: cfg}
	s.mu.metrics, s.mu.number = map[string]float64{}, cfg.Plan.Incarnation
	return s, s.begin(ctx)
}

func (s *Subject) begin(ctx context.Context) error {
	plan := s.deployed()
	if err := plan.Claim(); err != nil {
		return fmt.Errorf("starting engine %s: %w", plan.Instance, err)
	}
	file := filepath.Join(s.cfg.Dir, fmt.Sprintf("plan-%d.json", plan.Incarnation))
	if s.cfg.Abroad {
		if err := Absolute(&file, &plan.StateDir, &plan.LogDir); err != nil {
			return fmt.Errorf("starting engine %s: %w", plan.Instance, err)
		}
	}
	b, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the plan of %s: %w", plan.Instance, err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("writing the plan of %s: %w", plan.Instance, err)
	}
	l := &life{tag: fmt.Sprintf("SG_ENGINE=%d:%s", os.Getpid(), file), hello: make(chan struct{}), ready: make(chan struct{}),
		stopped: make(chan struct{}), broken: make(chan struct{}), over: make(chan struct{})}
	if l.cluster, err = s.startCluster(ctx); err != nil {
		return fmt.Errorf("starting engine %s: %w", plan.Instance, err)
	}
	l.proc, err = process.Start(process.Spec{
		Role: "engine " + plan.Instance, Path: s.cfg.Command[0], Args: append(append([]string{}, s.cfg.Command[1:]...), "--plan", file),
		Env: append([]string{"SG_RUN=" + plan.Run, l.tag}, s.cfg.Env...), Unset: s.cfg.Unset, Cores: s.cfg.Cores, Stdin: true,
		LogFile: logFile(plan),
		Stdout: func(line []byte) {
			if err := s.hear(l, line); err != nil {
				l.broke(err)
			}
		},
	})
	if err != nil {
		if l.cluster != nil {
			l.cluster.Kill()
		}
		return fmt.Errorf("starting engine %s: %w", plan.Instance, err)
	}
	s.replace(l)
	go s.tend(l)
	return s.awaitHello(ctx, l)
}

// Absolute makes paths say the same in every working folder, which the processes of a cluster, and programs that scripts start, have of
// their own. Errors: this process's working folder cannot be found.
func Absolute(paths ...*string) error {
	for _, p := range paths {
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fmt.Errorf("finding the folder of %s: %w", *p, err)
		}
		*p = abs
	}
	return nil
}

// replace makes l the current incarnation. What the one before it used, which has ended, belongs to the past from that moment
// on: earlier, it would count twice, for as long as daemons take to start, and for good if they do not.
func (s *Subject) replace(l *life) {
	var used process.Usage
	if before := s.life(); before != nil {
		used = before.usage()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.past.CPU += used.CPU
	s.mu.past.RSSPeak = max(s.mu.past.RSSPeak, used.RSSPeak)
	s.mu.cur = l
}

func (s *Subject) awaitHello(ctx context.Context, l *life) error {
	limit := cmp.Or(s.cfg.HelloWithin, DefaultHelloWithin)
	if ready := time.Duration(s.cfg.Plan.Deadlines.ReadyMS) * time.Millisecond; ready > 0 {
		limit = min(limit, ready)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w within %v", ErrNoHello, limit))
	defer cancel()
	var err error
	select {
	case <-l.hello:
		if err = s.speaks(); err == nil {
			return nil
		}
	case <-l.proc.Done():
		err = cmp.Or(l.unheard(), fmt.Errorf("%w: %s", ErrCrashed, cmp.Or(l.fault(), l.proc.Exit().Unasked()+" before its hello")))
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	_ = l.kill()
	return fmt.Errorf("starting engine %s: %w; its log is in %s", s.cfg.Plan.Instance, err, s.cfg.Plan.LogDir)
}

// speaks tells whether the engine's hello names the contract of this harness.
func (s *Subject) speaks() error {
	if c := s.Hello().Contract; !slices.Contains(c, engines.Contract) {
		return fmt.Errorf("its hello says that it speaks contract %v; this harness speaks %d", c, engines.Contract)
	}
	return nil
}

// hear takes one line of standard output. Errors: *defect.Error.
func (s *Subject) hear(l *life, b []byte) (err error) {
	defer defect.Catch(&err)
	line, ok := engines.ParseLine(b)
	if !ok {
		l.mu.Lock()
		l.mu.foreign++
		l.mu.Unlock()
		return nil
	}
	switch line.Type {
	case engines.LineHello:
		s.mu.Lock()
		s.mu.hello = line
		s.mu.Unlock()
		l.once.hello.Do(func() { close(l.hello) })
	case engines.LineReady:
		l.once.ready.Do(func() { close(l.ready) })
	case engines.LineMetric:
		s.mu.Lock()
		s.mu.metrics[line.Name] = line.Value
		s.mu.Unlock()
	case engines.LineFault:
		if line.Fatal {
			l.mu.Lock()
			l.mu.fault = line.Text
			l.mu.Unlock()
		}
	case engines.LineStopped:
		l.mu.Lock()
		l.mu.clean = line.Clean
		l.mu.Unlock()
		l.once.stopped.Do(func() { close(l.stopped) })
	}
	if s.cfg.OnLine != nil {
		s.cfg.OnLine(line)
	}
	return nil
}

func (s *Subject) life() *life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.cur
}

// Plan is the plan of the current incarnation, or of the one that is being started.
func (s *Subject) Plan() engines.Plan {
	plan := s.cfg.Plan
	s.mu.Lock()
	defer s.mu.Unlock()
	plan.Incarnation = s.mu.number
	return plan
}

// Hello is the engine's latest hello line.
func (s *Subject) Hello() engines.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.hello
}

// Metrics are the last values of what the engine said about itself: advice, never a result.
func (s *Subject) Metrics() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.mu.metrics)
}

// Ready is closed when the current incarnation has said ready. Only answered probes prove it.
func (s *Subject) Ready() <-chan struct{} { return s.life().ready }

// Done is closed when the current incarnation has ended, its daemons too.
func (s *Subject) Done() <-chan struct{} { return s.life().over }

// PID of the current incarnation.
func (s *Subject) PID() int { return s.life().proc.PID() }

// Failure says why the current incarnation ended without being asked to; nil while it runs, and after an orderly end.
// Errors: ErrCrashed; *defect.Error if what it said was too much for this program, which then ended it.
func (s *Subject) Failure() error {
	l := s.life()
	select {
	case <-l.proc.Done():
	default:
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.mu.defect != nil:
		return l.mu.defect
	case l.mu.fault != "":
		return fmt.Errorf("%w: %s", ErrCrashed, l.mu.fault)
	case l.mu.expected || l.mu.clean:
		return nil
	}
	return fmt.Errorf("%w: %s; its log is in %s", ErrCrashed, l.proc.Exit().Unasked(), s.cfg.Plan.LogDir)
}

// Drain asks the engine to read its input to the end, write and commit everything and stop, and waits for that. Errors,
// which do not name the engine: ctx ends first, or the engine ends without having stopped clean (ErrCrashed).
func (s *Subject) Drain(ctx context.Context) error {
	l := s.life()
	if _, err := l.proc.Stdin().Write([]byte("{\"type\":\"drain\"}\n")); err != nil {
		select { // as a rule it has just ended, which takes a moment to be known, and says more than a broken pipe
		case <-l.proc.Done():
			return s.Failure()
		case <-ctx.Done():
			return fmt.Errorf("asking it to drain: %w", err)
		}
	}
	select {
	case <-l.proc.Done():
	case <-ctx.Done():
		return fmt.Errorf("asked to drain, it did not end: %w", context.Cause(ctx))
	}
	l.awaitOver(ctx)
	l.mu.Lock()
	clean := l.mu.clean
	l.mu.Unlock()
	if !clean {
		if err := s.Failure(); err != nil {
			return err
		}
		return fmt.Errorf("%w: %s without having said that it stopped clean", ErrCrashed, l.proc.Exit())
	}
	return nil
}

// Stop ends the engine: end of standard input, the plan's stop deadline, SIGTERM, 10 s at most, SIGKILL to its whole group;
// then its daemons in order; the end of ctx goes to SIGKILL at once. It returns once nothing of it runs; the error says what force it took.
func (s *Subject) Stop(ctx context.Context) error {
	l := s.life()
	l.expect()
	stop := time.Duration(s.cfg.Plan.Deadlines.StopMS) * time.Millisecond
	err := l.proc.Stop(ctx, stop, min(grace, stop))
	l.awaitOver(ctx)
	switch {
	case !errors.Is(err, process.ErrKilled):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("stopping engine %s: %w: %w", s.cfg.Plan.Instance, process.ErrKilled, context.Cause(ctx))
	}
	return fmt.Errorf("stopping engine %s: %w, at neither the end of standard input nor SIGTERM", s.cfg.Plan.Instance, process.ErrKilled)
}

// Kill ends the current incarnation by SIGKILL, with its whole group and all its daemons, and waits for its end: the fault of the recovery
// trials. The state stays for Restart.
func (s *Subject) Kill() error {
	l := s.life()
	l.expect()
	if err := l.kill(); err != nil {
		return fmt.Errorf("killing engine %s: %w", s.cfg.Plan.Instance, err)
	}
	return nil
}

// Signal sends a signal to the current incarnation's whole group and all its daemons: SIGSTOP and SIGCONT are the fault of a
// pause.
func (s *Subject) Signal(sig syscall.Signal) error {
	l := s.life()
	err := l.proc.Signal(sig)
	if l.cluster != nil {
		err = errors.Join(err, l.cluster.Signal(sig))
	}
	if err != nil {
		return fmt.Errorf("signalling engine %s: %w", s.cfg.Plan.Instance, err)
	}
	return nil
}

func (l *life) fault() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.fault
}

// broke says why the engine cannot be heard any more, at which it is ended.
func (l *life) broke(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.once.broken.Do(func() {
		l.mu.defect = fmt.Errorf("hearing what it says: %w", err)
		close(l.broken)
	})
}

// unheard is the error that broke was given, nil if there was none.
func (l *life) unheard() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.defect
}

func (l *life) expect() {
	l.mu.Lock()
	l.mu.expected = true
	l.mu.Unlock()
}

// Restart starts the next incarnation with the same plan and state and waits for its hello. daemons is what it has instead of
// Config.Cluster, nil: the same. Call it after Kill.
func (s *Subject) Restart(ctx context.Context, daemons *engines.Cluster) error {
	s.mu.Lock()
	s.mu.number++
	s.mu.Unlock()
	s.cfg.Cluster = cmp.Or(daemons, s.cfg.Cluster)
	return s.begin(ctx)
}

// Usage is what all incarnations used so far, their daemons included.
func (s *Subject) Usage() process.Usage {
	s.mu.Lock()
	l, past := s.mu.cur, s.mu.past
	s.mu.Unlock()
	u := l.usage()
	u.CPU += past.CPU
	u.RSSPeak = max(u.RSSPeak, past.RSSPeak)
	return u
}
