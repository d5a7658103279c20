// Package jvm installs the engines that are programs for the Java virtual machine and tells how to start them. It builds an
// adapter's jars with Maven from the sources in this binary, once, into a cache, and holds every jar on a class path
// against the lock that belongs to the sources before anything loads it. Running the command is left to harness/subject.
//
// The cache:
//
//	<Cache>/storm-1a2b3c4d/lib/*.jar    everything on the class path; the folder's name changes with the sources and the lock
//	<Cache>/storm-1a2b3c4d/own.txt      SHA-256 of the jars built here, taken when they were
//	<Cache>/archives/                   source distributions from PyPI, kept so that a rebuild does not fetch them again
//	<Cache>/install.lock                held while an engine is being installed
//	<Cache>/.storm-*                    an installation in progress, or one that was killed: removed by the next
package jvm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/jars"
)

// Store is a folder of installed engines, and what they are built from.
type Store struct {
	Cache   string       // made when needed
	Sources fs.FS        // as engines.Sources
	Say     func(string) // told each step; nil: nobody
}

// ErrNotInstalled says that an engine is not there, for the sources of this binary.
var ErrNotInstalled = errors.New("not installed")

// Error is an error with what to do about it.
type Error struct {
	Err  error
	Hint string // empty: the error says it
}

// Error says what happened.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// State is what is installed of an engine.
type State struct {
	Installed bool
	Jars      int
	Bytes     int64
	Dir       string // where it is, or will be
}

// State looks, without reading the jars, whether an engine is installed.
func (s Store) State(e engines.JVM) (State, error) {
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return State{}, err
	}
	st := State{Dir: s.home(m)}
	entries, err := os.ReadDir(filepath.Join(st.Dir, "lib"))
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return st, fmt.Errorf("looking at engine %s: %w", e.Descriptor.Name, err)
	}
	st.Installed = true
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			st.Jars++
			st.Bytes += info.Size()
		}
	}
	return st, nil
}

// build is the name of a folder that holds an installed engine.
var build = regexp.MustCompile(`^[a-z0-9]+-[0-9a-f]{8}$`)

// Unused lists the folders of the cache that hold engines as other sources than those at hand gave them. Another version of
// this program may still want them.
func (s Store) Unused(all []engines.JVM) ([]string, error) {
	entries, err := os.ReadDir(s.Cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for old engines: %w", err)
	}
	used := map[string]bool{}
	for _, e := range all {
		m, err := readModule(s.Sources, e.Java.Module)
		if err != nil {
			return nil, err
		}
		used[s.home(m)] = true
	}
	var unused []string
	for _, entry := range entries {
		dir := filepath.Join(s.Cache, entry.Name())
		if entry.IsDir() && build.MatchString(entry.Name()) && !used[dir] {
			unused = append(unused, dir)
		}
	}
	return unused, nil
}

// Abandoned lists what installations that were killed left in the cache; nothing while one is in progress.
func (s Store) Abandoned() ([]string, error) {
	return jars.Abandoned(s.Cache, lockFile, ".[a-z]*-*", filepath.Join(archives, "download-*"))
}

// Verify holds the jars of an installed engine against the lock and the record of its build. Errors: ErrNotInstalled;
// *Error with every wrong jar and the command that repairs it.
func (s Store) Verify(e engines.JVM) error {
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return err
	}
	return s.verify(e, m)
}

func (s Store) verify(e engines.JVM, m *module) error {
	home := s.home(m)
	if _, err := os.Stat(filepath.Join(home, "lib")); errors.Is(err, fs.ErrNotExist) {
		return &Error{fmt.Errorf("engine %s is %w", e.Descriptor.Name, ErrNotInstalled), "streamgauge engine install " + e.Descriptor.Name}
	}
	own, err := os.ReadFile(filepath.Join(home, ownFile))
	if err == nil {
		err = m.jars(own).Verify(filepath.Join(home, "lib"))
	}
	if err != nil {
		return &Error{fmt.Errorf("checking the jars of engine %s in %s: %w", e.Descriptor.Name, home, err),
			"streamgauge engine install " + e.Descriptor.Name + " repairs it"}
	}
	return nil
}

// ownFile records the sums of the jars that were built here, as sha256sum prints them.
const ownFile = "own.txt"

// Need says what an engine needs of Java.
func Need(e engines.JVM) jars.Need {
	return jars.Need{Who: "engine " + e.Descriptor.Name, Oldest: e.Descriptor.Java, Newest: e.Java.Newest}
}

// FindJava tells whether there is a Java that the engine runs on. The error says what to install.
func (s Store) FindJava(ctx context.Context, e engines.JVM) error {
	_, err := findJava(ctx, e)
	return err
}

func findJava(ctx context.Context, e engines.JVM) (jars.Java, error) {
	java, err := jars.FindJava(ctx, Need(e))
	if err != nil && ctx.Err() == nil {
		return java, &Error{Err: err, Hint: "streamgauge doctor looks at this machine"}
	}
	return java, err
}

func (s Store) home(m *module) string { return filepath.Join(s.Cache, m.name+"-"+m.hash) }

func (s Store) say(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}

// Launch is what a start depends on beyond the engine.
type Launch struct {
	HeapBytes      int64    // 0: the engine's default
	Client         bool     // the work is done on a cluster, and HeapBytes is for that
	MaxRecordBytes int64    // the largest record there will be
	Flags          []string // of the Java virtual machine, the user's
	TempDir        string   // for temporary files; must exist
	LogDir         string   // for the report of a crash
}

// Command is the command that starts an installed engine, complete but for "--plan FILE". Verify it first. The error is
// that of a Java that is missing or does not fit.
func (s Store) Command(ctx context.Context, e engines.JVM, l Launch) ([]string, error) {
	java, err := findJava(ctx, e)
	if err != nil {
		return nil, err
	}
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return nil, err
	}
	path, err := s.classPath(e, m)
	if err != nil {
		return nil, err
	}
	command := append([]string{java.Path}, flags(e.Java, l)...)
	return append(command, "-cp", path, e.Java.Main), nil
}

// Facts tells Java's version, heap and collector as a command has them, and the version of Kafka's client in the lock and values of that
// client's own: what the fairness sheet shows of a virtual machine.
func (s Store) Facts(ctx context.Context, e engines.JVM, command []string) (map[string]any, error) {
	java, err := findJava(ctx, e)
	if err != nil {
		return nil, err
	}
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return nil, err
	}
	facts := map[string]any{"jvm.java": java.Full, "kafka.clients": strings.Join(m.versions("kafka-clients"), ", ")}
	for name, value := range clientDefaults() {
		facts["kafka.default."+name] = value
	}
	for _, flag := range command { // the last of a kind wins
		if mb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(flag, "-Xmx"), "m"), 10, 64); err == nil && strings.HasPrefix(flag, "-Xmx") {
			facts["jvm.heap_bytes"] = mb << 20
		}
		if choosesCollector([]string{flag}) {
			facts["jvm.collector"] = strings.TrimPrefix(flag, "-XX:+Use")
		}
	}
	return facts, nil
}

// clientDefaults are values of Kafka's own, the same in all versions of its client here, of settings that adapters leave as they are and
// do not say, though other engines' clients have others.
func clientDefaults() map[string]int {
	return map[string]int{"batch.size": 16384, "fetch.max.bytes": 50 << 20, "max.partition.fetch.bytes": 1 << 20, "max.poll.records": 500}
}

// flags are those of the Java virtual machine, the user's last, because the last of a kind wins.
func flags(j engines.Java, l Launch) []string {
	list := []string{
		fmt.Sprintf("-Xmx%dm", (heap(j, l)+1<<20-1)>>20),
		"-XX:+ExitOnOutOfMemoryError",   // half an engine answers nothing, and a run would wait for it
		"-XX:+DisplayVMOutputToStderr",  // standard output is for status lines
		"-XX:+PerfDisableSharedMem",     // else each leaves a file in /tmp, wherever temporary files go
		"-Dfile.encoding=UTF-8",         // the default before Java 18 is the locale's
		"-Duser.timezone=UTC",           // no result may hang on where a machine stands
		"-Djava.io.tmpdir=" + l.TempDir, // native libraries and spills go, and are removed, with the run folder
		"-XX:ErrorFile=" + filepath.Join(l.LogDir, "hs_err_%p.log"),
	}
	if !choosesCollector(j.Flags) && !choosesCollector(l.Flags) {
		list = append(list, "-XX:+UseG1GC") // what Java takes by itself depends on the machine
	}
	return append(append(list, j.Flags...), l.Flags...)
}

// Unset are the names in an environment whose values a JVM engine does not get: flags of the virtual machine beside those of its
// command; the Java with which Spark's worker starts executors, which is to be the worker's own; the folder of Spark's settings, which its
// master and worker read; that of its scratch files, which are to lie beside its state and to go with it.
func Unset() []string {
	return append(jars.Settings(), "JAVA_HOME", "SPARK_CONF_DIR", "SPARK_LOCAL_DIRS")
}

// Heap is the heap of an engine's virtual machine, bytes: what the user gave if that is above 0, or the default for records of
// up to a size.
func Heap(j engines.Java, given, maxRecord int64) int64 {
	return heap(j, Launch{HeapBytes: given, MaxRecordBytes: maxRecord})
}

// heap is what the user gave, or the engine's default.
func heap(j engines.Java, l Launch) int64 {
	switch {
	case l.Client && j.Client > 0:
		return j.Client
	case l.HeapBytes > 0:
		return l.HeapBytes
	}
	return j.Heap + int64(j.Copies)*l.MaxRecordBytes
}

func choosesCollector(flags []string) bool {
	for _, f := range flags {
		if strings.HasPrefix(f, "-XX:+Use") && strings.HasSuffix(f, "GC") {
			return true
		}
	}
	return false
}
