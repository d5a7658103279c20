package preset

import "math"

// Normal scores are looked up, since the functions of package math differ in the last bit from machine to machine. What is
// computed here uses sums, products, quotients and roots alone, which IEEE 754 fixes; products stand in a conversion of
// their own, so that no compiler fuses them with a sum.

const (
	reach = 4    // scores lie in [-reach, reach]
	cells = 4096 // of that range, in tables over the score
	scale = cells / 2 / reach
	draws = 4096 // different normal scores that are drawn
)

// normal holds the tables that all presets share.
type normal struct {
	below [cells + 1]float64 // probability of a score below −reach + i/scale
	draw  [draws]float32     // scores at the middles of so many equally likely parts
	fade  [fades][2]float32  // weights of the score before, between two knots, and of the one after
	turns [256][strata]uint8 // orders of strata
}

// strata is the number of equally likely parts of the scores of which so many knots in succession take one each: a short
// stretch of a slow movement has all of its values then, as a recording of it has.
const strata = 8

// fades is the number of places between two knots.
const fades = 1024

func newNormal() *normal {
	n := &normal{}
	n.integrate()
	for i := range n.turns {
		for j := range n.turns[i] { // Fisher and Yates
			at := int(mix64(odd*uint64(i*strata+j+1)) >> 32 % uint64(j+1))
			n.turns[i][j] = n.turns[i][at]
			n.turns[i][at] = uint8(j)
		}
	}
	n.invert()
	for i := range fades {
		u := (float64(i) + 0.5) / fades
		w := float64(u*u) * (3 - float64(2*u))
		norm := math.Sqrt(float64(w*w) + float64((1-w)*(1-w)))
		n.fade[i] = [2]float32{float32((1 - w) / norm), float32(w / norm)}
	}
	return n
}

// integrate sums up the density, which falls from the middle by a factor that itself falls by a factor, by Simpson's rule.
func (n *normal) integrate() {
	const h = 1.0 / scale / 2       // two steps a cell
	const step = 0.9999995231629555 // exp(-h²/2)
	const half = 0.3989422804014327 // 1/√(2π)
	density := make([]float64, cells+1)
	density[0] = half
	factor := float64(step)
	for i := 1; i <= cells; i++ {
		density[i] = float64(density[i-1] * factor)
		factor = float64(factor*step) * step
	}
	sum := 0.5
	n.below[cells/2] = sum
	for i := 1; i <= cells/2; i++ {
		a, b, c := density[2*i-2], density[2*i-1], density[2*i]
		sum += float64((a + float64(4*b) + c) * (h / 3))
		n.below[cells/2+i], n.below[cells/2-i] = sum, 1-sum
	}
}

// invert finds the scores of equally likely parts.
func (n *normal) invert() {
	at := 0
	for i := range draws {
		p := (float64(i) + 0.5) / draws
		for at+1 < cells && n.below[at+1] < p {
			at++
		}
		part := (p - n.below[at]) / (n.below[at+1] - n.below[at])
		n.draw[i] = float32(float64(at)/scale - reach + float64(part/scale))
	}
}

// score draws a normal score from a random number.
func (n *normal) score(u uint64) float64 { return float64(n.draw[u>>52]) }

// turn is the order in which the knots around one take the strata.
func (n *normal) turn(seed, knot uint64) *[strata]uint8 {
	return &n.turns[mix64(seed+odd*(knot/strata+1))&255]
}

// stratum is the score of a knot.
func (n *normal) stratum(turn *[strata]uint8, seed, knot uint64) float64 {
	const each = draws / strata
	return float64(n.draw[(uint64(turn[knot%strata])*each+mix64(seed+odd*(knot+1))>>32%each)%draws])
}

// mix64 is the finaliser of splitmix64, variant 13 of Stafford: random numbers are functions of what they are for.
func mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// odd spreads counters over all bits.
const odd = 0x9e3779b97f4a7c15

// share turns a share into a bound for random numbers: u < share(p) happens with probability p.
func share(p float64) uint64 {
	if p >= 1 {
		return math.MaxUint64
	}
	return uint64(float64(p*(1<<53))) << 11
}
