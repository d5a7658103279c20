package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// Exit codes tell whose fault it was.
const (
	exitOK          = 0
	exitHarness     = 1 // a panic is that, too
	exitUsage       = 2
	exitEnvironment = 3
	exitEngine      = 4
	exitInvalid     = 5 // a trial missed a limit of the measurement
	exitWrong       = 6 // a verdict is wrong, or a --fail-if rule holds
	exitInterrupted = 130
)

// precedence orders the codes, gravest first: what the program ends with if several apply.
func precedence() []int {
	return []int{exitInterrupted, exitHarness, exitUsage, exitEnvironment, exitEngine, exitWrong, exitInvalid}
}

// exitError is an error with the exit code it leads to and what to do about it.
type exitError struct {
	code   int
	err    error
	hint   string // a command or an action; empty: none is known
	detail string // lines printed between error and hint
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usagef(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

func environment(hint string, err error) error {
	return &exitError{code: exitEnvironment, err: err, hint: hint}
}

// exitCode gives the gravest code among err and everything joined into it.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	codes := collect(err)
	for _, code := range precedence() {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitHarness
}

// collect gives the codes of an error tree. A typed error speaks for all it wraps; an untyped leaf is the harness's fault.
func collect(err error) []int {
	if _, joined := err.(interface{ Unwrap() []error }); !joined && isDefect(err) { // whatever was made of it on its way
		return []int{exitHarness}
	}
	switch e := err.(type) {
	case *exitError:
		return []int{e.code}
	case *harness.Error:
		return []int{int(e.Fault)}
	case yamlstrict.Errors, *scenario.UnknownError:
		return []int{exitUsage}
	case interface{ Unwrap() []error }:
		var codes []int
		for _, e := range e.Unwrap() {
			codes = append(codes, collect(e)...)
		}
		return codes
	}
	if inner := errors.Unwrap(err); inner != nil {
		return collect(inner)
	}
	if errors.Is(err, harness.ErrInterrupted) {
		return []int{exitInterrupted}
	}
	if errno, ok := err.(syscall.Errno); ok && slices.Contains(harness.MachineErrors(), errno) {
		return []int{exitEnvironment}
	}
	return []int{exitHarness}
}

// errnoHint says what to do about an error of the system.
func errnoHint(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	switch errno {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return "make room on the disk, or choose a folder on another one"
	case syscall.EROFS, syscall.EACCES, syscall.EPERM:
		return "choose a folder that may be written"
	case syscall.EMFILE, syscall.ENFILE:
		return "raise the limit of open files: ulimit -n 65536"
	}
	return ""
}

// explain prints every error of the tree with its hint to standard error.
func (a *app) explain(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if _, one := err.(yamlstrict.Errors); !one {
			for _, e := range joined.Unwrap() {
				a.explain(e)
			}
			return
		}
	}
	a.complain("error", err.Error())
	if d := (*defect.Error)(nil); errors.As(err, &d) {
		a.complain("hint", a.keepTrace(d))
	} else if e := (*exitError)(nil); errors.As(err, &e) {
		fmt.Fprint(a.stderr, e.detail)
		a.complain("hint", cmp.Or(e.hint, errnoHint(err)))
	} else if e := (*harness.Error)(nil); errors.As(err, &e) {
		a.complain("hint", e.Hint)
	} else {
		a.complain("hint", errnoHint(err))
	}
}

// isDefect tells whether an error is, or comes from, a panic.
func isDefect(err error) bool {
	var d *defect.Error
	return errors.As(err, &d)
}

// keepTrace writes the trace of a panic into a file and says where it is, and prints it where it cannot be written.
func (a *app) keepTrace(d *defect.Error) string {
	const report = "report it with what you ran: nothing that you gave may end streamgauge like this"
	text := fmt.Sprintf("streamgauge %s (%s)\n%s\n%s\n\n%s", version, commit, strings.Join(scenario.RedactArguments(a.args), " "), d, d.Trace)
	f, err := os.CreateTemp(a.traces, "streamgauge-panic-*.txt")
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		fmt.Fprintln(a.stderr, text)
		return report
	}
	return "the trace is in " + f.Name() + "; " + report
}

// complain prints one line of talk, nothing if it is empty.
func (a *app) complain(kind, text string) {
	if text != "" {
		fmt.Fprintf(a.stderr, "streamgauge: %s: %s\n", kind, text)
	}
}

// scenarioError turns an error of package scenario into one with excerpts and the corrected command. source gives the
// text of a file that a problem names, nil if there is none.
func scenarioError(err error, command string, source func(file string) []byte) error {
	if unknown := (*scenario.UnknownError)(nil); errors.As(err, &unknown) {
		hint := "streamgauge scenario list shows all; a path has a / or ends in .yaml"
		if near := unknown.Nearest(); near != "" {
			hint = command + " " + near
		}
		return &exitError{code: exitUsage, err: err, hint: hint}
	}
	problems := (yamlstrict.Errors)(nil)
	if !errors.As(err, &problems) {
		if errors.Is(err, fs.ErrNotExist) {
			return usagef("streamgauge scenario list shows the scenarios that need no file", "%w", err)
		}
		return environment("", err)
	}
	var detail strings.Builder
	files := map[string]bool{}
	for _, p := range problems {
		files[p.File] = true
		fmt.Fprintf(&detail, "%s\n%s", p, p.Excerpt(source(p.File)))
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	noun := "problems"
	if len(problems) == 1 {
		noun = "problem"
	}
	return &exitError{code: exitUsage, err: fmt.Errorf("%d %s in %s", len(problems), noun, strings.Join(names, ", ")),
		detail: detail.String(), hint: "streamgauge scenario show first-light prints one that is right; scenario new NAME makes a file to start from"}
}
