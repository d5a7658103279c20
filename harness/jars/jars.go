// Package jars is what every part that runs programs made of jar files needs on this machine: finding Java and Maven,
// running them to their end, and holding a folder of jars against a lock, the list of their SHA-256. It leaves which jars,
// where they go and what is done with them to its callers.
package jars

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Sums holds the SHA-256 of files, in hexadecimal, by their names.
type Sums map[string]string

// ParseSums reads lines as sha256sum prints them: the sum, two spaces, the name. Others are passed over.
func ParseSums(text string) Sums {
	s := Sums{}
	for line := range strings.Lines(text) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			s[name] = sum
		}
	}
	return s
}

// String gives the lines that ParseSums reads, by name.
func (s Sums) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&b, "%s  %s\n", s[name], name)
	}
	return b.String()
}

// hashers is how many files are hashed at a time: one does not keep a disk busy, more than cores are of no use.
const hashers = 2

// SumDir hashes every file of a folder.
func SumDir(dir string) (Sums, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	s, errs := Sums{}, []error{}
	var wg sync.WaitGroup
	slots := make(chan struct{}, hashers)
	for _, e := range entries {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			sum, err := Hash(filepath.Join(dir, e.Name()))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			}
			s[e.Name()] = sum
		})
	}
	wg.Wait()
	return s, errors.Join(errs...)
}

// Verify holds a folder against the lock s: each file is there, none differs and there is no other, because all of them go
// on a class path. The error names every file that is wrong.
func (s Sums) Verify(dir string) error {
	got, err := SumDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(got)) {
		switch want, ok := s[name]; {
		case !ok:
			errs = append(errs, fmt.Errorf("%s is not in the lock", name))
		case got[name] != want:
			errs = append(errs, fmt.Errorf("%s has SHA-256 %s, the lock has %s", name, got[name], want))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, ok := got[name]; !ok {
			errs = append(errs, fmt.Errorf("%s is missing", name))
		}
	}
	return errors.Join(errs...)
}

// Hash is the SHA-256 of a file, in hexadecimal.
func Hash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// lockWait is the pause between two tries at a lock.
const lockWait = 100 * time.Millisecond

// Hold holds an exclusive lock on a file, which it creates, until the function it returns is called or this process ends.
// It waits for another holder until ctx ends.
func Hold(ctx context.Context, name string) (release func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	retry := time.NewTicker(lockWait)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("locking %s: %w", name, err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for %s, which another streamgauge holds: %w", name, context.Cause(ctx))
		}
	}
}

// errHeld ends a try at a lock that is not to be waited for.
var errHeld = errors.New("held")

// HoldTold is Hold for a lock that may be held for minutes: waiting is called if it is to be waited for.
func HoldTold(ctx context.Context, name string, waiting func()) (release func(), err error) {
	now, cancel := context.WithCancelCause(ctx)
	cancel(errHeld)
	if release, err = Hold(now, name); !errors.Is(err, errHeld) {
		return release, err
	}
	waiting()
	return Hold(ctx, name)
}

// Abandoned lists the files and folders in dir whose names match one of patterns (path/filepath.Match): what is there only while
// lock is held (Hold), and stays when its holder is killed. While somebody holds the lock, or nobody ever did, there is nothing.
func Abandoned(dir, lock string, patterns ...string) ([]string, error) {
	lock = filepath.Join(dir, lock)
	if _, err := os.Stat(lock); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	release, err := Hold(now, lock)
	if errors.Is(err, context.Canceled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer release()
	var all []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
