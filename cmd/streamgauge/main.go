// Command streamgauge offers one sensor stream to several stream engines, judges their answers and reports how fast they
// were. This package only wires: flags, files, signals, exit codes and the list of parts; what a run is stands in harness.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/process"
)

// Set by the linker: -X main.version=… -X main.commit=…
var (
	version = "dev"
	commit  = "unknown"
)

func main() {
	ctx, stop := interruptible(context.Background())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interruptible ends the context with harness.ErrInterrupted at the first SIGINT, SIGTERM or SIGHUP, so that everything
// stops in order. At the second the process ends at once, and kills all below it, elsewhere than on Linux its children and their groups.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2) // room for both, so that neither is lost
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup has it ignored, so that a closed terminal ends nothing
		signal.Notify(signals, syscall.SIGHUP)
	}
	done := make(chan struct{})
	go func() {
		var seen interrupts
		for {
			var sig os.Signal
			select {
			case <-done:
				return
			case sig = <-signals:
			}
			if seen.count(sig, time.Now()) > 1 {
				process.KillChildren()
				fmt.Fprintln(os.Stderr, "streamgauge: error: interrupted twice: ended at once\n"+
					"streamgauge: hint: streamgauge clean --yes removes what was left behind; with --broker also topics")
				os.Exit(exitInterrupted)
			}
			cancel(harness.ErrInterrupted)
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel(nil) }
}

// echo is how soon after a signal another of its kind is the same one: a shell whose terminal is closed passes the signal on to its
// jobs, and at its own end they get it again; timeout(1) sends its signal to its child and then to the child's group. A key pressed
// twice as quickly counts once, and the next time counts.
const echo = 250 * time.Millisecond

// interrupts counts signals that ask for the end.
type interrupts struct {
	n    int
	last os.Signal
	at   time.Time // of the last that was counted
}

// count takes a signal and tells how many there were, without echoes.
func (i *interrupts) count(sig os.Signal, now time.Time) int {
	if i.n == 0 || sig != i.last || now.Sub(i.at) >= echo {
		i.n++
		i.last, i.at = sig, now
	}
	return i.n
}

// outliveReaders lets what is written to a standard output or error that nobody reads any more fail, where it would end this process:
// at a Ctrl-C tee ends as well, and what is told of an orderly stop must not break it off. It is for commands that have something to
// stop or to remove.
func outliveReaders() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// orInterrupt does some work that heeds no context, and when ctx ends waits for it no longer: it goes on until the program ends.
func orInterrupt[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		got T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { done <- o }()
		defer defect.Catch(&o.err)
		o.got, o.err = work()
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	case o := <-done:
		return o.got, o.err
	}
}

// run is the whole program. It returns the exit code: see exit.go.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&app{stdin: stdin, stdout: stdout, stderr: stderr, args: args, parts: parts()}).main(ctx)
}

// main runs the command of the arguments and tells what went wrong.
func (a *app) main(ctx context.Context) int {
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := execute(ctx, root)
	if err != nil && exitCode(err) != exitInterrupted && errors.Is(context.Cause(ctx), harness.ErrInterrupted) {
		err = errors.Join(err, harness.ErrInterrupted) // what went wrong did so because of it
	}
	a.explain(err)
	return exitCode(err)
}

// execute runs a command. After a panic nothing that it started goes on: what the harness did not stop in order is killed.
func execute(ctx context.Context, root *cobra.Command) (err error) {
	defer func() {
		if isDefect(err) {
			process.KillChildren()
		}
	}()
	defer defect.Catch(&err)
	return root.ExecuteContext(ctx)
}
