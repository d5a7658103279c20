package preset

import "math"

// losses says which readings are never sent, by the channel of Gilbert (1960) and Elliott (1963): good times in which all
// passes and bad ones in which most is lost. Each thousand readings of a device follow one of some patterns that all lose the
// same number, so how many were lost before a reading is known without going through them.
type losses struct {
	keep   uint64          // of a thousand
	kept   [masks][]uint16 // by pattern: the places of those that are sent
	before [masks][]uint16 // by place: how many before it are sent
	lost   [masks][beat]bool
}

const (
	masks       = 64
	lostWhenBad = 0.8 // share of what is lost in a bad time
)

// newLosses draws the patterns; nil if nothing is lost.
func newLosses(d *Dirt) *losses {
	n := int(math.RoundToEven(float64(d.Lost * beat)))
	if n == 0 {
		return nil
	}
	l := &losses{keep: uint64(beat - n)}
	for m := range masks {
		l.draw(m, n, max(1, d.BadTimes))
	}
	return l
}

// draw makes a pattern: bad times until enough is lost, at random places of the good ones. The first reading is never lost.
func (l *losses) draw(m, n int, row float64) {
	seed := mix64(odd * uint64(m+1))
	next := func() float64 { seed = mix64(seed + odd); return float64(seed>>11) / (1 << 53) }
	var bad [][]bool // the bad times: what of each is lost, and a good reading at the end
	good := beat - 1
	for left := n; left > 0; {
		var one []bool
		for first := true; left > 0 && (first || next() >= 1/row); first = false {
			is := first || next() < lostWhenBad
			if one = append(one, is); is {
				left--
			}
		}
		bad = append(bad, append(one, false))
		good -= len(one) + 1
	}
	l.lay(m, bad, good, next)
}

// lay puts bad times among so many good readings; each of those that are left is as likely to come next.
func (l *losses) lay(m int, bad [][]bool, good int, next func() float64) {
	for at := 1; at < beat; {
		if float64(next()*float64(good+len(bad))) < float64(len(bad)) {
			at += copy(l.lost[m][at:], bad[0])
			bad = bad[1:]
			continue
		}
		at++
		good--
	}
	for place, is := range l.lost[m] {
		l.before[m] = append(l.before[m], uint16(len(l.kept[m])))
		if !is {
			l.kept[m] = append(l.kept[m], uint16(place))
		}
	}
}

func (l *losses) pattern(seed, thousand uint64) uint64 {
	return mix64(seed^forLoss+odd*(thousand+1)) % masks
}

// is tells whether a reading is lost.
func (l *losses) is(seed, reading uint64) bool {
	return l != nil && l.lost[l.pattern(seed, reading/beat)][reading%beat]
}

// seq is the sequence number of a reading that is sent, or of the next one that is.
func (l *losses) seq(seed, reading uint64) uint64 {
	if l == nil {
		return reading
	}
	return reading/beat*l.keep + uint64(l.before[l.pattern(seed, reading/beat)][reading%beat])
}

// reading is the one that is sent with a sequence number.
func (l *losses) reading(seed, seq uint64) uint64 {
	if l == nil {
		return seq
	}
	return seq/l.keep*beat + uint64(l.kept[l.pattern(seed, seq/l.keep)][seq%l.keep])
}
