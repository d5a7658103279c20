package preset

import "time"

// setRight is how often clocks that drift are set right.
const setRight = int64(24 * time.Hour)

// off is how wrong a device's clock is when it makes a record, ns: for each reason, and together.
func (d *dirt) off(seed, record uint64, made int64, tell func(fault, int64)) int64 {
	sum := int64(0)
	for _, w := range [...]struct {
		what fault
		by   int64
	}{{offset, d.offset(seed)}, {drift, d.drifted(seed, made)}, {jump, d.jumped(seed, record)}} {
		sum += w.by
		if w.by != 0 && tell != nil {
			tell(w.what, w.by)
		}
	}
	return sum
}

func (d *dirt) offset(seed uint64) int64 {
	if d.share[offset] == 0 {
		return 0
	}
	u := mix64(seed ^ forOffset)
	if u >= d.share[offset] {
		return 0
	}
	return around(u, d.OffsetUpTo)
}

// around draws 1 ms to as much as a span, and a ms, either way.
func around(u uint64, upTo Span) int64 {
	v := int64(mix64(u)>>1%uint64(upTo)) + int64(time.Millisecond)
	if u&1 == 0 {
		return -v
	}
	return v
}

// drifted is how far a clock has run away since it was set.
func (d *dirt) drifted(seed uint64, made int64) int64 {
	if d.share[drift] == 0 {
		return 0
	}
	u := mix64(seed ^ forDrift)
	if u >= d.share[drift] {
		return 0
	}
	v := mix64(u)
	ppm := 1 + int64(v%uint64(d.DriftPPM))
	since := (made + int64(mix64(v)>>1%uint64(setRight))) % setRight
	if u&1 == 0 {
		ppm = -ppm
	}
	return since / 1000 * ppm / 1000
}

// jumped is how far a clock has jumped that was not set right yet.
func (d *dirt) jumped(seed, record uint64) int64 {
	from, length, u, ok := d.stretch(seed, record, d.share[jump], forJump)
	if !ok || record%block < from || record%block >= from+length {
		return 0
	}
	return around(u, d.JumpUpTo)
}

// stretch tells where in a device's 500 records something happens, and for how many, 20 to 99; and a random number to go with
// it. The first record is never among them.
func (d *dirt) stretch(seed, record, share, purpose uint64) (from, length, u uint64, ok bool) {
	if share == 0 {
		return 0, 0, 0, false
	}
	u = mix64(seed ^ purpose + odd*(record/block))
	if u >= share {
		return 0, 0, 0, false
	}
	v := mix64(u)
	return 1 + v%400, 20 + v>>32%80, mix64(v), true
}

// told is the time that a record's own clock shows.
func (s *Stream) told(w *wrongs) int64 {
	ns := w.ns
	if s.dirt.clocks {
		ns += s.dirt.off(w.seed, w.record, w.made, nil)
	}
	if w.fault == year1970 {
		ns = max(0, w.ns-s.startNS)
	}
	return ns
}
