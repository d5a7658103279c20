package realism

import (
	"math"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/generators/sample"
)

// side is one of the two streams, taken apart.
type side struct {
	*sample.Stream
	fields []int // indices of the shared fields
	keys   []string
	of     map[string][]int // messages of a key, in their order
	times  []int64          // of all, ascending
}

func newSide(s *sample.Stream, shared [][2]int, which int) side {
	d := side{Stream: s}
	d.keys, d.of = s.Sources()
	for _, m := range s.Messages {
		d.times = append(d.times, m.Time)
	}
	slices.Sort(d.times)
	for _, pair := range shared {
		d.fields = append(d.fields, pair[which])
	}
	return d
}

// intervals gives the differences of a key's sorted times, in ns.
func (d *side) intervals(key string) []float64 {
	at := d.of[key]
	times := make([]int64, len(at))
	for i, m := range at {
		times[i] = d.Messages[m].Time
	}
	slices.Sort(times)
	var v []float64
	for i := 1; i < len(times); i++ {
		v = append(v, float64(times[i]-times[i-1]))
	}
	return v
}

// pooled gives all keys' intervals, each in hundredths of its key's median one: finer differences are none.
func (d *side) pooled() []float64 {
	return d.intervalsUpTo(math.Inf(1))
}

// outage is how many usual intervals C2 and C3 count of an interval at most: longer ones are outages, single events whose
// share of a recording's span another part of it need not have.
const outage = 100

func (d *side) intervalsUpTo(most float64) []float64 {
	var all []float64
	for _, k := range d.keys {
		v := d.intervals(k)
		usual := median(v)
		if !(usual > 0) {
			continue
		}
		for _, x := range v {
			all = append(all, math.Round(min(x/usual, most)*100)/100)
		}
	}
	return all
}

// perSource gives f of each key with at least 30 messages and each field: by field, then by key.
func (d *side) perSource(f func(v []float64) float64) [][]float64 {
	all := make([][]float64, len(d.fields))
	for i, field := range d.fields {
		for _, k := range d.keys {
			if v := d.Column(field, d.of[k]); len(v) >= 30 {
				all[i] = append(all[i], f(v))
			} else {
				all[i] = append(all[i], math.NaN())
			}
		}
	}
	return all
}

// differences gives the distances of the sources' numbers: of those of the same key if the streams have the same keys, else of those of the same rank.
func differences(real, gen *side, a, b [][]float64) []float64 {
	var all []float64
	same := sameKeys(real, gen)
	for f := range a {
		if same {
			for i, k := range real.keys {
				all = append(all, math.Abs(a[f][i]-b[f][slices.Index(gen.keys, k)]))
			}
			continue
		}
		for q := 0.1; q < 0.95; q += 0.2 {
			all = append(all, math.Abs(quantile(a[f], q)-quantile(b[f], q)))
		}
	}
	return slices.DeleteFunc(all, math.IsNaN)
}

func sameKeys(a, b *side) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	for _, k := range a.keys {
		if _, ok := b.of[k]; !ok {
			return false
		}
	}
	return true
}

// Smooth replaces single glitches, values far from both neighbours and from all usual ones, by the local median. If it
// would be more than one in hundred they are no glitches.
func Smooth(v []float64) []float64 {
	m := median(v)
	off := make([]float64, len(v))
	for i, x := range v {
		off[i] = math.Abs(x - m)
	}
	far := 5 * 1.4826 * median(off)
	if far == 0 {
		far = 5 * mean(off)
	}
	out, n := slices.Clone(v), 0
	for i := 2; i+2 < len(v); i++ {
		local := median(v[i-2 : i+3])
		if math.Abs(v[i]-local) > far {
			out[i] = local
			n++
		}
	}
	if n*100 > len(v) {
		return v
	}
	return out
}

// bytes gives the messages as they are compared.
func (d *side) bytes(asJSON bool) [][]byte {
	all := make([][]byte, len(d.Messages))
	for i := range d.Messages {
		all[i] = d.Messages[i].Bytes
		if asJSON {
			all[i] = d.json(&d.Messages[i])
		}
	}
	return all
}

// json encodes a message plainly: its time in s, its key, its fields as they were written.
func (d *side) json(m *sample.Message) []byte {
	b := append([]byte(`{"ts":`), seconds(m.Time)...)
	if m.Key != "" {
		b = append(b, `,"device":`...)
		b = strconv.AppendQuote(b, m.Key)
	}
	for i, name := range d.Fields {
		text := m.Texts[i]
		if text == "" {
			continue
		}
		b = append(b, ',')
		b = append(strconv.AppendQuote(b, name), ':')
		if _, err := strconv.ParseFloat(text, 64); err == nil || text == "true" || text == "false" || text == "null" {
			b = append(b, text...)
		} else {
			b = strconv.AppendQuote(b, text)
		}
	}
	return append(b, '}')
}

// seconds writes a time as programs write it: with as few digits as tell it from all others.
func seconds(ns int64) string { return strconv.FormatFloat(float64(ns)/1e9, 'f', -1, 64) }

// closed gives all times with the outages cut short.
func (d *side) closed() []int64 {
	var steps []float64
	for i := 1; i < len(d.times); i++ {
		steps = append(steps, float64(d.times[i]-d.times[i-1]))
	}
	longest := int64(outage * max(median(steps), mean(steps)/10))
	times, cut := slices.Clone(d.times), int64(0)
	for i := 1; i < len(times); i++ {
		if step := d.times[i] - d.times[i-1]; longest > 0 && step > longest {
			cut += step - longest
		}
		times[i] -= cut
	}
	return times
}
