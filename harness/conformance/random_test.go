package conformance

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/engines/tuple"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// randomEvents is how many random events TestImplementationsAgree makes over all jobs; 0: 20,000 with -short, else 100,000.
var randomEvents = flag.Int("events", 0, "random events for TestImplementationsAgree")

func eventCount() int {
	switch {
	case *randomEvents > 0:
		return *randomEvents
	case testing.Short():
		return 20_000
	}
	return 100_000
}

// stream makes a random, dirty input for a job: disorder, repeats, gaps, foreign records, and messages that are damaged in
// every way the generator can think of. The same seed gives the same bytes.
type stream struct {
	*rand.Rand
	feed    *feed
	now     int64 // event time
	sent    int64 // records
	offsets []int64
	devices []*source
	beats   []heartbeat
	records []event.Record
}

type source struct {
	id        event.ID
	key       string
	next      uint64
	recent    []event.Record
	partition int32
}

const randomDevices = 24

func newStream(t *testing.T, j *job.Job, seed uint64, n int) *stream {
	t.Helper()
	const partitions = 3
	f := &feed{group: &group{job: j}, partitions: partitions, registry: map[string]map[string]int64{}, min: firstEpoch - hour, maxRecord: 1 << 16}
	s := &stream{Rand: rand.New(rand.NewPCG(seed, 1)), feed: f, now: firstEpoch, offsets: make([]int64, partitions)}
	h, err := j.Heartbeat()
	if err != nil {
		t.Fatal(err)
	}
	for p, key := range f.heartbeats() {
		f.registry[key] = h.Registry
		s.beats = append(s.beats, heartbeat{key: key, partition: int32(p), device: uint32(p)})
	}
	for i := range randomDevices {
		s.device(uint32(i), h)
	}
	for i := range n {
		s.step(t, i)
	}
	s.now += j.MaxWindow().Milliseconds() + hour/4
	s.heartbeat(t)
	f.max = s.now + hour
	return s
}

// device makes a device; some share a key, some are not in the registry, some lack a field there.
func (s *stream) device(i uint32, h job.Heartbeat) {
	d := &source{id: event.ID{Stream: uint16(i % 2), Device: 100 + i}, key: fmt.Sprintf("random-%d é\"", i-i%7/6)}
	d.partition = event.Partition([]byte(d.key), s.feed.partitions)
	s.devices = append(s.devices, d)
	if i%11 == 10 {
		return
	}
	fields := map[string]int64{}
	for name := range h.Registry {
		fields[name] = s.Int64N(100_000_000) - 50_000_000
	}
	if _, ok := fields["gain"]; ok {
		fields["gain"] = []int64{1_000_000, 999_999, -1_500_000, 1, 1_100_000, 1_000_000_000}[i%6]
	}
	if names := slices.Sorted(maps.Keys(fields)); i%9 == 8 && len(names) > 0 {
		delete(fields, names[s.IntN(len(names))])
	}
	s.feed.registry[d.key] = fields
}

func (s *stream) step(t *testing.T, i int) {
	if i%150 == 0 {
		s.heartbeat(t)
	}
	s.now += s.Int64N(60)
	d := s.devices[s.IntN(len(s.devices))]
	switch n := s.IntN(200); {
	case n < 4 && len(d.recent) > 0:
		s.add(d.recent[s.IntN(len(d.recent))]) // the same record again
		return
	case n < 6:
		d.next += uint64(s.IntN(700)) // a gap
	case n < 7:
		d.next -= min(d.next, uint64(s.IntN(1100))) // far back
	}
	r := s.event(d)
	d.next++
	d.recent = append(d.recent, r)
	if len(d.recent) > 30 {
		d.recent = d.recent[1:]
	}
	s.add(r)
}

func (s *stream) heartbeat(t *testing.T) {
	s.sent++
	for i := range s.beats {
		r, err := s.feed.heartbeat(&s.beats[i], op{eventTime: s.now, intended: s.sent * 1_000})
		if err != nil {
			t.Fatal(err)
		}
		s.add(r.Record)
	}
}

func (s *stream) add(r event.Record) {
	r.Offset = s.offsets[r.Partition]
	s.offsets[r.Partition]++
	s.records = append(s.records, r)
}

func (s *stream) event(d *source) event.Record {
	s.sent++
	at := s.now
	switch n := s.IntN(100); {
	case n < 20:
		at -= s.Int64N(max(1, int64(s.feed.job.EventTime.Lateness)))
	case n == 20:
		at -= s.Int64N(hour) // surely late where there are windows, or before the bounds
	case n == 21 && s.IntN(10) == 0:
		at = -at
	}
	value := s.message(d, at)
	stamp := event.Stamp{ID: event.ID{Stream: d.id.Stream, Device: d.id.Device, Seq: d.next}, Intended: s.sent * 1_000, Hash: event.Hash(value)}
	o := inputOptions{sgtFirst: s.IntN(10) == 0, foreign: s.IntN(300) == 0}
	return event.Record{Partition: d.partition, Timestamp: kafkaTime(at), Key: []byte(d.key), Value: value, Headers: headers(stamp, at, o)}
}

// tokens are values of metrics that a random reading may have beside plain decimals.
var tokens = strings.Fields(`0 -0 -0.0 1e2 1E-3 0.0078125 0.0234375 -0.0000005 0.0000015 2.0000005 1.0000005 1e400 -1e400 1e-400
	10000000 10000000.000001 -10000000 9007199254740993 123456789012345678901234567890 null true "7" [] {} [1,2] {"x":1} 1e0002 NaN 01 -
	0.1 0.2 0.3 4.35 8.000001 8 10 10.000001 49.9999995 50.0000005 125 125.0000004 125.000001 -40 -40.000001 0.00000000000000000000001
	0.0000000000000000000000000000000000000000000000000000000000001 1.00000000000000000000000000000000000000000000000000000000000000
	1.000000000000000000000000000000000000000000000000000000000000000`)

func (s *stream) token() string {
	if s.IntN(8) == 0 {
		return tokens[s.IntN(len(tokens))]
	}
	if s.IntN(4) == 0 {
		return fmt.Sprintf("%.*g", 1+s.IntN(18), s.NormFloat64()*30+10)
	}
	return fmt.Sprintf("%.*f", s.IntN(9), s.Float64()*90-20)
}

// message is a reading, plain or damaged.
func (s *stream) message(d *source, at int64) []byte {
	var rs []reading
	for _, name := range s.feed.job.Reading.Names() {
		if s.IntN(20) > 0 {
			rs = append(rs, reading{name, s.token()})
		}
	}
	m := message(s.feed.job.Reading, d.key, at, rs)
	if s.IntN(5) > 0 {
		return m
	}
	return s.damage(m)
}

// pieces are put into messages.
var pieces = []string{`"id":"other",`, `"x":3,`, `"deep":{"y":4},`, `"deep":null,`, `"device_id":7,`, `"data":{"temp":20,"humidity":50},`, `"data":{},`, `"\u0078":5,`,
	`"i\u0064":"no",`, ` `, "\t\n", `\`, `"`, "\x00", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbb\xbf", `\ud800`, `\ude00`, `\ud83d\ude00`, `\uD83D\u0041`, `\u12`,
	`,`, `{`, `}`, `[`, `]`, `:`, `0`, `-`, `.`, `e`, `E+`, `null`, `tru`, `1e999`, strings.Repeat("[", 63), strings.Repeat("[", 70), strings.Repeat("9", 65), `"n":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + ",",
	`"n":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + ",", `"n":{"":[{},[],"\u00e9\/"]},`, "é", "\u2028", "\x7f"}

func (s *stream) damage(m []byte) []byte {
	m = slices.Clone(m)
	for range 1 + s.IntN(2) {
		at := s.IntN(len(m) + 1)
		if s.IntN(3) == 0 {
			at = min(1, len(m)) // just behind the opening brace, where whole fields fit
		}
		piece := pieces[s.IntN(len(pieces))]
		switch s.IntN(9) {
		case 0:
			m = m[:at]
		case 1:
			m = append(m, piece...)
		case 2:
			m = append([]byte(piece), m...)
		case 3, 4, 5, 6:
			m = slices.Insert(m, at, []byte(piece)...)
		case 7:
			if at < len(m) {
				m[at] ^= 1 << s.IntN(8)
			}
		case 8:
			m = slices.Delete(m, at, min(len(m), at+1+s.IntN(3)))
		}
	}
	return m
}

// TestImplementationsAgree feeds random, dirty streams to three implementations that share no code: the Python reference, the
// oracle, and the Go engines. The seed is fixed; another one is a change of this line.
func TestImplementationsAgree(t *testing.T) {
	python(t)
	var jobs []*job.Job
	seen := map[string]bool{}
	for _, s := range load(t) {
		if s.Job.Decodes() && !s.Job.Recodes() && !seen[s.Job.Name] {
			seen[s.Job.Name] = true
			jobs = append(jobs, s.Job)
		}
	}
	for i, j := range jobs {
		t.Run(j.Name, func(t *testing.T) {
			s := newStream(t, j, uint64(20260101+i), eventCount()/len(jobs))
			ref := reference(t, s.feed.refTrial(), s.records)
			agreesWithOracle(t, s, ref)
			for _, e := range []engines.Engine{tuple.New(formats), microbatch.New(formats)} {
				agreesWithEngine(t, e, s, ref)
			}
		})
	}
}

// TestFormsAgree holds what the oracle is lent for encode, the encoders of the Go engines, to the Python reference in every form.
func TestFormsAgree(t *testing.T) {
	python(t)
	for i, form := range job.Forms() {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			j := &job.Job{Schema: 1, Name: "form", Answers: job.Answers{Probe: job.AnswerEvent, PerEvent: job.AnswerEvent},
				Reading: job.Reading{Device: "who.id", Time: job.TimeField{Path: "t", Unit: []string{"s", "ms"}[i%2]}, Metrics: map[string]job.Metric{
					"a": {Path: "deep.a"}, "b": {Path: "b"}, "c": {Path: "deep.er.c"}}},
				Stages: []job.Stage{{Name: "parse", Do: []job.Operator{{Decode: &job.Decode{}}}}, {Name: "write", Do: []job.Operator{{Encode: &job.Encode{As: form}}}}}}
			if err := j.Validate(); err != nil {
				t.Fatal(err)
			}
			s := newStream(t, j, uint64(20260201+i), 400)
			rightByOracle(t, "reference.py", s, reference(t, s.feed.refTrial(), s.records))
		})
	}
}

func agreesWithOracle(t *testing.T, s *stream, ref []refRecord) {
	t.Helper()
	kinds := map[string]int{}
	for _, r := range ref {
		rec := r.record()
		if reason, ok := rec.Header(event.HeaderReason); ok {
			kinds[string(reason)]++
		} else {
			o, _ := rec.Output()
			kinds[o.Kind.String()]++
		}
	}
	t.Logf("%d records: %v", len(s.records), kinds)
	if len(kinds) < 9 {
		t.Errorf("the stream gives too little variety: %v", kinds)
	}
	rightByOracle(t, "reference.py", s, ref)
}

// rightByOracle wants the oracle to find nothing wrong with outputs, end to end and exactly once.
func rightByOracle(t *testing.T, who string, s *stream, written []refRecord) {
	t.Helper()
	var outputs, dead []event.Record
	for _, r := range written {
		if r.Dead {
			dead = append(dead, r.record())
		} else {
			outputs = append(outputs, r.record())
		}
	}
	v := endToEnd(t, s.feed, s.records, outputs, dead)
	if v.Missing+v.Wrong+v.Unexpected+v.Duplicate+v.Overcounted+v.Unfinal+v.Tainted+v.Unjudged != 0 {
		t.Errorf("the oracle does not agree with %s about %d records: %+v", who, len(written), v)
	}
}

// agreesWithEngine runs a Go engine over the stream and compares what it wrote with the reference, record by record. An
// engine whose watermark moves from batch to batch may still take in what comes too late for one that moves with every
// event: where there are windows, the oracle decides. One that writes updates after each batch writes some of those that the
// reference writes after each event; which of them must be there the oracle knows.
func agreesWithEngine(t *testing.T, e engines.Engine, s *stream, ref []refRecord) {
	t.Helper()
	name := e.Descriptor().Name
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName = name
	written := runOver(t, env, &inProcess{t: t, engine: e}, s)
	rightByOracle(t, name, s, written)
	batches := e.Descriptor().Model == "micro-batch"
	if batches && len(s.feed.job.Windows()) > 0 {
		return
	}
	want, got := map[string]int{}, map[string]int{}
	for _, r := range written {
		got[asWrote(r.record(), r.Dead).bytes()]++
	}
	for _, r := range ref {
		want[asWrote(r.record(), r.Dead).bytes()]++
	}
	faults := 0
	for b, n := range got {
		if want[b] != n && faults < 10 {
			faults++
			t.Errorf("%s wrote %d times, reference.py %d times: %.500s", name, n, want[b], b)
		}
	}
	if batches && s.feed.job.Aggregates() {
		return
	}
	for b, n := range want {
		if got[b] == 0 && faults < 10 {
			faults++
			t.Errorf("%s never wrote, reference.py %d times: %.500s", name, n, b)
		}
	}
}

func asWrote(r event.Record, dead bool) wrote {
	return wrote{dead: dead, key: r.Key, value: r.Value, headers: r.Headers}
}

// runOver puts a stream into the input topic, lets the engine read it to the end, and reads what it wrote.
func runOver(t *testing.T, env Env, subject Subject, s *stream) []refRecord {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r, err := newRunner(env, subject)
	if err != nil {
		t.Fatal(err)
	}
	defer r.client.Close()
	plan, err := r.plan("b1", s.feed)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.prepare(ctx, plan, s.feed); err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(s.records, 1000) {
		var ks []*kgo.Record
		for _, rec := range batch {
			k := &kgo.Record{Topic: plan.Topics.Input, Partition: rec.Partition, Key: rec.Key, Value: rec.Value, Timestamp: time.UnixMilli(rec.Timestamp)}
			for _, h := range rec.Headers {
				k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
			}
			ks = append(ks, k)
		}
		if err := r.client.ProduceSync(ctx, ks...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	in, err := subject.Start(ctx, plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	var written []refRecord
	for _, name := range []string{plan.Topics.Output, plan.Topics.DeadLetter} {
		for rec, err := range topic.Read(ctx, topic.Dial(r.Dial), name, nil, false) {
			if err != nil {
				t.Fatal(err)
			}
			w := refRecord{Dead: name == plan.Topics.DeadLetter, Partition: rec.Partition, Key: slices.Clone(rec.Key), Value: slices.Clone(rec.Value)}
			for _, h := range rec.Headers {
				w.Headers = append(w.Headers, refHeader{h.Key, slices.Clone(h.Value)})
			}
			written = append(written, w)
		}
	}
	return written
}
