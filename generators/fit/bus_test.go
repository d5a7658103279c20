package fit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// sender is an identifier of a made-up bus.
type sender struct {
	id     byte
	period int64 // us
	data   func(n int, at float64) [8]byte
}

// senders are five identifiers that say something and ten that say the same for ever.
func senders(rng *rand.Rand) []sender {
	level, mode := 0.0, byte(0)
	all := []sender{
		{0x10, 10_000, func(n int, at float64) [8]byte {
			v := int(20_000 + 8_000*math.Sin(at/3) + 40*rng.NormFloat64())
			return [8]byte{byte(n), byte(v >> 8), byte(v), 0x5a}
		}},
		{0x20, 12_000, func(int, float64) [8]byte {
			level = 0.99*level + 60*rng.NormFloat64()
			v := int16(level)
			return [8]byte{0, byte(v), byte(uint16(v) >> 8)}
		}},
		{0x30, 20_000, func(int, float64) [8]byte { return [8]byte{1, 2, 3, 4, 5, 6, 7, 8} }},
		{0x40, 50_000, func(int, float64) [8]byte {
			if rng.IntN(20) == 0 {
				mode = byte(rng.IntN(4))
			}
			return [8]byte{mode, 0, mode * 3}
		}},
		{0x50, 25_000, func(int, float64) [8]byte { return [8]byte{byte(rng.IntN(256))} }},
	}
	for i := range 10 {
		all = append(all, sender{byte(0x60 + 0x10*i), int64(8_000 + 1_000*i), func(int, float64) [8]byte { return [8]byte{7, byte(i)} }})
	}
	return all
}

// car is a bus of these identifiers, each sent 0.7 ms after the one before. A recorder reads off what has come 1 to 9 ms apart.
func car(seconds int) *sample.Stream {
	rng := rand.New(rand.NewPCG(1, 2))
	all := senders(rng)
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	sent, read := make([]int, len(all)), int64(0)
	for read < int64(seconds)*1e6 {
		read += 1_000 + int64(rng.IntN(8_000))
		at := read * 1e3
		for i, k := range all {
			for int64(sent[i])*k.period+int64(i)*700 < read {
				frame := []byte{0, 0, 0, k.id, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
				data := k.data(sent[i], float64(sent[i])*float64(k.period)/1e6)
				copy(frame[8:], data[:])
				if k.id == 0x10 {
					for _, c := range frame[:15] {
						frame[15] += c
					}
				}
				s.Messages = append(s.Messages, sample.Frame(at, fmt.Sprintf("can0/%03x", k.id), frame))
				sent[i], at = sent[i]+1, at+4_000
			}
		}
	}
	return s
}

func TestABusIsTakenApart(t *testing.T) {
	p, err := Fit(car(60), Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]preset.Kind{}
	for _, k := range p.Kinds {
		got[k.Name] = k
	}
	for i, want := range []struct {
		name, message string
		period        float64 // s
	}{
		{"can0/010", "0000001008000000${seq:u8}${signal:u16be}5a000000${sum8:0}", 0.01},
		{"can0/020", "000000200800000000${signal:i16}0000000000", 0.012},
		{"can0/030", "00000030080000000102030405060708", 0.02},
		{"can0/040", "0000004008000000${signal:u8}00${second:u8}0000000000", 0.05},
		{"can0/050", "0000005008000000${noise:1}00000000000000", 0.025},
	} {
		k := got[want.name]
		period, times, _ := strings.Cut(k.Intervals, "~")
		if v, err := strconv.ParseFloat(period, 64); k.Message != want.message || err != nil || math.Abs(v-want.period) > want.period/10_000 || times != "1000" {
			t.Errorf("%s is %s, %s s apart; want %s, %v s apart", want.name, k.Message, k.Intervals, want.message, want.period)
		}
		// All wait for the recorder alike.
		after, due := time.Duration(k.Phase-got["can0/010"].Phase), time.Duration(i)*700*time.Microsecond
		if (after - due).Abs() > time.Millisecond {
			t.Errorf("%s is sent %v after the first, want %v", want.name, after, due)
		}
	}
	if g := p.Gateway; g.Devices != len(p.Kinds) || !strings.HasPrefix(g.Intervals, "0.001") || math.Abs(g.Memory) > 0.1 {
		t.Errorf("the gateway has %d devices, memory %v and intervals %.40s…; want %d, hardly any, and 1 ms the shortest", g.Devices, g.Memory, g.Intervals, len(p.Kinds))
	}
}

// What keeps within a part of the range is a number: as noise it would have values that no frame ever had.
func TestBytesOfAPartOfTheRangeAreNoNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		n, from, to int
		want        bool
	}{
		{5, 0, 256, true}, {50, 0, 256, true}, {1000, 0, 256, true}, {20_000, 0, 256, true},
		{50, 64, 192, false}, {20, 100, 160, false},
	} {
		column := make([]byte, c.n)
		for i := range column {
			column[i] = byte(c.from + rng.IntN(c.to-c.from))
		}
		if got := disordered(column); got != c.want {
			t.Errorf("%d bytes from %d to %d: noise %t, want %t", c.n, c.from, c.to-1, got, c.want)
		}
	}
	if disordered([]byte{10, 12, 11}) {
		t.Error("10, 12, 11 are noise")
	}
}

// A pause in a log changes nothing of how often frames are sent.
func TestABusThatSleptIsFittedAwake(t *testing.T) {
	s := car(30)
	n := len(s.Messages) * 2 / 3
	for i := range s.Messages[n:] {
		s.Messages[n+i].Time += int64(time.Hour)
	}
	p, err := Fit(s, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Source.Messages != n || p.Gateway.Devices != len(p.Kinds) {
		t.Errorf("fitted to %d messages with a gateway of %d, want the %d before the pause, and %d", p.Source.Messages, p.Gateway.Devices, n, len(p.Kinds))
	}
	i := slices.IndexFunc(p.Kinds, func(k preset.Kind) bool { return k.Name == "can0/030" })
	if i < 0 {
		t.Fatal("there is no can0/030")
	}
	period, _, _ := strings.Cut(p.Kinds[i].Intervals, "~")
	if v, err := strconv.ParseFloat(period, 64); err != nil || math.Abs(v-0.02) > 0.02/1_000 {
		t.Errorf("can0/030 is sent %s s apart, want 0.02", p.Kinds[i].Intervals)
	}
}

// What a preset makes that was fitted to the first half of a bus passes beside the second.
func TestAFittedBusPasses(t *testing.T) {
	s := car(60)
	n := len(s.Messages)
	p, err := Fit(s.Part(0, n/2), Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	g, err := preset.New(preset.Config{Preset: p, Devices: len(p.Kinds), Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	gen := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	var e generators.Event
	for range n / 2 {
		at, _ := g.Pace()
		g.Next(at, &e)
		gen.Messages = append(gen.Messages, sample.Frame(int64(at), string(e.Key), slices.Clone(e.Value)))
	}
	rep := realism.Score(s.Part(n/2, n), gen, realism.Options{})
	if text, over := verdict(rep); !rep.Realistic() {
		t.Errorf("%s checks passed; over their thresholds: %s", text, strings.Join(over, ", "))
	}
}

// A bus with more than a preset holds loses detail, then identifiers.
func TestALargeBusFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	state := make([][8]byte, 200)
	for n := range 40 {
		for id := range state {
			for i := range state[id] {
				if rng.IntN(3) == 0 {
					state[id][i] = byte(40*i + rng.IntN(40))
				}
			}
			frame := append([]byte{0, 0, 1, byte(id), 8, 0, 0, 0}, state[id][:]...)
			s.Messages = append(s.Messages, sample.Frame(int64(n)*100e6+int64(id)*400e3, fmt.Sprintf("can0/1%02x", id), frame))
		}
	}
	p, err := Fit(s, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	if size := len(p.YAML()); size > room || len(p.Kinds) < 16 {
		t.Errorf("%d kinds in %d bytes, want at least 16 in up to %d", len(p.Kinds), size, room)
	}
}

// A recorder that takes each frame as it comes is no gateway, and a log need not be in order.
func TestFramesThatComeAlone(t *testing.T) {
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	for i := range 1_000 {
		s.Messages = append(s.Messages, sample.Frame(int64(i)*1e6, "can0/010", append([]byte{0, 0, 0, 0x10, 5, 0, 0, 0}, 1, 2, 3, 4, byte(i/100))))
	}
	s.Messages[500].Bytes = []byte{0, 0, 0, 0x10, 2, 0, 0, 0, 1, 2} // a shorter one
	s.Messages = slices.Concat(s.Messages[600:], s.Messages[:600])
	p, err := Fit(s, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	if k := p.Kinds[0]; p.Gateway.Devices != 0 || k.Intervals != "0.001~1000" || k.Message != "000000100500000001020304${signal:u8}" {
		t.Errorf("gateway %+v, intervals %s and message %s; want none, 0.001~1000, and the last byte a number", p.Gateway, k.Intervals, k.Message)
	}
}

// Frames of one instant have no interval.
func TestABusOfTooFewFramesIsRefused(t *testing.T) {
	for _, n := range []int{1, 5} {
		s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
		for range n {
			s.Messages = append(s.Messages, sample.Frame(0, "can0/010", make([]byte, 16)))
		}
		if _, err := Fit(s, Options{}); err == nil || !strings.Contains(err.Error(), "no identifier has 3 frames at different times") {
			t.Errorf("Fit of %d = %v, want that no identifier has 3 frames at different times", n, err)
		}
	}
}
