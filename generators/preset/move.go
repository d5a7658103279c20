package preset

import "slices"

// move brings a device's state from the record before to this one and leaves its fields' scores in s.scores. The state is
// two numbers of each autoregressive part, then the score that each field had which may keep it. The past ends at blocks: the first
// number began with the block before this one, the second begins with this one and takes its place at the next, so that a record
// depends on nothing before the begin of the block before its own.
func (s *Stream) move(k *kind, seed, record uint64, t int64, lapse uint8, state []float32) {
	begin := record%block == 0
	last := state[2*k.fasts:]
	u := mix64(seed ^ forHold + odd*record)
	held := !begin && u < k.hold
	s.moveAlone(k, seed^forValue, record, t, lapse, state)
	for _, i := range k.movers {
		f := &k.fields[i]
		score := f.mixed(&s.own, i)
		if f.daily != nil {
			score = float64(f.own*score) + f.mean(s.startNS+t)
		}
		rounded := float32(score)
		if f.keeps {
			if held || !begin && f.hold > 0 && mix64(u+uint64(i)) < f.hold {
				rounded = last[f.at]
			}
			last[f.at] = rounded
		}
		s.scores[i] = float64(rounded)
	}
	for _, i := range k.alike {
		s.scores[i] = s.scores[k.fields[i].of]
	}
}

// stick puts the scores that a device shows in the place of those it has, in a stretch in which it is stuck: those of the record
// before. They are kept from that one to the stretch's last; no stretch begins with a block.
func (s *Stream) stick(k *kind, device int, seed, record uint64, shown map[int][]float64) {
	from, length, ok := s.dirt.stuckIn(seed, record)
	if !ok {
		return
	}
	scores := s.scores[:len(k.fields)]
	switch at := record % block; {
	case at+1 == from:
		shown[device] = slices.Clone(scores)
	case at >= from && at < from+length:
		copy(scores, shown[device])
		if at+1 == from+length {
			delete(shown, device)
		}
	}
}

// moveAlone leaves each field's own movement in s.own: the sum of its parts.
func (s *Stream) moveAlone(k *kind, seed, record uint64, t int64, lapse uint8, state []float32) {
	for _, i := range k.movers {
		f, own := &k.fields[i], seed+uint64(i)<<40
		score := 0.0
		if f.white > 0 {
			score = float64(f.white * s.normal.score(mix64(own^0x77+odd*record)))
		}
		if f.fast != nil {
			score += s.autoregress(f, own, record, lapse, state[:2])
			state = state[2:]
		}
		s.own[i] = score
	}
	for i := range k.slow {
		part := &k.slow[i]
		s.own[part.of] += part.noise(seed+part.salt, float64(t), s.normal)
	}
}

// autoregress moves both numbers of an autoregressive part by the same step.
func (s *Stream) autoregress(f *field, seed, record uint64, lapse uint8, pair []float32) float64 {
	if record%block == 0 {
		fresh := f.fast[maxLapse].push * float32(s.normal.score(mix64(seed^0x66+odd*record)))
		if pair[0] = pair[1]; record == 0 {
			pair[0] = fresh
		}
		pair[1] = fresh
	}
	step := f.fast[lapse]
	push := float32(step.push * float32(s.normal.score(mix64(seed^0x61+odd*record))))
	pair[0] = float32(step.keep*pair[0]) + push
	pair[1] = float32(step.keep*pair[1]) + push
	return float64(pair[0])
}

// mixed adds the earlier fields' movements to that of a field.
func (f *field) mixed(own *[MaxFields]float64, i int) float64 {
	if f.mix == nil {
		return own[i]
	}
	var sum float64
	for _, w := range f.mix {
		sum += float64(w.by * own[w.of])
	}
	return sum
}
