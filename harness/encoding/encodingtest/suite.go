// Package encodingtest is what every encoding must pass: what its encoder writes its decoder reads, a damaged message has a
// reason from the closed list and never a panic, nothing is allocated, and the vectors that decoders in other languages
// are held to are those that this decoder gives.
package encodingtest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Suite says what is tested, and what the encoding does not promise.
type Suite struct {
	Format encoding.Format
	// Keyed: messages do not name their device; the record's key does.
	Keyed bool
	// CutsDecode: the format cannot tell a message that was cut off from one with fewer metrics.
	CutsDecode bool
	// Checked: a checksum over the whole message finds every changed bit.
	Checked bool
	// Allocates: a library that the decoder needs does not do without.
	Allocates bool
	// Files: messages are many kilobytes long. Fewer are tried, few of the places behind the first ones are
	// damaged, and there are no vectors.
	Files bool
	// Holds gives what of values is left in a message, where the format does not hold every number; nil: it does.
	Holds func(r job.Reading, values []int64) []int64
	// Forms makes a message of a reading that the decoder must take or refuse and the encoder never writes; nil: there are none.
	Forms func(g *Gen, r job.Reading, key string) []byte
	// Reasons beside truncated and bad_format that vectors must reach.
	Reasons []job.Reason
	File    string // of the vectors; empty: testdata/vectors.json
	// Update writes the vectors anew.
	Update bool
}

// Room is the reading of the standard jobs.
var Room = job.Reading{Device: "device_id", Time: job.TimeField{Path: "ts", Unit: "s"},
	Metrics: map[string]job.Metric{"humidity": {Path: "data.humidity"}, "temp": {Path: "data.temp"}}}

// Readings have flat and deep paths, both units of time, few metrics and many.
var Readings = []job.Reading{
	Room,
	{Device: "d", Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{"m": {Path: "m"}}},
	{Device: "a.d", Time: job.TimeField{Path: "a.t", Unit: "s"}, Metrics: map[string]job.Metric{
		"b": {Path: "a.b.c"}, "c": {Path: "a.b.d"}, "z": {Path: "n"}}},
	{Device: "id", Time: job.TimeField{Path: "time", Unit: "ms"}, Metrics: map[string]job.Metric{"a": {Path: "m1"},
		"b": {Path: "m2"}, "c": {Path: "m3"}, "d": {Path: "m4"}, "e": {Path: "m5"}, "f": {Path: "m6"}, "g": {Path: "m7"},
		"h": {Path: "m8"}, "i": {Path: "m9"}}},
}

// devices are ids that formats may stumble over.
var devices = []string{"heartbeat-0", "5e:44:3b:f3:79:c8", "x", "Pumpe 7, \"S\u00fcd\"", "a=b\\c,d/e", "\U0001f600", "urn:dev:mac:0024befffe804ff1",
	"twenty-four bytes long id", "an id of a good hundred bytes, as platforms build them from tenant, site, line, machine and sensor: 0815"}

// Run tests everything.
func (s Suite) Run(t *testing.T) {
	t.Run("RoundTrip", s.roundTrip)
	t.Run("AppendsBehindWhatIsThere", s.appends)
	t.Run("CutOff", s.cutOff)
	t.Run("FlippedBits", s.flipped)
	t.Run("WrongDevice", s.wrongDevice)
	t.Run("ForgetsTheMessageBefore", s.forgets)
	t.Run("Allocations", s.allocations)
	t.Run("RefusesReadingsItCannotHold", s.refuses)
	if !s.Files {
		t.Run("Vectors", s.vectors)
	}
}

func (s Suite) coder(t testing.TB, r job.Reading) (encoding.Encoder, encoding.Decoder) {
	t.Helper()
	return Coders(t, s.Format, r)
}

// Coders are both directions of a format for a reading that it must hold.
func Coders(t testing.TB, f encoding.Format, r job.Reading) (encoding.Encoder, encoding.Decoder) {
	t.Helper()
	e, err := f.Encoder(r)
	if err != nil {
		t.Fatalf("Encoder(%v) = %v", r, err)
	}
	d, err := f.Decoder(r)
	if err != nil {
		t.Fatalf("Decoder(%v) = %v", r, err)
	}
	return e, d
}

func (s Suite) roundTrip(t *testing.T) {
	g := NewGen(1)
	for _, r := range Readings {
		e, d := s.coder(t, r)
		var got encoding.Reading
		rounds := 400
		if s.Files {
			rounds = 20
		}
		for i := range rounds {
			device, at, values := devices[i%len(devices)], g.Time(), g.Values(len(r.Metrics))
			message := e.Append(nil, device, at, values)
			if reason := d.Decode([]byte(device), message, &got); reason != job.ReasonNone {
				t.Fatalf("%s: Decode(%q, %x) = %q", s.Format.Name(), device, message, reason)
			}
			if s.Holds != nil {
				values = s.Holds(r, values)
			}
			if back := unpack(&got); !slices.Equal(back, values) {
				t.Fatalf("%s: Decode(%x) = %v, want %v", s.Format.Name(), message, back, values)
			}
			if string(got.Device) != device {
				t.Fatalf("%s: device %q, want %q", s.Format.Name(), got.Device, device)
			}
		}
	}
}

// unpack gives a reading's values with Absent for those that are.
func unpack(r *encoding.Reading) []int64 {
	values := slices.Clone(r.Values)
	for i, p := range r.Present {
		if !p {
			values[i] = encoding.Absent
		}
	}
	return values
}

func (s Suite) appends(t *testing.T) {
	e, _ := s.coder(t, Room)
	alone := e.Append(nil, "x", 1594598735772, []int64{1, 2})
	if got := e.Append([]byte("before"), "x", 1594598735772, []int64{1, 2}); string(got) != "before"+string(alone) {
		t.Errorf("Append behind something = %q, want %q behind it", got, alone)
	}
}

// cutOff cuts messages off everywhere. A format that notices gives a reason each time; any other may give less than was
// sent, and never anything else.
func (s Suite) cutOff(t *testing.T) {
	g := NewGen(2)
	for _, r := range Readings {
		e, d := s.coder(t, r)
		values := g.Values(len(r.Metrics))
		message := e.Append(nil, devices[0], g.Time(), values)
		for n := 0; n < len(message); n += s.stride(n) {
			var got encoding.Reading
			reason := d.Decode([]byte(devices[0]), message[:n:n], &got)
			s.known(t, message[:n], reason)
			if reason != job.ReasonNone {
				continue
			}
			if !s.CutsDecode {
				t.Errorf("Decode of the first %d of %d bytes gives no reason", n, len(message))
			}
			for i, v := range unpack(&got) {
				if v != encoding.Absent && v != values[i] {
					t.Errorf("Decode of the first %d bytes invents %d for %d", n, v, values[i])
				}
			}
		}
	}
}

// stride is how far the next place to try lies behind byte n.
func (s Suite) stride(n int) int {
	if s.Files && n > 400 {
		return 61
	}
	return 1
}

func (s Suite) known(t testing.TB, message []byte, reason job.Reason) {
	t.Helper()
	if reason != job.ReasonNone && !slices.Contains(job.Reasons(), reason) {
		t.Errorf("Decode(%x) = %q, which is none of the reasons", message, reason)
	}
}

func (s Suite) flipped(t *testing.T) {
	g := NewGen(3)
	for _, r := range Readings {
		e, d := s.coder(t, r)
		message := e.Append(nil, devices[1], g.Time(), g.Values(len(r.Metrics)))
		for bit := 0; bit < 8*len(message); bit += s.stride(bit / 8) {
			damaged := bytes.Clone(message)
			damaged[bit/8] ^= 1 << (bit % 8)
			var got encoding.Reading
			reason := d.Decode([]byte(devices[1]), damaged, &got)
			s.known(t, damaged, reason)
			if s.Checked && reason == job.ReasonNone {
				t.Errorf("Decode with bit %d of byte %d changed gives no reason", bit%8, bit/8)
			}
		}
	}
}

func (s Suite) wrongDevice(t *testing.T) {
	e, d := s.coder(t, Room)
	message := e.Append(nil, "a", 0, []int64{1, 2})
	want := job.ReasonWrongDevice
	if s.Keyed {
		want = job.ReasonNone
	}
	var got encoding.Reading
	if reason := d.Decode([]byte("b"), message, &got); reason != want {
		t.Errorf("Decode of a message of another device = %q, want %q", reason, want)
	}
}

func (s Suite) forgets(t *testing.T) {
	e, d := s.coder(t, Room)
	full := e.Append(nil, "a", 0, []int64{1, 2})
	bare := e.Append(nil, "a", 0, []int64{encoding.Absent, encoding.Absent})
	var got encoding.Reading
	for _, m := range [][]byte{full, full[:len(full)/2], bare} {
		d.Decode([]byte("a"), m, &got)
	}
	if got.Present[0] || got.Present[1] {
		t.Errorf("Decode of a message without metrics = %v, %v", got.Values, got.Present)
	}
}

func (s Suite) allocations(t *testing.T) {
	if s.Allocates {
		t.Skip("the library allocates")
	}
	e, d := s.coder(t, Room)
	values := []int64{58_200_001, 27_000_000}
	message := e.Append(nil, devices[1], 1594598735772, values)
	key, buf := []byte(devices[1]), make([]byte, 0, 4096)
	var r encoding.Reading
	d.Decode(key, message, &r) // scratch space grows once
	if n := testing.AllocsPerRun(200, func() { d.Decode(key, message, &r) }); n != 0 {
		t.Errorf("Decode allocates %v times, want 0", n)
	}
	if n := testing.AllocsPerRun(200, func() { buf = e.Append(buf[:0], devices[1], 1594598735772, values) }); n != 0 {
		t.Errorf("Append allocates %v times, want 0", n)
	}
}

func (s Suite) refuses(t *testing.T) {
	for _, r := range []job.Reading{{}, {Device: "d"}, {Device: "d", Time: job.TimeField{Path: "t..x", Unit: "s"}}} {
		if _, err := s.Format.Decoder(r); err == nil {
			t.Errorf("Decoder(%+v) = nil, want an error", r)
		}
	}
	if _, err := s.Format.Encoder(job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "min"}}); err == nil {
		t.Error("Encoder of a reading with minutes = nil, want an error")
	}
}

// Fuzz looks for messages that make the decoder panic, give two answers, or a reason that is none.
func (s Suite) Fuzz(f *testing.F) {
	g := NewGen(4)
	e, d := s.coder(f, Room)
	key := []byte(devices[1])
	for range 20 {
		f.Add(e.Append(nil, devices[1], g.Time(), g.Values(2)))
		if s.Forms != nil {
			f.Add(s.Forms(g, Room, devices[1]))
		}
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var first, second encoding.Reading
		reason := d.Decode(key, message, &first)
		s.known(t, message, reason)
		first.Device, first.Values, first.Present = bytes.Clone(first.Device), slices.Clone(first.Values), slices.Clone(first.Present)
		if again := d.Decode(key, message, &second); again != reason || reason == job.ReasonNone && !cmp.Equal(first, second) {
			t.Errorf("Decode(%x) = %q %v, and then %q %v", message, reason, first, again, second)
		}
	})
}

// BenchmarkDecode measures the decoder on a message of the standard jobs.
func (s Suite) BenchmarkDecode(b *testing.B) {
	e, d := s.coder(b, Room)
	message := e.Append(nil, devices[1], 1594598735772, []int64{58_200_001, 27_000_000})
	var r encoding.Reading
	key := []byte(devices[1])
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if reason := d.Decode(key, message, &r); reason != job.ReasonNone {
			b.Fatal(reason)
		}
	}
}

// BenchmarkAppend measures the encoder on a message of the standard jobs.
func (s Suite) BenchmarkAppend(b *testing.B) {
	e, _ := s.coder(b, Room)
	var buf []byte
	values := []int64{58_200_001, 27_000_000}
	b.ReportAllocs()
	for b.Loop() {
		buf = e.Append(buf[:0], devices[1], 1594598735772, values)
	}
	b.SetBytes(int64(len(buf)))
}

// Gen draws readings, and what a link does to messages.
type Gen struct{ *rand.Rand }

// NewGen starts from a seed.
func NewGen(seed uint64) *Gen { return &Gen{rand.New(rand.NewPCG(seed, 5))} }

// Pick draws one of several.
func Pick[T any](g *Gen, of ...T) T { return of[g.IntN(len(of))] }

// Chance is true in so many of a hundred cases.
func (g *Gen) Chance(percent int) bool { return g.IntN(100) < percent }

// Device draws a device id.
func (g *Gen) Device() string { return devices[g.IntN(len(devices))] }

// Time draws an event time.
func (g *Gen) Time() int64 {
	if g.Chance(5) {
		return Pick[int64](g, 0, -1, -1500, 253402300799999)
	}
	return 1594598735000 + g.Int64N(1e9)
}

// Values draws n metrics in millionths.
func (g *Gen) Values(n int) []int64 {
	values := make([]int64, n)
	for i := range values {
		values[i] = g.value()
	}
	return values
}

func (g *Gen) value() int64 {
	switch g.IntN(8) {
	case 0:
		return encoding.Absent
	case 1:
		return Pick[int64](g, 0, 1, -1, job.MaxMicros, -job.MaxMicros, job.MaxMicros-1, 500_000, 65504e6, 65536e6, -255e6, 16777217e3)
	case 2:
		return g.Int64N(2*job.MaxMicros+1) - job.MaxMicros
	case 3:
		return (g.Int64N(2000) - 1000) * 1e6
	case 4:
		return (g.Int64N(20000) - 10000) * 62_500 // sixteenths, as a chip gives them
	}
	return (g.Int64N(1500) - 400) * 100_000
}
