package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/streamgauge/streamgauge/harness/process"
)

// The embedded broker is killed in the middle of a run.
func TestALostBrokerEndsTheRun(t *testing.T) {
	slow(t)
	p := start(t, long, "run", "./mine.yaml")
	p.await("measure")
	killOne(t, p, "serve-embedded")
	p.ends(3, "error: the broker was lost: the embedded broker ended by itself: signal: killed", "hint: the broker's log is in runs/")
	res := p.partial("the broker was lost")
	if len(res.Trials) != 2 {
		t.Errorf("%d trials, want 2", len(res.Trials))
	}
	for _, e := range res.Events {
		if e.Kind == "warning" {
			t.Errorf("warning %q: it only follows from the loss", e.Text)
		}
	}
}

// killOne kills the process of a run that has a word among its arguments.
func killOne(t *testing.T, p *program, word string) {
	t.Helper()
	for _, pid := range process.Tagged(p.tag) {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		if err == nil && slices.Contains(strings.Split(string(line), "\x00"), word) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no process of the run has %q among its arguments", word)
}

// A cluster that runs elsewhere can only be asked: it goes, and nothing tells.
func TestASilentBrokerEndsTheRun(t *testing.T) {
	slow(t)
	c, address := remoteBroker(t)
	p := start(t, long, "run", "./mine.yaml", "--broker", address)
	p.await("measure")
	c.Close()
	p.ends(3, "error: the broker was lost: no answer for 10s", "hint: check the brokers at ["+address+"]")
	if res := p.result(); !res.Partial || len(res.Trials) != 2 || res.Trials[0].Verdict.Judged {
		t.Errorf("result %+v, want a partial one with two trials, not judged", res)
	}
}

// A request beyond the broker's limit would not fail but hang, so it is found before anything is made.
func TestABrokerThatTakesTooLittleIsRefused(t *testing.T) {
	slow(t)
	_, address := remoteBroker(t, kfake.BrokerConfigs(map[string]string{"socket.request.max.bytes": "105000000"}))
	p := start(t, tiny, "run", "./mine.yaml", "--broker", address, "--rate", "1/s", "--set", "stream.pad=90MB")
	p.ends(3, "error: checking the broker: requests with records of up to 112504096 bytes need", "its socket.request.max.bytes is 105000000",
		"hint: set socket.request.max.bytes=", "or take a smaller stream.pad")
	_, usual := remoteBroker(t, kfake.BrokerConfigs(map[string]string{"socket.request.max.bytes": "104857600"})) // Kafka's default
	p.start("run", "sizes", "--broker", usual, "--engine", "tuple-inline").ends(3,                               // as in docs/large.md
		"error: checking the broker: requests with records of up to 110004096 bytes need 114555836 bytes; its socket.request.max.bytes is 104857600",
		"hint: set socket.request.max.bytes=114555836 on every broker; or take --set engines.tuple-inline.carrier=chunked")
	if _, err := os.Stat(filepath.Join(p.dir, "runs")); err == nil {
		t.Error("a run folder was made")
	}
	wantEmpty(t, address)
}

// The disk is full in the middle of a run: what was measured is reported, in the room that the run's own topics give back.
func TestAFullDiskEndsTheRun(t *testing.T) {
	slow(t)
	p := start(t, "", "version")
	p.ends(0)
	disk := filepath.Join(p.dir, "runs")
	mountSmall(t, disk)
	p.write("mine.yaml", strings.Replace(tiny, "measure: 1s", "measure: 60s", 1))
	p.start("run", "./mine.yaml")
	p.await("measure")
	fill(t, filepath.Join(disk, "filler"))
	p.ends(3, "no space left on device", "hint: make room on the disk")
	if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
		t.Fatal(err)
	}
	p.partial("no space left on device")
}

// A real Kafka needs Java, and Maven to fetch it.
func TestMissingJavaAndMavenAreNamed(t *testing.T) {
	self, err := exec.LookPath("streamgauge")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, tiny, "version")
	p.ends(0)
	p.env = []string{"PATH=" + filepath.Dir(self)} // holds nothing else
	p.start("run", "./mine.yaml", "--broker", "local").ends(3, "error: installing Kafka: Java is missing", "Kafka needs Java 17 or newer: install a JDK",
		"hint: streamgauge doctor says what is missing; --broker embedded needs nothing")
	p.partial("Java is missing")
	p.start("broker", "start").ends(3, "Java is missing")

	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("SKIPPED: without java on this machine, what follows from Maven's absence alone cannot be tested")
	}
	if err := os.Symlink(java, filepath.Join(p.dir, "java")); err != nil {
		t.Fatal(err)
	}
	p.env = []string{"PATH=" + filepath.Dir(self) + ":" + p.dir}
	p.start("broker", "start").ends(3, "Maven is missing", "it downloads Kafka's jars: install it", "hint: streamgauge doctor says what is missing")
	p.start("broker", "start", "--offline").ends(3, "Kafka 4.4.0 is not installed", "run it once with a network")
}

// mountSmall makes a small disk. Only root can.
func mountSmall(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a full disk cannot be tested here, since mount needs root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
}

// fill writes until nothing fits any more.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
