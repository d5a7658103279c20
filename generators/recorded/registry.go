package recorded

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/streamgauge/streamgauge/generators"
)

// Devices implements generators.Stream.
func (s *stream) Devices() []generators.Device {
	rng := rand.NewPCG(s.c.Seed, purpose+forRegistry)
	names := slices.Sorted(maps.Keys(s.rec.Registry))
	all := make([]generators.Device, len(s.devices))
	for i := range all {
		f := make(map[string]int64, len(names))
		for _, n := range names {
			if e := s.rec.Registry[n]; e.Metric == "" {
				f[n] = e.draw(rng)
			}
		}
		for _, n := range names {
			if e := s.rec.Registry[n]; e.Metric != "" {
				f[n] = s.quantile(i, e, f)
			}
		}
		all[i] = generators.Device{ID: string(s.id(i)), Number: s.c.FirstDevice + uint32(i), Fields: f}
	}
	return all
}

func (e entry) draw(rng *rand.PCG) int64 {
	if e.Whole != nil {
		return e.Whole[0] + int64(below(rng, uint64(e.Whole[1]-e.Whole[0])+1))
	}
	return int64(e.Between[0]) + int64(e.Step)*int64(below(rng, uint64((e.Between[1]-e.Between[0])/e.Step)+1))
}

// quantile is the value that a device's metric exceeds in a share of its readings of 1 − quantile, about: of the recorded
// values, with the device's constant deviation, calibrated by its gain and offset if it has them. Half a step is added, so
// that rounding does not decide which readings exceed it.
func (s *stream) quantile(i int, e entry, fields map[string]int64) int64 {
	k := slices.Index(s.rec.names, e.Metric)
	g := &s.rec.metrics[k]
	sorted := s.devices[i].source.tongues[k].sorted
	at := min(int64(len(sorted))*int64(e.Quantile)/1_000_000, int64(len(sorted))-1)
	steps := min(max(sorted[at]+s.drift[i*len(s.rec.metrics)+k].constant, g.lowest), g.highest)
	v := int64(steps)*int64(g.Step) + int64(g.Step)/2
	if gain, ok := fields["gain"]; ok {
		v = gain*(v/1_000_000) + gain*(v%1_000_000)/1_000_000
	}
	return v + fields["offset"]
}
