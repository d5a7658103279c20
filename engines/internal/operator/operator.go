// Package operator holds what every operator of a job does to one record, and the state it keeps, as SEMANTICS.md of
// package job defines it. A Program is one stage of a job made ready to run; a Chain is that stage at work on one input
// partition. The package knows no Kafka client, no clock and no goroutine: which record comes when, what becomes of the
// results and when the watermark advances is the engine's affair, and that is what makes two engines differ.
package operator

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
)

// Formats finds an encoding by the name that a job's decode or encode gives.
type Formats = func(name string) (encoding.Format, error)

// Destination says where a result of a stage goes.
type Destination uint8

// The destinations.
const (
	Forward    Destination = iota // the stage's output topic
	DeadLetter                    // the dead-letter topic
)

// Emit takes one result of a stage. The record itself is valid during the call only; its key, value and header values are
// never changed afterwards and may be kept. Partition, offset and timestamp are those of a record to be produced: the
// partition of the input, no offset, the event time.
type Emit func(to Destination, r *event.Record)

// Discard takes results that were written in an earlier life: it is used while state is read back.
func Discard(Destination, *event.Record) {}

// CorruptError reports a record that no engine of the job can have written, or a registry entry beyond the limits. It
// ends the engine: going on would spread the damage.
type CorruptError struct {
	Topic     string // may be empty where the caller knows it
	Partition int32
	Offset    int64
	Problem   string
}

// Error names the record and what is wrong with it.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("topic %q partition %d offset %d: %s", e.Topic, e.Partition, e.Offset, e.Problem)
}

// InTopic gives the same error with the topic, which the operators do not know.
func (e *CorruptError) InTopic(topic string) error {
	named := *e
	named.Topic = topic
	return &named
}
