package cluster

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/streamgauge/streamgauge/engines"
)

// write brings the files and links of a cluster up to date. What else its home holds stays: it is the cluster's state.
func write(c engines.Cluster) error {
	if err := os.MkdirAll(c.Home, 0o755); err != nil {
		return err
	}
	for name, text := range c.Files {
		file := filepath.Join(c.Home, name)
		// Configurations may hold passwords.
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			return err
		}
	}
	for name, targets := range c.Links {
		if err := link(filepath.Join(c.Home, name), targets); err != nil {
			return err
		}
	}
	return nil
}

// link makes a folder that shows the targets and nothing else.
func link(dir string, targets []string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	for _, target := range targets {
		if err := os.Symlink(target, filepath.Join(dir, filepath.Base(target))); err != nil {
			return err
		}
	}
	return nil
}
