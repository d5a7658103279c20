package main

import (
	"io/fs"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// cutSetting takes KEY=VALUE apart.
func cutSetting(s string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(s, "=")
	return strings.TrimSpace(key), strings.TrimSpace(value), ok && strings.TrimSpace(key) != ""
}

// embeddedSource gives the text of an embedded scenario or job file, for excerpts; nil if there is none.
func embeddedSource(file string) []byte {
	for _, dir := range []string{".", "jobs"} {
		if b, err := fs.ReadFile(scenarios.Files, path.Join(dir, file)); err == nil {
			return b
		}
	}
	return nil
}

// completeScenarios offers the names of the scenarios to the shell, and files.
func completeScenarios(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, err := scenario.List(scenarios.Files)
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, l := range list {
		names = append(names, l.Name+"\t"+l.Title)
	}
	return names, cobra.ShellCompDirectiveDefault
}
