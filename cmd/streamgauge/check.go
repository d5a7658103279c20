package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/conformance"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
)

// checkFlags are the flags of `engine check`.
type checkFlags struct {
	broker       string
	brokerConfig string
	guarantee    string
	deploy       string
	addresses    map[string]string
	options      []string
	partitions   int32
	patience     time.Duration
	ready        time.Duration
	only         []string
	quick        bool
	parallel     int
	keep         bool
	offline      bool
	json         bool
}

func (a *app) engineCheck() *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:   "check NAME | -- COMMAND…",
		Short: "Run the conformance scripts against an engine",
		Long: `check starts an engine, one of this binary by name or any program by its command, gives it the inputs of the conformance
scripts and prints where its outputs differ from what the scripts say. "--plan FILE" is appended to a command.
JVM engines of this binary are started without Java's second compiler, which scripts are too short for; a cluster that runs
already is as it is.`,
		Example: `  streamgauge engine check tuple
  streamgauge engine check tuple --guarantee exactly-once
  streamgauge engine check kstreams --broker local --quick --parallel 2
  streamgauge engine check flink --broker local --deploy cluster --quick
  streamgauge engine check -- java -jar my-engine.jar`,
		Args: func(c *cobra.Command, args []string) error {
			if c.ArgsLenAtDash() == 0 && len(args) > 0 {
				return nil
			}
			return arguments(1, 1, "NAME, or -- COMMAND…")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.check(c.Context(), args, c.ArgsLenAtDash() == 0, f)
		},
	}
	c.Flags().StringVar(&f.broker, "broker", "", "embedded, local or HOST:PORT[,HOST:PORT…] (default local for JVM engines, embedded for all others)")
	c.Flags().StringVar(&f.brokerConfig, "broker-config", "", "client.properties with TLS and SASL settings")
	c.Flags().StringVar(&f.guarantee, "guarantee", scenario.AtLeastOnce, "at-least-once or exactly-once")
	c.Flags().StringVar(&f.deploy, "deploy", engines.DeployLocal, "where the engine's work is done: local, cluster (its daemons, started here) or remote")
	c.Flags().StringToStringVar(&f.addresses, "address", nil, "NAME=ADDRESS of the cluster, with --deploy remote")
	c.Flags().StringArrayVar(&f.options, "option", nil, "NAME=VALUE of the engine's own options, as in a scenario (repeatable)")
	c.Flags().Int32Var(&f.partitions, "partitions", 2, "partitions of every topic")
	c.Flags().DurationVar(&f.patience, "patience", 0, fmt.Sprintf("how long an answer may take (default %s, and %s of a JVM engine)",
		conformance.DefaultPatience, jvmPatience))
	c.Flags().DurationVar(&f.ready, "ready", conformance.DefaultReady, "how long a start may take until heartbeats are answered")
	c.Flags().StringSliceVar(&f.only, "only", nil, "the scripts whose names match, such as 'tumbling-*' (repeatable, or joined by commas)")
	c.Flags().BoolVar(&f.quick, "quick", false, "leave out the scripts that kill the engine or need a start of their own")
	c.Flags().IntVar(&f.parallel, "parallel", 1, "engine starts at the same time")
	c.Flags().BoolVar(&f.keep, "keep", false, "keep the folder with plans, state and logs")
	c.Flags().BoolVar(&f.offline, "offline", false, "fetch nothing from the network")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

// jvmPatience is how long an answer of a JVM engine may take: compiling a first batch took 36 s on a busy machine.
const jvmPatience = 60 * time.Second

// target is what is checked.
type target struct {
	name     string
	fits     map[string]engines.Fit // of operators; nil: its hello tells
	forms    []string               // what its encode writes; nil: its hello tells
	launch   func(context.Context, engines.Plan) (engines.Launch, error)
	deploy   *engines.Deploy
	identity bool   // it copies, whatever the job
	slow     bool   // to start, perhaps
	broker   string // on which it is checked by default
	patience time.Duration
	flags    []string // of the Java virtual machine
	options  json.RawMessage
}

// briefFlags let a virtual machine start for half the processor time: scripts send hundreds of records, which the second
// compiler and a collector with threads of its own never earn back. What an engine answers does not hang on either.
func briefFlags() []string { return []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"} }

func (a *app) target(args []string, external bool, f *checkFlags) (target, error) {
	if external {
		if f.deploy != engines.DeployLocal {
			return target{}, usagef("", "--deploy %s: a command does its work where it says itself", f.deploy)
		}
		if _, err := exec.LookPath(args[0]); err != nil {
			return target{}, usagef("a command is a program on the PATH, or a path from here", "engine check: its command: %w", err)
		}
		own := func(context.Context, engines.Plan) (engines.Launch, error) { return engines.Launch{Command: args}, nil }
		return target{name: scenario.External, launch: own, slow: true, broker: string(broker.Embedded),
			patience: conformance.DefaultPatience}, nil
	}
	d, err := a.descriptor(args[0], "streamgauge engine check %s")
	if err != nil {
		return target{}, err
	}
	if !slices.Contains(d.Guarantees, engines.Guarantee(f.guarantee)) {
		return target{}, usagef("streamgauge engine check "+d.Name+" --guarantee "+string(d.Guarantees[0]), "--guarantee %s: engine %s has %s",
			f.guarantee, d.Name, joined(d.Guarantees))
	}
	deploy, err := deployment(d, f.deploy, f.addresses)
	if err != nil {
		return target{}, err
	}
	t := target{name: d.Name, fits: d.Operators, forms: d.Forms, deploy: deploy, launch: a.parts.launch, identity: d.Name == scenario.Floor,
		broker: string(broker.Embedded), patience: conformance.DefaultPatience}
	if d.Java > 0 { // what builds it brings a real Kafka, too
		t.slow, t.broker, t.patience, t.flags = true, string(broker.Local), jvmPatience, briefFlags()
	}
	return t, nil
}

// options are an engine's own, from NAME=VALUE with a value in YAML; nil if there are none.
func options(given []string) (json.RawMessage, error) {
	all := map[string]any{}
	for _, text := range given {
		name, value, found := strings.Cut(text, "=")
		_, twice := all[name]
		var v any
		if err := yaml.Unmarshal([]byte(value), &v); err != nil || !found || name == "" || twice {
			return nil, usagef("streamgauge engine check --help", "--option %s: want NAME=VALUE, the value in YAML, and each name once", text)
		}
		all[name] = v
	}
	if len(all) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(all)
	if err != nil { // JSON knows no NaN
		return nil, usagef("streamgauge engine check --help", "--option: %w", err)
	}
	return b, nil
}

// check is the command `engine check`: it makes a folder and a broker, and removes them.
func (a *app) check(ctx context.Context, args []string, external bool, f *checkFlags) (err error) {
	t, err := a.target(args, external, f)
	if err != nil {
		return err
	}
	if (f.guarantee != scenario.AtLeastOnce && f.guarantee != scenario.ExactlyOnce) || f.partitions < 1 {
		return usagef("streamgauge engine check --help", "--guarantee %s --partitions %d: not possible", f.guarantee, f.partitions)
	}
	if t.options, err = options(f.options); err != nil {
		return err
	}
	scripts, err := f.scripts()
	if err != nil {
		return err
	}
	f.broker, f.patience = cmp.Or(f.broker, t.broker), cmp.Or(f.patience, t.patience)
	outliveReaders()
	if err := a.parts.prepareEngines(ctx, []string{t.name}, f.offline, func(line string) { fmt.Fprintln(a.stderr, line) }); err != nil {
		return err
	}
	if err := process.Subreap(); err != nil {
		a.complain("warning", "grandchildren are not waited for: "+err.Error())
	}
	temp, err := newScratch(ctx, "check")
	if err != nil {
		return err
	}
	end := temp.remove
	if f.keep {
		a.complain("note", "plans, state and logs are in "+temp.dir)
		end = temp.keep
	}
	defer func() { err = errors.Join(err, end()) }()
	b, err := a.checkBroker(ctx, temp.dir, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBroker(ctx, b)) }()
	return a.checkOn(ctx, b, t, scripts, temp.dir, f)
}

// scripts are those that the flags pick.
func (f *checkFlags) scripts() ([]conformance.Script, error) {
	all, err := conformance.Scripts()
	if err != nil {
		return nil, err
	}
	if f.quick {
		all = conformance.Quick(all)
	}
	return matching(all, f.only)
}

// matching are the scripts whose names fit one of the patterns of path.Match, each once and in their order; all if there is no pattern.
// A pattern that no name fits is an error, whatever the others find: it is misspelt.
func matching(scripts []conformance.Script, patterns []string) ([]conformance.Script, error) {
	if len(patterns) == 0 {
		return scripts, nil
	}
	picked := make([]bool, len(scripts))
	for _, pattern := range patterns {
		found := false
		for i, s := range scripts {
			ok, err := path.Match(pattern, s.Name)
			if err != nil {
				return nil, usagef("streamgauge engine check --help", "--only %s: %w", pattern, err)
			}
			picked[i], found = picked[i] || ok, found || ok
		}
		if !found {
			return nil, usagef("streamgauge engine check --help", "--only %s: no script has such a name", pattern)
		}
	}
	var all []conformance.Script
	for i, s := range scripts {
		if picked[i] {
			all = append(all, s)
		}
	}
	return all, nil
}

// checkOn runs the scripts on a broker and prints what they found.
func (a *app) checkOn(ctx context.Context, b broker.Broker, t target, scripts []conformance.Script, dir string, f *checkFlags) error {
	ctx, crashed := context.WithCancelCause(ctx)
	defer crashed(nil)
	info := b.Info()
	report, err := conformance.Run(ctx, conformance.Env{
		Dial: b.Dial, Bootstrap: info.Bootstrap, SecurityFile: info.SecurityFile, Partitions: f.partitions, Dir: dir,
		Guarantee: engines.Guarantee(f.guarantee), EngineName: t.name, Operators: t.fits, Forms: t.forms, Identity: t.identity, Patience: f.patience, Ready: f.ready,
		Options: t.options, Parallel: f.parallel, Progress: func(text string) { fmt.Fprintln(a.stderr, text) },
	}, checked{target: t, dir: dir, crashed: crashed}, scripts)
	if cause := context.Cause(ctx); cause != nil {
		err = cause // whatever the scripts made of it
	}
	if err != nil {
		return a.checkFailed(t.name, err)
	}
	return a.printReport(report, f.json)
}

func (a *app) checkFailed(name string, err error) error {
	if errors.Is(err, harness.ErrInterrupted) {
		return err
	}
	if known := (*exitError)(nil); errors.As(err, &known) {
		return fmt.Errorf("checking %s: %w", name, err)
	}
	return &exitError{code: exitEngine, err: fmt.Errorf("checking %s: %w", name, err), hint: "repeat with --keep and look at the engine's log"}
}

// logged shows with an engine's failure what it wrote last: its log goes with the folder.
func logged(err error, s *subject.Subject) error {
	hint := "repeat with --keep for all of its log"
	if end := s.LogEnd(); end != "" {
		hint += ", which ends:\n  " + strings.ReplaceAll(end, "\n", "\n  ")
	}
	if short := s.Shortage(); short.Text != "" {
		hint = fmt.Sprintf("it ran out of memory, saying %q; %s", short.Text, hint)
	}
	return &exitError{code: exitEngine, err: err, hint: hint}
}

func (a *app) checkBroker(ctx context.Context, dir string, f *checkFlags) (broker.Broker, error) {
	kind, bootstrap := scenario.Broker{Kind: f.broker}.Where()
	b, err := a.parts.startBroker(ctx, broker.Spec{Kind: kind, Bootstrap: bootstrap, ConfigFile: f.brokerConfig, Nodes: 1,
		MaxRecordBytes: 1 << 20, Dir: filepath.Join(dir, "broker"), LogDir: filepath.Join(dir, "logs")}, f.offline,
		func(text string) { fmt.Fprintln(a.stderr, text) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, environment("streamgauge doctor says what is missing; --broker embedded needs nothing", err)
	}
	return b, nil
}

// closeWithin is how long a broker has to stop, also after an interrupt.
const closeWithin = 30 * time.Second

func closeBroker(ctx context.Context, b broker.Broker) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	return b.Close(ctx)
}

// printReport prints what the scripts found. A difference is exit code 6; if no script was for the engine, nothing was judged: 5; nor was it
// if it never answered, which is the engine's failure: 4.
func (a *app) printReport(r conformance.Report, asJSON bool) error {
	count := map[conformance.State]int{}
	for _, s := range r.Scripts {
		count[s.State]++
	}
	if asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprint(a.stdout, r.String())
		fmt.Fprintf(a.stdout, "%s: %d scripts passed, %d failed, %d skipped, %d problems\n", r.Engine,
			count[conformance.Passed], count[conformance.Failed], count[conformance.Skipped], len(r.Problems))
	}
	switch {
	case r.Passed() && count[conformance.Passed] > 0:
		return nil
	case r.Passed():
		var why []string
		for _, s := range r.Scripts {
			why = append(why, s.Reason)
		}
		slices.Sort(why)
		return &exitError{code: exitInvalid, hint: "name other scripts by --only, or none for all",
			err: fmt.Errorf("engine %s was not judged: no script is for it: %s", r.Engine, strings.Join(slices.Compact(why), "; "))}
	}
	if r.Silent {
		return &exitError{code: exitEngine, err: fmt.Errorf("engine %s was not judged: it answered nothing", r.Engine),
			hint: "repeat with --keep and look at its log: perhaps it cannot reach its cluster, or wants more time to start (--ready)"}
	}
	return &exitError{code: exitWrong, err: fmt.Errorf("engine %s does not do what the job means", r.Engine),
		hint: "harness/job/SEMANTICS.md says what each operator means"}
}

// checked is the engine under test as a child process.
type checked struct {
	target
	dir     string
	crashed context.CancelCauseFunc // ends the check when the engine does not start or ends by itself: nothing is to be waited for
}

// failed ends the check, unless it has been ended already: what follows from that would only hide why. A start that is over its time
// ends it too: the next ones, of each job, would take as long.
func (c checked) failed(ctx context.Context, err error) error {
	if !errors.Is(ctx.Err(), context.Canceled) {
		c.crashed(err)
	}
	return err
}

// Start starts an incarnation.
func (c checked) Start(ctx context.Context, plan engines.Plan) (conformance.Instance, error) {
	dir, err := os.MkdirTemp(c.dir, "plan-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the plan: %w", err)
	}
	if plan.Deploy = c.deploy; plan.Deploy != nil {
		plan.Require = append(plan.Require, "deploy")
	}
	plan.JVMFlags = c.flags
	launch, err := c.launch(ctx, plan)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	config := subject.Config{Command: launch.Command, Cluster: launch.Cluster, Unset: launch.Unset, Plan: plan, Dir: dir}
	if c.slow {
		config.HelloWithin = time.Duration(plan.Deadlines.ReadyMS) * time.Millisecond
	}
	s, err := subject.Start(ctx, config)
	if err != nil {
		return nil, c.failed(ctx, logged(err, s))
	}
	go func() { // ends with the process, which the runner ends
		<-s.Done()
		if err := s.Failure(); err != nil {
			c.crashed(logged(err, s))
		}
	}()
	return incarnation{s, plan.Deploy != nil && plan.Deploy.Kind == engines.DeployRemote}, nil
}

// incarnation is one life of the engine under test. Whichever way its end is asked for, nothing of it runs afterwards.
type incarnation struct {
	*subject.Subject
	remote bool // its job runs on a cluster elsewhere
}

// Leaves tells that the engine, when it is killed, leaves a job that only it cancels.
func (i incarnation) Leaves() bool { return i.remote }

// Drain asks the engine to finish. One that does not is ended: it would run beside the scripts that follow.
func (i incarnation) Drain(ctx context.Context) error {
	err := i.Subject.Drain(ctx)
	switch {
	case err == nil || errors.Is(err, subject.ErrCrashed): // it has ended
		return err
	case i.remote:
		return errors.Join(err, i.Stop(context.WithoutCancel(ctx)))
	}
	return errors.Join(err, i.Kill())
}
