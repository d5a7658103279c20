package html

import (
	"fmt"

	"github.com/streamgauge/streamgauge/reports"
)

// waterfall shows which hop of the job the time goes to.
type waterfall struct {
	Stages []stage
	Rows   []waterfallRow
}

type stage struct{ Class, Name string }

type waterfallRow struct {
	Class    string
	Name     string
	Total    string // sum of the hops' medians
	Response string // median response
	Cells    []string
	Parts    []part // in per mille of the row's own total
}

type part struct {
	X, W  float64
	Class string
	Title string
}

// hops builds the waterfall from the hops' medians, themselves medians over repetitions.
func (c *charts) hops(lines []reports.Line) waterfall {
	var w waterfall
	for i := range c.subjects {
		s := &c.subjects[i]
		row := waterfallRow{Class: class(s), Name: s.Name + s.Doubt(), Response: lines[i].Response[0.5].Text(reports.Duration)}
		stages, values := reports.HopMedians(c.run, s)
		if len(stages) == 0 {
			continue
		}
		if w.Stages == nil {
			for k, name := range stages {
				w.Stages = append(w.Stages, stage{stageClass(k), name})
			}
		}
		total := 0.0
		for _, v := range values {
			total += max(v, 0)
		}
		row.Total = reports.Duration(total)
		at := 0.0
		for k, v := range values {
			row.Cells = append(row.Cells, reports.Duration(v))
			p := part{X: round1(at), Class: stageClass(k), Title: stages[k] + " " + reports.Duration(v)}
			if total > 0 {
				p.W = round1(max(v, 0) / total * 1000)
			}
			at += p.W
			row.Parts = append(row.Parts, p)
		}
		if len(stages) == len(w.Stages) {
			w.Rows = append(w.Rows, row)
		}
	}
	return w
}

func stageClass(k int) string { return fmt.Sprintf("w%d", k%len(reports.StageColours())) }
