package laws

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/harness/driver"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// input is what engines are offered.
type input struct {
	job      *job.Job
	due      []event.Due
	registry map[string]map[string]int64
	min, max int64 // allowed event times, ms
}

// The stream in intended time.
const (
	warmup   = 2 * time.Second
	measure  = 8 * time.Second
	speed    = 60
	rate     = 100
	disorder = 20 * time.Second // below the job's lateness: every event is in time, whatever an engine does
)

var start = time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC)

// rooms is the recording, read once: streams share it.
var rooms = sync.OnceValues(func() (*recorded.Recording, error) { return recorded.Open(scenarios.Files, "room-sensors") })

// source makes a cursor over the recorded stream, as the harness does for a scenario.
func source(t *testing.T, seed uint64) (event.Source, *input) {
	t.Helper()
	j, err := scenario.ReadJob("alert", scenarios.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := rooms()
	if err != nil {
		t.Fatal(err)
	}
	stream, err := recorded.New(recorded.Config{Recording: messages, Devices: 15, FirstDevice: driver.FirstDevice(partitions), Seed: seed,
		Start: start, Speed: speed, Disorder: recorded.Disorder{Share: 0.2, UpTo: disorder}, Repeats: 0.05, Damaged: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	in := &input{job: j, min: start.Add(-time.Hour).UnixMilli(), max: start.Add(time.Hour).UnixMilli()}
	if in.registry, err = driver.Registry(j, partitions, stream.Devices()); err != nil {
		t.Fatal(err)
	}
	schedule, err := pacer.Poisson(rate, seed)
	if err != nil {
		t.Fatal(err)
	}
	s, err := driver.NewSource(driver.SourceConfig{Job: j, Format: jsonenc.Format{}, Stream: stream, Schedule: schedule, Partitions: partitions,
		Offer: warmup + measure, Tail: driver.Tail(j, speed, disorder, 0), EventTime: driver.EventTime{Start: start, Speed: speed}})
	if err != nil {
		t.Fatal(err)
	}
	return s, in
}

// recording is the stream of a seed, whole.
func recording(t *testing.T, seed uint64) *input {
	t.Helper()
	s, in := source(t, seed)
	for {
		var d event.Due
		if err := s.Next(&d); errors.Is(err, io.EOF) {
			return in
		} else if err != nil {
			t.Fatal(err)
		}
		in.due = append(in.due, d)
	}
}

// without is the input less some records.
func (in *input) without(left func(*event.Due) bool) *input {
	less := *in
	less.due = nil
	for _, d := range in.due {
		if !left(&d) {
			less.due = append(less.due, d)
		}
	}
	return &less
}
