package preset

// move brings a device's state from the record before to this one and leaves its fields' scores in s.scores. The state is
// two numbers of each autoregressive part, then the score each field had and, where devices get stuck, the score each field showed. The past ends at blocks: the first number began
// with the block before this one, the second begins with this one and takes its place at the next, so that a record depends
// on nothing before the begin of the block before its own.
func (s *Stream) move(k *kind, seed, record uint64, t int64, lapse uint8, state []float32) {
	begin := record%block == 0
	last := state[2*k.fasts:]
	u := mix64(seed ^ forHold + odd*record)
	held := !begin && u < k.hold
	shown, sticks := last[k.owns:], s.dirt.sticks(seed, record)
	own, a := &s.own, 0
	for i := range k.fields {
		f := &k.fields[i]
		if f.of != i {
			s.scores[i] = s.scores[f.of]
			continue
		}
		var pair []float32
		if f.fast != nil {
			pair = state[2*a : 2*a+2]
			a++
		}
		own[i] = s.moveOne(f, seed^forValue+uint64(i)<<40, record, t, lapse, pair)
		score := f.mixed(own[:i+1])
		if f.daily != nil {
			score = float64(f.own*score) + f.mean(s.startNS+t)
		}
		if held || !begin && f.hold > 0 && mix64(u+uint64(i)) < f.hold {
			score = float64(last[f.at])
		} else {
			last[f.at] = float32(score)
			score = float64(last[f.at])
		}
		if sticks {
			score = float64(shown[f.at])
		} else if len(shown) > f.at {
			shown[f.at] = float32(score)
		}
		s.scores[i] = score
	}
}

// moveOne is a field's own movement.
func (s *Stream) moveOne(f *field, seed, record uint64, t int64, lapse uint8, pair []float32) float64 {
	var score float64
	if f.white > 0 {
		score = float64(f.white * s.normal.score(mix64(seed^0x77+odd*record)))
	}
	if pair != nil {
		score += s.autoregress(f, seed, record, lapse, pair)
	}
	for j := range f.slow {
		score += f.slow[j].noise(seed+uint64(j+1)<<32, t, s.normal)
	}
	return score
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

// mixed adds the earlier fields' movements to a field's own.
func (f *field) mixed(own []float64) float64 {
	if f.mix == nil {
		return own[len(own)-1]
	}
	var sum float64
	for j, w := range f.mix {
		if w != 0 {
			sum += float64(w * own[j])
		}
	}
	return sum
}
