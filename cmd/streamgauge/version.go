package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/result"
)

// versionInfo is what `version --json` prints: enough to build the same binary again.
type versionInfo struct {
	result.Tool
	Go      string            `json:"go"`
	OS      string            `json:"os"`
	Arch    string            `json:"arch"`
	Method  string            `json:"method"` // how figures are obtained; numbers of different methods are not comparable
	Modules map[string]string `json:"modules"`
}

func tool() result.Tool { return result.Tool{Version: version, Commit: commit} }

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  streamgauge version\n  streamgauge version --json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			v := versionInfo{Tool: tool(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
				Method: result.Method, Modules: map[string]string{}}
			if b, ok := debug.ReadBuildInfo(); ok {
				for _, m := range b.Deps {
					v.Modules[m.Path] = m.Version
				}
			}
			if asJSON {
				return a.printJSON(v)
			}
			_, err := fmt.Fprintf(a.stdout, "streamgauge %s (%s), method %s, %s %s/%s\n", v.Version, v.Commit, v.Method, v.Go, v.OS, v.Arch)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the versions of all modules")
	return c
}

// printJSON prints a result to standard output, indented.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	return nil
}
