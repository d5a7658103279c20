package job

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Validate checks that the job can mean something and returns all problems joined. It changes nothing.
func (j *Job) Validate() error {
	v := &validation{job: j, known: map[string]bool{}, added: map[string]bool{}, always: map[string]bool{}, nodes: map[uint16]bool{}}
	v.head()
	for i := range j.Stages {
		v.stage(i)
	}
	if len(j.Stages) == 0 {
		v.addf("stages: a job has at least one stage")
	}
	v.payloads()
	if err := v.answers(); err != nil {
		v.errs = append(v.errs, err)
	}
	return errors.Join(v.errs...)
}

type validation struct {
	job     *Job
	known   map[string]bool // fields of the reading at this point
	added   map[string]bool // those of them that come from the registry
	always  map[string]bool // metrics that every event has at this point
	nodes   map[uint16]bool
	decoded bool
	encoded bool // by encode, or by an aggregate in its place
	alerts  bool // an earlier operator emits alerts
	errs    []error
}

func (v *validation) addf(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf(format, args...))
}

func (v *validation) head() {
	j := v.job
	if j.Schema != 1 {
		v.addf("schema: %d is unknown; this version reads 1", j.Schema)
	}
	if j.Name == "" {
		v.addf("name: a job has a name")
	}
	if !j.Decodes() {
		return
	}
	if j.Reading.Device == "" {
		v.addf("reading.device: decode needs the path of the device id")
	}
	if j.Reading.Time.Path == "" || j.Reading.Time.Unit != "s" && j.Reading.Time.Unit != "ms" {
		v.addf("reading.time: decode needs a path, and the unit s or ms")
	}
	for name, m := range j.Reading.Metrics {
		v.name("reading.metrics", name)
		if m.Path == "" {
			v.addf("reading.metrics.%s.path: empty", name)
		}
		if n := len(m.Range); n != 0 && (n != 2 || m.Range[0] > m.Range[1]) {
			v.addf("reading.metrics.%s.range: want [lowest, highest]", name)
		}
	}
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (v *validation) name(at, name string) {
	if !fieldName.MatchString(name) {
		v.addf("%s: name %q; want lower case letters, digits and _, beginning with a letter", at, name)
	}
}

func (v *validation) stage(i int) {
	s := v.job.Stages[i]
	at := fmt.Sprintf("stages[%d] %q", i, s.Name)
	if s.Name == "" {
		v.addf("%s: a stage has a name", at)
	}
	stateful := 0
	for k, o := range s.Do {
		if o.Stateful() {
			stateful++
		}
		if v.encoded {
			v.addf("%s: %s after encode or aggregate, which are the last operator of a job", at, o.Name())
		}
		v.operator(fmt.Sprintf("%s.do[%d] %s", at, k, o.Name()), i, k, o)
	}
	if stateful > 1 {
		v.addf("%s: %d stateful operators; a stage has at most one (dedupe, detect, window, aggregate, reassemble or scan)", at, stateful)
	}
	if last := i == len(v.job.Stages)-1; last && v.decoded && !v.encoded {
		v.addf("%s: a job that decodes ends with encode or aggregate", at)
	}
}

func (v *validation) operator(at string, stage, pos int, o Operator) {
	if o.Decode == nil && o.Name() != "" && o.Dedupe == nil && o.Reassemble == nil && o.Scan == nil && !v.decoded {
		v.addf("%s: needs decode before it", at)
	}
	switch {
	case o.Decode != nil:
		if stage != 0 || pos != 0 {
			v.addf("%s: decode is the first operator of the first stage", at)
		}
		v.decoded = true
		for name := range v.job.Reading.Metrics {
			v.known[name] = true
		}
	case o.Validate != nil:
		for _, name := range o.Validate.Required {
			v.metric(at, name)
			v.always[name] = true
		}
	case o.Dedupe != nil:
		if o.Dedupe.Span != 1024 {
			v.addf("%s: span %d; the only span is 1024 (SEMANTICS.md section 3)", at, o.Dedupe.Span)
		}
	case o.Enrich != nil:
		for _, f := range o.Enrich.Fields {
			v.name(at, f)
			if v.known[f] {
				v.addf("%s: field %q is there already", at, f)
			}
			v.known[f], v.added[f] = true, true
		}
	case o.Calibrate != nil:
		v.metric(at, o.Calibrate.Metric)
		v.field(at, "gain")
		v.field(at, "offset")
	case o.Filter != nil:
		v.metric(at, o.Filter.Metric)
	case o.Detect != nil:
		v.node(at, o.Detect.Node)
		v.metric(at, o.Detect.Metric)
		if o.Detect.Above.Field != "" {
			v.field(at, o.Detect.Above.Field)
		}
		if o.Detect.Clear < 0 {
			v.addf("%s: clear %s is negative", at, o.Detect.Clear)
		}
		v.emit(at, o.Detect.Emit, EmitAlert, EmitEvent, EmitAlert)
		v.alerts = true
	case o.Window != nil:
		v.window(at, o.Window)
	case o.Aggregate != nil:
		v.aggregate(at, o.Aggregate)
	case o.Encode != nil:
		if !slices.Contains(Forms(), o.Encode.As) {
			v.addf("%s: as %q; want one of %s", at, o.Encode.As, strings.Join(Forms(), ", "))
		}
		if stage != len(v.job.Stages)-1 {
			v.addf("%s: encode belongs to the last stage", at)
		}
		v.encoded = true
	case o.Reassemble != nil, o.Scan != nil: // held to their places by payloads
	default:
		v.addf("%s: empty operator", at)
	}
}

func (v *validation) window(at string, w *Window) {
	v.node(at, w.Node)
	v.metric(at, w.Metric)
	if w.Tumbling < 0 || w.Hopping < 0 || (w.Tumbling > 0) == (w.Hopping > 0) {
		v.addf("%s: want either tumbling or hopping, longer than 0", at)
	} else if w.Hopping > 0 && (w.Every <= 0 || w.Hopping%w.Every != 0) {
		v.addf("%s: every must divide hopping", at)
	} else if w.Tumbling > 0 && w.Every != 0 {
		v.addf("%s: every goes with hopping", at)
	}
	v.emit(at, w.Emit, EmitWindow, EmitEvent, EmitAlert, EmitWindow)
	if v.alerts && !slices.Contains(w.Emit, EmitAlert) {
		v.addf("%s: emit must contain alert: alerts of earlier stages pass to the output", at)
	}
}

// aggregate is held to a job of one stage, whose input all its updates can be held against.
func (v *validation) aggregate(at string, a *Aggregate) {
	v.node(at, a.Node)
	v.metric(at, a.Metric)
	if !v.always[a.Metric] {
		v.addf("%s: metric %q is not among those that a validate before it requires: an event without it would have no answer", at, a.Metric)
	}
	if len(v.job.Stages) != 1 {
		v.addf("%s: a job that aggregates has one stage: behind a hop, a replay comes in another order, and no update could be judged", at)
	}
	v.encoded = true
}

// payloads holds a job of large messages to its form: each stage scans, but the first may reassemble, and nothing else is done.
func (v *validation) payloads() {
	last := len(v.job.Stages) - 1
	if !v.job.Payloads() && !slices.Contains(v.job.OperatorNames(), "reassemble") {
		return
	}
	for i, s := range v.job.Stages {
		reassembles := i == 0 && i < last && len(s.Do) == 1 && s.Do[0].Reassemble != nil
		if !reassembles && (len(s.Do) != 1 || s.Do[0].Scan == nil) {
			v.addf("stages[%d] %q: in a job of large messages each stage is scan alone; only the first of several may be reassemble instead", i, s.Name)
		}
	}
}

func (v *validation) node(at string, n uint16) {
	if n == 0 || v.nodes[n] {
		v.addf("%s: node %d; want a number from 1 that no other operator of the job has", at, n)
	}
	v.nodes[n] = true
}

func (v *validation) metric(at, name string) {
	if _, ok := v.job.Reading.Metrics[name]; !ok && v.decoded {
		v.addf("%s: no metric %q in reading.metrics", at, name)
	}
}

func (v *validation) field(at, name string) {
	switch {
	case v.added[name]:
	case v.known[name]:
		v.addf("%s: field %q is a metric, which an event may lack; want a field of the registry, added by enrich", at, name)
	default:
		v.addf("%s: field %q is not in the reading; enrich adds registry fields", at, name)
	}
}

func (v *validation) emit(at string, got []Emit, own Emit, allowed ...Emit) {
	if !slices.Contains(got, EmitEvent) {
		v.addf("%s: emit must contain event: events pass to the output, so that each is answered", at)
	}
	if !slices.Contains(got, own) {
		v.addf("%s: emit must contain %s: it is what the operator is for", at, own)
	}
	for _, e := range got {
		if !slices.Contains(allowed, e) {
			v.addf("%s: emit %q; want one of %v", at, e, allowed)
		}
	}
}

func (v *validation) answers() error {
	by, how := AnswerEvent, "by itself on the output"
	if v.job.Aggregates() {
		by, how = AnswerUpdate, "by the first update that holds it"
	}
	if v.job.Answers != (Answers{Probe: by, PerEvent: by}) {
		return fmt.Errorf("answers: want {probe: %[1]s, per_event: %[1]s}: an event is answered %[2]s", by, how)
	}
	if len(v.errs) > 0 {
		return nil
	}
	_, err := v.job.Heartbeat()
	return err
}

// MaxWindow is the longest time from an event's own time to the close of its last window: Σ over window stages of
// size + lateness. 0 for a job without windows.
func (j *Job) MaxWindow() time.Duration {
	var sum time.Duration
	for _, w := range j.Windows() {
		sum += w.Size() + j.EventTime.Lateness.Duration()
	}
	return sum
}
