package html

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// said draws what engines said of themselves, a chart for each figure with all engines that have one of its name and unit. An engine says
// a figure when it has changed, so a line is level until the next point.
func (c *charts) said() []chart {
	type figure struct{ name, unit string }
	lines := map[figure][]line{}
	c.each(func(s *reports.Subject, t *result.Trial, thin bool) {
		for i := range c.run.Series {
			sr := &c.run.Series[i]
			name, ok := strings.CutPrefix(sr.Name, result.Said)
			if !ok || sr.Trial != t.ID {
				continue
			}
			f := figure{name, sr.Unit}
			lines[f] = append(lines[f], levelLine(class(s), trialLabel(s, t), thin, sr.Points))
		}
	})
	figures := slices.SortedFunc(maps.Keys(lines), func(a, b figure) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.unit, b.unit)) })
	var all []chart
	for i, f := range figures {
		if ch, ok := c.timed(chart{ID: fmt.Sprintf("said-%d", i+1), Title: f.name, Lines: lines[f]},
			func(l []line) axis { return linearAxis(cmp.Or(f.unit, "value"), f.unit, l) }); ok {
			all = append(all, ch)
		}
	}
	return all
}

// Values beyond these are not drawn, nor are those below 0: a program may say anything, and an axis wants an end.
const least, most = 1e-12, 1e18

// levelLine keeps each value until the next one.
func levelLine(class, name string, thin bool, points []result.Point) line {
	l := line{Class: class, Name: name, Thin: thin}
	for i, p := range points {
		if p.V != 0 && (p.V < least || p.V > most) {
			p.V = math.NaN()
		}
		if i > 0 {
			l.X, l.Y = append(l.X, p.T), append(l.Y, l.Y[len(l.Y)-1])
		}
		l.X, l.Y = append(l.X, p.T), append(l.Y, p.V)
	}
	return l
}
