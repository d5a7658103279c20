package main

import (
	"encoding/json"
	"errors"
	"fmt"
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

// readRun reads the result in a run folder, or in a file.
func readRun(path string) (*result.Run, string, error) {
	dir := path
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		dir = filepath.Dir(path)
	} else {
		path = filepath.Join(path, "run.json")
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isRunFolder(dir):
		return nil, "", usagef("streamgauge clean lists what such a run left behind",
			"reading the result: %s has none: the run is in progress, or was killed before it could write one", dir)
	case err != nil:
		return nil, "", usagef("name a run folder, such as the newest below runs/", "reading the result: %w", err)
	}
	var res result.Run
	if err := json.Unmarshal(b, &res); err != nil {
		return nil, "", usagef("it is damaged, or no result of a run; name a run folder, such as the newest below runs/",
			"reading the result %s: %w%s", path, err, place(err))
	}
	switch {
	case res.Schema == 0:
		return nil, "", usagef("name a run folder, such as the newest below runs/", "reading the result %s: it is JSON, but no result of a run", path)
	case res.Schema != result.Schema:
		return nil, "", usagef("use the version of streamgauge that wrote it", "reading the result %s: schema %d; this version reads %d",
			path, res.Schema, result.Schema)
	}
	return &res, dir, nil
}

// place tells where JSON is damaged, if the error does.
func place(err error) string {
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		return fmt.Sprintf(" at byte %d", e.Offset)
	}
	return ""
}
