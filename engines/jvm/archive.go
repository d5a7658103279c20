package jvm

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/jars"
)

// archives is the folder of the cache that keeps source distributions.
const archives = "archives"

// archive brings the jars of a source distribution on PyPI to lib.
func (s Store) archive(ctx context.Context, a *engines.Archive, m *module, lib string, offline bool) error {
	file := filepath.Join(s.Cache, archives, a.File)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := s.fetchArchive(ctx, a, m, file, offline); err != nil {
		return err
	}
	s.say("%s: taking the jars out of %s", m.name, a.File)
	n, err := extract(ctx, file, a, lib)
	if err != nil {
		return fmt.Errorf("taking the jars out of %s: %w", file, err)
	}
	if n == 0 {
		return fmt.Errorf("taking the jars out of %s: there is none in %s", file, a.Jars)
	}
	return nil
}

// fetchArchive has pip download the archive, unless the one that the lock names is there.
func (s Store) fetchArchive(ctx context.Context, a *engines.Archive, m *module, file string, offline bool) error {
	sum, err := jars.Hash(file)
	if err == nil && (m.lock == nil || sum == m.lock[a.File]) {
		return nil
	}
	if offline {
		return &Error{fmt.Errorf("%w: %s is not in the cache", ErrNotInstalled, a.File), "run it once without --offline"}
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		return &Error{fmt.Errorf("Python is missing (%w); its pip fetches %s", err, a.File),
			"install it (Debian, Ubuntu: apt install python3-pip; macOS: brew install python)"}
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.say("%s: fetching %s from PyPI with pip (%s)", m.name, a.File, size(a.Bytes))
	p := newProgress(m.name, s.say)
	p.onDisk = dir
	p.start("pip also unpacks it once, to look at it")
	err = jars.Run(ctx, jars.Program{Path: python, Dir: dir, Env: []string{"TMPDIR=" + dir}, Args: []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--no-binary", ":all:", "--dest", dir, a.Package + "==" + a.Version}})
	p.stop()
	if err != nil {
		return pipError(err, a)
	}
	got := filepath.Join(dir, a.File)
	if sum, err = jars.Hash(got); err != nil {
		return fmt.Errorf("fetching %s with pip: %w", a.File, err)
	}
	if m.lock != nil && sum != m.lock[a.File] {
		return &Error{fmt.Errorf("%s from PyPI has SHA-256 %s, the lock has %s", a.File, sum, m.lock[a.File]), "check the index that pip asks: pip config list"}
	}
	return os.Rename(got, file)
}

func pipError(err error, a *engines.Archive) error {
	failed := (*jars.OutputError)(nil)
	if !errors.As(err, &failed) {
		return err
	}
	err = fmt.Errorf("fetching %s with pip: %w", a.File, err)
	text := string(failed.Output)
	if strings.Contains(text, "No module named pip") {
		return &Error{err, "install pip (Debian, Ubuntu: apt install python3-pip)"}
	}
	if isFull(err) {
		return &Error{err, "make room on the disk of the cache and of the folder for temporary files"}
	}
	return &Error{err, "check the network, and the index or proxy that pip is set to: python3 -m pip config list"}
}

// extract writes the jars of the archive to lib and tells how many.
func extract(ctx context.Context, file string, a *engines.Archive, lib string) (n int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	for r := tar.NewReader(z); ctx.Err() == nil; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if h.Typeflag != tar.TypeReg || path.Dir(h.Name) != a.Jars || path.Ext(h.Name) != ".jar" || leftOut(a, path.Base(h.Name)) {
			continue
		}
		if err := write(filepath.Join(lib, path.Base(h.Name)), r); err != nil {
			return n, err
		}
		n++
	}
	return n, context.Cause(ctx)
}

func leftOut(a *engines.Archive, name string) bool {
	return slices.ContainsFunc(a.Without, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

func write(name string, r io.Reader) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
