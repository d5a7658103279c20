package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/streamgauge/streamgauge/harness/capture"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/event"
)

// captureFile is the input of isolated trials in the run folder.
const captureFile = "input.capture"

// block is one filling of an input topic and the instances that read it.
type block struct {
	run        *run // the part of the run that it is of
	name       string
	index      int // from 1
	of         int
	repetition int // from 1
	instances  []instance
	source     func() (event.Source, func() error, error) // a fresh cursor over the input, and how to close it
}

// sideBySide lets all instances read one input topic at the same time, once per repetition.
func (r *run) sideBySide(ctx context.Context) error {
	all := r.instances()
	var blocks []block
	for rep := 1; rep <= r.Scenario.Repetitions; rep++ {
		blocks = append(blocks, block{run: r, repetition: rep, instances: order(r.Scenario.Seed, rep, all), source: r.generated})
	}
	return r.blocks(ctx, blocks)
}

// blocks runs one block after the other. An engine's failure ends none but its own trial; anything else ends the run.
func (r *run) blocks(ctx context.Context, all []block) error {
	var failures []error
	for i, b := range all {
		b.name, b.index, b.of = fmt.Sprintf("b%d", i+1), i+1, len(all)
		err := b.run.block(ctx, b)
		failures = append(failures, err)
		if err != nil && !engineOnly(err) {
			break
		}
	}
	return errors.Join(failures...)
}

// engineOnly reports whether nothing but engines failed.
func engineOnly(err error) bool {
	if all, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // each part of a join is looked at
		for _, e := range all.Unwrap() {
			if !engineOnly(e) {
				return false
			}
		}
		return true
	}
	var e *Error
	var d *defect.Error
	return errors.As(err, &e) && e.Fault == FaultEngine && !errors.As(err, &d)
}

// isolated records the input once and offers the recording to one instance at a time, in an order that is random within
// each repetition, so that drift of the machine favours nobody.
func (r *run) isolated(ctx context.Context) error {
	// With a carrier, a recording would be as large as all topics, and making it anew is quicker than reading it. In several encodings
	// there are as many inputs.
	if r.carrier() != nil || len(r.Scenario.Stream.Encodings) > 0 {
		return r.oneByOne(ctx, (*run).generated)
	}
	path := filepath.Join(r.dir, captureFile)
	if !r.Keep {
		defer func() { _ = os.Remove(path) }()
	}
	r.say("recording the input once")
	src, err := r.newSource()
	if err != nil {
		return err
	}
	if _, err := capture.Record(ctx, src, path); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return environment("make room on the disk", fmt.Errorf("recording the input: %w", err))
	}
	replay := func(*run) (event.Source, func() error, error) {
		c, err := capture.Open(path)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
	return r.oneByOne(ctx, replay)
}

// oneByOne offers the input to one instance at a time, as that is to be run.
func (r *run) oneByOne(ctx context.Context, source func(*run) (event.Source, func() error, error)) error {
	all := r.instances()
	var blocks []block
	for rep := 1; rep <= r.Scenario.Repetitions; rep++ {
		for _, in := range order(r.Scenario.Seed, rep, all) {
			own := r.own(in.label)
			blocks = append(blocks, block{run: own, repetition: rep, instances: []instance{own.instance(in.label, own.Scenario.Engines[in.label])},
				source: func() (event.Source, func() error, error) { return source(own) }})
		}
	}
	return r.blocks(ctx, blocks)
}

// own is the run of one engine, with a carrier, a job and an encoding of its own if it has them.
func (r *run) own(label string) *run {
	c := r.Config
	c.Scenario = c.Scenario.For(label)
	return &run{Config: c, shared: r.shared}
}

// generated is the input made anew: the same bytes every time, for the same scenario.
func (r *run) generated() (event.Source, func() error, error) {
	src, err := r.newSource()
	return src, func() error { return nil }, err
}
