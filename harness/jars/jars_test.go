package jars

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// The sums of "a" and "b" as sha256sum prints them.
const (
	sumA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	sumB = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
)

func TestSumsReadAndWriteWhatSha256sumPrints(t *testing.T) {
	text := sumA + "  a.jar\n" + sumB + "  b.jar\n"
	s := ParseSums("# a comment\n\n" + text)
	if diff := cmp.Diff(Sums{"a.jar": sumA, "b.jar": sumB}, s); diff != "" {
		t.Errorf("ParseSums (-want +got):\n%s", diff)
	}
	if s.String() != text {
		t.Errorf("String() = %q, want %q", s.String(), text)
	}
}

func TestVerifyNamesEveryWrongFile(t *testing.T) {
	dir := t.TempDir()
	lock := Sums{"a.jar": sumA, "b.jar": sumB}
	write(t, filepath.Join(dir, "a.jar"), "a")
	write(t, filepath.Join(dir, "b.jar"), "b")
	if err := lock.Verify(dir); err != nil {
		t.Errorf("Verify = %v, want none", err)
	}
	write(t, filepath.Join(dir, "a.jar"), "b")
	write(t, filepath.Join(dir, "evil.jar"), "x")
	if err := os.Remove(filepath.Join(dir, "b.jar")); err != nil {
		t.Fatal(err)
	}
	err := lock.Verify(dir)
	for _, want := range []string{"a.jar has SHA-256 " + sumB + ", the lock has " + sumA, "evil.jar is not in the lock", "b.jar is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Verify = %v, want %q in it", err, want)
		}
	}
	if err := lock.Verify(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Verify of no folder = %v, want not exist", err)
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := FindJava(t.Context(), Need{Who: "Kafka", Oldest: 17})
	if err == nil || !strings.Contains(err.Error(), "Java is missing") || !strings.Contains(err.Error(), "apt install openjdk-17-jre-headless") {
		t.Errorf("FindJava = %v, want what is missing and how to get it", err)
	}
	_, err = FindMaven(t.Context(), "it builds", ", or do without")
	if err == nil || !strings.Contains(err.Error(), "Maven is missing") || !strings.Contains(err.Error(), "apt install maven") || !strings.Contains(err.Error(), "or do without") {
		t.Errorf("FindMaven = %v, want what is missing and a way without", err)
	}
}

func TestJavaOutOfBoundsIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "java"), "#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
	t.Setenv("PATH", dir)
	for _, c := range []struct {
		need Need
		want string // in the error; empty: none
	}{
		{Need{"X", 17, 0}, ""},
		{Need{"X", 17, 21}, ""},
		{Need{"X", 25, 0}, "is Java 21; X needs Java 25 or newer"},
		{Need{"X", 11, 17}, "is Java 21; X needs Java 11 to 17"},
		{Need{"X", 17, 17}, "is Java 21; X needs Java 17:"},
	} {
		java, err := FindJava(t.Context(), c.need)
		if c.want == "" {
			if err != nil || java.Major != 21 || java.Path != filepath.Join(dir, "java") || !strings.HasPrefix(java.ID, "21-") {
				t.Errorf("FindJava(%+v) = %+v, %v, want Java 21", c.need, java, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("FindJava(%+v) = %v, want %q", c.need, err, c.want)
		}
	}
	write(t, filepath.Join(dir, "java"), "#!/bin/sh\necho no memory >&2; exit 1\n")
	if _, err := FindJava(t.Context(), Need{"X", 17, 0}); err == nil || !strings.Contains(err.Error(), "no memory") {
		t.Errorf("FindJava of a Java that fails = %v, want what it said", err)
	}
}

func TestParseJava(t *testing.T) {
	for _, c := range []struct {
		out  string
		want int
	}{
		{"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment", 17},
		{"java version \"1.8.0_412\"", 8},
		{"openjdk version \"25\" 2025-09-16", 25},
		{"openjdk version \"26-ea\" 2026-03-17", 26},
		{"Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version \"21.0.1\"", 21},
		{"no version here", 0},
	} {
		if got, err := ParseJava([]byte(c.out)); got != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("ParseJava(%q) = %d, %v, want %d", c.out, got, err, c.want)
		}
	}
}

func TestRunTellsLinesAndFailures(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "tool")
	write(t, tool, "#!/bin/sh\npwd; echo two; echo careful >&2; exit $1\n")
	var lines []string
	p := Program{Path: tool, Args: []string{"0"}, Dir: dir, Line: func(b []byte) { lines = append(lines, string(b)) }}
	if err := Run(t.Context(), p); err != nil {
		t.Errorf("Run = %v, want none", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{real, "two"}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	p.Args = []string{"3"}
	err = Run(t.Context(), p)
	var failed *OutputError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "careful") {
		t.Errorf("Run of a failing program = %v, want its exit and its output", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("Run left %v", left)
	}
}

func TestRunEndsTheProgramWithItsContext(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "tool")
	write(t, tool, "#!/bin/sh\necho up\nsleep 1000 &\nwait\n")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := Run(ctx, Program{Path: tool, Dir: dir, Line: func([]byte) { cancel(why) }})
	if !errors.Is(err, why) {
		t.Errorf("Run = %v, want %v", err, why)
	}
}

func TestHoldExcludesOthers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	release, err := Hold(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := Hold(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second Hold = %v, want to wait in vain", err)
	}
	release()
	release, err = Hold(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestWhoWaitsForALockIsTold(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	release, err := HoldTold(t.Context(), name, func() { t.Error("a free lock is waited for") })
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	again, err := HoldTold(t.Context(), name, func() { told++; release() })
	if err != nil || told != 1 {
		t.Fatalf("HoldTold of a lock that is held = %v, told %d times; want it, and to be told once", err, told)
	}
	defer again()
	why := errors.New("interrupted")
	ended, end := context.WithCancelCause(t.Context())
	end(why)
	if _, err := HoldTold(ended, name, func() { t.Error("told of what is not waited for") }); !errors.Is(err, why) {
		t.Errorf("HoldTold after the end = %v, want %v", err, why)
	}
}
