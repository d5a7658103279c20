package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports/table"
)

// writeReports writes every report of a run into its folder and returns the path of the one that people open first. A
// report that fails keeps none of the others from being written.
func (a *app) writeReports(res *result.Run, dir string) (string, error) {
	var errs []error
	for _, r := range a.parts.reports {
		if err := r.Write(res, dir); err != nil {
			errs = append(errs, fmt.Errorf("writing report %s: %w", r.Name(), err))
		}
	}
	return filepath.Join(dir, "report.html"), errors.Join(errs...)
}

// writeTable prints the table at the end of a run.
func (a *app) writeTable(res *result.Run) error {
	return table.Style{Bold: isTerminal(a.stdout)}.Write(a.stdout, res)
}

// isTerminal reports whether a stream goes to a terminal that understands more than lines.
func isTerminal(stream io.Writer) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}
