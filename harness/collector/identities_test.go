package collector

import (
	"math/rand/v2"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
)

func TestIdentitiesAgreesWithASet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newIdentities()
	s.step = 60_000
	type key struct {
		kind          event.Kind
		stream        uint16
		node, ordinal uint16
		device        uint32
		seq           uint64
	}
	want := map[key]bool{}
	seqs := []uint64{0, 63, 64, 1 << 23, 1 << 40, 1<<64 - 1, 1 << 63}
	for i := range 200_000 {
		o := Observation{Kind: event.Kind(1 + rng.IntN(5)), Stream: uint16(rng.IntN(2)), Node: uint16(rng.IntN(2)),
			Device: uint32(rng.IntN(130)), Seq: uint64(rng.IntN(500))}
		switch {
		case rng.IntN(20) == 0: // far from the others, and back within reach
			o.Seq = seqs[rng.IntN(len(seqs))] + uint64(rng.IntN(3))
		case rng.IntN(20) == 0:
			o.Seq = 1<<22 + uint64(rng.IntN(1<<23))
		case o.Kind == event.KindWindow && rng.IntN(10) > 0:
			o.Seq = uint64(int64(o.Seq-250) * s.step)
		}
		k := key{o.Kind, o.Stream, o.Node, o.Ordinal, o.Device, o.Seq}
		if got := s.add(&o); got == want[k] {
			t.Fatalf("add %d of %+v = %v, want %v", i, k, got, !want[k])
		}
		want[k] = true
	}
}

func TestIdentitiesStaysSmallWhenAnEngineInventsSequences(t *testing.T) {
	s := newIdentities()
	for i := range uint64(1000) {
		s.add(&Observation{Kind: event.KindEvent, Device: uint32(i % 3), Seq: i * ((1<<64 - 1) / 1000)})
	}
	words := 0
	for _, p := range s.pages {
		for _, b := range p {
			words += len(b.words)
		}
	}
	if words > 3*2 || len(s.far) < 990 {
		t.Errorf("1000 scattered sequences take %d words and %d entries, want at most 6 and at least 990", words, len(s.far))
	}
}
