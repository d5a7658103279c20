package job

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// alert is a valid job that tests break in one place at a time.
func alert() *Job {
	temp := Metric{Path: "data.temp", Unit: "Cel", Range: []Micros{-40_000_000, 125_000_000}}
	return &Job{
		Schema: 1, Name: "alert",
		Reading:   Reading{Device: "device_id", Time: TimeField{"ts", "s"}, Metrics: map[string]Metric{"temp": temp}},
		EventTime: EventTime{Lateness: 30_000},
		Stages: []Stage{
			{"parse", []Operator{{Decode: &Decode{}}, {Validate: &Validate{Required: []string{"temp"}, KnownDevice: true}}}},
			{"dedupe", []Operator{{Dedupe: &Dedupe{Span: 1024}}}},
			{"enrich", []Operator{{Enrich: &Enrich{Fields: []string{"gain", "offset", "threshold"}}}, {Calibrate: &Calibrate{Metric: "temp"}}}},
			{"detect", []Operator{{Detect: &Detect{Node: 1, Metric: "temp", Above: Operand{Field: "threshold"}, Clear: 500_000, Emit: []Emit{EmitEvent, EmitAlert}}}}},
			{"summarise", []Operator{{Window: &Window{Node: 2, Tumbling: 60_000, Metric: "temp", Emit: []Emit{EmitEvent, EmitAlert, EmitWindow}}}, {Encode: &Encode{As: "canonical-json"}}}},
		},
		Answers: Answers{Probe: "event", PerEvent: "event"},
	}
}

// running is a valid job that aggregates.
func running() *Job {
	j := alert()
	j.Name, j.Answers = "running", Answers{Probe: AnswerUpdate, PerEvent: AnswerUpdate}
	j.Stages = j.Stages[:1]
	j.Stages[0].Do = append(j.Stages[0].Do, Operator{Aggregate: &Aggregate{Node: 1, Metric: "temp"}})
	return j
}

func TestValidJobs(t *testing.T) {
	for _, j := range []*Job{alert(), running(), Identity(1), Identity(5)} {
		if err := j.Validate(); err != nil {
			t.Errorf("%s: Validate() = %v, want nil", j.Name, err)
		}
	}
}

func TestEncodeWritesEachForm(t *testing.T) {
	for _, form := range Forms() {
		j := alert()
		j.Stages[4].Do[1].Encode.As = form
		if err := j.Validate(); err != nil || j.Form() != form || j.Recodes() != (form != CanonicalJSON) {
			t.Errorf("%s: Validate() = %v, Form() = %s, Recodes() = %t", form, err, j.Form(), j.Recodes())
		}
	}
	if j := Identity(1); j.Form() != "" || j.Recodes() {
		t.Errorf("a job without encode: Form() = %q, Recodes() = %t", j.Form(), j.Recodes())
	}
}

func TestValidateNamesEachProblemOfAnAggregate(t *testing.T) {
	for _, c := range []struct {
		name, want string
		breakIt    func(*Job)
	}{
		{"unknown metric", `no metric "tmp"`, func(j *Job) { j.Stages[0].Do[2].Aggregate.Metric = "tmp" }},
		{"metric not required", "would have no answer", func(j *Job) { j.Stages[0].Do[1].Validate.Required = nil }},
		{"metric required too late", "would have no answer", func(j *Job) { d := j.Stages[0].Do; d[1], d[2] = d[2], d[1] }},
		{"node", "node 0", func(j *Job) { j.Stages[0].Do[2].Aggregate.Node = 0 }},
		{"two stages", "has one stage", func(j *Job) { j.Stages = append([]Stage{{"copy", nil}}, j.Stages...) }},
		{"something behind it", "encode after encode or aggregate", func(j *Job) {
			j.Stages[0].Do = append(j.Stages[0].Do, Operator{Encode: &Encode{As: "canonical-json"}})
		}},
		{"answers", "answers: want {probe: update", func(j *Job) { j.Answers.PerEvent = AnswerEvent }},
	} {
		j := running()
		c.breakIt(j)
		if err := j.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Validate() = %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestValidateNamesEachProblem(t *testing.T) {
	for _, c := range []struct {
		name, want string
		breakIt    func(*Job)
	}{
		{"schema", "schema: 2 is unknown", func(j *Job) { j.Schema = 2 }},
		{"name", "name: a job has a name", func(j *Job) { j.Name = "" }},
		{"no stage", "at least one stage", func(j *Job) { j.Stages = nil }},
		{"unit of time", "the unit s or ms", func(j *Job) { j.Reading.Time.Unit = "us" }},
		{"no device", "path of the device id", func(j *Job) { j.Reading.Device = "" }},
		{"range upside down", "want [lowest, highest]", func(j *Job) { j.Reading.Metrics["temp"] = Metric{Path: "t", Range: []Micros{2, 1}} }},
		{"metric name", `name "Temp"`, func(j *Job) { j.Reading.Metrics["Temp"] = Metric{Path: "t"} }},
		{"unknown metric", `no metric "tmp"`, func(j *Job) { j.Stages[2].Do[1].Calibrate.Metric = "tmp" }},
		{"two stateful", "2 stateful operators; a stage has at most one (dedupe, detect, window, aggregate, reassemble or scan)", func(j *Job) { j.Stages[1].Do = append(j.Stages[1].Do, j.Stages[3].Do[0]) }},
		{"span", "the only span is 1024", func(j *Job) { j.Stages[1].Do[0].Dedupe.Span = 512 }},
		{"field twice", `field "gain" is there already`, func(j *Job) { j.Stages[2].Do[0].Enrich.Fields = []string{"gain", "gain", "offset", "threshold"} }},
		{"calibrate without gain", `field "gain" is not in the reading`, func(j *Job) { j.Stages[2].Do[0].Enrich.Fields = []string{"offset", "threshold"} }},
		{"no threshold", `field "threshold" is not in the reading`, func(j *Job) { j.Stages[2].Do[0].Enrich.Fields = []string{"gain", "offset"} }},
		{"a metric for gain", `field "gain" is a metric`, func(j *Job) {
			j.Reading.Metrics["gain"] = Metric{Path: "g"}
			j.Stages[2].Do[0].Enrich.Fields = []string{"offset", "threshold"}
		}},
		{"a metric for threshold", `field "limit" is a metric`, func(j *Job) {
			j.Reading.Metrics["limit"] = Metric{Path: "l"}
			j.Stages[3].Do[0].Detect.Above = Operand{Field: "limit"}
		}},
		{"node twice", "node 1; want", func(j *Job) { j.Stages[4].Do[0].Window.Node = 1 }},
		{"no event", "emit must contain event", func(j *Job) { j.Stages[3].Do[0].Detect.Emit = []Emit{EmitAlert} }},
		{"no alert from detect", "emit must contain alert: it is", func(j *Job) { j.Stages[3].Do[0].Detect.Emit = []Emit{EmitEvent} }},
		{"no window from window", "emit must contain window", func(j *Job) { j.Stages[4].Do[0].Window.Emit = []Emit{EmitEvent, EmitAlert} }},
		{"alerts cut off", "emit must contain alert: alerts of earlier", func(j *Job) { j.Stages[4].Do[0].Window.Emit = []Emit{EmitEvent, EmitWindow} }},
		{"window from detect", `emit "window"`, func(j *Job) { j.Stages[3].Do[0].Detect.Emit = []Emit{EmitEvent, EmitWindow} }},
		{"both windows", "either tumbling or hopping", func(j *Job) { j.Stages[4].Do[0].Window.Hopping = 5 }},
		{"a length below 0", "either tumbling or hopping, longer than 0", func(j *Job) { j.Stages[4].Do[0].Window.Hopping = -5 }},
		{"step does not divide", "every must divide hopping", func(j *Job) {
			*j.Stages[4].Do[0].Window = Window{Node: 2, Hopping: 10, Every: 3, Metric: "temp", Emit: []Emit{EmitEvent}}
		}},
		{"decode late", "decode is the first operator", func(j *Job) { j.Stages[1].Do = []Operator{{Decode: &Decode{}}} }},
		{"no decode", "needs decode before it", func(j *Job) { j.Stages[0].Do = j.Stages[0].Do[1:] }},
		{"no encode", "ends with encode", func(j *Job) { j.Stages[4].Do = j.Stages[4].Do[:1] }},
		{"encode early", "encode belongs to the last stage", func(j *Job) { j.Stages[3].Do = append(j.Stages[3].Do, Operator{Encode: &Encode{As: "canonical-json"}}) }},
		{"encode as", `as "avro+zstd"; want one of canonical-json, avro,`, func(j *Job) { j.Stages[4].Do[1].Encode.As = "avro+zstd" }},
		{"encode in an encoding that bounds ids", `as "frame"`, func(j *Job) { j.Stages[4].Do[1].Encode.As = "frame" }},
		{"empty operator", "empty operator", func(j *Job) { j.Stages[1].Do[0] = Operator{} }},
		{"answers", "answers: want", func(j *Job) { j.Answers.Probe = "window" }},
		{"no heartbeat passes", "no heartbeat passes", func(j *Job) {
			j.Reading.Metrics["temp"] = Metric{Path: "t", Range: []Micros{0, 1_000_000}}
		}},
	} {
		j := alert()
		c.breakIt(j)
		if err := j.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Validate() = %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestValidateReportsAllProblemsAtOnce(t *testing.T) {
	j := alert()
	j.Name, j.Stages[1].Do[0].Dedupe.Span, j.Reading.Time.Unit = "", 1, ""
	if err := j.Validate(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("Validate() = %v, want three lines", err)
	}
}

func TestHeartbeatsCrossTheThresholdAndStayAllowed(t *testing.T) {
	j := alert()
	low := Micros(10_000_000)
	j.Stages[2].Do = append(j.Stages[2].Do, Operator{Filter: &Filter{Metric: "temp", Min: &low}})
	h, err := j.Heartbeat()
	if err != nil {
		t.Fatal(err)
	}
	threshold := Micros(h.Registry["threshold"])
	if h.High["temp"] <= threshold || h.Low["temp"] > threshold-500_000 {
		t.Errorf("high %s, low %s do not cross %s with hysteresis 0.5", h.High["temp"], h.Low["temp"], threshold)
	}
	if h.Low["temp"] < low || h.High["temp"] > 125_000_000 {
		t.Errorf("high %s, low %s leave [10, 125]", h.High["temp"], h.Low["temp"])
	}
	if h.Registry["gain"] != 1_000_000 || h.Registry["offset"] != 0 {
		t.Errorf("registry %v, want gain 1 and offset 0", h.Registry)
	}
}

// Without a range a job says nothing of how far a metric goes: heartbeats follow its threshold and its filters.
func TestHeartbeatsOfAMetricWithoutRange(t *testing.T) {
	j := alert()
	j.Reading.Metrics["temp"] = Metric{Path: "data.temp"}
	for _, above := range []Micros{0, 998_000_000, 5_000_000_000, -5_000_000_000} {
		j.Stages[3].Do[0].Detect.Above = Operand{Value: above}
		if h, err := j.Heartbeat(); err != nil || h.High["temp"] <= above || h.Low["temp"] > above-500_000 {
			t.Errorf("above %s: high %s, low %s, %v; want both sides of it", above, h.High["temp"], h.Low["temp"], err)
		}
	}
	j.Stages[3].Do[0].Detect.Metric = "other"
	for _, c := range []struct{ least, most Micros }{{10_000_000, 20_000_000}, {5_000_000_000, 6_000_000_000}, {-6_000_000_000, -5_000_000_000}} {
		j.Stages[2].Do[1] = Operator{Filter: &Filter{Metric: "temp", Min: &c.least, Max: &c.most}}
		if h, err := j.Heartbeat(); err != nil || h.High["temp"] < c.least || h.High["temp"] > c.most {
			t.Errorf("filter [%s, %s]: a heartbeat sends %s, %v", c.least, c.most, h.High["temp"], err)
		}
	}
	far := MaxMicros - Micros(1)
	j = alert()
	j.Reading.Metrics["temp"] = Metric{Path: "data.temp"}
	j.Stages[3].Do[0].Detect.Above = Operand{Value: far}
	if _, err := j.Heartbeat(); err == nil {
		t.Errorf("above %s: a heartbeat would be no metric", far)
	}
}

func TestPlanFormRoundTrips(t *testing.T) {
	want := alert()
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"lateness_ms":30000`, `"range":[-40000000,125000000]`, `"above":"threshold"`, `"clear":500000`, `"tumbling_ms":60000`} {
		if !strings.Contains(string(b), part) {
			t.Errorf("plan form %s lacks %s", b, part)
		}
	}
	var got Job
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

func TestUnits(t *testing.T) {
	for in, want := range map[string]Micros{"0": 0, "0.5": 500_000, "-40": -40_000_000, "-0.000001": -1, "10000000": MaxMicros, "1.": 1_000_000, ".5": 500_000} {
		var got Micros
		if err := got.UnmarshalText([]byte(in)); err != nil || got != want {
			t.Errorf("Micros(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-", ".", "1e3", "0.0000001", "10000000.000001", "1,5", "+1", "--1", "99999999999999999999"} {
		var got Micros
		if err := got.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("Micros(%q) = %d, want an error", in, got)
		}
	}
	for m, want := range map[Micros]string{0: "0", 500_000: "0.5", -1: "-0.000001", 42_000_000: "42"} {
		if got := m.String(); got != want {
			t.Errorf("Micros(%d).String() = %q, want %q", int64(m), got, want)
		}
	}
	var ms Millis
	for _, in := range []string{"30", "1.5ms", "", "abc"} {
		if err := ms.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("Millis(%q) = %d, want an error", in, ms)
		}
	}
	if err := ms.UnmarshalText([]byte("1m30s")); err != nil || ms.Duration() != 90*time.Second {
		t.Errorf("Millis(1m30s) = %v, %v", ms, err)
	}
	var o Operand
	if err := o.UnmarshalText([]byte("-2.5")); err != nil || o.Value != -2_500_000 || o.Field != "" {
		t.Errorf("Operand(-2.5) = %+v, %v", o, err)
	}
}

func TestWindowsAndNames(t *testing.T) {
	j := alert()
	if w := j.Windows()[4]; w == nil || w.Size() != time.Minute || w.Step() != time.Minute {
		t.Errorf("Windows()[4] = %+v, want a tumbling minute", w)
	}
	if got := j.MaxWindow(); got != 90*time.Second {
		t.Errorf("MaxWindow() = %v, want 1m30s", got)
	}
	h := Window{Hopping: 60_000, Every: 20_000}
	if h.Size() != time.Minute || h.Step() != 20*time.Second {
		t.Errorf("hopping: size %v, step %v", h.Size(), h.Step())
	}
	want := []string{"decode", "validate", "dedupe", "enrich", "calibrate", "detect", "window", "encode"}
	if diff := cmp.Diff(want, j.OperatorNames()); diff != "" {
		t.Errorf("OperatorNames (-want +got):\n%s", diff)
	}
	for _, n := range want {
		if !strings.Contains(strings.Join(Operators(), " "), n) {
			t.Errorf("Operators() lacks %s", n)
		}
	}
}

func TestJobsOfLargeMessages(t *testing.T) {
	scan, reassemble := Operator{Scan: &Scan{}}, Operator{Reassemble: &Reassemble{}}
	for _, c := range []struct {
		name string
		do   [][]Operator
		ok   bool
	}{
		{"one scan", [][]Operator{{scan}}, true},
		{"cut through", [][]Operator{{scan}, {scan}}, true},
		{"store and forward", [][]Operator{{reassemble}, {scan}}, true},
		{"no scan", [][]Operator{{reassemble}}, false},
		{"no answer", [][]Operator{{reassemble}, {}}, false},
		{"reassembled too late", [][]Operator{{scan}, {reassemble}, {scan}}, false},
		{"both in a stage", [][]Operator{{reassemble, scan}, {scan}}, false},
		{"something else", [][]Operator{{scan}, {{Dedupe: &Dedupe{Span: 1024}}}, {scan}}, false},
		{"a stage that copies", [][]Operator{{scan}, {}, {scan}}, false},
	} {
		j := Identity(len(c.do))
		for i := range c.do {
			j.Stages[i].Do = c.do[i]
		}
		if err := j.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: Validate() = %v, want ok %t", c.name, err, c.ok)
		}
	}
}
