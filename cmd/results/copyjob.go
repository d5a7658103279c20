package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// command is the engine's own, or that of its copy job: the same virtual machine with the same flags and another main class.
func (p *pairing) command(ctx context.Context, side string) ([]string, error) {
	file, command, err := p.engineCommand(ctx, side)
	if err != nil || side == "identity" {
		return append(command, "--plan", file), err
	}
	j, err := findCopyJob(command, p.modules)
	if err != nil {
		return nil, err
	}
	if j.plan {
		return append(j.command, "--plan", file), nil
	}
	topics := p.plan(side).Topics
	command = append(j.command, strings.Join(p.bootstrap, ","), topics.Input, topics.Output, fmt.Sprint(p.unit.copies))
	if side == wholeCopy {
		command = append(command, wholeCopy)
	}
	return command, nil
}

// hasWhole tells whether the engine's copy job can copy keys and headers, and does not anyway.
func (p *pairing) hasWhole(ctx context.Context) (bool, error) {
	_, command, err := p.engineCommand(ctx, "copy")
	if err != nil {
		return false, err
	}
	j, err := findCopyJob(command, p.modules)
	return j.whole, err
}

// engineCommand writes the plan of a side and asks for the command that starts the engine with it.
func (p *pairing) engineCommand(ctx context.Context, side string) (file string, command []string, err error) {
	plan := p.plan(side)
	file = filepath.Join(p.dir, side+".json")
	b, err := json.Marshal(plan)
	if err == nil {
		err = errors.Join(os.MkdirAll(plan.StateDir, 0o755), os.WriteFile(file, b, 0o644))
	}
	if err != nil {
		return "", nil, fmt.Errorf("writing a plan for %s: %w", p.unit.engine, err)
	}
	out, err := exec.CommandContext(ctx, p.program, "engine", "command", p.unit.engine, "--plan", file).Output()
	if err == nil {
		err = json.Unmarshal(out, &command)
	}
	if err != nil {
		return "", nil, fmt.Errorf("asking for the command of %s: %w", p.unit.engine, err)
	}
	return file, command, nil
}

// wholeCopy is the argument by which a copy job takes keys and headers along.
const wholeCopy = "whole"

// copyJob is the command of an engine's copy job, but for its arguments. It speaks the engine contract and takes a plan, or
// takes brokers, input, output and the number of records, and ends by itself.
type copyJob struct {
	command []string
	plan    bool
	whole   bool // it knows wholeCopy
}

// findCopyJob turns the command of an engine into that of its copy job: class CopyJob beside the main class, in the test
// classes of the engine's Maven module. What it can be told stands in its source.
func findCopyJob(command []string, modules string) (copyJob, error) {
	command = slices.Clone(command)
	at := slices.Index(command, "-cp")
	if at < 0 || at+2 >= len(command) {
		return copyJob{}, fmt.Errorf("the engine's command has no class path and main class: %q", command)
	}
	main := command[at+2]
	pkg := main[:strings.LastIndex(main, ".")+1]
	class := strings.ReplaceAll(pkg, ".", "/") + "CopyJob"
	found, err := filepath.Glob(filepath.Join(modules, "*", "target", "test-classes", class+".class"))
	if err != nil || len(found) != 1 {
		return copyJob{}, fmt.Errorf("%d classes %s below %s/*/target/test-classes: mvn -f %s/pom.xml test-compile makes them", len(found), class, modules, modules)
	}
	classes := strings.TrimSuffix(found[0], "/"+class+".class")
	source, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(classes)), "src", "test", "java", class+".java"))
	if err != nil {
		return copyJob{}, fmt.Errorf("reading the copy job: %w", err)
	}
	command[at+1] = classes + string(os.PathListSeparator) + command[at+1]
	command[at+2] = pkg + "CopyJob"
	text := string(source)
	return copyJob{command: command, plan: strings.Contains(text, "Contract.main("), whole: strings.Contains(text, fmt.Sprintf("equals(%q)", wholeCopy))}, nil
}
