// Package reports is the contract of every report, and what all reports must agree on: which trials may be ranked, how a
// figure over repetitions is summarised, how durations and rates are written without false precision, and in which words a
// verdict, a badge or a limit of the measurement is told. Each child folder is one report. A report is a pure function of
// a result: nothing here reads a clock, a file or a topic.
package reports

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/whole"
)

// Writer writes one kind of report into a run folder. Implementations keep no state: they may be used at the same time.
type Writer interface {
	// Name is the short name by which a user selects the report, such as "html".
	Name() string
	// Files lists what Write may write, as slash-separated paths below the run folder. A file that would show nothing,
	// such as a plot without a single point, is left out.
	Files() []string
	// Write renders the run into dir, the run folder, and replaces what is there. It works for partial runs and for runs
	// without trials. Errors: those of the file system.
	Write(run *result.Run, dir string) error
}

// WriteFile renders into memory and then puts the file in place, name being slash-separated below dir: a report is either
// whole or as it was before. It makes the folders it needs. Errors: those of render and of the file system.
func WriteFile(dir, name string, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w", name, err)
	}
	if err := whole.WriteFile(path, b.Bytes()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
