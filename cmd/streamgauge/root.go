package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// app is the program with its streams and parts. Results go to stdout, talk to stderr.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	args           []string // of the command line, for the report
	parts          *registry
	traces         string // folder for the trace of a panic; empty: that for temporary files
}

const about = `streamgauge offers one sensor stream to several stream engines at the same time, on a schedule it alone controls,
observes only Kafka topics, judges every output against an oracle, and writes down everything needed to doubt the result.

Exit codes: 0 all well · 1 streamgauge itself failed · 2 wrong usage · 3 the environment · 4 an engine failed ·
5 a trial is invalid · 6 a verdict is wrong or a --fail-if rule holds · 130 interrupted.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "streamgauge",
		Short: "Compare stream engines on one stream, with the answers checked",
		Long:  about,
		Example: `  streamgauge run
  streamgauge run first-light --engine tuple --rate 2000/s
  streamgauge doctor`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef(c.CommandPath()+" --help lists the flags"+nearestFlag(c, err), "%w", err)
	})
	root.AddCommand(a.runCommand(), a.generateCommand(), a.reportCommand(), a.scenarioCommand(), a.engineCommand(), a.encodingCommand(), a.brokerCommand(),
		a.doctorCommand(), a.cleanCommand(), a.versionCommand())
	return root
}

// group makes a command that only has subcommands.
func group(name, short string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Aliases: []string{name + "s"}, Short: short, Args: noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(children...)
	return c
}

// noSuchCommand refuses words after a group: cobra would print the help and call it success.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	hint := c.CommandPath() + " --help lists the commands"
	if near := yamlstrict.Nearest(args[0], names); near != "" {
		hint = c.CommandPath() + " " + near
	}
	return usagef(hint, "unknown command %q for %s", args[0], c.CommandPath())
}

// arguments checks the number of arguments; names say what they are, as in the usage line.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef(c.CommandPath()+" "+names, "%s needs %s", c.CommandPath(), names)
		case len(args) > most:
			return usagef(c.CommandPath()+" --help shows how it is used", "unexpected argument %q", args[most])
		}
		return nil
	}
}

// nearestFlag ends a hint about an unknown flag with the one that was most likely meant.
func nearestFlag(c *cobra.Command, err error) string {
	got, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return ""
	}
	var names []string
	for flag := range strings.FieldsSeq(c.Flags().FlagUsages()) {
		if name, ok := strings.CutPrefix(flag, "--"); ok {
			names = append(names, name)
		}
	}
	if near := yamlstrict.Nearest(got, names); near != "" {
		return fmt.Sprintf("; did you mean --%s?", near)
	}
	return ""
}
