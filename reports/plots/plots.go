// Package plots writes plots/*.svg and plots/*.png: the charts of a run for papers and slides, on white, in the colours and
// dashes of the HTML report.
package plots

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "plots".
func (writer) Name() string { return "plots" }

// Files lists every plot in both formats.
func (writer) Files() []string {
	var all []string
	for _, d := range drawings() {
		all = append(all, file(d.name, "svg"), file(d.name, "png"))
	}
	return all
}

func file(name, format string) string { return "plots/" + name + "." + format }

// The size of every plot: the text width of a page, at a ratio that shows slopes.
const (
	width  = 17 * vg.Centimeter
	height = 9.5 * vg.Centimeter
)

// drawing is one plot; draw gives nil where the run has nothing to show.
type drawing struct {
	name   string
	draw   func(*picture) (*plot.Plot, error)
	height func(*picture) vg.Length // nil: that of every plot
}

// tall is how high the drawing is of a run.
func (d drawing) tall(pic *picture) vg.Length {
	if d.height == nil {
		return height
	}
	return d.height(pic)
}

func drawings() []drawing {
	return []drawing{
		{"percentiles", percentiles, nil},
		{"response", response, nil},
		{"sizes", sizes, sizesHeight},
		{"throughput", throughput, nil},
		{"waterfall", waterfall, nil},
		{"cpu", cpu, nil},
		{"encodings", encodings, tall},
	}
}

// picture is what the drawings share.
type picture struct {
	run      *result.Run
	subjects []reports.Subject
	lines    []reports.Line
}

// Write draws the plots that have data into dir.
func (writer) Write(run *result.Run, dir string) error {
	pic := newPicture(run)
	for _, d := range drawings() {
		for _, format := range []string{"svg", "png"} {
			// A plot is drawn anew for each format: drawing changes it.
			p, err := d.draw(pic)
			if err != nil {
				return fmt.Errorf("drawing %s: %w", d.name, err)
			}
			if p == nil {
				break
			}
			if err := reports.WriteFile(dir, file(d.name, format), func(w io.Writer) error { return render(w, p, format, d.tall(pic)) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func newPicture(run *result.Run) *picture {
	return &picture{run: run, subjects: reports.Subjects(run), lines: reports.Lines(run)}
}

// margin keeps labels off the edge, dpi makes a PNG sharp in print.
const (
	margin = 10
	dpi    = 150
)

func render(w io.Writer, p *plot.Plot, format string, height vg.Length) error {
	var c vg.CanvasWriterTo
	if format == "png" {
		c = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))}
	} else {
		c = vgsvg.New(width, height)
	}
	dc := draw.New(c)
	dc.FillPolygon(color.White, []vg.Point{dc.Min, {X: dc.Max.X, Y: dc.Min.Y}, dc.Max, {X: dc.Min.X, Y: dc.Max.Y}})
	p.Draw(draw.Crop(dc, margin, -margin, margin, -margin))
	_, err := c.WriteTo(w)
	return err
}

// Colours of what is no subject.
var (
	ink  = color.RGBA{0x16, 0x19, 0x1d, 0xff}
	soft = color.RGBA{0x5a, 0x64, 0x72, 0xff}
	rule = color.RGBA{0xe3, 0xe7, 0xec, 0xff}
	band = color.RGBA{0xf1, 0xf3, 0xf6, 0xff}
)

// colour reads #rrggbb. Its texts are this project's own.
func colour(hex string) color.RGBA {
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		panic("BUG: colour " + hex)
	}
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff}
}

// newPlot makes a plot in the house style: sans serif, light rules, the legend in a row of its own above the data.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	sans := func(size vg.Length) font.Font { return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size} }
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font, p.Title.TextStyle.Color = sans(11), ink
	p.Title.Padding = 8
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = sans(9), soft
		a.Tick.Label.Font, a.Tick.Label.Color = sans(8.5), soft
		a.Tick.LineStyle.Color, a.LineStyle.Color = rule, rule
		a.LineStyle.Width, a.Tick.LineStyle.Width = vg.Points(0.7), vg.Points(0.7)
		a.Padding = 0
	}
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = sans(9), ink
	p.Legend.Top, p.Legend.Left = true, false
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(26), vg.Points(3)
	p.Legend.YOffs, p.Legend.XOffs = -vg.Points(5), -vg.Points(6)
	return p
}

func grid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = rule, rule
	g.Horizontal.Width, g.Vertical.Width = vg.Points(0.5), vg.Points(0.5)
	p.Add(g)
}

// stroke is a subject's line.
func stroke(s *reports.Subject, w vg.Length) draw.LineStyle {
	st := s.Style()
	ls := draw.LineStyle{Color: colour(st.Light), Width: w}
	for _, d := range st.Dash {
		ls.Dashes = append(ls.Dashes, vg.Points(d*0.75))
	}
	return ls
}

// add draws points as one line and, the first time a subject is seen, names it in the legend.
func (pic *picture) add(p *plot.Plot, s *reports.Subject, w vg.Length, xys plotter.XYs, named map[string]bool) error {
	if len(xys) == 0 {
		return nil
	}
	l, err := plotter.NewLine(xys)
	if err != nil {
		return err
	}
	l.LineStyle = stroke(s, w)
	p.Add(l)
	if !named[s.Name] {
		named[s.Name] = true
		key := *l
		key.Width = vg.Points(1.6)
		p.Legend.Add(keyText(s.Name+s.Doubt()), &key)
	}
	return nil
}

// clip keeps a label from pushing the data out of the plot.
func clip(text string) string {
	if r := []rune(text); len(r) > 28 {
		return string(r[:27]) + "…"
	}
	return text
}

// keyText is a name in a legend, with the gap to its line that the library leaves out.
func keyText(name string) string { return clip(name) + "  " }

// headroom leaves space above the data for the legend of a logarithmic axis.
func headroom(p *plot.Plot, named map[string]bool) {
	share := 0.055 * float64(len(named)+1)
	p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, share/(1-share))
}
