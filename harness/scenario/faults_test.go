package scenario

import (
	"slices"
	"strings"
	"testing"
)

func TestRandomFaultsAreWrittenOutForEveryEngine(t *testing.T) {
	const src = "engines: {tuple: {}, other: {engine: tuple}}\nfaults: [{at: 4s, until: 20s, times: 5, do: kill, for: 1s}, {at: 30s, engine: other, do: pause, for: 2s}]"
	faults := func(more string) []Fault {
		s, err := read(t, with(src+more))
		if err != nil {
			t.Fatal(err)
		}
		return s.Faults
	}
	all := faults("")
	if len(all) != 11 || all[10] != (Fault{At: 30_000, Engine: "other", Do: Pause, For: 2_000}) {
		t.Fatalf("%d faults, %+v; want 5 kills of two engines, then the pause", len(all), all)
	}
	for i := 0; i < 10; i += 2 {
		a, b := all[i], all[i+1]
		if a.At != b.At || a.Engine != "other" || b.Engine != "tuple" || a.For != 1_000 || a.Times != 0 || a.Until != 0 {
			t.Errorf("faults %+v and %+v; want the same instant for both engines, the floor spared", a, b)
		}
		if a.At < 4_000 || a.At >= 20_000 || i > 0 && a.At < all[i-2].At {
			t.Errorf("kill %d at %v; want them in order from 4s to before 20s", i/2, a.At)
		}
	}
	s, err := read(t, with("faults: [{at: 4s, do: kill, for: 1s}, {at: 5s, engine: tuple, do: pause, for: 2s}]"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.faultTexts(), "\n"); got != "batch: kill at 4s for 1s\ntuple: kill at 4s for 1s, pause at 5s for 2s" {
		t.Errorf("told as\n%s", got)
	}
	if again := faults(""); !slices.Equal(all, again) {
		t.Errorf("the same seed gave %v and %v", all, again)
	}
	if other := faults("\nseed: 7"); slices.Equal(all, other) {
		t.Error("another seed gave the same instants")
	}
}
