package operator

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// stub is an encoding whose messages are the canonical JSON of the metrics; "!reason" is refused for that reason.
type stub struct{}

func stubs(name string) (encoding.Format, error) {
	if name != "json" {
		return nil, fmt.Errorf("unknown encoding %q", name)
	}
	return stub{}, nil
}

func (stub) Name() string                                  { return "json" }
func (stub) Encoder(job.Reading) (encoding.Encoder, error) { return nil, errors.ErrUnsupported }
func (stub) Decoder(r job.Reading) (encoding.Decoder, error) {
	return stubDecoder{newLayout(r.Names())}, nil
}

type stubDecoder struct{ layout }

func (d stubDecoder) Decode(_, value []byte, r *encoding.Reading) job.Reason {
	if len(value) > 0 && value[0] == '!' {
		return job.Reason(value[1:])
	}
	if err := d.parse(value, r.Values, r.Present); err != nil {
		return job.ReasonBadJSON
	}
	return job.ReasonNone
}

// device is the only one in the tests; its registry entry is entry.
const device = "dev"

const entry = `{"gain":2000000,"offset":-500000,"site":7,"threshold":30000000}`

// rig is a job with one stage under test, as number stage of its stages.
type rig struct {
	t     *testing.T
	chain *Chain
	seq   uint64
}

// newRig puts the operators behind what comes before them: stage 0 decodes; later stages read canonical JSON.
func newRig(t *testing.T, before []job.Operator, ops ...job.Operator) *rig {
	t.Helper()
	registry := Registry{}
	if err := registry.Put(&event.Record{Key: []byte(device), Value: []byte(entry)}); err != nil {
		t.Fatal(err)
	}
	j := &job.Job{
		Reading: job.Reading{Metrics: map[string]job.Metric{
			"temp": {Path: "t", Range: []job.Micros{-40_000_000, 125_000_000}}, "humidity": {Path: "h"}}},
		EventTime: job.EventTime{Lateness: 1000},
		Stages:    []job.Stage{{Name: "under test", Do: ops}, {Name: "last"}},
	}
	stage := 0
	if before != nil {
		j.Stages, stage = append([]job.Stage{{Name: "before", Do: before}}, j.Stages...), 1
	}
	p, err := Compile(Config{Job: j, Stage: stage, Registry: registry, Formats: stubs, EventTimeMin: -1e12, EventTimeMax: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chain(3)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, chain: c}
}

// in makes the next event of the device.
func (r *rig) in(at int64, value string) *event.Record {
	r.seq++
	return r.event(event.Stamp{ID: event.ID{Stream: 1, Device: 5, Seq: r.seq - 1}, Intended: int64(r.seq) * 10}, at, value)
}

func (r *rig) event(s event.Stamp, at int64, value string) *event.Record {
	return &event.Record{Partition: 3, Offset: int64(r.seq), Timestamp: at, Key: []byte(device), Value: []byte(value),
		Headers: []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)},
			{Key: event.HeaderTime, Value: event.AppendTime(nil, at)}}}
}

// do processes one record event at a time and gives what came of it, one line each: kind, value or reason.
func (r *rig) do(in *event.Record) string {
	r.t.Helper()
	var lines []string
	emit := func(to Destination, out *event.Record) { lines = append(lines, describe(to, out)) }
	if err := r.chain.Process(in, emit); err != nil {
		r.t.Fatalf("Process(%s) = %v", in.Value, err)
	}
	r.chain.Advance(emit)
	return strings.Join(lines, "\n")
}

func describe(to Destination, r *event.Record) string {
	if reason, ok := r.Header(event.HeaderReason); ok && to == DeadLetter {
		return "dead " + string(reason) + " " + string(r.Value)
	}
	if o, err := r.Output(); err == nil {
		return o.Kind.String() + " " + string(r.Value)
	}
	return "event " + string(r.Value)
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var decodeOp = job.Operator{Decode: &job.Decode{}}

var allEmits = []job.Emit{job.EmitEvent, job.EmitAlert, job.EmitWindow}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		at   int64
		in   string
		want string
	}{
		{0, `{"humidity":5,"temp":-1}`, `event {"humidity":5,"temp":-1}`},
		{0, `{"temp":-1}`, `event {"temp":-1}`},
		{0, `{}`, `event {}`},
		{0, `!bad_utf8`, `dead bad_utf8 !bad_utf8`},
		{-1e12, `{}`, `event {}`},
		{1e12, `{}`, `event {}`},
		{-1e12 - 1, `!bad_utf8`, `dead event_time !bad_utf8`}, // event time is tested first
		{1e12 + 1, `{}`, `dead event_time {}`},
		{math.MinInt64, `{}`, `dead event_time {}`},
		{math.MaxInt64, `{}`, `dead event_time {}`},
	} {
		check(t, c.in, newRig(t, nil, decodeOp).do(newRig(t, nil, decodeOp).in(c.at, c.in)), c.want)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		op      job.Validate
		key, in string
		want    string
	}{
		{job.Validate{}, device, `{}`, `event {}`},
		{job.Validate{}, device, `{"temp":-40000000}`, `event {"temp":-40000000}`},
		{job.Validate{}, device, `{"temp":125000000}`, `event {"temp":125000000}`},
		{job.Validate{}, device, `{"temp":-40000001}`, `dead range {"temp":-40000001}`},
		{job.Validate{}, device, `{"temp":125000001}`, `dead range {"temp":125000001}`},
		{job.Validate{Required: []string{"temp"}}, device, `{"humidity":1}`, `dead missing_field {"humidity":1}`},
		{job.Validate{Required: []string{"temp"}, KnownDevice: true}, "stranger", `{}`, `dead unknown_device {}`},
		{job.Validate{Required: []string{"temp"}}, "stranger", `{"temp":1}`, `event {"temp":1}`},
		{job.Validate{Required: []string{"humidity"}}, device, `{"temp":999000000}`, `dead missing_field {"temp":999000000}`},
	} {
		r := newRig(t, nil, decodeOp, job.Operator{Validate: &c.op})
		in := r.in(0, c.in)
		in.Key = []byte(c.key)
		check(t, fmt.Sprintf("%+v %s", c.op, c.in), r.do(in), c.want)
	}
}

func TestEnrich(t *testing.T) {
	enriched := func(fields ...string) []job.Operator { return []job.Operator{{Enrich: &job.Enrich{Fields: fields}}} }
	for _, c := range []struct {
		fields []string
		key    string
		want   string
	}{
		{[]string{"site", "gain"}, device, `event {"gain":2000000,"site":7,"temp":1}`},
		{[]string{"site", "colour"}, device, `dead missing_field {"temp":1}`},
		{[]string{"colour"}, "stranger", `dead unknown_device {"temp":1}`},
	} {
		r := newRig(t, []job.Operator{decodeOp}, enriched(c.fields...)...)
		in := r.in(0, `{"temp":1}`)
		in.Key = []byte(c.key)
		check(t, fmt.Sprint(c.fields, c.key), r.do(in), c.want)
	}
}

func TestCalibrate(t *testing.T) {
	before := []job.Operator{decodeOp, {Enrich: &job.Enrich{Fields: []string{"gain", "offset"}}}}
	for _, c := range []struct{ gain, offset, raw, want int64 }{
		{1_000_000, 0, 123_456, 123_456},
		{2_000_000, -500_000, 10, -499_980},
		{500_000, 0, 1, 1},   // 0.5 rounds up
		{500_000, 0, -1, 0},  // -0.5 rounds up
		{500_000, 0, -3, -1}, // -1.5 rounds up
		{499_999, 0, 1, 0},   // below one half
		{499_999, 0, -1, 0},  // above minus one half
		{500_001, 0, -1, -1}, // below minus one half
		{-500_000, 0, 1, 0},  // the sign is the product's
		{-500_000, 0, 3, -1},
		{1_000_000_000, 0, 10_000_000_000, 10_000_000_000_000},
		{-1_000_000_000, 0, 10_000_000_000, -10_000_000_000_000},
		{1_000_000_000, 10_000_000_000_000, 10_000_000_000_000, math.MaxInt64}, // range
		{1_000_000_000, 0, 10_000_000_001, math.MaxInt64},
		{1_000_000, 1, 10_000_000_000_000, math.MaxInt64},
		{-1_000_000, 0, 10_000_000_000_000, -10_000_000_000_000},
		{0, 0, -10_000_000_000_000, 0},
	} {
		r := newRig(t, before, job.Operator{Calibrate: &job.Calibrate{Metric: "temp"}})
		in := fmt.Sprintf(`{"gain":%d,"offset":%d,"temp":%d}`, c.gain, c.offset, c.raw)
		want := fmt.Sprintf(`event {"gain":%d,"offset":%d,"temp":%d}`, c.gain, c.offset, c.want)
		if c.want == math.MaxInt64 {
			want = "dead range " + in
		}
		check(t, in, r.do(r.in(0, in)), want)
	}
	r := newRig(t, before, job.Operator{Calibrate: &job.Calibrate{Metric: "temp"}})
	check(t, "an absent metric", r.do(r.in(0, `{"gain":1,"humidity":3,"offset":2}`)), `event {"gain":1,"humidity":3,"offset":2}`)
}

func TestFilter(t *testing.T) {
	lo, hi := job.Micros(-5), job.Micros(5)
	for _, c := range []struct {
		op   job.Filter
		in   string
		kept bool
	}{
		{job.Filter{Metric: "temp", Min: &lo, Max: &hi}, `{"temp":-5}`, true},
		{job.Filter{Metric: "temp", Min: &lo, Max: &hi}, `{"temp":5}`, true},
		{job.Filter{Metric: "temp", Min: &lo, Max: &hi}, `{"temp":-6}`, false},
		{job.Filter{Metric: "temp", Min: &lo, Max: &hi}, `{"temp":6}`, false},
		{job.Filter{Metric: "temp", Min: &lo, Max: &hi}, `{"humidity":1}`, false},
		{job.Filter{Metric: "temp"}, `{"temp":-10000000000000}`, true},
		{job.Filter{Metric: "temp"}, `{}`, false},
	} {
		r := newRig(t, []job.Operator{decodeOp}, job.Operator{Filter: &c.op})
		want := ""
		if c.kept {
			want = "event " + c.in
		}
		check(t, c.in, r.do(r.in(0, c.in)), want)
	}
}

func TestDedupe(t *testing.T) {
	r := newRig(t, nil, job.Operator{Dedupe: &job.Dedupe{Span: 1024}})
	for _, c := range []struct {
		seq  uint64
		pass bool
	}{
		{5, true}, {5, false}, {0, true}, {0, false}, {4, true},
		{1028, true},  // highest; 5 is now 1,023 back: still remembered
		{5, false},    // > 1028-1024
		{4, true},     // = 1028-1024: passes, however often
		{4, true},     //
		{1027, true},  // never seen
		{1027, false}, //
		{1028, false}, // still the highest: 4 has not changed it
		{1029, true},  // takes over the bit of 5
		{5, true},     // now too far back
		{5000, true},  // forgets all within the span
		{4999, true}, {4999, false},
		{3977, true}, {3977, false}, // 1,023 back
		{3976, true}, {3976, true}, // 1,024 back
		{math.MaxUint64, true}, {math.MaxUint64, false}, {math.MaxUint64 - 1, true}, {0, true}, {0, true},
	} {
		got := r.do(r.event(event.Stamp{ID: event.ID{Stream: 1, Device: 5, Seq: c.seq}}, 0, "x")) != ""
		if got != c.pass {
			t.Errorf("sequence %d passed: %v, want %v", c.seq, got, c.pass)
		}
	}
	other := event.Stamp{ID: event.ID{Stream: 2, Device: 5, Seq: 5000}}
	if r.do(r.event(other, 0, "x")) == "" {
		t.Error("the same device of another stream was dropped")
	}
}

func TestDetect(t *testing.T) {
	before := []job.Operator{decodeOp}
	r := newRig(t, before, job.Operator{Detect: &job.Detect{Node: 9, Metric: "temp", Above: job.Operand{Value: 30}, Clear: 5, Emit: allEmits[:2]}})
	for _, c := range []struct{ in, alert string }{
		{`{"temp":25}`, ``}, // not active: nothing to clear
		{`{"temp":30}`, ``}, // equal is not above
		{`{"temp":31}`, `{"active":1,"threshold":30,"value":31}`},
		{`{"temp":40}`, ``},
		{`{"temp":26}`, ``}, // within the hysteresis
		{`{"humidity":1}`, ``},
		{`{"temp":25}`, `{"active":0,"threshold":30,"value":25}`}, // equal clears
		{`{"temp":25}`, ``},
	} {
		want := "event " + c.in
		if c.alert != "" {
			want += "\nalert " + c.alert
		}
		check(t, c.in, r.do(r.in(0, c.in)), want)
	}
}

func TestDetectTakesTheThresholdFromTheReading(t *testing.T) {
	before := []job.Operator{decodeOp, {Enrich: &job.Enrich{Fields: []string{"threshold"}}}}
	r := newRig(t, before, job.Operator{Detect: &job.Detect{Node: 9, Metric: "temp", Above: job.Operand{Field: "threshold"}, Emit: allEmits[:2]}})
	in := r.in(77, `{"temp":8,"threshold":7}`)
	var alert event.Record
	err := r.chain.Process(in, func(_ Destination, out *event.Record) {
		if o, err := out.Output(); err == nil && o.Kind == event.KindAlert {
			alert = *out
			alert.Headers = append([]event.Header(nil), out.Headers...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := in.Stamp()
	o := event.EventOutput(s)
	o.Kind, o.Node = event.KindAlert, 9
	want := event.Record{Partition: 3, Timestamp: 77, Key: []byte(device), Value: []byte(`{"active":1,"threshold":7,"value":8}`),
		Headers: []event.Header{{Key: "sgt", Value: event.AppendTime(nil, 77)}, {Key: "sgo", Value: event.AppendOutput(nil, o)}}}
	if diff := cmp.Diff(want, alert); diff != "" {
		t.Errorf("alert (-want +got):\n%s", diff)
	}
}

func TestDetectWithoutAlertsIsSilent(t *testing.T) {
	r := newRig(t, []job.Operator{decodeOp}, job.Operator{Detect: &job.Detect{Metric: "temp", Emit: allEmits[:1]}})
	check(t, "a crossing", r.do(r.in(0, `{"temp":1}`)), `event {"temp":1}`)
}

func TestPassesResultsOfEarlierStages(t *testing.T) {
	r := newRig(t, []job.Operator{decodeOp}, job.Operator{Detect: &job.Detect{Metric: "temp", Emit: allEmits[:2]}})
	for _, kind := range []event.Kind{event.KindAlert, event.KindWindow} {
		in := &event.Record{Partition: 3, Offset: 8, Timestamp: 5, Key: []byte("k"), Value: []byte("{anything"), Headers: []event.Header{
			{Key: "sgt", Value: event.AppendTime(nil, 5)}, {Key: "sgo", Value: event.AppendOutput(nil, event.Output{Kind: kind})}, {Key: "more"}}}
		check(t, kind.String(), r.do(in), kind.String()+" {anything")
	}
	if n := r.chain.Foreign(); n != 0 {
		t.Errorf("Foreign() = %d, want 0", n)
	}
}

func TestCountsForeignRecords(t *testing.T) {
	later := newRig(t, []job.Operator{decodeOp}, job.Operator{Filter: &job.Filter{Metric: "temp"}})
	first := newRig(t, nil, decodeOp)
	short := later.in(0, "{}")
	short.Headers[0].Value = short.Headers[0].Value[1:]
	untimed := later.in(0, "{}")
	untimed.Headers = untimed.Headers[:1]
	result := func(k event.Kind) *event.Record {
		return &event.Record{Headers: []event.Header{{Key: "sgo", Value: event.AppendOutput(nil, event.Output{Kind: k})}}}
	}
	for i, c := range []struct {
		r  *rig
		in *event.Record
	}{
		{first, &event.Record{}}, {first, short}, {first, untimed}, {first, result(event.KindAlert)},
		{later, &event.Record{}}, {later, short}, {later, result(event.KindEvent)}, {later, result(event.KindDeadLetter)},
	} {
		before := c.r.chain.Foreign()
		if got := c.r.do(c.in); got != "" || c.r.chain.Foreign() != before+1 {
			t.Errorf("case %d: gave %q, counted %d foreign records, want nothing and 1", i, got, c.r.chain.Foreign()-before)
		}
	}
}

func TestRecordsOfAStage(t *testing.T) {
	r := newRig(t, nil, decodeOp)
	in := r.in(42, `{"temp":1}`)
	in.Headers = append(in.Headers, event.Header{Key: "sgc"})
	var out []event.Record
	keep := func(_ Destination, rec *event.Record) {
		kept := *rec
		kept.Headers = append([]event.Header(nil), rec.Headers...)
		out = append(out, kept)
	}
	if err := r.chain.Process(in, keep); err != nil {
		t.Fatal(err)
	}
	refused := r.in(43, `!bad_type`)
	if err := r.chain.Process(refused, keep); err != nil {
		t.Fatal(err)
	}
	s, _ := refused.Stamp()
	o := event.EventOutput(s)
	o.Kind = event.KindDeadLetter
	want := []event.Record{
		{Partition: 3, Timestamp: 42, Key: []byte(device), Value: []byte(`{"temp":1}`), Headers: in.Headers[:2]},
		{Partition: 3, Timestamp: 43, Key: []byte(device), Value: []byte(`!bad_type`), Headers: []event.Header{refused.Headers[1],
			{Key: "sgo", Value: event.AppendOutput(nil, o)}, {Key: "sgr", Value: []byte("bad_type")}}},
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestCorruptStageRecordsAreFatal(t *testing.T) {
	enriched := []job.Operator{decodeOp, {Enrich: &job.Enrich{Fields: []string{"gain", "offset"}}}}
	for _, value := range []string{``, `x`, `{`, `{}}`, `{"temp":1.5}`, `{"temp": 1}`, `{"temp":1,"humidity":2}`, `{"temp":1,"temp":1}`,
		`{"temp":-0}`, `{"temp":01}`, `{"temp":+1}`, `{"temp":9223372036854775808}`, `{"temp":1,}`, `{"colour":1}`, `{"temp":null}`,
		`{"temp":1}`, `{"gain":1000000001,"offset":0,"temp":1}`, `{"gain":1,"offset":0,"temp":10000000000001}`} {
		r := newRig(t, enriched, job.Operator{Calibrate: &job.Calibrate{Metric: "temp"}})
		err := r.chain.Process(r.in(0, value), Discard)
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) || corrupt.Partition != 3 || corrupt.Offset != 1 {
			t.Errorf("Process(%s) = %v, want a CorruptError of partition 3, offset 1", value, err)
		}
	}
}

func TestRegistryRefusesEntriesBeyondTheLimits(t *testing.T) {
	for _, c := range []struct {
		value string
		ok    bool
	}{
		{`{"gain":1000000000,"offset":-10000000000000,"site":9223372036854775807}`, true},
		{`{"gain":-1000000001}`, false}, {`{"gain":1000000001}`, false}, {`{"offset":10000000000001}`, false},
		{`{"gain":1.0}`, false}, {``, false}, {`{"Site":1}`, false},
	} {
		err := Registry{}.Put(&event.Record{Partition: 1, Offset: 2, Key: []byte("d"), Value: []byte(c.value)})
		if (err == nil) != c.ok {
			t.Errorf("Put(%s) = %v, want ok %v", c.value, err, c.ok)
		}
	}
	g := Registry{"d": nil}
	if err := g.Put(&event.Record{Key: []byte("d")}); err != nil || len(g) != 0 {
		t.Errorf("Put of a record without value = %v, left %d devices, want none", err, len(g))
	}
}
