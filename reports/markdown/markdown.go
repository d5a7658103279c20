// Package markdown writes report.md, in GitHub's flavour: what a pull request or a wiki should say of a run. Everything in
// it is in report.html too, which has the charts.
package markdown

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

const file = "report.md"

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "markdown".
func (writer) Name() string { return "markdown" }

// Files is report.md.
func (writer) Files() []string { return []string{file} }

// Write writes report.md into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, file, func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	p := &page{run: run, lines: reports.Lines(run)}
	p.head()
	p.verdicts()
	p.speeds()
	p.encodings()
	p.sizes()
	p.kills()
	p.conclusions()
	p.wrongs()
	p.checks()
	p.warnings()
	p.repeat()
	_, err := w.Write(p.out.Bytes())
	return err
}

type page struct {
	run   *result.Run
	lines []reports.Line
	out   bytes.Buffer
}

func (p *page) say(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

func (p *page) section(title string) { p.say("\n## %s\n", title) }

// table writes a table; cells are escaped here, and nowhere else. right is the first column that is aligned to the right.
func (p *page) table(right int, head []string, rows [][]string) {
	rule := make([]string, len(head))
	for i := range head {
		rule[i] = "---"
		if i >= right {
			rule[i] = "---:"
		}
	}
	p.say("| %s |", strings.Join(head, " | "))
	p.say("| %s |", strings.Join(rule, " | "))
	for _, row := range rows {
		p.say("| %s |", strings.Join(row, " | "))
	}
}

func (p *page) head() {
	p.say("# %s\n", text(titleOf(p.run)))
	if p.run.Partial {
		p.say("> **Partial.** The run was broken off: %s\n", text(p.run.Failure))
	}
	b := "no broker was started"
	if p.run.Broker.Kind != "" {
		b = fmt.Sprintf("broker %s %s, %s", text(p.run.Broker.Kind), text(p.run.Broker.Version), reports.Counted(int64(p.run.Broker.Nodes), "node"))
	}
	p.say("Run %s, %s · seed %d · %s · %s, %s · streamgauge %s (%s), method %s", code(p.run.ID), reports.Clock(p.run.Started), p.run.Seed, b,
		reports.Counted(int64(p.run.Host.Cores), "core"), text(p.run.Host.CPUModel), text(p.run.Tool.Version), text(p.run.Tool.Commit), text(p.run.Method))
}

func titleOf(run *result.Run) string {
	if run.Title == "" {
		return run.Scenario
	}
	return run.Scenario + ": " + run.Title
}

func (p *page) verdicts() {
	p.section("Who was right")
	if len(p.lines) == 0 {
		p.say("No engine was tried, so there is nothing to compare.")
		return
	}
	var rows [][]string
	for _, l := range p.lines {
		rows = append(rows, []string{"**" + text(l.Name) + "**" + floor(l), l.Status.Mark() + " " + l.Status.String(), text(l.Sentence()), string(l.Quality) + codes(l.Badges)})
	}
	p.table(9, []string{"engine", "verdict", "what that means", "measurement"}, rows)
}

func floor(l reports.Line) string {
	if l.Floor {
		return " (floor)"
	}
	return ""
}

func codes(badges []reports.Badge) string {
	var all []string
	for _, b := range badges {
		all = append(all, code(b.Code))
	}
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(all, " ")
}

func (p *page) speeds() {
	if len(p.lines) == 0 {
		return
	}
	p.section("Speed")
	p.say("Response time: from when an event was due to its answer in the output topic, over the measure phase.%s\n", p.spreadNote())
	var rows [][]string
	for _, l := range p.lines {
		name := text(l.Name) + floor(l)
		if l.Status == reports.Wrong {
			name += " †"
		}
		row := []string{name, cell(l.Offered, reports.Rate), cell(l.Achieved, reports.Rate)}
		for _, q := range reports.Quantiles() {
			row = append(row, cell(l.Response[q], reports.Duration))
		}
		row = append(row, cell(l.CPU, reports.Seconds), cell(l.Memory, reports.Bytes), cell(l.PolicyFloor, reports.Duration),
			cell(l.AboveFloor, reports.Duration), cell(l.ToNull[0.5], reports.Times))
		rows = append(rows, row)
	}
	p.table(1, []string{"engine", "offered", "achieved", "p50", "p90", "p99", "p99.9", "CPU", "peak memory", "policy floor", "p50 above it", "p50 to null"}, rows)
	for _, l := range p.lines {
		if l.Status == reports.Wrong {
			p.say("\n† The speed of a wrong answer: not to be compared.")
			break
		}
	}
	for _, a := range reports.Adaptations(p.run) {
		p.say("\n%s", text(a))
	}
}

func (p *page) spreadNote() string {
	for _, l := range p.lines {
		switch f := l.Response[0.5]; {
		case f.Interval != nil:
			return " Medians over repetitions, with the 95 % interval of the geometric mean by Student's t on logarithms in brackets, or the least and the greatest where there is none."
		case f.N > 1:
			return " Medians over repetitions, with the least and the greatest."
		}
	}
	return ""
}

func cell(f reports.Figure, write func(float64) string) string {
	if s := f.Spread(write); s != "" && f.Min != f.Max {
		return text(f.Text(write)) + "<br>" + text(s)
	}
	return text(f.Text(write))
}

// encodings is the table of a stream that was offered in several.
func (p *page) encodings() {
	rows := reports.EncodingsTable(p.run, true)
	if rows == nil {
		return
	}
	p.section("Encodings")
	for i := range rows {
		for k := range rows[i] {
			rows[i][k] = text(rows[i][k])
		}
	}
	p.table(1, rows[0], rows[1:])
	p.say("")
	for _, note := range reports.EncodingsNotes(p.run) {
		p.say("- %s", text(note))
	}
	p.say("\n![what each encoding takes](plots/encodings.svg)")
}

// sizes shows response times by class of size, a column for each engine and carrier.
func (p *page) sizes() {
	t := reports.Sizes(p.run)
	if len(t.Classes) == 0 {
		return
	}
	p.section("By size of message")
	p.say("%s\n", reports.SizesNote)
	head := []string{"size", "messages"}
	for i := range t.Subjects {
		head = append(head, text(t.Subjects[i].Name))
	}
	var rows [][]string
	for _, c := range t.Classes {
		row := []string{text(c.Name), reports.Count(c.Messages())}
		for _, cell := range c.Cells {
			row = append(row, sizeCell(cell))
		}
		rows = append(rows, row)
	}
	p.table(1, head, rows)
	p.say("\n![response time by size of message](plots/sizes.svg)")
	p.behind(&t)
}

func sizeCell(c reports.SizeCell) string {
	if c.Messages == 0 {
		return ""
	}
	return text(c.P50.Text(reports.Duration)) + "<br>" + text(c.Tail())
}

func (p *page) behind(t *reports.SizeTable) {
	var rows [][]string
	for _, l := range t.Behind(p.run) {
		rows = append(rows, []string{text(l.Subject.Name), reports.Count(l.Behind.Messages), sizeCell(l.Behind), reports.Count(l.Clear.Messages), sizeCell(l.Clear),
			cell(l.Delay, reports.Duration), cell(l.InFlight, reports.Bytes), cell(l.Most, reports.Bytes)})
	}
	p.say("\n%s\n", reports.BehindNote)
	p.table(1, []string{"engine", "small, behind a larger", "their p50", "other small", "their p50", "head-of-line delay", "in flight, mean", "most"}, rows)
}

func (p *page) kills() {
	var rows [][]string
	for _, k := range reports.Kills(p.run) {
		rows = append(rows, []string{text(k.Subject.Name), strconv.Itoa(k.Kills), strconv.Itoa(k.AtWork), cell(k.Back, reports.Duration), strconv.Itoa(k.NotThrough)})
	}
	if len(rows) == 0 {
		return
	}
	p.section("Kills")
	p.say("SIGKILLs on purpose. At work: the engine had recovered from the kill before, by its answers. Back: from a kill at work to the moment at which all that was due before the restart was answered, and on every partition something due after it.\n")
	p.table(1, []string{"engine", "kills", "at work", "back, median", "never back"}, rows)
}

func (p *page) conclusions() {
	for _, c := range []struct {
		title string
		all   []string
	}{{"What the run supports", reports.Supported(p.run)}, {"What may not be concluded", reports.NotConcluded(p.run)}} {
		if len(c.all) == 0 {
			continue
		}
		p.section(c.title)
		for _, s := range c.all {
			p.say("- %s", text(s))
		}
	}
}

// wrongs lists the first records of each fault.
func (p *page) wrongs() {
	var rows [][]string
	for i := range p.run.Trials {
		t := &p.run.Trials[i]
		for _, c := range t.Verdict.Culprits {
			rows = append(rows, []string{text(reports.TrialName(t)), text(c.Fault), text(c.Stage), code(fmt.Sprintf("%s [%d] @ %d", c.Topic, c.Partition, c.Offset)),
				code(c.Identity), code(c.Key), code(c.Detail)})
		}
	}
	if len(rows) > 0 {
		p.section("First records that are wrong")
		p.table(9, []string{"trial", "fault", "stage", "topic [partition] @ offset", "identity", "key", "detail"}, rows)
	}
}

func (p *page) checks() {
	if len(p.run.Checks) == 0 {
		return
	}
	p.section("The measurement itself")
	p.say("Checks: %s.", reports.CheckCounts(p.run))
	var rows [][]string
	for _, g := range reports.Checks(p.run) {
		for _, c := range g.All {
			if c.State != result.OK && c.State != result.NotMeasured {
				rows = append(rows, []string{text(p.trialName(c.Trial)), text(g.Title), text(reports.Value(c.Value, c.Unit)),
					text(reports.Value(c.Threshold, c.Unit)), reports.StateText(c.State), text(c.Text)})
			}
		}
	}
	if len(rows) > 0 {
		p.say("\nThose that are not ok:\n")
		p.table(9, []string{"trial", "check", "value", "limit", "state", "meaning"}, rows)
	}
}

func (p *page) trialName(id string) string {
	if t := reports.TrialByID(p.run, id); t != nil {
		return reports.TrialName(t)
	}
	return "run"
}

func (p *page) warnings() {
	var all []string
	for i := range p.run.Trials {
		t := &p.run.Trials[i]
		for _, why := range t.InvalidReasons {
			all = append(all, "**excluded** "+text(reports.TrialName(t)+": "+why))
		}
	}
	for _, w := range reports.Warnings(p.run) {
		all = append(all, text(w))
	}
	if len(all) == 0 {
		return
	}
	p.section("Warnings")
	for _, w := range all {
		p.say("- %s", w)
	}
}

func (p *page) repeat() {
	p.section("How to repeat it")
	command := reports.Command(p.run)
	fence := "```"
	for strings.Contains(command, fence) {
		fence += "`"
	}
	p.say("%ssh\n%s\n%s", fence, oneLine(command), fence)
}

// text escapes what GitHub would read as markup, so that a device id or an engine's message is shown as it is.
func text(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		switch {
		case strings.ContainsRune("\\`*_[]<>|~#!$@&", r):
			if r == '<' || r == '>' || r == '&' || r == '@' {
				fmt.Fprintf(&b, "&#%d;", r) // also keeps an @name from notifying somebody
				continue
			}
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "://", ":&#47;&#47;") // no links out of data
}

// code shows a word as code; inside, only backticks and table bars need care.
func code(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}

// oneLine keeps a cell in its line and control characters out.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '�'
		}
		return r
	}, s)
}
