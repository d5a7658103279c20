package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/reports"
)

// chart is a line chart as data in its own units. It is drawn at two sizes, because text in a picture that is scaled to a
// telephone cannot be read.
type chart struct {
	ID    string
	Title string
	Note  string
	X, Y  axis
	Lines []line
	Bands []band
	Keys  []key // the legend
	Hero  bool  // takes the page's whole width
}

// axis maps a quantity to a stretch of pixels.
type axis struct {
	Label    string
	Unit     string // of values, for hovering: ns, 1/s, bytes, cores, s, quantile
	Log      bool
	Min, Max float64
	Ticks    []tick
}

type tick struct {
	At    float64
	Label string // empty: a thin line only
}

// line is one polyline. It breaks where a value is not a number.
type line struct {
	Class string // of the subject, such as s0
	Name  string
	Thin  bool // one of several repetitions
	X, Y  []float64
}

// band shades a stretch of x.
type band struct {
	From, To float64
	Label    string
	Class    string
}

type key struct{ Class, Name string }

// svg is a chart at one size, in pixels: all that the template needs.
type svg struct {
	Class          string
	W, H           int
	L, T, R, B     float64 // the plot's edges
	XTicks, YTicks []drawnTick
	Bands          []drawnBand
	Lines          []drawnLine
	XLabel, YLabel string
	XUnit, YUnit   string
	X0, X1         string // x at the left and right edge, for hovering
	Title          string
}

type drawnTick struct {
	P     float64
	Label string
	Edge  string // text-anchor
}

type drawnBand struct {
	X, W  float64
	Mid   float64
	Label string
	Class string
}

type drawnLine struct {
	Class, Name string
	D           string // path
	Values      string // y of each point of the path
}

func (a *axis) scale(v, from, to float64) float64 {
	low, high, x := a.Min, a.Max, v
	if a.Log {
		low, high, x = math.Log10(low), math.Log10(high), math.Log10(max(v, a.Min))
	}
	if high <= low {
		return from
	}
	return from + (x-low)/(high-low)*(to-from)
}

// Sizes draws the chart for wide and for narrow pages.
func (c chart) Sizes() []svg {
	wide := c.draw("wide", 640, 290, 66)
	if c.Hero {
		wide = c.draw("wide", 1280, 370, 66)
	}
	return []svg{wide, c.draw("narrow", 360, 270, 54)}
}

func (c chart) draw(class string, w, h int, left float64) svg {
	s := svg{Class: class, W: w, H: h, L: left, T: 22, R: float64(w) - 14, B: float64(h) - 38, XLabel: c.X.Label, YLabel: c.Y.Label,
		XUnit: c.X.Unit, YUnit: c.Y.Unit, X0: short(c.X.Min), X1: short(c.X.Max), Title: c.Title}
	room := 0.0
	for i, t := range c.X.Ticks {
		p := c.X.scale(t.At, s.L, s.R)
		d := drawnTick{round1(p), t.Label, "middle"}
		half := float64(len([]rune(t.Label)))*3.4 + 3
		if t.Label != "" && i > 0 && p-half < room {
			d.Label = "" // it would touch the one before
		}
		if d.Label != "" {
			room = p + half
		}
		if p > s.R-half {
			d.Edge = "end"
		}
		s.XTicks = append(s.XTicks, d)
	}
	for _, t := range c.Y.Ticks {
		s.YTicks = append(s.YTicks, drawnTick{round1(c.Y.scale(t.At, s.B, s.T)), t.Label, "end"})
	}
	for _, b := range c.Bands {
		from, to := c.X.scale(max(b.From, c.X.Min), s.L, s.R), c.X.scale(min(b.To, c.X.Max), s.L, s.R)
		if to <= from {
			continue
		}
		d := drawnBand{X: round1(from), W: round1(to - from), Mid: round1((from + to) / 2), Label: b.Label, Class: b.Class}
		if to-from < float64(len(b.Label))*6.5 {
			d.Label = ""
		}
		s.Bands = append(s.Bands, d)
	}
	for _, l := range c.Lines {
		s.Lines = append(s.Lines, c.path(l, &s))
	}
	return s
}

func (c *chart) path(l line, s *svg) drawnLine {
	var d, values strings.Builder
	gap := true
	for i := range l.X {
		if math.IsNaN(l.Y[i]) || l.X[i] < c.X.Min || l.X[i] > c.X.Max {
			gap = true
			continue
		}
		command := "L"
		if gap {
			command = "M"
		}
		gap = false
		fmt.Fprintf(&d, "%s%s %s", command, short1(c.X.scale(l.X[i], s.L, s.R)), short1(c.Y.scale(l.Y[i], s.B, s.T)))
		if values.Len() > 0 {
			values.WriteByte(' ')
		}
		values.WriteString(short(l.Y[i]))
	}
	out := drawnLine{Class: l.Class, Name: l.Name, D: d.String(), Values: values.String()}
	if l.Thin {
		out.Class += " thin"
	}
	return out
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }

func short1(v float64) string { return strconv.FormatFloat(round1(v), 'f', -1, 64) }

// short writes four digits: enough for a value beside a pointer.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// bounds is the least and the greatest value of all lines; false if there is none.
func bounds(lines []line, positive bool) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, v := range l.Y {
			if math.IsNaN(v) || positive && v <= 0 {
				continue
			}
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high, low <= high
}

// logAxis spans all lines by whole steps of 1, 2 and 5, with a label at each if they are few.
func logAxis(label, unit string, lines []line) axis {
	low, high, ok := bounds(lines, true)
	if !ok {
		low, high = 1e6, 1e9
	}
	a := axis{Label: label, Unit: unit, Log: true, Min: step125(low, -1), Max: step125(high, +1)}
	if a.Max/a.Min < 9.9 {
		a.Min, a.Max = a.Min/2, a.Max*2
	}
	few := math.Log10(a.Max/a.Min) <= 2.5
	for e := math.Floor(math.Log10(a.Min)); e <= math.Ceil(math.Log10(a.Max)); e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v < a.Min*0.999 || v > a.Max*1.001 {
				continue
			}
			t := tick{At: v}
			if m == 1 || few {
				t.Label = tickText(v, unit)
			}
			a.Ticks = append(a.Ticks, t)
		}
	}
	return a
}

// step125 is the nearest 1, 2 or 5 times a power of ten at or beyond v, downwards or upwards.
func step125(v float64, direction int) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	steps := []float64{1, 2, 5, 10}
	if direction < 0 {
		for i := len(steps) - 1; i >= 0; i-- {
			if steps[i]*p <= v*1.0001 {
				return steps[i] * p
			}
		}
	}
	for _, m := range steps {
		if m*p >= v*0.9999 {
			return m * p
		}
	}
	return 10 * p
}

// linearAxis goes from 0 to above all lines: a cut-off axis makes small differences look large.
func linearAxis(label, unit string, lines []line) axis {
	_, high, ok := bounds(lines, false)
	if !ok || high <= 0 {
		high = 1
	}
	step := step125(high*1.05/5, +1)
	a := axis{Label: label, Unit: unit, Max: math.Ceil(high*1.05/step) * step}
	for v := 0.0; v <= a.Max*1.001; v += step {
		a.Ticks = append(a.Ticks, tick{v, tickText(v, unit)})
	}
	return a
}

// timeAxis goes from the trial's start to its end, in s.
func timeAxis(lines []line, bands []band) axis {
	end := 1.0
	for _, l := range lines {
		if n := len(l.X); n > 0 {
			end = max(end, l.X[n-1])
		}
	}
	for _, b := range bands {
		end = max(end, b.To)
	}
	step := step125(end/8, +1)
	a := axis{Label: "seconds from the trial's start", Unit: "s", Max: end}
	for v := 0.0; v <= end*1.001; v += step {
		a.Ticks = append(a.Ticks, tick{v, reports.Number(v)})
	}
	return a
}

// ninesAxis is the axis of percentile curves: equal steps for each further nine. x is −log10(1 − q).
func ninesAxis(lines []line) axis {
	high := 1.0
	for _, l := range lines {
		for _, x := range l.X {
			high = max(high, x)
		}
	}
	a := axis{Label: "percentile", Unit: "quantile", Max: high}
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999} {
		if x := nines(q); x <= high*1.02 {
			a.Ticks = append(a.Ticks, tick{x, reports.QuantileName(q)})
		}
	}
	return a
}

func nines(q float64) float64 { return -math.Log10(1 - min(q, 1-1e-9)) }

// tickText writes a round value without needless zeros.
func tickText(v float64, unit string) string {
	trim := func(v float64, u string) string { return strconv.FormatFloat(v, 'g', 6, 64) + u }
	switch unit {
	case "ns":
		switch {
		case v == 0:
			return "0"
		case v < 0.999e6:
			return trim(v/1e3, " µs")
		case v < 0.999e9:
			return trim(v/1e6, " ms")
		}
		return trim(v/1e9, " s")
	case "bytes":
		switch {
		case v == 0:
			return "0"
		case v < 0.999e6:
			return trim(v/1e3, " kB")
		case v < 0.999e9:
			return trim(v/1e6, " MB")
		}
		return trim(v/1e9, " GB")
	}
	if v >= 1000 {
		return reports.Count(int64(math.Round(v)))
	}
	return trim(v, "")
}

// Height is that of the plot's area.
func (s svg) Height() float64 { return s.B - s.T }

// TickX is where the labels of y end.
func (s svg) TickX() float64 { return s.L - 7 }

// TickY is the line of the labels of x.
func (s svg) TickY() float64 { return s.B + 16 }

// AxisY is the line of the name of x.
func (s svg) AxisY() float64 { return s.B + 33 }
