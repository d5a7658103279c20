//go:build python

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The example of docs/external-engines.md passes the conformance scripts and takes part in a run.
func TestPythonExample(t *testing.T) {
	example, err := filepath.Abs("../../docs/examples/python")
	if err != nil {
		t.Fatal(err)
	}
	python := virtualEnv(t, filepath.Join(example, "requirements.txt"))
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/python",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			command := "#!/bin/sh\nexec " + python + " " + filepath.Join(example, "engine.py") + " \"$@\"\n"
			return os.WriteFile(filepath.Join(e.WorkDir, "my-engine"), []byte(command), 0o755)
		},
	})
}

// virtualEnv gives a Python that has the requirements. It is kept, by what they are.
func virtualEnv(t *testing.T, requirements string) string {
	t.Helper()
	text, err := os.ReadFile(requirements)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	dir := filepath.Join(cache, "streamgauge-test", "python-"+hex.EncodeToString(sum[:4]))
	python, done := filepath.Join(dir, "bin", "python"), filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return python
	}
	for _, args := range [][]string{{"python3", "-m", "venv", "--clear", dir}, {python, "-m", "pip", "install", "-q", "-r", requirements}} {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return python
}
