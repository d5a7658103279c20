package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary plays the children: the first word of CHILD says which.
func TestMain(m *testing.M) {
	if role := os.Getenv("CHILD"); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}

func play(role string) int {
	what, arg, _ := strings.Cut(role, " ")
	switch what {
	case "echo": // standard input to standard output
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "exit":
		code, _ := strconv.Atoi(arg)
		return code
	case "env":
		fmt.Println(os.Getenv(arg))
	case "flood": // n lines of 1 KiB on both outputs
		n, _ := strconv.Atoi(arg)
		for i := range n {
			fmt.Fprintf(os.Stdout, "out %08d %s\n", i, strings.Repeat("x", 1000))
			fmt.Fprintf(os.Stderr, "err %08d %s\n", i, strings.Repeat("y", 1000))
		}
	case "deaf": // ends by SIGKILL alone
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		for range c {
		}
	case "polite": // ends by SIGTERM, not by the end of input
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		<-c
		fmt.Println("bye")
		return 7
	case "parent": // leaves a child behind that holds the output open, or waits for it; a wild one has a session of its own
		p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "echo child $$; exec sleep 1000"}, &os.ProcAttr{
			Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Setsid: arg == "wild"}})
		if err != nil {
			return 1
		}
		if arg != "" {
			_, _ = p.Wait()
		}
	case "burn": // uses CPU time in a child of its own, which it waits for
		if arg == "child" {
			burn()
			return 0
		}
		p, err := os.StartProcess(os.Args[0], os.Args, &os.ProcAttr{Env: []string{"CHILD=burn child"}})
		if err != nil {
			return 1
		}
		_, _ = p.Wait()
		fmt.Println("burnt")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "cores":
		fmt.Println(runtime.NumCPU())
	case "grandparent": // starts a child through this package, perhaps a parent, and is then killed
		spec := childSpec("echo", Spec{Stdin: true})
		if arg != "" {
			spec = childSpec("parent "+arg, Spec{Stdout: func(b []byte) { fmt.Println(string(b)) }})
		}
		p, err := Start(spec)
		if err != nil {
			return 1
		}
		fmt.Println(p.PID())
		select {}
	}
	return 0
}

// burn uses at least 200 ms of CPU time.
func burn() {
	for x := uint64(1); Self().CPU < 200*time.Millisecond; {
		for range 1_000_000 {
			x = x*6364136223846793005 + 1
		}
	}
}

func childSpec(role string, s Spec) Spec {
	s.Role, s.Path = role, os.Args[0]
	s.Env = append(s.Env, "CHILD="+role)
	return s
}

// lines collects lines and lets a test wait for one.
type lines struct {
	mu  sync.Mutex
	all []string
	sig chan struct{}
}

func newLines() *lines { return &lines{sig: make(chan struct{}, 1)} }

func (l *lines) add(b []byte) {
	l.mu.Lock()
	l.all = append(l.all, string(b))
	l.mu.Unlock()
	select {
	case l.sig <- struct{}{}:
	default:
	}
}

func (l *lines) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// await returns the first line that begins with prefix.
func (l *lines) await(t *testing.T, prefix string) string {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		for _, s := range l.get() {
			if strings.HasPrefix(s, prefix) {
				return s
			}
		}
		select {
		case <-l.sig:
		case <-limit:
			t.Fatalf("no line began with %q; got %q", prefix, l.get())
		}
	}
}

func startChild(t *testing.T, role string, s Spec) *Process {
	t.Helper()
	p, err := Start(childSpec(role, s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

func TestLinesComeBackInOrder(t *testing.T) {
	l := newLines()
	p := startChild(t, "echo", Spec{Stdin: true, Stdout: l.add})
	for i := range 1000 {
		fmt.Fprintf(p.Stdin(), "line %d\n", i)
	}
	fmt.Fprint(p.Stdin(), "the last has no end")
	if err := p.Stop(context.Background(), time.Minute, time.Minute); err != nil {
		t.Fatal(err)
	}
	got := l.get()
	if len(got) != 1001 || got[0] != "line 0" || got[999] != "line 999" || got[1000] != "the last has no end" {
		t.Errorf("got %d lines, the last %q", len(got), got[len(got)-1])
	}
	if !p.Exit().OK() {
		t.Errorf("Exit() = %v, want success", p.Exit())
	}
}

func TestExitState(t *testing.T) {
	p := startChild(t, "exit 3", Spec{})
	<-p.Done()
	if got := p.Exit(); got.Code != 3 || got.Signal != 0 || got.OK() {
		t.Errorf("Exit() = %+v, want code 3", got)
	}
	p = startChild(t, "deaf", Spec{})
	if got := p.Exit(); got != (ExitState{}) {
		t.Errorf("Exit() of a running child = %+v, want zero", got)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := p.Exit(); got.Code != -1 || got.Signal != syscall.SIGKILL || got.String() != "signal: killed" {
		t.Errorf("Exit() after Kill = %+v, want SIGKILL", got)
	}
	if got := p.Exit().Unasked(); !strings.Contains(got, "signal: killed, as by the kernel where memory runs out") {
		t.Errorf("Unasked() after SIGKILL = %q, want where it may come from", got)
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, ErrExited) {
		t.Errorf("Signal after the end = %v, want ErrExited", err)
	}
}

func TestEnvironmentIsAddedToOurs(t *testing.T) {
	t.Setenv("INHERITED", "yes")
	for name, want := range map[string]string{"INHERITED": "yes", "SG_RUN": "42"} {
		l := newLines()
		p := startChild(t, "env "+name, Spec{Env: []string{"SG_RUN=42"}, Stdout: l.add})
		<-p.Done()
		if got := l.get(); len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestUnsetNamesAreKeptFromTheChild(t *testing.T) {
	t.Setenv("SG_UNWANTED", "ours")
	for _, c := range []struct {
		unset, env []string
		want       string
	}{
		{nil, nil, "ours"},
		{[]string{"OTHER", "SG_UNWANTED"}, nil, ""},
		{[]string{"SG_UNWANTED"}, []string{"SG_UNWANTED=its own"}, "its own"},
		{[]string{"SG_UN"}, nil, "ours"},
	} {
		l := newLines()
		p := startChild(t, "env SG_UNWANTED", Spec{Unset: c.unset, Env: c.env, Stdout: l.add})
		<-p.Done()
		if got := l.get(); len(got) != 1 || got[0] != c.want {
			t.Errorf("without %q, with %q: %q, want %q", c.unset, c.env, got, c.want)
		}
	}
}

func TestStopGoesFromEndOfInputToTermToKill(t *testing.T) {
	t.Run("end of input is enough", func(t *testing.T) {
		p := startChild(t, "echo", Spec{Stdin: true})
		if err := p.Stop(context.Background(), time.Minute, time.Minute); err != nil || !p.Exit().OK() {
			t.Errorf("Stop() = %v, exit %v, want a clean exit", err, p.Exit())
		}
	})
	t.Run("then SIGTERM", func(t *testing.T) {
		l := newLines()
		p := startChild(t, "polite", Spec{Stdin: true, Stdout: l.add})
		l.await(t, "ready")
		if err := p.Stop(context.Background(), time.Millisecond, time.Minute); err != nil || p.Exit().Code != 7 {
			t.Errorf("Stop() = %v, exit %v, want exit status 7", err, p.Exit())
		}
		l.await(t, "bye")
	})
	t.Run("then SIGKILL", func(t *testing.T) {
		l := newLines()
		p := startChild(t, "deaf", Spec{Stdin: true, Stdout: l.add})
		l.await(t, "ready")
		if err := p.Stop(context.Background(), time.Millisecond, time.Millisecond); !errors.Is(err, ErrKilled) || p.Exit().Signal != syscall.SIGKILL {
			t.Errorf("Stop() = %v, exit %v, want ErrKilled", err, p.Exit())
		}
	})
	t.Run("at once when the context has ended", func(t *testing.T) {
		l := newLines()
		p := startChild(t, "polite", Spec{Stdout: l.add})
		l.await(t, "ready")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := p.Stop(ctx, time.Hour, time.Hour); !errors.Is(err, ErrKilled) {
			t.Errorf("Stop() = %v, want ErrKilled", err)
		}
	})
}

func TestGroupEndsWithItsLeader(t *testing.T) {
	for _, session := range []bool{false, true} {
		l := newLines()
		p := startChild(t, "parent", Spec{Stdout: l.add, NewSession: session}) // exits at once
		<-p.Done()
		expectGone(t, l.await(t, "child "))
	}
}

func TestKillReachesTheWholeGroup(t *testing.T) {
	l := newLines()
	p := startChild(t, "parent wait", Spec{Stdout: l.add})
	child := l.await(t, "child ")
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	expectGone(t, child)
}

// expectGone checks that the process of a line "child PID" has ended or is about to: it may be a zombie of init.
func expectGone(t *testing.T, line string) {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimPrefix(line, "child "))
	if err != nil {
		t.Fatal(err)
	}
	if m := Mark(pid); m != "" {
		t.Errorf("process %d still runs", pid)
	}
}

func TestLogIsCappedAndNeverBlocks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	var n int
	p := startChild(t, "flood 40000", Spec{LogFile: file, Stdout: func([]byte) { n++ }})
	<-p.Done()
	if !p.Exit().OK() || n != 40000 {
		t.Fatalf("exit %v after %d lines, want 40000", p.Exit(), n)
	}
	st, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(2 * logKeep); st.Size() < want-MaxLine || st.Size() > want+MaxLine {
		t.Errorf("the log has %d bytes, want about %d", st.Size(), want)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"out 00000000 ", "err 00000000 ", "out 00039999 ", "err 00039999 ", " bytes left out ..."} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("the log has no %q", want)
		}
	}
	if tails, _ := filepath.Glob(file + ".tail*"); len(tails) > 0 {
		t.Errorf("%q were left behind", tails)
	}
}

func TestDetachedWritesToItsLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	p := startChild(t, "env SG_RUN", Spec{Env: []string{"SG_RUN=detached"}, LogFile: file, Detached: true})
	<-p.Done()
	if b, err := os.ReadFile(file); err != nil || string(b) != "detached\n" {
		t.Errorf("log = %q, %v", b, err)
	}
	if _, err := Start(childSpec("echo", Spec{Detached: true, Stdin: true})); err == nil {
		t.Error("Start of a detached process with a pipe succeeded")
	}
}

func TestStartErrorsNameTheProgram(t *testing.T) {
	_, err := Start(Spec{Role: "engine x", Path: "/no/such/program"})
	if err == nil || !strings.Contains(err.Error(), "engine x") || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("Start() = %v, want an error with role and path", err)
	}
	if _, err := Start(Spec{Role: "engine x"}); err == nil {
		t.Error("Start() without a program succeeded")
	}
}

func TestStdinClosesTwiceAndFailsAfterTheEnd(t *testing.T) {
	p := startChild(t, "exit 0", Spec{Stdin: true})
	<-p.Done()
	if _, err := p.Stdin().Write([]byte("x")); err == nil {
		t.Error("a write after the end succeeded")
	}
	if err := errors.Join(p.Stdin().Close(), p.Stdin().Close()); err != nil {
		t.Error(err)
	}
	if startChild(t, "exit 0", Spec{}).Stdin() != nil {
		t.Error("Stdin() without Spec.Stdin is not nil")
	}
}

func TestReadLines(t *testing.T) {
	long := strings.Repeat("a", MaxLine+10)
	in := "one\n\n" + long + "\n" + strings.Repeat("b", 100_000) + "\nlast"
	type got struct {
		n   int
		cut int64
	}
	var all []got
	readLines(bufio.NewReader(strings.NewReader(in)), func(line []byte, cut int64) { all = append(all, got{len(line), cut}) })
	want := []got{{3, 0}, {0, 0}, {MaxLine, 10}, {100_000, 0}, {4, 0}}
	if !slices.Equal(all, want) {
		t.Errorf("readLines gave %v, want %v", all, want)
	}
}

func TestCapLogKeepsHeadAndTail(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 19, 20, 21, 29, 30, 31, 100} {
		file := filepath.Join(t.TempDir(), "log")
		l, err := openLog(file, 100) // ten lines of ten bytes
		if err != nil {
			t.Fatal(err)
		}
		var all bytes.Buffer
		for i := range n {
			line := fmt.Sprintf("line %04d", i)
			fmt.Fprintln(&all, line)
			l.line([]byte(line), 0)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		want := all.String()
		if n > 20 {
			want = want[:100] + fmt.Sprintf("\n... %d bytes left out ...\n", 10*n-200) + want[10*n-100:]
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%d lines: log is %q, %v; want %q", n, got, err, want)
		}
	}
}
