package oracle

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// world is a trial in memory: what was offered, and what a reference executor made of it.
type world struct {
	job        *job.Job
	registry   map[string]map[string]int64
	min, max   int64
	partitions int32
	input      []event.Record
	stages     [][]event.Record
	output     []event.Record
	dead       []event.Record
	faulted    bool
	reader     func([]event.Record) []event.Record // order in which partitions interleave; nil: as they are
}

func (w *world) topic(name string, records []event.Record) Topic {
	if w.reader != nil {
		records = w.reader(records)
	}
	return Topic{Name: name, Partitions: w.partitions, Read: func(context.Context) iter.Seq2[event.Record, error] {
		return func(yield func(event.Record, error) bool) {
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
	}}
}

func (w *world) trial(guarantee string) Trial {
	t := Trial{Job: w.job, Guarantee: guarantee, Registry: w.registry, EventTimeMin: w.min, EventTimeMax: w.max, Faulted: w.faulted,
		Input: w.topic("input", w.input), Output: w.topic("output", w.output), DeadLetter: w.topic("deadletter", w.dead)}
	for i, s := range w.stages {
		t.Stages = append(t.Stages, w.topic(fmt.Sprintf("stage-%d", i+1), s))
	}
	return t
}

func (w *world) judge(t testing.TB, guarantee string) Judgement {
	t.Helper()
	j, err := Judge(t.Context(), w.trial(guarantee))
	if err != nil {
		t.Fatalf("Judge: %v", err)
	}
	for _, s := range j.Verdict.Stages {
		if s.Expected != s.Matched+s.Missing+s.Wrong {
			t.Errorf("%s: expected %d ≠ matched %d + missing %d + wrong %d", s.Stage, s.Expected, s.Matched, s.Missing, s.Wrong)
		}
	}
	return j
}

// copy gives a world whose topics can be changed; records are replaced, never written to.
func (w *world) copy() *world {
	x := *w
	x.input, x.output, x.dead = slices.Clone(w.input), slices.Clone(w.output), slices.Clone(w.dead)
	x.stages = nil
	for _, s := range w.stages {
		x.stages = append(x.stages, slices.Clone(s))
	}
	return &x
}

// renumber gives the records of each partition their offsets anew.
func renumber(records []event.Record) []event.Record {
	next := map[int32]int64{}
	for i := range records {
		records[i].Offset = next[records[i].Partition]
		next[records[i].Partition]++
	}
	return records
}

// execute runs the stages from k on, each over its whole input: the reference every mutation starts from. One watermark
// for each partition, late events left out.
func (w *world) execute(k int) {
	n := len(w.job.Stages)
	w.dead = slices.DeleteFunc(w.dead, func(r event.Record) bool { o, _ := r.Output(); return int(o.Node) >= k })
	w.stages = slices.Grow(w.stages[:k], n-1-k)[:n-1]
	for ; k < n; k++ {
		in := w.input
		if k > 0 {
			in = w.stages[k-1]
		}
		out := w.stage(k, in, nil)
		if k == n-1 {
			w.output = out
		} else {
			w.stages[k] = out
		}
	}
	renumber(w.dead)
}

// stage runs one stage. leaveOut, if there is one, keeps an event out of its windows.
func (w *world) stage(k int, in []event.Record, leaveOut func(*subject) bool) []event.Record {
	t := w.trial(ExactlyOnce)
	m := newModel(&t, k, k+1)
	var out []event.Record
	m.emit = func(o *output) {
		r := clone(&o.record)
		r.Timestamp, _ = r.EventTime()
		if o.dead {
			w.dead = append(w.dead, *r)
		} else {
			out = append(out, *r)
		}
	}
	e := &windowing{w: w, mark: map[int32]int64{}, open: map[windowKey]*openAt{}, leaveOut: leaveOut}
	m.window = e.take
	u := totals{}
	m.update = func(s *subject, v int64) { out = append(out, u.take(w, m.sums, s, v)) }
	for i := range in {
		m.feed(&in[i])
		out = append(out, e.closed(in[i].Partition)...)
	}
	return renumber(out)
}

// windowing closes windows by one watermark a partition.
type windowing struct {
	w        *world
	op       *windowOp
	mark     map[int32]int64
	open     map[windowKey]*openAt
	leaveOut func(*subject) bool
}

type openAt struct {
	partition int32
	key       string
	agg       aggregate
}

func (e *windowing) take(op *windowOp, s *subject) {
	e.op = op
	mark, any := e.mark[s.partition]
	v, ok := s.reading.get(op.slot)
	first, last := op.starts(s.time)
	for start := first; ok && start <= last; start += op.step {
		if any && mark >= op.closes(start) || e.leaveOut != nil && e.leaveOut(s) {
			continue
		}
		k := windowKey{op.node, s.stamp.Stream, s.stamp.Device, start}
		if e.open[k] == nil {
			e.open[k] = &openAt{partition: s.partition, key: string(s.key)}
		}
		e.open[k].agg.add(v, s.stamp.Term(), s.stamp.Intended)
	}
	if !any || s.time > mark {
		e.mark[s.partition] = s.time
	}
}

func (e *windowing) closed(partition int32) []event.Record {
	var keys []windowKey
	for k, o := range e.open {
		if mark, any := e.mark[partition]; any && o.partition == partition && e.op.closes(k.start) <= mark {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b windowKey) int { return int(a.start - b.start) })
	var out []event.Record
	for _, k := range keys {
		var r windowRecord
		o := e.open[k]
		x := clone(r.render(e.op, k, []byte(o.key), e.w.partitions, &o.agg))
		x.Timestamp, _ = x.EventTime()
		out = append(out, *x)
		delete(e.open, k)
	}
	return out
}

// alertJob has every stateful operator and a stage that refuses.
func alertJob() *job.Job {
	return &job.Job{
		Schema: 1, Name: "alert",
		Reading: job.Reading{Device: "device_id", Time: job.TimeField{Path: "ts", Unit: "s"}, Metrics: map[string]job.Metric{
			"temp":     {Path: "data.temp", Range: []job.Micros{-40_000_000, 125_000_000}},
			"humidity": {Path: "data.humidity", Range: []job.Micros{0, 100_000_000}}}},
		EventTime: job.EventTime{Lateness: 5_000},
		Stages: []job.Stage{
			{Name: "parse", Do: []job.Operator{{Decode: &job.Decode{}}, {Validate: &job.Validate{Required: []string{"temp"}, KnownDevice: true}}}},
			{Name: "dedupe", Do: []job.Operator{{Dedupe: &job.Dedupe{Span: 1024}}}},
			{Name: "enrich", Do: []job.Operator{{Enrich: &job.Enrich{Fields: []string{"site", "gain", "offset", "threshold"}}}, {Calibrate: &job.Calibrate{Metric: "temp"}}}},
			{Name: "detect", Do: []job.Operator{{Detect: &job.Detect{Node: 1, Metric: "temp", Above: job.Operand{Field: "threshold"}, Clear: 500_000, Emit: []job.Emit{job.EmitEvent, job.EmitAlert}}}}},
			{Name: "summarise", Do: []job.Operator{{Window: &job.Window{Node: 2, Tumbling: 10_000, Metric: "temp", Emit: []job.Emit{job.EmitEvent, job.EmitAlert, job.EmitWindow}}}, {Encode: &job.Encode{As: "canonical-json"}}}},
		},
		Answers: job.Answers{Probe: "event", PerEvent: "event"},
	}
}

// epoch lies before 1970, where floors and truncations differ.
const epoch = -1_000_000_000

// newWorld makes a trial of devices × readings, one reading a second of event time and 50 ms of the run. dirty adds what
// sensors do: repeated, broken, unknown, disordered and late readings.
func newWorld(j *job.Job, seed uint64, devices, readings int, dirty bool) *world {
	rng := rand.New(rand.NewPCG(seed, 7))
	w := &world{job: j, partitions: 4, min: epoch - 3_600_000, max: epoch + 3_600_000*24, registry: map[string]map[string]int64{}}
	type sensor struct {
		key  string
		next uint64
	}
	var fleet []sensor
	for p := range w.partitions {
		fleet = append(fleet, sensor{key: event.KeyFor("heartbeat", p, w.partitions)})
	}
	for i := range devices {
		fleet = append(fleet, sensor{key: fmt.Sprintf("room-%d", i)})
	}
	for _, f := range fleet {
		w.registry[f.key] = map[string]int64{"site": 7, "gain": 1_000_000 + rng.Int64N(1000), "offset": rng.Int64N(1000), "threshold": 25_000_000}
	}
	tail := 20
	for tick := range readings + tail {
		for d := range fleet {
			if tick >= readings && d >= int(w.partitions) {
				break
			}
			f := &fleet[d]
			ms := int64(epoch + tick*1000)
			intended := int64(tick)*50_000_000 + int64(d)*1000
			value := fmt.Sprintf(`{"device_id":%q,"ts":%d,"data":{"temp":%.3f,"humidity":%.1f}}`, f.key, ms/1000, 15+20*rng.Float64(), 100*rng.Float64())
			stamp := event.Stamp{ID: event.ID{Stream: 1, Device: uint32(d), Seq: f.next}, Intended: intended}
			if sensor := d >= int(w.partitions); dirty && sensor {
				switch x := rng.IntN(100); {
				case x < 3:
					ms -= 2000 // disordered, in time
				case x < 6:
					ms -= 16_000 // late
				case x < 8:
					value = value[:len(value)-9]
				case x < 9:
					value = fmt.Sprintf(`{"device_id":%q,"ts":1,"data":{"temp":200}}`, f.key)
				case x < 10:
					value = fmt.Sprintf(`{"device_id":%q,"ts":1,"data":{"humidity":20}}`, f.key)
				case x < 11 && f.next > 3:
					stamp.Seq = f.next - 2 // again, with another content, which dedupe must not look at
					f.next--
				}
			} else if !sensor {
				stamp.Flags = event.FlagHeartbeat
			}
			f.next++
			stamp.Hash = event.Hash([]byte(value))
			w.input = append(w.input, event.Record{Partition: event.Partition([]byte(f.key), w.partitions), Timestamp: ms, Key: []byte(f.key), Value: []byte(value),
				Headers: []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, ms)}}})
		}
	}
	renumber(w.input)
	w.execute(0)
	return w
}

// byPartition reads one partition after the other, last first.
func byPartition(records []event.Record) []event.Record {
	out := slices.Clone(records)
	slices.SortStableFunc(out, func(a, b event.Record) int { return int(b.Partition - a.Partition) })
	return out
}

func TestCleanTrialsRaiseNoAlarm(t *testing.T) {
	clean := alertJob()
	clean.Stages = clean.Stages[:3]
	low := job.Micros(18_000_000)
	clean.Stages[2].Do = append(clean.Stages[2].Do, job.Operator{Filter: &job.Filter{Metric: "temp", Min: &low}}, job.Operator{Encode: &job.Encode{As: "canonical-json"}})
	hopping := alertJob()
	hopping.Stages[4].Do[0].Window.Tumbling, hopping.Stages[4].Do[0].Window.Hopping, hopping.Stages[4].Do[0].Window.Every = 0, 12_000, 4_000
	for name, j := range map[string]*job.Job{"identity": job.Identity(1), "copies": job.Identity(3), "clean": clean, "alert": alertJob(), "hopping": hopping} {
		for seed := range uint64(2) {
			for _, dirty := range []bool{false, true} {
				w := newWorld(j, seed, 20, 50, dirty)
				w.reader = []func([]event.Record) []event.Record{nil, byPartition}[seed]
				for _, guarantee := range []string{AtLeastOnce, ExactlyOnce} {
					got := w.judge(t, guarantee)
					if v := got.Verdict; !v.Correct || v.Text != "correct" || v.Matched == 0 || len(v.Culprits) > 0 {
						t.Errorf("%s, seed %d, dirty %v, %s: %q, %d matched, culprits %+v", name, seed, dirty, guarantee, v.Text, v.Matched, v.Culprits)
					}
					if len(got.Unanswered) > 0 {
						t.Errorf("%s: unanswered %v, want none", name, got.Unanswered)
					}
				}
			}
		}
	}
}
