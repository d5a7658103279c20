package hop

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPrefixStopsAtTheOldestEventWaitedFor(t *testing.T) {
	var a Acks
	a.next = 100
	if got := a.Prefix(); got != 100 {
		t.Errorf("Prefix() before the first event = %d, want 100", got)
	}
	first, second := a.Begin(100), a.Begin(101)
	first.Add()
	first.Done() // handled; its result is still on the way
	second.Done()
	a.Skip(102)
	if got := a.Prefix(); got != 100 {
		t.Errorf("Prefix() with a result on the way = %d, want 100", got)
	}
	first.Done()
	if got := a.Prefix(); got != 103 {
		t.Errorf("Prefix() with all acknowledged = %d, want 103", got)
	}
}

func TestPrefixAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var a Acks
		var open []*Ack
		next := int64(0)
		for range rapid.IntRange(0, 2000).Draw(rt, "steps") {
			switch kind := rapid.IntRange(0, 9).Draw(rt, "kind"); {
			case kind < 5:
				open = append(open, a.Begin(next))
				next++
			case kind < 6:
				a.Skip(next)
				next++
			case len(open) > 0:
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "acknowledged")
				open[i].Done()
				open = append(open[:i:i], open[i+1:]...)
			}
			want := next
			if len(open) > 0 {
				want = open[0].offset
			}
			if got := a.Prefix(); got != want {
				rt.Fatalf("Prefix() = %d, want %d", got, want)
			}
		}
	})
}
