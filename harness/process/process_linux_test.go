package process

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsageCountsWhatTheChildWaitedFor(t *testing.T) {
	l := newLines()
	p := startChild(t, "burn", Spec{Stdin: true, Stdout: l.add})
	l.await(t, "burnt")
	live := p.Usage()
	if live.CPU < 150*time.Millisecond || live.RSS < 1<<20 || live.RSSPeak < live.RSS/2 || live.Threads < 1 {
		t.Errorf("Usage() while it runs = %+v, want at least 150ms of CPU, memory and a thread", live)
	}
	if u := SessionUsage(p.PID()); u != (Usage{}) {
		t.Errorf("SessionUsage of a group that is no session = %+v, want zero", u)
	}
	if err := p.Stop(t.Context(), time.Minute, time.Minute); err != nil {
		t.Fatal(err)
	}
	final := p.Usage()
	if final.CPU < live.CPU || final.RSSPeak < live.RSSPeak || final.RSS != 0 || final.Threads != 0 {
		t.Errorf("Usage() after the end = %+v, before it %+v: it must not fall, and nothing may be left", final, live)
	}
}

// The kernel's account of a child at its end begins with the peak of the process that started it.
func TestPeakIsTheChildsOwn(t *testing.T) {
	const large = 256 << 20
	touched := make([]byte, large)
	for i := 0; i < large; i += os.Getpagesize() {
		touched[i] = 1
	}
	runtime.KeepAlive(touched)
	l := newLines()
	p := startChild(t, "burn", Spec{Stdin: true, Stdout: l.add})
	l.await(t, "burnt")
	if err := p.Stop(t.Context(), time.Minute, time.Minute); err != nil {
		t.Fatal(err)
	}
	if u := p.Usage(); u.RSSPeak < 1<<20 || u.RSSPeak >= large {
		t.Errorf("Usage() after the end = %+v of a small child of a process that had %d bytes; want the child's own peak", u, large)
	}
}

func TestChildIsPinnedFromItsStart(t *testing.T) {
	l := newLines()
	p := startChild(t, "cores", Spec{Cores: []int{0}, Stdout: l.add})
	<-p.Done()
	if got := l.get(); len(got) != 1 || got[0] != "1" {
		t.Errorf("a child pinned to core 0 counts %q cores, want 1", got)
	}
	// A core that does not exist is an error, and the next child must not inherit anything of the try.
	if _, err := Start(childSpec("cores", Spec{Cores: []int{1000}})); err == nil {
		t.Error("Start() on core 1000 succeeded")
	}
}

// A child that was started by a process that is killed must not survive it.
func TestChildrenDieWithTheirParent(t *testing.T) {
	l := newLines()
	p := startChild(t, "grandparent", Spec{Stdout: l.add, NewSession: true})
	pid, err := strconv.Atoi(l.await(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	mark := Mark(pid)
	if mark == "" {
		t.Fatalf("process %d does not run", pid)
	}
	// Only the leader: the child has a group of its own, which Kill would not reach anyway.
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	for i := 0; Mark(pid) == mark; i++ {
		if i > 1e6 {
			t.Fatalf("process %d survived its parent", pid)
		}
	}
}

func TestTaggedFindsByEnvironment(t *testing.T) {
	entry := "SG_RUN=" + t.Name()
	p := startChild(t, "echo", Spec{Stdin: true, Env: []string{entry}})
	if got := Tagged(entry); !cmp.Equal(got, []int{p.PID()}) {
		t.Errorf("Tagged(%q) = %v, want [%d]", entry, got, p.PID())
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := Tagged(entry); got != nil {
		t.Errorf("Tagged(%q) after the end = %v, want none", entry, got)
	}
}

// What a child has started in a session of its own outlives a program that is killed; the next one finds it.
func TestOrphansAreFound(t *testing.T) {
	l := newLines()
	entry := "SG_TEST=" + t.Name()
	p := startChild(t, "grandparent wild", Spec{Stdout: l.add, Env: []string{entry}})
	pid, err := strconv.Atoi(strings.TrimPrefix(l.await(t, "child "), "child "))
	if err != nil {
		t.Fatal(err)
	}
	found := func() bool {
		return slices.ContainsFunc(Orphans("SG_OTHER=", "SG_TEST="), func(o Orphan) bool { return o.PID == pid && strings.Contains(o.Command, "sleep 1000") })
	}
	if found() {
		t.Errorf("process %d counts as an orphan while its owner runs", pid)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if !found() {
		t.Errorf("process %d, whose owner was killed, is not among %v", pid, Orphans("SG_TEST="))
	}
	if env := owned([]string{"A=1", ownerKey + "1/2"}, true); !cmp.Equal(env, []string{"A=1"}) {
		t.Errorf("a detached process has %v; want no owner", env)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// A program that starts another may have that one's command line in its own, also while the other does not run.
func TestRunningLeavesOutWhatOnlyStartsIt(t *testing.T) {
	l := newLines()
	p := startChild(t, "parent wait", Spec{Stdout: l.add})
	pid, err := strconv.Atoi(strings.TrimPrefix(l.await(t, "child "), "child "))
	if err != nil {
		t.Fatal(err)
	}
	if got := Running(p.PID(), "sleep 1000", ""); !cmp.Equal(got, []int{pid}) {
		t.Errorf("Running(sleep) = %v, want [%d]", got, pid)
	}
	if got := Running(p.PID(), "sleep", "1000"); got != nil {
		t.Errorf("Running(sleep, without 1000) = %v, want none", got)
	}
}

func TestKillChildrenReachesGrandchildren(t *testing.T) {
	for _, role := range []string{"parent wait", "parent wild"} {
		entry := "SG_RUN=" + t.Name() + role
		l := newLines()
		p := startChild(t, role, Spec{Env: []string{entry}, Stdout: l.add})
		l.await(t, "child")
		if got := Tagged(entry); len(got) != 2 {
			t.Fatalf("Tagged(%q) = %v, want child and grandchild", entry, got)
		}
		KillChildren()
		<-p.Done()
		if got := Tagged(entry); got != nil {
			t.Errorf("%s: Tagged(%q) = %v, want none", role, entry, got)
		}
	}
}

// What is in a session of its own outlives the group; its environment gives it away.
func TestSweepEndsWhatGotAway(t *testing.T) {
	entry := "SG_RUN=" + t.Name()
	l := newLines()
	p := startChild(t, "parent wild", Spec{Env: []string{entry}, Stdout: l.add})
	l.await(t, "child")
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := Tagged(entry); len(got) != 1 {
		t.Fatalf("Tagged(%q) = %v, want what got away", entry, got)
	}
	Sweep(entry)
	if got := Tagged(entry); got != nil {
		t.Errorf("Tagged(%q) after Sweep = %v, want none", entry, got)
	}
}

func TestParseStat(t *testing.T) {
	const line = "4242 (a (b) c) S 1 77 88 34816 1 4194560 1 2 3 4 10 20 30 40 20 0 5 0 1234 1000 3 18446744073709551615 1 1\n"
	want := stat{pid: 4242, parent: 1, group: 77, session: 88, cpu: time.Second, rss: 3 * int64(os.Getpagesize()), threads: 5}
	if got, ok := parseStat([]byte(line)); !ok || got != want {
		t.Errorf("parseStat = %+v, %v, want %+v", got, ok, want)
	}
	for _, bad := range []string{"", "1", "1 (x", "1 (x) S 1 2", strings.Replace(line, " 77 ", " x ", 1)} {
		if _, ok := parseStat([]byte(bad)); ok {
			t.Errorf("parseStat(%q) succeeded", bad)
		}
	}
}

func machine(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func TestLimits(t *testing.T) {
	v1none := "9223372036854771712\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  map[string]string
	}{
		{"nothing to read", nil, map[string]string{}},
		{"v2, tightest ancestor", map[string]string{
			"proc/self/cgroup":                   "0::/a/b\n",
			"sys/fs/cgroup/cgroup.controllers":   "cpu memory\n",
			"sys/fs/cgroup/a/cpu.max":            "150000 100000\n",
			"sys/fs/cgroup/a/b/cpu.max":          "max 100000\n",
			"sys/fs/cgroup/a/memory.max":         "max\n",
			"sys/fs/cgroup/a/b/memory.max":       "1048576\n",
			"sys/fs/cgroup/elsewhere/memory.max": "1\n",
		}, map[string]string{"cgroup": "v2", "cpus": "1.5", "memory_bytes": "1048576"}},
		{"v1, hybrid mount, own group not visible", map[string]string{
			"proc/self/cgroup":                           "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/\n0::/docker/x\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":         "200000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":        "100000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "2097152\n",
		}, map[string]string{"cgroup": "v1", "cpus": "2", "memory_bytes": "2097152"}},
		{"v1 without limits", map[string]string{
			"proc/self/cgroup":                           "5:memory:/\n4:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":         "-1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":        "100000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": v1none,
		}, map[string]string{"cgroup": "v1"}},
	} {
		if d := cmp.Diff(c.want, limits(machine(c.files))); d != "" {
			t.Errorf("%s: limits differ (-want +got):\n%s", c.name, d)
		}
	}
}

func TestSampleHost(t *testing.T) {
	got := sampleHost(machine(map[string]string{
		"proc/pressure/cpu": "some avg10=1.17 avg60=2.55 avg300=1.30 total=19621647\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=9\n",
		"proc/loadavg":      "3.25 1.00 0.50 2/300 1234\n",
		"proc/meminfo":      "MemTotal: 100 kB\nMemAvailable:     40 kB\n",
		"proc/stat":         "cpu  100 200 300 9999 8888 10 20 30 50 60\ncpu0 1 1 1 1\n",
	}))
	want := HostSample{Load1: 3.25, CPUPressure10: 1.17, CPUStalled: 19621647 * time.Microsecond,
		CPUBusy: 6300 * time.Millisecond, CPUStolen: 300 * time.Millisecond, MemoryAvailable: 40 << 10}
	if got != want {
		t.Errorf("sampleHost = %+v, want %+v", got, want)
	}
	if got := sampleHost(machine(nil)); got.CPUPressure10 >= 0 || got.CPUStalled >= 0 {
		t.Errorf("sampleHost of nothing = %+v, want unknown pressure", got)
	}
}

func TestReadHost(t *testing.T) {
	got := ReadHost()
	if got.Cores < 1 || got.MemoryBytes < 1<<20 || got.Kernel == "" || !strings.HasPrefix(got.OS, "linux/") {
		t.Errorf("ReadHost() = %+v", got)
	}
	before := Self()
	burnt := make([]byte, 1<<20)
	for i := range burnt {
		burnt[i] = byte(i)
	}
	if u := Self(); u.CPU < before.CPU || u.RSS < 1<<20 || u.RSSPeak < 1<<20 || u.Threads < 1 {
		t.Errorf("Self() = %+v", u)
	}
}
