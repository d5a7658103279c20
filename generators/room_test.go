package generators_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/recorded"
	"github.com/streamgauge/streamgauge/scenarios"
)

// at is where memory begins.
func at(b []byte) *byte { return &b[:1][0] }

func TestMemoryIsUsedAgain(t *testing.T) {
	var r generators.Room
	a, b := r.Take(100_000), r.Take(200_000)
	r.Give(a[:7])
	r.Give(b)
	if got := r.Take(99_000); at(got) != at(a) || len(got) != 0 {
		t.Errorf("memory for 99,000 bytes has length %d and is not the one of 100,000 that lies ready", len(got))
	}
	if got := r.Take(99_000); at(got) == at(b) {
		t.Error("memory for 99,000 bytes is the one of 200,000: more than half of it would lie idle")
	}
	if got := r.Take(200_001); cap(got) < 200_001 {
		t.Errorf("memory for 200,001 bytes has room for %d", cap(got))
	}
	if got := r.Take(200_000); at(got) != at(b) {
		t.Error("memory of the size that lies ready was made anew")
	}
}

// Neither pieces cut short nor a great many fill the memory.
func TestARoomIsBounded(t *testing.T) {
	var r generators.Room
	first := r.Take(10 << 20)
	r.Give(first)
	r.Give(make([]byte, generators.Large-1))
	for range 26 {
		r.Give(make([]byte, 0, 10<<20))
	}
	for range 30 {
		if at(r.Take(10<<20)) == at(first) {
			t.Fatal("of more than 256 MB that lay idle the first piece is still there")
		}
	}
	r.Give(make([]byte, 0, 300<<20))
	if got := r.Take(300 << 20); cap(got) != 300<<20 {
		t.Errorf("room for %d bytes", cap(got))
	}
}

func TestWithoutARoomAllIsNew(t *testing.T) {
	var r *generators.Room
	if got := r.Take(100_000); cap(got) < 100_000 || r.Lends(100_000) {
		t.Errorf("room for %d bytes, lent: %v; want 100,000 that are not", cap(got), r.Lends(100_000))
	}
	e := generators.Event{Value: make([]byte, 100_000)}
	e.GiveBack() // no panic
}

// Memory that is used again changes no byte of any stream, even where something is still in it, and copies of a message are its own.
func TestStreamsAreTheSameInUsedMemory(t *testing.T) {
	for name, open := range map[string]func() (generators.Stream, error){
		"blob": func() (generators.Stream, error) {
			return blob.New(blob.Config{Seed: 1, Devices: 5, Smallest: 1000, Largest: 1_000_000, Speed: 1})
		},
		"preset": func() (generators.Stream, error) {
			p, err := preset.Open(scenarios.Files, "blobs")
			if err != nil {
				return nil, err
			}
			return preset.New(preset.Config{Preset: p, Devices: 20, Seed: 1, Speed: 1})
		},
		"recorded": func() (generators.Stream, error) {
			r, err := recorded.Open(scenarios.Files, "room-sensors")
			if err != nil {
				return nil, err
			}
			return recorded.New(recorded.Config{Recording: r, Devices: 3, Seed: 1, Speed: 1, PadBytes: 100_000, Repeats: 0.3, Damaged: 0.1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			fresh, err := open()
			if err != nil {
				t.Fatal(err)
			}
			again, _ := open()
			var want generators.Event
			got := generators.Event{Room: &generators.Room{}}
			lent := 0
			for i := range 60 {
				due, _ := fresh.Pace()
				due = max(due, time.Duration(i)*time.Second)
				fresh.Next(due, &want)
				again.Next(due, &got)
				if got.Device != want.Device || got.Seq != want.Seq || !bytes.Equal(got.Key, want.Key) || !bytes.Equal(got.Value, want.Value) {
					t.Fatalf("event %d of device %d: %d bytes with used memory, %d without, not the same", i, want.Device, len(got.Value), len(want.Value))
				}
				if want.Lent {
					t.Fatal("lent by nobody")
				}
				if got.Lent {
					lent++
					for j := range got.Value {
						got.Value[j] = 0xaa
					}
				}
				got.GiveBack()
			}
			if lent == 0 {
				t.Error("no value was lent")
			}
		})
	}
}
