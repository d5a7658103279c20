package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// watch reads outputs and dead letters while the engine runs, to know what is answered. What is judged is read anew after
// the drain.
type watch struct {
	client   *kgo.Client
	answered map[event.ID]bool  // by an event or a dead letter
	beats    map[uint32]uint64  // heartbeat device -> highest answered sequence + 1
	windows  map[windowID]bool  // of heartbeats
	updates  map[deviceID]int64 // latest intended time that an update of the device has told of
	devices  uint32             // of heartbeats: below it
}

type windowID struct {
	device uint32
	start  int64
}

func (r *runner) newWatch(p engines.Plan, f *feed) (*watch, error) {
	offsets := map[string]map[int32]kgo.Offset{}
	for _, t := range []string{p.Topics.Output, p.Topics.DeadLetter} {
		offsets[t] = map[int32]kgo.Offset{}
		for i := range p.Partitions {
			offsets[t][i] = kgo.NewOffset().AtStart()
		}
	}
	opts := []kgo.Opt{kgo.ConsumePartitions(offsets), kgo.FetchMaxWait(pollWait)}
	if r.Guarantee == engines.ExactlyOnce {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	client, err := r.Dial(opts...)
	if err != nil {
		return nil, fmt.Errorf("dialling the broker: %w", err)
	}
	return &watch{client: client, answered: map[event.ID]bool{}, beats: map[uint32]uint64{}, windows: map[windowID]bool{}, updates: map[deviceID]int64{},
		devices: uint32(f.partitions)}, nil
}

// poll takes in outputs until done, or for pollWait without any.
func (w *watch) poll(ctx context.Context, done func() bool) error {
	for !done() {
		wait, cancel := context.WithTimeout(ctx, pollWait)
		fetches := w.client.PollFetches(wait)
		cancel()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fetches.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("reading outputs: %w", err)
		}
		if fetches.NumRecords() == 0 {
			return nil
		}
		fetches.EachRecord(w.take)
	}
	return nil
}

func (w *watch) take(r *kgo.Record) {
	rec := toRecord(r)
	o, err := rec.Output()
	if err != nil {
		return
	}
	switch {
	case o.Kind == event.KindEvent || o.Kind == event.KindDeadLetter:
		w.answered[event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}] = true
		if o.Device < w.devices && o.Kind == event.KindEvent {
			w.beats[o.Device] = max(w.beats[o.Device], o.Seq+1)
		}
	case o.Kind == event.KindUpdate:
		w.update(o)
	case o.Kind == event.KindWindow && o.Device < w.devices:
		w.windows[windowID{o.Device, int64(o.Seq)}] = true
	}
}

// update answers all events of its device up to its latest contributor.
func (w *watch) update(o event.Output) {
	id := deviceID{o.Stream, o.Device}
	if latest, ok := w.updates[id]; !ok || o.Intended > latest {
		w.updates[id] = o.Intended
	}
	if o.Device < w.devices {
		w.beats[o.Device] = max(w.beats[o.Device], uint64(o.Count))
	}
}

// has reports whether an event is answered: by itself, by a dead letter, or by an update.
func (w *watch) has(s event.Stamp) bool {
	latest, ok := w.updates[deviceID{s.Stream, s.Device}]
	return w.answered[s.ID] || ok && s.Intended <= latest
}

func toRecord(r *kgo.Record) event.Record {
	rec := event.Record{Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return rec
}

// seen is what a group's topics hold, by script.
type seen struct {
	outputs  [][]wrote
	problems []string
	order    order
	events   map[string]map[event.ID]bool // by topic, heartbeats left out where they are answered
}

// note remembers that an event is in a topic.
func (s *seen) note(t string, id event.ID) {
	if s.events == nil {
		s.events = map[string]map[event.ID]bool{}
	}
	if s.events[t] == nil {
		s.events[t] = map[event.ID]bool{}
	}
	s.events[t][id] = true
}

// maxProblems bounds what is said about records that belong to nobody.
const maxProblems = 20

func (s *seen) addf(format string, args ...any) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// read reads all that the engine wrote, outputs for the comparison and stage topics for their partitioning and headers.
func (r *runner) read(ctx context.Context, p engines.Plan, f *feed) (seen, error) {
	s := seen{outputs: make([][]wrote, len(f.scripts))}
	stamps := f.stamps()
	for _, t := range append([]string{p.Topics.Output, p.Topics.DeadLetter}, p.Topics.Stages...) {
		for rec, err := range topic.Read(ctx, topic.Dial(r.Dial), t, nil, r.Guarantee == engines.ExactlyOnce) {
			var blocked *topic.BlockedError
			if errors.As(err, &blocked) {
				s.addf("%s: job %s: an open transaction is left behind: %v", r.EngineName, f.job.Name, err)
				break
			}
			if err != nil {
				return s, fmt.Errorf("reading what the engine wrote: %w", err)
			}
			if want := event.Partition(rec.Key, p.Partitions); rec.Partition != want {
				s.addf("%s: key %q in partition %d, want %d: partitioning is murmur2 of the key", t, rec.Key, rec.Partition, want)
			}
			if t == p.Topics.Output || t == p.Topics.DeadLetter {
				s.output(f, t, rec, t == p.Topics.DeadLetter)
			} else {
				s.stage(f, t, rec, stamps)
			}
		}
	}
	for _, t := range p.Topics.Stages {
		s.passed(t, p.Topics.Output)
	}
	return s, nil
}

// passed looks for events on the output that were never in the topic t between two stages: each hop is part of the job, and an
// engine that does without one has less to do than the others.
func (s *seen) passed(t, output string) {
	var around []string
	for id := range s.events[output] {
		if !s.events[t][id] {
			around = append(around, id.String())
		}
	}
	if len(around) > 0 {
		s.addf("%s: %d of the %d events on the output are not in it, the first %s: each stage writes to its topic, and the next one reads that",
			t, len(around), len(s.events[output]), slices.MinFunc(around, strings.Compare))
	}
}

// output files a record under the script of its device.
func (s *seen) output(f *feed, t string, rec event.Record, dead bool) {
	o, err := rec.Output()
	if err != nil {
		s.addf("%s: record %d/%d with key %q has no valid header sgo", t, rec.Partition, rec.Offset, rec.Key)
		return
	}
	if f.beats(o.Stream, o.Device) {
		if dead {
			s.addf("%s: heartbeat %q became a dead letter", t, rec.Key)
		}
		return
	}
	own, ok := f.owners[deviceID{o.Stream, o.Device}]
	if !ok {
		s.addf("%s: record %d/%d with key %q is of stream %d, device %d, which sent nothing", t, rec.Partition, rec.Offset, rec.Key, o.Stream, o.Device)
		return
	}
	w := wrote{dead: dead, key: bytes.Clone(rec.Key), value: bytes.Clone(rec.Value)}
	for _, h := range rec.Headers {
		w.headers = append(w.headers, event.Header{Key: h.Key, Value: append([]byte{}, h.Value...)})
	}
	s.outputs[own.script] = append(s.outputs[own.script], w)
	if o.Kind == event.KindEvent && !dead {
		s.note(t, event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq})
	}
	if why := s.order.take(o); why != "" && !f.faulted() {
		s.addf("%s: record %d/%d with key %q: %s %s", t, rec.Partition, rec.Offset, rec.Key, o.Kind, why)
	}
}

// stage checks the headers of a record between two stages. stamps has those of each input record.
func (s *seen) stage(f *feed, t string, rec event.Record, stamps map[string]bool) {
	var names []string
	for _, h := range rec.Headers {
		names = append(names, h.Key)
	}
	got := fmt.Sprint(names)
	stamp, stampErr := rec.Stamp()
	if stampErr == nil {
		s.note(t, stamp.ID)
	}
	o, outErr := rec.Output()
	event := stampErr == nil && (got == "[sg sgt]" || got == "[sg sgt sgc]" && f.job.Payloads())
	result := got == "[sgt sgo]" && outErr == nil
	if !event && !result {
		s.addf("%s: record %d/%d with key %q has headers %s; want sg, sgt for an event (and sgc for a part of a message), sgt, sgo for an alert or window", t, rec.Partition, rec.Offset, rec.Key, got)
	}
	if event && !f.beats(stamp.Stream, stamp.Device) && !stamps[stampText(rec)] {
		s.addf("%s: record %d/%d with key %q has headers sg and sgt that no input record has: they are copied byte for byte", t, rec.Partition, rec.Offset, rec.Key)
	}
	if result && o.Kind.String() != "alert" && o.Kind.String() != "window" {
		s.addf("%s: record %d/%d with key %q is of kind %s, which belongs on the output", t, rec.Partition, rec.Offset, rec.Key, o.Kind)
	}
}
