package harness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/cluster"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/subject"
)

func TestWhatTheSystemRefusesIsNoEnginesFault(t *testing.T) {
	b := &blockRun{run: &run{}}
	for _, c := range []struct {
		err  error
		want Fault
		hint string
	}{
		{fmt.Errorf("starting engine a: %w: exit status 1 before its hello", subject.ErrCrashed), FaultEngine, "it logged nothing else"},
		{fmt.Errorf("waiting for nimbus of a: %w within 2m0s: %w", cluster.ErrNotReady, syscall.ECONNREFUSED), FaultEngine, "deadlines.ready"},
		{fmt.Errorf("starting engine a: %w within 2m0s", subject.ErrNoHello), FaultEngine, "deadlines.ready"},
		{fmt.Errorf("starting nimbus of a: its address cannot be had: %w", syscall.EADDRINUSE), FaultEnvironment, "other ports"},
		{fmt.Errorf("writing the plan of a: %w", &os.PathError{Op: "write", Err: syscall.ENOSPC}), FaultEnvironment, "the disk"},
		{fmt.Errorf("starting engine a: %w", engines.ErrOtherState), FaultEnvironment, "the disk"},
	} {
		if got := b.notStarted(&trial{}, &subject.Subject{}, c.err); got.Fault != c.want || !strings.Contains(got.Hint, c.hint) {
			t.Errorf("notStarted(%v) = fault %d, hint %q; want %d, %q", c.err, got.Fault, got.Hint, c.want, c.hint)
		}
	}
}

// What an engine lacked is named, wherever in its log it says so.
func TestWhatAnEngineLackedIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"java.lang.OutOfMemoryError: Java heap space": "it ran out of memory: give it more, such as --set engines.a.heap=3GB; ",
		"fatal error: runtime: out of memory":         "the machine had too little memory",
		"write: No space left on device":              "make room on the disk",
		"badly":                                       "its log ends:\n  ",
	} {
		tr := shellTrial(t, "echo '"+text+`' >&2; `+helloAndWait)
		if err := tr.subject.Kill(); err != nil {
			t.Fatal(err)
		}
		tr.desc.Java = 17
		s := scenario.Default()
		b := &blockRun{run: &run{Config: Config{Scenario: &s, Heap: func(string, int64, int64) int64 { return 1 << 30 }}}}
		if hint := b.logHint(tr, tr.subject); !strings.HasPrefix(hint, want) || !strings.Contains(hint, text) {
			t.Errorf("logHint after %q = %q; want %q and the words", text, hint, want)
		}
	}
}

func TestMoreHeapIsMoreThanThereWas(t *testing.T) {
	b := &blockRun{run: &run{}}
	for have, want := range map[scenario.Bytes]scenario.Bytes{0: 2e9, 64e6: 2e9, 1e9: 2e9, 1<<30 + 1: 3e9, 4e9: 8e9} {
		if got := b.moreHeap(&trial{instance: instance{settings: scenario.Engine{Heap: have}}}); got != want {
			t.Errorf("moreHeap after %s = %s, want %s", have, got, want)
		}
	}
}

// A disk that is full leaves the run folder without half a result.
func TestAResultIsWrittenWholeOrNotAtAll(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED: there is no /dev/full here")
	}
	r := &run{shared: &shared{dir: t.TempDir(), res: &result.Run{}}}
	if err := os.Symlink("/dev/full", filepath.Join(r.dir, "run.json.part")); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := r.writeResult(); !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &e) || e.Fault != FaultEnvironment {
		t.Errorf("writeResult() = %v; want a full disk, which is the environment's fault", err)
	}
	if left, err := os.ReadDir(r.dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v; want nothing", left, err)
	}
	if err := r.writeResult(); err != nil {
		t.Errorf("writeResult() = %v with room", err)
	}
}
