// Package result is the schema of a run's result, run.json: the names are part of the product's interface, so fields are
// only ever added. FORMAT.md describes the file. The package computes nothing and is a leaf.
package result

import (
	"encoding/json"
	"time"
)

// Schema is the version of run.json, and Method that of how figures are obtained: it changes when measured numbers would.
const (
	Schema = 1
	Method = "2"
)

// Run is the content of run.json: one execution of a scenario.
type Run struct {
	Schema        int             `json:"schema"`
	Method        string          `json:"method"`
	ID            string          `json:"id"`
	Scenario      string          `json:"scenario"`
	Title         string          `json:"title"`
	ComparableKey string          `json:"comparable_key"` // hash of the scenario without its engines
	Seed          uint64          `json:"seed"`
	Started       time.Time       `json:"started"`
	Ended         time.Time       `json:"ended"`
	Partial       bool            `json:"partial"`           // interrupted or broken off: what is there is true, but not all
	Failure       string          `json:"failure,omitempty"` // why it broke off
	Tool          Tool            `json:"tool"`
	Host          Host            `json:"host"`
	Broker        Broker          `json:"broker"`
	Plan          json.RawMessage `json:"plan"`                // the resolved scenario, redacted
	Encodings     []Encoding      `json:"encodings,omitempty"` // where engines are offered one stream in several
	Trials        []Trial         `json:"trials"`
	Distributions []Distribution  `json:"distributions"`
	Series        []Series        `json:"series"`
	Checks        []Check         `json:"checks"`
	Events        []Event         `json:"events"`
}

// Tool is the build that made the run.
type Tool struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

// Host is the machine.
type Host struct {
	Cores       int               `json:"cores"`
	MemoryBytes int64             `json:"memory_bytes"`
	OS          string            `json:"os"`
	Kernel      string            `json:"kernel"`
	CPUModel    string            `json:"cpu_model"`
	ClockSource string            `json:"clocksource"`
	Limits      map[string]string `json:"limits"` // cgroup limits, where there are any
}

// Broker is the Kafka the run used.
type Broker struct {
	Kind       string  `json:"kind"`
	Version    string  `json:"version"`
	Nodes      int     `json:"nodes"`
	CPUSeconds float64 `json:"cpu_seconds"`
	RSSPeak    int64   `json:"rss_peak_bytes"`
}

// Encoding is what the stream's messages are in an encoding, measured before the first trial in the harness's process: the first
// messages, written in each encoding, compressed, and read.
type Encoding struct {
	Name     string         `json:"encoding"`
	Messages int            `json:"messages"`      // that were measured
	Bytes    int            `json:"bytes"`         // of a message, the mean
	Packed   map[string]int `json:"packed_bytes"`  // compressed by itself, by compression
	Batched  int            `json:"batched_bytes"` // of a message in batches of 100 that are compressed by zstd
	EncodeNS int64          `json:"encode_ns"`     // processor time to write a message
	DecodeNS int64          `json:"decode_ns"`     // processor time to read one
}

// Quality says how far a trial's figures can be believed.
type Quality string

// The qualities. Invalid trials are excluded and make the exit code 5; degraded ones are shown, with a badge, unranked.
const (
	Clean    Quality = "clean"
	Degraded Quality = "degraded"
	Invalid  Quality = "invalid"
)

// Trial is one engine × load × repetition.
type Trial struct {
	ID             string              `json:"id"`
	Block          string              `json:"block"`
	Repetition     int                 `json:"repetition"` // from 1
	Order          int                 `json:"order"`      // position in the run, from 1
	LoadStep       int                 `json:"load_step"`
	Instance       string              `json:"instance"`
	Engine         string              `json:"engine"`
	EngineVersion  string              `json:"engine_version"`
	Model          string              `json:"model"`
	Job            string              `json:"job"`
	Encoding       string              `json:"encoding,omitempty"` // of the messages, where engines differ in it
	Carrier        string              `json:"carrier,omitempty"`  // how large messages travelled: inline, claim-check, chunked
	Placement      string              `json:"placement"`
	Guarantee      string              `json:"guarantee"`
	Deploy         string              `json:"deploy,omitempty"` // where the work was done: local, remote, or cluster with its daemons' roles
	Floor          bool                `json:"floor"`            // the null engine: shown, never ranked
	Quality        Quality             `json:"quality"`
	Badges         []string            `json:"badges"` // why it is degraded: embedded-broker, shared-cores, …
	Valid          bool                `json:"valid"`
	InvalidReasons []string            `json:"invalid_reasons"`
	Partial        bool                `json:"partial"`
	StartUnixNS    int64               `json:"start_unix_ns"`
	Verdict        Verdict             `json:"verdict"`
	Input          Input               `json:"input"`
	OfferedRate    float64             `json:"offered_rate"`  // distinct events per second that were due in the measure phase; repeats of one are not counted
	AchievedRate   float64             `json:"achieved_rate"` // of them, those answered per second, each once; whether rightly is for the verdict to say
	Latency        map[string]*Latency `json:"latency"`       // response, service, close_delay; of the measure phase, events answered by events
	PolicyFloorNS  int64               `json:"policy_floor_ns"`
	WaitsFor       string              `json:"waits_for,omitempty"` // what results wait for by design, and whether the stages' timers go off in step; policy_floor_ns follows from it
	Phases         []Phase             `json:"phases"`
	Resources      Resources           `json:"resources"`
	Lifecycle      Lifecycle           `json:"lifecycle"`
	Backlog        *Backlog            `json:"backlog,omitempty"` // of a prefilled input only
	Settings       map[string]any      `json:"settings"`          // effective ones, as the engine said
	Metrics        map[string]float64  `json:"metrics"`           // advisory, last value of each the engine said
	Adapted        []Adaptation        `json:"adapted"`           // operators of the job that the engine cannot express by its own means
	Restarts       int                 `json:"restarts"`          // incarnations beyond the first
	Warnings       []string            `json:"warnings"`
}

// Lifecycle is how long the steps of an engine's life took, in ns. Null: it did not come to that, or it cannot be told.
type Lifecycle struct {
	Hello      *int64     `json:"hello_ns"` // start of the process to its hello
	Ready      *int64     `json:"ready_ns"` // start of the process to a probe answered on every partition, to 50 ms; null for a prefilled input and of engines that start side by side
	Stop       *int64     `json:"stop_ns"`  // being asked to drain, after the input's end, to the end of the process
	Recoveries []Recovery `json:"recoveries,omitempty"`
}

// Recovery is what became of an engine after a kill.
type Recovery struct {
	At      int64  `json:"at_ns"`        // of the kill, from the trial's start
	AtWork  bool   `json:"at_work"`      // by its answers, the engine had recovered from the kill before; for the first, answered on every partition
	Down    *int64 `json:"down_ns"`      // kill to the start of the next incarnation: as the scenario says; null: none was started
	Hello   *int64 `json:"hello_ns"`     // kill to the hello of the next incarnation; null: none was said
	Through *int64 `json:"recovered_ns"` // kill to the first moment at which all that was due before that start was answered, and on every partition something due after it; null: never
}

// Backlog is the work on an input that lay ready before the engine was started. Times are ns from the start of its process.
type Backlog struct {
	Events    int64    `json:"events"`     // distinct real events answered
	First     int64    `json:"first_ns"`   // the first answer received
	Last      int64    `json:"last_ns"`    // the last one
	Rate      *float64 `json:"rate"`       // events per second from the first answer to the last: of a batch engine that answers all at once, too good; null: in one instant
	TotalRate float64  `json:"total_rate"` // events per second from the process's start to the last answer
}

// Adaptation is an operator for which an engine has no means of its own, so that the adapter uses the nearest.
type Adaptation struct {
	Operator string `json:"operator"`
	Reason   string `json:"reason"`
}

// Verdict is the oracle's judgement of a trial.
type Verdict struct {
	Judged      bool           `json:"judged"`
	Correct     bool           `json:"correct"`
	Text        string         `json:"text"` // correct · correct, at least once (…), both with "; n of m windows unjudged" where some are · wrong: … · not judged: …
	Expected    int64          `json:"expected"`
	Matched     int64          `json:"matched"`
	Missing     int64          `json:"missing"`
	Duplicate   int64          `json:"duplicate"`
	Overcounted int64          `json:"overcounted"`
	Unfinal     int64          `json:"unfinal"`
	Unexpected  int64          `json:"unexpected"`
	Wrong       int64          `json:"wrong"` // right identity, other content
	Tainted     int64          `json:"spurious_tainted"`
	Unjudged    int64          `json:"unjudged"`
	Late        int64          `json:"late"` // events that were allowed to be left out of a window
	DeadLetters int64          `json:"dead_letters"`
	Reordered   int64          `json:"reordered"` // outputs of a device behind a later one; counted, not judged
	Foreign     int64          `json:"foreign"`   // records of the input without a valid identity
	Reasons     map[string]int `json:"reasons"`   // dead letters by reason code
	Stages      []StageVerdict `json:"stages"`
	Culprits    []Culprit      `json:"culprits"` // the first of each fault
}

// StageVerdict is the judgement of one stage against its own input, or of the whole job (Stage "end to end").
type StageVerdict struct {
	Stage       string `json:"stage"`
	Input       string `json:"input"`  // topic
	Output      string `json:"output"` // topic
	Expected    int64  `json:"expected"`
	Matched     int64  `json:"matched"`
	Missing     int64  `json:"missing"`
	Duplicate   int64  `json:"duplicate"`
	Overcounted int64  `json:"overcounted"`
	Unfinal     int64  `json:"unfinal"`
	Unexpected  int64  `json:"unexpected"`
	Wrong       int64  `json:"wrong"`
	Tainted     int64  `json:"spurious_tainted"`
	Unjudged    int64  `json:"unjudged"`
}

// Culprit names one record that is missing, doubled, unexpected or wrong.
type Culprit struct {
	Fault     string `json:"fault"` // missing, duplicate, unexpected, wrong, overcounted, …
	Stage     string `json:"stage"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Identity  string `json:"identity"` // kind/node/ordinal/stream/device/sequence
	Key       string `json:"key"`
	Detail    string `json:"detail"` // expected and found
}

// Input is what was offered. The digests are hexadecimal, over all partitions in order.
type Input struct {
	Records     int64  `json:"records"`
	Bytes       int64  `json:"bytes"` // of values
	HeaderBytes int64  `json:"header_bytes"`
	Digest      string `json:"digest"`
	OrderDigest string `json:"order_digest"`
	// MessageDigest is of the messages that the records carry, whatever their carrier, and of when each was due; empty where every
	// record is a message.
	MessageDigest string `json:"message_digest,omitempty"`
}

// Latency is a distribution's headline. A percentile is null when fewer than 100 samples lie beyond it; Bound says from
// which percentile on the values are only lower bounds, because never-answered events lie there.
type Latency struct {
	Count     int64    `json:"count"`
	Censored  int64    `json:"censored"` // never answered; counted in the percentiles as longer than any answer
	OutRange  int64    `json:"out_of_range"`
	P50       *int64   `json:"p50_ns"`
	P90       *int64   `json:"p90_ns"`
	P99       *int64   `json:"p99_ns"`
	P999      *int64   `json:"p999_ns"`
	Max       int64    `json:"max_ns"`
	BoundFrom *float64 `json:"bound_from,omitempty"` // quantile in (0, 1]; values from it on read "> value"
}

// Phase is a part of a trial, decided by intended time, in ns from the trial's start.
type Phase struct {
	Name  string `json:"name"` // warmup, measure, drain
	From  int64  `json:"from_ns"`
	To    int64  `json:"to_ns"`
	Count int64  `json:"count"` // events due
}

// Resources is what a trial's processes used from its start to its end.
type Resources struct {
	CPUSeconds float64             `json:"cpu_seconds"` // of the engine's processes on this machine: deployed remotely, of its client alone
	RSSPeak    int64               `json:"rss_peak_bytes"`
	StateBytes int64               `json:"state_bytes"`
	Roles      map[string]RoleCost `json:"roles"` // broker, harness: processor time from the start to the end of the block's engines, who share it; peaks since the run began
}

// RoleCost is what one role used.
type RoleCost struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	RSSPeak    int64   `json:"rss_peak_bytes"`
}

// Distribution is one histogram: a metric of a trial, cut by phase, stage, kind and so on; empty fields are not cut by.
type Distribution struct {
	Trial     string            `json:"trial"`
	Metric    string            `json:"metric"` // response, service, close_delay, send_delay, hop
	From      string            `json:"from"`   // the two instants
	To        string            `json:"to"`
	Phase     string            `json:"phase"`
	Stage     string            `json:"stage,omitempty"`
	Node      int               `json:"node,omitempty"`
	Kind      string            `json:"kind,omitempty"`
	SizeClass string            `json:"size_class,omitempty"`
	Tenant    string            `json:"tenant,omitempty"`
	Count     int64             `json:"count"`
	Censored  int64             `json:"censored"`
	Quantiles map[string]*int64 `json:"quantiles"` // "0.5": ns; null where too few samples
	Max       int64             `json:"max"`
	Middle    *Middle           `json:"middle,omitempty"` // of a class of sizes, and of small messages by what was in flight
	Curve     [][2]float64      `json:"curve,omitempty"`  // quantile, ns: the percentile curve, at most 100 points
	Hist      string            `json:"hist,omitempty"`   // path of the .hlog below the run folder
}

// Middle is what may be said of the middle of however few values. Values are ns.
type Middle struct {
	Median int64     `json:"median_ns"`
	Range  *[2]int64 `json:"range_ns"` // 95 % interval of the median by ranks (binomial, of any distribution); null below six values
}

// Said stands before the names of series of figures that an engine says of itself.
const Said = "engine."

// Series is a figure over time, one point per interval.
type Series struct {
	Trial  string    `json:"trial,omitempty"` // empty: of the whole run
	Name   string    `json:"name"`            // response_p50, response_p99, offered_rate, achieved_rate, backlog_age, cpu, rss, cpu_pressure, …; said by the engine: batch_duration, batch_records, engine.*
	Unit   string    `json:"unit"`
	Role   string    `json:"role,omitempty"`
	Points []Point   `json:"points"`
	Start  time.Time `json:"start"`
}

// Point is a value at a time, in seconds from the trial's start.
type Point struct {
	T float64 `json:"t"`
	V float64 `json:"v"`
}

// State says how a check ended.
type State string

// The states, from good to bad; NotMeasured is for checks the machine or the run does not allow.
const (
	OK          State = "ok"
	Note        State = "note"
	Degrades    State = "degraded"
	Invalidates State = "invalid"
	NotMeasured State = "not-measured"
)

// Check is one thing the harness tested about its own measurement.
type Check struct {
	Trial     string  `json:"trial,omitempty"`
	ID        string  `json:"id"` // send_delay_p99, rate_error, accounting, little, cpu_pressure, …
	Title     string  `json:"title"`
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	Unit      string  `json:"unit"`
	State     State   `json:"state"`
	Text      string  `json:"text"` // what it means, in a sentence
}

// Event is something that happened: a phase began, an engine was killed, a limit was hit.
type Event struct {
	Trial string    `json:"trial,omitempty"`
	Time  time.Time `json:"time"`
	Kind  string    `json:"kind"`
	Text  string    `json:"text"`
}
