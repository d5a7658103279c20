package markdown_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/markdown"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func render(t *testing.T, run *result.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Render(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, name := range reportstest.Samples() {
		reportstest.Golden(t, name+".md", []byte(render(t, reportstest.Sample(t, name))), *update)
	}
}

func TestWriteLeavesTheFileItNames(t *testing.T) {
	dir, w := t.TempDir(), markdown.New()
	run := reportstest.Sample(t, "side-by-side")
	if err := w.Write(run, dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, w.Files()[0]))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != render(t, run) {
		t.Errorf("the file differs from what Render writes")
	}
}

func TestTextOfOthersIsNoMarkup(t *testing.T) {
	const evil = "<img src=x onerror=alert(1)> [a](https://evil.example) | **b** @all `c` ```\n# d"
	out := render(t, reportstest.Hostile(t, "troubled", evil))
	out, fenced, _ := strings.Cut(out, "\n````sh\n") // a longer fence than any in the text
	if !strings.HasSuffix(fenced, "\n````\n") {
		t.Errorf("the command is not fenced: %q", fenced)
	}
	if strings.Contains(out, "\n# d") {
		t.Error("a text began a line of its own")
	}
	rows := 0
	for line := range strings.Lines(out) {
		for _, bad := range []string{"](https://", "<img", "**b**", "@all"} {
			if strings.Contains(withoutCode(line), bad) {
				t.Errorf("%q came through in %q", bad, line)
			}
		}
		if strings.HasPrefix(line, "| ") {
			rows++
		}
	}
	if rows < 10 {
		t.Errorf("%d table rows; the test looks at nothing", rows)
	}
}

// withoutCode drops code spans of one or more backticks that are not escaped.
func withoutCode(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		if line[i] == '\\' && i+1 < len(line) {
			b.WriteString(line[i : i+2])
			i += 2
			continue
		}
		if line[i] != '`' {
			b.WriteByte(line[i])
			i++
			continue
		}
		n := i
		for n < len(line) && line[n] == '`' {
			n++
		}
		fence := line[i:n]
		for end := n; end < len(line); end++ {
			if strings.HasPrefix(line[end:], fence) && !strings.HasPrefix(line[end+len(fence):], "`") && line[end-1] != '`' {
				n = end + len(fence)
				break
			}
		}
		i = n
	}
	return b.String()
}

func TestKillsAreInTheReport(t *testing.T) {
	run, back := reportstest.Sample(t, "side-by-side"), int64(7_250_000_000)
	run.Trials[0].Lifecycle.Recoveries = []result.Recovery{{AtWork: true, Through: &back}, {}}
	out := render(t, run)
	if !strings.Contains(out, "| "+run.Trials[0].Instance+" | 2 | 1 | 7.25 s | 0 |") {
		t.Error("the kills are missing")
	}
	if strings.Contains(render(t, reportstest.Sample(t, "side-by-side")), "## Kills") {
		t.Error("a run without kills tells of some")
	}
}

func TestEncodingsAreInTheReport(t *testing.T) {
	_, got, _ := strings.Cut(render(t, reportstest.InEncodings(t, "isolated")), "## Encodings\n")
	got, _, _ = strings.Cut(got, "\n## ")
	reportstest.Golden(t, "encodings.md", []byte(got), *update)
}
