package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// page is what the template shows: text, already worded and in order. The template only escapes and arranges.
type page struct {
	CSS    template.CSS
	Script template.JS
	Policy string

	Title, Scenario, Failure string
	Partial                  bool
	Facts                    []fact
	Cards                    []card
	Supported, NotConcluded  []string
	Rankings                 []reports.Ranking
	Headline                 grid
	Notes                    []string
	Encodings                grid
	EncodingNotes            []string
	ToNull, Policies         grid
	Close, Kills             grid
	Sizes, Behind            grid
	SizeNotes                []string
	BySize                   []chart
	Latency, Flow, Usage     []chart
	Said                     []chart
	Waterfall                waterfall
	Resources                grid
	Checks                   []checkRow
	CheckCounts              string
	CheckTrials              grid
	Verdicts                 []verdict
	DeadLetters              grid
	Fairness                 []reports.Setting
	FairNames                []string
	Trials                   grid
	Invalid, Warnings        []string
	Plan                     string
	About                    []fact
	Events                   []eventRow
	Command, Replay          string
}

type fact struct{ Name, Value string }

// grid is a table whose first column is a name and whose others are figures.
type grid struct {
	Head []head
	Rows []row
}

type head struct {
	Text string
	Left bool // of a column of words
}

// heads makes column heads; words begin with "<".
func heads(names ...string) []head {
	var all []head
	for i, n := range names {
		text, left := strings.CutPrefix(n, "<")
		all = append(all, head{text, left || i == 0})
	}
	return all
}

type row struct {
	Class string // style of the subject in front of the name; empty: none
	Name  string
	Note  string // below the name
	Cells []cell
	Dim   bool // excluded from figures
}

type cell struct {
	Text, Sub string
	Class     string
}

type card struct {
	Class, Name, Engine   string
	Floor                 bool
	Mark, Verdict, Status string // Status is a class of the style sheet
	Sentence              string
	Quality               string
	Badges                []reports.Badge
	P50, P99, Achieved    string
	Hint                  string
}

type checkRow struct {
	State, Title, ID, Value, Limit, Text string
}

type verdict struct {
	Name, Mark, Text, Status string
	Open                     bool
	Counts                   grid
	Culprits                 []result.Culprit
	Extra                    []fact
}

type eventRow struct{ After, Trial, Kind, Text string }

func newPage(run *result.Run) *page {
	lines := reports.Lines(run)
	c := &charts{run: run, subjects: reports.Subjects(run)}
	p := &page{Title: run.Title, Scenario: run.Scenario, Partial: run.Partial, Failure: run.Failure, Facts: facts(run),
		Supported: reports.Supported(run), NotConcluded: reports.NotConcluded(run), Rankings: reports.Rankings(run),
		Warnings: reports.Warnings(run), CheckCounts: reports.CheckCounts(run), Command: reports.Command(run), About: about(run),
		Plan: indent(run.Plan), Events: events(run)}
	for i := range lines {
		p.Cards = append(p.Cards, newCard(run, &lines[i]))
	}
	p.Headline, p.Notes = headline(lines), append(headlineNotes(lines), reports.Adaptations(run)...)
	p.Encodings, p.EncodingNotes = encodings(run), reports.EncodingsNotes(run)
	p.ToNull, p.Policies, p.Close = toNull(lines), policies(lines), closeDelays(lines)
	p.Kills = kills(run)
	c.bySize(p)
	p.Latency = collect(c.percentiles,
		func() (chart, bool) { return c.response("response_p50", "Response p50 over time") },
		func() (chart, bool) { return c.response("response_p99", "Response p99 over time") })
	p.Latency = append(p.Latency, collect(
		func() (chart, bool) {
			return c.batches("batch_duration", "Batches: how long each took", "By the engine's own word, a line for each stage, at the instants at which batches began. A batch longer than the interval makes the next one late.",
				func(l []line) axis { return logAxis("duration", "ns", l) })
		},
		func() (chart, bool) {
			return c.batches("batch_records", "Batches: records in each", "By the engine's own word, a line for each stage.",
				func(l []line) axis { return logAxis("records", "1", l) })
		})...)
	p.Flow = collect(c.throughput, c.backlog)
	p.Usage = collect(
		func() (chart, bool) { return c.usage("cpu", "Processor use over time", "cores", "cores") },
		func() (chart, bool) { return c.usage("rss", "Memory over time", "bytes", "resident memory") })
	p.Said = c.said()
	p.Waterfall, p.Resources = c.hops(lines), resources(run, lines)
	p.Checks, p.CheckTrials = checks(run)
	p.Verdicts, p.DeadLetters = verdicts(run), deadLetters(lines)
	p.Fairness = reports.Fairness(run, lines)
	for i := range lines {
		p.FairNames = append(p.FairNames, lines[i].Name)
	}
	p.Trials, p.Invalid = trials(run), invalid(run)
	return p
}

func facts(run *result.Run) []fact {
	all := []fact{{"run", run.ID}, {"started", reports.Clock(run.Started)}}
	if d := run.Ended.Sub(run.Started).Seconds(); d > 0 && !run.Ended.IsZero() {
		all = append(all, fact{"took", reports.Seconds(d)})
	}
	if len(run.Trials) > 0 {
		t := &run.Trials[0]
		all = append(all, fact{"job", jobs(run)}, fact{"placement", t.Placement}, fact{"guarantee", t.Guarantee})
	}
	b := strings.TrimSpace(run.Broker.Kind + " " + run.Broker.Version)
	if b == "" {
		b = "none was started"
	}
	return append(all, fact{"broker", b}, fact{"machine", fmt.Sprintf("%s, %s", reports.Counted(int64(run.Host.Cores), "core"), run.Host.CPUModel)},
		fact{"seed", strconv.FormatUint(run.Seed, 10)})
}

// jobs names those of all trials.
func jobs(run *result.Run) string {
	var all []string
	for i := range run.Trials {
		if name := run.Trials[i].Job; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func about(run *result.Run) []fact {
	h, b := run.Host, run.Broker
	all := []fact{
		{"streamgauge", strings.TrimSpace(run.Tool.Version + " " + run.Tool.Commit)}, {"method", run.Method + " (schema " + strconv.Itoa(run.Schema) + ")"},
		{"comparable key", run.ComparableKey},
		{"system", strings.TrimSpace(h.OS + ", kernel " + h.Kernel)}, {"processor", h.CPUModel}, {"cores", strconv.Itoa(h.Cores)},
		{"memory", reports.Bytes(float64(h.MemoryBytes))}, {"clock source", h.ClockSource},
	}
	for _, k := range sortedKeys(h.Limits) {
		all = append(all, fact{"limit " + k, h.Limits[k]})
	}
	if b.Kind != "" {
		all = append(all, fact{"broker", strings.TrimSpace(b.Kind + " " + b.Version)}, fact{"broker nodes", strconv.Itoa(b.Nodes)})
	}
	if b.CPUSeconds > 0 { // of a remote one nothing is known
		all = append(all, fact{"broker CPU", reports.Seconds(b.CPUSeconds)}, fact{"broker peak memory", reports.Bytes(float64(b.RSSPeak))})
	}
	seen := map[string]bool{}
	for i := range run.Trials {
		t := &run.Trials[i]
		if v := t.Engine + " " + t.EngineVersion; !seen[v] {
			seen[v] = true
			all = append(all, fact{"engine " + t.Engine, t.EngineVersion})
		}
	}
	return all
}

func newCard(run *result.Run, l *reports.Line) card {
	c := card{Class: class(&l.Subject), Name: l.Name, Floor: l.Floor, Mark: l.Status.Mark(), Verdict: l.Status.String(), Status: statusClass(l.Status),
		Sentence: l.Sentence(), Quality: string(l.Quality), Badges: l.Badges,
		P50: l.Response[0.5].Short(reports.Duration), P99: l.Response[0.99].Short(reports.Duration), Achieved: l.Achieved.Short(reports.Rate)}
	c.Engine = strings.TrimSpace(l.Engine + " " + l.EngineVersion)
	if l.Model != "" {
		c.Engine += ", " + l.Model
	}
	if len(l.Counted()) == 0 && l.Status != reports.Wrong && l.Status != reports.Unfinished {
		c.Status, c.Hint = "excluded", "But its measurement is invalid, so its figures are excluded."
	}
	if l.Status == reports.Wrong && run.Broker.Kind == "embedded" {
		c.Hint = "Before you believe it, repeat it on a real Kafka: --broker local."
	}
	return c
}

func statusClass(s reports.Status) string {
	switch s {
	case reports.Correct, reports.Repeats:
		return "good"
	case reports.Wrong:
		return "bad"
	}
	return "none"
}

func indent(plan json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, plan, "", "  "); err != nil {
		return string(plan)
	}
	return b.String()
}

func events(run *result.Run) []eventRow {
	var all []eventRow
	for _, e := range run.Events {
		name := ""
		if t := reports.TrialByID(run, e.Trial); t != nil {
			name = reports.TrialName(t)
		}
		after := e.Time.Sub(run.Started).Seconds()
		all = append(all, eventRow{fmt.Sprintf("%+.1f s", after), name, e.Kind, e.Text})
	}
	return all
}
