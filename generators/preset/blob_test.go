package preset

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

// heavy has blobs whose size stands before them.
const heavy = `
schema: 1
title: Heavy
encoding: heavy
binary: true
device: 'h-@'
clock: {form: ms, step: 1ms, start: "2024-03-01T00:00:00Z"}
kinds:
  - name: one
    share: 1
    intervals: "1~1000"
    message: 'cafe ${size:u32be} ${size:dense} ${size:sparse} beef'
    fields:
      - {name: size, quantiles: "0~2|10|1000|300000~2", decimals: 0, white: 1}
`

func TestBlobsAreAsLongAsTheirFieldSays(t *testing.T) {
	s := open(t, Config{Preset: read(t, heavy), Devices: 2, Seed: 3})
	alone, seen, longest := open(t, Config{Preset: read(t, heavy), Devices: 2, Seed: 3}), map[string]bool{}, 0
	for _, e := range take(s, 300) {
		v := e.Value
		n := int(binary.BigEndian.Uint32(v[2:]))
		if len(v) != 8+2*n || v[0] != 0xca || v[len(v)-1] != 0xef {
			t.Fatalf("%d bytes from % x to % x, want %d from cafe to beef", len(v), v[:2], v[len(v)-2:], 8+2*n)
		}
		longest = max(longest, n)
		if n >= 16 {
			if seen[string(v[6:22])] {
				t.Fatalf("two blobs begin with % x", v[6:22])
			}
			seen[string(v[6:22])] = true
		}
		if got := alone.Record(int(e.Device), e.Seq); !bytes.Equal(got.Value, v) {
			t.Fatalf("Record(%d, %d) has %d bytes, want the same %d as in the stream", e.Device, e.Seq, len(got.Value), len(v))
		}
	}
	if longest != 300_000 {
		t.Errorf("the longest has %d bytes, want 300000", longest)
	}
}

// A preset knows what its blobs come to before any is made.
func TestSizesOfBlobsAreKnown(t *testing.T) {
	if mean, largest := read(t, heavy).Blobs(); mean < 180_403 || mean > 180_405 || largest != 600_000 {
		t.Errorf("Blobs() = %v, %d, want 180404, 600000", mean, largest)
	}
	if mean, largest := read(t, small).Blobs(); mean != 0 || largest != 0 {
		t.Errorf("Blobs() of a preset without any = %v, %d", mean, largest)
	}
	for name, want := range map[string]int64{"blobs": 14_526_360, "imaging": 109_576_192, "hospital": 109_576_192, "real-world": 109_576_192} {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if mean, largest := p.Blobs(); largest != want || mean <= 0 || mean >= float64(largest) {
			t.Errorf("%s: Blobs() = %v, %d, want some and %d", name, mean, largest, want)
		}
	}
}

func TestBlobsAreHeldToTheirForm(t *testing.T) {
	for _, c := range []struct{ old, now, want string }{
		{"binary: true", "binary: false", "blobs stand in binary messages alone"},
		{`quantiles: "0~2|10|1000|300000~2"`, `steps: "0|10"`, "wants quantiles"},
		{"300000~2", "2000000000", "wants quantiles, two at least, from 0 to 1073741824"},
		{"${size:dense}", "${length:dense}", `has no field "length:dense"`},
	} {
		if _, err := Read("heavy.yaml", []byte(strings.Replace(heavy, c.old, c.now, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.now, err, c.want)
		}
	}
	if _, err := read(t, heavy).Reading(); err == nil {
		t.Error("blobs have a reading; want none")
	}
}

// A copy that is sent later is what was sent, whatever became of the memory of the first.
func TestCopiesOfLentMessagesAreTheirOwn(t *testing.T) {
	p := func() *Preset { return read(t, heavy+"dirt:\n  repeated: 0.5\n") }
	want := take(open(t, Config{Preset: p(), Devices: 2, Seed: 3}), 300)
	s := open(t, Config{Preset: p(), Devices: 2, Seed: 3})
	e := generators.Event{Room: &generators.Room{}}
	lent, kept := 0, 0
	for i, w := range want {
		due, _ := s.Pace()
		s.Next(due, &e)
		if e.Device != w.Device || e.Seq != w.Seq || !bytes.Equal(e.Value, w.Value) {
			t.Fatalf("event %d has %d bytes, want the same %d as in new memory", i, len(e.Value), len(w.Value))
		}
		if e.Lent {
			lent++
			clear(e.Value)
		} else if len(e.Value) >= generators.Large {
			kept++
		}
		e.GiveBack()
	}
	if lent == 0 || kept == 0 {
		t.Errorf("%d large messages were lent, %d not for the copies to come; want some of both", lent, kept)
	}
}

// What is read until the next message only is made in the memory of the one before, and copies that are sent later are what was sent.
func TestMessagesThatPassAreTheSameInOneMemory(t *testing.T) {
	wide := "  repeated: 0.3\n  resent: 0.1\n  restamped: 0.1\n  bit_errors: 0.1\n"
	for name, text := range map[string]string{"small": small + "dirt:\n" + wide, "heavy": heavy + "dirt:\n" + wide,
		"long": strings.Replace(small, `{"device":`, `{"noise":"${hex:70000}","device":`, 1) + "dirt:\n" + wide} {
		want := take(open(t, Config{Preset: read(t, text), Devices: 2, Seed: 3}), 300)
		s := open(t, Config{Preset: read(t, text), Devices: 2, Seed: 3})
		e := generators.Event{Room: &generators.Room{Passing: true}}
		memory := map[*byte]int{}
		for i, w := range want {
			due, _ := s.Pace()
			s.Next(due, &e)
			if e.Device != w.Device || e.Seq != w.Seq || !bytes.Equal(e.Key, w.Key) || !bytes.Equal(e.Value, w.Value) {
				t.Fatalf("%s: event %d of %s has %d bytes, want the same %d as in new memory, of %s", name, i, e.Key, len(e.Value), len(w.Value), w.Key)
			}
			memory[&e.Key[0]]++
			e.GiveBack()
		}
		if most := slices.Max(slices.Collect(maps.Values(memory))); most < len(want)/4 {
			t.Errorf("%s: %d keys of %d were made in the same memory, want a fourth", name, most, len(want))
		}
	}
}
