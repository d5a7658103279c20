// Package realism measures how much a generated stream is like a recorded one: ten checks (C1 to C10) and two more that are
// reported (X1, X2), each one or more measures with a threshold. What they are stands in docs/realism.md. It knows nothing
// of how the stream was made.
package realism

import (
	"fmt"
	"math"

	"github.com/streamgauge/streamgauge/generators/sample"
)

// Measure is one number and the bound it must keep. Smaller is closer.
type Measure struct {
	Check     string  `json:"check"` // C1 to C10, X1, X2
	Name      string  `json:"name"`
	Value     float64 `json:"value"`     // 0 if it does not apply
	Threshold float64 `json:"threshold"` // the measure passes up to here
	Applies   bool    `json:"applies"`
	Note      string  `json:"note,omitempty"` // the two numbers behind it, or why it does not apply
}

// Passed tells whether the measure keeps its bound.
func (m Measure) Passed() bool { return m.Applies && m.Value <= m.Threshold }

// Grade is 1 for no difference, 0.5 at the threshold, 0 from twice the threshold on.
func (m Measure) Grade() float64 { return max(0, 1-m.Value/(2*m.Threshold)) }

// Report is the comparison of two streams.
type Report struct {
	Recorded  int       `json:"recorded"` // messages
	Generated int       `json:"generated"`
	Measures  []Measure `json:"measures"` // in the order of the checks
	Warnings  []string  `json:"warnings,omitempty"`
}

// Check is the outcome of one check: passed if all of its measures that apply are.
type Check struct {
	Name    string `json:"name"`
	Applies bool   `json:"applies"`
	Passed  bool   `json:"passed"`
}

// Checks gives the outcome of each check, in order.
func (r *Report) Checks() []Check {
	var all []Check
	for _, m := range r.Measures {
		if len(all) == 0 || all[len(all)-1].Name != m.Check {
			all = append(all, Check{Name: m.Check, Passed: true})
		}
		if c := &all[len(all)-1]; m.Applies {
			c.Applies = true
			c.Passed = c.Passed && m.Passed()
		}
	}
	return all
}

// Score counts the checks C1 to C10 that passed, and those that apply.
func (r *Report) Score() (passed, apply int) {
	for _, c := range r.Checks() {
		if c.Name[0] == 'C' && c.Applies {
			apply++
			if c.Passed {
				passed++
			}
		}
	}
	return passed, apply
}

// Realistic is the bar: nine of ten, or all but one of those that apply, with time dependence (C5) and compressibility
// (C10) among them; both where two apply.
func (r *Report) Realistic() bool {
	passed, apply := r.Score()
	for _, c := range r.Checks() {
		if (c.Name == "C5" || c.Name == "C10") && c.Applies && !c.Passed {
			return false
		}
	}
	return apply > 0 && (passed == apply || apply > 2 && passed == apply-1)
}

// Grade is the mean of the grades of all measures of C1 to C10 that apply.
func (r *Report) Grade() float64 {
	var sum, n float64
	for _, m := range r.Measures {
		if m.Applies && m.Check[0] == 'C' {
			sum += m.Grade()
			n++
		}
	}
	return sum / n
}

// Options choose how streams are compared.
type Options struct {
	JSON   bool // encode both as JSON first; they must be if they were not sent in the same encoding
	Raw    bool // the streams as they are: glitches left in for C5, outages for C2 and C3
	Fields []string
}

// Least is the number of messages from which checks mean much, and from which C7 to C9 do.
const (
	Least      = 4_000
	LeastRates = 20_000
)

// comparison is two streams on their way to a report. Fields are those that both have, in the recording's order.
type comparison struct {
	Options
	real, gen side
	report    Report
}

// unlike is how many thresholds a measure is that has no bound.
const unlike = 100

// add appends a measure; a value that is no number does not apply, an infinite one is as unlike as can be.
func (c *comparison) add(check, name string, value, threshold float64, note string) {
	m := Measure{Check: check, Name: name, Value: value, Threshold: threshold, Applies: true, Note: note}
	switch {
	case math.IsNaN(value):
		m.Value, m.Applies = 0, false
	case math.IsInf(value, 0):
		m.Value = unlike * threshold
	}
	c.report.Measures = append(c.report.Measures, m)
}

// apart is a distance between what was measured of both streams: none where nothing is to be measured of the recorded one, infinite where
// that is so of the generated one alone.
func apart(real, gen, distance float64) float64 {
	switch {
	case math.IsNaN(real):
		return math.NaN()
	case math.IsNaN(gen), math.IsNaN(distance):
		return math.Inf(1)
	}
	return distance
}

// Score compares a generated stream with a recorded one, which must be at the same rate.
func Score(real, gen *sample.Stream, o Options) *Report {
	c := &comparison{Options: o}
	c.report.Recorded, c.report.Generated = len(real.Messages), len(gen.Messages)
	fields := shared(real, gen, o.Fields)
	c.real, c.gen = newSide(real, fields, 0), newSide(gen, fields, 1)
	c.warn(len(fields), len(shared(real, real, o.Fields)), real.CSV != gen.CSV)
	c.sizes()
	c.arrivals()
	c.merged()
	c.values()
	c.dependence()
	c.quantisation()
	c.day()
	c.faults()
	c.skew()
	c.compressibility()
	c.relations()
	c.classifier()
	if real.Framed || gen.Framed {
		c.bytesAlone()
	}
	return &c.report
}

// bytesAlone leaves out what takes more than the messages' bytes.
func (c *comparison) bytesAlone() {
	for i := range c.report.Measures {
		if m := &c.report.Measures[i]; m.Check != "C1" && m.Check != "C10" {
			m.Value, m.Applies, m.Note = 0, false, "of these messages the bytes alone are known"
		}
	}
}

func (c *comparison) warn(fields, recorded int, mixed bool) {
	warn := func(text string) { c.report.Warnings = append(c.report.Warnings, text) }
	if n := min(c.report.Recorded, c.report.Generated); n < Least {
		warn("fewer than 4,000 messages in one of the streams: the measures are rough")
	} else if n < LeastRates {
		warn("fewer than 20,000 messages in one of the streams: C7, C8 and C9 are rough")
	}
	switch framed := c.real.Framed || c.gen.Framed; {
	case framed:
		warn("no time, device or field of messages behind their lengths is read: C1 and C10 alone apply")
	case fields == 0:
		warn("the streams share no field with numbers: C4 to C7 do not apply")
	case fields < recorded:
		warn(fmt.Sprintf("%d of the recording's %d fields with numbers are none of the generated stream, and no check is of them", recorded-fields, recorded))
	}
	if mixed && !c.JSON {
		c.JSON = true
		warn("one stream is CSV, the other JSON: sizes and compressibility are of both encoded as JSON")
	}
}

// shared gives the fields that are numbers in both streams: pairs of indices.
func shared(real, gen *sample.Stream, want []string) (both [][2]int) {
	for i, name := range real.Fields {
		for j, other := range gen.Fields {
			if name == other && numeric(real, i) && numeric(gen, j) && wanted(want, name) {
				both = append(both, [2]int{i, j})
			}
		}
	}
	return both
}

func wanted(want []string, name string) bool {
	for _, w := range want {
		if w == name {
			return true
		}
	}
	return len(want) == 0
}

// numeric tells whether a field is a number in at least a tenth of the messages.
func numeric(s *sample.Stream, field int) bool {
	n := 0
	for i := range s.Messages {
		if !math.IsNaN(s.Messages[i].Values[field]) {
			n++
		}
	}
	return n*10 >= len(s.Messages) && n > 1
}
