package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
)

// tiny is a scenario that takes some seconds and whose limits no machine misses.
const tiny = `schema: 1
job: identity
stream: {recording: room-sensors, devices: 100}
load: {rate: 500/s, warmup: 1s, measure: 1s, drain: 10s}
engines: {tuple: {}}
limits: {send_delay_p99: 1h, rate_error: 100%}
`

// long is tiny with a measure phase that only an interrupt ends in time.
var long = strings.Replace(tiny, "measure: 1s", "measure: 10m", 1)

// withBad is tiny with badengine in a role as its only engine, and deadlines that are soon over.
func withBad(role, deadlines string) string {
	s := strings.Replace(tiny, "warmup: 1s", "warmup: 0s", 1)
	s = strings.Replace(s, "{tuple: {}}", "{bad: {engine: external, command: [badengine, "+role+"]}}", 1)
	return s + "floor: false\ndeadlines: {" + deadlines + "}\n"
}

// slow skips a test that takes seconds in a quick round, and lets it run beside others: they wait most of the time.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds; left out by -short")
	}
	t.Parallel()
}

// program is a streamgauge that runs. Its files are below dir.
type program struct {
	t       *testing.T
	dir     string
	tag     string   // an entry in its environment, and in that of all it starts
	env     []string // further entries
	program string   // empty: streamgauge
	cmd     *exec.Cmd
	lines   chan string // of standard error
	out     bytes.Buffer
	left    atomic.Bool   // standard error has no reader any more from the next line on
	gone    chan struct{} // closed when that line has come
	mu      struct {
		sync.Mutex
		stderr strings.Builder
	}
}

// start starts streamgauge in a folder with the scenario as mine.yaml.
func start(t *testing.T, scenario string, args ...string) *program {
	t.Helper()
	p := &program{t: t, dir: t.TempDir(), lines: make(chan string, 1000)} // more than any run here says
	p.write("mine.yaml", scenario)
	return p.start(args...)
}

func (p *program) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) start(args ...string) *program {
	p.t.Helper()
	p.tag = fmt.Sprintf("SG_TEST=%s-%d", strings.ReplaceAll(p.t.Name(), "/", "."), time.Now().UnixNano())
	p.gone = make(chan struct{})
	p.cmd = exec.Command(cmp.Or(p.program, "streamgauge"), args...)
	p.cmd.Dir = p.dir
	p.cmd.Env = append(append(os.Environ(), p.tag, "HOME="+p.dir, "XDG_CACHE_HOME="), p.env...)
	p.cmd.Stdout = &p.out
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // a test that failed half way
	return p
}

// Write takes standard error line by line: streamgauge writes whole lines. After an error its reader closes it.
func (p *program) Write(b []byte) (int, error) {
	if p.left.Load() {
		close(p.gone)
		return 0, io.ErrClosedPipe
	}
	p.mu.Lock()
	p.mu.stderr.Write(b)
	p.mu.Unlock()
	for line := range strings.Lines(string(b)) {
		p.lines <- strings.TrimSpace(line)
	}
	return len(b), nil
}

func (p *program) stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.stderr.String()
}

// await waits for a line of standard error that matches.
func (p *program) await(pattern string) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	limit := time.After(2 * time.Minute)
	for {
		select {
		case line := <-p.lines:
			if re.MatchString(line) {
				return
			}
		case <-limit:
			p.t.Fatalf("no line %q came:\n%s", pattern, p.stderr())
		}
	}
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("sending %v: %v:\n%s", s, err, p.stderr())
	}
}

// ends waits for the end and checks the exit code, what standard error holds, and that nothing runs any more.
func (p *program) ends(code int, stderr ...string) {
	p.t.Helper()
	_ = p.cmd.Wait() // the code tells
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d (%v), want %d; standard error:\n%s\nstandard output:\n%s", got, p.cmd.ProcessState, code, p.stderr(), &p.out)
	}
	for _, want := range stderr {
		if !strings.Contains(p.stderr(), want) {
			p.t.Errorf("standard error lacks %q:\n%s", want, p.stderr())
		}
	}
	p.leavesNothing()
}

// leavesNothing waits until nothing of the program runs: what is killed with its parent ends a moment after it.
func (p *program) leavesNothing() {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for {
		left := process.Tagged(p.tag)
		if len(left) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			for _, pid := range left {
				line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				p.t.Errorf("process %d is left running: %q", pid, line)
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			return
		}
	}
}

// folder is the only run folder.
func (p *program) folder() string {
	p.t.Helper()
	all, err := filepath.Glob(filepath.Join(p.dir, "runs", "*"))
	if err != nil || len(all) != 1 {
		p.t.Fatalf("run folders %v, %v, want one", all, err)
	}
	return all[0]
}

// result reads run.json as strictly as possible and checks that every report is there.
func (p *program) result() *result.Run {
	p.t.Helper()
	dir := p.folder()
	f, err := os.Open(filepath.Join(dir, "run.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	var res result.Run
	if err := d.Decode(&res); err != nil {
		p.t.Fatalf("run.json: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		p.t.Errorf("run.json goes on after the result: %v", err)
	}
	for _, name := range []string{"report.html", "report.md", "junit.xml", "bench.txt"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			p.t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
	return &res
}

// partial is result for a run that was broken off for a reason.
func (p *program) partial(reason string) *result.Run {
	p.t.Helper()
	res := p.result()
	if !res.Partial || !strings.Contains(res.Failure, reason) {
		p.t.Errorf("partial %t, failure %q, want a partial result because of %q", res.Partial, res.Failure, reason)
	}
	for _, trial := range res.Trials {
		if !trial.Partial || trial.Valid || len(trial.InvalidReasons) != 1 || !strings.Contains(trial.InvalidReasons[0], reason) {
			p.t.Errorf("trial %s: partial %t, valid %t, reasons %q, want partial because of %q alone", trial.ID, trial.Partial, trial.Valid,
				trial.InvalidReasons, reason)
		}
	}
	for _, name := range []string{"state", "broker"} {
		if _, err := os.Stat(filepath.Join(p.folder(), name)); err == nil {
			p.t.Errorf("the folder %s was left behind", name)
		}
	}
	for _, e := range res.Events {
		if e.Kind == "warning" && strings.Contains(e.Text, "left behind") {
			p.t.Errorf("warning %q", e.Text)
		}
	}
	return res
}

// correct checks that all trials were judged and found correct, and that there are so many.
func correct(t *testing.T, res *result.Run, trials int) {
	t.Helper()
	if res.Partial || len(res.Trials) != trials {
		t.Errorf("partial %t (%s), %d trials, want %d whole ones", res.Partial, res.Failure, len(res.Trials), trials)
	}
	for _, trial := range res.Trials {
		v := trial.Verdict
		if !v.Judged || !v.Correct || v.Matched == 0 || v.Matched != v.Expected || !trial.Valid || trial.Partial {
			t.Errorf("trial %s: %+v, valid %t %q, want it correct and valid", trial.ID, v, trial.Valid, trial.InvalidReasons)
		}
	}
}

// remoteBroker is a cluster in this process, which a run knows by its address only.
func remoteBroker(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, c.ListenAddrs()[0]
}

// wantEmpty checks that nothing is left on a broker; wantLeft that something is.
func wantEmpty(t *testing.T, address string) {
	t.Helper()
	if topics, groups := leftOn(t, address); len(topics)+len(groups) > 0 {
		t.Errorf("left on the broker: topics %v, groups %v", topics, groups)
	}
}

func leftOn(t *testing.T, address string) (topics, groups []string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	adm := kadm.NewClient(cl)
	ts, err := adm.ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	gs, err := adm.ListGroups(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return ts.Names(), slices.Clone(gs.Groups())
}
