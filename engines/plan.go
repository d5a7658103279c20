// Package engines is the contract between the harness and an engine: the plan an engine is started with, the lines it says
// and hears, the descriptor that tells what it can do, and Serve, which runs an engine written in Go under that contract.
// Each child folder is one engine. It leaves starting, probing and killing engines to harness/subject.
package engines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Contract is the version of the contract this package speaks.
const Contract = 1

// Guarantee is what an engine promises for each event.
type Guarantee string

// The guarantees.
const (
	AtLeastOnce Guarantee = "at-least-once"
	ExactlyOnce Guarantee = "exactly-once"
)

// Plan is the file an engine is started with: all it needs to do its job in one trial. Unknown fields are ignored by
// engines unless Require names them.
type Plan struct {
	Contract         int             `json:"contract"`
	Require          []string        `json:"require,omitempty"` // fields the engine must understand
	Run              string          `json:"run"`
	Block            string          `json:"block"`
	Instance         string          `json:"instance"`    // the engine's label in the scenario, unique in a block
	Engine           string          `json:"engine"`      // the engine's name
	Incarnation      int             `json:"incarnation"` // 1, and one more for each restart with the same state
	Brokers          Brokers         `json:"brokers"`
	Topics           Topics          `json:"topics"`
	Partitions       int32           `json:"partitions"` // of every topic
	Prefix           string          `json:"prefix"`     // begins every group, transactional id and internal topic
	Job              job.Job         `json:"job"`
	Guarantee        Guarantee       `json:"guarantee"`
	CommitIntervalMS int64           `json:"commit_interval_ms"`
	BatchIntervalMS  int64           `json:"batch_interval_ms"`
	Parallelism      int             `json:"parallelism"`
	EventTimeMin     int64           `json:"event_time_min"` // ms since the epoch, the whole drain included, both ends allowed
	EventTimeMax     int64           `json:"event_time_max"`
	StartUnixNS      int64           `json:"start_unix_ns"` // 0 while the trial waits for its engines; run.json has the start
	Deadlines        Deadlines       `json:"deadlines"`
	Limits           Limits          `json:"limits"`
	JVMFlags         []string        `json:"jvm_flags,omitempty"` // given by the user: for the virtual machines that an engine starts
	Deploy           *Deploy         `json:"deploy,omitempty"`    // nil: in the engine's own process
	Store            *Store          `json:"store,omitempty"`     // of messages that records refer to; nil: there is none
	Options          json.RawMessage `json:"options,omitempty"`   // the engine's own settings, passed through and reported
	StateDir         string          `json:"state_dir"`           // empty at a trial's start, survives restarts
	LogDir           string          `json:"log_dir"`
}

// Store says where messages lie that records only refer to, by the name that a record has for its value: in a folder, or in S3.
type Store struct {
	Folder string `json:"folder,omitempty"` // one file an object
	S3     *S3    `json:"s3,omitempty"`     // one object a message; instead of a folder. Plans with it require store.s3
}

// S3 is a bucket of Amazon S3 or of a server that speaks its protocol. Credentials are the process's own: of its environment, or
// of the files of the AWS tools.
type S3 struct {
	Endpoint  string `json:"endpoint"` // URL of the server; empty: Amazon's
	Bucket    string `json:"bucket"`
	Prefix    string `json:"prefix"` // of all keys; a slash and the name follow
	Region    string `json:"region"` // empty: ask the server
	PathStyle bool   `json:"path_style"`
}

// Brokers says how to reach Kafka.
type Brokers struct {
	Bootstrap    []string `json:"bootstrap"`
	SecurityFile string   `json:"security_file,omitempty"` // Java client.properties with TLS and SASL settings
}

// Topics names the topics of one instance. Stages has one topic for each hop: a job of n stages has n-1.
type Topics struct {
	Input      string   `json:"input"`
	Stages     []string `json:"stages"`
	Output     string   `json:"output"`
	DeadLetter string   `json:"deadletter"`
	Registry   string   `json:"registry"`
}

// StageInput is the topic that stage i (from 0) reads.
func (t Topics) StageInput(i int) string {
	if i == 0 {
		return t.Input
	}
	return t.Stages[i-1]
}

// StageOutput is the topic that stage i (from 0) writes its results to.
func (t Topics) StageOutput(i int) string {
	if i == len(t.Stages) {
		return t.Output
	}
	return t.Stages[i]
}

// Deadlines of the contract in ms: start to ready, drain line to stopped, end of standard input to exit.
type Deadlines struct {
	ReadyMS int64 `json:"ready_ms"`
	DrainMS int64 `json:"drain_ms"`
	StopMS  int64 `json:"stop_ms"`
}

// Limits bounds sizes in bytes. HeapBytes 0 leaves the engine's default.
type Limits struct {
	MaxRecordBytes int64 `json:"max_record_bytes"`
	HeapBytes      int64 `json:"heap_bytes,omitempty"`
}

// understood lists the fields Require may name for engines of this package.
var understood = map[string]bool{"job": true, "guarantee": true, "limits": true, "topics": true, "options": true, "store": true, "store.s3": true,
	"schema": true} // job.reading.schema

// ReadPlan reads a plan file and refuses a contract or required field it does not know.
func ReadPlan(path string) (Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Plan{}, fmt.Errorf("reading the plan: %w", err)
	}
	var p Plan
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&p); err != nil {
		return Plan{}, fmt.Errorf("reading the plan %s: %w", path, err)
	}
	if p.Contract != Contract {
		return Plan{}, fmt.Errorf("reading the plan %s: contract %d; this engine speaks %d", path, p.Contract, Contract)
	}
	for _, f := range p.Require {
		if !understood[f] {
			return Plan{}, fmt.Errorf("reading the plan %s: requires %q, which this engine does not understand", path, f)
		}
	}
	return p, nil
}
