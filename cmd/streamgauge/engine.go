package main

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

func (a *app) engineCommand() *cobra.Command {
	return group("engine", "List, check and run engines", a.engineList(), a.engineInstall(), a.engineCheck(), a.engineRun(),
		a.engineLock(), a.engineStart(), a.engineCluster())
}

func (a *app) engineRun() *cobra.Command {
	var plan string
	c := &cobra.Command{
		Use:   "run NAME --plan FILE",
		Short: "Run an engine under the engine contract: what a run starts as a child",
		Long: `run does the job of a plan file until standard input says {"type":"drain"} or ends. It talks JSON lines on standard
output; harness/job/SEMANTICS.md says what the job means. Stop it with SIGTERM or by closing standard input.`,
		Example: "  streamgauge engine run tuple --plan plan.json",
		Args:    arguments(1, 1, "NAME --plan FILE"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Sorted(maps.Keys(a.parts.descriptors())), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return a.serveEngine(c.Context(), args[0], plan) },
	}
	c.Flags().StringVar(&plan, "plan", "", "plan file")
	_ = c.MarkFlagFilename("plan", "json")
	return c
}

// descriptor finds what an engine is by name. command is the one that takes the right name, for the hint.
func (a *app) descriptor(name, command string) (engines.Descriptor, error) {
	all := a.parts.descriptors()
	if d, ok := all[name]; ok {
		return d, nil
	}
	return engines.Descriptor{}, a.unknownEngine(name, slices.Collect(maps.Keys(all)), command)
}

func (a *app) unknownEngine(name string, names []string, command string) error {
	hint := "streamgauge engine list shows all"
	if near := yamlstrict.Nearest(name, names); near != "" {
		hint = fmt.Sprintf(command, near)
	}
	return usagef(hint, "unknown engine %q; %s", name, yamlstrict.Suggest(name, names))
}

// largeGC has the collector begin when the heap has grown by a quarter, not by all of it: messages of 100 MB would wait in it
// long after they are gone, and few as they are they cost the collector nothing.
const largeGC = 25

func (a *app) serveEngine(ctx context.Context, name, file string) error {
	if _, err := a.descriptor(name, "streamgauge engine run %s --plan "+file); err != nil {
		return err
	}
	if file == "" {
		return usagef("streamgauge engine run "+name+" --plan FILE", "engine run needs a plan")
	}
	plan, err := engines.ReadPlan(file)
	if err != nil {
		return usagef("", "%w", err)
	}
	a.traces = plan.LogDir
	if err := plan.Claim(); err != nil {
		return environment("state_dir in "+file+" names it", err)
	}
	if e, ok := a.parts.jvms[name]; ok {
		return a.becomeJVM(ctx, e, file)
	}
	base, err := broker.ClientOptions(plan.Brokers.Bootstrap, plan.Brokers.SecurityFile, plan.Limits.MaxRecordBytes)
	if err != nil {
		return environment("", fmt.Errorf("reading the broker's settings: %w", err))
	}
	if plan.Job.Payloads() {
		debug.SetGCPercent(largeGC)
	}
	err = engines.Serve(ctx, a.parts.engines[name], plan, engines.Env{
		Control: a.stdin,
		Status:  a.stdout,
		Dial: func(opts ...kgo.Opt) (*kgo.Client, error) {
			return kgo.NewClient(append(slices.Clone(base), opts...)...)
		},
		Now: time.Now,
	})
	if err != nil {
		return &exitError{code: exitEngine, err: err}
	}
	return nil
}
