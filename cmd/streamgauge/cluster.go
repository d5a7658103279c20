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
  streamgauge engine cluster storm --heap 2GiB
  streamgauge engine cluster spark --slots 20 --dir spark-cluster`,
		Args: arguments(1, 1, "NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.clusterNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return a.runCluster(c.Context(), args[0], f) },
	}
	c.Flags().IntVar(&f.slots, "slots", 10, "tasks that can run at once, where the engine counts them: Flink and Spark")
	c.Flags().StringVar(&f.heap, "heap", "", "heap of the process that does the work, such as 2GiB; default: the engine's own")
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
	e, err := a.jvm(name)
	if err != nil {
		return err
	}
	if e.Cluster == nil {
		return usagef("", "engine %s has no daemons of its own; those that have: %s", name, strings.Join(a.clusterNames(), ", "))
	}
	plan, err := clusterPlan(name, f)
	if err != nil {
		return err
	}
	if err := a.parts.prepareEngines(ctx, []string{name}, f.offline, func(line string) { fmt.Fprintln(a.stderr, line) }); err != nil {
		return err
	}
	dir, remove, err := clusterDir(f.dir)
	if err != nil {
		return environment("check the disk", fmt.Errorf("making a folder for the cluster of %s: %w", name, err))
	}
	plan.StateDir, plan.LogDir = filepath.Join(dir, "state"), filepath.Join(dir, "logs")
	if err := os.MkdirAll(plan.LogDir, 0o755); err != nil {
		return environment("check the disk", fmt.Errorf("making a folder for the logs of %s: %w", name, err))
	}
	return errors.Join(a.serveCluster(ctx, plan), remove())
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
			return engines.Plan{}, usagef(command+" --heap 2GiB", "--heap: %w", err)
		}
	}
	return engines.Plan{
		Contract: engines.Contract, Engine: name, Instance: name, Incarnation: 1, Job: *job.Identity(1), Partitions: int32(f.slots), Parallelism: f.slots,
		Limits:    engines.Limits{MaxRecordBytes: 4 << 20, HeapBytes: int64(heap)},
		Deadlines: engines.Deadlines{ReadyMS: (5 * time.Minute).Milliseconds()},
		Deploy:    &engines.Deploy{Kind: engines.DeployCluster},
	}, nil
}

// clusterDir is the folder that was named, which stays, or one that remove takes away.
func clusterDir(named string) (dir string, remove func() error, err error) {
	if named != "" {
		dir, err = filepath.Abs(named)
		return dir, func() error { return nil }, err
	}
	dir, err = os.MkdirTemp("", "streamgauge-cluster-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

func (a *app) serveCluster(ctx context.Context, plan engines.Plan) error {
	launch, err := a.parts.launch(ctx, plan)
	if err != nil {
		return err
	}
	c, err := cluster.Start(ctx, *launch.Cluster, cluster.Config{Name: plan.Engine, Start: 1, LogDir: plan.LogDir, Within: plan.ReadyWithin(),
		Tag: fmt.Sprintf("SG_CLUSTER=%s-%d", plan.Engine, os.Getpid())})
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
	if err := a.tellCluster(plan.Engine, launch.Cluster.Addresses); err != nil {
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
func (a *app) tellCluster(name string, addresses map[string]string) error {
	flags, set := "", ""
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		flags += fmt.Sprintf(" --address %s=%s", address, addresses[address])
		set += fmt.Sprintf(" --set engines.%s.addresses.%s=%s", name, address, addresses[address])
	}
	_, err := fmt.Fprintf(a.stdout, `The cluster of %[1]s runs.
Check it: streamgauge engine check %[1]s --broker local --deploy remote%[2]s
Use it:   streamgauge run SCENARIO --set engines.%[1]s.deploy=remote%[3]s
End it:   Ctrl-C
`, name, flags, set)
	return err
}
