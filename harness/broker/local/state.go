package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/jars"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/whole"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Errors of a kept cluster.
var (
	ErrRunning    = errors.New("a kept broker is running already")
	ErrNotRunning = errors.New("no kept broker is running")
)

// State is the file that describes a cluster left running by Keep.
type State struct {
	Version        string    `json:"version"`
	Since          time.Time `json:"since"`
	Bootstrap      []string  `json:"bootstrap"`
	SecurityFile   string    `json:"security_file,omitempty"`
	MaxRecordBytes int64     `json:"max_record_bytes"`
	Dir            string    `json:"dir"` // removed when it is stopped
	LogDir         string    `json:"log_dir"`
	Nodes          []Kept    `json:"nodes"`
}

// Kept is one process of a kept cluster. Mark tells it from another that got the same id later.
type Kept struct {
	PID  int    `json:"pid"`
	Mark string `json:"mark"`
}

// Alive counts the processes that are still running.
func (s State) Alive() int {
	n := 0
	for _, k := range s.Nodes {
		if k.Mark != "" && process.Mark(k.PID) == k.Mark {
			n++
		}
	}
	return n
}

// Keep starts a cluster that outlives this process and describes it in stateFile. Two at once wait for each other, and
// the second fails. What was left of one that ended by itself, or whose start was killed, is ended and removed. Errors: ErrRunning,
// with where it is; those of Start.
func Keep(ctx context.Context, spec broker.Spec, cfg Config, stateFile string) (State, error) {
	unlock, err := lockState(ctx, stateFile)
	if err != nil {
		return State{}, fmt.Errorf("starting a kept broker: %w", err)
	}
	defer unlock()
	if err := makeRoom(ctx, spec, stateFile); err != nil {
		return State{}, fmt.Errorf("starting a kept broker: %w", err)
	}
	defer os.Remove(starting(stateFile))
	cfg.detached = true
	cfg.launched = func(b *Broker) error { return WriteState(starting(stateFile), b.state()) }
	b, err := Start(ctx, spec, cfg)
	if err != nil {
		return State{}, errors.Join(err, os.RemoveAll(spec.Dir))
	}
	s := b.state()
	if err := WriteState(stateFile, s); err != nil {
		return State{}, errors.Join(err, b.Close(ctx))
	}
	return s, nil
}

// starting is the file that describes nodes while they are being started. Who finds it holding the lock knows that their start was
// killed.
func starting(stateFile string) string { return stateFile + ".starting" }

// makeRoom leaves nothing of a kept cluster where another one is to be. Errors: ErrRunning.
func makeRoom(ctx context.Context, spec broker.Spec, stateFile string) error {
	s, err := ReadState(stateFile)
	switch {
	case err == nil && s.Alive() > 0:
		return fmt.Errorf("%w at %v since %s", ErrRunning, s.Bootstrap, s.Since.Format(time.DateTime))
	case err != nil && !errors.Is(err, ErrNotRunning):
		return err
	}
	if _, err := end(ctx, starting(stateFile)); err != nil {
		return err
	}
	// A state that is left is of one that was killed, or from before the machine was restarted.
	errs := []error{os.RemoveAll(s.Dir), os.RemoveAll(spec.Dir)}
	for id := 1; id <= mostNodes; id++ { // they would be continued, and what they complain of be taken for the next one's
		errs = append(errs, os.RemoveAll(nodeLog(spec.LogDir, id)))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing the last one's files: %w", err)
	}
	return nil
}

// mostNodes is how many nodes a cluster has at most.
const mostNodes = 3

func lockState(ctx context.Context, stateFile string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(stateFile), 0o755); err != nil {
		return nil, err
	}
	return jars.Hold(ctx, stateFile+".lock")
}

func (b *Broker) state() State {
	info := b.Info()
	s := State{Version: info.Version, Since: time.Now(), Bootstrap: info.Bootstrap, SecurityFile: info.SecurityFile,
		MaxRecordBytes: b.spec.MaxRecordBytes, Dir: b.spec.Dir, LogDir: b.spec.LogDir}
	for _, pid := range info.PIDs {
		s.Nodes = append(s.Nodes, Kept{PID: pid, Mark: process.Mark(pid)})
	}
	return s
}

// WriteState writes a state file, whole or not at all.
func WriteState(stateFile string, s State) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the broker's state: %w", err)
	}
	if err := whole.WriteFile(stateFile, append(b, '\n')); err != nil {
		return fmt.Errorf("writing the broker's state: %w", err)
	}
	return nil
}

// ReadState reads a state file; State.Alive tells whether what it describes still runs. Errors: ErrNotRunning when there
// is no such file.
func ReadState(stateFile string) (State, error) {
	b, err := os.ReadFile(stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, fmt.Errorf("reading the broker's state: %w", ErrNotRunning)
	}
	if err != nil {
		return State{}, fmt.Errorf("reading the broker's state: %w", err)
	}
	var s State
	if err := json.Unmarshal(b, &s); err != nil {
		return State{}, fmt.Errorf("reading the broker's state %s: %w", stateFile, err)
	}
	return s, nil
}

// StopFromState ends a kept cluster, with SIGTERM and then, after 15 s or at the end of ctx, SIGKILL, and removes its data
// and the state file; also one whose start was killed. Errors: ErrNotRunning; its remains are removed all the same.
func StopFromState(ctx context.Context, stateFile string) error {
	unlock, err := lockState(ctx, stateFile)
	if err != nil {
		return fmt.Errorf("stopping the kept broker: %w", err)
	}
	defer unlock()
	ran, err1 := end(ctx, stateFile)
	began, err2 := end(ctx, starting(stateFile))
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("stopping the kept broker: %w", err)
	}
	if !ran && !began {
		return fmt.Errorf("stopping the kept broker: %w", ErrNotRunning)
	}
	return nil
}

// end ends what a state file describes, removes its data and the file, and tells whether any of it ran. Without a file nothing is to
// be done.
func end(ctx context.Context, file string) (ran bool, err error) {
	s, err := ReadState(file)
	if errors.Is(err, ErrNotRunning) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ran = s.Alive() > 0
	s.signal(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	for s.Alive() > 0 && pause(ctx, statePause) {
	}
	s.signal(syscall.SIGKILL)
	for s.Alive() > 0 { // a killed process ends; how soon is the kernel's affair
		pause(context.WithoutCancel(ctx), statePause)
	}
	return ran, errors.Join(os.RemoveAll(s.Dir), os.Remove(file))
}

// signal sends sig to the sessions of those processes that still are who they were.
func (s State) signal(sig syscall.Signal) {
	for _, k := range s.Nodes {
		if k.Mark != "" && process.Mark(k.PID) == k.Mark {
			_ = syscall.Kill(-k.PID, sig)
		}
	}
}

// Attach uses a kept cluster for a run. Closing what it returns leaves the cluster running. Errors: ErrNotRunning;
// broker.ErrDamaged; broker.ErrUnfit for a run that wants another number of nodes, or has larger records.
func Attach(ctx context.Context, s State, spec broker.Spec) (*Attached, error) {
	if err := s.suits(spec); err != nil {
		return nil, fmt.Errorf("using the kept broker: %w", err)
	}
	opts, err := broker.ClientOptions(s.Bootstrap, s.SecurityFile, s.MaxRecordBytes)
	if err != nil {
		return nil, fmt.Errorf("using the kept broker: %w", err)
	}
	a := &Attached{state: s, opts: opts}
	a.cpu0, _ = a.total()
	cl, err := a.Dial()
	if err != nil {
		return nil, fmt.Errorf("using the kept broker: %w", err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := broker.Await(ctx, cl, len(s.Nodes), nil); err != nil {
		return nil, fmt.Errorf("using the kept broker: %w: its nodes do not answer; stop it: %w", broker.ErrDamaged, err)
	}
	return a, nil
}

// suits says why a kept cluster is none for a run, as far as its description tells.
func (s State) suits(spec broker.Spec) error {
	nodes, alive := max(1, spec.Nodes), s.Alive()
	switch {
	case alive == 0:
		return ErrNotRunning
	case alive < len(s.Nodes):
		return fmt.Errorf("%w: %d of %d nodes run; stop it", broker.ErrDamaged, alive, len(s.Nodes))
	case len(s.Nodes) != nodes:
		return fmt.Errorf("%w: it has %d nodes, this run wants %d; stop it and start it again", broker.ErrUnfit, len(s.Nodes), nodes)
	case spec.MaxRecordBytes > s.MaxRecordBytes:
		return fmt.Errorf("%w: it takes records of up to %d bytes, this run's are up to %d; stop it and start it again", broker.ErrUnfit,
			s.MaxRecordBytes, spec.MaxRecordBytes)
	}
	return nil
}

// Attached is a kept cluster in use by a run. Safe for concurrent use.
type Attached struct {
	state State
	opts  []kgo.Opt
	cpu0  time.Duration // used before the run
}

var _ broker.Limited = (*Attached)(nil)

// Info describes the cluster.
func (a *Attached) Info() broker.Info {
	info := broker.Info{Kind: broker.Local, Version: a.state.Version, Nodes: len(a.state.Nodes),
		Bootstrap: slices.Clone(a.state.Bootstrap), SecurityFile: a.state.SecurityFile}
	for _, k := range a.state.Nodes {
		info.PIDs = append(info.PIDs, k.PID)
	}
	return info
}

// Dial makes a client with size limits for the largest record the cluster was started for.
func (a *Attached) Dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(a.opts), opts...)...)
}

// Limits reads the cluster's limits.
func (a *Attached) Limits(ctx context.Context) (map[string]int64, error) {
	cl, err := a.Dial()
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	defer cl.Close()
	return broker.Limits(ctx, cl)
}

// Lost never yields: the cluster's processes are no children of this one. A run notices by its clients.
func (a *Attached) Lost() <-chan error { return nil }

// Usage is the CPU time since Attach, and the peak of resident memory since the cluster's start.
func (a *Attached) Usage() (cpuSeconds float64, rssPeak int64) {
	cpu, rss := a.total()
	return (cpu - a.cpu0).Seconds(), rss
}

func (a *Attached) total() (cpu time.Duration, rss int64) {
	for _, k := range a.state.Nodes {
		u := process.SessionUsage(k.PID)
		cpu, rss = cpu+u.CPU, rss+u.RSSPeak
	}
	return cpu, rss
}

// Close does nothing: a kept cluster goes on.
func (a *Attached) Close(context.Context) error { return nil }

// statePause is the time between two looks at processes of the kept broker.
const statePause = 100 * time.Millisecond

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
