package mutants

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/hop"
	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// crooked is an engine with room for bugs. Without one it is right: it takes what is on its input through all stages, one
// partition after the other, says that it is ready, waits for the drain line, and takes the rest. It keeps no state files: a restart reads from
// the beginning to the committed offsets with results suppressed.
type crooked struct {
	bug     bug
	crashed chan struct{} // closed when it has crashed
	once    sync.Once
	kept    map[[2]int32]*operator.Chain // state of a former life by stage and partition, for bug.keep
}

// bug is what is wrong with a crooked engine. The zero bug is none.
type bug struct {
	edit        edit   // of results on their way out
	commitFirst bool   // offsets are committed before what lies before them is processed
	uncommitted int    // results of this stage, but for the first, stay in an open transaction during the first life
	forget      bool   // a restart begins at the committed offsets with empty state
	keep        bool   // a restart begins at the committed offsets with the state as it was when the engine crashed
	hasty       bool   // the drain line is taken for the end
	crash       string // the first life ends there: "stage/place", as at gives it
	flush       func(stage int, emit operator.Emit)
}

// edit takes a result of a stage, and what the stage made it of, and emits what goes out. It changes copies only.
type edit func(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit)

var errCrashed = errors.New("crashed as asked to")

func newCrooked(b bug) *crooked {
	return &crooked{bug: b, crashed: make(chan struct{}), kept: map[[2]int32]*operator.Chain{}}
}

// died is closed when the engine has crashed.
func (e *crooked) died() <-chan struct{} { return e.crashed }

// Descriptor describes the engine.
func (e *crooked) Descriptor() engines.Descriptor {
	fits := map[string]engines.Fit{}
	for _, name := range job.Operators() {
		fits[name] = engines.Native
	}
	return engines.Descriptor{Name: "crooked", Model: "event at a time", Version: "1", Operators: fits,
		Guarantees: []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce}}
}

// Run does the plan's job until the input is drained or the bug crashes it.
func (e *crooked) Run(ctx context.Context, s *engines.Session) error {
	c, err := hop.Connect(s)
	if err != nil {
		return err
	}
	defer c.Close()
	registry := operator.Registry{}
	if err := c.EachRegistry(ctx, registry.Put); err != nil {
		return err
	}
	programs, err := operator.CompileAll(operator.Config{Job: &s.Plan.Job, Registry: registry, Formats: formats,
		EventTimeMin: s.Plan.EventTimeMin, EventTimeMax: s.Plan.EventTimeMax})
	if err != nil {
		return err
	}
	l := &life{engine: e, session: s, cluster: c}
	defer l.close()
	if err := l.open(ctx, programs); err != nil {
		return err
	}
	if err := l.pass(ctx); err != nil {
		return err
	}
	s.Status.Ready()
	select {
	case <-s.Drain:
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.bug.hasty {
		return nil
	}
	if err := l.pass(ctx); err != nil {
		return err
	}
	return l.end(ctx)
}

// life is a crooked engine between a start and an end.
type life struct {
	engine  *crooked
	session *engines.Session
	cluster *hop.Cluster
	stages  []*stage
}

// stage is one stage at work.
type stage struct {
	index  int
	topic  string
	reader *hop.Reader
	writer *hop.Writer
	sender *hop.Sender
	chains []*operator.Chain // by partition
	view   event.Record
}

func (l *life) close() {
	for _, s := range l.stages {
		if s.reader != nil {
			s.reader.Close()
		}
		s.writer.Close()
	}
}

// open connects all stages, the writers first, for they end transactions of a former life.
func (l *life) open(ctx context.Context, programs []*operator.Program) error {
	for i := range programs {
		w, err := l.cluster.Writer(ctx, i, 0)
		if err != nil {
			return err
		}
		l.stages = append(l.stages, &stage{index: i, topic: l.session.Plan.Topics.StageInput(i), writer: w, sender: w.Sender(i)})
	}
	for i, s := range l.stages {
		if err := l.rebuild(ctx, s, programs[i]); err != nil {
			return fmt.Errorf("rebuilding stage %d: %w", i, err)
		}
	}
	return nil
}

// rebuild makes a stage's state as of the committed offsets, or what the bug takes for it.
func (l *life) rebuild(ctx context.Context, s *stage, p *operator.Program) error {
	committed, err := l.cluster.Committed(ctx, s.topic)
	if err != nil {
		return err
	}
	again := l.session.Plan.Incarnation > 1
	from := hop.Offsets{}
	for n := range int32(partitions) {
		chain, err := p.Chain(n)
		if err != nil {
			return err
		}
		at := int64(0)
		if again && (l.engine.bug.forget || l.engine.bug.keep) {
			at = committed[n]
		}
		if kept := l.engine.kept[[2]int32{int32(s.index), n}]; again && l.engine.bug.keep && kept != nil {
			chain = kept
		}
		l.engine.kept[[2]int32{int32(s.index), n}] = chain
		s.chains = append(s.chains, chain)
		from.Set(s.topic, n, at)
	}
	if s.reader, err = l.cluster.Reader(from); err != nil {
		return err
	}
	for n := range int32(partitions) {
		if err := s.read(ctx, n, committed[n], func(*event.Record) operator.Emit { return operator.Discard }); err != nil {
			return err
		}
	}
	return nil
}

// read takes the records of a partition up to an end through the stage.
func (s *stage) read(ctx context.Context, partition int32, end int64, emit func(in *event.Record) operator.Emit) error {
	return s.reader.ReadTo(ctx, s.topic, map[int32]int64{partition: end}, func(round []hop.Fetched) error {
		for _, got := range round {
			for _, r := range got.Records {
				if r.Attrs.IsControl() {
					continue
				}
				in := hop.View(&s.view, r)
				out := emit(in)
				if err := s.chains[partition].Process(in, out); err != nil {
					return hop.InTopic(err, s.topic)
				}
				s.chains[partition].Advance(out)
			}
		}
		return nil
	})
}

// at is a place at which the engine crashes if its bug says so, in its first life.
func (l *life) at(s *stage, place string) error {
	if l.session.Plan.Incarnation > 1 || l.engine.bug.crash != fmt.Sprintf("%d/%s", s.index, place) {
		return nil
	}
	l.engine.once.Do(func() { close(l.engine.crashed) })
	return errCrashed
}

// pass takes all there is through the stages, one after the other.
func (l *life) pass(ctx context.Context) error {
	for _, s := range l.stages {
		if err := l.stage(ctx, s); err != nil {
			return fmt.Errorf("stage %d: %w", s.index, err)
		}
	}
	return nil
}

func (l *life) stage(ctx context.Context, s *stage) error {
	ends, err := l.cluster.Ends(ctx, s.topic)
	if err != nil {
		return err
	}
	at := hop.Offsets{}
	for p, end := range ends {
		at.Set(s.topic, p, end)
	}
	if l.engine.bug.commitFirst {
		if _, err := s.writer.CommitNow(ctx, at); err != nil {
			return err
		}
	}
	if err := l.at(s, "read"); err != nil {
		return err
	}
	for n := range int32(partitions) {
		if err := s.read(ctx, n, ends[n], func(in *event.Record) operator.Emit { return l.emit(s, in) }); err != nil {
			return err
		}
	}
	if err := s.writer.Flush(ctx); err != nil {
		return err
	}
	if err := l.at(s, "flushed"); err != nil {
		return err
	}
	if s.index > 0 && l.engine.bug.uncommitted == s.index && l.session.Plan.Incarnation == 1 {
		return nil
	}
	if _, err := s.writer.CommitNow(ctx, at); err != nil {
		return err
	}
	return l.at(s, "committed")
}

// emit sends the results of one record.
func (l *life) emit(s *stage, in *event.Record) operator.Emit {
	send := l.send(s)
	if l.engine.bug.edit == nil {
		return send
	}
	return func(to operator.Destination, out *event.Record) { l.engine.bug.edit(s.index, in, to, out, send) }
}

func (l *life) send(s *stage) operator.Emit {
	return func(to operator.Destination, r *event.Record) {
		if to == operator.DeadLetter {
			s.sender.DeadLetter(r, nil)
			return
		}
		s.sender.Forward(r, nil)
	}
}

// end is what the engine does before it says stopped.
func (l *life) end(ctx context.Context) error {
	if l.engine.bug.flush == nil {
		return nil
	}
	for _, s := range l.stages {
		l.engine.bug.flush(s.index, l.send(s))
		if err := s.writer.Flush(ctx); err != nil {
			return err
		}
		if _, err := s.writer.CommitNow(ctx, hop.Offsets{}); err != nil {
			return err
		}
	}
	return nil
}
