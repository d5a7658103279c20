// Package junit writes junit.xml.
package junit

import (
	"io"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "junit".
func (writer) Name() string { return "junit" }

// Files is junit.xml.
func (writer) Files() []string { return []string{"junit.xml"} }

// Write writes junit.xml into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, "junit.xml", func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	_, err := io.WriteString(w, run.ID)
	return err
}
