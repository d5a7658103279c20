package plots

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/streamgauge/streamgauge/reports"
)

type drawCanvas = draw.Canvas

// nominal names the rows of a bar chart; the first name is the topmost, the library counts from the bottom.
func nominal(p *plot.Plot, names []string) {
	r := slices.Clone(names)
	slices.Reverse(r)
	for i := range r {
		r[i] += " "
	}
	p.NominalY(r...)
	p.Y.Min, p.Y.Max = -0.5, float64(len(names))-0.5
}

func barWidth(n int) vg.Length { return min(vg.Points(44), (height-vg.Points(80))/vg.Length(n)*0.66) }

// waterfall is the share of each hop in an engine's own time.
func waterfall(pic *picture) (*plot.Plot, error) {
	var stages, names []string
	var hops [][]float64
	for i := range pic.subjects {
		s := &pic.subjects[i]
		st, ns := reports.HopMedians(pic.run, s)
		if len(st) == 0 || stages != nil && !slices.Equal(st, stages) {
			continue
		}
		stages, hops = st, append(hops, shares(ns))
		names = append(names, clip(s.Name+s.Doubt())+", "+reports.Duration(sum(ns)))
	}
	if len(hops) == 0 {
		return nil, nil
	}
	p := newPlot("Where the time goes: share of each hop in an engine's own time", "share of the sum of the hops' medians", "")
	slices.Reverse(hops)
	var below *plotter.BarChart
	for k, name := range stages {
		values := make(plotter.Values, len(hops))
		for i := range hops {
			values[i] = hops[i][k]
		}
		b, err := plotter.NewBarChart(values, barWidth(len(hops)))
		if err != nil {
			return nil, err
		}
		colours := reports.StageColours()
		b.Horizontal, b.Color = true, colour(colours[k%len(colours)])
		b.LineStyle.Color, b.LineStyle.Width = color.White, vg.Points(1)
		if below != nil {
			b.StackOn(below)
		}
		below = b
		p.Add(b)
		p.Legend.Add(keyText(name), b)
	}
	nominal(p, names)
	p.X.Min, p.X.Max = 0, 1.28 // the legend stands beside the bars
	p.X.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.25, Label: "25 %"}, {Value: 0.5, Label: "50 %"}, {Value: 0.75, Label: "75 %"}, {Value: 1, Label: "100 %"}}
	p.Legend.ThumbnailWidth = vg.Points(10)
	return p, nil
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += max(v, 0)
	}
	return total
}

func shares(values []float64) []float64 {
	total := sum(values)
	out := make([]float64, len(values))
	for i, v := range values {
		if total > 0 {
			out[i] = max(v, 0) / total
		}
	}
	return out
}

// cpu is the processor time of each engine, with its value behind the bar and the range over repetitions on it.
func cpu(pic *picture) (*plot.Plot, error) {
	var known []*reports.Line
	var names []string
	for i := range pic.lines {
		if l := &pic.lines[i]; l.CPU.Known() {
			known = append(known, l)
			names = append(names, l.Name+l.Doubt())
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	p := newPlot("Processor time of the engine, from the start of its process to its end", "CPU seconds", "")
	labels := plotter.XYLabels{}
	for i, l := range known {
		values := make(plotter.Values, len(known))
		at := len(known) - 1 - i
		values[at] = l.CPU.Median
		b, err := plotter.NewBarChart(values, barWidth(len(known)))
		if err != nil {
			return nil, err
		}
		b.Horizontal, b.Color = true, colour(l.Style().Light)
		b.LineStyle.Width = 0
		p.Add(b)
		value := l.CPU.Text(reports.Seconds)
		if spread := l.CPU.Spread(reports.Seconds); spread != "" && l.CPU.Min != l.CPU.Max {
			value += "  " + spread
		}
		labels.XYs = append(labels.XYs, plotter.XY{X: l.CPU.Median, Y: float64(at)})
		labels.Labels = append(labels.Labels, value)
	}
	if err := values(p, labels); err != nil {
		return nil, err
	}
	nominal(p, names)
	p.X.Min = 0
	p.X.Max *= 1.32 // room for the values
	p.X.Tick.Marker = plot.TickerFunc(counts)
	return p, nil
}

// values writes figures behind their bars.
func values(p *plot.Plot, labels plotter.XYLabels) error {
	l, err := plotter.NewLabels(labels)
	if err != nil {
		return err
	}
	for i := range l.TextStyle {
		l.TextStyle[i].Font = font.Font{Typeface: "Liberation", Variant: "Sans", Size: 9}
		l.TextStyle[i].Color = ink
		l.TextStyle[i].YAlign = text.YCenter
	}
	l.Offset = vg.Point{X: vg.Points(5)}
	p.Add(l)
	return nil
}
