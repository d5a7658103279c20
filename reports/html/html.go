// Package html writes report.html: one self-contained file that needs no network, made to be mailed. Every chart is drawn
// here as SVG and every figure stands in a table, so nothing depends on the script, which only adds what a pointer can ask.
// All text goes through html/template; the policy in the page allows no script and no style but the two in it, by their hashes.
package html

import (
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

const file = "report.html"

var (
	//go:embed assets/page.html.tmpl
	pageTemplate string
	//go:embed assets/page.css
	pageStyle string
	//go:embed assets/page.js
	pageScript string
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "html".
func (writer) Name() string { return "html" }

// Files is report.html.
func (writer) Files() []string { return []string{file} }

// Write writes report.html into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, file, func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("BUG: reading the page's template: %w", err)
	}
	css, script := pageStyle+lineStyles(), pageScript
	p := newPage(run)
	p.CSS, p.Script = template.CSS(css), template.JS(script)
	p.Policy = fmt.Sprintf("default-src 'none'; base-uri 'none'; form-action 'none'; style-src %s; script-src %s", source(css), source(script))
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// source names a text in a content security policy.
func source(text string) string {
	h := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
}

// lineStyles are the styles of subjects and stages, as all charts use them.
func lineStyles() string {
	var light, dark, rest strings.Builder
	styles := append(reports.Styles(), reports.FloorStyle())
	for i, s := range styles {
		name := "s" + strconv.Itoa(i)
		if i == len(styles)-1 {
			name = "sf"
		}
		fmt.Fprintf(&light, "--%s:%s;", name, s.Light)
		fmt.Fprintf(&dark, "--%s:%s;", name, s.Dark)
		var dash []string
		for _, d := range s.Dash {
			dash = append(dash, strconv.FormatFloat(d, 'f', -1, 64))
		}
		fmt.Fprintf(&rest, ".%s{--line:var(--%s)}", name, name)
		if len(dash) > 0 {
			fmt.Fprintf(&rest, ".l.%s{stroke-dasharray:%s}", name, strings.Join(dash, " "))
		}
	}
	for i, c := range reports.StageColours() {
		fmt.Fprintf(&rest, ".w%d{fill:%s;background:%s}", i, c, c)
	}
	return fmt.Sprintf(":root{%s}@media screen and (prefers-color-scheme:dark){:root{%s}}%s\n", light.String(), dark.String(), rest.String())
}
