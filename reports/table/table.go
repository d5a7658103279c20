// Package table prints the table at the end of a run: plain text that fits a terminal of 120 columns, the verdict before
// any speed. Nothing is said by colour or emphasis alone.
package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// width is the number of columns that everything fits into.
const width = 120

// Write prints the run to w as plain text. Errors: those of w.
func Write(w io.Writer, run *result.Run) error { return Style{}.Write(w, run) }

// Style says what the terminal can do. The zero value is plain text.
type Style struct {
	Bold bool // emphasise heads and verdicts by ANSI bold; nothing is said by emphasis alone
}

// Write prints the run to w. Errors: those of w.
func (s Style) Write(w io.Writer, run *result.Run) error {
	p := &printer{style: s, run: run, lines: reports.Lines(run)}
	p.title()
	if len(p.lines) > 0 {
		p.verdicts()
		p.speeds()
		p.encodings()
	}
	p.footnotes()
	if _, err := w.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("printing the table: %w", err)
	}
	return nil
}

type printer struct {
	style Style
	run   *result.Run
	lines []reports.Line
	out   bytes.Buffer
}

func (p *printer) bold(text string) string {
	if !p.style.Bold || text == "" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

func (p *printer) title() {
	title := p.run.Scenario
	if p.run.Title != "" {
		title += ": " + p.run.Title
	}
	for _, line := range wrap(printable(title), width) {
		fmt.Fprintf(&p.out, "%s\n", p.bold(line))
	}
	if p.run.Partial {
		p.wrap("  ", printable("PARTIAL: the run was broken off: "+p.run.Failure))
	}
	if len(p.lines) == 0 {
		p.wrap("  ", "No engine was tried, so there is nothing to compare.")
	}
}

// verdicts says who was right.
func (p *printer) verdicts() {
	p.head("VERDICT")
	name := p.nameWidth()
	for _, l := range p.lines {
		p.labelled(pad(p.name(l), name)+"  ", p.verdictOf(l)+". "+printable(l.Sentence()))
		if l.Status == reports.Wrong {
			p.culprits(l, strings.Repeat(" ", name+2))
		}
	}
}

// culpritsShown is how many records a terminal is told of; the reports have all.
const culpritsShown = 3

func (p *printer) culprits(l reports.Line, indent string) {
	n := 0
	for _, t := range l.Trials {
		for _, c := range t.Verdict.Culprits {
			if n++; n > culpritsShown {
				return
			}
			p.labelled(indent, printable(fmt.Sprintf("%s in %s: %s, key %s: %s", c.Fault, c.Stage, c.Identity, c.Key, c.Detail)))
		}
	}
}

func (p *printer) verdictOf(l reports.Line) string {
	if l.Status == reports.Wrong {
		return p.bold("WRONG")
	}
	text := l.Status.String()
	if l.Quality == result.Invalid && l.Excluded == len(l.Trials) && l.Status != reports.Unfinished {
		text += ", but the measurement is " + p.bold("INVALID")
	}
	return text
}

func (p *printer) name(l reports.Line) string {
	if l.Floor {
		return printable(l.Name) + " (floor)"
	}
	return printable(l.Name)
}

// nameWidth is that of the longest name; longer ones than fit are cut.
func (p *printer) nameWidth() int {
	n := len("engine")
	for _, l := range p.lines {
		n = max(n, utf8.RuneCountInString(p.name(l)))
	}
	return min(n, 20)
}

// labelled prints text behind a label, its further lines below its first.
func (p *printer) labelled(label, text string) {
	indent := strings.Repeat(" ", 2+utf8.RuneCountInString(label))
	for i, line := range wrap(text, width-len(indent)) {
		if i == 0 {
			fmt.Fprintf(&p.out, "  %s%s\n", label, line)
		} else {
			fmt.Fprintf(&p.out, "%s%s\n", indent, line)
		}
	}
}

func (p *printer) wrap(indent, text string) {
	for _, line := range wrap(text, width-len(indent)) {
		fmt.Fprintf(&p.out, "%s%s\n", indent, line)
	}
}

func (p *printer) head(text string) { fmt.Fprintf(&p.out, "\n%s\n", p.bold(text)) }

// footnotes are what to doubt, and why.
func (p *printer) footnotes() {
	for _, text := range reports.Adaptations(p.run) {
		p.wrap("  ", printable(text))
	}
	p.badges()
	if invalid := invalidTrials(p.run); len(invalid) > 0 {
		p.head("INVALID: excluded from every figure")
		for _, text := range invalid {
			p.wrap("  ", printable(text))
		}
	}
	if warnings := reports.Warnings(p.run); len(warnings) > 0 {
		p.head("WARNINGS")
		for _, text := range warnings {
			p.wrap("  ", printable(text))
		}
	}
}

// badges prints each badge once, with the engines that have it unless all do.
func (p *printer) badges() {
	who := map[string][]string{}
	var all []reports.Badge
	for _, l := range p.lines {
		for _, b := range l.Badges {
			if who[b.Code] == nil {
				all = append(all, b)
			}
			who[b.Code] = append(who[b.Code], l.Name)
		}
	}
	if len(all) == 0 {
		return
	}
	p.head("DEGRADED: shown, not ranked, because of")
	n := 0
	for _, b := range all {
		n = min(max(n, utf8.RuneCountInString(b.Code)), 28)
	}
	for _, b := range all {
		text := b.Text
		if len(who[b.Code]) < len(p.lines) {
			text += " (" + reports.And(who[b.Code]) + ")"
		}
		p.labelled(pad(printable(b.Code), n)+"  ", printable(text))
	}
}

func invalidTrials(run *result.Run) []string {
	var all []string
	for i := range run.Trials {
		t := &run.Trials[i]
		for _, why := range t.InvalidReasons {
			all = append(all, reports.TrialName(t)+": "+why)
		}
	}
	return all
}
