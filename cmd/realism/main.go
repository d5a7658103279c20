// Command realism measures how realistic the presets are and writes docs/realism-presets.md: for every preset of the binary
// a row, scored against a recording of which it saw as little as can be, or the reason why there is no score. It reads the
// recordings of a folder, fits where a fit is due, generates, scores, and keeps what is done, so that it can be broken off
// and continued. scripts/realism starts it.
package main

import (
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
	recordings string // folder of the recordings
	dir        string // where single scores are kept
	document   string // what is written; empty: standard output
	names      []string
	seeds      int
	list       bool
	only       bool // the table
}

func main() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go endAtOnce(interrupted)
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	if err := run(o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "realism: error:", err)
		os.Exit(1)
	}
}

// endAtOnce ends the program when it is interrupted. Nothing in a row could heed that, which reads, fits and compares for up to
// minutes; no more than that row is lost, since what is kept is written whole or not at all.
func endAtOnce(interrupted <-chan os.Signal) {
	<-interrupted
	fmt.Fprintln(os.Stderr, "realism: error: interrupted: what is done is kept, and the same command continues")
	os.Exit(130)
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var names string
	f := flag.NewFlagSet("realism", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.dir, "runs", "runs/realism", "where single scores are kept")
	f.StringVar(&o.document, "write", "", "file to write, with the lines that mark a place for the table; default: standard output")
	f.StringVar(&names, "only", "", "rows to score anew or for the first time, with commas between, as -list names them; default: all that are not kept")
	f.IntVar(&o.seeds, "seeds", 1, "streams of each preset that are scored, from as many seeds; the table has the measures of the first, and how many reach the bar")
	f.BoolVar(&o.list, "list", false, "list the rows and the recordings they need; score nothing")
	f.BoolVar(&o.only, "report", false, "score nothing: the table of what is kept")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.names = strings.FieldsFunc(names, func(r rune) bool { return r == ',' })
	o.recordings = f.Arg(0)
	if f.NArg() > 1 || o.seeds < 1 || o.recordings == "" && !o.list && !o.only {
		fmt.Fprintf(stderr, "realism: error: want one folder of recordings, after the flags, and a seed at least; got %q, %d seeds: see -help\n", f.Args(), o.seeds)
		return o, errors.New("usage")
	}
	return o, nil
}

// run scores what is not there yet and writes the table.
func run(o options, stdout, stderr io.Writer) error {
	all := rows()
	if o.list {
		return list(stdout, all)
	}
	if !o.only {
		if err := score(o, all, stderr); err != nil {
			return err
		}
	}
	scored, err := load(o, all)
	if err != nil {
		return err
	}
	return write(o, table(scored), stdout)
}

// The lines of the document between which the table stands.
const (
	begin = "<!-- realism:begin: written by scripts/realism -->"
	end   = "<!-- realism:end -->"
)

// write puts the tables into the document, or on standard output.
func write(o options, text string, stdout io.Writer) error {
	return tables.Write(o.document, begin, end, text, stdout)
}
