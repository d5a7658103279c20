package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/jvm"
)

// store is where JVM engines are installed. say is told each step; nil: nobody.
func store(say func(string)) (jvm.Store, error) {
	cache, err := cacheDir()
	if err != nil {
		return jvm.Store{}, err
	}
	return jvm.Store{Cache: filepath.Join(cache, "engines"), Sources: engines.Sources, Say: say}, nil
}

// jvmError gives an error of the installer its exit code and hint.
func jvmError(err error) error {
	if known := (*jvm.Error)(nil); errors.As(err, &known) {
		return environment(known.Hint, err)
	}
	return err
}

// prepareEngines checks the JVM engines among names, and installs those that are missing.
func (r *registry) prepareEngines(ctx context.Context, names []string, offline bool, say func(string)) error {
	for _, name := range names {
		e, ok := r.jvms[name]
		if !ok {
			continue
		}
		s, err := store(say)
		if err != nil {
			return err
		}
		err = s.Verify(e)
		if errors.Is(err, jvm.ErrNotInstalled) {
			err = s.Install(ctx, e, offline)
		}
		if err == nil {
			err = s.FindJava(ctx, e) // now, not when a broker runs and others have been measured
		}
		if err != nil {
			return jvmError(err)
		}
	}
	return nil
}

// startCommand is the command that starts the engine a plan names, without "--plan FILE". A JVM engine must have been
// prepared; its temporary files go beside its state.
func (r *registry) startCommand(ctx context.Context, p engines.Plan) ([]string, error) {
	e, ok := r.jvms[p.Engine]
	if !ok {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program: %w", err)
		}
		return []string{self, "engine", "run", p.Engine}, nil
	}
	s, err := store(nil)
	if err != nil {
		return nil, err
	}
	temp := filepath.Join(filepath.Dir(filepath.Clean(p.StateDir)), "tmp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return nil, environment("check the disk", fmt.Errorf("making a folder for temporary files of %s: %w", p.Engine, err))
	}
	command, err := s.Command(ctx, e, jvm.Launch{HeapBytes: p.Limits.HeapBytes, MaxRecordBytes: p.Limits.MaxRecordBytes,
		Flags: p.JVMFlags, TempDir: temp, LogDir: p.LogDir})
	return command, jvmError(err)
}

// becomeJVM runs a JVM engine in place of this process.
func (a *app) becomeJVM(ctx context.Context, e engines.JVM, file string) error {
	plan, err := engines.ReadPlan(file)
	if err != nil {
		return usagef("", "%w", err)
	}
	plan.Engine = e.Descriptor.Name
	s, err := store(nil)
	if err != nil {
		return err
	}
	if err := s.Verify(e); err != nil {
		return jvmError(err)
	}
	command, err := a.parts.startCommand(ctx, plan)
	if err != nil {
		return err
	}
	err = syscall.Exec(command[0], append(command, "--plan", file), os.Environ())
	return environment("", fmt.Errorf("starting %s: %w", command[0], err))
}
