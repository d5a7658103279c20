// Package tuple is an engine that works event at a time: each record is taken through its whole stage, and its results
// are on their way to the broker, before the next one is looked at. Nothing waits for company. So an event's latency is
// what its own work and its hops cost, and every event pays its own overhead: the model of Storm, Flink and Kafka Streams.
//
//	for each record, as it arrives:
//	    run the stage's operators on it            (worker.Handle)
//	    send what they give, at once               (Out)
//	    remember what the broker has yet to acknowledge
//	every commit interval:
//	    commit the input offsets whose results are all acknowledged
//
// # Who works
//
// A task owns the partitions p with p mod parallelism = task, of every stage, and is one goroutine: a record keeps its
// partition from hop to hop, so a partition's state is never shared and needs no lock. Each stage has its own state for
// each input partition (operator.Chain); its watermark is the partition's own and moves with every event.
//
// # Guarantees
//
// At least once: an input offset counts as answered only when the broker has everything the event caused, dead letters
// included, and so has everything before it. The end of that unbroken prefix is what is committed. After a kill, events
// behind it are handled again: results may come twice, never be lost.
//
// Exactly once: what a stage sends in one commit interval is one Kafka transaction, and the input offsets it answers are
// committed in the same transaction. The next stage reads committed records only. After a kill the open transaction is
// aborted and its events are handled again as if for the first time. The price is latency: each hop waits for a commit.
//
// # State after a kill
//
// State is kept in memory and written to state_dir from time to time, each time as of an offset that has been committed.
// A restart loads it and reads the records from there up to the committed offset again with their results suppressed: so
// the state is exactly that of the committed offset, and the records behind it get the answers they got before.
package tuple

import (
	"context"
	"fmt"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/engines/internal/store"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Options are the engine's own settings in a plan.
type Options struct {
	// SnapshotRecords is how many records of a stage and partition at least lie between two writings of its state: ten times
	// as many as the state has entries, if that is more, and in jobs of large messages fewer, once they have 64 MiB. 0 means
	// operator.DefaultSnapshotEvery.
	SnapshotRecords int64 `json:"snapshot_records,omitempty"`
}

type engine struct{ formats operator.Formats }

// New makes the engine; formats finds the encodings that a job's decode and encode name.
func New(formats operator.Formats) engines.Engine { return &engine{formats: formats} }

// Descriptor describes the engine.
func (e *engine) Descriptor() engines.Descriptor {
	fits := map[string]engines.Fit{}
	for _, name := range job.Operators() {
		fits[name] = engines.Native
	}
	return engines.Descriptor{
		Name: "tuple", Model: "event at a time", Version: "1",
		Summary:     "handles each event alone, from start to finish, as it arrives",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{"local"},
		Operators:   fits,
		Forms:       job.Forms(),
		Stores:      []string{store.S3},
		Visible:     "at-least-once: when the broker has it; exactly-once: when the transaction of the commit interval ends",
		Timers:      []string{"commit interval: moves results in time under exactly-once, never changes them"},
		Waits: map[engines.Guarantee]engines.Wait{
			engines.ExactlyOnce: {For: engines.CommitInterval, Stages: engines.Independent},
		},
		MaxRecord:   110_000_000,
		Copies:      2,         // messages of 110 MB took 2.4 to 2.5 times that, with the program (docs/large.md)
		TaskThreads: hop.Tasks, // each does all stages of its partitions

		TransactionTimeout: hop.TransactionTimeout,
	}
}

// Settings are those of its Kafka clients.
func (e *engine) Settings(p engines.Plan) map[string]any { return hop.Settings(p, hop.PollLimit) }

// Run does the plan's job until the input is drained.
func (e *engine) Run(ctx context.Context, s *engines.Session) error {
	var o Options
	if err := hop.ReadOptions(s.Plan, &o); err != nil {
		return err
	}
	c, err := hop.Connect(s)
	if err != nil {
		return err
	}
	defer c.Close()
	registry := operator.Registry{}
	if err := c.EachRegistry(ctx, registry.Put); err != nil {
		return fmt.Errorf("reading the registry: %w", err)
	}
	objects, err := store.Open(ctx, s.Plan.Store)
	if err != nil {
		return err
	}
	programs, err := operator.CompileAll(operator.Config{Job: &s.Plan.Job, Registry: registry, Formats: e.formats,
		EventTimeMin: s.Plan.EventTimeMin, EventTimeMax: s.Plan.EventTimeMax, SnapshotEvery: o.SnapshotRecords,
		Store: objects})
	if err != nil {
		return err
	}
	return c.Stream(ctx, len(programs), func(stage int, partition int32, committed int64) (hop.Worker, error) {
		return newWorker(programs[stage], partition, committed, c.StateFile(stage, partition))
	})
}

// worker does one stage on one input partition.
type worker struct {
	chain    *operator.Chain
	out      *hop.Out      // of the event being handled
	emit     operator.Emit // sends to out
	file     hop.StateFile
	from     int64     // where to begin reading
	resume   int64     // results of events before it were written in a former life
	saved    int64     // offset of the last snapshot taken
	snapshot *snapshot // taken, but its offset is not committed yet
}

// snapshot is the state as of an offset.
type snapshot struct {
	offset int64
	from   int64 // where reading has to begin again: before it where messages were still coming
	state  []byte
}

// newWorker loads the state, if there is some, so that it can be brought up to the committed offset.
func newWorker(p *operator.Program, partition int32, committed int64, file hop.StateFile) (hop.Worker, error) {
	chain, err := p.Chain(partition)
	if err != nil {
		return nil, err
	}
	w := &worker{chain: chain, file: file, from: committed, resume: committed}
	w.emit = func(to operator.Destination, r *event.Record) {
		if to == operator.DeadLetter {
			w.out.DeadLetter(r)
			return
		}
		w.out.Forward(r)
	}
	if chain.Stateful() {
		w.from, err = file.Restore(committed, chain.Restore)
	}
	w.saved = w.from
	return w, err
}

func (w *worker) From() int64    { return w.from }
func (w *worker) Foreign() int64 { return w.chain.Foreign() }

// Handle takes one event through the stage. Before the point of resumption it only rebuilds state.
func (w *worker) Handle(in *event.Record, out *hop.Out) error {
	emit := w.emit
	if in.Offset < w.resume {
		emit = operator.Discard
	}
	w.out = out
	if err := w.chain.Process(in, emit); err != nil {
		return err
	}
	w.chain.Advance(emit)
	if w.chain.SnapshotDue(in.Offset+1-w.saved) && w.snapshot == nil {
		w.saved = in.Offset + 1
		w.snapshot = &snapshot{offset: w.saved, from: w.chain.ReadFrom(w.saved), state: w.chain.Snapshot()}
	}
	return nil
}

// Committed saves the last snapshot once its offset is committed: a state file is never ahead of the offsets.
func (w *worker) Committed(offset int64) error {
	if w.snapshot == nil || offset < w.snapshot.offset {
		return nil
	}
	s := w.snapshot
	w.snapshot = nil
	return w.file.Save(s.from, s.state)
}
