package reports_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

// Every encoding has its figures once, in the order of the scenario, and a line for each engine that was offered it.
func TestEncodingsTable(t *testing.T) {
	run := reportstest.InEncodings(t, "troubled")
	rows := reports.EncodingsTable(run, true)
	if diff := cmp.Diff([]string{"encoding", "bytes", "+gzip", "+zstd", "zstd of 100", "write", "read", "engine", "verdict", "events/s", "CPU an event"}, rows[0]); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
	if got := strings.Join(rows[1][:7], "|"); got != "json|217|181|191|44|231 ns|689 ns" {
		t.Errorf("first line begins with %s", got)
	}
	firsts := 0
	for _, row := range rows[1:] {
		if row[0] != "" {
			firsts++
		}
		if wrong := row[8] == "wrong"; wrong != strings.HasSuffix(row[9], "*") || wrong != strings.HasSuffix(row[10], "*") {
			t.Errorf("only wrong answers have marked figures: %q", row)
		}
	}
	if firsts != 2 || len(rows) < 4 {
		t.Errorf("%d lines of %d begin an encoding, want 2 of more", firsts, len(rows)-1)
	}
	if short := reports.EncodingsTable(run, false)[0]; len(short) != len(rows[0])-1 {
		t.Errorf("the short head is %q", short)
	}
	if rows := reports.EncodingsTable(reportstest.Sample(t, "isolated"), true); rows != nil {
		t.Errorf("a run in one encoding has the table %q", rows)
	}
}

// What lay ready is told by the rate from the start of the process, as everywhere, and not by that from the first answer on, of which
// an engine that answers all at once has none; repetitions by their median.
func TestEncodingsTellTheRateFromTheStart(t *testing.T) {
	run := reportstest.InEncodings(t, "isolated")
	for i := range run.Trials {
		trial, flattered := &run.Trials[i], 90_000.0
		trial.Backlog = &result.Backlog{Rate: &flattered, TotalRate: 10_000 + float64(i)}
		trial.AchievedRate = trial.Backlog.TotalRate
	}
	for _, row := range reports.EncodingsTable(run, true)[1:] {
		if !strings.HasPrefix(row[9], "10,0") {
			t.Errorf("%s: %s events/s, want the median of the rates from the start, 10,000 and a few", row[0], row[9])
		}
	}
}
