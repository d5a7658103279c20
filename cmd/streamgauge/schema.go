package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// readSchema reads a user's schema for an encoding. Errors: the encoding takes none, or those of encoding.Schemed.
func (r *registry) readSchema(name string, s scenario.Schema, read func(string) ([]byte, error)) (*job.Schema, error) {
	format, known := r.formats[name]
	schemed, ok := format.(encoding.Schemed)
	if known && !ok {
		return nil, fmt.Errorf("encoding %s takes no schema of yours; %s do", name, strings.Join(r.schemed(), ", "))
	}
	if !known {
		return nil, fmt.Errorf("a schema of an unknown encoding, %q", name)
	}
	return schemed.ReadSchema(s.File, s.Message, read)
}

// schemed lists the encodings that take a user's schema.
func (r *registry) schemed() (names []string) {
	for name, f := range r.formats {
		if _, ok := f.(encoding.Schemed); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fits says why a reading cannot be written or read in an encoding; nil: it can.
func (r *registry) fits(name string, reading job.Reading) error {
	format, err := r.format(name)
	if err != nil {
		return err
	}
	if _, err := format.Decoder(reading); err != nil {
		return err
	}
	_, err = format.Encoder(reading)
	return err
}

// fillsSchema says before anything is started why the scenario's stream cannot be written by its own schema; nil: it can, or it
// has none.
func (r *registry) fillsSchema(s *scenario.Scenario) error {
	if s.Job.Reading.Schema == nil {
		return nil
	}
	if err := r.carries(s.Job, s.Stream.Encoding); err != nil {
		return usagef("give the metric a range, in the job's reading, that lies within what a message holds", "stream.schema: %w", err)
	}
	one := s.Stream
	one.Devices = 1
	_, err := r.newStream(s.Job)(one, harness.StreamSeed{Seed: s.Seed})
	if err != nil {
		return usagef("give the job's metrics the names of recorded ones; their paths are those of your schema", "stream.schema: %w", err)
	}
	return nil
}

// carries says which readings of heartbeats messages by the user's schema cannot hold: they would not be answered, and no engine would
// be taken for ready. nil: they hold them.
func (r *registry) carries(j *job.Job, name string) error {
	h, err := j.Heartbeat()
	if err != nil {
		return err
	}
	format, err := r.format(name)
	if err != nil {
		return err
	}
	to, err := format.Encoder(j.Reading)
	if err != nil {
		return err
	}
	from, err := format.Decoder(j.Reading)
	if err != nil {
		return err
	}
	var read encoding.Reading
	for _, beat := range []map[string]job.Micros{h.High, h.Low} {
		var values []int64
		for _, n := range j.Reading.Names() {
			values = append(values, int64(beat[n]))
		}
		reason := from.Decode([]byte("heartbeat"), to.Append(nil, "heartbeat", 0, values), &read)
		for i, n := range j.Reading.Names() {
			if reason != job.ReasonNone || !read.Present[i] {
				return fmt.Errorf("heartbeats have %s %s, and a message by %s does not hold that", n, beat[n], j.Reading.Schema.Files[0].Name)
			}
		}
	}
	return nil
}

// asRecorded is the reading by which messages of a recording are read to be written by the schema of another: metrics are
// found by their names. Errors: the recording has no such metric.
func asRecorded(reading, recorded job.Reading) (job.Reading, error) {
	if reading.Schema == nil {
		return reading, nil
	}
	source := job.Reading{Device: recorded.Device, Time: recorded.Time, Metrics: map[string]job.Metric{}}
	for _, name := range reading.Names() {
		m, ok := recorded.Metrics[name]
		if !ok {
			return source, fmt.Errorf("the recording has no metric %s; it has %s", name,
				strings.Join(slices.Sorted(maps.Keys(recorded.Metrics)), ", "))
		}
		source.Metrics[name] = m
	}
	return source, nil
}
