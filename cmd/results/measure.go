package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/cmd/internal/tables"
	"github.com/streamgauge/streamgauge/harness/result"
)

// outcome is what is kept of a unit.
type outcome struct {
	Failed string      `json:"failed,omitempty"` // why there are no figures
	Run    *result.Run `json:"run,omitempty"`    // without distributions and series
	Pair   *pair       `json:"pair,omitempty"`
}

// measure works off the units that have no result yet. A unit that fails is noted, and tried again by the next call.
func measure(ctx context.Context, o options, all []unit, stderr io.Writer) error {
	stop, err := keepBroker(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer stop()
	failed := 0
	for i := range all {
		u := &all[i]
		if done(o, u) {
			continue
		}
		fmt.Fprintf(stderr, "%s %d/%d %s (about %s)\n", time.Now().Format(time.TimeOnly), i+1, len(all), u.name(), u.takes)
		out, err := u.measure(ctx, o)
		if ctx.Err() != nil {
			return errors.New("interrupted: what is done is kept, and the same command continues")
		}
		if err != nil {
			failed++
			out = outcome{Failed: err.Error()}
			fmt.Fprintf(stderr, "  failed: %v\n", err)
		}
		if err := keep(o, u, out); err != nil {
			return err
		}
	}
	if failed > 0 {
		fmt.Fprintf(stderr, "%d trials failed: %s says why; the same command tries them again\n", failed, o.dir)
	}
	return nil
}

func (u *unit) measure(ctx context.Context, o options) (outcome, error) {
	if u.copies > 0 {
		p, err := measurePair(ctx, o, u)
		return outcome{Pair: p}, err
	}
	return u.trial(ctx, o)
}

// trial runs streamgauge and keeps what run.json says. A wrong verdict or an invalid trial is a result.
func (u *unit) trial(ctx context.Context, o options) (outcome, error) {
	dir := filepath.Join(o.dir, u.name())
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return outcome{}, err
	}
	log, err := os.Create(filepath.Join(dir, "log.txt"))
	if err != nil {
		return outcome{}, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, o.program, append([]string{"run", "--json", "-o", dir}, u.args...)...)
	cmd.Stderr = log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) } // it removes its topics
	cmd.WaitDelay = time.Minute
	text, err := cmd.Output()
	var run result.Run
	if jerr := json.Unmarshal(text, &run); jerr != nil {
		return outcome{}, fmt.Errorf("%w; %s", errors.Join(err, jerr), logEnd(log.Name()))
	}
	if run.Partial || len(run.Trials) != 1 {
		return outcome{}, fmt.Errorf("%d trials, %s", len(run.Trials), run.Failure)
	}
	run.Distributions, run.Series = nil, nil
	return outcome{Run: &run}, removeRuns(dir)
}

// removeRuns removes the run folders of a trial that went well: a million observations are of no more use.
func removeRuns(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// logEnd is the last lines of a log.
func logEnd(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], " | ")
}

func (o options) file(u *unit) string { return filepath.Join(o.dir, u.name(), "outcome.json") }

func keep(o options, u *unit, out outcome) error { return tables.Keep(o.file(u), out) }

// read gives what is kept of a unit, nil if there is nothing.
func read(o options, u *unit) (*outcome, error) { return tables.Kept[outcome](o.file(u)) }

func done(o options, u *unit) bool {
	out, err := read(o, u)
	return err == nil && out != nil && out.Failed == ""
}

// measured is a unit with its result.
type measured struct {
	unit
	outcome
}

// load reads all that is kept.
func load(o options, all []unit) ([]measured, error) {
	var found []measured
	for i := range all {
		out, err := read(o, &all[i])
		if err != nil {
			return nil, err
		}
		if out != nil {
			found = append(found, measured{all[i], *out})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there are no results in %s", o.dir)
	}
	return found, nil
}

// keepBroker starts a broker that all trials share, unless one is kept already, and gives what stops it.
func keepBroker(ctx context.Context, o options, stderr io.Writer) (func(), error) {
	if _, err := bootstrap(ctx, o); err == nil {
		return func() {}, nil
	}
	start := exec.CommandContext(ctx, o.program, "broker", "start")
	start.Stderr = stderr
	if err := start.Run(); err != nil {
		return nil, fmt.Errorf("starting a broker: %w", err)
	}
	return func() {
		stop := exec.Command(o.program, "broker", "stop")
		stop.Stderr = stderr
		if err := stop.Run(); err != nil {
			fmt.Fprintln(stderr, "stopping the broker:", err)
		}
	}, nil
}

// bootstrap gives the addresses of the kept broker.
func bootstrap(ctx context.Context, o options) ([]string, error) {
	out, err := exec.CommandContext(ctx, o.program, "broker", "status", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("asking for the broker: %w", err)
	}
	var state *struct {
		Bootstrap []string `json:"bootstrap"`
	}
	if err := json.Unmarshal(out, &state); err != nil {
		return nil, fmt.Errorf("asking for the broker: %w", err)
	}
	if state == nil || len(state.Bootstrap) == 0 {
		return nil, errors.New("no broker is kept")
	}
	return state.Bootstrap, nil
}
