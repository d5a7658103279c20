package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

func write(t *testing.T, run *result.Run) string {
	t.Helper()
	dir := t.TempDir()
	if err := New().Write(run, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// svgs draws every plot that has data, by name: PNGs take a hundred times as long.
func svgs(t *testing.T, run *result.Run) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, d := range drawings() {
		p, err := d.draw(newPicture(run))
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			continue
		}
		var b bytes.Buffer
		if err := render(&b, p, "svg", height); err != nil {
			t.Fatal(err)
		}
		all[d.name] = b.String()
	}
	return all
}

// texts parses an SVG strictly and gives the words in it.
func texts(t *testing.T, svg string) string {
	t.Helper()
	var words strings.Builder
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return words.String()
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			words.Write(tok)
			words.WriteByte('\n')
		case xml.StartElement:
			if tok.Name.Local == "script" || tok.Name.Local == "image" {
				t.Errorf("an element %s", tok.Name.Local)
			}
		}
	}
}

func TestEveryNamedFileIsWrittenAndReadable(t *testing.T) {
	dir := write(t, reportstest.InEncodings(t, "sizes"))
	for _, f := range New().Files() {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, ".svg") {
			texts(t, string(b))
			continue
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if b := img.Bounds(); b.Dx() < 900 || b.Dy() < 500 {
			t.Errorf("%s is %v, too small for paper", f, b)
		}
	}
}

func TestEveryPlotNamesItsEngines(t *testing.T) {
	for _, c := range []struct {
		name, engine string
		without      int // plots of other kinds of run
	}{{"side-by-side", "null", 2}, {"isolated", "null", 2}, {"troubled", "null", 2}, {"sizes", "tuple-claim", 1}} {
		all := svgs(t, reportstest.Sample(t, c.name))
		if want := len(drawings()) - c.without; len(all) != want {
			t.Errorf("%s: %d plots, want %d", c.name, len(all), want)
		}
		for plot, svg := range all {
			if words := texts(t, svg); !strings.Contains(words, "microbatch") || !strings.Contains(words, c.engine) {
				t.Errorf("%s: %s does not name its engines: %q", c.name, plot, words)
			}
		}
	}
}

func TestSameRunSameBytes(t *testing.T) {
	a, b := svgs(t, reportstest.Sample(t, "troubled")), svgs(t, reportstest.Sample(t, "troubled"))
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs between two drawings of one run", name)
		}
	}
}

func TestNothingToShowGivesNoFile(t *testing.T) {
	dir := write(t, reportstest.Sample(t, "empty"))
	if left, _ := filepath.Glob(filepath.Join(dir, "plots", "*")); len(left) > 0 {
		t.Errorf("files without data: %v", left)
	}
	run := reportstest.Sample(t, "side-by-side")
	run.Distributions, run.Series = nil, nil
	if all := svgs(t, run); len(all) != 1 || all["cpu"] == "" {
		t.Errorf("without distributions and series there are %d plots, want cpu alone", len(all))
	}
}

func TestAnyTextStaysText(t *testing.T) {
	run := reportstest.Hostile(t, "side-by-side", "<script>x</script>&")
	for i := range run.Trials {
		run.Trials[i].Instance = "</text><script>" + run.Trials[i].Instance
	}
	for name, svg := range svgs(t, run) {
		if words := texts(t, svg); !strings.Contains(words, "<script>") {
			t.Errorf("%s: the label is not shown as it is: %q", name, words)
		}
	}
}

func TestWrongEnginesAreMarked(t *testing.T) {
	all := svgs(t, reportstest.Sample(t, "troubled"))
	for _, name := range []string{"percentiles", "response", "throughput", "waterfall"} {
		for _, want := range []string{"tuple (wrong)", "tuple-slow (invalid)"} {
			if words := texts(t, all[name]); !strings.Contains(words, want) {
				t.Errorf("%s: no %q in %q", name, want, words)
			}
		}
	}
}

func TestEncodingsAreDrawnByNameAndQuantity(t *testing.T) {
	words := texts(t, svgs(t, reportstest.InEncodings(t, "isolated"))["encodings"])
	for _, want := range []string{"json", "csv+zstd", "bytes a message", "time to write", "time to read", "CPU an event, tuple", "1×"} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in %q", want, words)
		}
	}
	run := reportstest.InEncodings(t, "isolated")
	for i := range run.Trials {
		run.Trials[i].Resources.CPUSeconds = 0
	}
	if words := texts(t, svgs(t, run)["encodings"]); strings.Contains(words, "CPU an event") {
		t.Errorf("a quantity that was not measured is drawn: %q", words)
	}
}
