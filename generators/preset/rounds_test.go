package preset

import (
	"strings"
	"testing"
)

// patient is the small preset with an outage once in 4,000 messages.
func patient(t testing.TB) *Preset {
	t.Helper()
	return read(t, strings.Replace(small, `"3.69~900|3.72~90|7.4~10"`, `"3.69~3600|3.72~359|7.4~40|369"`, 1))
}

// gaps gives the intervals of the first device, s.
func gaps(t testing.TB, p *Preset, n int) []float64 {
	t.Helper()
	s := open(t, Config{Preset: p, Devices: 1, Seed: 9})
	var all []float64
	last := s.startNS
	for i := range n {
		made, _ := madeAlone(s, uint64(i))
		if i > 0 {
			all = append(all, float64(made-last)/1e9)
		}
		last = made
	}
	return all
}

// What is rarer than one in a thousand happens as rarely.
func TestRareIntervalsStayRare(t *testing.T) {
	outages := 0
	for _, d := range gaps(t, patient(t), 20_001) {
		if d > 300 {
			outages++
		}
	}
	if outages != 5 {
		t.Errorf("%d outages in 20,000 intervals, want one in each 4,000", outages)
	}
}

func TestLongRoundsKeepTheLaws(t *testing.T) {
	p := patient(t)
	p.Gateway = Gateway{Devices: 40, Intervals: "2~1000|4~600|30~400"}
	keepTheLaws(t, p)
	polls := open(t, Config{Preset: p}).gateway.polls
	for at := int64(1); at < 1e15; at = at*3/2 + 1 {
		if before, next := polls.around(7, at); before > at || next < at || next-before > 30e9 {
			t.Errorf("around %d a gateway passes on at %d and %d, want before and after it, 30 s apart at most", at, before, next)
		}
	}
}

func TestRecordsOfLongRoundsCanBeMadeAlone(t *testing.T) {
	p := patient(t)
	s, other := open(t, Config{Preset: p, Devices: 3, Seed: 3}), open(t, Config{Preset: p, Devices: 3, Seed: 3})
	for i, e := range take(s, 30_000) {
		if i%997 != 0 && e.Seq%4000 > 1 {
			continue
		}
		if got, want := line(other.Record(int(e.Device), e.Seq)), line(e); got != want {
			t.Fatalf("Record(%d, %d) = %s, want %s", e.Device, e.Seq, got, want)
		}
	}
}

// The way from record to record ends where each of them is alone, with rounds of any length.
func TestBeatsOneByOneAreThoseOfRecordsAlone(t *testing.T) {
	for _, p := range []*Preset{read(t, small), patient(t)} {
		s := open(t, Config{Preset: p, Devices: 5, Seed: 2})
		for device := range 5 {
			seed := s.seed(device)
			k := &s.kinds[s.kindOf(device, seed)]
			before, known := int64(-1), ahead{}
			for record := range uint64(9_000) {
				beat, lapse := k.beat(before, &known, seed, record)
				if alone, l := k.beat(-1, new(ahead), seed, record); beat != alone || lapse != l {
					t.Fatalf("device %d, record %d: beat %d after lapse %d, alone %d after %d", device, record, beat, lapse, alone, l)
				}
				before = beat
			}
		}
	}
}
