package operator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Config is what a stage is compiled from.
type Config struct {
	Job          *job.Job
	Stage        int // index in Job.Stages
	Registry     Registry
	Formats      Formats
	Store        payload.Store // of messages that records refer to; nil: there is none
	EventTimeMin int64         // ms since the epoch, both ends allowed
	EventTimeMax int64
	// SnapshotEvery is how many records at least lie between two snapshots of a chain; 0 means DefaultSnapshotEvery.
	SnapshotEvery int64
}

// DefaultSnapshotEvery is the default of Config.SnapshotEvery: a restart reads about so many records of each stateful
// stage and partition again, well below a second.
const DefaultSnapshotEvery = 50_000

// Program is one stage of a job made ready to run. It is immutable: the chains of all partitions share it.
type Program struct {
	cfg     Config
	layout  layout
	last    bool // the stage writes to the output topic
	parses  bool // the stage looks into the values that it reads
	rewrite bool // the stage may change the reading, so that its canonical JSON is written anew
	tables  []map[string]row
}

// Compile makes stage c.Stage ready to run. The job must be valid.
func Compile(c Config) (*Program, error) {
	if c.Stage < 0 || c.Stage >= len(c.Job.Stages) {
		return nil, fmt.Errorf("compiling stage %d of job %q: it has %d stages", c.Stage, c.Job.Name, len(c.Job.Stages))
	}
	if c.SnapshotEvery < 0 {
		return nil, fmt.Errorf("a snapshot every %d records; want 1 or more, or 0 for %d", c.SnapshotEvery, DefaultSnapshotEvery)
	}
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = DefaultSnapshotEvery
	}
	p := &Program{cfg: c, last: c.Stage == len(c.Job.Stages)-1, layout: newLayout(fieldsAt(c.Job, c.Stage))}
	ops := p.operators()
	p.tables = make([]map[string]row, len(ops))
	decodes := false
	for i, o := range ops {
		switch {
		case o.Decode != nil:
			decodes, p.rewrite = true, true
		case o.Enrich != nil:
			p.parses, p.rewrite = true, true
			p.tables[i] = c.Registry.rows(o.Enrich.Fields)
		case o.Calibrate != nil:
			p.parses, p.rewrite = true, true
		case o.Validate != nil, o.Filter != nil, o.Detect != nil, o.Window != nil, o.Aggregate != nil, o.Encode != nil && c.Job.Recodes():
			p.parses = true
		}
	}
	p.parses = p.parses && !decodes
	return p, nil
}

func (p *Program) operators() []job.Operator { return p.cfg.Job.Stages[p.cfg.Stage].Do }

// fieldsAt lists the fields a reading can have up to the end of a stage, ascending. A job without decode has none.
func fieldsAt(j *job.Job, stage int) []string {
	var names []string
	for _, s := range j.Stages[:stage+1] {
		for _, o := range s.Do {
			switch {
			case o.Decode != nil:
				names = append(names, j.Reading.Names()...)
			case o.Enrich != nil:
				names = append(names, o.Enrich.Fields...)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Chain makes the stage for one input partition, with empty state. A chain is not safe for concurrent use.
func (p *Program) Chain(partition int32) (*Chain, error) {
	c := &Chain{p: p, partition: partition}
	c.e.values = make([]int64, len(p.layout.names))
	c.e.present = make([]bool, len(p.layout.names))
	for i, o := range p.operators() {
		if o.Reassemble != nil || o.Scan != nil {
			c.payloads = newPayloads(c, o)
			c.state = c.payloads
			continue
		}
		s, err := p.step(c, i, o)
		if err != nil {
			return nil, fmt.Errorf("stage %q, operator %s: %w", p.cfg.Job.Stages[p.cfg.Stage].Name, o.Name(), err)
		}
		if s != nil {
			c.add(s)
		}
	}
	return c, nil
}

// add appends a step. A valid job has at most one stateful operator in a stage.
func (c *Chain) add(s step) {
	c.steps = append(c.steps, s)
	if st, ok := s.(stateful); ok {
		if c.state != nil {
			panic("BUG: two stateful operators in a stage that passed validation")
		}
		c.state = st
	}
	if a, ok := s.(advancer); ok {
		c.advancer = a
	}
}

// step makes one operator; encode gives none: it says what the event is written by, which is canonical JSON anyway in every stage
// that changes a reading.
func (p *Program) step(c *Chain, i int, o job.Operator) (step, error) {
	switch {
	case o.Decode != nil:
		return newDecode(p, o.Decode)
	case o.Validate != nil:
		return newValidate(p, o.Validate)
	case o.Dedupe != nil:
		return newDedupe(o.Dedupe.Span), nil
	case o.Enrich != nil:
		slots, err := p.slots(o.Enrich.Fields...)
		return &enrich{rows: p.tables[i], slots: slots}, err
	case o.Calibrate != nil:
		slots, err := p.slots(o.Calibrate.Metric, "gain", "offset")
		if err != nil {
			return nil, err
		}
		return &calibrate{metric: slots[0], gain: slots[1], offset: slots[2]}, nil
	case o.Filter != nil:
		return newFilter(p, o.Filter)
	case o.Detect != nil:
		return newDetect(p, o.Detect, c)
	case o.Window != nil:
		return newWindow(p, o.Window, c)
	case o.Aggregate != nil:
		return newAggregation(p, o.Aggregate, c)
	case o.Encode != nil:
		return nil, p.encode(c, o.Encode.As)
	}
	return nil, errors.New("unknown operator")
}

// encode gives the chain the writer of a form; none of canonical JSON.
func (p *Program) encode(c *Chain, form string) error {
	if form == job.CanonicalJSON {
		return nil
	}
	format, err := p.cfg.Formats(form)
	if err != nil {
		return err
	}
	reading := p.cfg.Job.Reading.Written()
	slots, err := p.slots(reading.Names()...)
	if err != nil {
		return err
	}
	write, err := encoding.NewWriter(format, reading)
	c.recode = &recoder{write: write, metric: func(i int) (int64, bool) { return c.e.values[slots[i]], c.e.present[slots[i]] }}
	return err
}

// slots finds the positions of fields.
func (p *Program) slots(names ...string) ([]int, error) {
	var slots []int
	for _, n := range names {
		s := p.layout.slot(n)
		if s < 0 {
			return nil, fmt.Errorf("the reading has no field %q", n)
		}
		slots = append(slots, s)
	}
	return slots, nil
}

// CompileAll makes all stages of c.Job ready to run; c.Stage is ignored.
func CompileAll(c Config) ([]*Program, error) {
	programs := make([]*Program, len(c.Job.Stages))
	for i := range programs {
		var err error
		c.Stage = i
		if programs[i], err = Compile(c); err != nil {
			return nil, err
		}
	}
	return programs, nil
}
