package preset

// ahead are the numbers of the intervals that follow, from 1; 0: it is not known, as of one that begins a round.
type ahead [3]uint16

// beat is when a device makes a record by its intervals alone, ns from the stream's start, and how many usual intervals after the one
// before, whose own beat may be given; below 0: it is not known. What is kept in known, 0 at first, saves three of four looks into the
// order.
func (k *kind) beat(before int64, known *ahead, seed, record uint64) (int64, uint8) {
	if before >= 0 && known[0] > 0 {
		step := &k.arrival.steps[known[0]-1]
		*known = ahead{known[1], known[2]}
		return before + step.ns, step.lapse
	}
	if before >= 0 {
		if t, lapse, next, ok := k.arrival.after(before, seed^forArrival, record); ok {
			*known = next
			return t, lapse
		}
	}
	t, lapse := k.arrival.at(seed^forArrival, record)
	return t + k.begin(seed), lapse
}

// made is when a device makes the record that has a beat, ns from the stream's start, and how many usual intervals after the one before.
func (s *Stream) made(seed uint64, k *kind, record uint64, beat int64, lapse uint8) (int64, uint8) {
	t := beat + k.arrival.blur(seed^forArrival, record)
	if away, back := k.arrival.absent(seed, record); back {
		t, lapse = t+away, maxLapse
	} else {
		t += away
	}
	return t - int64(s.step.rest(uint64(t))), lapse
}

// begin is when a device makes its first record, if it is not away then.
func (k *kind) begin(seed uint64) int64 {
	u := mix64(seed^forPhase) >> 1
	if k.phase > 0 {
		return (k.phase + int64(u%begins)) % k.arrival.usual // what the set sent before is over
	}
	return int64(u % uint64(k.arrival.usual))
}

// begins is the time within which all sets begin, ns: no two are in step then.
const begins = 1e9

// due is when a record arrives that has a beat, and how many usual intervals after the one before it was made.
func (s *Stream) due(device int, seed uint64, k *kind, record uint64, beat int64, lapse uint8) (int64, uint8) {
	t, lapse := s.made(seed, k, record, beat, lapse)
	if k.gateway != nil || s.dirt.outages != nil {
		t = s.held(k.gateway.passedOn(t, device, s.c.Seed), device, seed, nil)
	}
	return t, lapse
}
