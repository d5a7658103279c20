package preset

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

var update = flag.Bool("update", false, "write testdata/digests.txt anew")

// Every preset in the binary gives the bytes it gave before. A preset that was fitted anew has new digests.
func TestShippedPresetsGiveSameBytes(t *testing.T) {
	got := map[string]string{}
	for _, name := range Names(scenarios.Files) {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		h := xxh3.New()
		var e generators.Event
		s := open(t, Config{Preset: p, Devices: 20, Seed: 11})
		for range 3_000 {
			at, _ := s.Pace()
			s.Next(at, &e)
			fmt.Fprintln(h, line(e))
		}
		got[name] = fmt.Sprintf("%016x", h.Sum64())
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(got)) {
		fmt.Fprintln(&text, name, got[name])
	}
	if *update {
		if err := os.WriteFile("testdata/digests.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/digests.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("digests:\n%swant\n%s", text.String(), want)
	}
}
