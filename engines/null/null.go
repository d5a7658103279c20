// Package null is the engine that does nothing: it copies its input to its output through as many hops as the job has,
// with the plan's guarantee and commit interval. What it takes is the floor of every comparison: what Kafka, the client
// and the guarantee cost before any operator runs. It is judged by the identity job, whatever the scenario's job.
//
// It runs event at a time on the same plumbing as engine tuple, so the difference between the two is the operators.
package null

import (
	"context"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/harness/event"
)

type engine struct{}

// New makes the engine.
func New() engines.Engine { return engine{} }

// Descriptor describes the engine. It claims no operator: its job is the identity of as many stages as the plan's.
func (engine) Descriptor() engines.Descriptor {
	return engines.Descriptor{
		Name: "null", Model: "copy", Version: "1",
		Summary:     "copies input to output through the job's hops: the floor of every comparison",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{"local"},
		Operators:   map[string]engines.Fit{},
		Visible:     "at-least-once: when the broker has it; exactly-once: when the transaction of the commit interval ends",
		Timers:      []string{"commit interval: moves results in time under exactly-once, never changes them"},
		Waits: map[engines.Guarantee]engines.Wait{
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.Independent},
		},
		MaxRecord:   110_000_000,
		TaskThreads: hop.Tasks,

		TransactionTimeout: hop.TransactionTimeout,
	}
}

// Settings are those of its Kafka clients.
func (engine) Settings(p engines.Plan) map[string]any { return hop.Settings(p, hop.PollLimit) }

// Run copies until the input is drained.
func (engine) Run(ctx context.Context, s *engines.Session) error {
	if err := hop.ReadOptions(s.Plan, &struct{}{}); err != nil {
		return err
	}
	c, err := hop.Connect(s)
	if err != nil {
		return err
	}
	defer c.Close()
	stages := len(s.Plan.Job.Stages)
	return c.Stream(ctx, stages, func(stage int, _ int32, committed int64) (hop.Worker, error) {
		return &copier{last: stage == stages-1, from: committed}, nil
	})
}

// copier copies one stage's input partition. It has no state.
type copier struct {
	last    bool
	from    int64
	foreign int64
	answer  event.Record
	headers [2]event.Header
	block   []byte // for headers
}

func (c *copier) From() int64           { return c.from }
func (c *copier) Foreign() int64        { return c.foreign }
func (c *copier) Committed(int64) error { return nil }

// Handle copies one record.
func (c *copier) Handle(in *event.Record, out *hop.Out) error {
	if r := c.copied(in); r != nil {
		out.Forward(r)
	}
	return nil
}

// copied is the copy of a record, valid until the next one: between stages as it is, after the last stage as the answer to its
// event. A foreign one has none: nil.
func (c *copier) copied(in *event.Record) *event.Record {
	sg, _ := in.Header(event.HeaderStamp)
	sgt, _ := in.Header(event.HeaderTime)
	stamp, err := event.ParseStamp(sg)
	if err != nil || len(sgt) != event.TimeSize {
		c.foreign++
		return nil
	}
	if c.last {
		c.headers = [2]event.Header{{Key: event.HeaderTime, Value: sgt}, {Key: event.HeaderOutput, Value: c.output(stamp)}}
	} else {
		c.headers = [2]event.Header{{Key: event.HeaderStamp, Value: sg}, {Key: event.HeaderTime, Value: sgt}}
	}
	time, _ := event.ParseTime(sgt) // its length has been checked
	c.answer = event.Record{Partition: in.Partition, Timestamp: time, Key: in.Key, Value: in.Value, Headers: c.headers[:]}
	return &c.answer
}

// blockSize is how many headers are cut from one block: the floor must not pay for each what other engines pay for many.
const blockSize = 512

// output makes the header of an answer. It is never overwritten: it may wait in the producer's buffer.
func (c *copier) output(s event.Stamp) []byte {
	if len(c.block) == 0 {
		c.block = make([]byte, blockSize*event.OutputSize)
	}
	room := c.block[:0:event.OutputSize]
	c.block = c.block[event.OutputSize:]
	return event.AppendOutput(room, event.EventOutput(s))
}
