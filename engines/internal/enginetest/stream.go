package enginetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Times of the stream in ms.
const (
	epoch    = 1_600_000_000_000
	window   = 10_000
	lateness = 5_000
	jitter   = 4_000 // below lateness: no event is late, whatever the execution model
)

// Alert is the five-stage job of the scenarios, in this package's encoding and with small windows.
func Alert() *job.Job {
	all := []job.Emit{job.EmitEvent, job.EmitAlert, job.EmitWindow}
	return &job.Job{
		Schema: 1, Name: "alert", Answers: job.Answers{Probe: "event", PerEvent: "event"},
		Reading: job.Reading{Device: "device", Time: job.TimeField{Path: "time", Unit: "ms"}, Metrics: map[string]job.Metric{
			"temp":     {Path: "temp", Range: []job.Micros{-40_000_000, 125_000_000}},
			"humidity": {Path: "humidity", Range: []job.Micros{0, 100_000_000}},
		}},
		EventTime: job.EventTime{Lateness: lateness},
		Stages: []job.Stage{
			{Name: "parse", Do: []job.Operator{{Decode: &job.Decode{}},
				{Validate: &job.Validate{Required: []string{"temp"}, KnownDevice: true}}}},
			{Name: "dedupe", Do: []job.Operator{{Dedupe: &job.Dedupe{Span: 1024}}}},
			{Name: "enrich", Do: []job.Operator{{Enrich: &job.Enrich{Fields: []string{"site", "gain", "offset", "threshold"}}},
				{Calibrate: &job.Calibrate{Metric: "temp"}}}},
			{Name: "detect", Do: []job.Operator{{Detect: &job.Detect{Node: 1, Metric: "temp",
				Above: job.Operand{Field: "threshold"}, Clear: 500_000, Emit: all[:2]}}}},
			{Name: "summarise", Do: []job.Operator{{Window: &job.Window{Node: 2, Tumbling: window, Metric: "temp", Emit: all}},
				{Encode: &job.Encode{As: "canonical-json"}}}},
		},
	}
}

// Stream makes n input records of some devices, and the registry that knows them all but one: in disorder within the
// job's lateness, with repeated records, damaged values and metrics out of range.
func Stream(seed uint64, n int) (input, registry []event.Record) {
	const devices, unknown = 12, 11
	rng := rand.New(rand.NewPCG(seed, 1))
	seq := [devices]uint64{}
	for i := range n {
		d := rng.IntN(devices)
		temp := 20_000_000 + rng.Int64N(20_000_000)
		if rng.IntN(50) == 0 {
			temp = 200_000_000
		}
		key := deviceKey(d)
		value := fmt.Appendf(nil, "%s;humidity=%d;temp=%d", key, rng.Int64N(100_000_000), temp)
		if rng.IntN(50) == 0 {
			value = nil
		}
		at := epoch + int64(i)*100 - rng.Int64N(jitter)
		r := Input(key, event.Stamp{ID: event.ID{Stream: 3, Device: uint32(d), Seq: seq[d]}, Intended: int64(i) * 1000}, at, value)
		seq[d]++
		input = append(input, r)
		if rng.IntN(20) == 0 { // an earlier one again: longer ago than most restarts look back
			input = append(input, input[max(0, len(input)-1-rng.IntN(600))])
		}
	}
	for d := range devices {
		if d != unknown {
			key := deviceKey(d)
			registry = append(registry, event.Record{Key: key, Partition: event.Partition(key, Partitions),
				Value: fmt.Appendf(nil, `{"gain":2000000,"offset":1000,"site":%d,"threshold":60000000}`, d)})
		}
	}
	return input, registry
}

func deviceKey(d int) []byte { return fmt.Appendf(nil, "dev-%d", d) }

// Input makes an input record.
func Input(key []byte, s event.Stamp, at int64, value []byte) event.Record {
	s.Hash = event.Hash(value)
	return event.Record{Partition: event.Partition(key, Partitions), Timestamp: at, Key: key, Value: value,
		Headers: []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)},
			{Key: event.HeaderTime, Value: event.AppendTime(nil, at)}}}
}

// Answer is one output record, reduced to what must be right. Comparable.
type Answer struct {
	Partition int32
	Key       string
	Time      int64
	Output    event.Output
	Reason    string
	Value     string
}

// Answers reads output records. A record that is none fails the test's comparison by its zero Output.
func Answers(records []event.Record) []Answer {
	var answers []Answer
	for _, r := range records {
		a := Answer{Partition: r.Partition, Key: string(r.Key), Value: string(r.Value)}
		a.Time, _ = r.EventTime()
		a.Output, _ = r.Output()
		reason, _ := r.Header(event.HeaderReason)
		a.Reason = string(reason)
		answers = append(answers, a)
	}
	return answers
}

// Expected computes what Alert answers to an input, plainly: output records and dead letters, in no particular order.
func Expected(input []event.Record) (output, dead []Answer) {
	e := expectation{passed: map[event.ID]bool{}, active: map[uint32]bool{}, windows: map[windowKey]*Answer{}, sums: map[windowKey]*sums{},
		watermark: map[int32]int64{}}
	for _, r := range input {
		e.take(r)
	}
	for k, w := range e.windows {
		if end := k.start + window; e.watermark[w.Partition] >= end+lateness {
			s := e.sums[k]
			w.Value = fmt.Sprintf(`{"count":%d,"end":%d,"max":%d,"min":%d,"start":%d,"sum":%d}`, w.Output.Count, end,
				slices.Max(s.values), slices.Min(s.values), k.start, s.sum)
			e.output = append(e.output, *w)
		}
	}
	return e.output, e.dead
}

type expectation struct {
	passed       map[event.ID]bool
	active       map[uint32]bool
	windows      map[windowKey]*Answer
	sums         map[windowKey]*sums
	watermark    map[int32]int64
	output, dead []Answer
}

type windowKey struct {
	device uint32
	start  int64
}

type sums struct {
	sum    int64
	values []int64
}

func (e *expectation) take(r event.Record) {
	s, _ := r.Stamp()
	at, _ := r.EventTime()
	a := Answer{Partition: r.Partition, Key: string(r.Key), Time: at, Output: event.EventOutput(s)}
	var humidity, raw int64
	if len(r.Value) > 0 {
		if _, err := fmt.Sscanf(string(r.Value[len(r.Key):]), ";humidity=%d;temp=%d", &humidity, &raw); err != nil {
			panic(err)
		}
	}
	reason := ""
	switch {
	case len(r.Value) == 0:
		reason = "truncated"
	case s.Device == 11:
		reason = "unknown_device"
	case raw > 125_000_000:
		reason = "range"
	}
	if reason != "" {
		a.Output.Kind, a.Reason, a.Value = event.KindDeadLetter, reason, string(r.Value)
		e.dead = append(e.dead, a)
		return
	}
	if e.passed[s.ID] {
		return
	}
	e.passed[s.ID] = true
	temp := 2*raw + 1000
	a.Value = fmt.Sprintf(`{"gain":2000000,"humidity":%d,"offset":1000,"site":%d,"temp":%d,"threshold":60000000}`, humidity, s.Device, temp)
	e.output = append(e.output, a)
	e.detect(a, s, temp)
	e.count(a, s, temp)
}

func (e *expectation) detect(a Answer, s event.Stamp, temp int64) {
	active := e.active[s.Device]
	if !active && temp > 60_000_000 || active && temp <= 59_500_000 {
		e.active[s.Device] = !active
		bit := 0
		if !active {
			bit = 1
		}
		a.Output.Kind, a.Output.Node = event.KindAlert, 1
		a.Value = fmt.Sprintf(`{"active":%d,"threshold":60000000,"value":%d}`, bit, temp)
		e.output = append(e.output, a)
	}
}

func (e *expectation) count(a Answer, s event.Stamp, temp int64) {
	k := windowKey{s.Device, a.Time / window * window}
	w := e.windows[k]
	if w == nil {
		w = &Answer{Partition: a.Partition, Key: a.Key, Time: k.start + window - 1, Output: event.Output{Kind: event.KindWindow,
			Stream: s.Stream, Device: s.Device, Seq: uint64(k.start), Node: 2, Intended: s.Intended}}
		e.windows[k], e.sums[k] = w, &sums{}
	}
	w.Output.Count++
	w.Output.IDs += s.Term()
	w.Output.Intended = max(w.Output.Intended, s.Intended)
	e.sums[k].sum += temp
	e.sums[k].values = append(e.sums[k].values, temp)
	e.watermark[a.Partition] = max(e.watermark[a.Partition], a.Time)
}
