package pacer

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"time"
)

// Bounds of a rate in events per second. Rates are kept as whole billionths.
const (
	MinRate = 1e-6
	MaxRate = 1e9
)

const (
	billionth = 1e9
	// nanosPerBillionth is the gap in ns at a rate of one billionth of an event per second: 1e9 ns × 1e9.
	nanosPerBillionth = uint64(1e18)
)

// billionths turns a rate into whole billionths of an event per second. Every rate that is a decimal of up to nine digits
// after the point and below 9 million per second comes out exact, whatever the double next to it is.
func billionths(rate float64) (uint64, error) {
	if !(rate >= MinRate && rate <= MaxRate) { // also NaN
		return 0, fmt.Errorf("rate %v/s is outside [%v/s, %v/s]", rate, float64(MinRate), float64(MaxRate))
	}
	return uint64(math.Round(rate * billionth)), nil
}

// Constant is a schedule of equal gaps: event k is due at round(k × 10^9 / rate) ns, half up, computed from k each time, so
// that no error adds up. It has no end but that of time.Duration: 292 years. Errors: a rate outside [MinRate, MaxRate].
func Constant(rate float64) (*ConstantSchedule, error) {
	r, err := billionths(rate)
	if err != nil {
		return nil, fmt.Errorf("making a constant schedule: %w", err)
	}
	g := gcd(r, nanosPerBillionth)
	return &ConstantSchedule{num: nanosPerBillionth / g, den: r / g}, nil
}

// ConstantSchedule is what Constant makes.
type ConstantSchedule struct {
	num, den uint64 // the gap in ns, as a fraction in lowest terms; num ≤ 10^18
	next     uint64
}

// At is the due time of event k. False when it is beyond what a duration holds.
func (c *ConstantSchedule) At(k uint64) (time.Duration, bool) {
	hi, lo := bits.Mul64(k, c.num)
	var carry uint64
	lo, carry = bits.Add64(lo, c.den/2, 0)
	hi += carry
	if hi >= c.den {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, c.den)
	return time.Duration(q), q <= math.MaxInt64
}

// Next yields the due time of the next event.
func (c *ConstantSchedule) Next() (time.Duration, bool) {
	d, ok := c.At(c.next)
	c.next++
	return d, ok
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Poisson is a schedule of independent exponential gaps with the mean 1/rate: the arrivals of many independent devices.
// Event 0 is due after the first gap. The same seed gives the same due times on every machine: gaps are drawn by
// comparisons of whole numbers alone (von Neumann, Various techniques used in connection with random digits, 1951), since
// logarithms differ in the last bit between processors, and are summed in units of 2^-64 ns. Errors: a rate outside
// [MinRate, MaxRate].
func Poisson(rate float64, seed uint64) (Schedule, error) {
	r, err := billionths(rate)
	if err != nil {
		return nil, fmt.Errorf("making a Poisson schedule: %w", err)
	}
	frac, _ := bits.Div64(nanosPerBillionth%r, 0, r)
	return &poisson{rng: rand.NewPCG(seed, poissonStream), mean: nanosPerBillionth / r, meanFrac: frac}, nil
}

// poissonStream sets this use of a seed apart from others of the same number.
const poissonStream = 0x706f6973736f6e // "poisson"

type poisson struct {
	rng            *rand.PCG
	mean, meanFrac uint64 // of the gap: ns, and 2^-64 ns
	due, dueFrac   uint64
}

// Next yields the due time of the next event.
func (p *poisson) Next() (time.Duration, bool) {
	whole, frac := exponential(p.rng)
	// gap = (whole + frac/2^64) × (mean + meanFrac/2^64), to 2^-64 ns
	hi, lo := bits.Mul64(frac, p.mean)
	cross, _ := bits.Mul64(frac, p.meanFrac)
	wholeHi, wholeLo := bits.Mul64(whole, p.meanFrac)
	lo, c1 := bits.Add64(lo, cross, 0)
	lo, c2 := bits.Add64(lo, wholeLo, 0)
	hi += wholeHi + whole*p.mean + c1 + c2
	var carry uint64
	p.dueFrac, carry = bits.Add64(p.dueFrac, lo, 0)
	p.due, carry = bits.Add64(p.due, hi, carry)
	if carry != 0 || p.due > math.MaxInt64 {
		p.due = math.MaxInt64
		return 0, false
	}
	return time.Duration(p.due), true
}

// exponential draws from the exponential distribution of mean 1: a whole part and a fraction in units of 2^-64. A run of
// falling draws starts at u; if its length is odd, u is the fraction, otherwise one is added to the whole part and all
// begins anew: the chance of an odd run that starts at u is e^-u.
func exponential(rng *rand.PCG) (whole, frac uint64) {
	for {
		u := rng.Uint64()
		odd := true
		for last := u; ; odd = !odd {
			v := rng.Uint64()
			if v >= last {
				break
			}
			last = v
		}
		if odd {
			return whole, u
		}
		whole++
	}
}
