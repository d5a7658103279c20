// Package process starts, pins, watches and stops child processes: brokers and engines. A child has a process group or a
// session of its own, its output is always drained, and on Linux it dies with this process. The package also reads what a
// report says of the machine. It leaves what a child means, and what its lines say, to its callers.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// MaxLine is the longest line of standard output given to Spec.Stdout, in bytes. The rest of a longer line is dropped.
const MaxLine = 1 << 20

// pipeGrace is how long after a child's exit its descendants may keep its output open before the group is killed. It lets
// a wrapper's last child finish a write, and is short because a child that has exited has nothing more to say.
const pipeGrace = time.Second

// ErrKilled says that a child had to be ended with SIGKILL because it did not stop in time.
var ErrKilled = errors.New("killed: it did not stop in time")

// ErrExited says that a child has ended, so that it cannot be signalled.
var ErrExited = errors.New("the process has ended")

// Spec says what to start and how. It is not changed and may be used again after Start.
type Spec struct {
	Role string   // "broker", "tuple": names the child in errors
	Path string   // program; looked up like a shell does when it has no slash
	Args []string // without the program's name
	Env  []string // KEY=value, added to this process's environment; later ones win
	Dir  string   // working folder; empty: this process's

	Unset []string // names whose values in this process's environment the child does not get; Env may give it others

	// Stdout is given each line of standard output, without its end and cut to MaxLine, from one goroutine. The line is
	// valid during the call only. While it runs the child's output waits, so it must not block. Nil: lines are only logged.
	Stdout func(line []byte)
	// LogFile gets every line of standard output and standard error: the first and the last 32 MB, with a line between
	// them that says how much was left out. Empty: they are dropped. An existing file is continued.
	LogFile string

	NewSession bool  // a session of its own (setsid) instead of a process group alone
	Cores      []int // pin the child to these cores from its first instruction; nil: any; only on Linux
	Stdin      bool  // give it a pipe as standard input; otherwise standard input is empty

	// Detached lets the child outlive this process: it has a session of its own, does not die with this process, and
	// writes straight, and without a limit, to LogFile. Stdout and Stdin cannot be used with it.
	Detached bool
}

// ExitState is how a child ended.
type ExitState struct {
	Code   int            // exit code; -1 after a signal
	Signal syscall.Signal // 0 without one
	Text   string         // "exit status 3", "signal: killed"
}

// OK reports an exit with code 0.
func (s ExitState) OK() bool { return s.Code == 0 }

// String gives the text, for errors and reports.
func (s ExitState) String() string { return s.Text }

// Unasked is String for an end that nobody here asked for: of a SIGKILL it says where those come from.
func (s ExitState) Unasked() string {
	if s.Signal == syscall.SIGKILL {
		return s.Text + ", as by the kernel where memory runs out"
	}
	return s.Text
}

// Usage is what a child's whole group, or session, has used so far, including members that have exited. On Linux it is
// read from /proc; elsewhere it is zero until the child has ended and then counts the child and what it waited for.
type Usage struct {
	CPU     time.Duration // user and system
	RSS     int64         // bytes, now
	RSSPeak int64         // bytes; the largest sum that Usage has seen, or a single process's own peak as of a call of Usage
	Threads int           // now
}

// Process is a started child. Its methods are safe for concurrent use.
type Process struct {
	role    string
	cmd     *exec.Cmd
	pid     int
	session bool
	floor   int64 // bytes: a peak in the kernel's final account that is not above it may be this process's
	stdin   *stdin
	done    chan struct{}
	exit    ExitState // written before done is closed

	mu struct {
		sync.Mutex
		reaped bool
		usage  Usage
	}
}

// Start starts a child. The caller must in the end see Done closed, through Stop or Kill at the latest: goroutines that
// drain its output live until then.
//
// One goroutine, locked to its thread, starts the child and waits for it. So the thread that the kernel takes for the
// parent lives as long as the child, and "die with the parent" cannot fire when the runtime retires a thread.
func Start(spec Spec) (*Process, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	c, err := newChild(spec)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Role, err)
	}
	p := &Process{role: spec.Role, cmd: c.cmd, session: spec.NewSession || spec.Detached, stdin: c.stdin, done: make(chan struct{})}
	started := make(chan error)
	go p.run(spec, c, started)
	if err := <-started; err != nil {
		c.close()
		return nil, fmt.Errorf("starting %s (%s): %w", spec.Role, spec.Path, err)
	}
	return p, nil
}

func (s Spec) validate() error {
	if s.Path == "" {
		return fmt.Errorf("starting %s: no program given", s.Role)
	}
	if s.Detached && (s.Stdout != nil || s.Stdin) {
		return fmt.Errorf("starting %s: a detached process has no pipes to this one", s.Role)
	}
	return nil
}

// child is a command with the ends of its pipes.
type child struct {
	cmd    *exec.Cmd
	stdin  *stdin
	log    *capLog    // nil without one
	out    []*os.File // our ends of standard output and standard error; none when detached
	theirs []*os.File // the child's ends, closed here after the start
}

func newChild(spec Spec) (_ *child, err error) {
	c := &child{cmd: exec.Command(spec.Path, spec.Args...)}
	c.cmd.Dir = spec.Dir
	c.cmd.Env = owned(append(without(c.cmd.Environ(), spec.Unset), spec.Env...), spec.Detached)
	c.cmd.SysProcAttr = attributes(spec)
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if spec.Detached {
		return c, c.detach(spec.LogFile)
	}
	if spec.LogFile != "" {
		if c.log, err = openLog(spec.LogFile, logKeep); err != nil {
			return nil, err
		}
	}
	if spec.Stdin {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		c.stdin, c.cmd.Stdin, c.theirs = &stdin{f: w}, r, append(c.theirs, r)
	}
	for _, to := range []*io.Writer{&c.cmd.Stdout, &c.cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		*to, c.out, c.theirs = w, append(c.out, r), append(c.theirs, w)
	}
	return c, nil
}

// detach sends the output straight to the log file, which needs nobody to drain it.
func (c *child) detach(logFile string) error {
	if logFile == "" {
		return nil
	}
	f, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	c.cmd.Stdout, c.cmd.Stderr, c.theirs = f, f, append(c.theirs, f)
	return nil
}

func (c *child) closeTheirs() {
	for _, f := range c.theirs {
		f.Close()
	}
	c.theirs = nil
}

func (c *child) close() {
	c.closeTheirs()
	for _, f := range c.out {
		f.Close()
	}
	if c.stdin != nil {
		c.stdin.Close()
	}
	if c.log != nil {
		c.log.Close()
	}
}

// run starts the child, says so on started, and sees it to its end.
func (p *Process) run(spec Spec, c *child, started chan<- error) {
	err := startLocked(c.cmd, spec.Cores)
	c.closeTheirs()
	if err != nil {
		started <- err
		return // still locked, so the thread goes, with whatever affinity it has
	}
	p.pid, p.floor = c.cmd.Process.Pid, inheritedPeak()
	drained := make(chan struct{})
	go drain(spec, c, drained)
	started <- nil
	p.await(c, drained)
	unlockThread()
	close(p.done)
}

// await waits for the child's exit, ends what it left behind in its group, and reaps it last: until then its process id,
// which is the group's, cannot be given to anybody else.
func (p *Process) await(c *child, drained <-chan struct{}) {
	waitUnreaped(p.pid)
	p.Usage()
	grace := time.NewTimer(pipeGrace)
	select {
	case <-drained:
	case <-grace.C:
	}
	grace.Stop()
	p.Usage()
	p.mu.Lock()
	killGroup(p.pid)
	err := c.cmd.Wait()
	p.mu.reaped = true
	p.mu.Unlock()
	p.exit = exitState(c.cmd.ProcessState, err)
	p.settle(reapGroup(p.pid), c.cmd.ProcessState)
	awaitGroup(p.pid)
	for _, f := range c.out {
		f.Close() // ends the draining even if somebody outside the group still holds the other end
	}
	<-drained
	if p.stdin != nil {
		p.stdin.Close()
	}
	if c.log != nil {
		c.log.Close()
	}
}

// awaitGroup returns when a killed group has no living member left, also among those that are no children of this process
// and that nobody may ever reap. A process that hangs in the kernel cannot be waited for, so there is a limit.
func awaitGroup(pid int) {
	for wait := time.Millisecond; wait < time.Second && groupLives(pid); wait *= 2 {
		time.Sleep(wait)
	}
}

// settle makes the final usage from what was sampled last and what the kernel accounted at the end.
func (p *Process) settle(others time.Duration, st *os.ProcessState) {
	if st == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	u := &p.mu.usage
	u.CPU = max(u.CPU, st.UserTime()+st.SystemTime()+others)
	if peak := peakOf(st); peak > p.floor {
		u.RSSPeak = max(u.RSSPeak, peak)
	}
	u.RSS, u.Threads = 0, 0
}

func exitState(st *os.ProcessState, err error) ExitState {
	if st == nil {
		return ExitState{Code: -1, Text: err.Error()}
	}
	s := ExitState{Code: st.ExitCode(), Text: st.String()}
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		s.Signal = ws.Signal()
	}
	return s
}

// PID is the child's process id, which is also its group's and, with a session of its own, its session's.
func (p *Process) PID() int { return p.pid }

// Stdin is the child's standard input, or nil if Spec.Stdin was not set. Writes block while the child does not read and
// fail once it has ended; Close may be called more than once and ends a write that is blocked.
func (p *Process) Stdin() io.WriteCloser {
	if p.stdin == nil {
		return nil
	}
	return p.stdin
}

// Done is closed when the child has ended, its group is gone and its last line was given to Spec.Stdout.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit is how the child ended; the zero value before Done is closed.
func (p *Process) Exit() ExitState {
	select {
	case <-p.done:
		return p.exit
	default:
		return ExitState{}
	}
}

// Signal sends sig to the child's whole group, so that a child behind a wrapper hears it too. Errors: ErrExited.
func (p *Process) Signal(sig syscall.Signal) error {
	// The lock spans the check and the signal: reaping needs it too, so the id still belongs to the child.
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.reaped {
		return fmt.Errorf("signalling %s: %w", p.role, ErrExited)
	}
	if err := syscall.Kill(-p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signalling %s with %v: %w", p.role, sig, err)
	}
	return nil
}

// Kill ends the whole group with SIGKILL and waits until it is gone. It does nothing to a child that has ended.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, ErrExited) {
		return err
	}
	<-p.done
	return nil
}

// Stop asks the child to end and waits for it: end of standard input (when it has one) and eof to act on it, then SIGTERM
// and term to act on it, then SIGKILL to its group. The end of ctx goes to SIGKILL at once. Errors: ErrKilled when it
// came to that; how the child itself fared is in Exit.
func (p *Process) Stop(ctx context.Context, eof, term time.Duration) error {
	p.Usage() // its peak so far: the account at the end may not be its own
	if p.stdin != nil {
		p.stdin.Close()
		if p.endsWithin(ctx, eof) {
			return nil
		}
	}
	if ctx.Err() == nil && p.Signal(syscall.SIGTERM) == nil && p.endsWithin(ctx, term) {
		return nil
	}
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.Kill(); err != nil {
		return err
	}
	return fmt.Errorf("stopping %s: %w", p.role, ErrKilled)
}

func (p *Process) endsWithin(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// stdin is the write end of a child's standard input; closing it twice is no error.
type stdin struct {
	f    *os.File
	once sync.Once
	err  error
}

func (s *stdin) Write(b []byte) (int, error) { return s.f.Write(b) }

func (s *stdin) Close() error {
	s.once.Do(func() { s.err = s.f.Close() })
	return s.err
}

// Usage reads what the child's group has used so far; after its end, the final figures.
func (p *Process) Usage() Usage {
	now := p.sample()
	p.mu.Lock()
	defer p.mu.Unlock()
	u := &p.mu.usage
	if p.mu.reaped {
		return *u
	}
	// A member that leaves between two samples takes its own figures along; what was counted stays counted.
	u.CPU = max(u.CPU, now.CPU)
	u.RSSPeak = max(u.RSSPeak, now.RSSPeak)
	u.RSS, u.Threads = now.RSS, now.Threads
	return *u
}
