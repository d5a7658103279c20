package table_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/reportstest"
	"github.com/streamgauge/streamgauge/reports/table"
)

var update = flag.Bool("update", false, "write the goldens anew")

func render(t *testing.T, s table.Style, run *result.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, name := range reportstest.Samples() {
		got := render(t, table.Style{}, reportstest.Sample(t, name))
		reportstest.Golden(t, name+".txt", []byte(got), *update)
	}
}

func TestEncodingsAreInTheTable(t *testing.T) {
	got := render(t, table.Style{}, reportstest.InEncodings(t, "isolated"))
	_, part, _ := strings.Cut(got, "\nENCODINGS")
	part, _, _ = strings.Cut(part, "\nDEGRADED")
	reportstest.Golden(t, "encodings.txt", []byte("ENCODINGS"+part), *update)
}

func TestEveryLineFitsTheTerminal(t *testing.T) {
	runs := map[string]*result.Run{"hostile": reportstest.Hostile(t, "troubled", strings.Repeat("long", 60))}
	for _, name := range reportstest.Samples() {
		runs[name] = reportstest.Sample(t, name)
	}
	runs["encodings"] = reportstest.InEncodings(t, "troubled")
	long := reportstest.Sample(t, "side-by-side")
	long.Trials[1].Instance = strings.Repeat("long-label-", 9)
	runs["long label"] = long
	for name, run := range runs {
		for line := range strings.Lines(render(t, table.Style{}, run)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 120 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

func TestTextOfOthersCannotSteerTheTerminal(t *testing.T) {
	run := reportstest.Hostile(t, "troubled", "a\x1b[2Jb\rc\u202ed\x07")
	run.Trials[1].Instance = "x\x1b[31m"
	if out := render(t, table.Style{}, run); strings.ContainsAny(out, "\x1b\r\u202e\x07") {
		t.Errorf("control characters came through:\n%q", out)
	}
}

func TestBoldChangesNothingButEmphasis(t *testing.T) {
	for _, name := range reportstest.Samples() {
		run := reportstest.Sample(t, name)
		plain, bold := render(t, table.Style{}, run), render(t, table.Style{Bold: true}, run)
		if plain == bold {
			t.Errorf("%s: nothing is bold", name)
		}
		if got := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(bold); got != plain {
			t.Errorf("%s: without emphasis the bold table reads\n%s\nwant\n%s", name, got, plain)
		}
	}
}

func TestVerdictComesBeforeSpeed(t *testing.T) {
	out := render(t, table.Style{}, reportstest.Sample(t, "troubled"))
	v, s := strings.Index(out, "VERDICT"), strings.Index(out, "SPEED")
	if v < 0 || s < v {
		t.Errorf("VERDICT at %d, SPEED at %d:\n%s", v, s, out)
	}
}
