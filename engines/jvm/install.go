package jvm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/jars"
)

// Install builds an engine's jars from the sources and brings those of others, once; what is installed already is checked
// and kept, and built anew if it is damaged. Installations wait for each other. One that is broken off leaves
// nothing that counts as installed, and what Maven has fetched by then is not fetched again. With offline nothing is
// fetched: it succeeds if the engine is installed, or if Maven's own repository holds all that is needed.
//
// Errors: *Error, with what to do about a Java, Maven or pip that is missing or does not fit, a network that cannot be
// reached, a disk that is full, sources that do not compile, a jar that differs from the lock; the cause of ctx's end.
func (s Store) Install(ctx context.Context, e engines.JVM, offline bool) error {
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return err
	}
	if m.lock == nil {
		return fmt.Errorf("installing engine %s: engines/%s has no %s: scripts/lock-engines %[1]s makes it", e.Descriptor.Name, m.name, lockName)
	}
	err = s.install(ctx, e, m, offline)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return explain(fmt.Errorf("installing engine %s: %w", e.Descriptor.Name, err), s.Cache)
	}
	return nil
}

func (s Store) install(ctx context.Context, e engines.JVM, m *module, offline bool) error {
	release, err := s.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	err = s.verify(e, m)
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrNotInstalled) {
		s.say("%s: damaged, building it anew: %v", e.Descriptor.Name, err)
		if err := os.RemoveAll(s.home(m)); err != nil {
			return err
		}
	}
	if _, err := findJava(ctx, e); err != nil {
		return err
	}
	return s.inTemp(m, func(dir string) error { return s.build(ctx, e, m, dir, offline) })
}

// hold keeps others from installing at the same time: Maven's repository is not made for two at once.
func (s Store) hold(ctx context.Context) (release func(), err error) {
	if err := os.MkdirAll(s.Cache, 0o755); err != nil {
		return nil, err
	}
	return jars.HoldTold(ctx, filepath.Join(s.Cache, lockFile), func() { s.say("waiting for another installation to end") })
}

// lockFile in the cache is locked while an engine is being installed.
const lockFile = "install.lock"

// inTemp calls do with a folder that does not outlive it. What killed installations left is removed before.
func (s Store) inTemp(m *module, do func(dir string) error) error {
	old, err := filepath.Glob(filepath.Join(s.Cache, "."+m.name+"-*"))
	if err != nil {
		return err
	}
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(s.Cache, "."+m.name+"-")
	if err != nil {
		return err
	}
	err = do(dir)
	return errors.Join(err, os.RemoveAll(dir))
}

// build makes all in dir and moves it into its place as the last step.
func (s Store) build(ctx context.Context, e engines.JVM, m *module, dir string, offline bool) error {
	began := time.Now()
	own, err := s.collect(ctx, e, m, dir, offline)
	if err != nil {
		return err
	}
	done := filepath.Join(dir, "done")
	lib := filepath.Join(done, "lib")
	if err := errors.Join(os.Mkdir(done, 0o755), os.Rename(filepath.Join(dir, "lib"), lib)); err != nil {
		return err
	}
	if err := m.jars([]byte(own.String())).Verify(lib); err != nil {
		return &Error{fmt.Errorf("what was fetched and built differs from the lock: %w", err),
			"a repository or proxy between here and Maven Central may have changed files: remove what is named above from ~/.m2/repository and try again"}
	}
	if err := os.WriteFile(filepath.Join(done, ownFile), []byte(own.String()), 0o644); err != nil {
		return err
	}
	if err := os.Rename(done, s.home(m)); err != nil {
		return err
	}
	st, err := s.State(e)
	if err != nil {
		return err
	}
	s.say("%s: installed, %d jars, %s, each as the lock says, in %s", e.Descriptor.Name, st.Jars, size(st.Bytes),
		time.Since(began).Round(time.Second))
	return nil
}

// collect brings every jar of the class path to dir/lib and gives the sums of ours.
func (s Store) collect(ctx context.Context, e engines.JVM, m *module, dir string, offline bool) (jars.Sums, error) {
	if err := m.unpack(filepath.Join(dir, "src")); err != nil {
		return nil, err
	}
	lib := filepath.Join(dir, "lib")
	if err := os.Mkdir(lib, 0o755); err != nil {
		return nil, err
	}
	properties := []string{}
	if a := e.Java.Archive; a != nil {
		if err := s.archive(ctx, a, m, lib, offline); err != nil {
			return nil, err
		}
		properties = append(properties, "-Darchive.jars="+lib) // for the compiler
	}
	if err := s.maven(ctx, m, dir, properties, offline); err != nil {
		return nil, err
	}
	if err := takeCopied(filepath.Join(dir, "src", m.name, copied), lib); err != nil {
		return nil, err
	}
	for _, part := range m.parts {
		if err := takeOwn(filepath.Join(dir, "src", part, "target"), m, lib); err != nil {
			return nil, err
		}
	}
	all, err := jars.SumDir(lib)
	own := jars.Sums{}
	for name, sum := range all {
		if m.ours(name) {
			own[name] = sum
		}
	}
	return own, err
}

// copied is the folder in each module to which Maven copies what that module runs with. Only the folder of the engine's own
// module counts: a module that it depends on may be an engine in another version.
const copied = "jars"

// takeCopied moves what Maven has copied to lib.
func takeCopied(from, lib string) error {
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // there is none where nothing is needed
		return err
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(from, entry.Name()), filepath.Join(lib, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// takeOwn moves the jar of a module to lib. Maven has put those that the module depends on there already.
func takeOwn(target string, m *module, lib string) error {
	entries, err := os.ReadDir(target)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if m.ours(entry.Name()) {
			return os.Rename(filepath.Join(target, entry.Name()), filepath.Join(lib, entry.Name()))
		}
	}
	return fmt.Errorf("Maven built no jar in %s", target)
}

// maven compiles the modules and copies the jars of others beside theirs.
func (s Store) maven(ctx context.Context, m *module, dir string, properties []string, offline bool) error {
	mvn, err := jars.FindMaven(ctx, "it builds the JVM engines", ", or run engines that need neither Java nor Maven: --engine tuple,microbatch")
	if err != nil {
		return &Error{Err: err}
	}
	args := append([]string{"-B", "-pl", m.name, "-am", "-Dmaven.test.skip=true", "package", jars.CopyDependencies,
		"-DincludeScope=runtime", "-DoutputDirectory=" + copied}, properties...)
	if offline {
		args = append(args, "-o")
	}
	src := filepath.Join(dir, "src")
	p := newProgress(m.name, s.say)
	if offline {
		p.start("building the adapter with Maven from what it has kept")
	} else {
		p.start("building the adapter with Maven, which fetches what the engine needs")
	}
	err = jars.Run(ctx, jars.Program{Path: mvn, Args: args, Dir: src, Line: p.line})
	p.stop()
	if failed := (*jars.OutputError)(nil); errors.As(err, &failed) {
		return mavenError(failed, offline)
	}
	return err
}

// mavenError makes one error of what Maven wrote: its own error lines, without its advice, and ours.
func mavenError(failed *jars.OutputError, offline bool) error {
	text := string(failed.Output)
	var said []string
	for line := range strings.Lines(text) {
		line, isError := strings.CutPrefix(strings.TrimSpace(line), "[ERROR] ")
		if isError && !mavenAdvice.MatchString(line) {
			said = append(said, strings.TrimSuffix(line, " -> [Help 1]"))
		}
	}
	if len(said) == 0 {
		said = []string{jars.Trim(failed.Output)}
	}
	err := fmt.Errorf("Maven: %s: %s", failed.Exit, jars.Trim([]byte(strings.Join(said, "\n"))))
	for _, c := range mavenCauses() {
		if c.sign.MatchString(text) {
			if offline && c.network {
				return &Error{fmt.Errorf("%w, and Maven's repository does not hold all it needs: %w", ErrNotInstalled, err), "run it once without --offline"}
			}
			return &Error{err, c.hint}
		}
	}
	return err
}

// explain adds what to do about an error of the system.
func explain(err error, cache string) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return &Error{err, known.Hint}
	}
	if isFull(err) {
		return &Error{err, "make room on the disk of " + cache + ", or set XDG_CACHE_HOME to a folder on another one"}
	}
	if errors.Is(err, fs.ErrPermission) {
		return &Error{err, "set XDG_CACHE_HOME to a folder that may be written"}
	}
	return err
}

// Lock builds an engine without holding it against its lock and writes the lock that it would have: for the adapters'
// authors, after a change of what an engine depends on.
func (s Store) Lock(ctx context.Context, e engines.JVM, w io.Writer) error {
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return err
	}
	release, err := s.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	m.lock = nil // an archive is taken as it comes
	err = s.inTemp(m, func(dir string) error {
		if _, err := s.collect(ctx, e, m, dir, false); err != nil {
			return err
		}
		lock, err := jars.SumDir(filepath.Join(dir, "lib"))
		for name := range lock {
			if m.ours(name) {
				delete(lock, name)
			}
		}
		if a := e.Java.Archive; a != nil && err == nil {
			lock[a.File], err = jars.Hash(filepath.Join(s.Cache, archives, a.File))
		}
		if err == nil {
			_, err = io.WriteString(w, lock.String())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("locking engine %s: %w", e.Descriptor.Name, err)
	}
	return nil
}
