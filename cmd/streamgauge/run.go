package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// defaultScenario is what `run` takes without an argument.
const defaultScenario = "first-light"

// runFlags are the flags of `run`. Those that stand for a key of the scenario are text: the scenario's own reader judges
// them, so that they are as strict as the file.
type runFlags struct {
	engines      []string
	rate         string
	duration     string
	seed         string
	broker       string
	nodes        string
	brokerConfig string
	placement    string
	repetitions  string
	guarantee    string
	set          []string
	noFloor      bool

	out     string
	keep    bool
	json    bool
	failIf  []string
	dryRun  bool
	offline bool
	quiet   bool
}

func (a *app) runCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Run a scenario and report what happened",
		Long: `run executes a scenario: one of ` + "`streamgauge scenario list`" + ` by name, or a file by path; first-light if none is
named. It prints a table and leaves run.json, histograms, logs and report.html in a new folder below runs/.

Rules of --fail-if compare a figure of every engine, or of the one before the colon, with a value:
  p50 p90 p99 p999 max   response time of the measure phase    p99>20ms
  achieved_rate          events answered per second            achieved_rate<4900/s
  cpu_seconds rss        of the engine's processes             tuple:rss>500MB
  duplicates             events answered more than once        duplicates>0
A rule also holds if its figure was not measured, or is only a lower bound.`,
		Example: `  streamgauge run
  streamgauge run first-light --engine tuple --rate 2000/s --duration 10s
  streamgauge run first-light --set stream.disorder.share=5% --dry-run
  streamgauge run first-light --broker local --fail-if 'tuple:p99>20ms' --fail-if 'duplicates>0'
  streamgauge run ./mine.yaml --json --quiet`,
		Args:              arguments(0, 1, "[SCENARIO]"),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			name := defaultScenario
			if len(args) == 1 {
				name = args[0]
			}
			return a.run(c.Context(), name, f)
		},
	}
	f.register(c)
	return c
}

func (f *runFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringSliceVar(&f.engines, "engine", nil, "engines to run, by label or name (repeatable, or joined by commas)")
	fl.StringVar(&f.rate, "rate", "", "offered load, such as 5000/s (load.rate)")
	fl.StringVar(&f.duration, "duration", "", "length of the measure phase, such as 25s (load.measure)")
	fl.StringVar(&f.seed, "seed", "", "seed of everything random (seed)")
	fl.StringVar(&f.broker, "broker", "", "embedded, local or HOST:PORT[,HOST:PORT…] (broker.kind)")
	fl.StringVar(&f.nodes, "nodes", "", "nodes of a local broker, 1 or 3 (broker.nodes)")
	fl.StringVar(&f.brokerConfig, "broker-config", "", "client.properties with TLS and SASL settings (broker.config)")
	fl.StringVar(&f.placement, "placement", "", "side-by-side or isolated (placement)")
	fl.StringVar(&f.repetitions, "repetitions", "", "how often each engine runs (repetitions)")
	fl.StringVar(&f.guarantee, "guarantee", "", "at-least-once or exactly-once (guarantee)")
	fl.StringArrayVar(&f.set, "set", nil, "set any key of the scenario: KEY=VALUE (repeatable; the flags above win)")
	fl.BoolVar(&f.noFloor, "no-floor", false, "leave out the engine null, which only copies (floor)")
	fl.StringVarP(&f.out, "output", "o", "runs", "folder for run folders")
	fl.BoolVar(&f.keep, "keep", false, "keep topics, state folders and captures")
	fl.BoolVar(&f.json, "json", false, "print run.json to standard output instead of the table")
	fl.StringArrayVar(&f.failIf, "fail-if", nil, "end with exit code 6 if this holds, such as 'p99>20ms' (repeatable)")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the resolved plan and what it takes, and stop")
	fl.BoolVar(&f.offline, "offline", false, "fetch nothing from the network")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	for flag, values := range map[string][]string{
		"broker":    {"embedded", "local"},
		"placement": {scenario.SideBySide, scenario.Isolated},
		"guarantee": {scenario.AtLeastOnce, scenario.ExactlyOnce},
	} {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// settings turns flags into values for the scenario's keys. Text is quoted, so that it cannot be read as anything else.
func (f *runFlags) settings() ([]scenario.Setting, error) {
	var all []scenario.Setting
	for _, s := range f.set {
		key, value, ok := cutSetting(s)
		if !ok {
			return nil, usagef("--set load.rate=5000/s", "--set %s: want KEY=VALUE", s)
		}
		all = append(all, scenario.Setting{Flag: "--set " + s, Key: key, Value: value})
	}
	for _, g := range []struct {
		flag, key, value string
		plain            bool
	}{
		{"rate", "load.rate", f.rate, false},
		{"duration", "load.measure", f.duration, false},
		{"seed", "seed", f.seed, true},
		{"broker", "broker.kind", f.broker, false},
		{"nodes", "broker.nodes", f.nodes, true},
		{"broker-config", "broker.config", f.brokerConfig, false},
		{"placement", "placement", f.placement, false},
		{"repetitions", "repetitions", f.repetitions, true},
		{"guarantee", "guarantee", f.guarantee, false},
	} {
		if g.value == "" {
			continue
		}
		s := scenario.Setting{Flag: "--" + g.flag + " " + g.value, Key: g.key, Value: g.value}
		if !g.plain {
			s.Value = strconv.Quote(g.value)
		}
		all = append(all, s)
	}
	if f.noFloor {
		all = append(all, scenario.Setting{Flag: "--no-floor", Key: "floor", Value: "false"})
	}
	return all, nil
}

// readScenario reads a scenario with the flags applied.
func (a *app) readScenario(name string, f *runFlags) (*scenario.Scenario, error) {
	set, err := f.settings()
	if err != nil {
		return nil, err
	}
	read := map[string][]byte{} // what was read by path, for excerpts
	o := scenario.Options{
		Name: name, Files: scenarios.Files, Set: set, Select: f.engines,
		Known: a.parts.abilities(), Encodings: a.parts.encodings(), Packings: compressed.Names(),
		ReadSchema: a.parts.readSchema, Fits: a.parts.fits, Blobs: blobsOf,
		ReadFile: func(path string) ([]byte, error) {
			b, err := a.readFile(path)
			read[path] = b
			return b, err
		},
	}
	s, err := scenario.Read(o)
	if err != nil {
		return nil, scenarioError(err, "streamgauge run", func(file string) []byte {
			if b, ok := read[file]; ok {
				return b
			}
			return embeddedSource(file)
		})
	}
	return s, nil
}

// readFile reads a file, or standard input by the name -.
func (a *app) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(path)
}

// run is the command `run`.
func (a *app) run(ctx context.Context, name string, f *runFlags) error {
	s, err := a.readScenario(name, f)
	if err != nil {
		return err
	}
	if err := a.parts.fillsSchema(s); err != nil {
		return err
	}
	rules, err := parseRules(f.failIf, s)
	if err != nil {
		return err
	}
	if f.dryRun {
		return s.WritePlan(a.stdout)
	}
	outliveReaders()
	if err := process.Subreap(); err != nil {
		a.complain("warning", "processor time of exited grandchildren is not counted: "+err.Error())
	}
	show := a.newDisplay(f.quiet)
	res, dir, err := a.runScenario(ctx, s, f, rules, show)
	show.close()
	a.traces = dir
	if res == nil {
		return err
	}
	return errors.Join(err, a.present(res, dir, f.json), judge(res, dir, rules))
}

// present writes the reports of a run and prints its table, or run.json.
func (a *app) present(res *result.Run, dir string, asJSON bool) error {
	first, err := a.writeReports(res, dir)
	stored := filepath.Join(dir, "run.json")
	if asJSON {
		b, rerr := os.ReadFile(stored)
		if errors.Is(rerr, fs.ErrNotExist) { // a full disk may have kept it from being written, which is told
			b, rerr = json.MarshalIndent(res, "", " ")
		}
		if rerr == nil {
			_, rerr = a.stdout.Write(append(bytes.TrimSpace(b), '\n'))
		}
		return errors.Join(err, rerr)
	}
	if terr := a.writeTable(res); terr != nil {
		return errors.Join(err, fmt.Errorf("printing the table: %w", terr))
	}
	if _, err := os.Stat(stored); err == nil { // a full disk may have kept it from being written
		fmt.Fprintf(a.stdout, "\nResult: %s\n", stored)
	}
	if err == nil {
		fmt.Fprintf(a.stdout, "Report: %s\n", first)
	}
	return err
}
