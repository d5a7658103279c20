package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/broker/local"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// adminTimeout bounds the conversation with a broker that may not be there.
const adminTimeout = 30 * time.Second

func (a *app) cleanCommand() *cobra.Command {
	var address, config, out string
	var yes bool
	c := &cobra.Command{
		Use:   "clean",
		Short: "Remove what broken-off runs and older versions left behind",
		Long: `clean lists what runs that were broken off left behind: topics and consumer groups named ` + topic.Prefix + `* on the broker given,
processes below a cluster's daemons, state, brokers, stores and captures in run folders, objects of runs in S3, folders of killed
checks and clusters among the temporary files, and in the cache JVM engines that this version does not use and what killed
installations left. With --yes it removes them. Results stay. Runs in progress look the same as broken-off ones, so do not clean a broker or a folder that is in use.`,
		Example: `  streamgauge clean
  streamgauge clean --broker localhost:9092
  streamgauge clean --broker localhost:9092 --yes`,
		Args: arguments(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			a.cleanProcesses(yes) // first: they may still write
			err := errors.Join(a.cleanFolders(out, yes), a.cleanStores(c.Context(), out, yes), a.cleanBuilds(yes), a.cleanScratch(yes))
			if address != "" || config != "" {
				err = errors.Join(err, a.cleanBroker(c.Context(), address, config, yes))
			}
			return err
		},
	}
	c.Flags().StringVar(&address, "broker", "", "HOST:PORT[,HOST:PORT…] to look at")
	c.Flags().StringVar(&config, "broker-config", "", "client.properties with TLS and SASL settings")
	c.Flags().StringVarP(&out, "output", "o", "runs", "folder of run folders")
	c.Flags().BoolVar(&yes, "yes", false, "remove, instead of listing only")
	return c
}

// cleanProcesses ends what a cluster's daemons had started when the run was killed.
func (a *app) cleanProcesses(yes bool) {
	for _, o := range process.Orphans("SG_RUN=", "SG_CLUSTER=") {
		a.report(yes, "process", fmt.Sprintf("%d: %s", o.PID, o.Command))
		if yes {
			_ = syscall.Kill(o.PID, syscall.SIGKILL) // it may have ended by itself
		}
	}
}

// cleanFolders removes what a finished run would have removed from its folder.
func (a *app) cleanFolders(out string, yes bool) error {
	var errs []error
	for _, name := range harness.Passing() {
		found, err := inRuns(out, name)
		if err != nil {
			return err
		}
		for _, path := range found {
			kind := "folder"
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				kind = "file"
			}
			a.report(yes, kind, path)
			if yes {
				errs = append(errs, os.RemoveAll(path))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return environment("remove them by hand", fmt.Errorf("cleaning run folders: %w", err))
	}
	return nil
}

// inRuns lists what is there by a name in the run folders below out. A run folder has a ledger or a result; anything else is not ours to
// touch. The folder may have any name, also one that means more to patterns.
func inRuns(out, name string) ([]string, error) {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, environment("name the folder of run folders with -o", fmt.Errorf("looking for run folders: %w", err))
	}
	var found []string
	for _, e := range entries {
		dir := filepath.Join(out, e.Name())
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil && isRunFolder(dir) {
			found = append(found, filepath.Join(dir, name))
		}
	}
	return found, nil
}

// cleanBuilds removes what other versions of this program installed of the JVM engines, and what killed installations of them
// and of Kafka left.
func (a *app) cleanBuilds(yes bool) error {
	s, err := store(nil)
	if err != nil {
		return err
	}
	unused, err := s.Unused(slices.Collect(maps.Values(a.parts.jvms)))
	if err != nil {
		return environment("", err)
	}
	halves, err1 := s.Abandoned()
	kafkas, err2 := local.Abandoned(filepath.Dir(s.Cache))
	if err := errors.Join(err1, err2); err != nil {
		return environment("", err)
	}
	var errs []error
	for _, dir := range slices.Concat(unused, halves, kafkas) {
		kind := "engine"
		if !slices.Contains(unused, dir) {
			kind = "folder"
		}
		a.report(yes, kind, dir)
		if yes {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return environment("remove them by hand", fmt.Errorf("cleaning the cache: %w", err))
	}
	return nil
}

func isRunFolder(dir string) bool {
	for _, name := range []string{"run.json", "observations"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func (a *app) cleanBroker(ctx context.Context, address, config string, yes bool) error {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	var bootstrap []string
	if address != "" {
		bootstrap = strings.Split(address, ",")
	}
	opts, err := broker.ClientOptions(bootstrap, config, 0)
	if err != nil {
		return usagef("streamgauge clean --broker localhost:9092", "%w", err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return usagef("", "%w", err)
	}
	defer client.Close()
	admin := topic.NewAdmin(client)
	left, err := admin.Leftovers(ctx)
	if err != nil {
		return environment("check the address, and with --broker-config the security settings",
			fmt.Errorf("listing what is left on %s: %w", address, err))
	}
	for _, name := range left.Topics {
		a.report(yes, "topic", name)
	}
	for _, name := range left.Groups {
		a.report(yes, "group", name)
	}
	if !yes {
		return nil
	}
	// Groups first: a group is in the way of nothing, but one with members tells that a run is still at work.
	if err := admin.DeleteGroups(ctx, left.Groups); err != nil {
		return environment("a run may still be using it", fmt.Errorf("cleaning %s: %w", address, err))
	}
	if err := admin.Delete(ctx, left.Topics); err != nil {
		return environment("", fmt.Errorf("cleaning %s: %w", address, err))
	}
	return nil
}

// report prints what is, or would be, removed.
func (a *app) report(done bool, kind, name string) {
	verb := "would remove"
	if done {
		verb = "removing"
	}
	fmt.Fprintf(a.stdout, "%s %s %s\n", verb, kind, name)
}
