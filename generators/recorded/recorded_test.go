package recorded

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/scenarios"
)

var start = time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC)

// openRooms reads the recording once for all tests: it takes a tenth of a second.
var openRooms = sync.OnceValues(func() (*Recording, error) { return Open(scenarios.Files, "room-sensors") })

func rooms(t testing.TB) *Recording {
	t.Helper()
	r, err := openRooms()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func open(t testing.TB, c Config) generators.Stream {
	t.Helper()
	if c.Recording == nil {
		c.Recording = rooms(t)
	}
	if c.Start.IsZero() {
		c.Start = start
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// take draws n events, at 5000/s.
func take(s generators.Stream, n int) []generators.Event {
	events := make([]generators.Event, n)
	for k := range events {
		s.Next(time.Duration(k)*200*time.Microsecond, &events[k])
	}
	return events
}

func digest(events []generators.Event) string {
	h := xxh3.New()
	var b []byte
	for _, e := range events {
		b = binary.LittleEndian.AppendUint32(b[:0], e.Device)
		b = binary.LittleEndian.AppendUint64(b, e.Seq)
		b = binary.LittleEndian.AppendUint64(b, uint64(e.EventTime))
		b = append(append(append(b, e.Key...), 0), e.Value...)
		_, _ = h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum128().Bytes())
}

// TestSameSettingsSameBytes pins the bytes: results of one scenario are comparable only as long as they stay, on every
// machine and in every release. Who changes them raises the version of the method.
func TestSameSettingsSameBytes(t *testing.T) {
	bare := Config{Devices: 100, FirstDevice: 4, Seed: 1, Speed: 20}
	all := bare
	all.Disorder, all.Repeats, all.Damaged, all.PadBytes = Disorder{0.01, 20 * time.Second}, 0.02, 0.01, 300
	for name, c := range map[string]struct {
		Config
		want string
	}{
		"plain": {bare, "b3b6d83ed7951aaee291898d2dcea732"},
		"all":   {all, "d7e499d9b1a26adc8b2419ce123bf908"},
	} {
		if got := digest(take(open(t, c.Config), 20_000)); got != c.want {
			t.Errorf("%s: digest of the first 20,000 events = %s, want %s", name, got, c.want)
		}
	}
	other := bare
	other.Seed = 2
	if digest(take(open(t, bare), 100)) == digest(take(open(t, other), 100)) {
		t.Error("seeds 1 and 2 give the same events")
	}
}

func TestEventsAreReadingsOfTheirDevices(t *testing.T) {
	s := open(t, Config{Devices: 50, FirstDevice: 8, Seed: 3, Speed: 60})
	dec, err := jsonenc.Format{}.Decoder(job.Reading{Device: "device_id", Time: job.TimeField{Path: "ts", Unit: "s"},
		Metrics: map[string]job.Metric{"temp": {Path: "data.temp"}, "humidity": {Path: "data.humidity"}, "co": {Path: "data.co"}}})
	if err != nil {
		t.Fatal(err)
	}
	devices := s.Devices()
	next := map[uint32]uint64{}
	for k, e := range take(s, 20_000) {
		if want := next[e.Device]; e.Seq != want {
			t.Fatalf("event %d: sequence %d of device %d, want %d", k, e.Seq, e.Device, want)
		}
		next[e.Device]++
		if d := devices[e.Device-8]; d.Number != e.Device || d.ID != string(e.Key) {
			t.Fatalf("event %d: device %d with key %s, registered as %d %s", k, e.Device, e.Key, d.Number, d.ID)
		}
		var r encoding.Reading
		if reason := dec.Decode(e.Key, e.Value, &r); reason != "" {
			t.Fatalf("event %d: Decode(%s) = %q", k, e.Value, reason)
		}
		if !r.Present[0] || !r.Present[1] || !r.Present[2] {
			t.Fatalf("event %d: a metric is missing in %s", k, e.Value)
		}
		if want := start.UnixMilli() + int64(k)*12; e.EventTime != want {
			t.Fatalf("event %d: event time %d, want %d", k, e.EventTime, want)
		}
		var m struct{ TS json.Number }
		if err := json.Unmarshal(e.Value, &m); err != nil {
			t.Fatal(err)
		}
		whole, frac, _ := strings.Cut(m.TS.String(), ".")
		if got := whole + (frac + "0000000")[:3]; got != fmt.Sprint(e.EventTime) || len(frac) > 7 {
			t.Fatalf("event %d: ts %s, want event time %d and 7 digits at most", k, m.TS, e.EventTime)
		}
	}
	if len(next) != 50 {
		t.Errorf("%d devices sent, want 50", len(next))
	}
}

// TestNumbersLookAsRecorded: a device keeps the way its recorded device writes numbers.
func TestNumbersLookAsRecorded(t *testing.T) {
	recorded := map[bool]bool{}
	for _, e := range take(open(t, Config{Devices: 30, Seed: 1}), 5000) {
		var m struct {
			Data struct{ Temp, Humidity json.Number }
		}
		if err := json.Unmarshal(e.Value, &m); err != nil {
			t.Fatal(err)
		}
		for _, n := range []json.Number{m.Data.Temp, m.Data.Humidity} {
			_, frac, ok := strings.Cut(string(n), ".")
			if !ok {
				t.Fatalf("%s has no point; the recording always writes one", n)
			}
			recorded[len(frac) > 1] = true
			f, _ := n.Float64()
			if steps := f * 10; math.Abs(steps-math.Round(steps)) > 1e-4 {
				t.Fatalf("%s is not a multiple of the sensor's step 0.1", n)
			}
		}
	}
	if !recorded[true] || !recorded[false] {
		t.Errorf("styles seen (long: %v, short: %v), want both", recorded[true], recorded[false])
	}
}

// TestStreamIsAsTheRecording holds what makes a recording worth replaying against the recording: compressibility, how often
// a value holds, and the spread of the gaps.
func TestStreamIsAsTheRecording(t *testing.T) {
	rec := rooms(t)
	file, err := scenarios.Files.Open("recorded/room-sensors.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	real, err := unpack(file)
	if err != nil {
		t.Fatal(err)
	}
	var made []byte
	var realHold, madeHold, realLong, madeLong share
	for _, src := range rec.sources {
		gaps := []int64{}
		for i, m := range src.messages {
			gaps = append(gaps, m.gap)
			if i > 0 {
				realHold.add(temp(t, m.text) == temp(t, src.messages[i-1].text))
			}
		}
		slices.Sort(gaps)
		for _, g := range gaps {
			realLong.add(float64(g) > 1.5*float64(gaps[len(gaps)/2]))
		}
	}
	s := open(t, Config{Recording: rec, Devices: 3, Seed: 5})
	last := map[uint32]string{}
	at := map[uint32][]int64{}
	var e generators.Event
	for range 20_000 {
		pace, _ := s.Pace()
		s.Next(pace, &e)
		made = append(append(made, e.Value...), '\n')
		v := temp(t, e.Value)
		if before, ok := last[e.Device]; ok {
			madeHold.add(v == before)
		}
		last[e.Device] = v
		at[e.Device] = append(at[e.Device], int64(pace))
	}
	for _, times := range at {
		gaps := []int64{}
		for i := 1; i < len(times); i++ {
			gaps = append(gaps, times[i]-times[i-1])
		}
		sorted := slices.Sorted(slices.Values(gaps))
		for _, g := range gaps {
			madeLong.add(float64(g) > 1.5*float64(sorted[len(sorted)/2]))
		}
	}
	if d := math.Abs(math.Log2(ratio(made) / ratio(real))); d > 0.25 {
		t.Errorf("gzip ratio %.2f, the recording's is %.2f: they differ by 2^%.2f, want 2^0.25 at most", ratio(made), ratio(real), d)
	}
	if d := math.Abs(madeHold.of() - realHold.of()); d > 0.05 {
		t.Errorf("temperature holds in %.3f of the readings, in the recording in %.3f", madeHold.of(), realHold.of())
	}
	if d := math.Abs(madeLong.of() - realLong.of()); d > 0.07 {
		t.Errorf("%.3f of the gaps are long, in the recording %.3f", madeLong.of(), realLong.of())
	}
}

type share struct{ yes, all int }

func (s *share) add(yes bool) {
	s.all++
	if yes {
		s.yes++
	}
}

func (s *share) of() float64 { return float64(s.yes) / float64(s.all) }

func temp(t *testing.T, message []byte) string {
	_, rest, _ := bytes.Cut(message, []byte(`"temp":`))
	v, _, ok := bytes.Cut(rest, []byte("}"))
	if !ok {
		t.Fatalf("no temperature in %s", message)
	}
	return string(v)
}

// ratio is the mean gzip ratio of batches of 100 lines.
func ratio(lines []byte) float64 {
	var in, out int
	for batch := range slices.Chunk(bytes.SplitAfter(lines, []byte("\n")), 100) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		for _, l := range batch {
			_, _ = z.Write(l)
			in += len(l)
		}
		_ = z.Close()
		out += b.Len()
	}
	return float64(in) / float64(out)
}

func TestPaceKeepsTheRecordingsRate(t *testing.T) {
	rec := rooms(t)
	s := open(t, Config{Recording: rec, Devices: 300, Seed: 9, Speed: 10})
	var e generators.Event
	var last time.Duration
	const n = 50_000
	for k := range n {
		pace, ok := s.Pace()
		if !ok || pace < last {
			t.Fatalf("event %d: Pace() = %v, %v after %v", k, pace, ok, last)
		}
		last = pace
		s.Next(pace, &e)
	}
	got, want := n/last.Seconds(), rec.Rate()*300*10
	if math.Abs(got/want-1) > 0.1 {
		t.Errorf("%v events per second, want about %v", got, want)
	}
}

func TestLateEventsAreLateByLessThanTheBound(t *testing.T) {
	const upTo = 20 * time.Second
	late, worst := 0, int64(0)
	events := take(open(t, Config{Devices: 100, Seed: 1, Speed: 20, Disorder: Disorder{0.01, upTo}}), 100_000)
	for k, e := range events {
		by := start.UnixMilli() + int64(k)*4 - e.EventTime
		if by < 0 || by > upTo.Milliseconds() {
			t.Fatalf("event %d is late by %d ms, want at most %v", k, by, upTo)
		}
		if by > 0 {
			late++
		}
		worst = max(worst, by)
	}
	if late < 850 || late > 1150 || worst < 19_000 {
		t.Errorf("%d of 100,000 events are late, by %d ms at most; want about 1,000 and nearly 20,000", late, worst)
	}
}

func TestRepeatsAreTheSameEventAgain(t *testing.T) {
	seen := map[uint32]map[uint64]generators.Event{}
	repeats := 0
	for k, e := range take(open(t, Config{Devices: 200, Seed: 1, Speed: 20, Repeats: 0.05, Damaged: 0.1}), 50_000) {
		d := seen[e.Device]
		if d == nil {
			d = map[uint64]generators.Event{}
			seen[e.Device] = d
		}
		first, again := d[e.Seq]
		if !again {
			if e.Seq != uint64(len(d)) {
				t.Fatalf("event %d: sequence %d of device %d, want %d", k, e.Seq, e.Device, len(d))
			}
			d[e.Seq] = e
			continue
		}
		repeats++
		if !same(first, e) {
			t.Fatalf("event %d = %+v repeats %+v otherwise", k, e, first)
		}
	}
	if share := float64(repeats) / (50_000 - float64(repeats)); math.Abs(share-0.05) > 0.005 {
		t.Errorf("%d repeats, %.3f of the events, want about 0.05", repeats, share)
	}
}

func same(a, b generators.Event) bool {
	return a.Device == b.Device && a.Seq == b.Seq && a.EventTime == b.EventTime && a.Damaged == b.Damaged &&
		bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value)
}

func TestDamagedValuesAreFlagged(t *testing.T) {
	whole := take(open(t, Config{Devices: 20, Seed: 1}), 20_000)
	harmed := take(open(t, Config{Devices: 20, Seed: 1, Damaged: 0.05}), 20_000)
	cut, garbled := 0, 0
	for k, e := range harmed {
		switch unharmed := bytes.Equal(e.Value, whole[k].Value); {
		case unharmed == e.Damaged:
			t.Fatalf("event %d: damaged %v, but same as without: %v", k, e.Damaged, unharmed)
		case unharmed:
		case len(e.Value) < len(whole[k].Value):
			cut++
			if !bytes.HasPrefix(whole[k].Value, e.Value) {
				t.Fatalf("event %d is cut off and changed too: %s", k, e.Value)
			}
		default:
			garbled++
		}
		e.Value, e.Damaged = whole[k].Value, false
		if !same(e, whole[k]) {
			t.Fatalf("event %d: damage changed more than the value", k)
		}
	}
	if cut < 400 || garbled < 400 || cut+garbled > 1200 {
		t.Errorf("%d cut off and %d garbled, want about 500 each", cut, garbled)
	}
}

func TestPaddingFillsUp(t *testing.T) {
	for _, size := range []int{0, 1, 200, 210, 220, 1000, 1_000_000} {
		for _, e := range take(open(t, Config{Devices: 3, Seed: 1, PadBytes: size}), 20) {
			if !json.Valid(e.Value) {
				t.Fatalf("padded to %d: %.300s is not valid", size, e.Value)
			}
			if n := len(e.Value); n < size || size >= 300 && n != size || n > max(size+9, 300) {
				t.Errorf("padded to %d: %d bytes", size, n)
			}
		}
	}
}

// Fillers take turns through one pool of letters, and begin anew at its end.
func TestFillersAreCutFromThePoolInTurn(t *testing.T) {
	s := &stream{pool: []byte("0123456789")}
	head, tail := "{"+fillerHead, fillerTail
	for _, want := range []string{"012", "3456789", "0", "123456789012345", "", "6"} {
		got := string(s.pad([]byte("{}"), len(want)+len(fillerHead)+len(fillerTail)-1))
		if got != head+want+tail {
			t.Errorf("pad by %d letters = %s, want %s", len(want), got, head+want+tail)
		}
	}
}

// A filler has to cost its size after compression too: three quarters by its alphabet, and no repetitions for codecs that
// look back further.
func TestFillersDoNotRepeat(t *testing.T) {
	var zipped, squeezed bytes.Buffer
	g := gzip.NewWriter(&zipped)
	z, err := zstd.NewWriter(&squeezed, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, e := range take(open(t, Config{Devices: 3, Seed: 1, PadBytes: 100_000}), 50) {
		n, _ := g.Write(e.Value)
		_, _ = z.Write(e.Value)
		size += n
	}
	if err := errors.Join(g.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string]int{"gzip": zipped.Len(), "zstd": squeezed.Len()} {
		if share := float64(packed) / float64(size); share < 0.74 || name == "gzip" && share > 0.78 {
			t.Errorf("%s: 5 MB of padded messages become %.3f of that, want three quarters", name, share)
		}
	}
}

func TestValuesAreTheCallersToKeep(t *testing.T) {
	s := open(t, Config{Devices: 10, Seed: 1, PadBytes: 3000})
	kept := take(s, 1000)
	before := digest(kept)
	for _, e := range kept {
		_ = append(e.Value, "overwrites what follows"...)
		_ = append(e.Key, "overwrites what follows"...)
	}
	take(s, 1000)
	if digest(kept) != before {
		t.Error("events changed after they were given out")
	}
}

func TestIdsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range open(t, Config{Devices: 100_000, Seed: 7}).Devices() {
		if seen[d.ID] || len(d.ID) != idSize || !strings.HasPrefix(d.ID, "02:") {
			t.Fatalf("device id %q is there twice or malformed", d.ID)
		}
		seen[d.ID] = true
	}
}

// TestThresholdsAreCrossedNowAndThen: alarms must happen, and be rare.
func TestThresholdsAreCrossedNowAndThen(t *testing.T) {
	s := open(t, Config{Devices: 60, Seed: 2})
	devices := s.Devices()
	if diff := cmp.Diff(devices, s.Devices()); diff != "" {
		t.Errorf("Devices() twice (-first +second):\n%s", diff)
	}
	for _, d := range devices {
		f := d.Fields
		if len(f) != 4 || f["site"] < 1 || f["site"] > 20 || f["gain"] < 980_000 || f["gain"] > 1_020_000 || f["offset"] < -500_000 || f["offset"] > 500_000 {
			t.Fatalf("registry entry of %s: %v", d.ID, f)
		}
	}
	var above share
	crossing := map[uint32]bool{}
	for _, e := range take(s, 100_000) {
		var m struct{ Data struct{ Temp float64 } }
		if err := json.Unmarshal(e.Value, &m); err != nil {
			t.Fatal(err)
		}
		f := devices[e.Device].Fields
		hot := m.Data.Temp*float64(f["gain"])+float64(f["offset"]) > float64(f["threshold"])
		above.add(hot)
		if hot {
			crossing[e.Device] = true
		}
	}
	if p := above.of(); p < 0.005 || p > 0.1 || len(crossing) < 25 {
		t.Errorf("%.4f of the readings exceed their threshold, on %d of 60 devices; want a few per cent, on 25 or more", p, len(crossing))
	}
}

const plain = `
schema: 1
messages: m.jsonl
encoding: json
device: id
time: {path: at, unit: ms, digits: 0}
metrics: {v: {path: v, step: 0.5, spread: 1, noise: 0, range: [-10, 10]}}
`

func BenchmarkNext(b *testing.B) {
	for _, devices := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("devices=%d", devices), func(b *testing.B) {
			s := open(b, Config{Devices: devices, Seed: 1, Speed: 20, Disorder: Disorder{0.01, 20 * time.Second}, Repeats: 0.01})
			var e generators.Event
			var at time.Duration
			b.ReportAllocs()
			for b.Loop() {
				s.Next(at, &e)
				at += 200 * time.Microsecond
			}
		})
	}
}
