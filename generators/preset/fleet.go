package preset

import (
	"fmt"
	"math"
)

// populate enters every device's first record.
func (s *Stream) populate() error {
	n := (s.c.Devices - s.c.Shard + s.c.Shards - 1) / s.c.Shards
	usual, wide := 0.0, false
	for i := range s.kinds {
		usual = max(usual, s.kinds[i].arrival.mean)
		wide = wide || s.kinds[i].width > near
	}
	s.calendar = newCalendar(n, usual)
	if wide {
		s.calendar.behind = make([]uint16, 0, n+1)
	}
	numbers := uint64(0)
	for i := range n {
		device := s.device(i)
		seed := s.seed(device)
		a := &s.calendar.devices[i]
		a.kind = s.kindOf(device, seed)
		k := &s.kinds[a.kind]
		if wide {
			s.calendar.lay(int(numbers))
		}
		if numbers += uint64(max(0, k.width-near)); numbers > math.MaxUint32 {
			return fmt.Errorf("generating from a preset: %d devices of it have more state than one part holds: want more parts", n)
		}
		beat, lapse := k.beat(-1, &a.ahead, seed, 0)
		due, lapse := s.due(device, seed, k, 0, beat, lapse)
		a.beat, a.lapse = beat, lapse
		s.calendar.put(i, due)
	}
	if wide {
		s.calendar.lay(int(numbers))
		s.calendar.far = make([]float32, numbers)
	}
	return nil
}

// device gives the number, from 0, of the device at an index of this part.
func (s *Stream) device(i int) int { return i*s.c.Shards + s.c.Shard }

// seed is the root of all random numbers of a device, or of a set of devices.
func (s *Stream) seed(device int) uint64 {
	if s.c.Preset.Sets {
		device -= device % len(s.kinds)
	}
	return mix64(s.c.Seed + odd*uint64(device+1))
}

// salt makes the faults and the noise of the devices of a set differ.
func (s *Stream) salt(device int) uint64 {
	if s.c.Preset.Sets {
		return mix64(uint64(device % len(s.kinds)))
	}
	return 0
}

// kindOf gives a device's kind: the first devices are one of each, so that a small fleet has them all; the others follow
// the shares.
func (s *Stream) kindOf(device int, seed uint64) uint8 {
	if device < len(s.kinds) || s.c.Preset.Sets {
		return uint8(device % len(s.kinds))
	}
	u := float64(float64(mix64(seed^forKind)>>11)/(1<<53)) * s.pick[len(s.pick)-1]
	for i, upTo := range s.pick {
		if u < upTo {
			return uint8(i)
		}
	}
	return uint8(len(s.kinds) - 1)
}
