package oracle

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// small makes a job that decodes a and b, does ops in its first stage and encodes in its second.
func small(ops ...job.Operator) *job.Job {
	return &job.Job{
		Name: "small",
		Reading: job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{
			"a": {Path: "a", Range: []job.Micros{-10_000_000, 10_000_000}}, "b": {Path: "n.b"}}},
		EventTime: job.EventTime{Lateness: 1000},
		Stages: []job.Stage{{Name: "one", Do: append([]job.Operator{{Decode: &job.Decode{}}}, ops...)},
			{Name: "two", Do: []job.Operator{{Encode: &job.Encode{As: "canonical-json"}}}}},
	}
}

// in is an input record: sequence, event time and value of device x.
type in struct {
	seq   uint64
	time  int64
	value string
}

// answers runs a job over records of one partition and prints what it gives, in order.
func answers(j *job.Job, records ...in) []string {
	t := Trial{Job: j, EventTimeMin: -5000, EventTimeMax: 5000, Output: Topic{Partitions: 1}, Guarantee: ExactlyOnce,
		Registry: map[string]map[string]int64{"x": {"gain": 2_000_000, "offset": 500_000, "limit": 3_000_000, "site": 4}}}
	m := newModel(&t, 0, len(j.Stages))
	var got []string
	m.emit = func(o *output) {
		s := o.id.kind.String() + " " + string(o.record.Value)
		if reason, ok := o.record.Header(event.HeaderReason); ok {
			s = string(reason)
		}
		got = append(got, s)
	}
	for i, x := range records {
		stamp := event.Stamp{ID: event.ID{Stream: 1, Device: 2, Seq: x.seq}}
		m.feed(&event.Record{Offset: int64(i), Key: []byte("x"), Value: []byte(x.value), Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, x.time)}}})
	}
	return got
}

func a(v string) string { return `{"d":"x","t":1,"a":` + v + `}` }

func TestOperators(t *testing.T) {
	low, high := job.Micros(1_000_000), job.Micros(2_000_000)
	validate := job.Operator{Validate: &job.Validate{Required: []string{"a"}, KnownDevice: true}}
	enrich := job.Operator{Enrich: &job.Enrich{Fields: []string{"site", "gain", "offset", "limit"}}}
	detect := job.Operator{Detect: &job.Detect{Node: 1, Metric: "a", Above: job.Operand{Field: "limit"}, Clear: 500_000, Emit: []job.Emit{job.EmitEvent, job.EmitAlert}}}
	silent := job.Operator{Detect: &job.Detect{Node: 1, Metric: "a", Above: job.Operand{Value: 3_000_000}, Emit: []job.Emit{job.EmitEvent}}}
	dedupe := job.Operator{Dedupe: &job.Dedupe{Span: 1024}}
	const full = `,"gain":2000000,"limit":3000000,"offset":500000,"site":4}`
	for _, c := range []struct {
		name string
		ops  []job.Operator
		in   []in
		want string
	}{
		{"decode", nil, []in{{0, 0, `{"d":"x","t":1,"a":1.5,"n":{"b":-2}}`}}, `event {"a":1500000,"b":-2000000}`},
		{"event time at both ends", nil, []in{{0, -5000, a("1")}, {1, 5000, a("1")}}, `event {"a":1000000}|event {"a":1000000}`},
		{"event time before", nil, []in{{0, -5001, a("1")}}, "event_time"},
		{"event time after, before all other tests", nil, []in{{0, 5001, "\xff"}}, "event_time"},
		{"validate passes both ends", []job.Operator{validate}, []in{{0, 0, a("10")}, {1, 0, a("-10")}}, `event {"a":10000000}|event {"a":-10000000}`},
		{"validate range", []job.Operator{validate}, []in{{0, 0, a("10.000001")}}, "range"},
		{"validate required before range", []job.Operator{validate}, []in{{0, 0, `{"d":"x","t":1,"n":{"b":99}}`}}, "missing_field"},
		{"no range on b", []job.Operator{validate}, []in{{0, 0, `{"d":"x","t":1,"a":0,"n":{"b":999}}`}}, `event {"a":0,"b":999000000}`},
		{"enrich and calibrate", []job.Operator{enrich, {Calibrate: &job.Calibrate{Metric: "a"}}}, []in{{0, 0, a("1.25")}}, `event {"a":3000000` + full},
		{"calibrate absent", []job.Operator{enrich, {Calibrate: &job.Calibrate{Metric: "b"}}}, []in{{0, 0, a("1")}}, `event {"a":1000000` + full},
		{"calibrate out of range", []job.Operator{enrich, {Calibrate: &job.Calibrate{Metric: "b"}}}, []in{{0, 0, `{"d":"x","t":1,"n":{"b":9999999}}`}}, "range"},
		{"enrich lacks a field", []job.Operator{{Enrich: &job.Enrich{Fields: []string{"colour"}}}}, []in{{0, 0, a("1")}}, "missing_field"},
		{"filter keeps both ends", []job.Operator{{Filter: &job.Filter{Metric: "a", Min: &low, Max: &high}}},
			[]in{{0, 0, a("1")}, {1, 0, a("0.999999")}, {2, 0, a("2")}, {3, 0, a("2.000001")}, {4, 0, `{"d":"x","t":1}`}}, `event {"a":1000000}|event {"a":2000000}`},
		{"dedupe", []job.Operator{dedupe}, []in{{0, 0, a("1")}, {0, 0, a("2")}, {2, 0, a("3")}, {1, 0, a("4")}, {1, 0, a("5")}},
			`event {"a":1000000}|event {"a":3000000}|event {"a":4000000}`},
		{"dedupe forgets beyond its span", []job.Operator{dedupe}, []in{{0, 0, a("1")}, {1024, 0, a("2")}, {0, 0, a("3")}, {0, 0, a("4")}, {1, 0, a("5")}, {1, 0, a("6")}},
			`event {"a":1000000}|event {"a":2000000}|event {"a":3000000}|event {"a":4000000}|event {"a":5000000}`},
		{"detect", []job.Operator{enrich, detect}, []in{{0, 0, a("3")}, {1, 0, a("3.1")}, {2, 0, a("4")}, {3, 0, a("2.6")}, {4, 0, a("2.5")}, {5, 0, a("1")}},
			`event {"a":3000000` + full + `|alert {"active":1,"threshold":3000000,"value":3100000}|event {"a":3100000` + full + `|event {"a":4000000` + full +
				`|event {"a":2600000` + full + `|alert {"active":0,"threshold":3000000,"value":2500000}|event {"a":2500000` + full + `|event {"a":1000000` + full},
		{"detect without alerts", []job.Operator{silent}, []in{{0, 0, a("4")}}, `event {"a":4000000}`},
		{"no device", nil, []in{{0, 0, `{"t":1}`}}, "missing_field"},
	} {
		if got := strings.Join(answers(small(c.ops...), c.in...), "|"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestUnknownDeviceIsRefusedByValidateAndEnrich(t *testing.T) {
	for _, op := range []job.Operator{{Validate: &job.Validate{KnownDevice: true}}, {Enrich: &job.Enrich{}}} {
		j := small(op)
		tr := Trial{Job: j, EventTimeMax: 1, Output: Topic{Partitions: 1}}
		m := newModel(&tr, 0, 2)
		got := ""
		m.emit = func(o *output) { r, _ := o.record.Header(event.HeaderReason); got = string(r) }
		m.feed(&event.Record{Key: []byte("x"), Value: []byte(a("1")), Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, event.Stamp{})}, {Key: event.HeaderTime, Value: event.AppendTime(nil, 0)}}})
		if got != "unknown_device" {
			t.Errorf("%s: %q, want unknown_device", op.Name(), got)
		}
	}
}

// The two steps of the semantics, in arbitrary precision, against the one step in 128 bits.
func TestCalibratedIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	million, half := big.NewInt(1_000_000), big.NewInt(500_000)
	for i := range 20_000 {
		raw, gain, offset := rng.Int64N(2*job.MaxMicros+1)-job.MaxMicros, rng.Int64N(2*job.MaxGain+1)-job.MaxGain, rng.Int64N(1000)
		if i%4 == 0 {
			raw, gain = raw%3_000_000, gain%3
		}
		q, r := new(big.Int), new(big.Int)
		q.DivMod(big.NewInt(raw), million, r) // Euclidean: floor for a positive divisor
		r.Mul(r, big.NewInt(gain)).Add(r, half)
		r.Div(r, million)
		want := q.Mul(q, big.NewInt(gain)).Add(q, r).Add(q, big.NewInt(offset)).Int64()
		if got := calibrated(raw, gain, offset); got != want {
			t.Fatalf("calibrated(%d, %d, %d) = %d, want %d", raw, gain, offset, got, want)
		}
	}
}

func TestWindowsOfAnEvent(t *testing.T) {
	for _, c := range []struct{ size, step, time, first, last int64 }{
		{10, 10, 0, 0, 0}, {10, 10, 9, 0, 0}, {10, 10, 10, 10, 10}, {10, 10, -1, -10, -10}, {10, 10, -10, -10, -10}, {10, 10, -11, -20, -20},
		{12, 4, 0, -8, 0}, {12, 4, 7, -4, 4}, {12, 4, -1, -12, -4},
	} {
		op := &windowOp{size: c.size, step: c.step}
		if first, last := op.starts(c.time); first != c.first || last != c.last {
			t.Errorf("windows of %d, size %d, step %d: %d…%d, want %d…%d", c.time, c.size, c.step, first, last, c.first, c.last)
		}
	}
}

func TestTracker(t *testing.T) {
	var k tracker
	for i, c := range []struct {
		seq  uint64
		want arrival
	}{{0, inOrder}, {0, repeated}, {5, inOrder}, {2, delayed}, {2, repeated}, {1, delayed}, {4, delayed}, {3, delayed}, {3, repeated}, {6, inOrder}, {5, repeated}} {
		if got := k.see(c.seq); got != c.want {
			t.Errorf("step %d: see(%d) = %v, want %v", i, c.seq, got, c.want)
		}
	}
	var full tracker
	for s := uint64(1); s < 40; s += 2 {
		full.see(s)
	}
	if got := full.see(38); got != delayed {
		t.Errorf("see(38) = %v, want delayed: the newest gaps are kept", got)
	}
	if got := full.see(0); got != repeated {
		t.Errorf("see(0) = %v, want repeated: the oldest gap is forgotten", got)
	}
}

func TestStateBelongsToThePartition(t *testing.T) {
	var k table[int]
	*k.at(0, 1, 2) = 10
	*k.at(3, 1, 2) = 20
	if got := *k.at(0, 1, 2); got != 10 {
		t.Errorf("partition 0 holds %d, want 10", got)
	}
	sum := 0
	k.each(func(_ int32, _ uint16, _ uint32, v *int) { sum += *v })
	if sum != 30 {
		t.Errorf("each sums up to %d, want 30", sum)
	}
}
