package jars

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/process"
)

// Java is a Java that was found.
type Java struct {
	Path  string
	Major int    // 17
	Full  string // 17.0.13
	ID    string // changes with the build: class-data archives are bound to it
}

// Need says what a program needs of Java.
type Need struct {
	Who    string // whom to name: "Kafka"
	Oldest int    // major version
	Newest int    // major version; 0: any
}

var javaVersion = regexp.MustCompile(`version "(\d+)(?:\.(\d+))?[^"]*"`)

// FindJava finds the program in PATH and checks its version. The error says what to install.
func FindJava(ctx context.Context, n Need) (Java, error) {
	need := fmt.Sprintf("%s needs Java %s: install a JDK or JRE (Debian, Ubuntu: apt install openjdk-%d-jre-headless; "+
		"macOS: brew install openjdk@%[3]d) and put its bin folder into PATH", n.Who, n.versions(), n.Oldest)
	path, err := exec.LookPath("java")
	if err != nil {
		return Java{}, fmt.Errorf("Java is missing (%w); %s", err, need)
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return Java{}, fmt.Errorf("running %s -version: %w: %s; %s", path, err, Trim(out), need)
	}
	major, err := ParseJava(out)
	if err != nil {
		return Java{}, fmt.Errorf("running %s -version: %w; %s", path, err, need)
	}
	if major < n.Oldest || (n.Newest > 0 && major > n.Newest) {
		return Java{}, fmt.Errorf("%s is Java %d; %s", path, major, need)
	}
	sum := sha256.Sum256(out)
	return Java{Path: path, Major: major, Full: fullVersion(out), ID: fmt.Sprintf("%d-%s", major, hex.EncodeToString(sum[:4]))}, nil
}

func (n Need) versions() string {
	switch n.Newest {
	case 0:
		return fmt.Sprintf("%d or newer", n.Oldest)
	case n.Oldest:
		return strconv.Itoa(n.Oldest)
	}
	return fmt.Sprintf("%d to %d", n.Oldest, n.Newest)
}

// ParseJava reads the major version from what `java -version` prints: 17 of "17.0.15", 8 of "1.8.0_412".
func ParseJava(out []byte) (int, error) {
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no version in %q", Trim(out))
	}
	major, err := strconv.Atoi(string(m[1]))
	if err == nil && major == 1 && len(m[2]) > 0 {
		major, err = strconv.Atoi(string(m[2]))
	}
	return major, err
}

var fullJava = regexp.MustCompile(`version "([^"]+)"`)

// fullVersion is the version as java -version says it; empty if it says none.
func fullVersion(out []byte) string {
	if m := fullJava.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return ""
}

// FindMaven finds the program in PATH. The error says how to get it, between what needs it and what else can be done.
func FindMaven(ctx context.Context, use, otherwise string) (string, error) {
	path, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("Maven is missing (%w); %s: install it (Debian, Ubuntu: apt install maven; macOS: brew install maven)%s",
			err, use, otherwise)
	}
	return path, ctx.Err()
}

// OutputError is the failure of a program, with all it printed.
type OutputError struct {
	Exit   string // "exit status 1"
	Output []byte
}

// Error has the end of the output, where the reason usually is.
func (e *OutputError) Error() string { return e.Exit + ": " + Trim(e.Output) }

// Program says what Run runs.
type Program struct {
	Path string
	Args []string
	Env  []string          // KEY=value, added to this process's environment
	Dir  string            // working folder, in which the output is kept in a file until the end
	Line func(line []byte) // told each line of standard output as it comes, as process.Spec.Stdout; nil: nobody
}

// Run runs a program to its end. The end of ctx ends it with all its children; so does the death of this process, on Linux.
// Errors: *OutputError, or the cause of ctx's end.
func Run(ctx context.Context, p Program) error {
	log := filepath.Join(p.Dir, filepath.Base(p.Path)+".output")
	defer os.Remove(log)
	child, err := process.Start(process.Spec{Role: filepath.Base(p.Path), Path: p.Path, Args: p.Args, Env: p.Env, Dir: p.Dir, Stdout: p.Line, LogFile: log})
	if err != nil {
		return err
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		err := child.Kill()
		<-child.Done()
		if err != nil {
			return fmt.Errorf("%w, and %w", context.Cause(ctx), err)
		}
		return context.Cause(ctx)
	}
	if exit := child.Exit(); !exit.OK() {
		out, _ := os.ReadFile(log) // without it the exit alone is told
		return &OutputError{Exit: exit.String(), Output: out}
	}
	return nil
}

// Trim keeps the end of a program's output.
func Trim(b []byte) string {
	const keep = 2000
	b = bytes.TrimSpace(b)
	if len(b) > keep {
		b = append([]byte("... "), b[len(b)-keep:]...)
	}
	return string(b)
}

// CopyDependencies is the goal of Maven that copies the jars of a pom into a folder, with the version of its plugin.
const CopyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"

// Settings are the names in an environment by which the Java virtual machine takes flags that are not on its command line. What
// reports tell of flags would not be so, and no other machine would have them: programs that are measured do not get them.
func Settings() []string { return []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"} }
