package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/streamgauge/streamgauge/harness/jars"
)

// scratch is a folder for the temporary files of one command. It holds a file that is locked while the command runs: one that is
// there and not locked tells clean that the command was killed.
type scratch struct {
	dir     string
	release func()
}

const (
	scratchPrefix = "streamgauge-"
	scratchLock   = "in-use"
)

// newScratch makes a folder for a kind of command in the folder for temporary files.
func newScratch(ctx context.Context, kind string) (*scratch, error) {
	dir, err := os.MkdirTemp("", scratchPrefix+kind+"-")
	if err != nil {
		return nil, environment("set TMPDIR to a folder that may be written", fmt.Errorf("making a folder for temporary files: %w", err))
	}
	release, err := jars.Hold(ctx, filepath.Join(dir, scratchLock))
	if err != nil {
		return nil, errors.Join(environment("", err), os.RemoveAll(dir))
	}
	return &scratch{dir, release}, nil
}

// remove removes the folder.
func (s *scratch) remove() error {
	s.release()
	if err := os.RemoveAll(s.dir); err != nil {
		return environment("remove it by hand", fmt.Errorf("removing temporary files: %w", err))
	}
	return nil
}

// keep leaves the folder to the user, and clean does not touch it any more.
func (s *scratch) keep() error {
	defer s.release() // last: no clean comes in between
	return os.Remove(filepath.Join(s.dir, scratchLock))
}

// cleanScratch removes the folders of commands that were killed. Those of other users are passed over.
func (a *app) cleanScratch(yes bool) error {
	files, err := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*", scratchLock))
	errs := []error{err}
	now, cancel := context.WithCancel(context.Background())
	cancel() // a lock that somebody holds is not waited for
	for _, file := range files {
		release, err := jars.Hold(now, file)
		if errors.Is(err, context.Canceled) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		a.report(yes, "folder", filepath.Dir(file))
		if yes {
			errs = append(errs, os.RemoveAll(filepath.Dir(file)))
		}
		release()
	}
	if err := errors.Join(errs...); err != nil {
		return environment("remove them by hand", fmt.Errorf("cleaning temporary files: %w", err))
	}
	return nil
}
