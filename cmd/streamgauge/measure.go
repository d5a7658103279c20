package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// measured is one encoding of the same readings.
type measured struct {
	result.Encoding
	JVM bool `json:"jvm"` // adapters of JVM engines decode it
}

// Few messages will do where one is a file of so many bytes: each takes a thousand times the work.
const (
	measuredMessages = 2000
	measuredFiles    = 100
	filesFrom        = 4096
	passes           = 5
)

// measure writes and reads a recording in encodings; no names are all.
func (r *registry) measure(ctx context.Context, recording string, names []string) ([]measured, error) {
	if len(names) == 0 {
		names = r.encodings()
	}
	events, reading, err := r.readings(recording)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("streamgauge encoding measure --recording room-sensors; the path of another ends in .yaml", "--recording: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return r.measureAll(ctx, names, events, reading)
}

// readable are events in JSON that a job can read, and their metrics as an encoder is given them, those they lack absent.
type readable struct {
	events []generators.Event
	values [][]int64
}

// readings is the start of a recording, and what a job reads of it.
func (r *registry) readings(recording string) (readable, job.Reading, error) {
	j, err := scenario.ReadJob("alert", scenarios.Files, nil)
	if err != nil {
		return readable{}, job.Reading{}, err
	}
	s, err := r.sample(j, scenario.Stream{Recording: recording, Devices: 100, EventTime: scenario.EventTime{
		Start: time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC), Speed: 1}}, 1)
	return s, j.Reading, err
}

// measureScenario measures the encodings of a scenario's stream.
func (r *registry) measureScenario(ctx context.Context, s *scenario.Scenario) ([]result.Encoding, error) {
	stream := s.Stream
	stream.Disorder, stream.Repeats, stream.Damaged = scenario.Disorder{}, 0, 0
	events, err := r.sample(s.Job, stream, s.Seed)
	if err != nil {
		return nil, err
	}
	rows, err := r.measureAll(ctx, stream.Encodings, events, s.Job.Reading)
	if err != nil {
		return nil, err
	}
	var all []result.Encoding
	for _, m := range rows {
		all = append(all, m.Encoding)
	}
	return all, nil
}

// lookedAt bounds how many events are looked at for each that is measured.
const lookedAt = 10

// sample is the start of a stream, in JSON, without the messages that a job refuses: it has nothing to write of those. Each is
// decoded once, here.
func (r *registry) sample(j *job.Job, s scenario.Stream, seed uint64) (readable, error) {
	s.Encoding = scenario.DefaultEncoding
	stream, err := r.newStream(j)(s, harness.StreamSeed{Seed: seed})
	if err != nil {
		return readable{}, err
	}
	decoder, err := r.formats[scenario.DefaultEncoding].Decoder(j.Reading)
	if err != nil {
		return readable{}, err
	}
	var all readable
	for i := range lookedAt * measuredMessages {
		var e generators.Event
		stream.Next(time.Duration(i)*20*time.Millisecond, &e)
		var read encoding.Reading
		if decoder.Decode(e.Key, e.Value, &read) != job.ReasonNone {
			continue
		}
		all.values = append(all.values, given(read))
		if all.events = append(all.events, e); len(all.events) == measuredMessages {
			return all, nil
		}
	}
	return readable{}, usagef("streamgauge encoding measure --help", "measuring encodings: of %d messages in JSON a job can read %d; measuring takes %d", lookedAt*measuredMessages, len(all.events), measuredMessages)
}

// measureAll writes and reads events in encodings. The end of ctx ends it after the one it is at.
func (r *registry) measureAll(ctx context.Context, names []string, all readable, reading job.Reading) ([]measured, error) {
	var rows []measured
	for _, name := range names {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		m, messages, err := r.sizes(name, all, reading)
		if err != nil {
			return nil, usagef("streamgauge encoding measure", "measuring %s: %w", name, err)
		}
		if err := r.times(&m, all.first(m.Messages), messages, reading); err != nil {
			return nil, fmt.Errorf("measuring %s: %w", name, err)
		}
		rows = append(rows, m)
	}
	return rows, nil
}

// first are n of the events.
func (s readable) first(n int) readable { return readable{s.events[:n], s.values[:n]} }

// sizes writes events in an encoding, to what a run writes, and compresses them. It gives the messages, too.
func (r *registry) sizes(name string, of readable, reading job.Reading) (measured, [][]byte, error) {
	m := measured{Encoding: result.Encoding{Name: name, Packed: map[string]int{}}, JVM: !slices.ContainsFunc(strings.Split(name, "+"), func(part string) bool {
		return !slices.Contains(engines.JoblibEncodings(), part)
	})}
	one, err := r.messages(name, of.first(1), reading)
	if err != nil {
		return m, nil, err
	}
	if len(one[0]) > filesFrom {
		of = of.first(measuredFiles)
	}
	all, err := r.messages(name, of, reading)
	if err != nil {
		return m, nil, err
	}
	m.Messages, m.Bytes = len(all), mean(all)
	for _, packing := range compressed.Names() {
		pack, err := compressed.Packer(packing)
		if err != nil {
			return m, nil, err
		}
		packed := make([][]byte, len(all))
		for i, b := range all {
			packed[i] = pack(nil, b)
		}
		m.Packed[packing] = mean(packed)
	}
	batched, err := batches(all)
	m.Batched = mean(batched) / batchMessages
	return m, all, err
}

// messages writes events in an encoding; those in the recording's own, compressed or not, stay as they are.
func (r *registry) messages(name string, of readable, reading job.Reading) ([][]byte, error) {
	all := make([][]byte, len(of.events))
	if inner, _, _ := strings.Cut(name, "+"); inner == scenario.DefaultEncoding {
		pack, err := r.recode(reading, reading, name)
		if err != nil {
			return nil, err
		}
		for i, e := range of.events {
			if all[i] = e.Value; pack != nil {
				all[i] = pack(nil, e.Key, e.Value, e.EventTime)
			}
		}
		return all, nil
	}
	format, err := r.format(name)
	if err != nil {
		return nil, err
	}
	to, err := format.Encoder(reading)
	if err != nil {
		return nil, err
	}
	for i, e := range of.events {
		all[i] = to.Append(nil, string(e.Key), e.EventTime, of.values[i])
	}
	return all, nil
}

func mean(all [][]byte) int {
	sum := 0
	for _, b := range all {
		sum += len(b)
	}
	return (sum + len(all)/2) / len(all)
}

const batchMessages = 100

// batches compresses a hundred messages at a time.
func batches(all [][]byte) ([][]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("compressing batches: %w", err)
	}
	var out [][]byte
	for batch := range slices.Chunk(all, batchMessages) {
		out = append(out, w.EncodeAll(slices.Concat(batch...), nil))
	}
	return out, nil
}

// times measures writing the values of events, and reading their messages.
func (r *registry) times(m *measured, of readable, messages [][]byte, reading job.Reading) error {
	format, err := r.format(m.Name)
	if err != nil {
		return err
	}
	decoder, err := format.Decoder(reading)
	if err != nil {
		return err
	}
	encoder, err := format.Encoder(reading)
	if err != nil {
		return err
	}
	var read encoding.Reading
	var reason job.Reason
	m.DecodeNS = best(len(messages), func(i int) {
		if why := decoder.Decode(of.events[i].Key, messages[i], &read); why != job.ReasonNone {
			reason = why
		}
	})
	if reason != job.ReasonNone {
		return fmt.Errorf("a message that was just written is refused: %s", reason)
	}
	var buf []byte
	m.EncodeNS = best(len(messages), func(i int) {
		buf = encoder.Append(buf[:0], string(of.events[i].Key), of.events[i].EventTime, of.values[i])
	})
	return nil
}

// given is what an encoder is given of what was read: metrics that are not there are absent.
func given(read encoding.Reading) []int64 {
	for i, present := range read.Present {
		if !present {
			read.Values[i] = encoding.Absent
		}
	}
	return read.Values
}

// best is the processor time that one of n calls takes in the cheapest pass, in ns, the garbage collector's share included.
func best(n int, call func(i int)) int64 {
	least := time.Duration(0)
	for pass := range passes {
		start := process.Spent()
		for i := range n {
			call(i)
		}
		if took := process.Spent() - start; pass == 0 || took < least {
			least = took
		}
	}
	return int64(least) / int64(n)
}
