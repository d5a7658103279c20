package fit

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/realism"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// part is one field of one source on its way into a preset.
type part struct {
	field  int
	def    preset.Field
	codes  []float64 // by message: the number, or the place of a text among all
	scores []float64 // normal scores of the codes, glitches taken out
	texts  []string
	goal   target
	aim    curve // autocorrelation that its own movement is fitted to
	still  bool  // it never changes
}

// mostLevels is the number of different values between quantiles from which they are taken for all values.
const mostLevels = 5000

// values fits what a field of a source looks like, and scores it.
func (f *fitter) values(field int, src source) part {
	p := part{field: field, def: preset.Field{Name: f.Fields[field]}}
	for _, m := range src.at {
		p.texts = append(p.texts, f.Messages[m].Texts[field])
	}
	kinds := p.code()
	clean := realism.Smooth(p.codes)
	p.glitches(clean)
	p.codes = clean
	p.still = len(kinds) == 1 || f.alone && constant(clean)
	p.scores = scores(clean)
	counted := p.counted(kinds)
	switch {
	case len(counted) <= f.steps || !numericAll(counted) || f.alone && covers(counted, f.steps) > 0.97*float64(len(p.texts)):
		p.steps(counted, f.steps)
	default:
		p.between(counted, f.quantiles)
	}
	return p
}

func constant(v []float64) bool {
	return !slices.ContainsFunc(v, func(x float64) bool { return x != v[0] })
}

// covers counts how often the most frequent values occur: those of a state that has few are no numbers with others in between.
func covers(all []counting, most int) float64 {
	var times []int
	for _, c := range all {
		times = append(times, c.times)
	}
	slices.Sort(times)
	sum := 0
	for _, n := range times[max(0, len(times)-most):] {
		sum += n
	}
	return float64(sum)
}

// code gives each text its number; texts that are none come before all numbers, the rarest first. It returns the different
// texts in that order.
func (p *part) code() []string {
	count := map[string]int{}
	for _, t := range p.texts {
		count[t]++
	}
	var all []string
	for t := range count {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b string) int {
		x, okX := numberOf(a)
		y, okY := numberOf(b)
		switch {
		case okX && okY:
			return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
		case okX != okY:
			if okX {
				return 1
			}
			return -1
		}
		return cmp.Or(count[a]-count[b], strings.Compare(a, b))
	})
	words, lowest := 0, 0.0
	for _, t := range all {
		if v, ok := numberOf(t); ok {
			lowest = v
			break
		}
		words++
	}
	code := map[string]float64{}
	for i, t := range all {
		if v, ok := numberOf(t); ok {
			code[t] = v
		} else {
			code[t] = lowest - float64(words-i)
		}
	}
	for _, t := range p.texts {
		p.codes = append(p.codes, code[t])
	}
	return all
}

func numberOf(text string) (float64, bool) {
	v := sample.Number(text)
	return v, !math.IsNaN(v)
}

// glitches takes the single wrong readings out of the texts and counts them.
func (p *part) glitches(clean []float64) {
	var wrong []string
	for i, v := range clean {
		if v != p.codes[i] {
			wrong = append(wrong, p.texts[i])
			p.texts[i] = ""
			if i > 0 {
				p.texts[i] = p.texts[i-1]
			}
		}
	}
	if len(wrong) == 0 || len(wrong) > 200 {
		return
	}
	slices.Sort(wrong)
	p.def.Glitch = preset.Glitch{Share: float64(len(wrong)) / float64(len(p.texts)), Values: runs(wrong)}
}

// counting is a value and how often it occurs.
type counting struct {
	text  string
	times int
}

func (p *part) counted(order []string) []counting {
	count := map[string]int{}
	for _, t := range p.texts {
		count[t]++
	}
	var all []counting
	for _, t := range order {
		if count[t] > 0 {
			all = append(all, counting{t, count[t]})
		}
	}
	return all
}

func numericAll(all []counting) bool {
	for _, c := range all {
		if _, ok := numberOf(c.text); !ok {
			return false
		}
	}
	return true
}

func numericSteps(steps string) bool {
	for part := range strings.SplitSeq(steps, "|") {
		text, _, _ := strings.Cut(part, "~")
		if _, ok := numberOf(text); !ok {
			return false
		}
	}
	return true
}

// steps writes all values down, the most frequent if they are too many.
func (p *part) steps(all []counting, most int) {
	if len(all) > most {
		byTimes := slices.SortedStableFunc(slices.Values(all), func(a, b counting) int { return b.times - a.times })
		keep := map[string]bool{}
		for _, c := range byTimes[:most] {
			keep[c.text] = true
		}
		all = slices.DeleteFunc(all, func(c counting) bool { return !keep[c.text] })
	}
	identifiers := len(all)*2 > len(p.texts) && len(p.texts) >= Least && !numericAll(all)
	var parts []string
	for i, c := range all {
		text := c.text
		if identifiers {
			text = masked(text, i)
		}
		if c.times > 1 {
			text += "~" + strconv.Itoa(c.times)
		}
		parts = append(parts, text)
	}
	p.def.Steps = strings.Join(parts, "|")
}

// masked gives a text other digits: what names single things in a recording is not for a preset to tell.
func masked(text string, i int) string {
	rng := rand.New(rand.NewPCG(uint64(i), 0x6d61736b))
	b := []byte(text)
	for j, c := range b {
		if c >= '0' && c <= '9' {
			b[j] = byte('0' + rng.IntN(10))
		}
	}
	return string(b)
}

// between writes quantiles down, and how the values between them are written.
func (p *part) between(all []counting, quantiles int) {
	sorted := slices.Clone(p.codes)
	slices.Sort(sorted)
	p.def.Quantiles = p.spaced(sorted, quantiles, 6)
	decimals, trimmed := places(all)
	single := true
	for _, c := range all {
		v, _ := numberOf(c.text)
		single = single && c.text == strconv.FormatFloat(float64(float32(v)), 'f', -1, 64)
	}
	if decimals > 12 && len(all)*2 < len(p.texts) || single && decimals > 9 {
		p.def.Levels, p.def.Float32 = min(len(all), mostLevels), single
		p.def.Quantiles = p.spaced(sorted, quantiles, 8)
		return
	}
	whole := 1 + int(math.Log10(max(1, -sorted[0], sorted[len(sorted)-1])))
	p.def.Decimals, p.def.Trim = min(decimals, 15, max(0, 18-whole)), trimmed // a preset takes 18 digits
	blurred := 0
	for _, c := range all {
		if _, fraction, _ := strings.Cut(c.text, "."); len(fraction) > decimals+3 {
			blurred += c.times
		}
	}
	p.def.Blurred = round4(float64(blurred) / float64(len(p.texts)))
}

// spaced gives equidistant quantiles of sorted values, with so many digits.
func (p *part) spaced(sorted []float64, quantiles, digits int) string {
	if most, least := sorted[len(sorted)-1], sorted[0]; most > least { // the range decides which digits tell values apart
		digits = min(15, digits+int(math.Max(0, math.Log10(math.Abs(most)/(most-least)))))
	}
	var texts []string
	for i := range quantiles + 1 {
		v := sorted[i*(len(sorted)-1)/quantiles]
		texts = append(texts, strconv.FormatFloat(v, 'g', digits, 64))
	}
	return runs(texts)
}

// places gives the decimals that four in five values keep to, and whether zeros at the end are left out.
func places(all []counting) (int, bool) {
	var n []int
	for _, c := range all {
		_, fraction, _ := strings.Cut(c.text, ".")
		n = append(n, len(fraction))
	}
	slices.Sort(n)
	return n[len(n)*4/5], n[0] < n[len(n)*4/5]
}
