package harness

import (
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// offeredOver is a block whose 60 messages of 100 B to 40 KB, ten a second from two devices, were offered over links.
func offeredOver(t *testing.T, link scenario.Bytes) *blockRun {
	t.Helper()
	s := &scenario.Scenario{Job: job.Identity(1), Load: scenario.Load{Profile: scenario.Constant, Rate: 10, Warmup: 2000, Measure: 4000}}
	s.Stream.Devices, s.Stream.EventTime.Speed, s.Broker.Partitions = 2, 1, 2
	s.Stream.Payload = scenario.Payload{Smallest: 100, Largest: 40e3, Carrier: payload.Chunked, Chunk: 10e3, Link: link}
	r := &run{shared: &shared{res: &result.Run{}, health: &sampler{}}, Config: Config{Scenario: s,
		Formats: func(string) (encoding.Format, error) { return nil, nil },
		NewStream: func(s scenario.Stream, seed StreamSeed) (generators.Stream, error) {
			return blob.New(blob.Config{FirstDevice: seed.FirstDevice, Devices: s.Devices, Smallest: int(s.Payload.Smallest),
				Largest: int(s.Payload.Largest), Start: time.UnixMilli(0), Speed: 1})
		}}}
	src, err := r.newSource()
	if err != nil {
		t.Fatal(err)
	}
	b := &blockRun{run: r, input: newCounted(src)}
	intended(t, b.input)
	return b
}

// A message that is due after the last phase is in no figure: no trial with one is valid.
func TestNoMessageIsLeftOutOfAValidTrial(t *testing.T) {
	for _, c := range []struct {
		link   scenario.Bytes
		beyond bool
		want   result.State
	}{{1e3, true, result.Invalidates}, {1e6, false, result.OK}} {
		b := offeredOver(t, c.link)
		var counted int64
		for _, p := range phases(b.timeline(), b.due()) {
			counted += p.Count
		}
		var got result.Check
		for _, check := range b.driverChecks(&trial{id: "b1-1-tuple"}, result.Input{}, nil) {
			if check.ID == "messages_in_phases" {
				got = check
			}
		}
		if beyond := 60 - counted; got.State != c.want || got.Value != float64(beyond) || (beyond > 0) != c.beyond {
			t.Errorf("links of %s: %+v; want %s with the %d of 60 that no phase has", c.link, got, c.want, beyond)
		}
		b.Scenario.Stream.Payload = scenario.Payload{}
		for _, check := range b.driverChecks(&trial{}, result.Input{}, nil) {
			if check.ID == "messages_in_phases" {
				t.Errorf("a stream of readings has the check %+v", check)
			}
		}
	}
}

// What the broker may use grows with the cores of the run, and the bound that is told is the one that is meant.
func TestTheBrokerIsHeldAgainstTheBoundThatIsTold(t *testing.T) {
	for _, c := range []struct {
		used float64
		want result.State
	}{{1.5, result.OK}, {2.5, result.Degrades}} {
		b := offeredOver(t, 1e6)
		b.res.Host = result.Host{Cores: 16, Limits: map[string]string{"cpus": "8"}}
		at := b.started().Add(b.timeline().warmup + time.Second)
		b.health.mu.rows = []sample{{at: at, cpu: map[string]float64{roleBroker: c.used}, pressure: -1}}
		for _, k := range b.machineChecks() {
			if k.ID == "broker_cpu" && (k.State != c.want || k.Value != c.used || k.Threshold != 2) {
				t.Errorf("%v cores used: %+v, want %s, held against 2 of 8 cores", c.used, k, c.want)
			}
		}
	}
}

// The same lateness of the driver is nothing beside a slow engine and most of what a quick one is charged with.
func TestADriverThatIsLateBesideTheResponseDegradesATrial(t *testing.T) {
	for _, c := range []struct {
		name            string
		response, delay time.Duration // p99; 0: none
		share           float64
		want            result.State
	}{
		{"a slow engine", time.Second, 20 * time.Millisecond, 0.02, result.OK},
		{"a quick one", 40 * time.Millisecond, 20 * time.Millisecond, 0.5, result.Degrades},
		{"just below the bound", 210 * time.Millisecond, 20 * time.Millisecond, 0.095, result.OK},
		{"what any clock takes", 2 * time.Millisecond, 800 * time.Microsecond, 0.4, result.OK},
		{"too few answers", 0, 20 * time.Millisecond, 0, result.NotMeasured},
		{"nothing sent", time.Second, 0, 0, result.NotMeasured},
	} {
		phase := driver.PhaseReport{Phase: driver.Phase{Name: "measure"}, SendDelay: hdr.New(1, int64(time.Hour), 3)}
		for range 100 {
			if c.delay > 0 && phase.SendDelay.RecordValue(int64(c.delay)) != nil {
				t.Fatal("out of range")
			}
		}
		response := &result.Latency{}
		if c.response > 0 {
			ns := int64(c.response)
			response.P99 = &ns
		}
		warmup := driver.PhaseReport{Phase: driver.Phase{Name: "warmup"}, SendDelay: hdr.New(1, int64(time.Hour), 3)}
		_ = warmup.SendDelay.RecordValue(int64(time.Minute))
		got := sendShare(&driver.Report{Phases: []driver.PhaseReport{warmup, phase}}, response)
		if d := got.Value - c.share; got.State != c.want || d > 0.001 || d < -0.001 {
			t.Errorf("%s: %s, %g; want %s, %g", c.name, got.State, got.Value, c.want, c.share)
		}
	}
	if got := sendShare(&driver.Report{}, nil); got.State != result.NotMeasured {
		t.Errorf("without a response: %s", got.State)
	}
}
