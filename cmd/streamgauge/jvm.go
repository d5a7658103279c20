package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/jvm"
	"github.com/streamgauge/streamgauge/harness"
)

// store is where JVM engines are installed. say is told each step; nil: nobody.
func store(say func(string)) (jvm.Store, error) {
	cache, err := cacheDir()
	if err != nil {
		return jvm.Store{}, err
	}
	return jvm.Store{Cache: filepath.Join(cache, "engines"), Sources: engines.Sources, Say: say}, nil
}

// jvmError gives an error of the installer its exit code and hint.
func jvmError(err error) error {
	if known := (*jvm.Error)(nil); errors.As(err, &known) {
		return environment(known.Hint, err)
	}
	return err
}

// prepareEngines checks the JVM engines among names, and installs those that are missing.
func (r *registry) prepareEngines(ctx context.Context, names []string, offline bool, say func(string)) error {
	told := false
	for _, name := range names {
		e, ok := r.jvms[name]
		if !ok {
			continue
		}
		if !told {
			tellUnset(say)
			told = true
		}
		s, err := store(say)
		if err != nil {
			return err
		}
		err = s.Verify(e)
		if errors.Is(err, jvm.ErrNotInstalled) {
			err = s.Install(ctx, e, offline)
		}
		if err == nil {
			err = s.FindJava(ctx, e) // now, not when a broker runs and others have been measured
		}
		if err != nil {
			return jvmError(err)
		}
	}
	return nil
}

// tellUnset says which variables of the environment are kept from engines. Of JAVA_HOME nothing is said: it is there for others.
func tellUnset(say func(string)) {
	for _, name := range jvm.Unset() {
		if name != "JAVA_HOME" && os.Getenv(name) != "" {
			say(name + " of the environment is kept from JVM engines; their flags are a scenario's jvm_flags")
		}
	}
}

// environ is the environment without what is kept from JVM engines.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(jvm.Unset(), name)
	})
}

// heap is what a JVM engine gets: what was asked for, or its default.
func (r *registry) heap(engine string, heap, maxRecord int64) int64 {
	return jvm.Heap(r.jvms[engine].Java, heap, maxRecord)
}

// copies is what is known of how many copies of a record a JVM engine's heap holds.
func (r *registry) copies(engine string) harness.Copies {
	j := r.jvms[engine].Java
	return harness.Copies{Ran: j.Copies, Failed: j.Failed}
}

// launch tells how the engine that a plan names is started. A JVM engine must have been prepared; its temporary files, and
// those of its cluster, go beside its state.
func (r *registry) launch(ctx context.Context, p engines.Plan) (engines.Launch, error) {
	e, ok := r.jvms[p.Engine]
	if !ok {
		self, err := os.Executable()
		if err != nil {
			return engines.Launch{}, fmt.Errorf("finding this program: %w", err)
		}
		return engines.Launch{Command: []string{self, "engine", "run", p.Engine}, Facts: kafkaClient()}, nil
	}
	s, err := store(nil)
	if err != nil {
		return engines.Launch{}, err
	}
	dir := filepath.Dir(filepath.Clean(p.StateDir))
	temp := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return engines.Launch{}, environment("check the disk", fmt.Errorf("making a folder for temporary files of %s: %w", p.Engine, err))
	}
	l := engines.Launch{Unset: jvm.Unset()}
	l.Command, err = s.Command(ctx, e, jvm.Launch{HeapBytes: p.Limits.HeapBytes, MaxRecordBytes: p.Limits.MaxRecordBytes,
		Client: p.Deploy != nil, Flags: p.JVMFlags, TempDir: temp, LogDir: p.LogDir})
	if err == nil && p.Deploy != nil && p.Deploy.Kind == engines.DeployCluster {
		l.Cluster, err = s.Cluster(ctx, e, p, filepath.Join(dir, "cluster"), temp)
	}
	if err == nil {
		l.Facts, err = s.Facts(ctx, e, l.Command)
	}
	return l, jvmError(err)
}

// kafkaClient tells what client of Kafka the engines in Go have; nil for a program built without knowledge of its modules.
func kafkaClient() map[string]any {
	const client = "github.com/twmb/franz-go"
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range b.Deps {
			if m.Path == client {
				return map[string]any{"kafka.clients": path.Base(client) + " " + m.Version}
			}
		}
	}
	return nil
}

// commandOf is the command that starts an installed JVM engine with a plan file, but for the plan.
func (a *app) commandOf(ctx context.Context, e engines.JVM, file string) ([]string, error) {
	plan, err := engines.ReadPlan(file)
	if err != nil {
		return nil, usagef("", "%w", err)
	}
	plan.Engine = e.Descriptor.Name
	s, err := store(nil)
	if err != nil {
		return nil, err
	}
	if err := s.Verify(e); err != nil {
		return nil, jvmError(err)
	}
	if d := plan.Deploy; d != nil && len(d.Addresses) == 0 {
		return nil, usagef("", "the plan has the engine's work done on a cluster of kind %q, without its addresses", d.Kind)
	}
	launch, err := a.parts.launch(ctx, plan)
	return launch.Command, err
}

// engineStart prints the command of a JVM engine, for who starts another main class as the engine itself is started.
func (a *app) engineStart() *cobra.Command {
	var plan string
	c := &cobra.Command{
		Use:     "command NAME --plan FILE",
		Hidden:  true, // for scripts/results
		Short:   "Print the command that starts a JVM engine, as a JSON list, without its last arguments --plan FILE",
		Example: "  streamgauge engine command storm --plan plan.json",
		Args:    arguments(1, 1, "NAME --plan FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			e, err := a.jvm(args[0])
			if err != nil {
				return err
			}
			command, err := a.commandOf(c.Context(), e, plan)
			if err != nil {
				return err
			}
			return a.printJSON(command)
		},
	}
	c.Flags().StringVar(&plan, "plan", "", "plan file")
	_ = c.MarkFlagRequired("plan")
	return c
}

// becomeJVM runs a JVM engine in place of this process.
func (a *app) becomeJVM(ctx context.Context, e engines.JVM, file string) error {
	command, err := a.commandOf(ctx, e, file)
	if err != nil {
		return err
	}
	err = syscall.Exec(command[0], append(command, "--plan", file), environ())
	return environment("", fmt.Errorf("starting %s: %w", command[0], err))
}
