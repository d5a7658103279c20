// Package oracle knows the right answer: it computes from a trial's input, by its own implementation of every operator,
// what each stage had to write, compares that with the topics as written, and says which records are missing, doubled,
// unexpected or wrong. SEMANTICS.md beside package job is its only source; it shares no code with any engine, knows no
// Kafka client, starts no goroutine and reads no clock: it is fed sequences of records.
//
// Memory is bounded by devices and open windows, not by records: a first pass over a topic keeps 128-bit additive hash
// cells, and only cells that differ are looked at record by record, in as many further passes as memory asks for.
package oracle

import (
	"context"
	"io"
	"iter"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
)

// The guarantees a trial can be judged by. Their values are those of plans and scenarios.
const (
	AtLeastOnce = "at-least-once"
	ExactlyOnce = "exactly-once"
)

// Topic is a topic that can be read again and again, each time whole, in offset order within a partition; records of
// partitions may interleave. Under exactly-once it is read committed. A record is used only until the next one is
// yielded; an error ends the judgement.
type Topic struct {
	Name       string
	Partitions int32
	Read       func(ctx context.Context) iter.Seq2[event.Record, error]
}

// Decoder reads a message of a job's reading: tests 2 to 4 of the semantics. It hands every metric that is present to set,
// by its position in ascending order of the names; key is the record's.
type Decoder func(key, value []byte, set func(metric int, micros int64)) job.Reason

// Encoder appends the message of a job's encode to dst: a device's, at an event time (ms since the epoch), with each metric, by its
// position in ascending order of the names, that get says is present. It need not be safe for concurrent use.
type Encoder func(dst, device []byte, eventTime int64, get func(metric int) (micros int64, present bool)) []byte

// Trial is what one engine was given and what it wrote.
type Trial struct {
	Job          *job.Job
	Guarantee    string                      // AtLeastOnce or ExactlyOnce
	Registry     map[string]map[string]int64 // fields by device id
	EventTimeMin int64                       // ms since the epoch, both ends allowed: the plan's
	EventTimeMax int64
	Decode       Decoder // of a job that decodes something else than JSON; of JSON the oracle has its own
	Encode       Encoder // of a job whose encode writes something else than canonical JSON, which the oracle writes itself
	// Object opens a message that lies in the trial's store, by name; nil: there is none. Errors: fs.ErrNotExist.
	Object     func(name string) (io.ReadCloser, error)
	Input      Topic
	Stages     []Topic // between two stages: one less than the job has stages
	Output     Topic
	DeadLetter Topic // of all stages
	Faulted    bool  // a fault was injected or the engine restarted: replays are expected
}

// Judgement is the verdict with what the latency analysis needs to know from it.
type Judgement struct {
	Verdict result.Verdict
	// Unanswered are the events whose expected answer, or dead letter, never came end to end: the censored samples.
	// Sorted by intended time.
	Unanswered []event.Stamp
	// Awaiting are, for a job whose events are answered by updates, the intended times of the events that wait for one, by
	// device (sequence 0) in the order of the input, repeats and probes left out: 8 bytes for each. Nil for other jobs.
	Awaiting map[event.ID][]int64
	// Closers tells, by partition of the input topic, when event time first passed each point at which a window of the
	// job's first window operator may close. Ascending in both fields; nil for a job without windows.
	Closers map[int32][]Closer
	// TimestampsDiffer counts stage records whose Kafka timestamp is not their event time. It is a note, not a fault: some
	// sinks cannot set it.
	TimestampsDiffer int64
}

// Closer is an event that moved the highest event time of its partition to or past Watermark, the highest multiple of the
// window step, plus lateness, that it reached. A window [start, end) may close once a closer's Watermark ≥ end + lateness.
type Closer struct {
	Watermark int64 // ms since the epoch
	Intended  int64 // of the event, ns from the trial's start
}

// Judge compares everything the engine wrote with what it had to write: stage by stage, and end to end. It reads each
// topic a few times when all is right, and more often when records must be named. Errors: those of the topics, of ctx, and
// a trial that does not fit its job; a wrong answer is no error but a verdict.
func Judge(ctx context.Context, t Trial) (Judgement, error) {
	if err := t.validate(); err != nil {
		return Judgement{}, err
	}
	return (&judge{Trial: t}).run(ctx)
}
