package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The first interrupt ends a run in order at any moment: what there is becomes a partial result, nothing runs on, and a
// broker that lives on is as it was.
func TestInterrupts(t *testing.T) {
	for _, c := range []struct {
		name, scenario string
		at             string // line of standard error
		signal         syscall.Signal
		trials         int // in the result
		args           []string
	}{
		{"broker starts", long, "^starting the", syscall.SIGINT, 0, nil},
		{"engines start", withBad("mute", "ready: 60s"), `^starting \d`, syscall.SIGTERM, 0, nil}, // hellos are awaited
		{"probes", withBad("silent", "ready: 60s"), "waiting for bad", syscall.SIGINT, 0, nil},
		{"warm-up", strings.Replace(long, "warmup: 1s", "warmup: 10m", 1), "^warm-up", syscall.SIGHUP, 2, nil},
		{"measure", long, "measure", syscall.SIGTERM, 2, nil},
		{"exactly once", long, "measure", syscall.SIGINT, 2, []string{"--guarantee", "exactly-once"}},
		{"drain", withBad("hang", "drain: 60s, stop: 300ms"), "^drain", syscall.SIGINT, 1, nil},
		{"engines drain", withBad("hang", "drain: 60s, stop: 300ms"), "^drain [0-9.ms]*/10s", syscall.SIGINT, 1, nil}, // the limit of engines; the tail has its own
		{"isolated", long, "measure", syscall.SIGINT, 1, []string{"--placement", "isolated", "--set", "load.measure=20s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			slow(t)
			if signal.Ignored(c.signal) {
				t.Skipf("this test runs where %v is ignored, as below nohup, and so do the programs it starts", c.signal)
			}
			_, address := remoteBroker(t)
			p := start(t, c.scenario, append([]string{"run", "./mine.yaml", "--broker", address}, c.args...)...)
			p.await(c.at)
			p.signal(c.signal)
			p.ends(130, "streamgauge: error: interrupted")
			if n := strings.Count(p.stderr(), ": error: "); n != 1 {
				t.Errorf("%d errors, want one:\n%s", n, p.stderr())
			}
			if res := p.partial("interrupted"); len(res.Trials) != c.trials {
				t.Errorf("%d trials, want %d", len(res.Trials), c.trials)
			}
			wantEmpty(t, address)
		})
	}
}

// A Ctrl-C also ends a program that standard error is piped to: what is told of the stop, to nobody, does not break it off.
func TestAnInterruptWithoutAReaderStopsInOrder(t *testing.T) {
	slow(t)
	_, address := remoteBroker(t)
	p := start(t, long, "run", "./mine.yaml", "--broker", address)
	p.await("measure")
	p.left.Store(true)
	<-p.gone // the next line of progress: the pipe has no reader now
	p.signal(syscall.SIGINT)
	p.ends(130)
	p.partial("interrupted")
	wantEmpty(t, address)
}

// judging makes a cluster whose topics the oracle cannot finish reading: it alone fetches in the old way that names topics.
func judging(t *testing.T) string {
	c, address := remoteBroker(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	c.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if req.GetVersion() <= 12 {
			c.SleepControl(func() { <-release })
		}
		return nil, nil, false
	})
	return address
}

func TestAnInterruptEndsTheOracle(t *testing.T) {
	slow(t)
	address := judging(t)
	p := start(t, tiny, "run", "./mine.yaml", "--broker", address, "--set", "load.warmup=0s")
	p.await("judging")
	p.signal(syscall.SIGINT)
	p.ends(130, "streamgauge: error: interrupted")
	for _, trial := range p.partial("interrupted").Trials {
		if trial.Verdict.Judged || trial.Latency["response"].Count == 0 {
			t.Errorf("%s: judged %t, latency %+v; want the figures without a verdict", trial.ID, trial.Verdict.Judged, trial.Latency["response"])
		}
	}
	wantEmpty(t, address)
}

// The second interrupt ends everything at once, also an engine behind a shell that heeds nothing.
func TestASecondInterruptLeavesNothingRunning(t *testing.T) {
	slow(t)
	p := start(t, "", "version")
	p.ends(0)
	p.write("wrap.sh", "badengine deaf \"$@\"\nexit $?\n")
	p.write("mine.yaml", strings.Replace(withBad("deaf", "ready: 60s, stop: 60s"), "badengine, deaf", "sh, wrap.sh", 1))
	p.start("run", "./mine.yaml")
	p.await("waiting for bad")
	p.signal(syscall.SIGINT)
	p.signal(syscall.SIGTERM) // another one: two of a kind may become one
	p.ends(130, "error: interrupted twice: ended at once", "hint: streamgauge clean --yes removes")
}

// A harness that is killed takes its children along; clean removes what is left in its folder and on the broker.
func TestCleanRemovesWhatAKilledRunLeft(t *testing.T) {
	slow(t)
	_, address := remoteBroker(t)
	p := start(t, long, "run", "./mine.yaml", "--broker", address)
	p.await("measure")
	p.signal(syscall.SIGKILL)
	p.ends(-1)
	topics, _ := leftOn(t, address)
	if len(topics) == 0 {
		t.Fatal("a killed run left no topic: the test shows nothing")
	}
	p.out.Reset()
	p.start("report", p.folder()).ends(2, "the run is in progress, or was killed before it could write one")
	p.start("clean", "--broker", address).ends(0)
	if again, _ := leftOn(t, address); !slices.Equal(topics, again) || !strings.Contains(p.out.String(), "would remove topic "+topics[0]) {
		t.Errorf("clean without --yes left %v of %v:\n%s", again, topics, &p.out)
	}
	p.start("clean", "--broker", address, "--yes").ends(0)
	wantEmpty(t, address)
	if _, err := os.Stat(filepath.Join(p.folder(), "state")); err == nil {
		t.Error("the state folder is still there")
	}
}

// The same with the embedded broker, whose data is in the run folder.
func TestAKilledRunTakesItsBrokerAlong(t *testing.T) {
	slow(t)
	p := start(t, long, "run", "./mine.yaml")
	p.await("measure")
	p.signal(syscall.SIGKILL)
	p.ends(-1)
	p.start("clean", "--yes").ends(0)
	for _, name := range []string{"state", "broker"} {
		if _, err := os.Stat(filepath.Join(p.folder(), name)); err == nil {
			t.Errorf("the folder %s is still there", name)
		}
	}
}

// A check has its files among the temporary ones: they go with it, and if it is killed, clean finds them.
func TestNothingIsLeftOfAnInterruptedCheck(t *testing.T) {
	slow(t)
	p := start(t, "", "version")
	p.ends(0)
	temp := filepath.Join(p.dir, "temp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	p.env = []string{"TMPDIR=" + temp}
	left := func(when string, want int) {
		t.Helper()
		if all, err := os.ReadDir(temp); err != nil || len(all) != want {
			t.Errorf("%s: %v, %v are left, want %d", when, all, err, want)
		}
	}
	check := []string{"engine", "check", "--ready", "60s", "--only", "identity-answers*", "--", "badengine", "silent"}
	p.start(check...)
	p.await("^starting external")
	p.signal(syscall.SIGINT)
	p.ends(130, "streamgauge: error: interrupted")
	left("interrupted", 0)

	p.start(check...)
	p.await("^starting external")
	c := &program{t: t, dir: p.dir, env: p.env, lines: make(chan string, 1000)}
	c.start("clean", "--yes").ends(0)
	left("at work", 1)
	p.signal(syscall.SIGKILL)
	p.ends(-1)
	left("killed", 1)
	c.start("clean", "--yes").ends(0)
	left("cleaned", 0)
}
