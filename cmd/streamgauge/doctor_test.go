package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/process"
)

func TestDoctorSaysWhatToDo(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("JAVA_HOME", "")
	for _, c := range []struct {
		name string
		got  finding
		want finding // Text: a part of it
	}{
		{"few cores", cores(process.Host{Cores: 2, CPUModel: "X"}), finding{"cores", "note", "shared-cores", "use a machine with 4 cores"}},
		{"few of many cores", cores(process.Host{Cores: 16, Limits: map[string]string{"cpus": "2"}}), finding{"cores", "note", "shared-cores", "use a machine with 4 cores"}},
		{"many cores", cores(process.Host{Cores: 8, CPUModel: "X"}), finding{"cores", "ok", "8 usable, X", ""}},
		{"slow clock", clock(process.Host{ClockSource: "hpet"}), finding{"clock", "note", "hpet", "clocksource=tsc"}},
		{"busy", pressure(process.HostSample{CPUPressure10: 35, Load1: 7}), finding{"pressure", "note", "35% of the last 10 s, load 7.0", "stop other work"}},
		{"no PSI", pressure(process.HostSample{CPUPressure10: -1}), finding{"pressure", "note", "no PSI", ""}},
		{"little memory", memory(process.Host{MemoryBytes: 4e9}, process.HostSample{MemoryAvailable: 1e9}), finding{"memory", "note", "1GB available of 4GB", "close other programs"}},
		{"CPU quota", limits(process.Host{Limits: map[string]string{"cpus": "1.5"}}), finding{"limits", "note", "1.5 cores", "raise the quota"}},
		{"memory limit", limits(process.Host{Limits: map[string]string{"memory_bytes": "500000000"}}), finding{"limits", "note", "500MB", "allow 2GB"}},
		{"no Java", java(context.Background()), finding{"java", "note", "not found", "install a JDK, version 17"}},
		{"no compiler", compiler(context.Background()), finding{"javac", "note", "a JRE alone has none", "install a JDK, version 17"}},
	} {
		if c.got.ID != c.want.ID || c.got.State != c.want.State || !strings.Contains(c.got.Text, c.want.Text) || !strings.Contains(c.got.Do, c.want.Do) {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
}

// Maven takes the Java of JAVA_HOME, whatever is in the PATH.
func TestDoctorLooksForTheCompilerThatMavenTakes(t *testing.T) {
	home := t.TempDir()
	t.Setenv("JAVA_HOME", home)
	if f := compiler(t.Context()); f.State != "note" || !strings.Contains(f.Text, home) || !strings.Contains(f.Do, "JAVA_HOME") {
		t.Errorf("JAVA_HOME without javac: %+v, want a note", f)
	}
	file := filepath.Join(home, "bin", "javac")
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	if f := compiler(t.Context()); f.State != "ok" || f.Text != file {
		t.Errorf("JAVA_HOME with javac: %+v, want %s", f, file)
	}
}
