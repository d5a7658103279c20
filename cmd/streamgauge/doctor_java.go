package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/streamgauge/streamgauge/harness/jars"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// needJava is what the broker and every JVM engine can do with.
var needJava = jars.Need{Who: "--broker local and the JVM engines", Oldest: 17}

func java(ctx context.Context) finding {
	do := fmt.Sprintf("install a JDK, version %d or newer", needJava.Oldest)
	j, err := jars.FindJava(ctx, needJava)
	if errors.Is(err, exec.ErrNotFound) {
		return finding{ID: "java", State: "note", Text: "not found: runs --broker local and the JVM engines", Do: do}
	}
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "; ") // what follows says what to install
		return finding{ID: "java", State: "note", Text: text, Do: do}
	}
	return finding{ID: "java", State: "ok", Text: fmt.Sprintf("Java %d, %s", j.Major, j.Path)}
}

// compiler looks for javac where JAVA_HOME leads, as Maven does, or else in the PATH and beside java: a JRE runs engines but cannot build
// their adapters.
func compiler(ctx context.Context) finding {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return compilerAt(home)
	}
	f := present(ctx, "javac", "builds the JVM engines; a JRE alone has none", fmt.Sprintf("install a JDK, version %d or newer", needJava.Oldest))
	if f.State == "ok" {
		return f
	}
	if path, err := exec.LookPath("java"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			beside := filepath.Join(filepath.Dir(path), "javac")
			if _, err := os.Stat(beside); err == nil {
				return finding{ID: "javac", State: "ok", Text: beside}
			}
		}
	}
	return f
}

// compilerAt looks for javac in a JDK.
func compilerAt(home string) finding {
	file := filepath.Join(home, "bin", "javac")
	if _, err := os.Stat(file); err != nil {
		return finding{ID: "javac", State: "note", Text: "not in JAVA_HOME, " + home + ", where Maven looks for it to build the JVM engines",
			Do: fmt.Sprintf("set JAVA_HOME to a JDK, version %d or newer, or unset it", needJava.Oldest)}
	}
	return finding{ID: "javac", State: "ok", Text: file}
}

// installed tells which JVM engines are there. One that is not is no problem: a run installs what it needs.
func (r *registry) installed() finding {
	f := finding{ID: "engines", State: "ok"}
	list, err := r.list()
	if err != nil {
		f.State, f.Text, f.Do = "note", err.Error(), "streamgauge engine list"
		return f
	}
	var missing []string
	var bytes int64
	for _, l := range list {
		switch {
		case l.JVM == nil:
		case l.Installed:
			bytes += l.JVM.InstalledBytes
		default:
			missing = append(missing, l.Name)
		}
	}
	f.Text = fmt.Sprintf("%d of %d JVM engines are installed, %s", len(r.jvms)-len(missing), len(r.jvms), scenario.Bytes(bytes))
	if len(missing) > 0 {
		f.Text += "; a run installs what it needs"
		f.Do = "to have them beforehand: streamgauge engine install " + strings.Join(missing, " ")
	}
	return f
}
