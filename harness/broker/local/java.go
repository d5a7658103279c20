package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// minJava is the lowest Java version that Kafka's brokers run on.
const minJava = 17

// lockWait is the pause between two tries at a lock.
const lockWait = 100 * time.Millisecond

// javaAt is a Java that was found.
type javaAt struct {
	path  string
	major int
	id    string // changes with the build: class-data archives are bound to it
}

var javaVersion = regexp.MustCompile(`version "(\d+)(?:\.(\d+))?[^"]*"`)

// findJava finds the program in PATH and checks its version.
func findJava(ctx context.Context) (javaAt, error) {
	const need = "Kafka needs Java 17 or newer: install a JDK or JRE (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17) " +
		"and put its bin folder into PATH"
	path, err := exec.LookPath("java")
	if err != nil {
		return javaAt{}, fmt.Errorf("Java is missing (%w); %s", err, need)
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return javaAt{}, fmt.Errorf("running %s -version: %w: %s; %s", path, err, trimOutput(out), need)
	}
	major, err := parseJava(out)
	if err != nil {
		return javaAt{}, fmt.Errorf("running %s -version: %w; %s", path, err, need)
	}
	if major < minJava {
		return javaAt{}, fmt.Errorf("%s is Java %d; %s", path, major, need)
	}
	sum := sha256.Sum256(out)
	return javaAt{path: path, major: major, id: fmt.Sprintf("%d-%s", major, hex.EncodeToString(sum[:4]))}, nil
}

// parseJava reads the major version: 17 of "17.0.15", 8 of "1.8.0_412".
func parseJava(out []byte) (int, error) {
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no version in %q", trimOutput(out))
	}
	major, err := strconv.Atoi(string(m[1]))
	if err == nil && major == 1 && len(m[2]) > 0 {
		major, err = strconv.Atoi(string(m[2]))
	}
	return major, err
}

func findMaven(ctx context.Context) (string, error) {
	const need = "Maven downloads Kafka's jars: install it (Debian, Ubuntu: apt install maven; macOS: brew install maven), " +
		"or use --broker embedded, which needs neither Java nor Maven"
	path, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("Maven is missing (%w); %s", err, need)
	}
	return path, ctx.Err()
}

// run runs a program to its end. An error holds the end of its output.
func run(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // a grandchild may keep the output open
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, trimOutput(out))
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
