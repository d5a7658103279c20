package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

func (a *app) scenarioCommand() *cobra.Command {
	return group("scenario", "List, show and begin scenarios", a.scenarioList(), a.scenarioShow(), a.scenarioNew())
}

func (a *app) scenarioList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios in this binary",
		Example: "  streamgauge scenario list\n  streamgauge scenarios list --json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			list, err := scenario.List(scenarios.Files)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(list)
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tJOB\tLOAD\tENGINES\tTITLE")
			for _, l := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Name, l.Job, l.Load, strings.Join(l.Engines, ","), l.Title)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) scenarioShow() *cobra.Command {
	var job, resolved bool
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a scenario, or a job, as it is written",
		Example: `  streamgauge scenario show first-light
  streamgauge scenario show first-light --resolved
  streamgauge scenario show alert --job`,
		Args:              arguments(1, 1, "NAME"),
		ValidArgsFunction: completeScenarios,
		RunE: func(_ *cobra.Command, args []string) error {
			if resolved {
				return a.showResolved(args[0])
			}
			show, flag := scenario.Show, ""
			if job {
				show, flag = scenario.ShowJob, " --job"
			}
			b, err := show(scenarios.Files, args[0])
			if err != nil {
				return scenarioError(err, "streamgauge scenario show"+flag, embeddedSource)
			}
			_, err = a.stdout.Write(b)
			return err
		},
	}
	c.Flags().BoolVar(&job, "job", false, "show the job of that name")
	c.Flags().BoolVar(&resolved, "resolved", false, "print JSON with defaults filled in and the job loaded, as a result stores it")
	return c
}

func (a *app) showResolved(name string) error {
	s, err := a.readScenario(name, &runFlags{})
	if err != nil {
		return err
	}
	b, err := s.Redacted()
	if err != nil {
		return err
	}
	return a.printJSON(b)
}

func (a *app) scenarioNew() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "new FILE",
		Short: "Write a scenario file to change, begun from one in this binary",
		Example: `  streamgauge scenario new mine.yaml
  streamgauge scenario new mine.yaml --from first-light`,
		Args: arguments(1, 1, "FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := scenario.Show(scenarios.Files, from)
			if err != nil {
				return scenarioError(err, "streamgauge scenario new "+args[0]+" --from", embeddedSource)
			}
			return a.writeNew(args[0], b, "streamgauge run %s --dry-run")
		},
	}
	c.Flags().StringVar(&from, "from", defaultScenario, "scenario to copy")
	return c
}

// writeNew writes a file that must not exist yet, and names the command that takes it.
func (a *app) writeNew(path string, b []byte, next string) error {
	if !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".yml") {
		path += ".yaml"
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("choose another name", "writing %s: there is such a file already", path)
	}
	if err != nil {
		return environment("choose another folder", fmt.Errorf("writing %s: %w", path, err))
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // it is not whole, and the next try would find that there is such a file already
		return environment("", fmt.Errorf("writing %s: %w", path, err))
	}
	_, err = fmt.Fprintf(a.stdout, "Wrote %s. Next: "+next+"\n", path, "./"+strings.TrimPrefix(path, "./"))
	return err
}
