package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

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

// car is a bus with five identifiers whose frames a recorder reads off 1 to 9 ms apart.
func car(seconds int) *sample.Stream {
	rng := rand.New(rand.NewPCG(1, 2))
	level, mode := 0.0, byte(0)
	senders := []sender{
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
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	sent, read := make([]int, len(senders)), int64(0)
	for read < int64(seconds)*1e6 {
		read += []int64{1_000, 2_000, 5_000, 5_000, 9_000}[rng.IntN(5)]
		at := read * 1e3
		for i, k := range senders {
			for int64(sent[i])*k.period+int64(i)*700 < read {
				frame := []byte{0, 0, 0, k.id, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
				data := k.data(sent[i], float64(sent[i])*float64(k.period)/1e6)
				copy(frame[8:], data[:])
				if k.id == 0x10 {
					for _, c := range frame[:15] {
						frame[15] += c
					}
				}
				s.Messages = append(s.Messages, sample.Frame(at, "can0/0"+string("0123456789abcdef"[k.id>>4])+"0", frame))
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
	got := map[string]string{}
	for _, k := range p.Kinds {
		got[k.Name] = k.Message + " " + k.Intervals
	}
	for name, want := range map[string]string{
		"can0/010": "0000001008000000${seq:u8}${signal:u16be}5a000000${sum8:0} 0.01~1000",
		"can0/020": "000000200800000000${signal:i16}0000000000 0.012~1000",
		"can0/030": "00000030080000000102030405060708 0.02~1000",
		"can0/040": "0000004008000000${signal:u8}00${second:u8}0000000000 0.05~1000",
		"can0/050": "0000005008000000${noise:1}00000000000000 0.025~1000",
	} {
		if got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
	if p.Gateway.Devices != len(p.Kinds) || !strings.HasPrefix(p.Gateway.Intervals, "0.001") {
		t.Errorf("the gateway has %d devices and intervals %.40s…, want %d, and 1 ms the shortest", p.Gateway.Devices, p.Gateway.Intervals, len(p.Kinds))
	}
}

// What a preset makes that was fitted to the first half of a bus passes beside the second.
func TestAFittedBusPasses(t *testing.T) {
	s := car(120)
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

// A recorder that takes each frame as it comes is no gateway.
func TestFramesThatComeAlone(t *testing.T) {
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	for i := range 1_000 {
		s.Messages = append(s.Messages, sample.Frame(int64(i)*1e6, "can0/010", []byte{0, 0, 0, 0x10, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, byte(i / 100)}))
	}
	p, err := Fit(s, Options{Title: "Fitted"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Gateway.Devices != 0 || p.Kinds[0].Intervals != "0.001~1000" {
		t.Errorf("gateway %+v and intervals %s, want none and 0.001~1000", p.Gateway, p.Kinds[0].Intervals)
	}
}

func TestABusOfTooFewFramesIsRefused(t *testing.T) {
	s := &sample.Stream{Bus: true, Clock: "s", Fields: sample.BusFields()}
	s.Messages = append(s.Messages, sample.Frame(0, "can0/010", make([]byte, 16)))
	if _, err := Fit(s, Options{}); err == nil || !strings.Contains(err.Error(), "no identifier has 3 frames") {
		t.Errorf("Fit() = %v, want that no identifier has 3 frames", err)
	}
}
