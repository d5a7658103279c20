// Package microbatch is an engine that works in micro-batches: at every batch interval it cuts what has arrived into a
// batch of fixed offset ranges, runs the stage over it, and commits the batch as a whole. The overhead of a batch is
// shared by all its records, so throughput is cheap; the price is that a record waits for the next batch to begin and for
// its own to end, at every hop: the model of Spark Structured Streaming.
//
//	at every batch interval, for each stage:
//	    cut    the batch: from the committed offsets to the end as of now      (query.cut)
//	    log    its ranges, so that it is the same batch after a restart        (batchLog)
//	    run    its partitions in parallel, then move the watermark             (query.process)
//	    commit results and offsets                                             (query.commit)
//
// # Who works
//
// Each stage is a query of its own with its own batches, as each streaming query of a Spark application is. Within a batch
// up to parallelism partitions run at the same time, each with its own state (operator.Chain). The watermark stands still
// during a batch and moves to the highest event time seen at its end: that is when windows close. It is kept per partition.
//
// # Guarantees
//
// At least once: results are flushed before the offsets of the batch are committed. A batch that was cut short by a kill
// runs again over the same ranges, so its results come twice, none is lost.
//
// Exactly once: a batch is one Kafka transaction that holds its results and its offsets. Readers see whole batches only.
//
// # State after a kill
//
// The log says which batch was running, the committed offsets say whether it was committed. State is rebuilt from the
// last state file by reading the records up to the beginning of that batch again with their results suppressed; then the
// batch runs again. State at the end of a batch is the same however the records before were cut into batches: a window
// still open has lost no event as late, and one that is closed is forgotten.
package microbatch

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/engines/internal/store"
	"github.com/streamgauge/streamgauge/harness/job"
)

// defaultInterval is the batch interval of a plan that names none.
const defaultInterval = 500 * time.Millisecond

// Options are the engine's own settings in a plan.
type Options struct {
	// MaxBatchRecords bounds the records of one partition in one batch, so that catching up after a pause does not make
	// batches that outlast a transaction. 0 means DefaultMaxBatchRecords.
	MaxBatchRecords int64 `json:"max_batch_records,omitempty"`
	// SnapshotRecords is how many records of a stage and partition at least lie between two writings of its state: ten times
	// as many as the state has entries, if that is more, and in jobs of large messages fewer, once they have 64 MiB. 0 means
	// operator.DefaultSnapshotEvery.
	SnapshotRecords int64 `json:"snapshot_records,omitempty"`
}

// DefaultMaxBatchRecords is the default of Options.MaxBatchRecords.
const DefaultMaxBatchRecords = 100_000

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
		Name: "microbatch", Model: "micro-batch", Version: "1",
		Summary:     "cuts the stream into batches by time and handles each as a whole",
		Guarantees:  []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce},
		Deployments: []string{"local"},
		Operators:   fits,
		Forms:       job.Forms(),
		Stores:      []string{store.S3},
		Visible:     "at-least-once: while its batch runs; exactly-once: when its batch is committed",
		Timers: []string{"batch interval: moves results in time; which late events a window still takes depends on it" +
			" within what SEMANTICS.md allows"},
		Waits: map[engines.Guarantee]engines.Wait{
			engines.AtLeastOnce: {For: engines.BatchInterval, Stages: engines.Independent},
			engines.ExactlyOnce: {For: engines.BatchInterval, Stages: engines.Independent},
		},
		MaxRecord: 110_000_000,
		Copies:    2, // messages of 110 MB took 2.4 to 2.5 times that, with the program (docs/large.md)
		// Each stage's query does so many partitions at a time.
		TaskThreads: func(p engines.Plan) int { return engines.StageTasks(p, func(job.Stage) int { return 1 }) },

		TransactionTimeout: hop.TransactionTimeout,
	}
}

// Settings are those of its Kafka clients.
func (e *engine) Settings(p engines.Plan) map[string]any { return hop.Settings(p, hop.ReadLimit) }

// Run does the plan's job until the input is drained.
func (e *engine) Run(ctx context.Context, s *engines.Session) error {
	options, err := readOptions(s.Plan)
	if err != nil {
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
		EventTimeMin: s.Plan.EventTimeMin, EventTimeMax: s.Plan.EventTimeMax, SnapshotEvery: options.SnapshotRecords,
		Store: objects})
	if err != nil {
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	work, cancel := hop.Grace(inner, hop.StopGrace(s.Plan))
	defer cancel()
	queries, err := openQueries(work, c, s, programs, options)
	defer closeQueries(queries)
	if err != nil {
		return err
	}
	s.Status.Ready()
	before := s.Drain // closed when the stage before has finished
	for _, q := range queries {
		upstream, finished := before, make(chan struct{})
		group.Go(func() error { return q.run(inner, work, upstream, finished) })
		before = finished
	}
	return group.Wait()
}

func readOptions(p engines.Plan) (Options, error) {
	var o Options
	if err := hop.ReadOptions(p, &o); err != nil {
		return o, err
	}
	if o.MaxBatchRecords < 0 {
		return o, fmt.Errorf("option max_batch_records is %d; want 1 or more, or 0 for %d", o.MaxBatchRecords, DefaultMaxBatchRecords)
	}
	if o.MaxBatchRecords == 0 {
		o.MaxBatchRecords = DefaultMaxBatchRecords
	}
	return o, nil
}

// openQueries makes one query a stage and brings each to where a former life left it. What it returns is to be closed,
// also after an error.
func openQueries(ctx context.Context, c *hop.Cluster, s *engines.Session, programs []*operator.Program, o Options) ([]*query, error) {
	interval := hop.Interval(s.Plan.BatchIntervalMS, defaultInterval)
	start := s.Now()
	var queries []*query
	for stage := range programs {
		q := &query{cluster: c, session: s, stage: stage, topic: s.Plan.Topics.StageInput(stage), limit: o.MaxBatchRecords,
			workers: hop.Tasks(s.Plan), interval: interval,
			// Neighbouring stages begin their batches half an interval apart, so a record waits half an interval at each
			// hop: what clocks that know nothing of each other give on average. In step, it would wait a whole one.
			next: start.Add(interval + time.Duration(stage)*interval/2)}
		queries = append(queries, q)
	}
	// All writers first: they end transactions of a former life, without which no offset can be known.
	for _, q := range queries {
		var err error
		if q.writer, err = c.Writer(ctx, q.stage, 0); err != nil {
			return queries, err
		}
	}
	for stage, q := range queries {
		if err := q.open(ctx, programs[stage]); err != nil {
			return queries, fmt.Errorf("opening stage %d: %w", stage, err)
		}
	}
	return queries, nil
}

func closeQueries(queries []*query) {
	for _, q := range queries {
		q.close()
	}
}
