// Package junit writes junit.xml, which every CI system reads: a test case for each trial and each rule of --fail-if.
// A wrong verdict is a failure, with the first records that are wrong; a trial that is invalid, unjudged or unfinished is an error,
// because it proves nothing either way.
package junit

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

const file = "junit.xml"

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "junit".
func (writer) Name() string { return "junit" }

// Files is junit.xml.
func (writer) Files() []string { return []string{file} }

// Write writes junit.xml into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, file, func(w io.Writer) error { return Render(w, run) })
}

type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	Suites  []suite  `xml:"testsuite"`
}

type suite struct {
	Name       string     `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Time       string     `xml:"time,attr"`
	Timestamp  string     `xml:"timestamp,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []testCase `xml:"testcase"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"`
	Out     *output  `xml:"system-out"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type output struct {
	Text string `xml:",cdata"`
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	s := suite{Name: plain(run.Scenario), Time: seconds(run.Ended.Sub(run.Started).Seconds()),
		Timestamp: run.Started.UTC().Format("2006-01-02T15:04:05"), Properties: properties(run)}
	for i := range run.Trials {
		s.Cases = append(s.Cases, ofTrial(run, &run.Trials[i]))
	}
	s.Cases = append(s.Cases, ofRules(run)...)
	if run.Partial {
		s.Cases = append(s.Cases, testCase{Class: plain(run.Scenario), Name: "run", Time: s.Time,
			Error: &problem{Message: plain("broken off: " + cmp.Or(run.Failure, "no reason was recorded")), Type: "partial"}})
	}
	for _, c := range s.Cases {
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suites{Name: "streamgauge", Suites: []suite{s}}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func properties(run *result.Run) []property {
	all := []property{
		{"run", run.ID}, {"seed", fmt.Sprint(run.Seed)}, {"comparable_key", run.ComparableKey}, {"version", run.Tool.Version}, {"commit", run.Tool.Commit},
		{"broker", strings.TrimSpace(run.Broker.Kind + " " + run.Broker.Version)}, {"command", reports.Command(run)},
	}
	for i := range all {
		all[i].Value = plain(all[i].Value)
	}
	return all
}

func ofTrial(run *result.Run, t *result.Trial) testCase {
	c := testCase{Class: plain(run.Scenario + "." + t.Job), Name: plain(name(t)), Time: seconds(length(t)), Out: &output{plain(figures(run, t))}}
	switch st := reports.StatusOf(t); {
	case st == reports.Wrong:
		c.Failure = &problem{Message: plain(cmp.Or(t.Verdict.Text, "wrong")), Type: "wrong", Text: plain(culprits(&t.Verdict))}
	case st == reports.Unfinished:
		c.Error = &problem{Message: plain(cmp.Or(strings.Join(t.InvalidReasons, "; "), "not finished")), Type: "partial"}
	case t.Quality == result.Invalid || !t.Valid:
		c.Error = &problem{Message: plain(cmp.Or(strings.Join(t.InvalidReasons, "; "), "invalid")), Type: "invalid", Text: plain(failedChecks(run, t))}
	case st == reports.Unjudged:
		c.Error = &problem{Message: plain(cmp.Or(t.Verdict.Text, "not judged")), Type: "unjudged"}
	}
	return c
}

func name(t *result.Trial) string {
	n := t.Instance
	if t.LoadStep > 0 {
		n += fmt.Sprintf(" load %d", t.LoadStep)
	}
	return fmt.Sprintf("%s repetition %d", n, max(t.Repetition, 1))
}

// length is that of the trial's phases in s.
func length(t *result.Trial) float64 {
	var end int64
	for _, p := range t.Phases {
		end = max(end, p.To)
	}
	return float64(end) / 1e9
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", max(s, 0)) }

func culprits(v *result.Verdict) string {
	var b strings.Builder
	for _, s := range v.Stages {
		if n := reports.Findings(&result.Verdict{Missing: s.Missing, Wrong: s.Wrong, Unexpected: s.Unexpected, Duplicate: s.Duplicate,
			Overcounted: s.Overcounted, Unfinal: s.Unfinal, Tainted: s.Tainted, Unjudged: s.Unjudged}); n != "" {
			fmt.Fprintf(&b, "\nstage %s: of %d expected %s", s.Stage, s.Expected, n)
		}
	}
	for _, c := range v.Culprits {
		fmt.Fprintf(&b, "\n%s in %s: %s partition %d offset %d: %s key %s: %s", c.Fault, c.Stage, c.Topic, c.Partition, c.Offset, c.Identity, c.Key, c.Detail)
	}
	return b.String()
}

func failedChecks(run *result.Run, t *result.Trial) string {
	var b strings.Builder
	for _, c := range run.Checks {
		if c.Trial == t.ID && c.State == result.Invalidates {
			fmt.Fprintf(&b, "\n%s: %s", c.ID, reports.CheckSentence(&c))
		}
	}
	return b.String()
}

// figures are what a passing trial says in a log: its quality first, then its headline.
func figures(run *result.Run, t *result.Trial) string {
	var b strings.Builder
	fmt.Fprintf(&b, "verdict: %s\nquality: %s", cmp.Or(t.Verdict.Text, reports.StatusOf(t).String()), t.Quality)
	if len(t.Badges) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(t.Badges, ", "))
	}
	fmt.Fprintf(&b, "\noffered %s, achieved %s", reports.Rate(t.OfferedRate), reports.Rate(t.AchievedRate))
	for _, q := range reports.Quantiles() {
		v, bound, missing := reports.Percentile(t.Latency["response"], q)
		f := reports.Figure{N: 1, Median: v, Bound: bound, Missing: missing}
		fmt.Fprintf(&b, "\nresponse %s %s", reports.QuantileName(q), f.Text(reports.Duration))
	}
	for _, w := range t.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s", w)
	}
	return b.String()
}

// ofRules makes a case of every rule of --fail-if that the run recorded.
func ofRules(run *result.Run) []testCase {
	var all []testCase
	for _, e := range run.Events {
		c := testCase{Class: plain(run.Scenario + ".fail-if"), Name: plain(e.Text), Time: seconds(0)}
		if t := reports.TrialByID(run, e.Trial); t != nil {
			c.Name = plain(name(t) + ": " + e.Text)
		}
		switch e.Kind {
		case "fail-if":
			c.Failure = &problem{Message: plain(e.Text), Type: "fail-if"}
		case "fail-if-passed":
		default:
			continue
		}
		all = append(all, c)
	}
	return all
}

// plain replaces what XML 1.0 cannot hold, even escaped.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
