package preset

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

// shipped opens a preset of the binary, without dirt.
func shipped(t *testing.T, name string, devices int) *Stream {
	t.Helper()
	p, err := Open(scenarios.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, Config{Preset: p, Devices: max(devices, len(p.Kinds)), Seed: 4, Clean: true, Format: formats})
}

// The sizes of what presets that were not fitted generate are those of their families (docs/realism.md).
func TestFamiliesHaveTheirSizes(t *testing.T) {
	for _, c := range []struct {
		name                     string
		p5, p5Up, p50, p50Up, up int // 5 % and 50 % quantiles between, and the largest
	}{
		{"lpwan-server", 1_300, 2_100, 3_000, 3_700, 5_400},
		{"lpwan-radio", 60, 82, 80, 110, 190}, {"sparkplug", 25, 60, 100, 186, 190}, {"drone", 11, 21, 18, 60, 320}, {"meter", 31, 35, 85, 110, 254},
		{"ship", 14, 18, 20, 40, 82}, {"vehicle", 16, 16, 16, 16, 16}, {"waveform", 1_124, 1_124, 1_124, 1_124, 1_124}, {"lidar", 90, 90, 8_490, 8_490, 8_490},
	} {
		var sizes []int
		for _, e := range take(shipped(t, c.name, 1), 1_000) {
			sizes = append(sizes, len(e.Value))
		}
		slices.Sort(sizes)
		p5, p50, up := sizes[50], sizes[500], sizes[999]
		if p5 < c.p5 || p5 > c.p5Up || p50 < c.p50 || p50 > c.p50Up || up > c.up {
			t.Errorf("%s: sizes %d, %d, up to %d B; want %d to %d, %d to %d, up to %d", c.name, p5, p50, up, c.p5, c.p5Up, c.p50, c.p50Up, c.up)
		}
	}
}

// Sentences and telegrams have the sums that receivers ask for, also where nothing else in them differs.
func TestSumsAreRight(t *testing.T) {
	for _, e := range take(shipped(t, "ship", 20), 2_000) {
		body, sum, _ := strings.Cut(string(e.Value[1:]), "*")
		xor := byte(0)
		for i := range len(body) {
			xor ^= body[i]
		}
		if sum != fmt.Sprintf("%02X", xor) {
			t.Fatalf("%s: sum %s, want %02X", e.Value, sum, xor)
		}
	}
	for _, e := range take(shipped(t, "meter", 20), 500) {
		v, sum := e.Value, byte(0)
		for _, c := range v[4 : len(v)-2] {
			sum += c
		}
		if int(v[1]) != len(v)-6 || v[2] != v[1] || v[len(v)-2] != sum || v[len(v)-1] != 0x16 {
			t.Fatalf("% x: length %d and sum %x, want %d and %x", v, v[1], v[len(v)-2], len(v)-6, sum)
		}
	}
}

// What the devices of a set say at one instant is said of one thing.
func TestSetsShareTheirMovement(t *testing.T) {
	at := map[string]string{}
	n := 0
	for _, e := range take(shipped(t, "ship", 36), 3_000) {
		set, sentence, _ := strings.Cut(string(e.Key), "/")
		parts := strings.Split(string(e.Value), ",")
		place := ""
		switch sentence {
		case "RMC":
			place = parts[3] + parts[5]
		case "GGA":
			place = parts[2] + parts[4]
		case "GLL":
			place = parts[1] + parts[3]
		default:
			continue
		}
		id := fmt.Sprint(set, e.EventTime)
		if was, ok := at[id]; ok {
			if n++; was != place {
				t.Fatalf("%s is at %s and at %s", id, was, place)
			}
		}
		at[id] = place
	}
	if n < 200 {
		t.Errorf("%d pairs of sentences of one instant, want more", n)
	}
}

const car = `
schema: 1
title: Car
encoding: packed
binary: true
sets: true
device: 'car-@/%'
clock: {form: us, step: 1us, start: "2024-03-01T00:00:00Z"}
kinds:
  - name: a
    share: 1
    intervals: '0.05~1000'
    phase: 1ms
    message: 'ff2a ${sum8:0} ${noise:8}'
  - name: b
    share: 1
    intervals: '0.05~1000'
    phase: 3.5ms
    message: '00 ${sum8:0} ${noise:8}'
`

// Kinds with a phase keep their distance in every set, and sets do not begin together.
func TestKindsOfASetAreInStep(t *testing.T) {
	const sets = 10
	s := open(t, Config{Preset: read(t, car), Devices: 2 * sets, Seed: 3})
	var at [2 * sets][]time.Duration
	for range 2_000 {
		var e generators.Event
		due, _ := s.Pace()
		s.Next(due, &e)
		at[e.Device] = append(at[e.Device], due)
	}
	begun := map[time.Duration]bool{}
	for d := 0; d < 2*sets; d += 2 {
		begun[at[d][0]] = true
		for i := range min(len(at[d]), len(at[d+1])) {
			if apart := at[d+1][i] - at[d][i]; apart != 2_500*time.Microsecond {
				t.Fatalf("set %d: the second kind sends %v after the first, want 2.5ms", d/2, apart)
			}
		}
	}
	if len(begun) != sets {
		t.Errorf("%d sets begin at %d times, want each at its own", sets, len(begun))
	}
}

// A byte of a binary message that looks like the asterisk before a sentence's sum belongs to it, and no two kinds have the same noise.
func TestKindsOfASetHaveNoiseOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range take(open(t, Config{Preset: read(t, car), Devices: 2}), 100) {
		if sum, want := e.Value[len(e.Value)-9], map[int]byte{11: 0x29, 10: 0}[len(e.Value)]; sum != want {
			t.Fatalf("% x: sum %02x, want %02x", e.Value, sum, want)
		}
		noise := string(e.Value[len(e.Value)-8:])
		if seen[noise] {
			t.Fatalf("% x: its noise was there before", e.Value)
		}
		seen[noise] = true
	}
}

// Items of a list are as many as their field says, and each is what it was in other messages; some are there more often. Both antennas of
// a gateway have one place in a message, and hear each for itself.
func TestListsHoldTheSameThings(t *testing.T) {
	where, heard, twins, alike := map[string]string{}, map[string]int{}, 0, 0
	for _, e := range take(shipped(t, "lpwan-server", 5), 500) {
		var m struct {
			Heard  int `json:"_redundancy"`
			RxInfo []struct {
				GatewayID string
				Location  struct{ Latitude, Longitude, Altitude json.Number }
				Rssi      int
			}
		}
		if err := json.Unmarshal(e.Value, &m); err != nil {
			t.Fatalf("%s: %v", e.Value, err)
		}
		if len(m.RxInfo) != m.Heard {
			t.Fatalf("%d gateways, want %d: %s", len(m.RxInfo), m.Heard, e.Value)
		}
		for i, g := range m.RxInfo {
			place := g.Location.Latitude.String() + " " + g.Location.Longitude.String()
			if was, ok := where[g.GatewayID]; ok && was != place {
				t.Fatalf("gateway %s is at %s and at %s", g.GatewayID, was, place)
			}
			where[g.GatewayID] = place
			heard[g.GatewayID]++
			for _, other := range m.RxInfo[:i] {
				if other.GatewayID != g.GatewayID {
					continue
				}
				twins++
				if other.Location != g.Location {
					t.Fatalf("gateway %s is at %v and at %v in one message", g.GatewayID, other.Location, g.Location)
				}
				if other.Rssi == g.Rssi {
					alike++
				}
			}
		}
	}
	if len(where) != 11 {
		t.Errorf("%d gateways, want 11", len(where))
	}
	counts := slices.Sorted(maps.Values(heard))
	if most, least := counts[len(counts)-1], counts[0]; most < 900 || least > 50 {
		t.Errorf("gateways are heard %d times, want above 900 of one with two antennas and below 50 of the rarest", counts)
	}
	if twins < 400 || alike > twins/2 {
		t.Errorf("both antennas heard %d of 500 messages, %d of them equally well; want 400 at least, and not half of them", twins, alike)
	}
}

// Of a list that says nothing of its items each is as likely as the others.
func TestItemsAreAlike(t *testing.T) {
	const four = "    lists: [{name: things, count: n, of: 4, item: '\"${id}\"'}]\n"
	p := read(t, withLists+four)
	counts := map[string]int{}
	for _, e := range take(open(t, Config{Preset: p, Devices: 3, Seed: 4}), 2_000) {
		var m struct{ Things []string }
		if err := json.Unmarshal(e.Value, &m); err != nil || len(m.Things) != 2 || m.Things[0] == m.Things[1] {
			t.Fatalf("%s: %v, want two different things", e.Value, err)
		}
		counts[m.Things[0]]++
		counts[m.Things[1]]++
	}
	for id, n := range counts {
		if n < 900 || n > 1_100 || len(counts) != 4 {
			t.Errorf("%s is there %d times, want 1,000 or about as many, of each of 4", id, n)
		}
	}
}

// What a list says of its items it says of all of them.
func TestItemsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"items: [{often: 1}]":                            "lists.items: got 1, want none or as many as there are: 2",
		"items: [{often: 0}, {often: 1}]":                "lists.items[0].often: got 0, want 1 to 1,000,000",
		"items: [{often: 1, twin: true}, {often: 1}]":    "lists.items[0].twin: there is none before it",
		"items: [{often: 1}, {often: 1, item: '${'}]":    "lists.items[1]",
		"items: [{often: 1}, {often: 1, item: '${no}'}]": `has no field "no"`,
		"items: [{often: 1}, {often: 1, item: '${x}'}]":  `field "x": each: want one for each of 2`,
	} {
		_, err := Read("test", []byte(withLists+"    lists: [{name: things, count: n, of: 2, item: '1', "+text+"}]\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}

// Lists and what a field has in each item are written as they are read.
func TestListsAreWritten(t *testing.T) {
	p, err := Open(scenarios.Files, "lpwan-server")
	if err != nil {
		t.Fatal(err)
	}
	k, again := p.Kinds[0], read(t, string(p.YAML())).Kinds[0]
	if diff := cmp.Diff(k.Lists, again.Lists); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	each := 0
	for i, f := range k.Fields {
		each += len(f.Each)
		if diff := cmp.Diff(f.Each, again.Fields[i].Each); diff != "" {
			t.Errorf("each of %s (-want +got):\n%s", f.Name, diff)
		}
	}
	if each != 11*12 {
		t.Errorf("%d scores of items, want those of 11 fields in 12", each)
	}
}

const withLists = `
schema: 1
encoding: json
message: '{"ts":${time},"things":[${list:things}]}'
device: 'd-@'
clock: {form: s, step: 1s}
kinds:
  - share: 1
    intervals: '60~1000'
    fields:
      - {name: n, steps: '2'}
      - {name: x, steps: '1|2', each: [{mean: 1, spread: 1}]}
`

const packed = `
schema: 1
title: Packed
encoding: packed
binary: true
device: 'p-@'
clock: {form: ms, step: 1ms, start: "2024-03-01T00:00:00Z"}
kinds:
  - name: one
    share: 1
    intervals: "1~1000"
    message: 'cafe ${time:u64be:ms} ${seq:u32} ${a:i16} ${b:f32be} ${own:4} ${a:u16:5} ${noise:12} ${c:bcd:3} ${sum8:2}'
    fields:
      - {name: a, quantiles: "-300|-20|0|20|300", decimals: 0, slow: [{weight: 1, every: 20s}]}
      - {name: b, quantiles: "1.5|2.5", decimals: 1, white: 1}
      - {name: c, steps: "123456", white: 1}
`

func TestBinaryMessagesAreLaidOutAsTold(t *testing.T) {
	var before []byte
	for i, e := range take(open(t, Config{Preset: read(t, packed), Devices: 1}), 200) {
		v := e.Value
		if len(v) != 2+8+4+2+4+4+10+12+3+1 || !bytes.HasPrefix(v, []byte{0xca, 0xfe}) {
			t.Fatalf("% x: %d bytes, want 50 from cafe on", v, len(v))
		}
		if got := int64(binary.BigEndian.Uint64(v[2:])); got != e.EventTime {
			t.Fatalf("time = %d, want %d", got, e.EventTime)
		}
		if got := binary.LittleEndian.Uint32(v[10:]); got != uint32(i+1) {
			t.Fatalf("number = %d, want %d", got, i+1)
		}
		if a := int16(binary.LittleEndian.Uint16(v[14:])); a < -300 || a > 300 || a != int16(binary.LittleEndian.Uint16(v[24:])) {
			t.Fatalf("% x: a = %d, want -300 to 300, and that of the first sample", v, a)
		}
		if b := math.Float32frombits(binary.BigEndian.Uint32(v[16:])); b < 1.5 || b > 2.5 {
			t.Fatalf("b = %v, want 1.5 to 2.5", b)
		}
		if got := fmt.Sprintf("%x", v[46:49]); got != "563412" {
			t.Fatalf("digits = %s, want 563412", got)
		}
		if before != nil && (!bytes.Equal(v[20:24], before[20:24]) || bytes.Equal(v[34:46], before[34:46])) {
			t.Fatalf("% x after % x: want the same digits of its own and other noise", v, before)
		}
		before = v
	}
}

func TestBinaryMessagesAreHeldToTheirForm(t *testing.T) {
	for _, c := range []struct{ old, now, want string }{
		{"cafe", "cafx", "want hexadecimal digits"},
		{"${noise:12}", "${noise:-1}", "want a number up to"},
		{"${a:u16:5}", "${a:u16:0}", "want a number up to"},
		{"${c:bcd:3}", "${d:bcd:3}", `has no field "d:bcd:3"`},
	} {
		if _, err := Read("packed.yaml", []byte(strings.Replace(packed, c.old, c.now, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.now, err, c.want)
		}
	}
}

// No payload is there twice in a batch. Frames of a car's bus and a ship's sentences without a time are not among these: theirs
// are, as the real ones are.
func TestPayloadsDoNotRepeat(t *testing.T) {
	for _, name := range Names(scenarios.Files) {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Parts) > 0 || name == "vehicle" || name == "ship" {
			continue
		}
		seen, n := map[string]int{}, 1_000
		if _, largest := p.Blobs(); largest > 0 {
			n = 20
		}
		for i, e := range take(shipped(t, name, 1), n) {
			if first, ok := seen[string(e.Value)]; ok {
				t.Fatalf("%s: record %d is record %d again: %q", name, i, first, e.Value)
			}
			seen[string(e.Value)] = i
		}
	}
}

// A fleet whose parts are made by threads of their own is the fleet that one thread makes.
func TestAnyNumberOfThreadsGivesTheSame(t *testing.T) {
	const devices, each = 24, 300
	of := func(n int) map[string]string {
		var all struct {
			sync.Mutex
			lines map[string]string
		}
		all.lines = map[string]string{}
		var done sync.WaitGroup
		for i := range n {
			s := open(t, Config{Preset: read(t, small+filth), Devices: devices, Seed: 12, Shard: i, Shards: n})
			done.Go(func() {
				var e generators.Event
				for seen := map[uint32]uint64{}; len(seen) < s.Size() || slices.ContainsFunc(s.calendar.devices, func(own agenda) bool { return own.number < each }); {
					at, _ := s.Pace()
					s.Next(at, &e)
					seen[e.Device] = e.Seq
					id := fmt.Sprint(e.Device, "/", e.Seq)
					all.Lock()
					if _, copied := all.lines[id]; e.Seq < each && !copied {
						all.lines[id] = line(e)
					}
					all.Unlock()
				}
			})
		}
		done.Wait()
		return all.lines
	}
	want := of(1)
	for _, n := range []int{2, 5, 12} {
		got := of(n)
		for id, l := range want {
			if got[id] != l {
				t.Fatalf("%d threads: %s is %s, want %s", n, id, got[id], l)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d threads: %d records, want %d", n, len(got), len(want))
		}
	}
}
