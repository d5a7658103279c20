package html

import (
	"math"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// bySize fills in the page's part about messages of many sizes; a run without them has none.
func (c *charts) bySize(p *page) {
	t := reports.Sizes(c.run)
	if len(t.Classes) == 0 {
		return
	}
	p.Sizes, p.Behind = sizeGrid(&t), behindGrid(&t, c.run)
	p.SizeNotes = []string{reports.SizesNote, reports.BehindNote}
	p.BySize = collect(
		func() (chart, bool) { return c.sizes(&t) },
		func() (chart, bool) {
			return c.overTime(chart{ID: "bytes-in-flight", Title: "Bytes in flight", Note: "Of messages at the end of each second, from when the last byte was due until the answer was received."},
				"bytes_in_flight", "", func(l []line) axis { return linearAxis("bytes in flight", "bytes", l) })
		})
}

func sizeGrid(t *reports.SizeTable) grid {
	names := []string{"size", "messages"}
	for i := range t.Subjects {
		names = append(names, t.Subjects[i].Name)
	}
	g := grid{Head: heads(names...)}
	for _, class := range t.Classes {
		r := row{Name: class.Name, Cells: []cell{{Text: reports.Count(class.Messages())}}}
		for _, s := range class.Cells {
			r.Cells = append(r.Cells, sizeCell(s))
		}
		g.Rows = append(g.Rows, r)
	}
	return g
}

func sizeCell(s reports.SizeCell) cell {
	if s.Messages == 0 {
		return cell{Text: "–", Class: "na"}
	}
	return cell{Text: s.P50.Short(reports.Duration), Sub: s.Tail()}
}

func behindGrid(t *reports.SizeTable, run *result.Run) grid {
	g := grid{Head: heads("engine", "small, behind a larger", "their p50", "other small", "their p50", "head-of-line delay", "in flight, mean", "most")}
	for _, l := range t.Behind(run) {
		g.Rows = append(g.Rows, row{Class: class(l.Subject), Name: l.Subject.Name, Cells: []cell{{Text: reports.Count(l.Behind.Messages)}, sizeCell(l.Behind),
			{Text: reports.Count(l.Clear.Messages)}, sizeCell(l.Clear), figure(l.Delay, reports.Duration), figure(l.InFlight, reports.Bytes), figure(l.Most, reports.Bytes)}})
	}
	return g
}

// sizes draws the medians over the sizes, at the middle of each class.
func (c *charts) sizes(t *reports.SizeTable) (chart, bool) {
	ch := chart{ID: "by-size", Hero: true, Title: "Response time by size of message: medians",
		Note: "Each point is a class of sizes, from a power of four to the next; both axes are logarithmic. Large messages are few: the table above says how many."}
	for i := range t.Subjects {
		s := &t.Subjects[i]
		l := line{Class: class(s), Name: s.Name}
		for _, k := range t.Classes {
			y := math.NaN()
			if f := k.Cells[i].P50; k.Cells[i].Messages > 0 && f.Known() {
				y = f.Median
			}
			l.X, l.Y = append(l.X, k.Middle()), append(l.Y, y)
		}
		ch.Lines = append(ch.Lines, l)
	}
	ch.X, ch.Y = sizeAxis(t), logAxis("response time", "ns", ch.Lines)
	return c.finish(ch)
}

// sizeAxis has a tick between each two classes.
func sizeAxis(t *reports.SizeTable) axis {
	first, last := t.Classes[0], t.Classes[len(t.Classes)-1]
	a := axis{Label: "size of the message", Unit: "bytes", Log: true, Min: first.Low(), Max: last.High()}
	for _, k := range t.Classes {
		a.Ticks = append(a.Ticks, tick{k.Low(), reports.BinarySize(k.Low())})
	}
	a.Ticks = append(a.Ticks, tick{last.High(), reports.BinarySize(last.High())})
	return a
}
