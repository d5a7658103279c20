// Package html writes report.html.
package html

import (
	"io"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "html".
func (writer) Name() string { return "html" }

// Files is report.html.
func (writer) Files() []string { return []string{"report.html"} }

// Write writes report.html into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, "report.html", func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	_, err := io.WriteString(w, run.ID)
	return err
}
