package preset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
)

// small is a preset with a part of everything.
const small = `
schema: 1
title: Two rooms
encoding: json
message: '{"device":"${device}","ts":${time},"n":${seq},"temp":${temp},"gas":${gas},"smoke":${smoke},"wind":"${wind}"}'
device: 'aa:##:##:##'
clock: {form: s, step: 1us, trim: true, start: "2024-03-01T00:00:00Z"}
kinds:
  - name: steady
    share: 0.75
    intervals: "3.69~900|3.72~90|7.4~10"
    memory: -0.3
    hold: 0.1
    fields:
      - name: temp
        steps: "20.9~5|21~20|21.1~40|21.2~20|21.3~5"
        hold: 0.3
        white: 0.1
        fast: {weight: 0.5, keep: 0.95}
        slow: [{weight: 0.8, every: 20m}]
        daily: [0.1,0.1,0.1,0.1,0.1,0.1,0,0,0,0,-0.1,-0.1,-0.1,-0.1,-0.1,-0.1,0,0,0,0,0,0,0,0]
        glitch: {share: 0.003, values: "0.3"}
      - name: gas
        quantiles: "0.004|0.0049|0.005|0.0051|0.008"
        levels: 500
        float32: true
        mix: [0.6, 0.8]
        fast: {weight: 1, keep: 0.9}
      - {name: smoke, quantiles: "0.01|0.02|0.03|0.09", decimals: 6, trim: true, like: gas}
      - {name: wind, steps: "Calm~30|2.5|5|7.5", white: 1}
  - name: lossy
    share: 0.25
    intervals: "6.2~800|12.4~150|18.6~50"
    memory: 0.3
    fields:
      - {name: temp, steps: "24|24.1|24.2", slow: [{weight: 1, every: 5m}]}
      - {name: gas, quantiles: "0.004|0.006", decimals: 9, white: 1}
      - {name: smoke, quantiles: "0.01|0.09", decimals: 3, white: 1}
      - {name: wind, steps: "Calm", white: 1}
registry:
  site: {whole: [1, 20]}
  gain: {between: [0.98, 1.02], step: 0.0001}
  threshold: {field: temp, quantile: 0.97}
`

func read(t testing.TB, text string) *Preset {
	t.Helper()
	p, err := Read("small.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, c Config) *Stream {
	t.Helper()
	if c.Preset == nil {
		c.Preset = read(t, small)
	}
	if c.Devices == 0 {
		c.Devices = 10
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// take draws events at the stream's own pace.
func take(s *Stream, n int) []generators.Event {
	all := make([]generators.Event, n)
	for i := range all {
		at, _ := s.Pace()
		s.Next(at, &all[i])
	}
	return all
}

func line(e generators.Event) string {
	return fmt.Sprintf("%d/%d %d %s %s", e.Device, e.Seq, e.EventTime, e.Key, e.Value)
}

// The digest stands for the bytes of any machine. It changes only with the meaning of presets, which CHANGELOG.md tells.
func TestSameSettingsGiveSameBytes(t *testing.T) {
	h := xxh3.New()
	for _, e := range take(open(t, Config{Seed: 7}), 20_000) {
		fmt.Fprintln(h, line(e))
	}
	if got, want := fmt.Sprintf("%016x", h.Sum64()), golden; got != want {
		t.Errorf("digest of 20,000 events = %s, want %s", got, want)
	}
}

func TestAnyRecordCanBeMadeAlone(t *testing.T) {
	s, other := open(t, Config{Seed: 3}), open(t, Config{Seed: 3})
	for i, e := range take(s, 30_000) {
		if i%97 != 0 && e.Seq%block > 1 {
			continue
		}
		if got, want := line(other.Record(int(e.Device), e.Seq)), line(e); got != want {
			t.Fatalf("Record(%d, %d) = %s, want %s", e.Device, e.Seq, got, want)
		}
	}
}

func TestPartsOfAFleetAddUpToTheWhole(t *testing.T) {
	whole := take(open(t, Config{Seed: 5}), 5_000)
	for _, shards := range []int{2, 3, 7} {
		parts := map[int]*Stream{}
		for i := range shards {
			parts[i] = open(t, Config{Seed: 5, Shard: i, Shards: shards})
		}
		for i, want := range whole {
			var got generators.Event
			part := parts[int(want.Device)%shards]
			at, _ := part.Pace()
			part.Next(at, &got)
			if line(got) != line(want) {
				t.Fatalf("%d parts: event %d = %s, want %s", shards, i, line(got), line(want))
			}
		}
	}
}

func TestEventsComeInOrder(t *testing.T) {
	s := open(t, Config{Seed: 1, Devices: 3_000})
	seq := map[uint32]uint64{}
	last := int64(math.MinInt64)
	for i, e := range take(s, 50_000) {
		if e.EventTime < last {
			t.Fatalf("event %d is of %d, after one of %d", i, e.EventTime, last)
		}
		last = e.EventTime
		if e.Seq != seq[e.Device] {
			t.Fatalf("device %d: record %d, want %d", e.Device, e.Seq, seq[e.Device])
		}
		seq[e.Device]++
	}
	if len(seq) != 3_000 {
		t.Errorf("%d devices sent, want 3000", len(seq))
	}
}

func TestEventTimeFollowsTheOffer(t *testing.T) {
	s := open(t, Config{Seed: 1, Speed: 20})
	start := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	var e generators.Event
	s.Next(3*time.Second, &e)
	if want := start + 60_000; e.EventTime != want {
		t.Errorf("event time = %d, want %d: 20 times what was offered", e.EventTime, want)
	}
	if !bytes.Contains(e.Value, []byte(`"ts":1709251260.`)) {
		t.Errorf("value = %s, want the event time in it", e.Value)
	}
}

// At its own pace a fleet has the same event times however fast they go by: a clock of whole seconds shows whole seconds.
func TestSpeedLeavesTheFleetsOwnTimes(t *testing.T) {
	want := take(open(t, Config{Seed: 1}), 2_000)
	for i, e := range take(open(t, Config{Seed: 1, Speed: 60}), 2_000) {
		if line(e) != line(want[i]) {
			t.Fatalf("event %d at 60 times the speed = %s, want %s", i, line(e), line(want[i]))
		}
	}
}

func TestIdsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range open(t, Config{Seed: 9, Devices: 50_000}).Devices() {
		if seen[d.ID] {
			t.Fatalf("id %s is there twice", d.ID)
		}
		seen[d.ID] = true
		if g := d.Fields["gain"]; g < 980_000 || g > 1_020_000 {
			t.Fatalf("gain = %d, want 980000 to 1020000", g)
		}
	}
}

func TestNormalTables(t *testing.T) {
	n := newNormal()
	for i := 0; i <= cells; i += 64 {
		z := float64(i)/scale - reach
		if got, want := n.below[i], math.Erfc(-z/math.Sqrt2)/2; math.Abs(got-want) > 1e-12 {
			t.Errorf("probability below %v = %v, want %v", z, got, want)
		}
	}
	var sum, squares float64
	for _, z := range n.draw {
		sum += float64(z)
		squares += float64(z) * float64(z)
	}
	if m, v := sum/draws, squares/draws; math.Abs(m) > 1e-3 || math.Abs(v-1) > 2e-3 {
		t.Errorf("scores have mean %v and variance %v, want 0 and 1", m, v)
	}
}

func TestPresetsAreHeldToTheirForm(t *testing.T) {
	for _, c := range []struct{ name, old, now, want string }{
		{"unknown key", "title: Two", "titel: Two", "titel"},
		{"too few intervals", "3.69~900", "3.69~899", "got 999 quantiles, want 1000 to 8000"},
		{"a slot without field", "${temp}", "${tmp}", `kind "steady" has no field "tmp"`},
		{"both tables", "name: gas\n        quantiles", "name: gas\n        steps: \"1\"\n        quantiles", "want one of steps and quantiles"},
		{"like a later field", "like: gas", "like: wind", `no earlier field "wind"`},
		{"falling quantiles", "0.01|0.02|0.03|0.09", "0.01|0.03|0.02|0.09", `"0.02" is below the one before`},
		{"a phase without sets", "    memory: -0.3", "    phase: 1ms\n    memory: -0.3", "kinds[0].phase: "},
		{"a start beyond what ns hold", "2024-03-01", "2300-03-01", `"2300-03-01T00:00:00Z" is no RFC 3339 time of the years 1970 to 2200`},
		{"too many digits", "0.004|0.006\", decimals: 9", "0.004|900\", decimals: 17", "quantiles with 17 decimals have more than 18 digits"},
	} {
		text := strings.Replace(small, c.old, c.now, 1)
		_, err := Read("small.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestFixedDecimals(t *testing.T) {
	for _, c := range []struct {
		v        int64
		decimals int
		trim     bool
		want     string
	}{{12345, 2, false, "123.45"}, {5, 3, false, "0.005"}, {-70, 1, false, "-7.0"}, {1200, 3, true, "1.2"}, {1000, 3, true, "1.0"}, {0, 2, false, "0.00"}, {42, 0, false, "42"}} {
		if got := string(appendFixed(nil, c.v, c.decimals, c.trim)); got != c.want {
			t.Errorf("appendFixed(%d, %d, %v) = %s, want %s", c.v, c.decimals, c.trim, got, c.want)
		}
	}
}

// What a field that is quiet by nature does is what its preset says: it keeps its value over the blocks at whose begin the
// past is forgotten, too.
func TestSeriesMoveAcrossBlocks(t *testing.T) {
	s := open(t, Config{Seed: 2, Devices: 1})
	var steps, across []float64
	last := math.NaN()
	for r := range uint64(20 * block) {
		due, lapse := madeAlone(s, r)
		s.move(&s.kinds[0], s.seed(0), r, due, lapse, s.calendar.state(0, s.kinds[0].width))
		if d := math.Abs(s.scores[0] - last); r > 0 && r%block == 0 {
			across = append(across, d)
		} else if r > 0 {
			steps = append(steps, d)
		}
		last = s.scores[0]
	}
	slices.Sort(steps)
	if most, usual := slices.Max(across), steps[len(steps)*999/1000]; most > 1.5*usual {
		t.Errorf("a step of %v between two blocks; 99.9 %% of the others are below %v", most, usual)
	}
}

// madeAlone is when the first device of a fleet makes a record, from nothing.
func madeAlone(s *Stream, record uint64) (int64, uint8) {
	beat, lapse := s.kinds[0].beat(-1, new(ahead), s.seed(0), record)
	return s.made(s.seed(0), &s.kinds[0], record, beat, lapse)
}

// stubEncoder writes what it is given.
type stubEncoder struct{}

func (stubEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	return fmt.Appendf(dst, "%s %d %v", device, eventTime, values)
}

// What an encoder gets is what the preset's own form says, in millionths; words are absent.
func TestEncodersGetTheSameReadings(t *testing.T) {
	reading, err := read(t, small).Reading()
	if err != nil {
		t.Fatal(err)
	}
	own, encoded := take(open(t, Config{Seed: 4}), 2_000), take(open(t, Config{Seed: 4, Encoder: stubEncoder{}, Reading: reading}), 2_000)
	words := 0
	for i, e := range own {
		var m struct {
			Device    string
			Ts        float64
			Temp, Gas float64
			Smoke     float64
			Wind      string
		}
		if err := json.Unmarshal(e.Value, &m); err != nil {
			t.Fatalf("%s: %v", e.Value, err)
		}
		wind := int64(encoding.Absent)
		if v, err := strconv.ParseFloat(m.Wind, 64); err == nil {
			wind = int64(v * 1e6)
		} else {
			words++
		}
		in := func(v float64) int64 { return int64(math.RoundToEven(v * 1e6)) }
		want := fmt.Sprintf("%s %d %v", e.Key, e.EventTime, []int64{in(m.Gas), in(m.Smoke), in(m.Temp), wind})
		if got := string(encoded[i].Value); got != want {
			t.Fatalf("event %d = %s, want %s, of %s", i, got, want, e.Value)
		}
	}
	if words == 0 || words == len(own) {
		t.Errorf("%d of %d events have a word for the wind, want some", words, len(own))
	}
}

func TestTimesAreWrittenAsClocksDo(t *testing.T) {
	at := time.Date(2024, 3, 1, 12, 4, 5, 60_700_000, time.UTC).UnixNano()
	for _, c := range []struct {
		clock Clock
		want  string
	}{
		{Clock{Form: "s", Step: Span(time.Microsecond)}, "1709294645.060700"},
		{Clock{Form: "s", Step: Span(time.Microsecond), Trim: true}, "1709294645.0607"},
		{Clock{Form: "s", Step: Span(time.Second)}, "1709294645"},
		{Clock{Form: "ms", Step: Span(time.Millisecond)}, "1709294645060"},
		{Clock{Form: "2006/01/02 15:04:05.000", Step: Span(time.Millisecond)}, "2024/03/01 12:04:05.060"},
		{Clock{Form: time.RFC3339Nano, Step: Span(time.Microsecond)}, "2024-03-01T12:04:05.0607Z"},
		{Clock{Form: "3:04 PM", Step: Span(time.Minute)}, "12:04 PM"},
	} {
		w := newTimeWriter(c.clock)
		for range 2 { // the second from what it kept
			if got := string(w.append(nil, at)); got != c.want {
				t.Errorf("%+v writes %s, want %s", c.clock, got, c.want)
			}
		}
	}
}

// crowd is the small preset with gateways and devices that come and go.
func crowd(t *testing.T) *Preset {
	return read(t, strings.Replace(strings.Replace(small, "    memory: -0.3\n", "    memory: -0.3\n    gateway: {devices: 4, every: 30s}\n", 1),
		"    memory: 0.3\n", "    memory: 0.3\n    churn: {session: 10m, away: 30m}\n", 1))
}

func TestGatewaysPassOnTogether(t *testing.T) {
	s := open(t, Config{Preset: crowd(t), Devices: 200, Seed: 6})
	at := map[time.Duration]int{}
	for range 20_000 {
		var e generators.Event
		due, _ := s.Pace()
		s.Next(due, &e)
		if s.calendar.devices[e.Device].kind != 0 {
			continue
		}
		at[due]++
		if wait := int64(due/time.Millisecond) - (e.EventTime - s.startNS/1e6); wait < 0 || wait > 30_000 {
			t.Fatalf("a reading waited %d ms, want up to 30 s", wait)
		}
	}
	together := 0
	for _, n := range at {
		if n > 1 {
			together += n
		}
	}
	if together < 10_000 {
		t.Errorf("%d readings arrived together with others, want most", together)
	}
}

// polled is the small preset behind a gateway that passes on at no equal distances.
func polled(t *testing.T) *Preset {
	return read(t, small+"gateway:\n  devices: 40\n  intervals: '2~500|4~300|30~200'\n")
}

// What waited for the gateway arrives in the order in which it was made, and much faster.
func TestGatewaysPassOnIrregularly(t *testing.T) {
	const longest, together = 30_000, 30_000 / catchUp // ms
	s := open(t, Config{Preset: polled(t), Devices: 40, Seed: 6})
	var last, before int64
	waited, long, bursts := 0, 0, 0
	for range 20_000 {
		var e generators.Event
		at, _ := s.Pace()
		s.Next(at, &e)
		due, made := at.Milliseconds(), e.EventTime-s.startNS/1e6
		wait := due - made
		if wait < 0 || wait > longest+together+1 {
			t.Fatalf("a reading waited %d ms, want up to %d", wait, longest+together+1)
		}
		if wait > 4_000+together {
			long++
		}
		switch {
		case due-last > together:
			bursts++
		case made < before:
			t.Fatalf("a reading of %d ms came behind one of %d ms", made, before)
		default:
			waited++
		}
		last, before = due, made
	}
	if bursts < 150 || waited < 10_000 || long < 5_000 {
		t.Errorf("%d readings in %d bursts, %d of them late by more than 4 s; want most in hundreds of bursts, and half of them late", waited, bursts, long)
	}
}

func TestGatewaysAreHeldToTheirForm(t *testing.T) {
	for text, want := range map[string]string{
		"gateway: {every: 1s}\n":                                  "gateway: want devices, too",
		"gateway: {devices: 4}\n":                                 "one of every and intervals",
		"gateway: {devices: 4, every: 1s, intervals: '1~1000'}\n": "one of every and intervals",
		"gateway: {devices: 4, intervals: '1~10'}\n":              "got 10 quantiles, want 1000 to 8000",
		"gateway: {devices: 4, every: 1s, memory: 0.5}\n":         "gateway.memory: want between -1 and 1, and intervals",
	} {
		if _, err := Read("small.yaml", []byte(small+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}

func TestDevicesComeAndGo(t *testing.T) {
	s := open(t, Config{Preset: crowd(t), Devices: 20, Seed: 6})
	last, absences, records := map[uint32]int64{}, 0, 0
	var away int64
	for _, e := range take(s, 60_000) {
		if s.calendar.devices[e.Device].kind != 1 {
			continue
		}
		records++
		if before, ok := last[e.Device]; ok && e.EventTime-before > 10*60_000 {
			absences++
			away += e.EventTime - before
		}
		last[e.Device] = e.EventTime
	}
	if absences == 0 {
		t.Fatal("no device was away")
	}
	if mean := away / int64(absences); mean < 20*60_000 || mean > 40*60_000 {
		t.Errorf("absences last %v on average, want about 30m", time.Duration(mean)*time.Millisecond)
	}
	if per := records / absences; per < 40 || per > 160 {
		t.Errorf("%d records a session, want about 75: 10m at one in 8 s", per)
	}
}

func TestCrowdsKeepTheLaws(t *testing.T) {
	t.Run("crowd", func(t *testing.T) { keepTheLaws(t, crowd(t)) })
	t.Run("polled", func(t *testing.T) { keepTheLaws(t, polled(t)) })
}

func keepTheLaws(t *testing.T, p *Preset) {
	t.Helper()
	whole := take(open(t, Config{Preset: p, Seed: 5, Devices: 30}), 5_000)
	parts := map[int]*Stream{}
	for i := range 3 {
		parts[i] = open(t, Config{Preset: p, Seed: 5, Devices: 30, Shard: i, Shards: 3})
	}
	alone := open(t, Config{Preset: p, Seed: 5, Devices: 30})
	for i, want := range whole {
		var got generators.Event
		part := parts[int(want.Device)%3]
		at, _ := part.Pace()
		part.Next(at, &got)
		if line(got) != line(want) {
			t.Fatalf("event %d of three parts = %s, want %s", i, line(got), line(want))
		}
		if got := alone.Record(int(want.Device), want.Seq); i%41 == 0 && line(got) != line(want) {
			t.Fatalf("Record(%d, %d) = %s, want %s", want.Device, want.Seq, line(got), line(want))
		}
	}
}
