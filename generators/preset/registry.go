package preset

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/generators"
)

// Devices implements generators.Stream: those of this part of the fleet.
func (s *Stream) Devices() []generators.Device {
	names := slices.Sorted(maps.Keys(s.c.Preset.Registry))
	all := make([]generators.Device, s.Size())
	for i := range all {
		d := s.device(i)
		f := make(map[string]int64, len(names))
		for j, n := range names {
			if e := s.c.Preset.Registry[n]; e.Field == "" {
				f[n] = e.draw(mix64(s.seed(d) ^ forRegistry + uint64(j)))
			}
		}
		for _, n := range names {
			if e := s.c.Preset.Registry[n]; e.Field != "" {
				f[n] = s.quantile(d, e, f)
			}
		}
		all[i] = generators.Device{ID: string(s.id.append(nil, d)), Number: s.c.FirstDevice + uint32(d), Fields: f}
	}
	return all
}

func (n Entry) draw(u uint64) int64 {
	if n.Whole != nil {
		return n.Whole[0] + int64(u%uint64(n.Whole[1]-n.Whole[0]+1))
	}
	return int64(n.Between[0]) + int64(n.Step)*int64(u%uint64((n.Between[1]-n.Between[0])/n.Step+1))
}

// quantile is the value that a share of a device's readings do not exceed, about, in millionths, calibrated by the device's
// gain and offset if it has them.
func (s *Stream) quantile(device int, e Entry, fields map[string]int64) int64 {
	at := s.kindOf(device, s.seed(device))
	k, def := &s.kinds[at], &s.c.Preset.Kinds[at]
	i := slices.IndexFunc(def.Fields, func(f Field) bool { return f.Name == e.Field })
	cell, _ := slices.BinarySearch(s.normal.below[:], e.Quantile)
	text := k.fields[i].append(nil, float64(cell)/scale-reach)
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		v = 0 // the quantile is a word
	}
	m := int64(math.RoundToEven(float64(v * 1e6)))
	if gain, ok := fields["gain"]; ok {
		m = gain*(m/1_000_000) + gain*(m%1_000_000)/1_000_000
	}
	return m + fields["offset"]
}
