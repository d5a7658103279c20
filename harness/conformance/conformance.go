// Package conformance holds scripts that say, one behaviour a file, what an engine must answer to what, and a runner that
// puts any engine to that test over Kafka. The scripts' expected outputs are written by hand from
// harness/job/SEMANTICS.md; nothing here executes a job, so nothing here can share a mistake with an engine. FORMAT.md
// draws the script format. Starting the engine is left to the caller's Subject.
package conformance

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
)

// Subject is one engine under test.
type Subject interface {
	// Start starts the engine with a plan and returns once it runs; the runner finds out by heartbeats when it answers. A
	// plan whose Incarnation is above 1 continues with the state of the instance before, which has ended by then.
	Start(ctx context.Context, plan engines.Plan) (Instance, error)
}

// Instance is one incarnation of a Subject. Exactly one of its methods is called, once.
type Instance interface {
	// Drain asks the engine to read its input to the end, write and commit everything and end, and waits for that.
	Drain(ctx context.Context) error
	// Stop ends the engine in order and waits for that.
	Stop(ctx context.Context) error
	// Kill ends the engine at once, as SIGKILL does, and returns when nothing of it runs.
	Kill() error
}

// Greeter is an Instance that knows the engine's hello line: scripts of jobs with an operator that it calls absent, or with
// a form of encode that it does not list, are skipped.
type Greeter interface {
	Hello() engines.Line
}

// Leaver is an Instance that may leave something behind when it is killed and no other one follows, such as its job on a cluster
// elsewhere: then it is asked to stop where another one is killed.
type Leaver interface {
	Leaves() bool
}

// Env says where and how a test runs.
type Env struct {
	Dial         func(opts ...kgo.Opt) (*kgo.Client, error) // to the broker, with its security settings
	Bootstrap    []string                                   // for the plan
	SecurityFile string                                     // for the plan: Java client.properties, may be empty
	Partitions   int32                                      // of every topic
	Dir          string                                     // folder for state and logs of the engine; stays the caller's
	Guarantee    engines.Guarantee
	EngineName   string        // for plan and topic names
	Identity     bool          // the engine copies (null): scripts of jobs that do more are skipped
	Progress     func(string)  // nil: none; gets one line for each engine start and script
	Patience     time.Duration // how long an answer may take before it counts as missing; 0: DefaultPatience
	Ready        time.Duration // how long a start may take until heartbeats are answered; 0: DefaultReady
	// Operators tells how the engine does each operator, as its descriptor does: scripts of jobs with an absent one are
	// skipped. An operator that is not in it counts as native.
	Operators map[string]engines.Fit
	// Forms lists what the engine's encode writes, as its descriptor does: scripts of jobs with another form are skipped. nil: what
	// the engine's hello says, or else any.
	Forms []string
	// CommitInterval and BatchInterval go into the plan; 0: 50 ms.
	CommitInterval, BatchInterval time.Duration
	// Parallel is how many engine starts may run at the same time; 0: one. The Subject must allow that.
	Parallel int
	// Options are the engine's own settings, for the plan: a JSON object, or nil.
	Options json.RawMessage
}

// DefaultPatience is how long the runner waits for one answer, DefaultReady for the first ones after a start (JVM engines
// take up to a minute).
const (
	DefaultPatience = 20 * time.Second
	DefaultReady    = 120 * time.Second
)

// State is how a script came out.
type State string

// The states of a script.
const (
	Passed  State = "passed"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Outcome is what became of one script.
type Outcome struct {
	Script string // Script.Name
	About  string // what the script checks, in a sentence
	Job    string // name of the job
	State  State
	Reason string   // why it was skipped, or failed without a difference
	Diff   string   // lines "- wanted" and "+ got" in the words of the script; empty unless the outputs differ
	Notes  []string // what an at-least-once engine did and may do, such as repeats
}

// Report is the result of Run.
type Report struct {
	Engine   string
	Scripts  []Outcome // in the order of the scripts given
	Silent   bool      `json:",omitempty"` // the engine answered nothing in any start: no script has judged it
	Problems []string  // found beside the scripts: records in a wrong partition, without headers, of nobody
}

// Passed reports whether no script failed and no problem was found.
func (r Report) Passed() bool {
	for _, s := range r.Scripts {
		if s.State == Failed {
			return false
		}
	}
	return len(r.Problems) == 0
}

// String lists problems and failed scripts with what differs; empty if there are none.
func (r Report) String() string {
	var b strings.Builder
	for _, p := range r.Problems {
		b.WriteString("problem: " + p + "\n")
	}
	for _, s := range r.Scripts {
		if s.State != Failed {
			continue
		}
		b.WriteString("FAIL " + s.Script + " (job " + s.Job + "): " + s.About + "\n")
		if s.Reason != "" {
			b.WriteString("  " + s.Reason + "\n")
		}
		for line := range strings.Lines(s.Diff) {
			b.WriteString("  " + strings.TrimRight(line, "\n") + "\n")
		}
	}
	return b.String()
}
