package preset

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
)

// narrowEncoder has no time in its messages and no room for numbers of 21.1 and more.
type narrowEncoder struct{}

func (narrowEncoder) Append(dst []byte, device string, _ int64, values []int64) []byte {
	dst = append(dst, device...)
	for _, v := range values {
		if v == encoding.Absent || v >= 21_100_000 {
			v = -1
		}
		dst = fmt.Appendf(dst, " %d", v)
	}
	return dst
}

// What an encoding does not write is not told: of a message without a time no wrong clock, of a number that it leaves out no spike.
func TestOnlyWhatAnEncodingWritesIsTold(t *testing.T) {
	const n = 6_000
	clocks := []string{"year_1970: 0.3", "units: 0.3", "offset: 0.5, offset_up_to: 5m", "drift: 0.5, drift_ppm: 5000", "jumps: 0.5, jump_up_to: 1h"}
	values := []string{"missing: 0.3", "spikes: 0.3", "nan: 0.3", "dropouts: 0.5", "unit_changes: 0.5", "schema_changes: 0.5"}
	for _, rates := range slices.Concat(clocks, values) {
		p := read(t, small+"\ndirt: {"+rates+"}\n")
		reading, err := p.Reading()
		if err != nil {
			t.Fatal(err)
		}
		c := Config{Preset: p, Devices: 6, Seed: 8, Encoder: narrowEncoder{}, Reading: reading}
		clean, told := c, map[int64]bool{}
		clean.Clean = true
		want, untold := take(open(t, clean), n), take(open(t, c), n)
		c.Tell = func(f Fault) { told[f.Record] = true }
		for i, e := range take(open(t, c), n) {
			if differs := line(e) != line(want[i]); differs != told[int64(i)] || line(e) != line(untold[i]) {
				t.Fatalf("%s: record %d is %q, clean it is %q, and not told of it is %q; told of it: %v", rates, i, line(e), line(want[i]), line(untold[i]), told[int64(i)])
			}
		}
		if is := len(told) > 0; is != slices.Contains(values, rates) {
			t.Errorf("%s: %d records told of, want those alone in which a number differs", rates, len(told))
		}
	}
}

// windEncoder has one number in its messages, the last by name; -1: there is none.
type windEncoder struct{}

func (windEncoder) Append(dst []byte, device string, _ int64, values []int64) []byte {
	return fmt.Appendf(dst, "%s %d", device, max(-1, values[len(values)-1]))
}

// A device is not stuck where its message has none of the values that are.
func TestStuckIsToldOfValuesThatAreWritten(t *testing.T) {
	p := read(t, small+"\ndirt: {stuck: 0.8}\n")
	reading, err := p.Reading()
	if err != nil {
		t.Fatal(err)
	}
	told := map[int64]bool{}
	c := Config{Preset: p, Devices: 6, Seed: 8, Encoder: windEncoder{}, Reading: reading, Tell: func(f Fault) { told[f.Record] = told[f.Record] || f.Kind == "stuck" }}
	s, without, with := open(t, c), 0, 0
	var e generators.Event
	for i := range int64(6_000) {
		at, _ := s.Pace()
		s.Next(at, &e)
		has := !bytes.HasSuffix(e.Value, []byte(" -1"))
		sticks := s.dirt.sticks(s.seed(int(e.Device)), e.Seq)
		if told[i] != (sticks && has) {
			t.Fatalf("record %d is %q, in a stretch: %v; told that it is stuck: %v", i, e.Value, sticks, told[i])
		}
		if sticks && !has {
			without++
		} else if told[i] {
			with++
		}
	}
	if without == 0 || with == 0 {
		t.Errorf("of records in a stretch %d have no value and %d have some, want both", without, with)
	}
}

// A dropout of what is 0 as it is is none.
func TestDropoutsOfNothingAreNotTold(t *testing.T) {
	const still = "schema: 1\ntitle: Still\ndevice: 'meter-@'\nclock: {form: s, step: 1s}\ndirt: {dropouts: 0.9}\n" +
		"kinds:\n  - {name: meter, share: 1, intervals: '1~1000', fields: [{name: flow, steps: '0|5', white: 1}]}\n"
	for what, text := range map[string]string{
		"text":   still + "encoding: json\nmessage: '{\"ts\":${time},\"flow\":${flow}}'\n",
		"binary": still + "encoding: still\nbinary: true\nmessage: '${flow:i16}'\n",
	} {
		p, told := read(t, text), map[int64]bool{}
		want := take(open(t, Config{Preset: p, Seed: 8, Clean: true}), 5_000)
		for i, e := range take(open(t, Config{Preset: p, Seed: 8, Tell: func(f Fault) { told[f.Record] = true }}), 5_000) {
			if differs := line(e) != line(want[i]); differs != told[int64(i)] {
				t.Fatalf("%s: record %d is %q, clean it is %q; told of it: %v", what, i, line(e), line(want[i]), told[int64(i)])
			}
		}
		if len(told) == 0 {
			t.Errorf("%s: nothing was told", what)
		}
	}
}
