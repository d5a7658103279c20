package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/process"
)

// The test binary plays a daemon when its first argument is "daemon": ROLE ADDRESS FILE.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "daemon" {
		os.Exit(play(os.Args[2], os.Args[3], os.Args[4]))
	}
	if err := process.Subreap(); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// play listens on an address, and writes its role to a file when it is told to end.
func play(role, address, file string) int {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	switch role {
	case "dies":
		fmt.Fprintln(os.Stderr, "no room for me")
		return 3
	case "mute":
		_ = os.WriteFile(file+".mute", nil, 0o644)
		<-term
		return 0
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		signal.Reset(syscall.SIGUSR1)
	case "parent", "wild-parent":
		if err := worker(file, role == "wild-parent").Start(); err != nil {
			return 1
		}
	case "foreman": // starts its worker again when that ends
		go func() {
			for {
				_ = worker(file, false).Run()
			}
		}()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"workers":1}`) }))
	}()
	switch role {
	case "short":
		time.Sleep(300 * time.Millisecond)
		return 4
	case "elder": // ends once the daemon mute has begun
		for {
			if _, err := os.Stat(file + ".mute"); err == nil {
				return 4
			}
			time.Sleep(time.Millisecond)
		}
	}
	if role == "deaf" {
		select {}
	}
	<-term
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 1
	}
	fmt.Fprintln(f, role)
	f.Close()
	return 0
}

// worker is what a daemon starts.
func worker(file string, wild bool) *exec.Cmd {
	c := exec.Command(os.Args[0], "daemon", "worker", "127.0.0.1:0", file)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: wild}
	return c
}

// stage is a test's cluster.
type stage struct {
	*testing.T
	dir  string
	tag  string
	desc engines.Cluster
}

func newStage(t *testing.T, roles ...string) *stage {
	s := &stage{T: t, dir: t.TempDir()}
	s.tag = "SG_CLUSTER=" + s.dir
	s.desc.Home = filepath.Join(s.dir, "home")
	for _, role := range roles {
		address := freeAddress(t)
		s.desc.Daemons = append(s.desc.Daemons, engines.Daemon{Role: role, Ready: engines.Check{Address: address},
			Command: []string{os.Args[0], "daemon", role, address, s.ended()}})
	}
	return s
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ended is a file with the roles of those that ended in order.
func (s *stage) ended() string { return filepath.Join(s.dir, "ended") }

func (s *stage) start(within time.Duration) (*Cluster, error) {
	return Start(s.Context(), s.desc, Config{Name: "x", Start: 1, LogDir: s.dir, Tag: s.tag, Within: within})
}

func (s *stage) started() *Cluster {
	s.Helper()
	c, err := s.start(30 * time.Second)
	if err != nil {
		s.Fatalf("Start() = %v", err)
	}
	s.Cleanup(c.Kill)
	return c
}

func (s *stage) nothingLeft() {
	s.Helper()
	if left := process.Tagged(s.tag); len(left) > 0 {
		s.Errorf("processes %v still run", left)
	}
}

func TestDaemonsStartInOrderAndStopInReverse(t *testing.T) {
	s := newStage(t, "first", "second", "third")
	c := s.started()
	if n := len(process.Tagged(s.tag)); n != 3 {
		t.Errorf("%d daemons run; want 3", n)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	s.nothingLeft()
	got, err := os.ReadFile(s.ended())
	if want := "third\nsecond\nfirst\n"; err != nil || string(got) != want {
		t.Errorf("they ended as %q, %v; want %q", got, err, want)
	}
	if u := c.Usage(); u.CPU <= 0 || u.RSSPeak <= 0 {
		t.Errorf("Usage() = %+v; want what they used", u)
	}
}

func TestADaemonThatIsNeverReady(t *testing.T) {
	s := newStage(t, "mute")
	_, err := s.start(500 * time.Millisecond)
	fault := (*Error)(nil)
	if !errors.As(err, &fault) || !errors.Is(err, ErrNotReady) || fault.Role != "mute" || !strings.Contains(err.Error(), "waiting for mute of x: not ready within 500ms") {
		t.Errorf("Start() = %v; want that mute was not ready", err)
	}
	s.nothingLeft()
}

func TestADaemonThatDiesAtItsStart(t *testing.T) {
	s := newStage(t, "first", "dies")
	_, err := s.start(30 * time.Second)
	if err == nil || !strings.Contains(err.Error(), "it ended before it was ready: exit status 3") {
		t.Errorf("Start() = %v; want exit status 3", err)
	}
	log, rerr := os.ReadFile(filepath.Join(s.dir, "x-dies-1.log"))
	if rerr != nil || !strings.Contains(string(log), "no room for me") || !strings.Contains(err.Error(), "x-dies-1.log") {
		t.Errorf("its log is %q, %v, and the error %v; want its words, and where they are", log, rerr, err)
	}
	s.nothingLeft()
}

// The one that is waited for may wait for the other for ever: it is not the one to blame.
func TestADaemonThatDiesWhileTheNextOneStarts(t *testing.T) {
	s := newStage(t, "elder", "mute")
	_, err := s.start(time.Minute)
	fault := (*Error)(nil)
	if !errors.As(err, &fault) || fault.Role != "elder" || !strings.HasPrefix(err.Error(), "running elder of x: it ended by itself: exit status 4") {
		t.Errorf("Start() = %v; want that elder ended", err)
	}
	s.nothingLeft()
}

func TestAProgramThatIsNotThere(t *testing.T) {
	s := newStage(t, "first")
	s.desc.Daemons[0].Command = []string{filepath.Join(s.dir, "nothing")}
	if _, err := s.start(time.Second); err == nil || !strings.Contains(err.Error(), "starting first of x") {
		t.Errorf("Start() = %v", err)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	s := newStage(t, "first", "second")
	l, err := net.Listen("tcp", s.desc.Daemons[1].Ready.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := s.start(30 * time.Second); err == nil || !strings.Contains(err.Error(), "another program took it") {
		t.Errorf("Start() = %v; want that the address is taken", err)
	}
	s.nothingLeft()
}

func TestACheckOfAnAnswer(t *testing.T) {
	s := newStage(t, "first")
	s.desc.Daemons[0].Ready = engines.Check{Address: "http://" + s.desc.Daemons[0].Ready.Address, Answer: `"workers":1`}
	c := s.started()
	var asked atomic.Int32
	ctx, cancel := context.WithCancelCause(t.Context())
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			cancel(errors.New("too late"))
			<-r.Context().Done()
		}
		fmt.Fprint(w, `{"workers":1}`)
	}))
	defer busy.Close()
	d := c.running()[0]
	d.Ready = engines.Check{Address: busy.URL, Answer: `"workers":2`}
	if err := c.await(ctx, d); err == nil || !strings.HasPrefix(err.Error(), "too late: asking") || !strings.HasSuffix(err.Error(), `no "workers":2 in the answer`) {
		t.Errorf("await() = %v; want what the answer before the end lacked", err)
	}
}

func TestTheEndOfTheContextEndsAStart(t *testing.T) {
	s := newStage(t, "first", "mute")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("a person waits")
	time.AfterFunc(300*time.Millisecond, func() { cancel(why) })
	_, err := Start(ctx, s.desc, Config{Name: "x", LogDir: s.dir, Tag: s.tag, Within: 30 * time.Second})
	if !errors.Is(err, why) {
		t.Errorf("Start() = %v; want %v", err, why)
	}
	s.nothingLeft()
}

func TestALostDaemonIsTold(t *testing.T) {
	s := newStage(t, "first", "short")
	c := s.started()
	select {
	case err := <-c.Lost():
		if !strings.Contains(err.Error(), "running short of x: it ended by itself: exit status 4") {
			t.Errorf("Lost() = %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("its end was not told")
	}
	c.Kill()
	s.nothingLeft()
}

func TestWhatDaemonsStartEndsWithThem(t *testing.T) {
	for _, role := range []string{"parent", "wild-parent"} {
		for end, by := range map[string]func(*Cluster){
			"stop":         func(c *Cluster) { _ = c.Stop(t.Context()) },
			"kill":         (*Cluster).Kill,
			"hurried stop": func(c *Cluster) { ctx, cancel := context.WithCancel(t.Context()); cancel(); _ = c.Stop(ctx) },
		} {
			t.Run(role+"/"+end, func(t *testing.T) {
				s := newStage(t, role)
				c := s.started()
				if n := len(process.Tagged(s.tag)); n != 2 {
					t.Errorf("%d processes run; want 2", n)
				}
				by(c)
				s.nothingLeft()
			})
		}
	}
}

func TestADeafDaemonIsKilled(t *testing.T) {
	s := newStage(t, "deaf")
	c := s.started()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := c.Stop(ctx); !errors.Is(err, process.ErrKilled) {
		t.Errorf("Stop() = %v; want %v", err, process.ErrKilled)
	}
	s.nothingLeft()
}

func TestAWorkerThatADaemonStarted(t *testing.T) {
	s := newStage(t, "parent")
	s.desc.Worker = "daemon worker"
	c := s.started()
	w, err := c.KillWorker(t.Context(), 0)
	if err != nil || w.Role != "parent" || w.PID == c.running()[0].proc.PID() {
		t.Errorf("KillWorker() = %+v, %v; want what the daemon parent started", w, err)
	}
	for process.Mark(w.PID) != "" { // killed, it takes a moment to be gone
		time.Sleep(time.Millisecond)
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.KillWorker(soon, 0); !errors.Is(err, ErrNoWorker) {
		t.Errorf("KillWorker() again = %v; want %v", err, ErrNoWorker)
	}
}

// Faults at random instants may come while the cluster still recovers from the one before.
func TestAWorkerThatIsOnItsWayIsWaitedFor(t *testing.T) {
	s := newStage(t, "foreman")
	s.desc.Worker = "daemon worker"
	c := s.started()
	killed := map[int]bool{}
	for range 3 {
		w, err := c.KillWorker(t.Context(), 0)
		if err != nil {
			t.Fatalf("KillWorker() = %v after %v", err, killed)
		}
		for process.Mark(w.PID) != "" {
			time.Sleep(time.Millisecond)
		}
		killed[w.PID] = true
	}
	if len(killed) != 3 {
		t.Errorf("killed %v; want three", killed)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	s.nothingLeft()
}

// What workers wrote is kept when the cluster's home goes with the run's state.
func TestLogsOfWhatDaemonsStartAreKept(t *testing.T) {
	s := newStage(t, "first")
	s.desc.Logs = []string{"work/*/stderr"}
	old, now := filepath.Join(s.desc.Home, "work/1/stderr"), filepath.Join(s.desc.Home, "work/2/stderr")
	for _, name := range []string{old, now} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(old, []byte("of a start before\n"), 0o644), os.Chtimes(old, before, before)); err != nil {
		t.Fatal(err)
	}
	c := s.started()
	if err := os.WriteFile(now, []byte(strings.Repeat("x", keptBytes)+"out of memory\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(s.dir, "x-first-1.log"), now}, c.Logs()); diff != "" {
		t.Errorf("Logs() (-want +got):\n%s", diff)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	if diff := cmp.Diff([]string{filepath.Join(s.dir, "x-first-1.log"), filepath.Join(s.dir, "x-child-1-1.log")}, c.Logs()); diff != "" {
		t.Errorf("Logs() after the end (-want +got):\n%s", diff)
	}
	got, err := os.ReadFile(filepath.Join(s.dir, "x-child-1-1.log"))
	if err != nil || len(got) != keptBytes || !strings.HasSuffix(string(got), "out of memory\n") {
		t.Errorf("%d bytes are kept, %v; want the last %d", len(got), err, keptBytes)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "x-child-1-2.log")); err == nil {
		t.Error("the log of a start before is kept as well")
	}
}

func TestAWorkerThatIsADaemonComesBack(t *testing.T) {
	s := newStage(t, "first", "worker")
	s.desc.Worker = "daemon worker"
	c := s.started()
	killed := c.running()[1].proc
	before := killed.PID()
	c.Usage() // of a process that has ended no more is known than was seen of it
	w, err := c.KillWorker(t.Context(), time.Millisecond)
	after := c.running()[1].proc.PID()
	if err != nil || w.PID != before || after == before || process.Mark(after) == "" {
		t.Errorf("KillWorker() = %+v, %v with process %d before and %d after; want another one that runs", w, err, before, after)
	}
	used, now := c.Usage(), c.running()
	if most := now[0].proc.Usage().RSSPeak + max(killed.Usage().RSSPeak, now[1].proc.Usage().RSSPeak); used.RSSPeak > most || used.CPU < killed.Usage().CPU {
		t.Errorf("Usage() = %+v; want at most %d bytes at once, of two processes, and the time of the one that was killed", used, most)
	}
	select {
	case err := <-c.Lost():
		t.Errorf("a kill that was wanted counts as a loss: %v", err)
	default:
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	s.nothingLeft()
}

func TestFilesAndLinksOfACluster(t *testing.T) {
	s := newStage(t, "first")
	jar := filepath.Join(s.dir, "a.jar")
	if err := os.WriteFile(jar, []byte("jar"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.desc.Files = map[string]string{"conf/x.yaml": "port: 1\n"}
	s.desc.Links = map[string][]string{"lib": {jar}}
	for range 2 { // again, as after a kill
		s.started().Kill()
	}
	for name, want := range map[string]string{"conf/x.yaml": "port: 1\n", "lib/a.jar": "jar"} {
		if got, err := os.ReadFile(filepath.Join(s.desc.Home, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
}
