package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/result"
)

func (a *app) reportCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the reports of a run again, from its run.json",
		Example: `  streamgauge report runs/20260102-150405-first-light
  streamgauge report runs/20260102-150405-first-light/run.json`,
		Args: arguments(1, 1, "RUN"),
		RunE: func(_ *cobra.Command, args []string) error {
			res, dir, err := readRun(args[0])
			if err != nil {
				return err
			}
			return a.present(res, dir, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print run.json instead of the table")
	return c
}

// readRun reads the result in a run folder, or a run.json.
func readRun(path string) (*result.Run, string, error) {
	dir := path
	if filepath.Ext(path) == ".json" {
		dir = filepath.Dir(path)
	} else {
		path = filepath.Join(path, "run.json")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "name a run folder, such as the newest below runs/"
		}
		return nil, "", usagef(hint, "reading the result: %w", err)
	}
	var res result.Run
	if err := json.Unmarshal(b, &res); err != nil {
		return nil, "", usagef("", "reading the result %s: %w", path, err)
	}
	if res.Schema != result.Schema {
		return nil, "", usagef("use the version of streamgauge that wrote it", "reading the result %s: schema %d; this version reads %d",
			path, res.Schema, result.Schema)
	}
	return &res, dir, nil
}
