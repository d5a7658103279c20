// Package gobench writes bench.txt.
package gobench

import (
	"io"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "gobench".
func (writer) Name() string { return "gobench" }

// Files is bench.txt.
func (writer) Files() []string { return []string{"bench.txt"} }

// Write writes bench.txt into dir.
func (writer) Write(run *result.Run, dir string) error {
	return reports.WriteFile(dir, "bench.txt", func(w io.Writer) error { return Render(w, run) })
}

// Render writes the report to w. Errors: those of w.
func Render(w io.Writer, run *result.Run) error {
	_, err := io.WriteString(w, run.ID)
	return err
}
