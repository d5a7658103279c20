package engines

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Fit says how an engine does an operator.
type Fit string

// The fits. Adapted operators are marked in every table; absent ones make preflight refuse the job.
const (
	Native  Fit = "native"
	Adapted Fit = "adapted"
	Absent  Fit = "absent"
)

// Descriptor tells what an engine is and can do, before it is started.
type Descriptor struct {
	Name        string             `json:"name"`
	Model       string             `json:"model"` // "event at a time", "micro-batch" or "copy"
	Summary     string             `json:"summary"`
	Version     string             `json:"version"`
	Guarantees  []Guarantee        `json:"guarantees"`
	Deployments []string           `json:"deployments"`         // DeployLocal, DeployCluster, DeployRemote
	Addresses   map[string]string  `json:"addresses,omitempty"` // what DeployRemote must be told: what each is, with an example, by name
	Operators   map[string]Fit     `json:"operators"`
	Encodings   []string           `json:"encodings,omitempty"` // what decode reads, and compressions; nil: all, of the JVM JoblibEncodings
	Forms       []string           `json:"forms,omitempty"`     // what encode writes, of job.Forms; nil: of the JVM JoblibForms
	Stores      []string           `json:"stores,omitempty"`    // kinds of stores that messages are read from, beside a folder
	Reasons     map[string]string  `json:"reasons,omitempty"`   // why an operator is adapted or absent
	Visible     string             `json:"visible"`             // what makes a result visible, by guarantee
	Timers      []string           `json:"timers"`              // each timer that can move an output in time
	Waits       map[Guarantee]Wait `json:"waits,omitempty"`     // what results wait for by design; without a guarantee's: for nothing
	MaxRecord   int64              `json:"max_record_bytes"`    // largest record verified
	Java        int                `json:"java,omitempty"`      // needed Java version, 0 for none

	// Producer is where users set Kafka's producers, Internal where they set topics that the engine makes for itself.
	Producer ClientOptions `json:"-"`
	Internal ClientOptions `json:"-"`

	// Copies is how many of the largest record an engine in Go has in memory at once, at least, as measured; 0: not known. Of those on
	// the Java virtual machine Java.Copies tells.
	Copies int `json:"-"`

	// TaskThreads is how many threads, or goroutines, of the engine do the work of a plan's job, all stages together, without
	// those of clients, networks and coordination, and without what its own options change; nil: it is not known.
	TaskThreads func(Plan) int `json:"-"`

	// TransactionTimeout is transaction.timeout.ms of the engine's producers for a plan, exactly once, without what its own options change:
	// TransactionTimeout of this package with a least one of the engine's. nil: it has no transactions, or it is not known.
	TransactionTimeout func(Plan) time.Duration `json:"-"`

	// CheckAddress, if set, refuses an address of DeployRemote that cannot be one of its name.
	CheckAddress func(name, address string) error `json:"-"`

	// Reach, if set, refuses addresses of DeployRemote that this machine does not know the way to, by its files and its environment.
	Reach func(addresses map[string]string, environment func(name string) string) error `json:"-"`

	// Check, if set, refuses before anything starts what the engine could not do: job, partitions, intervals and options of
	// the plan are set. The error has the numbers, and what to write instead.
	Check func(Plan) error `json:"-"`
}

// Engine is an engine written in Go.
type Engine interface {
	Descriptor() Descriptor
	// Run does the plan's job until the input is drained (returns nil after the last commit) or ctx ends (stops in order
	// and returns ctx's error). It says Ready when it takes input. Any other error is a fatal fault.
	Run(ctx context.Context, s *Session) error
}

// Configured is an engine that says how its Kafka clients are set, beside what Settings says.
type Configured interface {
	// Settings are those of its clients for a plan, by the names of Kafka's Java clients.
	Settings(Plan) map[string]any
}

// Session is what a running Go engine works with.
type Session struct {
	Plan   Plan
	Status *Status
	// Drain is closed when the harness says drain: read the input to its end offsets as of then, finish, return.
	Drain <-chan struct{}
	// Dial makes a Kafka client for the plan's brokers with further options.
	Dial func(opts ...kgo.Opt) (*kgo.Client, error)
	// Now is the wall clock; it may time commits and batches, never results.
	Now func() time.Time
}

// Env is what the process around an engine provides.
type Env struct {
	Control io.Reader // lines from the harness; its end means: stop in order
	Status  io.Writer // status lines go here
	Dial    func(opts ...kgo.Opt) (*kgo.Client, error)
	Now     func() time.Time
}

// Serve runs engine e under the contract: says hello, listens to env.Control, runs, and says stopped. It returns e's
// error, after a fatal fault line; a stop by the end of Control or by ctx is no error. The goroutine that reads Control
// ends with it, so Control must end at last.
func Serve(ctx context.Context, e Engine, plan Plan, env Env) error {
	d := e.Descriptor()
	status := NewStatus(env.Status)
	status.Say(Line{Type: LineHello, Contract: []int{Contract}, Engine: d.Name, Version: d.Version,
		Guarantees: d.Guarantees, Operators: d.Operators, Forms: d.Forms, Settings: settings(e, plan)})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	drain := make(chan struct{})
	go listen(env.Control, drain, cancel)
	err := e.Run(ctx, &Session{Plan: plan, Status: status, Drain: drain, Dial: env.Dial, Now: env.Now})
	if err != nil && ctx.Err() == nil {
		status.Fault(err, true)
		status.Say(Line{Type: LineStopped})
		return fmt.Errorf("running engine %s: %w", d.Name, err)
	}
	status.Say(Line{Type: LineStopped, Clean: err == nil})
	return nil
}

// listen closes drain at the first drain line and calls stop at the end of control.
func listen(control io.Reader, drain chan<- struct{}, stop func()) {
	defer stop()
	drained := false
	for sc := bufio.NewScanner(control); sc.Scan(); {
		var l struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(sc.Bytes(), &l) == nil && l.Type == "drain" && !drained {
			drained = true
			close(drain)
		}
	}
}

// settings are what a plan sets, and what the engine sets by itself.
func settings(e Engine, p Plan) map[string]any {
	m := Settings(p)
	if c, ok := e.(Configured); ok {
		maps.Copy(m, c.Settings(p))
	}
	return m
}

// Settings gives the settings that every Go engine works with, for its hello line and the fairness sheet.
func Settings(p Plan) map[string]any {
	m := map[string]any{"guarantee": p.Guarantee, "parallelism": p.Parallelism,
		"acks": "all", "linger_ms": 0, "isolation": "read_uncommitted"}
	if p.BatchIntervalMS > 0 { // it commits with each batch; else it knows none
		m["batch_interval_ms"] = p.BatchIntervalMS
	} else {
		m["commit_interval_ms"] = p.CommitIntervalMS
	}
	if p.Guarantee == ExactlyOnce {
		m["isolation"] = "read_committed"
	}
	return m
}
