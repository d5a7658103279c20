package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/broker/embedded"
	"github.com/streamgauge/streamgauge/harness/broker/local"
	"github.com/streamgauge/streamgauge/harness/broker/remote"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func (a *app) brokerCommand() *cobra.Command {
	return group("broker", "Keep a real Kafka running between runs", a.brokerStart(), a.brokerStop(), a.brokerStatus(),
		a.brokerServeEmbedded())
}

// serveEmbedded are the arguments by which this binary becomes the embedded broker.
func serveEmbedded() []string { return []string{"broker", "serve-embedded"} }

// cacheDir is where downloads and the kept broker live.
func cacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", environment("set HOME or XDG_CACHE_HOME", fmt.Errorf("finding a folder for downloads: %w", err))
	}
	return filepath.Join(cache, "streamgauge"), nil
}

// stateFile describes the kept broker.
func stateFile(cache string) string { return filepath.Join(cache, "broker", "state.json") }

// startBroker starts, or reaches, a broker of any kind. A local one that is kept running is used as it is.
func (r *registry) startBroker(ctx context.Context, spec broker.Spec, offline bool, say func(string)) (broker.Broker, error) {
	switch spec.Kind {
	case broker.Embedded:
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program: %w", err)
		}
		return embedded.Start(ctx, spec, self, serveEmbedded())
	case broker.Local:
		return startLocal(ctx, spec, offline, say)
	case broker.Remote:
		return remote.Open(ctx, spec)
	}
	return nil, fmt.Errorf("unknown kind of broker %q", spec.Kind)
}

func startLocal(ctx context.Context, spec broker.Spec, offline bool, say func(string)) (broker.Broker, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	kept, err := keptBroker(ctx, spec)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		say("using the kept broker at " + strings.Join(kept.Info().Bootstrap, ","))
		return kept, nil
	}
	if err := local.Install(ctx, cache, offline, say); err != nil {
		return nil, err
	}
	return local.Start(ctx, spec, local.Config{CacheDir: cache, Throughput: true})
}

// keptBroker is the local broker that is kept running; nil: there is none. Errors: one that does not fit the run.
func keptBroker(ctx context.Context, spec broker.Spec) (broker.Broker, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	kept, err := local.ReadState(stateFile(cache))
	switch {
	case errors.Is(err, local.ErrNotRunning), err == nil && kept.Alive() == 0:
		return nil, nil
	case err != nil:
		return nil, err
	}
	b, err := local.Attach(ctx, kept, spec)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// findBroker gives the broker that a run will use as it is: a remote one, or a local one that is kept. nil: the run starts its own.
func (r *registry) findBroker(ctx context.Context, spec broker.Spec) (broker.Broker, error) {
	switch spec.Kind {
	case broker.Remote:
		b, err := remote.Open(ctx, spec)
		if err != nil {
			return nil, err
		}
		return b, nil
	case broker.Local:
		return keptBroker(ctx, spec)
	}
	return nil, nil
}

func (a *app) brokerStart() *cobra.Command {
	var nodes int
	var maxRecord string
	var offline bool
	c := &cobra.Command{
		Use:   "start",
		Short: "Start Kafka and keep it running; runs with --broker local then use it",
		Example: `  streamgauge broker start
  streamgauge broker start --nodes 3 --max-record 110MB`,
		Args: arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			if nodes != 1 && nodes != 3 {
				return usagef("streamgauge broker start --nodes 3", "--nodes %d: want 1 or 3", nodes)
			}
			var size scenario.Bytes
			if err := size.UnmarshalText([]byte(maxRecord)); err != nil {
				return usagef("streamgauge broker start --max-record 110MB", "--max-record: %w", err)
			}
			return a.keepBroker(c.Context(), nodes, int64(size), offline)
		},
	}
	c.Flags().IntVar(&nodes, "nodes", 1, "nodes, 1 or 3")
	c.Flags().StringVar(&maxRecord, "max-record", "4MB", "largest record it must take")
	c.Flags().BoolVar(&offline, "offline", false, "fetch nothing from the network")
	return c
}

func (a *app) keepBroker(ctx context.Context, nodes int, maxRecord int64, offline bool) error {
	outliveReaders() // what was started must be ended, or written down
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	say := func(text string) { fmt.Fprintln(a.stderr, text) }
	if err := local.Install(ctx, cache, offline, say); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return environment("streamgauge doctor says what is missing", err)
	}
	home := filepath.Dir(stateFile(cache))
	spec := broker.Spec{Kind: broker.Local, Nodes: nodes, MaxRecordBytes: maxRecord,
		Dir: filepath.Join(home, "data"), LogDir: filepath.Join(home, "logs")}
	s, err := local.Keep(ctx, spec, local.Config{CacheDir: cache, Throughput: true}, stateFile(cache))
	switch {
	case errors.Is(err, local.ErrRunning):
		return usagef("streamgauge broker stop", "%w", err)
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return environment("the logs are in "+spec.LogDir+"; streamgauge broker stop removes what an earlier one left, or says why it cannot", err)
	}
	return a.printKept(s)
}

// printKept describes a kept broker and how to use it.
func (a *app) printKept(s local.State) error {
	state := "runs"
	if alive := s.Alive(); alive < len(s.Nodes) {
		state = fmt.Sprintf("is damaged: %d of %d nodes run", alive, len(s.Nodes))
	}
	_, err := fmt.Fprintf(a.stdout, "Kafka %s %s on %s since %s, records up to %s.\nUse it: streamgauge run --broker local\nStop it: streamgauge broker stop\n",
		s.Version, state, strings.Join(s.Bootstrap, ","), s.Since.Format(time.DateTime), scenario.Bytes(s.MaxRecordBytes))
	return err
}

func (a *app) brokerStatus() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "status",
		Short:   "Say whether a broker is kept, and where",
		Example: "  streamgauge broker status\n  streamgauge broker status --json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			cache, err := cacheDir()
			if err != nil {
				return err
			}
			s, err := local.ReadState(stateFile(cache))
			none := errors.Is(err, local.ErrNotRunning) || err == nil && s.Alive() == 0
			switch {
			case none && asJSON:
				return a.printJSON(nil)
			case none:
				_, err := fmt.Fprintln(a.stdout, "No broker is kept.")
				return err
			case err != nil:
				return environment("streamgauge broker stop", err)
			case asJSON:
				return a.printJSON(s)
			}
			return a.printKept(s)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, null if there is none")
	return c
}

func (a *app) brokerStop() *cobra.Command {
	return &cobra.Command{
		Use:     "stop",
		Short:   "Stop the kept broker and remove its data",
		Example: "  streamgauge broker stop",
		Args:    arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			cache, err := cacheDir()
			if err != nil {
				return err
			}
			text := "Stopped."
			if err := local.StopFromState(c.Context(), stateFile(cache)); errors.Is(err, local.ErrNotRunning) {
				text = "No broker is kept."
			} else if err != nil {
				return environment("a file that cannot be read: remove it, once none of its Kafka runs", err)
			}
			_, err = fmt.Fprintln(a.stdout, text)
			return err
		},
	}
}

// brokerServeEmbedded is the child of the embedded broker.
func (a *app) brokerServeEmbedded() *cobra.Command {
	return &cobra.Command{
		Use:    "serve-embedded CONFIG",
		Short:  "Be the embedded broker: what a run starts as a child",
		Hidden: true,
		Args:   arguments(1, 1, "CONFIG"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := embedded.ParseConfig(args[0])
			if err != nil {
				return usagef("", "%w", err)
			}
			cfg.Ready = a.stdout
			return embedded.Serve(c.Context(), cfg, a.stdin)
		},
	}
}
