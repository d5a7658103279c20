// Package folder is a store of messages in a folder of a file system: one file an object. Objects are written beside their
// place and renamed, so that a reader never sees half of one; they are not forced to disk unless the store is told to,
// since what a trial has to survive is the end of a process and not of the machine. All processes of a trial must see the
// folder.
package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/streamgauge/streamgauge/harness/payload"
)

// Store is a folder. The zero value stores below the working folder.
type Store struct {
	Dir  string
	Sync bool // force each object to disk before it can be seen
}

// Put writes an object. Errors: *fs.PathError.
func (s Store) Put(name string, content []byte) error {
	path, ok := s.path(name)
	if !ok {
		return fmt.Errorf("storing an object: %w", &fs.PathError{Op: "put", Path: name, Err: fs.ErrInvalid})
	}
	if err := s.write(path, content); err != nil {
		return fmt.Errorf("storing an object: %w", err)
	}
	return nil
}

func (s Store) write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && s.Sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Open opens an object. Errors: fs.ErrNotExist.
func (s Store) Open(name string) (io.ReadCloser, error) {
	path, ok := s.path(name)
	if !ok {
		return nil, fmt.Errorf("opening an object: %w", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist})
	}
	f, err := os.Open(path)
	if errors.Is(err, syscall.ENOTDIR) { // an object lies where the name has a folder
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, fmt.Errorf("opening an object: %w", err)
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(fmt.Errorf("opening an object: %w", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}), f.Close())
	}
	return f, nil
}

// path is where an object lies. No name begins like a file that is still being written.
func (s Store) path(name string) (string, bool) {
	return filepath.Join(s.Dir, filepath.FromSlash(name)), payload.ValidName(name)
}
