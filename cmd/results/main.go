// Command results measures every engine and writes docs/engines/RESULTS.md: response times, drain rates, what waiting for
// commits costs, the steps of an engine's life, and what the engine contract costs beside a minimal copy job of the same
// engine. It is a list of `streamgauge run`s, one trial each, in an order that is random within each repetition; what is
// done is kept, so that it can be broken off and continued. scripts/results starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/streamgauge/streamgauge/cmd/internal/tables"
)

// options are the flags.
type options struct {
	program     string // streamgauge
	scenarios   string // folder with response.yaml and drain.yaml
	modules     string // folder with the sources of the JVM engines
	dir         string // where single results are kept
	document    string // what is written; empty: standard output
	engines     []string
	stages      []string
	repetitions int
	short       bool
	plan        bool
	only        bool // the report
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "results: error:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var names, stageList string
	f := flag.NewFlagSet("results", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.program, "program", "bin/streamgauge", "the program to measure with")
	f.StringVar(&o.scenarios, "scenarios", "cmd/results/scenarios", "folder of the scenarios")
	f.StringVar(&o.modules, "modules", "engines", "folder of the JVM engines' Maven modules, whose test classes hold the copy jobs")
	f.StringVar(&o.dir, "runs", "runs/results", "where single results are kept")
	f.StringVar(&o.document, "write", "", "file to write, with the lines that mark a place for the tables; default: standard output")
	f.StringVar(&names, "engines", "", "engines, with commas between; default: all")
	f.StringVar(&stageList, "stages", strings.Join(stageNames(), ","), "what to measure, with commas between")
	f.IntVar(&o.repetitions, "repetitions", 3, "of each trial; of stage copy, which has two orders, one more if that is odd")
	f.BoolVar(&o.short, "short", false, "little load and short phases: shows that it works, and no figure is worth anything")
	f.BoolVar(&o.plan, "plan", false, "say what would be measured and how long it takes")
	f.BoolVar(&o.only, "report", false, "measure nothing: tables of what is kept")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.engines, o.stages = fields(names), fields(stageList)
	if f.NArg() > 0 || o.repetitions < 1 {
		fmt.Fprintf(stderr, "results: error: unknown argument %q, or %d repetitions: see -help\n", f.Args(), o.repetitions)
		return o, errors.New("usage")
	}
	if o.short {
		o.dir += "-short"
	}
	return o, nil
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// run measures what is not there yet and writes the tables.
func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	engines, err := listEngines(ctx, o)
	if err != nil {
		return err
	}
	all, err := units(o, engines)
	if err != nil {
		return err
	}
	if !o.only {
		sayRounded(stderr, o)
	}
	if o.plan {
		return printPlan(stdout, all)
	}
	if !o.only {
		if err := measure(ctx, o, all, stderr); err != nil {
			return err
		}
	}
	kept, err := load(o, all)
	if err != nil {
		return err
	}
	return write(o, table(kept, engines, o), stdout)
}

// The lines of the document between which the tables stand.
const (
	begin = "<!-- results:begin: written by scripts/results -->"
	end   = "<!-- results:end -->"
)

// write puts the tables into the document, or on standard output.
func write(o options, text string, stdout io.Writer) error {
	return tables.Write(o.document, begin, end, text, stdout)
}
