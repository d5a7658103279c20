package collector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

func TestSizeOfAMessageIsReadFromItsSummary(t *testing.T) {
	for value, want := range map[string]uint32{`{"bytes":110000000,"hash":-1,"peak":0,"sum":0}`: 110_000_000, `{"bytes":0,"hash":1}`: 0, `{"bytes":7}`: 0, "": 0,
		`{"bytes":-1,"hash":1}`: 0, "heartbeat 7": 0, `{"bytes":99999999999,"hash":1}`: 4294967295} {
		if got := summarised([]byte(value)); got != want {
			t.Errorf("summarised(%s) = %d, want %d", value, got, want)
		}
	}
}

func TestClassesArePowersOfFour(t *testing.T) {
	for n, want := range map[uint32]string{0: "0B", 1: "1B-4B", 3: "1B-4B", 4: "4B-16B", 255: "64B-256B", 256: "256B-1KiB", 1023: "256B-1KiB",
		1024: "1KiB-4KiB", 1 << 20: "1MiB-4MiB", 110_000_000: "64MiB-256MiB", 4294967295: "1GiB-4GiB"} {
		if got := class(n); got != want {
			t.Errorf("class(%d) = %s, want %s", n, got, want)
		}
	}
}

// A small message that is due while a large one of its partition is in flight is counted apart.
func TestSmallMessagesBehindLargeOnes(t *testing.T) {
	s := &sizes{phases: phases{{Name: measure, From: 0, To: 1000}}}
	for _, m := range []struct {
		partition          int32
		intended, received int64
		size               uint32
	}{{0, 100, 300, 5000}, {0, 99, 120, 10}, {0, 100, 310, 10}, {0, 299, 320, 1000}, {0, 300, 330, 10}, {1, 200, 210, 10}} {
		s.add(0, m.partition, &Observation{Kind: event.KindEvent, Intended: m.intended, Received: m.received, Size: m.size})
	}
	got := map[string]int64{}
	for _, c := range s.cuts(1000) {
		for _, d := range c.distributions(&AnalysisConfig{}, "") {
			got[d.Metric+" "+d.SizeClass] = d.Count
		}
	}
	want := map[string]int64{"response 4KiB-16KiB": 1, "response 4B-16B": 4, "response 256B-1KiB": 1, "response_behind_large ": 2, "response_clear ": 3}
	for name, n := range want {
		if got[name] != n || len(got) != len(want) {
			t.Errorf("%s: %d, want %d (all: %v)", name, got[name], n, got)
		}
	}
	flight := s.inFlight(&AnalysisConfig{EndNS: 2e9})
	if want := []result.Point{{T: 1}, {T: 2}}; len(flight.Points) != 2 || flight.Points[0] != want[0] || flight.Points[1] != want[1] {
		t.Errorf("in flight %v, want %v", flight.Points, want)
	}
}

// mixed is n messages of ten partitions, one in 16 of them large, on both sides of the trial's ends, some at the same time.
func mixed(n int) *sizes {
	r := rand.New(rand.NewPCG(1, 2))
	s := &sizes{phases: phases{{Name: measure, From: 0, To: 60e9}}}
	for range n {
		m := sized{partition: r.Int32N(10), intended: int64(r.IntN(6200)-100) * 10e6, size: uint32(r.IntN(1001))}
		m.received = m.intended + int64(r.IntN(40)-2)*10e6
		if r.IntN(16) == 0 {
			m.size, m.received = 5000, m.received+int64(r.IntN(300))*10e6
		}
		s.all = append(s.all, m)
	}
	return s
}

// What is found in order is what holding each message against each finds.
func TestInFlightIsWhatTheDefinitionSays(t *testing.T) {
	s, cfg := mixed(1000), &AnalysisConfig{EndNS: 60.5e9}
	large, behind := s.large(1000), 0
	for _, m := range s.all {
		want := slices.ContainsFunc(s.all, func(l sized) bool {
			return l.size > 1000 && l.partition == m.partition && l.intended <= m.intended && m.intended < l.received
		})
		if got := large[m.partition].flying(m.intended); got != want {
			t.Errorf("%+v: behind a large one = %t, want %t", m, got, want)
		}
		if want {
			behind++
		}
	}
	if behind < 100 || behind > 900 {
		t.Errorf("%d of 1000 are behind large ones; want some and not all", behind)
	}
	points := s.inFlight(cfg).Points
	if len(points) != 60 {
		t.Fatalf("%d points, want 60", len(points))
	}
	for i, p := range points {
		want, end := 0.0, int64(i+1)*1e9
		for _, m := range s.all {
			if m.intended <= end && end < m.received {
				want += float64(m.size)
			}
		}
		if p.T != float64(i+1) || p.V != want {
			t.Errorf("at %v %v bytes, want %v at %d", p.T, p.V, want, i+1)
		}
	}
}

// BenchmarkSizes is to be read beside the number of messages: time and it grow alike.
func BenchmarkSizes(b *testing.B) {
	for _, n := range []int{10_000, 40_000} {
		b.Run(fmt.Sprintf("messages=%d", n), func(b *testing.B) {
			s := mixed(n)
			for b.Loop() {
				s.cuts(1000)
				s.inFlight(&AnalysisConfig{EndNS: 60e9})
			}
		})
	}
}
