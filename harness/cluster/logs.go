package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// keptBytes is how much is kept of the end of a log below the cluster's home.
const keptBytes = 4 << 20

// Logs lists the files in which the cluster's processes write: those of the daemons, and those of what daemons have started, once
// the cluster has ended their copies.
func (c *Cluster) Logs() []string {
	var files []string
	for _, d := range c.running() {
		files = append(files, d.log)
	}
	c.mu.Lock()
	copies := c.mu.copies
	c.mu.Unlock()
	if copies == nil {
		copies = c.childLogs()
	}
	return append(files, copies...)
}

// childLogs finds the logs below the home that were written to since this start.
func (c *Cluster) childLogs() []string {
	var files []string
	home := os.DirFS(c.desc.Home)
	for _, pattern := range c.desc.Logs {
		found, _ := fs.Glob(home, pattern) // a malformed pattern finds nothing
		for _, name := range found {
			if info, err := fs.Stat(home, name); err == nil && !info.ModTime().Before(c.began) {
				files = append(files, filepath.Join(c.desc.Home, filepath.FromSlash(name)))
			}
		}
	}
	return files
}

// keepLogs copies what daemons' children wrote beside the daemons' own logs: the home may go with the run's state, and it is where
// a worker says why it failed. What cannot be copied is left out, for a log must not be a failure of its own.
func (c *Cluster) keepLogs() {
	var copies []string
	for i, file := range c.childLogs() {
		name := filepath.Join(c.cfg.LogDir, fmt.Sprintf("%s-child-%d-%d.log", c.cfg.Name, c.cfg.Start, i+1))
		if copyEnd(file, name) == nil {
			copies = append(copies, name)
		}
	}
	c.mu.Lock()
	c.mu.copies = copies
	c.mu.Unlock()
}

// copyEnd copies the last keptBytes of a file.
func copyEnd(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && info.Size() > keptBytes {
		if _, err := in.Seek(-keptBytes, io.SeekEnd); err != nil {
			return err
		}
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, keptBytes))
	return errors.Join(err, out.Close())
}
