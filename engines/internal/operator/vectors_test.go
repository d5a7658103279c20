package operator

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/encoding/senml"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/stages.json anew")

// stagesFile is what the operators of every language must agree on to the byte: engines/joblib reads the same file. Bytes
// that are no text are characters of Latin-1, one for each byte; header values are hexadecimal.
const stagesFile = "testdata/stages.json"

// run is a job with a stretch of input, taken event at a time through all stages, and what came of each record.
type run struct {
	Plan     engines.Plan      `json:"plan"`
	Registry map[string]string `json:"registry"`
	Inputs   []input           `json:"inputs"`
}

// input is a record, put into a stage, and what it gives at the end: records of the output topic and dead letters, in the
// order in which they come.
type input struct {
	Stage   int      `json:"stage,omitempty"`
	Record  wire     `json:"record"`
	Gives   []result `json:"gives,omitempty"`
	Foreign bool     `json:"foreign,omitempty"` // passed over
	Corrupt bool     `json:"corrupt,omitempty"` // ends the engine
}

// wire is a record. Headers are name and value by turns.
type wire struct {
	Key     string   `json:"key"`
	Value   string   `json:"value"`
	Headers []string `json:"headers"`
}

type result struct {
	Dead bool `json:"dead,omitempty"`
	wire
}

func TestStagesAgreeWithTheirVectors(t *testing.T) {
	made := vectorRuns(t)
	if *update {
		if err := os.WriteFile(stagesFile, runLines(t, made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(stagesFile)
	if err != nil {
		t.Fatal(err)
	}
	want, got := bytes.Split(b, []byte("\n")), bytes.Split(runLines(t, made), []byte("\n"))
	if len(got) != len(want) {
		t.Errorf("%s has %d lines, want %d", stagesFile, len(want), len(got))
	}
	for i, line := range got[:min(len(got), len(want))] {
		if !bytes.Equal(line, want[i]) {
			t.Errorf("line %d of %s is not what the operators give; if the change is meant, run with -update, and all tests that read the file (-want +got):\n%s",
				i+1, stagesFile, cmp.Diff(string(want[i]), string(line)))
			break
		}
	}
	var events, windows, alerts, updates, dead, foreign, corrupt int
	for _, r := range made {
		for _, in := range r.Inputs {
			for _, g := range in.Gives {
				switch o := g.output(t); o.Kind {
				case event.KindEvent:
					events++
				case event.KindWindow:
					windows++
				case event.KindAlert:
					alerts++
				case event.KindUpdate:
					updates++
				case event.KindDeadLetter:
					dead++
				}
			}
			foreign += map[bool]int{true: 1}[in.Foreign]
			corrupt += map[bool]int{true: 1}[in.Corrupt]
		}
	}
	if min(events, windows, alerts, updates, dead) < 50 || min(foreign, corrupt) < 5 {
		t.Errorf("%d events, %d windows, %d alerts, %d updates, %d dead letters, %d foreign, %d corrupt records: want 50 of each result, 5 of the others",
			events, windows, alerts, updates, dead, foreign, corrupt)
	}
}

func (r result) output(t *testing.T) event.Output {
	for i := 0; i < len(r.Headers); i += 2 {
		if r.Headers[i] == event.HeaderOutput {
			b, _ := hex.DecodeString(r.Headers[i+1])
			o, err := event.ParseOutput(b)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	return event.Output{}
}

// runLines writes an input a line.
func runLines(t *testing.T, runs []run) []byte {
	t.Helper()
	var out bytes.Buffer
	line := func(v any) []byte {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		return bytes.TrimSpace(b.Bytes())
	}
	out.WriteString("[")
	for i, r := range runs {
		fmt.Fprintf(&out, "%s\n{\"plan\": %s,\n\"registry\": %s,\n\"inputs\": [", comma(i), line(r.Plan), line(r.Registry))
		for k, in := range r.Inputs {
			fmt.Fprintf(&out, "%s\n  %s", comma(k), line(in))
		}
		out.WriteString("\n]}")
	}
	out.WriteString("\n]\n")
	return out.Bytes()
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func latin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

func toWire(r *event.Record) wire {
	w := wire{Key: latin1(r.Key), Value: latin1(r.Value)}
	for _, h := range r.Headers {
		w.Headers = append(w.Headers, h.Key, hex.EncodeToString(h.Value))
	}
	return w
}

var vectorReading = job.Reading{Device: "id", Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{
	"temp":     {Path: "data.temp", Range: []job.Micros{-40_000_000, 125_000_000}},
	"humidity": {Path: "data.humidity", Range: []job.Micros{0, 100_000_000}},
	"co":       {Path: "co"},
}}

func micros(v int64) *job.Micros { m := job.Micros(v); return &m }

// vectorJobs have every operator, in every place that it may have.
func vectorJobs() []job.Job {
	enrich := func(fields ...string) job.Operator { return job.Operator{Enrich: &job.Enrich{Fields: fields}} }
	calibrate := job.Operator{Calibrate: &job.Calibrate{Metric: "temp"}}
	encode := job.Operator{Encode: &job.Encode{As: "canonical-json"}}
	known := job.Operator{Validate: &job.Validate{Required: []string{"temp"}, KnownDevice: true}}
	ranges := job.Operator{Validate: &job.Validate{}}
	filter := func(metric string, low, high *job.Micros) job.Operator {
		return job.Operator{Filter: &job.Filter{Metric: metric, Min: low, Max: high}}
	}
	dedupe := job.Operator{Dedupe: &job.Dedupe{Span: 1024}}
	detect := func(node uint16, above job.Operand) job.Operator {
		return job.Operator{Detect: &job.Detect{Node: node, Metric: "temp", Above: above, Clear: 2_500_000, Emit: allEmits[:2]}}
	}
	hopping := job.Operator{Window: &job.Window{Node: 2, Hopping: 10_000, Every: 2_000, Metric: "humidity", Emit: allEmits}}
	tumbling := job.Operator{Window: &job.Window{Node: 7, Tumbling: 5_000, Metric: "temp", Emit: allEmits}}
	jobs := []job.Job{
		{Name: "five stages", EventTime: job.EventTime{Lateness: 3_000}, Stages: []job.Stage{
			{Name: "parse", Do: []job.Operator{decodeOp, known}},
			{Name: "dedupe", Do: []job.Operator{dedupe}},
			{Name: "enrich", Do: []job.Operator{enrich("site", "gain", "offset", "threshold"), calibrate, filter("humidity", nil, micros(95_000_000))}},
			{Name: "detect", Do: []job.Operator{detect(1, job.Operand{Field: "threshold"})}},
			{Name: "summarise", Do: []job.Operator{hopping, encode}},
		}},
		{Name: "one stage", Stages: []job.Stage{{Name: "all", Do: []job.Operator{
			{Decode: &job.Decode{Encoding: "json"}}, ranges, enrich("offset", "gain"), calibrate, detect(3, job.Operand{Value: 30_000_000}),
			filter("temp", micros(-10_000_000), nil), encode}}}},
		{Name: "windows first", EventTime: job.EventTime{Lateness: 1_000}, Stages: []job.Stage{
			{Name: "window", Do: []job.Operator{decodeOp, tumbling, filter("co", micros(0), micros(50_000_000))}},
			{Name: "detect", Do: []job.Operator{filter("temp", nil, nil), detect(65535, job.Operand{Value: -1}), enrich("site"), encode}},
		}},
	}
	for i := range jobs {
		jobs[i].Schema, jobs[i].Reading, jobs[i].Answers = 1, vectorReading, job.Answers{Probe: "event", PerEvent: "event"}
	}
	opaque := job.Job{Schema: 1, Name: "opaque", Answers: job.Answers{Probe: "event", PerEvent: "event"}, Stages: []job.Stage{
		{Name: "dedupe", Do: []job.Operator{dedupe}}, {Name: "copy"}}}
	running := job.Job{Schema: 1, Name: "running", Reading: vectorReading, Answers: job.Answers{Probe: "update", PerEvent: "update"},
		Stages: []job.Stage{{Name: "sum", Do: []job.Operator{decodeOp, known, {Aggregate: &job.Aggregate{Node: 4, Metric: "temp"}}}}}}
	recoded := job.Job{Schema: 1, Name: "recoded", Reading: vectorReading, Answers: job.Answers{Probe: "event", PerEvent: "event"}, EventTime: job.EventTime{Lateness: 1_000},
		Stages: []job.Stage{{Name: "parse", Do: []job.Operator{decodeOp}},
			{Name: "write", Do: []job.Operator{enrich("gain", "offset"), calibrate, tumbling, filter("co", nil, micros(90_000_000)), as("senml-cbor")}}}}
	return append(append(append(jobs, opaque, *job.Identity(3), running), largeJobs()...), recoded)
}

var vectorRegistry = map[string]string{
	"a": `{"gain":2000000,"offset":-500000,"site":7,"threshold":30000000}`,
	"b": `{"gain":-1000000000,"offset":10000000000000,"site":-9223372036854775808,"threshold":0}`,
	"c": `{"gain":999999,"offset":1,"threshold":30000000}`, // no site
	"":  `{"gain":1000001,"offset":-1,"site":0,"threshold":12345678}`,
	"e": `{}`,
}

// vectorRuns makes the file's content.
func vectorRuns(t *testing.T) []run {
	t.Helper()
	var runs []run
	for i, j := range vectorJobs() {
		if err := j.Validate(); err != nil {
			t.Fatalf("job %q: %v", j.Name, err)
		}
		r := run{Registry: vectorRegistry, Plan: engines.Plan{Contract: engines.Contract, Job: j, Partitions: 1,
			Guarantee: engines.AtLeastOnce, EventTimeMin: vectorMin, EventTimeMax: vectorMax, Topics: engines.Topics{Stages: make([]string, len(j.Stages)-1)}}}
		var g recorder = &runGen{Rand: rand.New(rand.NewPCG(7, uint64(i))), stages: len(j.Stages), next: map[int]uint64{}}
		if slices.Contains(j.OperatorNames(), "scan") {
			g = newMessageGen(uint64(i))
		}
		r.Inputs = chains(t, r.Plan).take(t, g)
		runs = append(runs, r)
	}
	return runs
}

// lanes are the chains of all stages of a plan, on one partition.
type lanes []*Chain

func chains(t *testing.T, p engines.Plan) lanes {
	t.Helper()
	registry := Registry{}
	for key, value := range vectorRegistry {
		if err := registry.Put(&event.Record{Key: []byte(key), Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
	}
	formats := func(name string) (encoding.Format, error) {
		if name == "senml-cbor" {
			return senml.CBOR{}, nil
		}
		return jsonenc.Format{}, nil
	}
	programs, err := CompileAll(Config{Job: &p.Job, Registry: registry, Formats: formats, EventTimeMin: p.EventTimeMin, EventTimeMax: p.EventTimeMax})
	if err != nil {
		t.Fatal(err)
	}
	var l lanes
	for _, program := range programs {
		c, err := program.Chain(0)
		if err != nil {
			t.Fatal(err)
		}
		l = append(l, c)
	}
	return l
}

func (l lanes) take(t *testing.T, g recorder) []input {
	t.Helper()
	var inputs []input
	for range vectorInputs {
		stage, r := g.record()
		in := input{Stage: stage, Record: toWire(r)}
		l.put(t, stage, r, &in)
		inputs = append(inputs, in)
	}
	return inputs
}

// put takes a record through a stage, and what it gives through those behind.
func (l lanes) put(t *testing.T, stage int, r *event.Record, in *input) {
	t.Helper()
	var forward []*event.Record
	emit := func(to Destination, out *event.Record) {
		if to == DeadLetter || stage == len(l)-1 {
			in.Gives = append(in.Gives, result{Dead: to == DeadLetter, wire: toWire(out)})
			return
		}
		kept := *out
		kept.Headers = append([]event.Header(nil), out.Headers...)
		forward = append(forward, &kept)
	}
	foreign := l[stage].Foreign()
	if err := l[stage].Process(r, emit); err != nil {
		in.Corrupt = true
		return
	}
	l[stage].Advance(emit)
	in.Foreign = in.Foreign || l[stage].Foreign() > foreign
	for _, f := range forward {
		l.put(t, stage+1, f, in)
	}
}

const (
	vectorInputs = 400
	vectorMin    = -100_000 // of event time, allowed
	vectorMax    = 1 << 40
)

// runGen makes records: a few devices, one of them in two streams, with repeats, disorder and damage.
type runGen struct {
	*rand.Rand
	stages int
	n      int64
	next   map[int]uint64
}

var vectorDevices = []struct {
	key    string
	stream uint16
	device uint32
}{{"a", 1, 4}, {"a", 2, 4}, {"b", 1, 5}, {"c", 1, 6}, {"", 1, 7}, {"e", 1, 8}, {"nobody", 65535, math.MaxUint32}, {"a", 1, 4}, {"a", 1, 4}}

func (g *runGen) chance(percent int) bool { return g.IntN(100) < percent }

func (g *runGen) record() (stage int, r *event.Record) {
	g.n++
	k := g.IntN(len(vectorDevices))
	d := vectorDevices[k]
	s := event.Stamp{ID: event.ID{Stream: d.stream, Device: d.device, Seq: g.seq(k)}, Flags: uint8(g.IntN(16)),
		Intended: (g.n - 20) * 1_000_000, Hash: g.Uint64()}
	at := -30_000 + 250*(g.n+g.Int64N(16)-g.Int64N(16)) // on a grid, so that many meet the edges of windows
	switch {
	case g.chance(2):
		at = []int64{vectorMin - 1, vectorMin, vectorMax + 1, math.MaxInt64, math.MinInt64}[g.IntN(5)]
	case g.n > vectorInputs-10: // at the end, since a watermark so far ahead makes all others late
		at = vectorMax + g.Int64N(2)
	}
	r = &event.Record{Key: []byte(d.key), Value: g.value(d.key), Offset: g.n, Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, at)}}}
	if g.chance(12) {
		return g.odd(r)
	}
	return 0, r
}

func (g *runGen) seq(k int) uint64 {
	switch {
	case g.chance(10):
		return g.next[k] - g.Uint64N(min(g.next[k], 1500)+1)
	case g.chance(4):
		g.next[k] += g.Uint64N(3000)
	case g.chance(1):
		g.next[k] += 1 << 62
	}
	g.next[k]++
	return g.next[k] - 1
}

func (g *runGen) value(key string) []byte {
	metric := func(name string) string {
		if g.chance(8) {
			return ""
		}
		if g.chance(50) {
			return fmt.Sprintf(`,%q:%v`, name, 14+float64(g.IntN(12))/4) // around the threshold of detect
		}
		return fmt.Sprintf(`,%q:%v`, name, float64(g.IntN(400)-20)/4)
	}
	device, _ := json.Marshal(key)
	v := fmt.Sprintf(`{"id":%s,"t":%d,"data":{"x":0%s%s}%s}`, device, g.n, metric("temp"), metric("humidity"), metric("co"))
	if g.chance(5) {
		return []byte(v[:g.IntN(len(v))])
	}
	return []byte(v)
}

// odd makes a record that is not an ordinary event of the first stage.
func (g *runGen) odd(r *event.Record) (stage int, odd *event.Record) {
	stage = g.IntN(g.stages)
	o := event.Output{Kind: event.Kind(g.IntN(6)), Stream: 1, Device: 4, Seq: g.Uint64(), Intended: g.Int64(), Count: g.Uint32(), Node: 9, Ordinal: 3, IDs: g.Int64()}
	resulting := []event.Header{r.Headers[1], {Key: event.HeaderOutput, Value: event.AppendOutput(nil, o)}}
	switch g.IntN(7) {
	case 0:
		r.Headers = r.Headers[:1] // no time
	case 1:
		r.Headers[0].Value = r.Headers[0].Value[1:]
	case 2:
		r.Headers = append([]event.Header{{Key: event.HeaderTime, Value: []byte{1}}}, r.Headers...) // the first counts
	case 3, 4:
		r.Headers = resulting
	case 5:
		r.Headers = append(r.Headers, resulting...) // an event, whatever else it has
		r.Headers = append(r.Headers, event.Header{Key: "other", Value: []byte("x")})
	case 6:
		values := []string{`{"temp":1}`, `{"temp":01}`, `{"temp":1,"humidity":2}`, `{"colour":1}`, ``, `{"gain":1000000001,"offset":0,"temp":1}`, `{}`}
		r.Value = []byte(values[g.IntN(len(values))])
	}
	return stage, r
}
