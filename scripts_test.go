package streamgauge_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeEngines stands for bin/streamgauge: two engines, and a broker that nothing may start.
const fakeEngines = `#!/bin/sh
case "$1 $2" in
"engine list") echo '[{"name": "one", "java": 17, "jvm": {"module": "m"}, "deployments": ["local"], "guarantees": ["at-least-once"]},
	{"name": "two", "java": 17, "jvm": {"module": "m"}, "deployments": ["local", "cluster"], "guarantees": ["at-least-once", "exactly-once"]}]' ;;
"broker status") ;;
*) echo "$@" >>done.txt; exit 9 ;;
esac
`

// A name that no line of the table has ends the script before it starts anything, whatever stands beside it.
func TestCheckEnginesRefusesNamesOfNoLine(t *testing.T) {
	for _, name := range []string{"sh", "python3", "awk"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("SKIPPED: there is no " + name + " here")
		}
	}
	script, err := os.ReadFile("scripts/check-engines")
	if err != nil {
		t.Fatal(err)
	}
	for args, wrong := range map[string]string{"--resume three": "three", "--resume two three": "three", "one/at-least-once/cluster": "one/at-least-once/cluster",
		"--resume two/exactly-once/remote": "", "--resume one": ""} {
		dir := t.TempDir()
		for name, text := range map[string]string{"scripts/check-engines": string(script), "bin/streamgauge": fakeEngines, "path/make": "#!/bin/sh\n"} {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var stderr bytes.Buffer
		c := exec.Command("sh", append([]string{filepath.Join(dir, "scripts/check-engines")}, strings.Fields(args)...)...)
		c.Env, c.Stderr = append(os.Environ(), "PATH="+filepath.Join(dir, "path")+":"+os.Getenv("PATH")), &stderr
		_ = c.Run() // the code tells
		refused := strings.Contains(stderr.String(), "no engine has the lines "+wrong+";")
		_, began := os.Stat(filepath.Join(dir, "done.txt"))
		if code := c.ProcessState.ExitCode(); wrong != "" && (code != 2 || !refused || began == nil) || wrong == "" && (code != 9 || began != nil) {
			t.Errorf("check-engines %s: exit code %d, began: %v; want it refused because of %q\n%s", args, code, began == nil, wrong, stderr.String())
		}
	}
}
