package main

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) {
	testscript.Main(patient{m}, map[string]func(){"streamgauge": main, "badengine": badEngine, "panicgauge": panicGauge})
}

// patient runs more tests at once than there are cores, unless the user says how many: a run of streamgauge waits for its
// schedule most of the time.
type patient struct{ *testing.M }

// Run runs the tests.
func (p patient) Run() int {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("5")
	}
	return p.M.Run()
}

// Each script in testdata/script is one behaviour of the command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			// Where streamgauge is, for scripts that make others' programs missing.
			e.Setenv("PROGRAMS", filepath.SplitList(e.Getenv("PATH"))[0])
			return nil
		},
	})
}

// exits runs `exits CODE COMMAND…` and checks the exit code, which testscript itself only tells from 0.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s: exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// Every example in every --help is a command line that the program takes.
func TestExamplesParse(t *testing.T) {
	examples := 0
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Runnable() && !c.Hidden && c.Example == "" && !c.HasSubCommands() && c.Name() != "help" {
			t.Errorf("%s: no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			examples++
			parseExample(t, strings.TrimSpace(line))
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk((&app{parts: parts()}).root())
	if examples < 10 {
		t.Errorf("%d examples found, want more: the test looks in the wrong place", examples)
	}
}

func parseExample(t *testing.T, line string) {
	t.Helper()
	words := split(line)
	if words[0] != "streamgauge" {
		t.Errorf("example %q does not begin with streamgauge", line)
		return
	}
	root := (&app{parts: parts()}).root()
	c, rest, err := root.Find(words[1:])
	if err != nil {
		t.Errorf("example %q: %v", line, err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("example %q: %v", line, err)
		return
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("example %q: %v", line, err)
	}
}

// split takes a command line apart as a shell does, as far as examples go.
func split(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
