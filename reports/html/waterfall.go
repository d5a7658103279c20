package html

import (
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// waterfall shows which hop of the job the time goes to.
type waterfall struct {
	Stages []string
	Rows   []waterfallRow
}

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
		row := waterfallRow{Class: class(s), Name: s.Name, Response: lines[i].Response[0.5].Text(reports.Duration)}
		stages, values := c.medians(s)
		if len(stages) == 0 {
			continue
		}
		if w.Stages == nil {
			w.Stages = stages
		}
		total := 0.0
		for _, v := range values {
			total += max(v, 0)
		}
		row.Total = reports.Duration(total)
		at := 0.0
		for k, v := range values {
			row.Cells = append(row.Cells, reports.Duration(v))
			p := part{X: round1(at), Class: "w" + string(rune('0'+k%7)), Title: stages[k] + " " + reports.Duration(v)}
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

// medians gives the stages and, for each, the median over trials of the median hop; stages without one are left out.
func (c *charts) medians(s *reports.Subject) (stages []string, values []float64) {
	byStage := map[string][]float64{}
	for _, t := range s.Trials {
		for _, d := range reports.Hops(c.run, t.ID) {
			v, ok := hop(d)
			if !ok {
				continue
			}
			if byStage[d.Stage] == nil {
				stages = append(stages, d.Stage)
			}
			byStage[d.Stage] = append(byStage[d.Stage], v)
		}
	}
	for _, name := range stages {
		values = append(values, reports.NewFigure(byStage[name]).Median)
	}
	return stages, values
}

func hop(d *result.Distribution) (float64, bool) { return reports.Quantile(d, 0.5) }
