package plots

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/streamgauge/streamgauge/reports"
)

// compared is one quantity of encodings: its value by row, 0 where there is none, and how its marks look.
type compared struct {
	name   string
	values []float64
	colour color.Color
	shape  draw.GlyphDrawer
}

// encodings shows what each encoding costs, as times of what the first one does: one row an encoding, one mark a quantity.
func encodings(pic *picture) (*plot.Plot, error) {
	lines := reports.Encodings(pic.run)
	if len(lines) == 0 {
		return nil, nil
	}
	names, quantities := quantities(lines)
	p := newPlot("Encodings: what each takes, as times of "+names[0], "times of "+names[0], "")
	nominal(p, names)
	grid(p)
	for _, q := range quantities {
		if err := marks(p, q, len(names)); err != nil {
			return nil, err
		}
	}
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: p.Y.Min}, {X: 1, Y: p.Y.Max}})
	if err != nil {
		return nil, err
	}
	one.Color, one.Width = soft, vg.Points(0.7)
	p.Add(one)
	p.Y.Max += 0.9 * float64(len(quantities)) // the legend stands above the rows
	p.X.Min, p.X.Max = math.Min(p.X.Min, 0.5)/1.15, math.Max(p.X.Max, 2)*1.15
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.TickerFunc(ratios)
	return p, nil
}

// quantities are the rows' names, and what is compared: bytes, the encoding's own costs, and each engine's.
func quantities(lines []reports.EncodingLine) (names []string, all []*compared) {
	colours := reports.StageColours()
	bytes := &compared{name: "bytes a message", colour: colour(colours[0]), shape: draw.SquareGlyph{}}
	write := &compared{name: "time to write", colour: colour(colours[4]), shape: draw.TriangleGlyph{}}
	read := &compared{name: "time to read", colour: colour(colours[6]), shape: draw.PyramidGlyph{}}
	all = []*compared{bytes, write, read}
	byEngine := map[string]*compared{}
	for i := range lines {
		l := &lines[i]
		if l.First {
			names = append(names, l.Encoding.Name)
			for _, q := range all {
				q.values = append(q.values, 0)
			}
			row := len(names) - 1
			bytes.values[row], write.values[row], read.values[row] = float64(l.Bytes), float64(l.EncodeNS), float64(l.DecodeNS)
		}
		q := byEngine[l.Label]
		if q == nil {
			s := reports.Styles()[len(byEngine)%len(reports.Styles())]
			q = &compared{name: "CPU an event, " + l.Label, values: make([]float64, len(names)), colour: colour(s.Light), shape: draw.CircleGlyph{}}
			byEngine[l.Label], all = q, append(all, q)
		}
		if l.CPUPerEvent.Known() && l.Status != reports.Wrong {
			q.values[len(names)-1] = l.CPUPerEvent.Median
		}
	}
	return names, all
}

// marks draws a quantity, relative to its first value: nothing where that is not known.
func marks(p *plot.Plot, q *compared, rows int) error {
	var xys plotter.XYs
	for i, v := range q.values {
		if v > 0 && q.values[0] > 0 {
			xys = append(xys, plotter.XY{X: v / q.values[0], Y: float64(rows - 1 - i)})
		}
	}
	if len(xys) == 0 {
		return nil
	}
	s, err := plotter.NewScatter(xys)
	if err != nil {
		return err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: q.colour, Radius: vg.Points(3), Shape: q.shape}
	p.Add(s)
	p.Legend.Add(keyText(q.name), s)
	return nil
}

// ratios labels 1, 2 and 5 of each decade.
func ratios(low, high float64) []plot.Tick {
	var all []plot.Tick
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for _, m := range []float64{1, 2, 5} {
			if v := m * math.Pow(10, e); v >= low && v <= high {
				all = append(all, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 4, 64) + "×"})
			}
		}
	}
	return all
}

// tall gives every encoding a row that its name fits into.
func tall(pic *picture) vg.Length {
	return max(height, vg.Points(150+16*float64(len(pic.run.Encodings))))
}
