package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// runScenario hands the harness its parts and waits for the run to end. The result is nil only if nothing was started.
func (a *app) runScenario(ctx context.Context, s *scenario.Scenario, f *runFlags, rules []rule, show *display) (*result.Run, string, error) {
	if err := a.reachAll(s); err != nil {
		return nil, "", err
	}
	return harness.Run(ctx, harness.Config{
		Scenario: s,
		OutDir:   f.out,
		Keep:     f.keep,
		Tool:     tool(),
		Command:  append([]string{"streamgauge"}, scenario.RedactArguments(a.args)...),
		Engines:  a.parts.descriptors(),
		PrepareEngines: func(ctx context.Context, names []string, say func(string)) error {
			return a.parts.prepareEngines(ctx, names, f.offline, say)
		},
		EngineStart: a.parts.launch,
		Heap:        a.parts.heap,
		Copies:      a.parts.copies,
		Formats:     a.parts.format,
		Measure:     a.parts.measureScenario,
		NewStream:   a.parts.newStream(s.Job),
		StartBroker: func(ctx context.Context, spec broker.Spec, say func(string)) (broker.Broker, error) {
			return a.parts.startBroker(ctx, spec, f.offline, say)
		},
		FindBroker: a.parts.findBroker,
		Progress:   show.show,
		Say:        show.say,
		Conclude:   func(res *result.Run) { record(res, rules) },
	})
}

// newStream makes the streams of a job's scenario from its recording or its preset, embedded or on disk.
func (r *registry) newStream(j *job.Job) func(scenario.Stream, harness.StreamSeed) (generators.Stream, error) {
	return func(s scenario.Stream, seed harness.StreamSeed) (generators.Stream, error) {
		if s.Payload.Largest > 0 {
			return blob.New(blob.Config{Seed: seed.Seed, FirstDevice: seed.FirstDevice, Devices: s.Devices, Smallest: int(s.Payload.Smallest),
				Largest: int(s.Payload.Largest), Start: s.EventTime.Start, Speed: float64(s.EventTime.Speed)})
		}
		if s.Preset != "" {
			stream, err := r.fromPreset(j, s, seed)
			return r.withIDs(stream, s.Encoding, err)
		}
		recording, err := recorded.Open(scenarios.Files, s.Recording)
		if err != nil {
			return nil, fmt.Errorf("opening recording %q: %w", s.Recording, err)
		}
		reading := j.Reading
		if !j.Decodes() {
			reading = recording.Reading()
		}
		recode, err := r.recode(reading, recording.Reading(), s.Encoding)
		if err != nil {
			return nil, fmt.Errorf("writing recording %q as %s: %w", s.Recording, s.Encoding, err)
		}
		c := recordedConfig(recording, s, seed)
		c.Recode = recode
		stream, err := recorded.New(c)
		return r.withIDs(stream, s.Encoding, err)
	}
}

// withIDs gives a stream whose encoding can hold the ids of all its devices, or the error there was or that says which it cannot.
func (r *registry) withIDs(stream generators.Stream, name string, err error) (generators.Stream, error) {
	name, _, _ = strings.Cut(name, "+")
	bounded, ok := r.formats[name].(encoding.Bounded)
	if err != nil || !ok {
		return stream, err
	}
	for _, d := range stream.Devices() {
		if n, most := len(d.ID), bounded.MostDevice(); n > most {
			return nil, usagef("another stream.encoding, or shorter ids in the recording", "device id %.20q… has %d bytes; a message of encoding %s holds %d", d.ID, n, name, most)
		}
	}
	return stream, nil
}

// recode writes messages, which recordings hold as JSON, in another encoding: of a message the fields of the reading. One
// that the reading does not fit stays as it is, which the job will refuse. Compressed JSON keeps all fields. nil: the encoding is
// JSON.
// By a schema of the user's, whose paths are others than the recording's, a metric is the recorded one of its name.
func (r *registry) recode(reading, recorded job.Reading, name string) (func(dst, key, message []byte, eventTime int64) []byte, error) {
	if name == scenario.DefaultEncoding {
		return nil, nil
	}
	if inner, packing, packed := strings.Cut(name, "+"); packed && inner == scenario.DefaultEncoding {
		pack, err := compressed.Packer(packing)
		return func(dst, _, message []byte, _ int64) []byte { return pack(dst, message) }, err
	}
	format, err := r.format(name)
	if err != nil {
		return nil, err
	}
	to, err := format.Encoder(reading)
	if err != nil {
		return nil, err
	}
	source, err := asRecorded(reading, recorded)
	if err != nil {
		return nil, err
	}
	from, err := r.formats[scenario.DefaultEncoding].Decoder(source)
	if err != nil {
		return nil, err
	}
	var read encoding.Reading
	return func(dst, key, message []byte, eventTime int64) []byte {
		if from.Decode(key, message, &read) != job.ReasonNone {
			return append(dst, message...)
		}
		return to.Append(dst, string(key), eventTime, given(read))
	}, nil
}

func recordedConfig(recording *recorded.Recording, s scenario.Stream, seed harness.StreamSeed) recorded.Config {
	return recorded.Config{
		Recording:   recording,
		Devices:     s.Devices,
		FirstDevice: seed.FirstDevice,
		Seed:        seed.Seed,
		Start:       s.EventTime.Start,
		Speed:       float64(s.EventTime.Speed),
		Disorder:    recorded.Disorder{Share: float64(s.Disorder.Share), UpTo: s.Disorder.UpTo.Duration()},
		Repeats:     float64(s.Repeats),
		Damaged:     float64(s.Damaged),
		PadBytes:    int(s.Pad),
	}
}

// blobsOf tells how large the blobs in a preset's messages are.
func blobsOf(name string) (mean float64, largest int64, err error) {
	p, err := openPreset(name)
	if err != nil {
		return 0, 0, err
	}
	mean, largest = p.Blobs()
	return mean, largest, nil
}

// fromPreset makes a stream whose messages are the preset's own where they are in the scenario's encoding, where they have blobs and
// where large messages are asked for, and otherwise the job's reading in that encoding.
func (r *registry) fromPreset(j *job.Job, s scenario.Stream, seed harness.StreamSeed) (generators.Stream, error) {
	p, err := openPreset(s.Preset)
	if err != nil {
		return nil, err
	}
	if late, most := p.LateUpTo(), j.EventTime.Lateness.Duration(); late > 0 && len(j.Windows()) > 0 && late >= most {
		return nil, usagef("a preset of your own with a shorter late_up_to, or a job with more lateness", "preset %s has records late by up to %v; the job's lateness is %v", s.Preset, late, most)
	}
	c := preset.Config{Preset: p, Devices: s.Devices, FirstDevice: seed.FirstDevice, Seed: seed.Seed, Start: s.EventTime.Start, Speed: float64(s.EventTime.Speed), Format: r.encoder}
	if j.Reading.Schema != nil && len(p.Parts) > 0 {
		return nil, usagef("name one of its parts as stream.preset, or leave stream.schema out", "preset %s is a mixture: its devices write as they do, and by no schema of yours", s.Preset)
	}
	if len(p.Parts) > 0 && s.Encoding != "json" && !p.Writes(s.Encoding) { // json is what nobody asked for
		return nil, usagef("name one of its parts as stream.preset, or leave stream.encoding out", "preset %s is a mixture: its devices write as they do, and none of them as %s", s.Preset, s.Encoding)
	}
	_, blobs := p.Blobs()
	if blobs > 0 && len(p.Parts) == 0 && j.Decodes() {
		return nil, usagef("name a job without decode, such as identity or large", "preset %s has messages without readings; the job decodes them", s.Preset)
	}
	asRead := p.Encoding == s.Encoding && p.Written() && j.Reading.Schema == nil
	if asRead || len(p.Parts) > 0 || blobs > 0 || s.Payload != (scenario.Payload{}) {
		return c.Open()
	}
	format, err := r.format(s.Encoding)
	if err != nil {
		return nil, err
	}
	if c.Reading = j.Reading; !j.Decodes() {
		if c.Reading, err = p.Reading(); err != nil {
			return nil, fmt.Errorf("writing preset %q as %s: %w", s.Preset, s.Encoding, err)
		}
	}
	if c.Encoder, err = format.Encoder(c.Reading); err != nil {
		return nil, err
	}
	stream, err := preset.New(c)
	if err != nil {
		return nil, usagef("streamgauge generate describe "+s.Preset+" shows what its messages hold", "stream.preset: %w", err)
	}
	return stream, nil
}
