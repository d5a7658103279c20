package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/cluster"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// clusterFlags are those of `engine cluster`.
type clusterFlags struct {
	slots   int
	heap    string
	dir     string
	offline bool
}

func (a *app) engineCluster() *cobra.Command {
	var f clusterFlags
	c := &cobra.Command{
		Use:   "cluster NAME",
		Short: "Start an engine's own daemons here and keep them running, to try deploy: remote with",
		Long: `cluster starts the daemons that deploy: cluster starts for a run, with the same settings, and prints their addresses. A run
or check with deploy: remote can use them as it would use a cluster of several machines. Ctrl-C ends them, and all that they
have started.`,
		Example: `  streamgauge engine cluster flink
  streamgauge engine cluster storm --heap 2GB
  streamgauge engine cluster spark --slots 20 --dir spark-cluster`,
		Args: arguments(1, 1, "NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.clusterNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return a.runCluster(c.Context(), args[0], f) },
	}
	c.Flags().IntVar(&f.slots, "slots", 10, "tasks that can run at once, where the engine counts them: Flink and Spark")
	c.Flags().StringVar(&f.heap, "heap", "", "heap of the process that does the work, such as 2GB; default: the engine's own")
	c.Flags().StringVar(&f.dir, "dir", "", "folder for the daemons' files and logs; default: one that is removed at the end")
	c.Flags().BoolVar(&f.offline, "offline", false, "fetch nothing from the network")
	_ = c.MarkFlagDirname("dir")
	return c
}

// clusterNames are the engines that have daemons.
func (a *app) clusterNames() []string {
	return slices.DeleteFunc(a.jvmNames(), func(name string) bool { return a.parts.jvms[name].Cluster == nil })
}

// runCluster keeps an engine's daemons running until ctx ends, which is no error, or one of them does.
func (a *app) runCluster(ctx context.Context, name string, f clusterFlags) error {
	if err := a.hasDaemons(name); err != nil {
		return err
	}
	plan, err := clusterPlan(name, f)
	if err != nil {
		return err
	}
	outliveReaders()
	dir, temp, err := clusterDir(ctx, name, f.dir)
	if err != nil {
		return err
	}
	plan.StateDir, plan.LogDir = filepath.Join(dir, "state"), filepath.Join(dir, "logs")
	err = a.parts.prepareEngines(ctx, []string{name}, f.offline, func(line string) { fmt.Fprintln(a.stderr, line) })
	installed := err == nil
	if installed {
		err = a.serveCluster(ctx, plan)
	}
	switch {
	case temp == nil:
		return err
	case installed && err != nil && ctx.Err() == nil: // the error speaks of logs
		a.complain("note", "the daemons' files and logs are in "+dir)
		return errors.Join(err, temp.keep())
	}
	return errors.Join(err, temp.remove())
}

// hasDaemons refuses a name that is no engine's with daemons of its own.
func (a *app) hasDaemons(name string) error {
	if slices.Contains(a.clusterNames(), name) {
		return nil
	}
	if _, ok := a.parts.descriptors()[name]; !ok {
		return a.unknownEngine(name, a.clusterNames(), "streamgauge engine cluster %s")
	}
	return usagef("", "engine %s has no daemons of its own; those that have: %s", name, strings.Join(a.clusterNames(), ", "))
}

// clusterPlan has what the description of a cluster depends on: a job of one stage with a task for each slot.
func clusterPlan(name string, f clusterFlags) (engines.Plan, error) {
	const most = 1024
	command := "streamgauge engine cluster " + name
	if f.slots < 1 || f.slots > most {
		return engines.Plan{}, usagef(command+" --slots 10", "--slots %d: want 1 to %d", f.slots, most)
	}
	var heap scenario.Bytes
	if f.heap != "" {
		if err := heap.UnmarshalText([]byte(f.heap)); err != nil {
			return engines.Plan{}, usagef(command+" --heap 2GB", "--heap: %w", err)
		}
	}
	return engines.Plan{
		Contract: engines.Contract, Engine: name, Instance: name, Incarnation: 1, Job: *job.Identity(1), Partitions: int32(f.slots), Parallelism: f.slots,
		Limits:    engines.Limits{MaxRecordBytes: 4 << 20, HeapBytes: int64(heap)},
		Deadlines: engines.Deadlines{ReadyMS: (5 * time.Minute).Milliseconds()},
		Deploy:    &engines.Deploy{Kind: engines.DeployCluster},
	}, nil
}

// clusterDir makes a folder for a cluster: the one that was named, which must hold nothing, since daemons bring back what
// they find there; else one for temporary files, as which it is given too.
func clusterDir(ctx context.Context, name, named string) (string, *scratch, error) {
	if named == "" {
		temp, err := newScratch(ctx, "cluster")
		if err != nil {
			return "", nil, err
		}
		return temp.dir, temp, nil
	}
	dir, err := filepath.Abs(named)
	if err == nil {
		var held []os.DirEntry
		if held, err = os.ReadDir(dir); len(held) > 0 {
			return "", nil, usagef("streamgauge engine cluster "+name+" --dir NEW", "--dir %s: it holds %s; a cluster begins with an empty folder", named, held[0].Name())
		}
		if errors.Is(err, os.ErrNotExist) {
			err = os.MkdirAll(dir, 0o755)
		}
	}
	if err != nil {
		return "", nil, environment("name a folder that can be written with --dir", fmt.Errorf("making a folder for the cluster of %s: %w", name, err))
	}
	return dir, nil, nil
}

func (a *app) serveCluster(ctx context.Context, plan engines.Plan) error {
	if err := process.Subreap(); err != nil {
		a.complain("warning", "grandchildren are not waited for: "+err.Error())
	}
	if err := os.MkdirAll(plan.LogDir, 0o755); err != nil {
		return environment("check the disk", fmt.Errorf("making a folder for the logs of %s: %w", plan.Engine, err))
	}
	launch, err := a.parts.launch(ctx, plan)
	if err != nil {
		return err
	}
	c, err := cluster.Start(ctx, *launch.Cluster, cluster.Config{Name: plan.Engine, Start: 1, LogDir: plan.LogDir, Within: plan.ReadyWithin(),
		Tag: fmt.Sprintf("SG_CLUSTER=%s-%d", plan.Engine, os.Getpid()), Unset: launch.Unset})
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &exitError{code: exitEngine, err: err}
	}
	stop := func() error {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return c.Stop(limited)
	}
	if err := a.tellCluster(plan.Engine, launch.Cluster); err != nil {
		return errors.Join(err, stop())
	}
	select {
	case <-ctx.Done():
		return stop()
	case err := <-c.Lost():
		return errors.Join(&exitError{code: exitEngine, err: err}, stop())
	}
}

// tellCluster prints the addresses and how to use them.
func (a *app) tellCluster(name string, c *engines.Cluster) error {
	flags, set := "", ""
	for _, address := range slices.Sorted(maps.Keys(c.Addresses)) {
		flags += fmt.Sprintf(" --address %s=%s", address, c.Addresses[address])
		set += fmt.Sprintf(" --set engines.%s.addresses.%s=%s", name, address, c.Addresses[address])
	}
	for _, option := range slices.Sorted(maps.Keys(c.Options)) {
		flags += fmt.Sprintf(" --option %s=%s", option, c.Options[option])
		set += fmt.Sprintf(" --set engines.%s.options.%s=%s", name, option, c.Options[option])
	}
	_, err := fmt.Fprintf(a.stdout, `The cluster of %[1]s runs.
Check it: streamgauge engine check %[1]s --broker local --deploy remote%[2]s
Use it:   streamgauge run SCENARIO --set engines.%[1]s.deploy=remote%[3]s
End it:   Ctrl-C
`, name, flags, set)
	return err
}
