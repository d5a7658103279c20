package preset

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

// What devices do not send while they are away is in no rate.
func TestRatesKnowOfAbsences(t *testing.T) {
	const churn = "    churn: {session: 10m, away: 30m}\n"
	p := read(t, strings.NewReplacer("    memory: -0.3\n", churn, "    memory: 0.3\n", churn).Replace(small))
	if got, want := p.Pace(), read(t, small).Pace()/4; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("Pace of devices that are there a quarter of the time = %v, want %v", got, want)
	}
	s := open(t, Config{Preset: p, Devices: 200, Seed: 6})
	const span = 4 * time.Hour
	n, want := 0, s.Rate()
	for {
		var e generators.Event
		at, _ := s.Pace()
		if at > span {
			break
		}
		s.Next(at, &e)
		n++
	}
	if got := float64(n) / span.Seconds(); math.Abs(got/want-1) > 0.05 {
		t.Errorf("%.2f records a second, Rate is %.2f", got, want)
	}
}

// A number that millionths do not hold is the largest that they do, and not one that stands for none.
func TestLargeNumbersAreNoAbsentOnes(t *testing.T) {
	for quantiles, want := range map[string]int64{"1.6e18|1.7e18": mostWhole, "-1.7e18|-1.6e18": -mostWhole} {
		var f field
		f.compile(&Kind{Fields: []Field{{Name: "ns", Quantiles: quantiles}}}, 0, newNormal())
		if got := f.number(0); got != want {
			t.Errorf("number between %s = %d, want %d", quantiles, got, want)
		}
	}
}

// Of messages of which nothing can stick nothing is told: samples go on, and so does what is the same in all messages.
func TestSamplesDoNotStick(t *testing.T) {
	p, err := Open(scenarios.Files, "waveform")
	if err != nil {
		t.Fatal(err)
	}
	p.Dirt = Dirt{Stuck: 0.9}
	told := 0
	got := take(open(t, Config{Preset: p, Seed: 4, Tell: func(Fault) { told++ }}), 3_000)
	for i, e := range take(open(t, Config{Preset: p, Seed: 4, Clean: true}), 3_000) {
		if line(got[i]) != line(e) {
			t.Fatalf("record %d differs from the clean one", i)
		}
	}
	if told > 0 {
		t.Errorf("told of %d records, none of which differs", told)
	}
}

// A slot of a form holds what it can, also numbers that no reading does.
func TestLargeStepsAreWritten(t *testing.T) {
	p := read(t, "schema: 1\ntitle: Counters\nencoding: counters\nbinary: true\ndevice: 'meter-@'\nclock: {form: s, step: 1s}\n"+
		"message: '${count:u32} ${state:u32} ${share:f32}'\nkinds:\n  - name: meter\n    share: 1\n    intervals: '1~1000'\n    fields:\n"+
		"      - {name: count, steps: '4000000000', white: 1}\n      - {name: state, steps: 'open', white: 1}\n      - {name: share, steps: '0.25', white: 1}\n")
	want := "\x00\x28\x6b\xee\x00\x00\x00\x00\x00\x00\x80\x3e"
	if got := take(open(t, Config{Preset: p}), 1)[0].Value; string(got) != want {
		t.Errorf("message % x, want % x", got, want)
	}
}

func TestRestsAreThoseOfDivision(t *testing.T) {
	for _, by := range []int64{1, 2, 3, 100, 999, 1_000, 7_372_000, 1e9, 1<<32 - 1, 1 << 40, math.MaxInt64} {
		d := newDivisor(by)
		for i := range uint64(2_000) {
			for _, v := range []uint64{mix64(i) >> 1, mix64(i) >> 1 / uint64(by) * uint64(by), i, math.MaxInt64 - i, uint64(by) - min(i, uint64(by))} {
				if got, want := d.rest(v), v%uint64(by); got != want {
					t.Fatalf("newDivisor(%d).rest(%d) = %d, want %d", by, v, got, want)
				}
			}
		}
	}
}
