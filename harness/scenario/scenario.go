// Package scenario reads scenario and job files, checks them and resolves them into what a run will do. Reading is strict:
// every problem of a file is reported at once, with line and column and the nearest valid name (harness/yamlstrict).
package scenario

import (
	"time"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Scenario is a resolved scenario: file, defaults, flags and --set applied, job loaded. It is stored with the result.
type Scenario struct {
	Schema      int               `yaml:"schema" json:"schema"`
	Name        string            `yaml:"-" json:"name"` // file name without .yaml
	Title       string            `yaml:"title" json:"title"`
	JobName     string            `yaml:"job" json:"job_name"` // name in scenarios/jobs, or a path
	Job         *job.Job          `yaml:"-" json:"job"`
	Placement   string            `yaml:"placement" json:"placement"`     // side-by-side or isolated
	Repetitions int               `yaml:"repetitions" json:"repetitions"` // of each engine
	Seed        uint64            `yaml:"seed" json:"seed"`
	Stream      Stream            `yaml:"stream" json:"stream"`
	Load        Load              `yaml:"load" json:"load"`
	Broker      Broker            `yaml:"broker" json:"broker"`
	Guarantee   string            `yaml:"guarantee" json:"guarantee"`     // at-least-once or exactly-once
	Engines     map[string]Engine `yaml:"engines" json:"engines"`         // by label
	Floor       bool              `yaml:"floor" json:"floor"`             // add `null`; --no-floor
	Faults      []Fault           `yaml:"faults" json:"faults,omitempty"` // injected on purpose: the trial is never ranked
	Limits      Limits            `yaml:"limits" json:"limits"`
	Deadlines   Deadlines         `yaml:"deadlines" json:"deadlines,omitzero"` // of engines
	Observe     Observe           `yaml:"observe" json:"observe"`
}

// Stream says what is offered.
type Stream struct {
	Recording string    `yaml:"recording" json:"recording,omitempty"` // name in scenarios/recorded, or a path
	Preset    string    `yaml:"preset" json:"preset,omitempty"`       // instead: name in scenarios/presets, or a path
	Sizes     Sizes     `yaml:"-" json:"-"`                           // of the preset's messages, where some are large
	Payload   Payload   `yaml:"payload" json:"payload,omitzero"`      // instead: messages of many sizes, for the jobs of large messages; or how those of the preset travel
	Encoding  string    `yaml:"encoding" json:"encoding"`
	Encodings []string  `yaml:"encodings" json:"encodings,omitempty"` // instead: each engine is offered the stream in each of these; isolated only
	Schema    Schema    `yaml:"schema" json:"schema,omitzero"`        // of the messages, instead of one that is derived from the job's reading
	Devices   int       `yaml:"devices" json:"devices"`
	EventTime EventTime `yaml:"event_time" json:"event_time"`
	Disorder  Disorder  `yaml:"disorder" json:"disorder"`
	Repeats   Share     `yaml:"repeats" json:"repeats"` // share of events that a device sends a second time: same identity
	Damaged   Share     `yaml:"damaged" json:"damaged"` // share of events whose value is cut off or garbled
	Pad       Bytes     `yaml:"pad" json:"pad_bytes"`   // smallest size of a value: shorter ones get a filler field
}

// Schema names a user's own schema of messages. What it says, whole, is then in the job's reading.
type Schema struct {
	File    string `yaml:"file" json:"file,omitempty"`       // path: an .avsc, a .proto, a descriptor set of Protobuf, or a DBC file
	Message string `yaml:"message" json:"message,omitempty"` // full name of the messages' type, where the file has several; of a DBC file, where signals are looked for
}

// EventTime fixes the stream's epoch.
type EventTime struct {
	Start time.Time `yaml:"start" json:"start"`
	Speed Factor    `yaml:"speed" json:"speed"` // event time per time of the run: "20x"
}

// Disorder delays the arrival of a share of the events by up to UpTo of event time.
type Disorder struct {
	Share Share      `yaml:"share" json:"share"`
	UpTo  job.Millis `yaml:"up_to" json:"up_to_ms"`
}

// Load says when events are due.
type Load struct {
	Profile string     `yaml:"profile" json:"profile"` // constant, poisson, recorded, prefilled
	Rate    Rate       `yaml:"rate" json:"rate"`       // events per second; not with recorded
	Warmup  job.Millis `yaml:"warmup" json:"warmup_ms"`
	Measure job.Millis `yaml:"measure" json:"measure_ms"`
	Drain   job.Millis `yaml:"drain" json:"drain_ms"` // limit
}

// Broker says which Kafka.
type Broker struct {
	Kind       string `yaml:"kind" json:"kind"` // embedded, local, or HOST:PORT[,HOST:PORT…]
	Nodes      int    `yaml:"nodes" json:"nodes"`
	Partitions int32  `yaml:"partitions" json:"partitions"`
	ConfigFile string `yaml:"config" json:"config_file,omitempty"`
}

// Engine is one engine's settings.
type Engine struct {
	Engine         string            `yaml:"engine" json:"engine"` // defaults to the label
	Parallelism    int               `yaml:"parallelism" json:"parallelism"`
	CommitInterval job.Millis        `yaml:"commit_interval" json:"commit_interval_ms"`
	BatchInterval  job.Millis        `yaml:"batch_interval" json:"batch_interval_ms"`
	Guarantee      string            `yaml:"guarantee" json:"guarantee"`           // overrides the scenario's
	Deploy         string            `yaml:"deploy" json:"deploy,omitempty"`       // local, cluster (its daemons, started here) or remote
	Addresses      map[string]string `yaml:"addresses" json:"addresses,omitempty"` // of the cluster, by the engine's names for them: deploy: remote
	Command        []string          `yaml:"command" json:"command,omitempty"`     // engine: external
	Heap           Bytes             `yaml:"heap" json:"heap_bytes,omitempty"`     // of a JVM engine; 0: its default
	JVMFlags       []string          `yaml:"jvm_flags" json:"jvm_flags,omitempty"` // of a JVM engine, after its own
	Options        map[string]any    `yaml:"options" json:"options,omitempty"`     // the engine's own
	Carrier        string            `yaml:"carrier" json:"carrier,omitempty"`     // of large messages, instead of the stream's; placement isolated
	JobName        string            `yaml:"job" json:"job_name,omitempty"`        // of large messages, instead of the scenario's; placement isolated
	Job            *job.Job          `yaml:"-" json:"job,omitempty"`
	Encoding       string            `yaml:"-" json:"encoding,omitempty"` // one of stream.encodings
}

// Fault is something done to an engine, or to the broker, in the middle of a trial.
type Fault struct {
	At     job.Millis `yaml:"at" json:"at_ms"` // intended time
	Until  job.Millis `yaml:"until" json:"-"`  // with Times: the instants are random, from At to before Until; Read writes them out
	Times  int        `yaml:"times" json:"-"`
	Engine string     `yaml:"engine" json:"engine"` // label; empty, where an engine is aimed at: every one but the floor
	Do     string     `yaml:"do" json:"do"`         // kill: SIGKILL, and a restart after For; pause: SIGSTOP for For; kill-worker: SIGKILL of one
	For    job.Millis `yaml:"for" json:"for_ms"`
	Node   int        `yaml:"node" json:"node,omitempty"` // kill-broker: SIGKILL of this node of a local broker, from 1, and a restart after For
}

// Limits are the bounds a trial must keep to be valid.
type Limits struct {
	SendDelayP99 Span  `yaml:"send_delay_p99" json:"send_delay_p99_ns"`
	RateError    Share `yaml:"rate_error" json:"rate_error"`
}

// Deadlines say how long an engine has for each step of its life. They keep a run from waiting for ever and move no figure.
type Deadlines struct {
	Ready job.Millis `yaml:"ready" json:"ready_ms"` // start to a probe answered on every partition
	Drain job.Millis `yaml:"drain" json:"drain_ms"` // being asked to drain to its end; at least 5 × hops × interval, whatever is said here
	Stop  job.Millis `yaml:"stop" json:"stop_ms"`   // end of standard input to its end; then signals follow
}

// Observe says what the collector reads beyond outputs and dead letters.
type Observe struct {
	Stages bool `yaml:"stages" json:"stages"` // heartbeats on stage topics, for the waterfall
}

// Share is a fraction: "1%" or "0.1%" in YAML.
type Share float64

// Factor is a multiple: "20x" in YAML.
type Factor float64

// Rate is events per second: "5000/s" in YAML.
type Rate float64

// Bytes is a size: "1KB", "110MB" (powers of ten) or a number of bytes in YAML.
type Bytes int64

// Span is a duration with a unit in YAML and ns in JSON.
type Span time.Duration
