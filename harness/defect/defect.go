// Package defect makes an error of a panic: what was started is still stopped in order, what was measured is kept, and the user is told
// whose fault it was. Who starts a goroutine decides whether a panic of it can be told so; what nobody catches ends the program at once.
package defect

import (
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// Error is a panic: a defect of this program, whatever it was doing.
type Error struct {
	Value any    // what the panic was given
	Place string // function, file and line that panicked; empty: not found
	Trace []byte // of the goroutine, as the runtime prints it
}

// Error says what broke and where.
func (e *Error) Error() string {
	text := fmt.Sprintf("a defect of streamgauge: %v", e.Value)
	if e.Place != "" {
		text += ", in " + e.Place
	}
	return text
}

// Catch is deferred, and puts a panic of the function into its error, as an *Error.
func Catch(err *error) {
	if value := recover(); value != nil {
		*err = &Error{Value: value, Place: place(), Trace: debug.Stack()}
	}
}

// place finds what panicked: the first function below the panic that is none of the runtime's.
func place() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	for panicked := false; ; {
		f, more := frames.Next()
		if panicked && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s (%s:%d)", f.Function[strings.LastIndexByte(f.Function, '/')+1:], filepath.Base(f.File), f.Line)
		}
		if panicked = panicked || f.Function == "runtime.gopanic"; !more {
			return ""
		}
	}
}
