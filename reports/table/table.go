// Package table prints the table at the end of a run: plain text that fits a terminal of 120 columns.
package table

import (
	"io"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Write prints the run to w as plain text. Errors: those of w.
func Write(w io.Writer, run *result.Run) error { return Style{}.Write(w, run) }

// Style says what the terminal can do. The zero value is plain text.
type Style struct {
	Bold bool // emphasise heads and verdicts by ANSI bold; nothing is said by emphasis alone
}

// Write prints the run to w. Errors: those of w.
func (s Style) Write(w io.Writer, run *result.Run) error {
	_, err := io.WriteString(w, run.ID)
	return err
}
