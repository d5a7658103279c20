package preset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
)

// sent is an event, when it arrived, and what was told of it.
type sent struct {
	generators.Event
	at   time.Duration
	told []Fault
}

// reading is the number of the reading in the event's message, from 0.
func (e *sent) reading(t *testing.T) uint64 {
	t.Helper()
	_, rest, ok := bytes.Cut(e.Value, []byte(`"n":`))
	digits, _, _ := bytes.Cut(rest, []byte(","))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if !ok || err != nil {
		t.Fatalf("no number in %s", e.Value)
	}
	return n - 1
}

const lastingDevices, lastingRecords = 40, 30_000

// lasting gives a stream with one kind of dirt.
func lasting(t *testing.T, rates string) (all []sent, lost []Fault) {
	t.Helper()
	told := map[int64][]Fault{}
	s := open(t, Config{Preset: read(t, small+"\ndirt: {"+rates+"}\n"), Devices: lastingDevices, FirstDevice: 7, Seed: 9, Tell: func(f Fault) { told[f.Record] = append(told[f.Record], f) }})
	all = make([]sent, lastingRecords)
	for i := range all {
		all[i].at, _ = s.Pace()
		s.Next(all[i].at, &all[i].Event)
		all[i].told = told[int64(i)]
	}
	return all, told[-1]
}

// cleanly gives the same stream without dirt, by device and reading.
func cleanly(t *testing.T) map[string]sent {
	t.Helper()
	s := open(t, Config{Devices: lastingDevices, FirstDevice: 7, Seed: 9})
	all := map[string]sent{}
	for range lastingRecords * 3 / 2 {
		var e sent
		e.at, _ = s.Pace()
		s.Next(e.at, &e.Event)
		all[fmt.Sprint(e.Device, "/", e.Seq)] = e
	}
	return all
}

// seconds is the time in a message, in s.
func seconds(t *testing.T, value []byte) float64 {
	t.Helper()
	var m struct{ Ts float64 }
	if err := json.Unmarshal(value, &m); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return m.Ts
}

// same tells whether an event is the clean one but for what the arguments say.
func same(e, was sent, key, value bool) bool {
	return e.EventTime == was.EventTime && (!key || bytes.Equal(e.Key, was.Key)) && (!value || bytes.Equal(e.Value, was.Value))
}

// What goes on for longer than a record is told of every record it concerns, and is what was told; all other records are those
// of the clean stream byte for byte.
func TestTruthOfWhatLasts(t *testing.T) {
	clean := cleanly(t)
	clock := func(f Fault, e, was sent) bool {
		off := seconds(t, e.Value) - seconds(t, was.Value)
		return same(e, was, true, false) && math.Abs(off-float64(f.Detail)/1000) < 0.0011
	}
	held := func(f Fault, e, was sent) bool {
		return same(e, was, true, true) && (e.at-was.at).Milliseconds() == f.Detail && e.at > was.at
	}
	changedFrom := func(form func(e, was sent) bool) func(f Fault, e, was sent) bool {
		return func(f Fault, e, was sent) bool {
			return int64(e.Seq) >= f.Detail && f.Detail >= firstChange && form(e, was)
		}
	}
	for _, c := range []struct {
		kind, rates string
		is          func(f Fault, e, was sent) bool
	}{
		{"drift", "drift: 0.5, drift_ppm: 5000", clock},
		{"jumps", "jumps: 0.5, jump_up_to: 1h", clock},
		{"offset", "offset: 0.5, offset_up_to: 1h", clock},
		{"silent", "silent: 0.5, silent_for: 2m", held},
		{"storms", "storms: 0.5, storm_for: 10s", held},
		{"stalls", "stalls: 0.5, stall_for: 5s", held},
		{"dropouts", "dropouts: 0.5", func(f Fault, e, was sent) bool {
			return same(e, was, true, false) && onlyField(t, e, was, int(f.Detail), func(now, _ string) bool { return now == "0" })
		}},
		{"unit_changes", "unit_changes: 0.5", changedFrom(func(e, was sent) bool {
			differ := 0
			for i := range 4 {
				if textOf(t, e, i) != textOf(t, was, i) {
					differ++
					now, _ := strconv.ParseFloat(textOf(t, e, i), 64)
					then, _ := strconv.ParseFloat(textOf(t, was, i), 64)
					if math.Abs(now-(then*1.8+32)) > 0.51 {
						return false
					}
				}
			}
			return differ == 1 && same(e, was, true, false)
		})},
		{"schema_changes", "schema_changes: 0.5", changedFrom(func(e, was sent) bool {
			second := strings.Replace(strings.Replace(string(was.Value), "{", `{"schema":2,`, 1), `"temp":`, `"temp_v2":`, 1)
			return string(e.Value) == second && same(e, was, true, false)
		})},
		{"encoding_changes", "encoding_changes: 0.5", changedFrom(func(e, was sent) bool {
			other := []string{string(was.Key), string(jsonText(t, was.Value, "ts"))}
			for i := range 4 {
				other = append(other, textOf(t, was, i))
			}
			return string(e.Value) == strings.Join(other, ",") && same(e, was, true, false)
		})},
		{"replaced", "replaced: 0.5", changedFrom(func(e, was sent) bool { return !bytes.Equal(e.Key, was.Key) && same(e, was, false, false) })},
		{"twins", "twins: 0.5", func(f Fault, e, was sent) bool {
			other, ok := clean[fmt.Sprint(f.Detail, "/", 0)]
			return ok && f.Detail == int64(e.Device)-1 && bytes.Equal(e.Key, other.Key) && same(e, was, false, false)
		}},
	} {
		all, _ := lasting(t, c.rates)
		n := 0
		for i, e := range all {
			was, ok := clean[fmt.Sprint(e.Device, "/", e.Seq)]
			switch {
			case !ok:
			case len(e.told) == 0 && !(same(e, was, true, true) && e.at == was.at):
				t.Fatalf("%s: record %d, of which nothing was told, is\n%s at %v, clean it is\n%s at %v", c.kind, i, line(e.Event), e.at, line(was.Event), was.at)
			case len(e.told) == 1:
				if n++; e.told[0].Kind != c.kind || !c.is(e.told[0], e, was) {
					t.Fatalf("%s: record %d, told %+v, is\n%s at %v, clean it is\n%s at %v", c.kind, i, e.told[0], line(e.Event), e.at, line(was.Event), was.at)
				}
			case len(e.told) > 1:
				t.Fatalf("%s: told twice of record %d: %+v", c.kind, i, e.told)
			}
		}
		if n == 0 {
			t.Errorf("%s: never told in %d records", c.kind, len(all))
		}
	}
}

// jsonText is a member of an object as it is written.
func jsonText(t *testing.T, value []byte, name string) []byte {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(value, &m); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return bytes.Trim(m[name], `"`)
}

// textOf is the text of a field, by its place in the preset.
func textOf(t *testing.T, e sent, i int) string {
	t.Helper()
	return string(jsonText(t, e.Value, []string{"temp", "gas", "smoke", "wind"}[i]))
}

// onlyField tells whether one field alone differs, as is asks, or not at all.
func onlyField(t *testing.T, e, was sent, which int, is func(now, then string) bool) bool {
	t.Helper()
	for i := range 4 {
		now, then := textOf(t, e, i), textOf(t, was, i)
		if i == which && !is(now, then) || i != which && now != then {
			return false
		}
	}
	return true
}

// A lost reading is told of and not sent, all others are; sequence numbers have no gap; losses come in bursts.
func TestTruthOfLosses(t *testing.T) {
	clean := cleanly(t)
	all, told := lasting(t, "lost: 0.1, bad_times: 8")
	missing := map[string]bool{}
	for _, f := range told {
		missing[fmt.Sprint(f.Device, "/", f.Detail)] = true
	}
	next, seq := map[uint32]uint64{}, map[uint32]uint64{}
	gone, bursts := 0, 0
	for i, e := range all {
		n := e.reading(t)
		for r := next[e.Device]; r < n; r++ {
			gone++
			if !missing[fmt.Sprint(e.Device, "/", r)] {
				t.Fatalf("reading %d of device %d was not sent, and nothing told of it", r, e.Device)
			}
		}
		if n > next[e.Device] {
			bursts++
		}
		if was, ok := clean[fmt.Sprint(e.Device, "/", n)]; ok && !same(e, was, true, true) {
			t.Fatalf("record %d is\n%s, clean it is\n%s", i, line(e.Event), line(was.Event))
		}
		if missing[fmt.Sprint(e.Device, "/", n)] || e.Seq != seq[e.Device] {
			t.Fatalf("record %d is reading %d of device %d with sequence number %d, want %d; told that it is lost: %v", i, n, e.Device, e.Seq, seq[e.Device], missing[fmt.Sprint(e.Device, "/", n)])
		}
		next[e.Device], seq[e.Device] = n+1, e.Seq+1
	}
	if got := float64(gone) / float64(gone+len(all)); math.Abs(got-0.1) > 0.01 {
		t.Errorf("share of lost readings = %.3f, want 0.1", got)
	}
	if got := float64(gone) / float64(bursts); got < 2.5 || got > 5 {
		t.Errorf("%.2f readings lost in a row on average, want about 3.6: bad times of 8, in which a fifth passes", got)
	}
}

// What is told of a lost reading is the same for parts of a fleet, and its record alone.
func TestLossyRecordsCanBeMadeAlone(t *testing.T) {
	all, _ := lasting(t, "lost: 0.2, bad_times: 3, silent: 0.5, silent_for: 2m, jumps: 0.5, jump_up_to: 1h, unit_changes: 0.5, encoding_changes: 0.3, schema_changes: 0.3, replaced: 0.3, twins: 0.3, drift: 0.3, drift_ppm: 100, dropouts: 0.3")
	text := small + "\ndirt: {lost: 0.2, bad_times: 3, silent: 0.5, silent_for: 2m, jumps: 0.5, jump_up_to: 1h, unit_changes: 0.5, encoding_changes: 0.3, schema_changes: 0.3, replaced: 0.3, twins: 0.3, drift: 0.3, drift_ppm: 100, dropouts: 0.3}\n"
	s := open(t, Config{Preset: read(t, text), Devices: lastingDevices, FirstDevice: 7, Seed: 9})
	parts := map[int]*Stream{}
	for i := range 3 {
		parts[i] = open(t, Config{Preset: read(t, text), Devices: lastingDevices, FirstDevice: 7, Seed: 9, Shard: i, Shards: 3})
	}
	for i, e := range all[:10_000] {
		if i%41 == 0 {
			if got := s.Record(int(e.Device)-7, e.Seq); line(got) != line(e.Event) {
				t.Fatalf("Record(%d, %d) = %s, want %s", e.Device-7, e.Seq, line(got), line(e.Event))
			}
		}
		var got generators.Event
		part := parts[int(e.Device-7)%3]
		at, _ := part.Pace()
		part.Next(at, &got)
		if line(got) != line(e.Event) || at != e.at {
			t.Fatalf("event %d of three parts = %s at %v, want %s at %v", i, line(got), at, line(e.Event), e.at)
		}
	}
}

// The rates of what lasts are those asked for, over many devices.
func TestRatesOfWhatLasts(t *testing.T) {
	const n = 20_000
	d := newDirt(read(t, small+"\ndirt: {stuck: 0.2, dropouts: 0.2, jumps: 0.2, jump_up_to: 1h, silent: 0.2, silent_for: 2m, offset: 0.2, offset_up_to: 1m, drift: 0.2, drift_ppm: 50, twins: 0.2, unit_changes: 0.2, schema_changes: 0.2, encoding_changes: 0.2, replaced: 0.2}\n").Dirt, nil)
	counts := map[string]int{}
	count := func(name string, is bool) {
		if is {
			counts[name]++
		}
	}
	seconds := int64(0)
	for i := range uint64(n) {
		seed := mix64(i)
		for f, purpose := range map[fault]uint64{stuck: forStuck, dropout: forDropout, jump: forJump} {
			_, length, _, ok := d.stretch(seed, i*block, d.share[f], purpose)
			count(faultNames[f], ok && length >= 20 && length < 100)
		}
		for f, purpose := range map[fault]uint64{otherUnit: forUnit, otherSchema: forSchema, otherEncoding: forEncoding, replaced: forReplacement} {
			from, _, is := changed(seed, d.share[f], purpose, firstChange+changes)
			count(faultNames[f], is && from >= firstChange)
		}
		count("offset", d.offset(seed) != 0)
		count("drift", d.drifted(seed, int64(i)*1e9) != 0)
		for s := range int64(8) { // of the 8 minutes of a stretch two are silent
			if d.outages[0].past((int64(i)*480+s*60)*1e9, seed) != (int64(i)*480+s*60)*1e9 {
				seconds += 60
			}
		}
	}
	for name, got := range counts {
		if rate := float64(got) / n; math.Abs(rate-0.2) > 0.01 {
			t.Errorf("rate of %s = %.3f, want 0.2", name, rate)
		}
	}
	if len(counts) != 9 {
		t.Errorf("counted %v, want 9 kinds", counts)
	}
	if rate := float64(seconds) / (480 * n); math.Abs(rate-0.05) > 0.003 {
		t.Errorf("share of time that is silent = %.4f, want 0.05", rate)
	}
}

// Lateness is bounded by what LateUpTo says.
func TestLatenessIsNoMoreThanTold(t *testing.T) {
	const outages = "\ndirt: {silent: 0.5, silent_for: 2m, storms: 0.5, storm_for: 10s, stalls: 0.5, stall_for: 5s, late: 0.1, late_up_to: 20s}\n"
	for _, c := range []struct {
		text string
		late time.Duration // how late some record is at least
	}{
		{outages, 2 * time.Minute},
		{"\ngateway: {devices: 4, every: 5m}\n", 4 * time.Minute},
		{"\ngateway: {devices: 4, intervals: '2~500|4~300|300~200'}\n", 4 * time.Minute},
		{"\ngateway: {devices: 4, every: 5m}" + outages, 6 * time.Minute},
	} {
		p := read(t, small+c.text)
		s := open(t, Config{Preset: p, Devices: lastingDevices, Seed: 3})
		most := time.Duration(0)
		for range lastingRecords {
			var e generators.Event
			at, _ := s.Pace()
			s.Next(at, &e)
			most = max(most, at-time.Duration(e.EventTime*1e6-s.startNS))
		}
		if upTo := p.LateUpTo(); most > upTo+2*time.Millisecond || most < c.late {
			t.Errorf("%s: a record arrived %v after it was made, want at most %v, and at least %v", c.text, most, upTo, c.late)
		}
	}
}
