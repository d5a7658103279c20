package preset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

const filth = `
dirt:
  truncated: 0.01
  bit_errors: 0.01
  repeated: 0.01
  resent: 0.01
  restamped: 0.01
  late: 0.01
  late_up_to: 20s
  spikes: 0.01
  nan: 0.01
  missing: 0.01
  additional: 0.01
  year_1970: 0.01
  units: 0.01
  unknown: 0.01
  stuck: 0.2
  offset: 0.1
  offset_up_to: 5m
`

// dirty gives events with what was told of each, and the same events clean, by device and number.
func dirty(t *testing.T, n int) (events []generators.Event, told map[int64][]Fault, clean map[string]generators.Event) {
	t.Helper()
	told = map[int64][]Fault{}
	s := open(t, Config{Preset: read(t, small+filth), Devices: 50, Seed: 8, Tell: func(f Fault) { told[f.Record] = append(told[f.Record], f) }})
	events = take(s, n)
	clean = map[string]generators.Event{}
	for _, e := range take(open(t, Config{Preset: read(t, small+filth), Devices: 50, Seed: 8, Clean: true}), n) {
		clean[fmt.Sprint(e.Device, "/", e.Seq)] = e
	}
	return events, told, clean
}

// What is told is what was done: a record without a fault is that of the clean stream byte for byte, one with a fault differs as
// told.
func TestTruthIsWhatWasDone(t *testing.T) {
	const n = 40_000
	events, told, clean := dirty(t, n)
	counts, first := map[string]int{}, map[string]generators.Event{}
	for i, e := range events {
		kinds := []string{}
		for _, f := range told[int64(i)] {
			counts[f.Kind]++
			kinds = append(kinds, f.Kind)
			if f.Device != e.Device || f.Seq != e.Seq {
				t.Fatalf("record %d is %d/%d, told of %d/%d", i, e.Device, e.Seq, f.Device, f.Seq)
			}
		}
		id := fmt.Sprint(e.Device, "/", e.Seq)
		original, again := first[id]
		if !again {
			first[id] = e
		}
		if copied := len(kinds) == 1 && slices.Contains([]string{"repeated", "resent", "restamped"}, kinds[0]); copied != again || again && line(e) != line(stamped(original, kinds[0])) {
			t.Fatalf("record %d is %s, told %v; the device sent %s before", i, line(e), kinds, line(original))
		}
		was, ok := clean[id]
		if !ok || again {
			continue // the clean stream got not so far
		}
		same := bytes.Equal(e.Value, was.Value) && bytes.Equal(e.Key, was.Key) && e.EventTime == was.EventTime
		if len(kinds) == 0 && !same {
			t.Fatalf("record %d, of which nothing was told, is\n%s, clean it is\n%s", i, e.Value, was.Value)
		}
		if len(kinds) == 1 {
			checkFault(t, told[int64(i)][0], e, was, same)
		}
	}
	for _, name := range append(slices.Clone(faultNames[1:lost]), "stuck", "offset") { // the others: TestTruthOfWhatLasts
		if counts[name] == 0 {
			t.Errorf("%s never happened in %d records", name, n)
		}
	}
	for _, name := range []string{"truncated", "bit_errors", "late", "nan", "missing", "additional", "restamped", "year_1970", "units", "unknown"} {
		if got := float64(counts[name]) / n; math.Abs(got-0.01) > 0.003 {
			t.Errorf("share of %s = %.4f, want 0.01", name, got)
		}
	}
	if got := float64(counts["spikes"]) / n; got < 0.005 || got > 0.01 { // of the four fields the last is a word most of the time
		t.Errorf("share of spikes = %.4f, want about 0.0077", got)
	}
}

// No spike is lost on a word: two of the seven fields of indoor are words.
func TestSpikesFallOnNumbers(t *testing.T) {
	p, err := Open(scenarios.Files, "indoor")
	if err != nil {
		t.Fatal(err)
	}
	p.Dirt = Dirt{Spikes: 0.05}
	const n = 20_000
	count := 0
	take(open(t, Config{Preset: p, Devices: 20, Seed: 8, Tell: func(Fault) { count++ }}), n)
	if got := float64(count) / n; math.Abs(got-0.05) > 0.005 {
		t.Errorf("share of spikes = %.4f, want 0.05", got)
	}
}

// stamped is the copy that is sent of an event.
func stamped(e generators.Event, kind string) generators.Event {
	if kind == "restamped" {
		e.EventTime += 1000
	}
	return e
}

// checkFault holds an event with one fault against the clean one.
func checkFault(t *testing.T, f Fault, e, was generators.Event, same bool) {
	t.Helper()
	bad := func(why string) { t.Fatalf("%s %d: %s:\n%s\n%s", f.Kind, f.Detail, why, e.Value, was.Value) }
	switch f.Kind {
	case "truncated":
		if !bytes.HasPrefix(was.Value, e.Value) || int64(len(e.Value)) != f.Detail || !e.Damaged {
			bad("not a part of the clean one, as long as told")
		}
	case "bit_errors":
		flipped := 0
		for i := range e.Value {
			flipped += bits.OnesCount8(e.Value[i] ^ was.Value[i])
		}
		if int64(flipped) != f.Detail || !e.Damaged {
			bad("other bits flipped than told")
		}
	case "late":
		if was.EventTime-e.EventTime != f.Detail || f.Detail > 20_000 {
			bad("not as late as told")
		}
	case "nan":
		if !bytes.Contains(e.Value, []byte("NaN")) {
			bad("no NaN")
		}
	case "additional":
		if !bytes.HasSuffix(e.Value, []byte(`,"firmware":"2.1"}`)) || !json.Valid(e.Value) {
			bad("no further field")
		}
	case "year_1970", "units":
		if same || !json.Valid(e.Value) {
			bad("the same time")
		}
	case "unknown":
		if bytes.Equal(e.Key, was.Key) || !strings.Contains(string(e.Value), string(e.Key)) {
			bad("the id of the clean one, or two ids")
		}
	case "missing", "spikes":
		if same || !json.Valid(e.Value) {
			bad("the same, or no JSON")
		}
	case "offset":
		if same {
			bad("the right time")
		}
	}
}

// Clean streams are the preset without its dirt.
func TestCleanTurnsAllDirtOff(t *testing.T) {
	want := take(open(t, Config{Seed: 8}), 5_000)
	got := take(open(t, Config{Preset: read(t, small+filth), Seed: 8, Clean: true}), 5_000)
	for i := range want {
		if line(got[i]) != line(want[i]) {
			t.Fatalf("event %d = %s, want %s", i, line(got[i]), line(want[i]))
		}
	}
}

func TestDirtyRecordsCanBeMadeAlone(t *testing.T) {
	events, told, _ := dirty(t, 20_000)
	s := open(t, Config{Preset: read(t, small+filth), Devices: 50, Seed: 8})
	for i := 0; i < len(events); i += 37 {
		if e := events[i]; !slices.ContainsFunc(told[int64(i)], func(f Fault) bool { return f.Kind == "restamped" }) {
			if got := s.Record(int(e.Device), e.Seq); line(got) != line(e) {
				t.Fatalf("Record(%d, %d) = %s, want %s (%v)", e.Device, e.Seq, line(got), line(e), told[int64(i)])
			}
		}
	}
}

func TestDirtIsWrittenAsItIsRead(t *testing.T) {
	p := read(t, small+filth+"  drift: 0.1\n  drift_ppm: 20\n  lost: 0.1\n  bad_times: 4\n  silent: 0.1\n  silent_for: 48h\n  replaced: 0.1\n")
	if again := read(t, string(p.YAML())); again.Dirt != p.Dirt {
		t.Errorf("dirt = %+v, want %+v", again.Dirt, p.Dirt)
	}
}

// counting is the small preset with a clock that counts readings.
var counting = strings.Replace(small, `clock: {form: s, step: 1us, trim: true, start: "2024-03-01T00:00:00Z"}`, "clock: {form: count, step: 1s}", 1)

// Where a message has no time nothing is wrong with that, and nothing is told; where an encoder writes one something is.
func TestOnlyTimesThatAreThereAreWrong(t *testing.T) {
	const n = 5_000
	p := read(t, counting+"\ndirt: {year_1970: 0.1, units: 0.1, offset: 0.3, offset_up_to: 5m, jumps: 0.3, jump_up_to: 1h}\n")
	reading, err := p.Reading()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{Preset: p, Seed: 8}, {Preset: p, Seed: 8, Encoder: stubEncoder{}, Reading: reading}} {
		clean := c
		clean.Clean = true
		told, from1970 := map[int64]bool{}, int64(-1)
		c.Tell = func(f Fault) {
			told[f.Record] = true
			if f.Kind == "year_1970" {
				from1970 = f.Record
			} else if f.Record == from1970 {
				t.Errorf("record %d has a clock that counts from its start, and %s is told of it", f.Record, f.Kind)
			}
		}
		want := take(open(t, clean), n)
		for i, e := range take(open(t, c), n) {
			if differs := line(e) != line(want[i]); differs != told[int64(i)] {
				t.Fatalf("record %d is %s, clean it is %s; told of it: %v", i, line(e), line(want[i]), told[int64(i)])
			}
		}
		if happened := len(told) > n/10; happened != (c.Encoder != nil) {
			t.Errorf("%d records told of %d with encoder %v, want none without one and many with one", len(told), n, c.Encoder)
		}
	}
}

// A record with the id of a stranger has not that of the device before.
func TestStrangersAreNoTwins(t *testing.T) {
	all, _ := lasting(t, "twins: 0.5, unknown: 0.2")
	strangers := 0
	for _, e := range all {
		for _, f := range e.told {
			if f.Kind == "unknown" {
				strangers++
				if len(e.told) > 1 {
					t.Fatalf("told of one record %+v", e.told)
				}
			}
		}
	}
	if strangers == 0 {
		t.Error("nobody was unknown")
	}
}

// As many bits are told as differ in the end: two flips of one bit undo each other.
func TestFlippedBitsAreCounted(t *testing.T) {
	undone := 0
	for i := range uint64(1_000) {
		value, n := harm([]byte("ab"), bitErrors, mix64(i))
		differ := bits.OnesCount8(value[0]^'a') + bits.OnesCount8(value[1]^'b')
		if int64(differ) != n {
			t.Fatalf("harm of %d = %q and %d flips, want %d", i, value, n, differ)
		}
		if n == 0 {
			undone++
		}
	}
	if undone == 0 {
		t.Error("no flip undid another")
	}
}

// Strangers have ids of their own, or there are none.
func TestIdsOfStrangersAreOfNoDevice(t *testing.T) {
	const most = 1 << 16 // of four digits
	p := read(t, strings.Replace(small, "'aa:##:##:##'", "'##:##'", 1)+"\ndirt: {unknown: 0.1}\n")
	s := open(t, Config{Preset: p, Devices: most / 2, Seed: 3})
	known := map[string]bool{}
	for _, d := range s.Devices() {
		known[d.ID] = true
	}
	for i := range most / 2 {
		if id := string(s.id.append(nil, i+most/2)); known[id] {
			t.Fatalf("the stranger in place of device %d has the id of a device, %s", i, id)
		}
	}
	_, err := New(Config{Preset: p, Devices: most/2 + 1})
	if err == nil || !strings.Contains(err.Error(), "that nobody registered") {
		t.Errorf("New of %d devices with strangers and %d ids: error %v, want that ids are fewer", most/2+1, most, err)
	}
	if _, err := New(Config{Preset: p, Devices: most, Clean: true}); err != nil {
		t.Errorf("New of %d devices without strangers: %v", most, err)
	}
}

// What is sent depends on seed and device, copies included, and not on the number that the first device has in a run.
func TestCopiesDoNotDependOnTheFirstNumber(t *testing.T) {
	p := read(t, small+"\ndirt: {repeated: 0.1}\n")
	want, copies := take(open(t, Config{Preset: p, Seed: 8}), 5_000), map[int]int{}
	for i, e := range take(open(t, Config{Preset: p, Seed: 8, FirstDevice: 12}), 5_000) {
		e.Device -= 12
		if line(e) != line(want[i]) {
			t.Fatalf("event %d = %s, want %s", i, line(e), line(want[i]))
		}
	}
	sent := map[string]int{}
	for _, e := range want {
		sent[fmt.Sprint(e.Device, "/", e.Seq)]++
	}
	for _, n := range sent {
		copies[n-1]++
	}
	for n := 1; n <= mostCopies; n++ {
		if copies[n] == 0 {
			t.Errorf("no event was sent again %d times: %v", n, copies)
		}
	}
	if len(copies) != mostCopies+1 {
		t.Errorf("events sent again so often: %v, want up to %d times", copies, mostCopies)
	}
}

// A copy with the time of sending has it at any pace: event time follows what is offered.
func TestCopiesAreStampedAtAnyPace(t *testing.T) {
	var told []string
	s := open(t, Config{Preset: read(t, small+"\ndirt: {restamped: 0.1}\n"), Seed: 8, Speed: 20, Tell: func(f Fault) { told = append(told, f.Kind) }})
	stamped := 0
	for i := range 2_000 {
		var e generators.Event
		at := time.Duration(i) * 10 * time.Millisecond
		told = told[:0]
		s.Next(at, &e)
		if !slices.Equal(told, []string{"restamped"}) {
			continue
		}
		stamped++
		if want := s.startNS/1e6 + 20*at.Milliseconds(); e.EventTime != want {
			t.Fatalf("copy sent at %v has event time %d, want %d", at, e.EventTime, want)
		}
	}
	if stamped == 0 {
		t.Error("nothing was sent again")
	}
}

// What waits to be sent again keeps no other events in memory.
func TestCopiesKeepTheirOwnBytesAlone(t *testing.T) {
	s := open(t, Config{Preset: read(t, small+"\ndirt: {resent: 0.1, repeated: 0.1}\n"), Devices: 50, Seed: 8})
	sent := map[string]generators.Event{}
	for _, e := range take(s, 2_000) {
		id := fmt.Sprint(e.Device, "/", e.Seq)
		if _, again := sent[id]; !again {
			sent[id] = e
		}
	}
	waiting := slices.Concat(s.dirt.copies[0], s.dirt.copies[1])
	for _, c := range waiting {
		e := sent[fmt.Sprint(c.event.Device, "/", c.event.Seq)]
		if line(c.event) != line(e) || &c.event.Value[0] == &e.Value[0] || cap(c.event.Value) > 2*len(e.Value)+64 {
			t.Fatalf("a copy of %d bytes in %d waits for %s, in the same memory: %v", len(c.event.Value), cap(c.event.Value), line(e), &c.event.Value[0] == &e.Value[0])
		}
	}
	if len(waiting) < 100 {
		t.Errorf("%d copies wait, want more", len(waiting))
	}
}

// Where a value is already what a fault would make of it nothing is done, and nothing is told.
func TestWhatIsWrongAlreadyIsNotTold(t *testing.T) {
	const n, head = 5_000, "schema: 1\ntitle: Still\ndevice: 'meter-@'\nclock: {form: s, step: 1s}\ndirt: {missing: 0.3, spikes: 0.3}\n" +
		"kinds:\n  - name: meter\n    share: 1\n    intervals: '1~1000'\n    fields:\n      - {name: full, steps: '255', white: 1}\n" +
		"      - {name: below, steps: '-1|2', white: 1}\n      - {name: none, steps: 'null|3', white: 1}\n"
	binary := read(t, head+"encoding: still\nbinary: true\nmessage: '${full:u8} ${below:i16} ${none:u8}'\n")
	text := read(t, head+"encoding: json\nmessage: '{\"ts\":${time},\"full\":${full},\"below\":${below},\"none\":${none}}'\n")
	reading, err := text.Reading()
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]Config{"binary": {Preset: binary}, "text": {Preset: text}, "encoded": {Preset: text, Encoder: stubEncoder{}, Reading: reading}} {
		clean := c
		clean.Clean = true
		told := map[int64]bool{}
		c.Tell = func(f Fault) { told[f.Record] = true }
		want := take(open(t, clean), n)
		for i, e := range take(open(t, c), n) {
			if differs := line(e) != line(want[i]); differs != told[int64(i)] {
				t.Fatalf("%s: record %d is %q, clean it is %q; told of it: %v", what, i, line(e), line(want[i]), told[int64(i)])
			}
		}
		if len(told) < n/10 || len(told) > n*11/20 { // of the records 0.6 have a fault
			t.Errorf("%s: %d records told of %d, want those alone of which something is to be seen", what, len(told), n)
		}
	}
}
