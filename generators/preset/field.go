package preset

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// root is math.Sqrt, which is exact on every machine.
func root(v float64) float64 { return math.Sqrt(max(0, v)) }

// field is a Field, compiled.
type field struct {
	of     int  // the field whose movement it has: itself, or an earlier one
	keeps  bool // it may have the score it had
	at     int  // its place among those that do
	hold   uint64
	white  float64
	fast   []fast // by lapse; nil: none
	slow   []slow
	mix    []weight  // of the movements that it mixes; nil: its own alone
	daily  []float64 // 25 means by hour, the last is the first; nil: none
	own    float64   // weight of what is no daily mean
	each   []Around  // nil: what items of a list have is drawn
	glitch uint64
	wrong  []string // glitches, each as often as it occurs

	cell     []uint16 // by cell, of fields of steps and levels: which of their texts
	texts    []string
	all      padded    // the texts one behind the other: few lines of a cache hold those that are near each other
	ends     []int32   // of the texts in it, from 0 on
	micros   []int64   // of the texts, in millionths, where an encoder wants them
	scores   []float64 // by cell, in units of the last decimal, of the others
	decimals int
	trim     bool
	blurred  uint64
	unit     float64 // 10^decimals
}

// fast is an autoregressive step over some usual intervals.
type fast struct{ keep, push float32 }

// weight is that of a field's own movement in the score of another.
type weight struct {
	of int
	by float64
}

type slow struct {
	of     int    // field
	salt   uint64 // of its random numbers
	weight float64
	pace   float64 // knots a ns
}

func (f *field) compile(k *Kind, i int, n *normal) {
	def := &k.Fields[i]
	f.of = i
	if def.Like != "" {
		f.of = slices.IndexFunc(k.Fields, func(o Field) bool { return o.Name == def.Like })
	}
	f.hold, f.white, f.each = share(def.Hold), def.White, def.Each
	for j, w := range def.Mix {
		if w != 0 {
			f.mix = append(f.mix, weight{j, w})
		}
	}
	if def.Fast.Weight > 0 {
		f.fast = steps(def.Fast)
	}
	for j, s := range def.Slow {
		f.slow = append(f.slow, slow{i, uint64(i)<<40 + uint64(j+1)<<32, s.Weight, 1 / float64(s.Every)})
	}
	f.cycle(def.Daily)
	f.glitch = share(def.Glitch.Share)
	if def.Glitch.Share > 0 {
		runs, _ := table(def.Glitch.Values)
		f.wrong = unroll(runs)
	}
	f.decimals, f.trim, f.blurred, f.unit = def.Decimals, def.Trim, share(def.Blurred), powerOfTen(def.Decimals)
	if def.Steps != "" {
		f.steps(def.Steps, n)
	} else {
		f.between(def, n)
	}
	f.all = pad(strings.Join(f.texts, ""))
	f.ends = make([]int32, len(f.texts)+1)
	for i, text := range f.texts {
		f.ends[i+1] = f.ends[i] + int32(len(text))
	}
}

// steps gives, by lapse, what an autoregressive process keeps and what is added so that its spread stays.
func steps(f Fast) []fast {
	all := make([]fast, maxLapse+1)
	keep := 1.0
	for i := range all {
		all[i] = fast{float32(keep), float32(float64(f.Weight * root(1-float64(keep*keep))))}
		keep = float64(keep * f.Keep)
	}
	return all
}

// cycle makes the daily means, and room for them: their spread and the rest's add up to 1.
func (f *field) cycle(daily []float64) {
	f.own = 1
	if len(daily) == 0 {
		return
	}
	var sum float64
	for _, v := range daily {
		sum += float64(v * v)
	}
	f.daily = append(slices.Clone(daily), daily[0])
	f.own = root(1 - sum/float64(len(daily)))
}

func unroll(runs []run) []string {
	var all []string
	for _, r := range runs {
		for range r.times {
			all = append(all, r.text)
		}
	}
	return all
}

// steps fills the texts of a field whose values are all written down.
func (f *field) steps(text string, n *normal) {
	runs, _ := table(text)
	total := 0
	for _, r := range runs {
		total += r.times
	}
	for _, r := range runs {
		f.texts = append(f.texts, r.text)
	}
	f.cell = make([]uint16, cells)
	at, below := 0, runs[0].times
	for c := range cells {
		middle := (n.below[c] + n.below[c+1]) / 2
		for at+1 < len(runs) && float64(middle*float64(total)) >= float64(below) {
			at++
			below += runs[at].times
		}
		f.cell[c] = uint16(at)
	}
}

// between fills the table of a field with values between its quantiles.
func (f *field) between(def *Field, n *normal) {
	q, _ := numbers(def.Quantiles)
	at := func(p float64) float64 {
		x := float64(p * float64(len(q)-1))
		i := min(int(x), len(q)-1)
		if i == len(q)-1 {
			return q[i]
		}
		return q[i] + float64((x-float64(i))*(q[i+1]-q[i]))
	}
	if def.Levels == 0 {
		f.scores = make([]float64, cells+1)
		for c := range f.scores {
			f.scores[c] = float64(at(n.below[c]) * f.unit)
		}
		return
	}
	f.texts = make([]string, def.Levels)
	for l := range f.texts {
		f.texts[l] = written(at((float64(l)+0.5)/float64(def.Levels)), def.Float32)
	}
	f.cell = make([]uint16, cells)
	for c := range cells {
		middle := (n.below[c] + n.below[c+1]) / 2
		f.cell[c] = uint16(min(int(float64(middle*float64(def.Levels))), def.Levels-1))
	}
}

// written writes a double as programs do: with as few digits as tell it from all others.
func written(v float64, single bool) string {
	if single {
		v = float64(float32(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// append writes the value of a score.
func (f *field) append(b []byte, score float64) []byte {
	if f.texts != nil {
		i := f.cell[cell(score)]
		return f.all.append(b, int(f.ends[i]), int(f.ends[i+1]))
	}
	v := f.units(score)
	if f.blurred > 0 && mix64(math.Float64bits(score)) < f.blurred {
		return append(b, written(math.Nextafter(v/f.unit, math.Inf(1)), false)...)
	}
	return appendFixed(b, int64(v), f.decimals, f.trim)
}

func powerOfTen(n int) float64 {
	p := 1.0
	for range n {
		p *= 10
	}
	return p
}

// appendFixed writes v × 10^−decimals.
func appendFixed(b []byte, v int64, decimals int, trim bool) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	if decimals == 0 {
		return strconv.AppendInt(b, v, 10)
	}
	var digits [32]byte
	at := len(digits)
	for i := 0; v > 0 || i <= decimals; i++ {
		if i == decimals {
			at--
			digits[at] = '.'
		}
		at--
		digits[at] = byte('0' + v%10)
		v /= 10
	}
	b = append(b, digits[at:]...)
	if trim {
		for b[len(b)-1] == '0' && b[len(b)-2] != '.' {
			b = b[:len(b)-1]
		}
	}
	return b
}

// noise is smooth noise at a time: the way between the scores of the two knots around it. Devices are at different places on it.
func (s *slow) noise(seed uint64, t float64, n *normal) float64 {
	x := float64(t*s.pace) + float64(float64(int64(seed*odd>>11))*(1.0/(1<<53)))
	before := int64(x)
	fade, knot := &n.fade[int((x-float64(before))*fades)], uint64(before)
	turn := n.turn(seed, knot)
	a := n.stratum(turn, seed, knot)
	if knot++; knot%strata == 0 {
		turn = n.turn(seed, knot)
	}
	b := n.stratum(turn, seed, knot)
	return float64(s.weight * (float64(float64(fade[0])*a) + float64(float64(fade[1])*b)))
}

// shareCells makes fields whose scores are divided alike, as those of one reading often are, use one table, so that fewer lines of a
// cache are needed.
func (k *kind) shareCells() {
	for i := range k.fields {
		for j := range i {
			if slices.Equal(k.fields[i].cell, k.fields[j].cell) {
				k.fields[i].cell = k.fields[j].cell
				break
			}
		}
	}
}

// mean is the daily mean of a score at an event time.
func (f *field) mean(ns int64) float64 {
	const day, hour = int64(24 * time.Hour), int64(time.Hour)
	t := (ns%day + day + day - hour/2) % day // the mean of an hour belongs to its middle
	h := int(t / hour)
	part := float64(t%hour) / float64(hour)
	return f.daily[h] + float64(part*(f.daily[h+1]-f.daily[h]))
}

// cell is the one of a score in the tables.
func cell(score float64) int {
	c := int(float64((score + reach) * scale))
	if uint(c) < cells {
		return c
	}
	return int(min(max(float64((score+reach)*scale), 0), cells-1e-6))
}

// units is the value of a score between the cells of a field without texts, in units of the last decimal.
func (f *field) units(score float64) float64 {
	x := min(max(float64((score+reach)*scale), 0), cells-1e-6)
	c := int(x)
	return math.RoundToEven(f.scores[c] + float64((x-float64(c))*(f.scores[c+1]-f.scores[c])))
}

// value writes a field, or a glitch in its place.
func (s *Stream) value(b []byte, f *field, i int, glitches uint64) []byte {
	if f.glitch > 0 {
		if u := mix64(glitches + uint64(i)); u < f.glitch {
			return append(b, f.wrong[mix64(u)%uint64(len(f.wrong))]...)
		}
	}
	if f.texts != nil { // as append does: a call less for each field of each message
		j := f.cell[cell(s.scores[i])]
		return f.all.append(b, int(f.ends[j]), int(f.ends[j+1]))
	}
	return f.append(b, s.scores[i])
}
