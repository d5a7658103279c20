package realism

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/streamgauge/streamgauge/generators/sample"
	"github.com/streamgauge/streamgauge/harness/whole"
)

// Colours of the recorded and the generated stream: blue and orange, which all eyes tell apart.
var (
	recordedColour  = color.RGBA{0, 114, 178, 255}
	generatedColour = color.RGBA{213, 94, 0, 255}
)

// Picture draws a comparison in four parts: the measures in units of their thresholds, the distributions of sizes and of
// intervals, and the autocorrelation. The file's ending says the format: svg, png or pdf.
func Picture(path string, real, gen *sample.Stream, rep *Report) error {
	shared := shared(real, gen, nil)
	r, g := newSide(real, shared, 0), newSide(gen, shared, 1)
	parts := [][]*plot.Plot{{nil, nil}, {nil, nil}}
	var err error
	for i, draw := range []func() (*plot.Plot, error){
		func() (*plot.Plot, error) { return bars(rep) },
		func() (*plot.Plot, error) { return distributions("Size, B", sizesOf(&r), sizesOf(&g)) },
		func() (*plot.Plot, error) {
			return distributions("Interval / median (log10)", logs(r.pooled()), logs(g.pooled()))
		},
		func() (*plot.Plot, error) { return curves(&r, &g) },
	} {
		if parts[i/2][i%2], err = draw(); err != nil {
			return fmt.Errorf("drawing %s: %w", path, err)
		}
	}
	return save(path, parts)
}

func save(path string, parts [][]*plot.Plot) error {
	c, err := draw.NewFormattedCanvas(28*vg.Centimeter, 20*vg.Centimeter, strings.TrimPrefix(filepath.Ext(path), "."))
	if err != nil {
		return fmt.Errorf("drawing %s: %w", path, err)
	}
	tiles := draw.Tiles{Rows: 2, Cols: 2, PadX: vg.Centimeter, PadY: vg.Centimeter, PadTop: vg.Millimeter * 4, PadBottom: vg.Millimeter * 4,
		PadLeft: vg.Millimeter * 4, PadRight: vg.Millimeter * 4}
	for i, row := range plot.Align(parts, tiles, draw.New(c)) {
		for j, canvas := range row {
			parts[i][j].Draw(canvas)
		}
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return fmt.Errorf("drawing %s: %w", path, err)
	}
	return whole.WriteFile(path, b.Bytes())
}

// bars draws each measure in units of its threshold; what reaches beyond the line at 1 is over it.
func bars(rep *Report) (*plot.Plot, error) {
	p := plot.New()
	var v plotter.Values
	var names []string
	for _, m := range slices.Backward(rep.Measures) {
		if m.Applies {
			v = append(v, min(m.Value/m.Threshold, 4))
			names = append(names, m.Check+" "+m.Name)
		}
	}
	b, err := plotter.NewBarChart(v, vg.Points(9))
	if err != nil {
		return nil, err
	}
	b.Horizontal, b.Color, b.LineStyle.Width = true, generatedColour, 0
	bar, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.5}, {X: 1, Y: float64(len(v)) - 0.5}})
	if err != nil {
		return nil, err
	}
	p.Add(b, bar)
	p.NominalY(names...)
	passed, apply := rep.Score()
	p.Title.Text = fmt.Sprintf("%d of %d checks passed", passed, apply)
	p.X.Label.Text = "Measure / threshold (up to 4)"
	p.X.Min = 0
	return p, nil
}

// distributions draws the cumulated shares of two samples.
func distributions(label string, r, g []float64) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = label, "Share up to it"
	p.Y.Min, p.Y.Max = 0, 1
	return p, both(p, cumulated(r), cumulated(g))
}

func both(p *plot.Plot, r, g plotter.XYs) error {
	for _, l := range []struct {
		points plotter.XYs
		name   string
		colour color.Color
		dashes []vg.Length
	}{{r, "recorded", recordedColour, nil}, {g, "generated", generatedColour, []vg.Length{vg.Points(4), vg.Points(2)}}} {
		if len(l.points) == 0 {
			continue
		}
		line, err := plotter.NewLine(l.points)
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = l.colour, vg.Points(1.5), l.dashes
		p.Add(line)
		p.Legend.Add(l.name, line)
	}
	return nil
}

// cumulated gives 200 points of a sample's distribution.
func cumulated(v []float64) plotter.XYs {
	s := slices.DeleteFunc(slices.Clone(v), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	slices.Sort(s)
	var all plotter.XYs
	for i := range 201 {
		if len(s) > 0 {
			all = append(all, plotter.XY{X: s[i*(len(s)-1)/200], Y: float64(i) / 200})
		}
	}
	return all
}

func sizesOf(d *side) []float64 {
	var v []float64
	for i := range d.Messages {
		v = append(v, float64(len(d.Messages[i].Bytes)))
	}
	return v
}

func logs(v []float64) []float64 {
	for i := range v {
		v[i] = math.Log10(max(v[i], 1e-3))
	}
	return v
}

// curves draws the median autocorrelation over sources and fields.
func curves(r, g *side) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "Lag, messages of one source", "Autocorrelation, median of the fields"
	curve := func(d *side) plotter.XYs {
		var all plotter.XYs
		for _, lag := range []int{1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60} {
			at := median(slices.Concat(d.perSource(func(v []float64) float64 { return ACF(Smooth(v), lag) })...))
			if !math.IsNaN(at) {
				all = append(all, plotter.XY{X: float64(lag), Y: at})
			}
		}
		return all
	}
	p.Y.Max, p.Y.Min = 1, 0
	return p, both(p, curve(r), curve(g))
}
