package mutants

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/enginetest"
	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/harness/driver"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// The recorded stream of an experiment: some minutes of event time, in seconds of intended time that nobody waits for.
const (
	partitions = enginetest.Partitions
	probers    = 16 // devices put in by hand, numbered before the stream's, for culprits are named in the order of numbers
	devices    = 20
	speed      = 60
	offer      = 10 * time.Second
	disorder   = 40 * time.Second
	cut        = 8130 * time.Millisecond // where the input may be cut: 15 s into a window in which heartbeats have their alarm on
)

// start is the event time of intended time 0: such that neither heartbeats nor the stream's own events meet the bounds of
// a window to the ms. Only probing events do.
var start = time.Date(2020, 7, 13, 0, 0, 7, 123_000_000, time.UTC)

// worlds are the inputs, made once and never changed: two of job alert, and one of the job that sums up.
var (
	plainly  = sync.OnceValues(func() (*world, error) { return newWorld("alert", false) })
	distance = sync.OnceValues(func() (*world, error) { return newWorld("alert", true) })
	summed   = sync.OnceValues(func() (*world, error) { return newWorld("running", false) })
)

// worldOf gives the input for a guarantee. Repeats as far back as dedupe remembers are exactly-once's alone: what passes
// dedupe twice on purpose makes windows count twice, which at-least-once words as an overcount.
func worldOf(t *testing.T, g engines.Guarantee) *world {
	t.Helper()
	make := plainly
	if g == engines.ExactlyOnce {
		make = distance
	}
	w, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// summingWorld gives the input of the job that sums up.
func summingWorld(t *testing.T) *world {
	t.Helper()
	w, err := summed()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// world is what every experiment of one guarantee is offered.
type world struct {
	job      *job.Job
	input    []event.Record // in the order of their intended times
	registry map[string]map[string]int64
	min, max int64 // allowed event times, ms
	half     int   // where to cut the input in two
	probing  probing
}

// probing are the events put in by hand, at the places where engines go wrong by one.
type probing struct {
	window, end int64 // a window of the job, in ms
	numbers     map[string]uint32
}

// newWorld makes the input: a recording amplified, with disorder beyond the lateness, repeats and damage, and with
// heartbeats until all windows are closed; and among it the probing events, those of distant repeats if asked for.
func newWorld(name string, distant bool) (*world, error) {
	j, err := scenario.ReadJob(name, scenarios.Files, nil)
	if err != nil {
		return nil, err
	}
	recording, err := recorded.Open(scenarios.Files, "room-sensors")
	if err != nil {
		return nil, err
	}
	stream, err := recorded.New(recorded.Config{Recording: recording, Devices: devices, FirstDevice: driver.FirstDevice(partitions) + probers,
		Seed: 7, Start: start, Speed: speed, Disorder: recorded.Disorder{Share: 0.05, UpTo: disorder}, Repeats: 0.03, Damaged: 0.02})
	if err != nil {
		return nil, err
	}
	first := start.Truncate(time.Minute).Add(6 * time.Minute).UnixMilli()
	w := &world{job: j, min: start.Add(-time.Hour).UnixMilli(), max: start.Add(24 * time.Hour).UnixMilli(),
		probing: probing{window: first, end: first + windowSize, numbers: map[string]uint32{}}}
	if w.registry, err = driver.Registry(j, partitions, stream.Devices()); err != nil {
		return nil, err
	}
	schedule, err := pacer.Constant(rate)
	if err != nil {
		return nil, err
	}
	source, err := driver.NewSource(driver.SourceConfig{Job: j, Format: jsonenc.Format{}, Stream: stream, Schedule: schedule,
		Partitions: partitions, Offer: offer, Tail: driver.Tail(j, speed, disorder, 0), EventTime: driver.EventTime{Start: start, Speed: speed}})
	if err != nil {
		return nil, err
	}
	due, err := drawn(source)
	if err != nil {
		return nil, err
	}
	w.order(append(due, w.probes(distant)...))
	return w, nil
}

// order puts what is due in the order of intended times.
func (w *world) order(due []event.Due) {
	slices.SortStableFunc(due, func(a, b event.Due) int { return cmp.Compare(a.Stamp.Intended, b.Stamp.Intended) })
	for i := range due {
		w.input = append(w.input, recordOf(&due[i]))
		if due[i].Stamp.Intended <= int64(cut) {
			w.half = i + 1
		}
	}
}

func drawn(source event.Source) ([]event.Due, error) {
	var all []event.Due
	for {
		var d event.Due
		if err := source.Next(&d); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
}

// recordOf is the record that the driver makes of what is due.
func recordOf(d *event.Due) event.Record {
	return event.Record{Partition: d.Partition, Timestamp: d.EventTime, Key: d.Key, Value: d.Value, Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, d.Stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, d.EventTime)}}}
}

// prober puts events in by hand.
type prober struct {
	w   *world
	due []event.Due
	seq map[string]uint64
}

// device adds a device to the registry, in a partition, and gives its id.
func (p *prober) device(name string, partition int32, fields map[string]int64) string {
	id := event.KeyFor(name, partition, partitions)
	p.w.probing.numbers[name] = driver.FirstDevice(partitions) + uint32(len(p.w.probing.numbers))
	p.seq[id] = 0
	if fields != nil {
		entry := map[string]int64{"gain": 1_000_000, "offset": 0, "site": 1, "threshold": 30_000_000}
		maps.Copy(entry, fields)
		p.w.registry[id] = entry
	}
	return id
}

// send puts in an event with the next sequence of its device: sent when the stream is at its event time, or at another
// moment of event time, given in ms.
func (p *prober) send(name, id, data string, eventTime int64, at ...int64) {
	p.again(name, id, data, eventTime, p.seq[id], at...)
	p.seq[id]++
}

// again is send with a sequence.
func (p *prober) again(name, id, data string, eventTime int64, seq uint64, at ...int64) {
	moment := eventTime
	if len(at) > 0 {
		moment = at[0]
	}
	value := fmt.Appendf(nil, `{"device_id":%q,"ts":%d.%03d,"data":{%s}}`, id, eventTime/1000, eventTime%1000, data)
	intended := (moment - start.UnixMilli()) * int64(time.Millisecond) / speed // rounded down: never sent later
	p.due = append(p.due, event.Due{EventTime: eventTime, Partition: event.Partition([]byte(id), partitions), Key: []byte(id), Value: value,
		Stamp: event.Stamp{ID: event.ID{Stream: driver.Stream, Device: p.w.probing.numbers[name], Seq: seq}, Intended: intended, Hash: event.Hash(value)}})
}

// mild is a reading that nothing objects to.
const mild = `"temp":21.5,"humidity":50`

func temp(v string) string { return `"temp":` + v + `,"humidity":50` }

// probes are the events put in by hand.
func (w *world) probes(distant bool) []event.Due {
	p := &prober{w: w, seq: map[string]uint64{}}
	p.aroundAWindow()
	p.aroundThresholds()
	p.refused()
	p.aroundTheCut()
	if distant {
		p.repeatedLater()
	}
	return p.due
}

// aroundAWindow sends the first and the last ms of a window, the one after it, and one that is in time by 1 ms.
func (p *prober) aroundAWindow() {
	first, end := p.w.probing.window, p.w.probing.end
	for i, name := range []string{"first", "last", "after"} {
		id := p.device(name, 0, map[string]int64{})
		p.send(name, id, mild, first+10_000)
		p.send(name, id, temp("22.5"), []int64{first, end - 1, end}[i])
	}
	lateness := int64(p.w.job.EventTime.Lateness)
	clock, verge := p.device("clock", 1, map[string]int64{}), p.device("verge", 1, map[string]int64{})
	p.send("verge", verge, mild, first+10_000)
	p.send("clock", clock, mild, end+lateness-1)
	p.send("verge", verge, temp("22.5"), end-1, end+lateness-1)
}

// aroundThresholds crosses the alarm's bounds by one millionth, and calibrates to halves of a millionth.
func (p *prober) aroundThresholds() {
	at := p.w.probing.window + 5_000
	next := func() int64 { at += 600; return at }
	alarm := p.device("alarm", 0, map[string]int64{})
	for _, v := range []string{"30", "30.000001", "29.500001", "30.000001", "29.5", "29.6", "31", "29.500001", "29"} {
		p.send("alarm", alarm, temp(v), next())
	}
	halves := p.device("halves", 1, map[string]int64{"gain": 500_000})
	for _, v := range []string{"0.000001", "-0.000001", "0.000003", "-0.000003", "0.000005", "-0.000005"} {
		p.send("halves", halves, temp(v), next())
	}
}

// refused sends what stages refuse, at the bounds, and where one reason hides another.
func (p *prober) refused() {
	at := p.w.probing.window + 12_000
	stranger, strange := p.device("stranger", 0, nil), p.device("strange", 1, map[string]int64{})
	p.send("stranger", stranger, temp("126"), at)
	for _, data := range []string{`"temp":126`, temp("125"), temp("125.000001"), temp(`"warm"`), temp("-40"), temp("-40.000001")} {
		p.send("strange", strange, data, at)
	}
	for _, ms := range []int64{p.w.min, p.w.min - 1, p.w.max + 1} {
		p.send("strange", strange, mild, ms, at)
	}
}

// aroundTheCut repeats an event behind the place where the input may be cut in two, and sends one in time for the window
// that ended shortly before it.
func (p *prober) aroundTheCut() {
	id, at := p.device("twice", 0, map[string]int64{}), start.UnixMilli()+cut.Milliseconds()*speed
	p.again("twice", id, mild, at-1_000, 0)
	p.again("twice", id, mild, at-1_000, 0, at+3_000)
	tardy := p.device("tardy", 1, map[string]int64{})
	p.send("tardy", tardy, mild, p.w.probing.window+70_000)
	p.send("tardy", tardy, temp("22.5"), p.w.probing.window+115_000, at+1_000)
}

// repeatedLater repeats an event as far back as dedupe remembers, and once more where it no longer does.
func (p *prober) repeatedLater() {
	at := p.w.probing.window + 20_000
	id := p.device("distant", 1, map[string]int64{})
	for _, seq := range []uint64{0, 1023, 0, 1024, 0} {
		p.again("distant", id, mild, at+int64(seq), seq, at+1_000+int64(len(p.due)))
	}
}
