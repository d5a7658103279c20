package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func (a *app) engineInstall() *cobra.Command {
	var all, offline bool
	c := &cobra.Command{
		Use:   "install NAME… | --all",
		Short: "Build JVM engines and fetch what they need, once",
		Long: `install builds the adapters of JVM engines with Maven from the sources in this program and fetches the engines themselves,
into the user's cache. Every jar is held against a lock in this program, now and before each start. What is installed is
checked, and built anew if it is damaged. A run installs what it needs by itself; it needs Java 17 and Maven.`,
		Example: `  streamgauge engine install storm
  streamgauge engine install --all
  streamgauge engine install storm spark --offline`,
		ValidArgsFunction: a.completeJVMs,
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("streamgauge engine install "+strings.Join(a.jvmNames(), " "), "engine install needs names, or --all")
			}
			if all {
				args = a.jvmNames()
			}
			return a.install(c.Context(), args, offline)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every JVM engine")
	c.Flags().BoolVar(&offline, "offline", false, "fetch nothing from the network: build from what Maven has kept")
	return c
}

func (a *app) jvmNames() []string { return slices.Sorted(maps.Keys(a.parts.jvms)) }

func (a *app) completeJVMs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return a.jvmNames(), cobra.ShellCompDirectiveNoFileComp
}

// install installs engines by name, and goes on to the next when one cannot be.
func (a *app) install(ctx context.Context, names []string, offline bool) error {
	outliveReaders()
	var list []engines.JVM
	for _, name := range names {
		e, err := a.jvm(name)
		if err != nil {
			return err
		}
		list = append(list, e)
	}
	s, err := store(func(line string) { fmt.Fprintln(a.stderr, line) })
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range list {
		err := s.Install(ctx, e, offline)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			errs = append(errs, jvmError(err))
			continue
		}
		st, err := s.State(e)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s %s: %d jars, %s in %s\n", e.Descriptor.Name, e.Descriptor.Version, st.Jars, scenario.Bytes(st.Bytes), st.Dir)
	}
	return errors.Join(errs...)
}

// jvm finds a JVM engine by name.
func (a *app) jvm(name string) (engines.JVM, error) {
	if e, ok := a.parts.jvms[name]; ok {
		return e, nil
	}
	if _, ok := a.parts.engines[name]; ok {
		return engines.JVM{}, usagef("streamgauge engine check "+name, "engine %s is part of this program: there is nothing to install", name)
	}
	return engines.JVM{}, a.unknownEngine(name, a.jvmNames(), "streamgauge engine install %s")
}

func (a *app) engineLock() *cobra.Command {
	return &cobra.Command{
		Use:     "lock NAME",
		Hidden:  true, // for the adapters' authors: scripts/lock-engines
		Short:   "Build a JVM engine without its lock and print the lock it would have",
		Example: "  streamgauge engine lock storm",
		Args:    arguments(1, 1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			e, err := a.jvm(args[0])
			if err != nil {
				return err
			}
			s, err := store(func(line string) { fmt.Fprintln(a.stderr, line) })
			if err != nil {
				return err
			}
			return jvmError(s.Lock(c.Context(), e, a.stdout))
		},
	}
}
