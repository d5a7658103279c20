package plots

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// thickness is thinner where several repetitions lie over each other.
func thickness(s *reports.Subject) vg.Length {
	if len(s.Trials) > 2 {
		return vg.Points(0.9)
	}
	return vg.Points(1.6)
}

// percentiles is the response by percentile, over nines.
func percentiles(pic *picture) (*plot.Plot, error) {
	p := newPlot("Response time by percentile", "percentile", "response time")
	grid(p)
	named := map[string]bool{}
	for i := range pic.subjects {
		s := &pic.subjects[i]
		for _, t := range s.Trials {
			d := reports.DistributionOf(pic.run, t.ID, "response")
			if d == nil {
				continue
			}
			var xys plotter.XYs
			for _, c := range d.Curve {
				if c[0] < 1 && c[1] > 0 {
					xys = append(xys, plotter.XY{X: -math.Log10(1 - c[0]), Y: c[1]})
				}
			}
			if err := pic.add(p, s, thickness(s), xys, named); err != nil {
				return nil, err
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	p.X.Min, p.X.Tick.Marker = 0, plot.TickerFunc(nines)
	logDurations(p, named)
	return p, nil
}

func nines(low, high float64) []plot.Tick {
	var all []plot.Tick
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999} {
		if x := -math.Log10(1 - q); x >= low && x <= high*1.001 {
			all = append(all, plot.Tick{Value: x, Label: reports.QuantileName(q)})
		}
	}
	return all
}

// logDurations makes y logarithmic, from a decade's end to above the legend.
func logDurations(p *plot.Plot, named map[string]bool) {
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.TickerFunc(decades)
	p.Y.Min *= 0.8
	if p.Y.Max/p.Y.Min < 4 {
		p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
	}
	headroom(p, named)
}

func decades(low, high float64) []plot.Tick {
	var all []plot.Tick
	few := high/low < 400
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v < low || v > high {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || few {
				t.Label = duration(v)
			}
			all = append(all, t)
		}
	}
	return all
}

// duration writes a round value without needless zeros.
func duration(ns float64) string {
	round := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch {
	case ns < 0.999e6:
		return round(ns/1e3) + " µs"
	case ns < 0.999e9:
		return round(ns/1e6) + " ms"
	}
	return round(ns/1e9) + " s"
}

// response is p50, thin, and p99 by the second in which events were due.
func response(pic *picture) (*plot.Plot, error) {
	p := newPlot("Response time over time: p99, and p50 thin", "seconds from the trial's start", "response time")
	pic.phases(p)
	grid(p)
	named := map[string]bool{}
	for i := range pic.subjects {
		s := &pic.subjects[i]
		for _, t := range s.Trials {
			if err := pic.add(p, s, thickness(s), points(pic.run, t, "response_p99", true), named); err != nil {
				return nil, err
			}
			if err := pic.add(p, s, vg.Points(0.6), points(pic.run, t, "response_p50", true), named); err != nil {
				return nil, err
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	p.X.Min = 0
	logDurations(p, named)
	pic.shade(p)
	return p, nil
}

func points(run *result.Run, t *result.Trial, name string, positive bool) plotter.XYs {
	sr := reports.SeriesOf(run, t.ID, name, "")
	if sr == nil {
		return nil
	}
	var xys plotter.XYs
	for _, pt := range sr.Points {
		if !positive || pt.V > 0 {
			xys = append(xys, plotter.XY{X: pt.T, Y: pt.V})
		}
	}
	return xys
}

// throughput is what was finished in each second, over what was due.
func throughput(pic *picture) (*plot.Plot, error) {
	p := newPlot("Throughput over time", "seconds from the trial's start", "events per second")
	pic.phases(p)
	grid(p)
	named := map[string]bool{}
	if err := pic.offered(p); err != nil {
		return nil, err
	}
	for i := range pic.subjects {
		s := &pic.subjects[i]
		for _, t := range s.Trials {
			if err := pic.add(p, s, thickness(s), points(pic.run, t, "achieved_rate", false), named); err != nil {
				return nil, err
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	p.X.Min, p.Y.Min = 0, 0
	p.Y.Max *= 1.12 + 0.075*float64(len(named)+1)
	p.Y.Tick.Marker = plot.TickerFunc(counts)
	pic.shade(p)
	return p, nil
}

func (pic *picture) offered(p *plot.Plot) error {
	for i := range pic.run.Trials {
		xys := points(pic.run, &pic.run.Trials[i], "offered_rate", false)
		if len(xys) == 0 {
			continue
		}
		l, err := plotter.NewLine(xys)
		if err != nil {
			return err
		}
		l.Color, l.Width = color.RGBA{0xd5, 0xd9, 0xdf, 0xff}, vg.Points(5)
		p.Add(l)
		p.Legend.Add(keyText("offered"), l)
		return nil
	}
	return nil
}

// counts labels every whole step of 1, 2 or 5, four to nine of them, with thousands apart.
func counts(low, high float64) []plot.Tick {
	span := high - low
	if span <= 0 {
		return nil
	}
	p := math.Pow(10, math.Floor(math.Log10(span)))
	step := p
	for _, m := range []float64{0.1, 0.2, 0.5, 1} {
		if step = m * p; span/step <= 9 {
			break
		}
	}
	var all []plot.Tick
	for i := math.Ceil(low / step); i*step <= high; i++ {
		all = append(all, plot.Tick{Value: i * step, Label: reports.Number(math.Round(i*step*1e6) / 1e6)})
	}
	return all
}

// shading is drawn before the grid and gets its heights when the axes are known.
type shading struct{ from, to float64 }

// Plot implements plot.Plotter: it fills the whole height.
func (s shading) Plot(c drawCanvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	from, to := x(math.Max(s.from, p.X.Min)), x(math.Min(s.to, p.X.Max))
	if to > from {
		c.FillPolygon(band, []vg.Point{{X: from, Y: c.Min.Y}, {X: to, Y: c.Min.Y}, {X: to, Y: c.Max.Y}, {X: from, Y: c.Max.Y}})
	}
}

// phases shades all but the measure phase; all trials of a run have the same phases.
func (pic *picture) phases(p *plot.Plot) {
	for _, ph := range pic.phaseList() {
		if ph.Name != "measure" {
			p.Add(shading{float64(ph.From) / 1e9, float64(ph.To) / 1e9})
		}
	}
}

func (pic *picture) phaseList() []result.Phase {
	for i := range pic.run.Trials {
		if len(pic.run.Trials[i].Phases) > 0 {
			return pic.run.Trials[i].Phases
		}
	}
	return nil
}

// shade says under the axis what is shaded.
func (pic *picture) shade(p *plot.Plot) {
	var names []string
	for _, ph := range pic.phaseList() {
		p.X.Max = math.Max(p.X.Max, float64(ph.To)/1e9)
		if ph.Name != "measure" {
			names = append(names, strings.Replace(ph.Name, "warmup", "warm-up", 1))
		}
	}
	p.X.Tick.Marker = plot.TickerFunc(counts)
	if len(names) > 0 {
		p.X.Label.Text += " (shaded: " + clip(reports.And(names)) + ")"
	}
}
