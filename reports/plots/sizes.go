package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/streamgauge/streamgauge/reports"
)

// sizes is the median response time by size of message, with its interval where the messages are enough for one.
func sizes(pic *picture) (*plot.Plot, error) {
	t := reports.Sizes(pic.run)
	p := newPlot("Response time by size of message: medians, with 95 % intervals", "size of the message", "response time")
	grid(p)
	named := map[string]bool{}
	for i := range t.Subjects {
		if err := pic.addSizes(p, &t, i, named); err != nil {
			return nil, err
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.TickerFunc(fours)
	p.X.Min, p.X.Max = t.Classes[0].Low(), t.Classes[len(t.Classes)-1].High()
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.TickerFunc(decades)
	p.Y.Min, p.Y.Max = p.Y.Min*0.7, p.Y.Max*1.2
	share := float64(legend(len(named)) / sizesHeight(pic))
	p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, share/(1-share))
	return p, nil
}

// legend is the room that the names of so many lines take, above the lines.
func legend(n int) vg.Length { return vg.Points(15 * float64(n+2)) }

// sizesHeight leaves the lines as much room as other drawings have, whatever the legend takes.
func sizesHeight(pic *picture) vg.Length {
	return max(height, vg.Points(200)+legend(len(pic.subjects)))
}

// intervals are the whiskers of a subject's points.
type intervals struct {
	plotter.XYs
	plotter.YErrors
}

// addSizes draws the line of a subject, beside those of the others by a little, so that its whiskers can be seen.
func (pic *picture) addSizes(p *plot.Plot, t *reports.SizeTable, i int, named map[string]bool) error {
	s := &t.Subjects[i]
	aside := math.Pow(2, 0.14*(float64(i)-float64(len(t.Subjects)-1)/2))
	var line plotter.XYs
	var whiskers intervals
	for _, k := range t.Classes {
		c := k.Cells[i]
		if c.Messages == 0 || !c.P50.Known() || c.P50.Median <= 0 {
			continue
		}
		at := plotter.XY{X: k.Middle() * aside, Y: c.P50.Median}
		line = append(line, at)
		if r := c.Range; r != nil && r[0] > 0 {
			whiskers.XYs = append(whiskers.XYs, at)
			whiskers.YErrors = append(whiskers.YErrors, struct{ Low, High float64 }{at.Y - r[0], r[1] - at.Y})
		}
	}
	if err := pic.add(p, s, vg.Points(1.3), line, named); err != nil || len(whiskers.XYs) == 0 {
		return err
	}
	bars, err := plotter.NewYErrorBars(whiskers)
	if err != nil {
		return err
	}
	bars.LineStyle.Color, bars.LineStyle.Width, bars.CapWidth = faded(colour(s.Style().Light)), vg.Points(0.8), vg.Points(3)
	p.Add(bars)
	return nil
}

// faded is a colour half way to white.
func faded(c color.RGBA) color.RGBA {
	half := func(v uint8) uint8 { return uint8((int(v) + 255) / 2) }
	return color.RGBA{half(c.R), half(c.G), half(c.B), 0xff}
}

// fours has a tick at each power of four, with a label at every second.
func fours(low, high float64) []plot.Tick {
	var all []plot.Tick
	for k, v := 0, 1.0; v <= high*1.001; k, v = k+1, v*4 {
		if v < low*0.999 {
			continue
		}
		t := plot.Tick{Value: v}
		if k%2 == 0 {
			t.Label = reports.BinarySize(v)
		}
		all = append(all, t)
	}
	return all
}
