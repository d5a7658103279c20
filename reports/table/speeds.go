package table

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/reports"
)

// column is one column of figures. write is empty for a column without a spread.
type column struct {
	head   string
	figure func(reports.Line) reports.Figure
	write  func(float64) string
}

func columns() []column {
	response := func(q float64) func(reports.Line) reports.Figure {
		return func(l reports.Line) reports.Figure { return l.Response[q] }
	}
	return []column{
		{"offered", func(l reports.Line) reports.Figure { return l.Offered }, reports.Rate},
		{"achieved", func(l reports.Line) reports.Figure { return l.Achieved }, reports.Rate},
		{"p50", response(0.5), reports.Duration},
		{"p90", response(0.9), reports.Duration},
		{"p99", response(0.99), reports.Duration},
		{"p99.9", response(0.999), reports.Duration},
		{"dupl.", duplicates, reports.Number},
		{"CPU", func(l reports.Line) reports.Figure { return l.CPU }, reports.Seconds},
		{"peak mem.", func(l reports.Line) reports.Figure { return l.Memory }, reports.Bytes},
		{"policy", func(l reports.Line) reports.Figure { return l.PolicyFloor }, reports.Duration},
		{"p50 above", func(l reports.Line) reports.Figure { return l.AboveFloor }, reports.Duration},
	}
}

func duplicates(l reports.Line) reports.Figure {
	if v := l.Total(); !v.Judged {
		return reports.Figure{Missing: "not judged"}
	}
	return reports.NewFigure([]float64{float64(l.Duplicates)})
}

// speeds prints a line of figures for each engine and, where there are repetitions, their spread below it.
func (p *printer) speeds() {
	cols := columns()
	rows := [][]string{{"engine"}}
	for _, c := range cols {
		rows[0] = append(rows[0], c.head)
	}
	repeated := false
	for _, l := range p.lines {
		row, low, high := []string{p.name(l) + mark(l)}, []string{"  from"}, []string{"  to"}
		for _, c := range cols {
			f := c.figure(l)
			row = append(row, f.Short(c.write))
			from, to := ends(f, c.write)
			low, high = append(low, from), append(high, to)
		}
		rows = append(rows, row)
		if l.Offered.N > 1 {
			repeated = true
			rows = append(rows, low, high)
		}
	}
	p.head("SPEED: response time, from when an event was due to its answer in the output topic, over the measure phase")
	p.grid(rows)
	p.notes(repeated)
}

// encodings prints the table of a stream that was offered in several.
func (p *printer) encodings() {
	rows := reports.EncodingsTable(p.run, false)
	if rows == nil {
		return
	}
	p.head(reports.EncodingsTitle)
	p.grid(rows)
	for _, text := range reports.EncodingsNotes(p.run) {
		p.wrap("  ", text)
	}
}

// ends are the lower and the upper end of a figure's spread; empty where all repetitions agree.
func ends(f reports.Figure, write func(float64) string) (low, high string) {
	switch {
	case !f.Known() || f.N < 2 || f.Min == f.Max:
		return "", ""
	case f.Interval != nil:
		return write(f.Interval[0]), write(f.Interval[1])
	case f.Bound:
		return write(f.Min), ""
	}
	return write(f.Min), write(f.Max)
}

// mark points at the note that says why a row must not be compared.
func mark(l reports.Line) string {
	if l.Status == reports.Wrong {
		return " *"
	}
	return ""
}

// grid aligns rows, the first column to the left and figures to the right, two spaces apart, or one if they would not fit.
func (p *printer) grid(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	total := 2
	for _, n := range widths {
		total += n
	}
	gap := "  "
	if total+len(gap)*(len(widths)-1) > width {
		gap = " "
	}
	widths[0] = min(widths[0], max(8, width-(total-widths[0])-len(gap)*(len(widths)-1)))
	for i, row := range rows {
		var b strings.Builder
		b.WriteString("  " + pad(row[0], widths[0]))
		for k, cell := range row[1:] {
			b.WriteString(gap + strings.Repeat(" ", widths[k+1]-utf8.RuneCountInString(cell)) + cell)
		}
		line := strings.TrimRight(b.String(), " ")
		if i == 0 {
			line = p.bold(line)
		}
		p.out.WriteString(line + "\n")
	}
}

// notes explains what stands in the table.
func (p *printer) notes(repeated bool) {
	var all []string
	if repeated {
		all = append(all, p.repetitionNote())
	}
	if slices.ContainsFunc(p.lines, func(l reports.Line) bool { return mark(l) != "" }) {
		all = append(all, "* the speed of a wrong answer: not to be compared.")
	}
	all = append(all, p.missingNotes()...)
	if slices.ContainsFunc(p.lines, func(l reports.Line) bool { return l.PolicyFloor.Known() && l.PolicyFloor.Median > 0 }) {
		all = append(all, "policy: what waiting for batches or commits costs by design; p50 above: the median beyond it.")
	}
	for _, r := range reports.Rankings(p.run) {
		all = append(all, ranking(r))
	}
	for _, text := range all {
		p.wrap("  ", printable(text))
	}
}

func (p *printer) repetitionNote() string {
	intervals := false
	for _, l := range p.lines {
		intervals = intervals || l.Response[0.5].Interval != nil
	}
	if intervals {
		return "Medians over repetitions, of dupl. the sum; from and to: the 95 % interval of the geometric mean, by Student's t on logarithms; the " +
			"least and the greatest where fewer than five count, or one is not above 0."
	}
	return "Medians over repetitions, of dupl. the sum; from and to: the least and the greatest of them (an interval takes five)."
}

// missingNotes says why figures are not there, each reason once.
func (p *printer) missingNotes() []string {
	who := map[string][]string{}
	var order []string
	for _, l := range p.lines {
		if f := l.Offered; !f.Known() {
			order = note(who, order, "n/a: "+f.Missing, l.Name)
			continue
		}
		for _, q := range reports.Quantiles() {
			switch f := l.Response[q]; {
			case !f.Known():
				order = note(who, order, fmt.Sprintf("n/a: %s %s", reports.QuantileName(q), f.Missing), l.Name)
			case f.Bound:
				order = note(who, order, "> is a lower bound: events that were never answered lie there", l.Name)
			}
		}
	}
	var all []string
	for _, text := range order {
		names := reports.And(who[text])
		if n := len(who[text]); n > 3 && n == len(p.lines) {
			names = "all"
		}
		all = append(all, text+" ("+names+").")
	}
	return all
}

func note(who map[string][]string, order []string, text, name string) []string {
	if who[text] == nil {
		order = append(order, text)
	}
	if !slices.Contains(who[text], name) {
		who[text] = append(who[text], name)
	}
	return order
}

func ranking(r reports.Ranking) string {
	var places []string
	for _, p := range r.Places {
		places = append(places, fmt.Sprintf("%d. %s", p.Rank, p.Line.Name))
	}
	text := "Ranking of " + r.Title + ": " + strings.Join(places, ", ")
	if r.Doubt != "" {
		text += "; " + r.Doubt
	}
	return text + "."
}

// pad fills text up to n columns, or cuts it to them.
func pad(text string, n int) string {
	if have := utf8.RuneCountInString(text); have <= n {
		return text + strings.Repeat(" ", n-have)
	}
	return string([]rune(text)[:n-1]) + "…"
}

// wrap breaks text into lines of at most n columns, at spaces where there are any.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for visible(word) > n {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			r := []rune(word)
			lines, word = append(lines, string(r[:n])), string(r[n:])
		}
		switch {
		case line == "":
			line = word
		case visible(line)+1+visible(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// visible is the number of columns text takes, emphasis left out.
func visible(text string) int {
	text = strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(text)
	return utf8.RuneCountInString(text)
}

// printable replaces control characters: an engine's words must not steer the terminal they are printed on.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, text)
}
