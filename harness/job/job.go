// Package job describes a dataflow as data: stages of operators with a Kafka topic between two stages. What each operator
// means is written in SEMANTICS.md, to the bit. The package holds the description, its validation and the closed lists
// (reason codes, operators) that engines, oracle and scripts share; it executes nothing. It is a leaf.
package job

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Job is a dataflow. The YAML form is what users write, the JSON form is what a plan hands to engines: same structure,
// durations in ms, decimals in millionths.
type Job struct {
	Schema    int       `yaml:"schema" json:"schema"`
	Name      string    `yaml:"name" json:"name"`
	Reading   Reading   `yaml:"reading" json:"reading"`
	EventTime EventTime `yaml:"event_time" json:"event_time"`
	Stages    []Stage   `yaml:"stages" json:"stages"`
	Answers   Answers   `yaml:"answers" json:"answers"`
}

// Reading says where in a message the device, the time and the metrics stand. Paths are field names joined by dots.
// A job without decode has no reading.
type Reading struct {
	Device  string            `yaml:"device" json:"device,omitempty"`
	Time    TimeField         `yaml:"time" json:"time,omitzero"`
	Metrics map[string]Metric `yaml:"metrics" json:"metrics,omitempty"`
	Schema  *Schema           `yaml:"-" json:"schema,omitempty"` // of the messages, where the scenario names a file; nil: derived from the reading
}

// TimeField is the path of the reading's own time and its unit, "s" or "ms" since the Unix epoch.
type TimeField struct {
	Path string `yaml:"path" json:"path"`
	Unit string `yaml:"unit" json:"unit"`
}

// Metric is one measured quantity of a reading.
type Metric struct {
	Path  string   `yaml:"path" json:"path"`
	Unit  string   `yaml:"unit" json:"unit"`             // for people; nothing is converted
	Range []Micros `yaml:"range" json:"range,omitempty"` // [lowest, highest], both allowed; empty: any
}

// EventTime holds the job's handling of time.
type EventTime struct {
	Lateness Millis `yaml:"lateness" json:"lateness_ms"` // how far event time may lag behind the watermark's source
}

// Stage is a chain of operators without an exchange. One Kafka hop follows each stage.
type Stage struct {
	Name string     `yaml:"name" json:"name"`
	Do   []Operator `yaml:"do" json:"do"`
}

// Operator is one step of a stage: exactly one field is set.
type Operator struct {
	Decode    *Decode    `yaml:"decode" json:"decode,omitempty"`
	Validate  *Validate  `yaml:"validate" json:"validate,omitempty"`
	Dedupe    *Dedupe    `yaml:"dedupe" json:"dedupe,omitempty"`
	Enrich    *Enrich    `yaml:"enrich" json:"enrich,omitempty"`
	Calibrate *Calibrate `yaml:"calibrate" json:"calibrate,omitempty"`
	Filter    *Filter    `yaml:"filter" json:"filter,omitempty"`
	Detect    *Detect    `yaml:"detect" json:"detect,omitempty"`
	Window    *Window    `yaml:"window" json:"window,omitempty"`
	Aggregate *Aggregate `yaml:"aggregate" json:"aggregate,omitempty"`
	Encode    *Encode    `yaml:"encode" json:"encode,omitempty"`

	Reassemble *Reassemble `yaml:"reassemble" json:"reassemble,omitempty"`
	Scan       *Scan       `yaml:"scan" json:"scan,omitempty"`
}

// Decode turns the value into a reading. The encoding comes from the scenario's stream.
type Decode struct {
	Encoding string `yaml:"encoding" json:"encoding,omitempty"` // "json" unless named
}

// Validate refuses readings that lack a required metric, exceed a metric's range or come from an unknown device.
type Validate struct {
	Required    []string `yaml:"required" json:"required,omitempty"`
	KnownDevice bool     `yaml:"known_device" json:"known_device,omitempty"`
}

// Dedupe drops repeated identities of one device within Span sequences.
type Dedupe struct {
	Span int `yaml:"span" json:"span"`
}

// Enrich adds fields of the device registry to the reading.
type Enrich struct {
	Fields []string `yaml:"fields" json:"fields"`
}

// Calibrate replaces a metric by gain × metric + offset, with gain and offset from the enriched reading.
type Calibrate struct {
	Metric string `yaml:"metric" json:"metric"`
}

// Filter keeps readings whose metric lies in [Min, Max]; nil is unbounded. A dropped reading has no answer.
type Filter struct {
	Metric string  `yaml:"metric" json:"metric"`
	Min    *Micros `yaml:"min" json:"min,omitempty"`
	Max    *Micros `yaml:"max" json:"max,omitempty"`
}

// Detect emits an alert whenever a metric crosses a threshold, with hysteresis.
type Detect struct {
	Node   uint16  `yaml:"node" json:"node"`
	Metric string  `yaml:"metric" json:"metric"`
	Above  Operand `yaml:"above" json:"above"`
	Clear  Micros  `yaml:"clear" json:"clear"` // distance below the threshold at which the alarm ends
	Emit   []Emit  `yaml:"emit" json:"emit"`
}

// Window aggregates a metric per device over event time, in windows [start, end).
type Window struct {
	Node     uint16 `yaml:"node" json:"node"`
	Tumbling Millis `yaml:"tumbling" json:"tumbling_ms,omitempty"` // size and step in one
	Hopping  Millis `yaml:"hopping" json:"hopping_ms,omitempty"`   // size; the step is Every
	Every    Millis `yaml:"every" json:"every_ms,omitempty"`
	Metric   string `yaml:"metric" json:"metric"`
	Emit     []Emit `yaml:"emit" json:"emit"`
}

// Size is the length of a window and Step the distance between two starts. Both are multiples of 1 ms; Step divides Size.
func (w *Window) Size() time.Duration { return (w.Tumbling + w.Hopping).Duration() }

// Step is the distance between the starts of two windows.
func (w *Window) Step() time.Duration { return (w.Tumbling + w.Every).Duration() }

// Aggregate sums up a metric per device over all events so far and emits updates: each the aggregate as it is then.
type Aggregate struct {
	Node   uint16 `yaml:"node" json:"node"`
	Metric string `yaml:"metric" json:"metric"`
}

// Encode writes the reading as the value of the output record, in one of Forms.
type Encode struct {
	As string `yaml:"as" json:"as"`
}

// CanonicalJSON is the form in which readings are written between stages, and at the end unless encode says otherwise.
const CanonicalJSON = "canonical-json"

// Forms lists what encode can write: canonical JSON, or a message in one of these encodings. Each has one way only to write a
// reading, and holds ids of any length.
func Forms() []string {
	return strings.Fields(CanonicalJSON + " avro avro-registry cbor csv json line-protocol msgpack ndjson protobuf senml-cbor senml-json")
}

// Reassemble puts the chunks of a message together and hands the message on as one record: store and forward.
type Reassemble struct{}

// Scan takes messages through as they come, chunk by chunk where they come in chunks, and in the last stage answers each by
// a summary of its bytes. It holds no message.
type Scan struct{}

// Answers names what answers a probe and an event on the output topic: AnswerEvent, or AnswerUpdate in a job that aggregates.
type Answers struct {
	Probe    string `yaml:"probe" json:"probe"`
	PerEvent string `yaml:"per_event" json:"per_event"`
}

// What answers an event: itself, or the first update of its device whose latest intended time is not before the event's.
const (
	AnswerEvent  = "event"
	AnswerUpdate = "update"
)

// Emit is what an operator lets out of its stage.
type Emit string

// What can be emitted. EmitEvent and EmitAlert of a window stage let events and alerts of earlier stages pass.
const (
	EmitEvent  Emit = "event"
	EmitAlert  Emit = "alert"
	EmitWindow Emit = "window"
)

// Reason says why an event became a dead letter: the value of header `sgr`. The list is closed.
type Reason string

// The reason codes; SEMANTICS.md section 3 says when each applies, and in which order they are tested.
const (
	ReasonNone          Reason = ""
	ReasonEventTime     Reason = "event_time"
	ReasonBadUTF8       Reason = "bad_utf8"
	ReasonTruncated     Reason = "truncated"
	ReasonBadJSON       Reason = "bad_json"
	ReasonMissingField  Reason = "missing_field"
	ReasonBadType       Reason = "bad_type"
	ReasonBadNumber     Reason = "bad_number"
	ReasonWrongDevice   Reason = "wrong_device"
	ReasonRange         Reason = "range"
	ReasonUnknownDevice Reason = "unknown_device"

	// Of encodings other than JSON.
	ReasonBadFormat      Reason = "bad_format"
	ReasonBadChecksum    Reason = "bad_checksum"
	ReasonBadCompression Reason = "bad_compression"
	ReasonUnknownSchema  Reason = "unknown_schema"

	// Of messages in chunks or in a store; a damaged one is ReasonBadChecksum.
	ReasonBadChunk      Reason = "bad_chunk"
	ReasonMissingChunk  Reason = "missing_chunk"
	ReasonMissingObject Reason = "missing_object"
)

// Reasons lists every reason code.
func Reasons() []Reason {
	return []Reason{ReasonEventTime, ReasonBadUTF8, ReasonTruncated, ReasonBadJSON, ReasonMissingField, ReasonBadType,
		ReasonBadNumber, ReasonWrongDevice, ReasonRange, ReasonUnknownDevice, ReasonBadFormat, ReasonBadChecksum,
		ReasonBadCompression, ReasonUnknownSchema, ReasonBadChunk, ReasonMissingChunk, ReasonMissingObject}
}

// Limits of numbers, in millionths where they are values.
const (
	MaxMicros      = 10_000_000_000_000 // |metric|, |offset|: 10^13 millionths
	MaxGain        = 1_000_000_000      // |gain|: 10^9 millionths
	MaxNumberBytes = 64                 // length of a number token
	MaxDepth       = 64                 // nesting of a message
	MaxUnpacked    = 1 << 27            // bytes of a message, unpacked
	MaxPerWindow   = 900_000            // events of one device in one window, or under one aggregate: no sum overflows
	MaxPayload     = 1 << 30            // bytes of a message in chunks or in a store
)

// Name is the operator's name as job files and descriptors write it.
func (o Operator) Name() string {
	for _, c := range []struct {
		set  bool
		name string
	}{
		{o.Decode != nil, "decode"}, {o.Validate != nil, "validate"}, {o.Dedupe != nil, "dedupe"}, {o.Enrich != nil, "enrich"},
		{o.Calibrate != nil, "calibrate"}, {o.Filter != nil, "filter"}, {o.Detect != nil, "detect"},
		{o.Window != nil, "window"}, {o.Aggregate != nil, "aggregate"}, {o.Encode != nil, "encode"},
		{o.Reassemble != nil, "reassemble"}, {o.Scan != nil, "scan"},
	} {
		if c.set {
			return c.name
		}
	}
	return ""
}

// Operators lists the names of all operators in the order of Operator's fields.
func Operators() []string {
	return strings.Fields("decode validate dedupe enrich calibrate filter detect window aggregate encode reassemble scan")
}

// Stateful reports whether the operator remembers anything between two events.
func (o Operator) Stateful() bool {
	return o.Dedupe != nil || o.Detect != nil || o.Window != nil || o.Aggregate != nil || o.Reassemble != nil || o.Scan != nil
}

// OperatorNames gives the distinct operators the job uses, for a descriptor to be held against.
func (j *Job) OperatorNames() []string {
	seen := map[string]bool{}
	var names []string
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if n := o.Name(); n != "" && !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	return names
}

// Decodes reports whether any stage decodes; without it values are opaque and copied.
func (j *Job) Decodes() bool {
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Decode != nil {
				return true
			}
		}
	}
	return false
}

// Payloads reports whether the job is one of large messages: each stage reassembles or scans, and nothing is decoded.
func (j *Job) Payloads() bool { return slices.Contains(j.OperatorNames(), "scan") }

// Windows lists the window operators with the index of their stage.
func (j *Job) Windows() map[int]*Window {
	m := map[int]*Window{}
	for i, s := range j.Stages {
		for _, o := range s.Do {
			if o.Window != nil {
				m[i] = o.Window
			}
		}
	}
	return m
}

// Form is what the job's encode writes; empty if it has none.
func (j *Job) Form() string {
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if o.Encode != nil {
				return o.Encode.As
			}
		}
	}
	return ""
}

// Recodes reports whether the job's encode writes messages in an encoding, in place of canonical JSON.
func (j *Job) Recodes() bool { return j.Form() != "" && j.Form() != CanonicalJSON }

// Written is the reading of the messages that encode writes: they have the schema that is derived from it, also where the stream's
// have one of the user's.
func (r Reading) Written() Reading {
	r.Schema = nil
	return r
}

// Aggregates reports whether the job ends with an aggregate, so that updates answer its events.
func (j *Job) Aggregates() bool { return slices.Contains(j.OperatorNames(), "aggregate") }

// Identity is the job of n stages that copy: what the null engine does and is judged by, whatever the scenario's job.
func Identity(n int) *Job {
	j := &Job{Schema: 1, Name: "identity", Answers: Answers{Probe: AnswerEvent, PerEvent: AnswerEvent}}
	for i := range n {
		j.Stages = append(j.Stages, Stage{Name: fmt.Sprintf("copy-%d", i+1), Do: []Operator{}})
	}
	return j
}

// Names lists the metrics in ascending byte order: the order of values in decoded readings.
func (r Reading) Names() []string { return slices.Sorted(maps.Keys(r.Metrics)) }
