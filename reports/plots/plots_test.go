package plots_test

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
	"github.com/streamgauge/streamgauge/reports/plots"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

func write(t *testing.T, run *result.Run) string {
	t.Helper()
	dir := t.TempDir()
	if err := plots.New().Write(run, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// texts parses an SVG strictly and gives the words in it.
func texts(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return words.String()
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			words.Write(tok)
			words.WriteByte('\n')
		case xml.StartElement:
			if tok.Name.Local == "script" || tok.Name.Local == "image" {
				t.Errorf("%s: an element %s", path, tok.Name.Local)
			}
		}
	}
}

// filled are the samples with something to draw.
func filled() []string { return []string{"side-by-side", "isolated", "troubled"} }

func TestEveryNamedFileIsWrittenAndReadable(t *testing.T) {
	for _, name := range filled() {
		dir := write(t, reportstest.Sample(t, name))
		for _, f := range plots.New().Files() {
			path := filepath.Join(dir, filepath.FromSlash(f))
			if strings.HasSuffix(f, ".svg") {
				if words := texts(t, path); !strings.Contains(words, "microbatch") {
					t.Errorf("%s: %s does not name an engine: %q", name, f, words)
				}
				continue
			}
			r, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(r)
			r.Close()
			if err != nil {
				t.Fatalf("%s: %s: %v", name, f, err)
			}
			if b := img.Bounds(); b.Dx() < 600 || b.Dy() < 300 {
				t.Errorf("%s: %s is %v, too small for paper", name, f, b)
			}
		}
	}
}

func TestSameRunSameBytes(t *testing.T) {
	a, b := write(t, reportstest.Sample(t, "troubled")), write(t, reportstest.Sample(t, "troubled"))
	for _, f := range plots.New().Files() {
		x, errX := os.ReadFile(filepath.Join(a, f))
		y, errY := os.ReadFile(filepath.Join(b, f))
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs between two drawings of one run (%v, %v)", f, errX, errY)
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
	dir = write(t, run)
	left, _ := filepath.Glob(filepath.Join(dir, "plots", "*.svg"))
	if len(left) != 1 || filepath.Base(left[0]) != "cpu.svg" {
		t.Errorf("without distributions and series there is %v, want cpu.svg alone", left)
	}
}

func TestAnyTextStaysText(t *testing.T) {
	run := reportstest.Hostile(t, "side-by-side", "<script>x</script>&\x00\x1b")
	for i := range run.Trials {
		run.Trials[i].Instance = "</text><script>" + run.Trials[i].Instance
	}
	dir := write(t, run)
	if words := texts(t, filepath.Join(dir, "plots", "cpu.svg")); !strings.Contains(words, "<script>") {
		t.Errorf("the label is not shown as it is: %q", words)
	}
}

func TestWrongEnginesAreMarkedInTheLegend(t *testing.T) {
	dir := write(t, reportstest.Sample(t, "troubled"))
	words := texts(t, filepath.Join(dir, "plots", "percentiles.svg"))
	for _, want := range []string{"tuple (wrong)", "tuple-slow (invalid)"} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in %q", want, words)
		}
	}
}
