package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/html"
	"github.com/streamgauge/streamgauge/reports/reportstest"
)

var update = flag.Bool("update", false, "write the goldens anew")

func render(t *testing.T, run *result.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Render(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element is a tag or a text of a page, in order.
type element struct {
	tag   string // "/" in front of an end
	attrs map[string]string
	text  string
}

// parse reads the page as strictly as XML allows for HTML: every element is closed, every attribute quoted.
func parse(t *testing.T, page string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = true
	d.Entity = xml.HTMLEntity
	var all []element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := element{tag: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.EndElement:
			all = append(all, element{tag: "/" + tok.Name.Local})
		case xml.CharData:
			if text := strings.TrimSpace(string(tok)); text != "" {
				all = append(all, element{text: text})
			}
		}
	}
}

// xmlish makes script and style, which follow rules of their own, and bare attributes readable for a reader of XML.
func xmlish(page string) string {
	page = regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAllString(page, "<$1></$1>")
	page = regexp.MustCompile(`<meta ([^>]*)>`).ReplaceAllString(page, "<meta $1/>")
	page = strings.NewReplacer("<details open>", `<details open="">`, `<div id="tip" hidden>`, `<div id="tip" hidden="">`, "<!DOCTYPE html>", "").Replace(page)
	return page
}

// outline is what the page says, one element a line, without the drawings' coordinates.
func outline(t *testing.T, page string) string {
	var b strings.Builder
	depth := 0
	for _, e := range parse(t, xmlish(page)) {
		switch {
		case e.text != "" && depth == 0:
			fmt.Fprintf(&b, "%s\n", strings.Join(strings.Fields(e.text), " "))
		case e.tag == "svg":
			depth++
			if e.attrs["class"] != "swatch" {
				fmt.Fprintf(&b, "[%s %s]\n", e.attrs["class"], e.attrs["aria-label"])
			}
		case e.tag == "/svg":
			depth--
		case e.tag == "path" && strings.Contains(e.attrs["class"], "l ") && e.attrs["data-name"] != "":
			fmt.Fprintf(&b, "  line %s (%s): %d values\n", e.attrs["data-name"], e.attrs["class"], len(strings.Fields(e.attrs["data-v"])))
		case e.tag == "h1" || e.tag == "h2" || e.tag == "h3" || e.tag == "tr" || e.tag == "article":
			fmt.Fprintf(&b, "<%s>\n", e.tag)
		}
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, name := range []string{"side-by-side", "troubled", "sizes", "empty"} {
		reportstest.Golden(t, name+".outline", []byte(outline(t, render(t, reportstest.Sample(t, name)))), *update)
	}
}

func TestWriteLeavesTheFileItNames(t *testing.T) {
	dir, w := t.TempDir(), html.New()
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

// A file that is mailed must not ask any network for anything.
func TestPageNeedsNoNetwork(t *testing.T) {
	for _, name := range reportstest.Samples() {
		page := render(t, reportstest.Sample(t, name))
		for _, e := range parse(t, xmlish(page)) {
			for a, v := range e.attrs {
				if a == "src" || a == "srcset" || a == "href" && !strings.HasPrefix(v, "#") {
					t.Errorf("%s: <%s %s=%q>", name, e.tag, a, v)
				}
			}
		}
		if strings.Contains(page, "@import") || strings.Contains(page, "url(") {
			t.Errorf("%s: the style loads something", name)
		}
	}
}

// The policy names the very bytes that a browser hashes; one byte off and the page stands there without style and script.
func TestPolicyAllowsExactlyTheStyleAndTheScript(t *testing.T) {
	page := render(t, reportstest.Sample(t, "troubled"))
	policy := ""
	for _, e := range parse(t, xmlish(page)) {
		if e.attrs["http-equiv"] == "Content-Security-Policy" {
			policy = e.attrs["content"]
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, tag := range []string{"style", "script"} {
		parts := regexp.MustCompile(`(?s)<`+tag+`[^>]*>(.*?)</`+tag+`>`).FindAllStringSubmatch(page, -1)
		if len(parts) != 1 {
			t.Fatalf("%d elements %s, want 1", len(parts), tag)
		}
		h := sha256.Sum256([]byte(parts[0][1]))
		if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(page, ` style="`) {
		t.Error("an element has a style of its own, which the policy forbids")
	}
}

func TestTextOfOthersDoesNotBreakOut(t *testing.T) {
	texts := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title></style></script><script>alert(1)</script>`,
		`javascript:alert(1)`, "{{.Plan}}", "]]>--><!--", "\x00\x1b\u2028\u202e&amp;&#x3c;",
	}
	for _, sample := range []string{"troubled", "side-by-side", "empty"} {
		plain := tags(t, render(t, reportstest.Sample(t, sample)))
		for _, text := range texts {
			run := reportstest.Hostile(t, sample, text)
			for i := range run.Trials {
				run.Trials[i].Instance = text + run.Trials[i].Instance
			}
			page := render(t, run)
			got := tags(t, strings.ReplaceAll(page, "\x00", ""))
			for tag := range got {
				if plain[tag] == 0 && tag != "details" && tag != "small" {
					t.Errorf("%s: %q made an element or attribute %s", sample, text, tag)
				}
			}
			for _, once := range []string{"script", "style", "head", "h1", "meta"} {
				if got[once] != plain[once] {
					t.Errorf("%s: %q made %d elements %s, want %d", sample, text, got[once], once, plain[once])
				}
			}
		}
	}
}

// tags counts elements and attributes by name.
func tags(t *testing.T, page string) map[string]int {
	t.Helper()
	n := map[string]int{}
	control := strings.NewReplacer("\x1b", "", "\ufffd", "") // no characters of XML, harmless in HTML
	for _, e := range parse(t, control.Replace(xmlish(page))) {
		if e.tag != "" && e.tag[0] != '/' {
			n[e.tag]++
			for a := range e.attrs {
				n[e.tag+" "+a]++
			}
		}
	}
	return n
}

func TestEveryChartHasItsTwoSizesAndItsLines(t *testing.T) {
	out := outline(t, render(t, reportstest.Sample(t, "side-by-side")))
	for _, title := range []string{"Response time by percentile", "Response p50 over time", "Response p99 over time", "Throughput over time",
		"Age of the oldest unanswered event", "Processor use over time", "Memory over time"} {
		for _, size := range []string{"wide", "narrow"} {
			head := "[plot " + size + " " + title + "]\n"
			_, rest, ok := strings.Cut(out, head)
			if !ok {
				t.Errorf("no chart %q", head)
				continue
			}
			lines, _, _ := strings.Cut(rest, "[")
			for _, engine := range []string{"line null (l sf)", "line tuple (l s1)", "line microbatch (l s0)"} {
				if !strings.Contains(lines, engine) {
					t.Errorf("%s has no %q in %q", head, engine, lines)
				}
			}
		}
	}
}

// Coordinates outside of the picture, or that are no numbers, are drawn silently nowhere.
func TestLinesStayInsideTheirPicture(t *testing.T) {
	number := regexp.MustCompile(`-?[0-9.]+(e[-+]?[0-9]+)?|NaN|Inf`)
	for _, name := range reportstest.Samples() {
		var width, height float64
		for _, e := range parse(t, xmlish(render(t, reportstest.Sample(t, name)))) {
			if box := e.attrs["viewBox"]; box != "" {
				if _, err := fmt.Sscanf(box, "0 0 %g %g", &width, &height); err != nil {
					t.Fatal(err)
				}
			}
			for i, text := range number.FindAllString(e.attrs["d"], -1) {
				var v float64
				if _, err := fmt.Sscan(text, &v); err != nil || v < 0 || i%2 == 0 && v > width || i%2 == 1 && v > height {
					t.Fatalf("%s: %s lies outside of %v × %v in %q of %q", name, text, width, height, e.attrs["d"], e.attrs["data-name"])
				}
			}
		}
	}
}

func TestRepetitionsAreLinesOfTheirOwn(t *testing.T) {
	out := outline(t, render(t, reportstest.Sample(t, "isolated")))
	for _, want := range []string{"line tuple #1 (l s1 thin)", "line tuple #5 (l s1 thin)", "line null #3 (l sf thin)", "95 % interval", "Ranking"} {
		if !strings.Contains(out, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Figures of one name and unit share a chart, each is level until the next, and what a program says in earnest or not breaks no page.
func TestWhatEnginesSayOfThemselvesIsInTheReport(t *testing.T) {
	run := reportstest.Sample(t, "side-by-side")
	for _, trial := range run.Trials {
		say := func(name, unit string, values ...float64) {
			s := result.Series{Trial: trial.ID, Name: result.Said + name, Unit: unit, Role: "engine"}
			for i, v := range values {
				s.Points = append(s.Points, result.Point{T: float64(10 * i), V: v})
			}
			run.Series = append(run.Series, s)
		}
		if !trial.Floor {
			say("state_size", "bytes", 1e6, 2e6)
		}
		say(`<script>alert(1)</script>`, `"><b>`, -1, 5e-324, 0, math.MaxFloat64, -math.MaxFloat64)
	}
	page := render(t, run)
	_, rest, _ := strings.Cut(outline(t, page), "[plot wide state_size]\n")
	if got, _, _ := strings.Cut(rest, "["); !strings.Contains(got, "line tuple (l s1)") || !strings.Contains(got, "line microbatch (l s0)") || strings.Contains(got, "null") {
		t.Errorf("the chart of state_size has %q", got)
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("a figure broke out, or is no number in a picture")
	}
	if n := strings.Count(page, "<b>state_size</b>"); n != 1 {
		t.Errorf("%d charts of state_size, want one", n)
	}
}

func TestKillsAreInTheReport(t *testing.T) {
	run, back := reportstest.Sample(t, "side-by-side"), int64(7_250_000_000)
	run.Trials[0].Lifecycle.Recoveries = []result.Recovery{{AtWork: true, Through: &back}, {}}
	out := render(t, run)
	if !strings.Contains(out, `<td class="num ">2</td><td class="num ">1</td><td class="num ">7.25 s</td><td class="num ">0</td>`) {
		t.Error("the kills are missing")
	}
	if strings.Contains(render(t, reportstest.Sample(t, "side-by-side")), "<h3>Kills</h3>") {
		t.Error("a run without kills tells of some")
	}
}

// A check that was not measured has no value, and least of all the best one.
func TestWhatWasNotMeasuredIsNoValueOfACheck(t *testing.T) {
	run := reportstest.Sample(t, "isolated")
	states := []result.State{result.NotMeasured, result.Degrades}
	for i := range run.Checks {
		if c := &run.Checks[i]; c.ID == "send_delay_p99" && len(states) > 0 {
			if c.State, states = states[0], states[1:]; c.State == result.NotMeasured {
				c.Value = 0
			}
		}
	}
	if page := render(t, run); !strings.Contains(page, "214 µs") || strings.Contains(page, "0 to 214 µs") {
		t.Error("the page lacks the value, or takes one that was not measured for 0")
	}
}

func TestEncodingsAreInTheReport(t *testing.T) {
	page := render(t, reportstest.InEncodings(t, "isolated"))
	for _, want := range []string{"one stream in each", `<th scope="row">csv&#43;zstd</th>`, "12,345 ns"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := render(t, reportstest.Sample(t, "isolated")); strings.Contains(page, "one stream in each") {
		t.Error("a run in one encoding has the table")
	}
}
