package subject

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/process"
)

// The test binary plays the engine when ROLE is set; each role is one way to behave.
func TestMain(m *testing.M) {
	if role := os.Getenv("SUBJECT_TEST_ROLE"); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}

func play(role string) int {
	say := func(line string) { fmt.Println(line) }
	switch role {
	case "first", "second", "short-lived":
		return daemon(role)
	case "mute":
		return wait()
	case "no-hello":
		fmt.Fprintf(os.Stderr, "%s\nfirst\n\nsecond\x1b[31m\nthird: %s\n", strings.Repeat("x", endBytes+1000), strings.Repeat("y", 300))
		return 7
	case "stranger":
		say(`{"type":"hello","contract":[7,8],"engine":"test","version":"9"}`)
		return wait()
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
	case "runaway":
		if err := runaway(); err != nil {
			return 1
		}
	}
	say("a banner that some framework prints")
	say(`{"type":"hello","contract":[1],"engine":"test","version":"9"}`)
	say(`{"type":"metric","name":"queue","value":3}`)
	say(`{"type":"ready"}`)
	if role == "crash" {
		return 3
	}
	if role == "fatal" {
		say(`{"type":"fault","text":"stage record is not canonical","fatal":true}`)
		say(`{"type":"stopped"}`)
		return 1
	}
	for sc := bufio.NewScanner(os.Stdin); sc.Scan(); {
		if strings.Contains(sc.Text(), "drain") {
			if role == "hang" {
				continue
			}
			if role == "silent-exit" {
				return 0
			}
			say(`{"type":"stopped","clean":true}`)
			return 0
		}
	}
	if role == "deaf" || role == "hang" {
		return wait()
	}
	say(`{"type":"stopped","clean":false}`)
	return 0
}

// runaway starts a process that no signal to this one's group or session reaches.
func runaway() error {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SUBJECT_TEST_ROLE=mute")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return c.Start()
}

// daemon takes connections until it is told to end.
func daemon(role string) int {
	l, err := net.Listen("tcp", os.Getenv("SUBJECT_TEST_ADDRESS"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer l.Close()
	if role == "short-lived" {
		time.Sleep(time.Second)
		fmt.Fprintln(os.Stderr, "java.lang.OutOfMemoryError: Java heap space\n1\n2\nI have had enough")
		return 5
	}
	return wait()
}

// wait blocks until a signal that is not ignored ends the process.
func wait() int {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	<-c
	return 0
}

func start(t *testing.T, role string) (*Subject, error) {
	t.Helper()
	return startHeard(t, role, nil)
}

func startHeard(t *testing.T, role string, onLine func(engines.Line)) (*Subject, error) {
	t.Helper()
	dir := t.TempDir()
	plan := engines.Plan{Contract: 1, Run: "r", Instance: role, Engine: "test", Incarnation: 1, LogDir: dir, StateDir: dir,
		Deadlines: engines.Deadlines{ReadyMS: 10_000, DrainMS: 10_000, StopMS: 10_000}}
	if role == "deaf" {
		plan.Deadlines.StopMS = 50 // it heeds nothing: no use waiting
	}
	return Start(context.Background(), Config{Command: []string{os.Args[0]}, Plan: plan, Dir: dir,
		Env: []string{"SUBJECT_TEST_ROLE=" + role}, OnLine: onLine})
}

func started(t *testing.T, role string) *Subject {
	t.Helper()
	s, err := start(t, role)
	if err != nil {
		t.Fatalf("Start(%s) = %v", role, err)
	}
	return s
}

func TestDrainEndsAnEngineCleanly(t *testing.T) {
	s := started(t, "good")
	<-s.Ready()
	if err := s.Drain(context.Background()); err != nil {
		t.Errorf("Drain() = %v", err)
	}
	if err := s.Failure(); err != nil {
		t.Errorf("Failure() = %v after a clean drain", err)
	}
	if s.Hello().Version != "9" || s.Metrics()["queue"] != 3 {
		t.Errorf("hello %+v, metrics %v", s.Hello(), s.Metrics())
	}
}

func TestEndOfInputStopsAnEngine(t *testing.T) {
	s := started(t, "good")
	<-s.Ready()
	if err := s.Stop(context.Background()); err != nil || s.Failure() != nil {
		t.Errorf("Stop() = %v, Failure() = %v", err, s.Failure())
	}
}

func TestCrashesAreNoticed(t *testing.T) {
	for role, want := range map[string]string{"crash": "exit status 3", "fatal": "not canonical"} {
		s := started(t, role)
		<-s.Done()
		if err := s.Failure(); !errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Failure() = %v, want a crash with %q", role, err, want)
		}
		if err := s.Drain(context.Background()); err == nil {
			t.Errorf("%s: Drain() = nil after a crash", role)
		}
	}
}

// A panic over what an engine says is not the engine's fault, but nobody hears it any more: it is ended, at its hello or later.
func TestAPanicOverWhatAnEngineSaysEndsIt(t *testing.T) {
	at := func(kind string) func(engines.Line) {
		return func(l engines.Line) {
			if l.Type == kind {
				panic("what a line")
			}
		}
	}
	s, err := startHeard(t, "hang", at(engines.LineReady))
	if err == nil {
		<-s.Done()
		err = s.Failure()
	}
	if d := (*defect.Error)(nil); !errors.As(err, &d) || errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), "what a line") {
		t.Errorf("Failure() = %v, want the panic, and no crash", err)
	}
}

func TestAnExitWithoutStoppedIsACrash(t *testing.T) {
	s := started(t, "silent-exit")
	<-s.Ready()
	if err := s.Drain(context.Background()); !errors.Is(err, ErrCrashed) {
		t.Errorf("Drain() = %v, want a crash: the engine said no stopped", err)
	}
}

// An engine that ended an instant ago, and left something that holds its output open, is not known to have ended yet: why it cannot
// be asked is its end all the same.
func TestDrainTellsWhyAnEngineIsGone(t *testing.T) {
	dir := t.TempDir()
	s, err := Start(context.Background(), Config{Command: []string{"/bin/sh", "-c", `echo '{"type":"hello","contract":[1]}'; sleep 1000 & exit 9`, "sh"}, Dir: dir,
		Plan: engines.Plan{Contract: 1, Run: "r", Instance: "a", Incarnation: 1, LogDir: dir, StateDir: filepath.Join(dir, "state"),
			Deadlines: engines.Deadlines{ReadyMS: 30_000, StopMS: 30_000}}})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil { // until nobody reads what it is told
		_, err = s.life().proc.Stdin().Write([]byte("\n"))
	}
	if err := s.Drain(context.Background()); !errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), "exit status 9") {
		t.Errorf("Drain() = %v, want the crash", err)
	}
}

func TestAnEngineThatEndsBeforeItsHelloIsAnError(t *testing.T) {
	if _, err := start(t, "no-hello"); !errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("Start() = %v, want a crash with exit status 7", err)
	}
	dir := t.TempDir()
	_, err := Start(context.Background(), Config{Command: []string{filepath.Join(dir, "absent")}, Dir: dir, Plan: engines.Plan{LogDir: dir}})
	if err == nil {
		t.Error("Start of a program that does not exist gave no error")
	}
}

func TestTheEndOfTheLogIsSafeForATerminal(t *testing.T) {
	s, _ := start(t, "no-hello")
	want := "first\nsecond\\x1b[31m\nthird: " + strings.Repeat("y", 192) + "…"
	if got := s.LogEnd(); got != want {
		t.Errorf("LogEnd() = %q, want %q", got, want)
	}
	if got := (&Subject{}).LogEnd(); got != "" {
		t.Errorf("LogEnd() = %q without a log", got)
	}
}

// The last lines of a JVM engine's log are frames of a trace, and what happened stands above them.
func TestTheEndOfTheLogLeavesOutFramesOfATrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	text := "INFO starting\njava.lang.IllegalStateException: no room\n" + strings.Repeat("\tat org.x.Y$Z.lambda$a$1(Y.java:7) ~[y.jar:1]\n", 300) +
		"Caused by: java.io.IOException: at (last)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n\t... 12 more\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &Subject{}
	s.mu.log = file
	if got, want := s.LogEnd(), "INFO starting\njava.lang.IllegalStateException: no room\nCaused by: java.io.IOException: at (last)"; got != want {
		t.Errorf("LogEnd() = %q, want %q", got, want)
	}
}

func TestTheEndOfALineLongerThanWhatIsLookedAt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte("INFO starting\n"+strings.Repeat("x", endBytes+1)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &Subject{}
	s.mu.log = file
	if got := s.LogEnd(); !strings.HasPrefix(got, "xxx") {
		t.Errorf("LogEnd() = %q, want the end of the line", got)
	}
}

// A script that starts a program may go to another folder first.
func TestAnEngineInAnotherFolderFindsItsPlan(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("logs", 0o755); err != nil {
		t.Fatal(err)
	}
	plan := engines.Plan{Contract: 1, Run: "r", Instance: "a", Incarnation: 1, LogDir: "logs", StateDir: filepath.Join("logs", "state"),
		Deadlines: engines.Deadlines{ReadyMS: 30_000, StopMS: 30_000}}
	s, err := Start(context.Background(), Config{Abroad: true, Plan: plan, Dir: "logs", Command: []string{"/bin/sh", "-c",
		`cd / && test -r "$2" && grep -q '"state_dir": "/' "$2" && echo '{"type":"hello","contract":[1]}'; cat`, "sh"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAnEngineOfAnotherContractIsRefused(t *testing.T) {
	s, err := start(t, "stranger")
	if err == nil || !strings.Contains(err.Error(), "speaks contract [7 8]; this harness speaks 1") {
		t.Errorf("Start() = %v, want both contracts", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("it still runs")
	}
}

func TestAHelloMustComeBeforeTheEngineMustBeReady(t *testing.T) {
	dir := t.TempDir()
	plan := engines.Plan{Contract: 1, Run: "r", Instance: "mute", Incarnation: 1, LogDir: dir, Deadlines: engines.Deadlines{ReadyMS: 100}}
	_, err := Start(context.Background(), Config{Command: []string{os.Args[0]}, Plan: plan, Dir: dir, Env: []string{"SUBJECT_TEST_ROLE=mute"}})
	if err == nil || !strings.Contains(err.Error(), "no hello within 100ms") {
		t.Errorf("Start() = %v, want the plan's deadline", err)
	}
}

func TestAMuteEngineIsKilledWhenItsTimeIsUp(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, errors.New("enough"))
	defer cancel()
	dir := t.TempDir()
	_, err := Start(ctx, Config{Command: []string{os.Args[0]}, Dir: dir, Env: []string{"SUBJECT_TEST_ROLE=mute"},
		Plan: engines.Plan{Instance: "mute", LogDir: dir}})
	if err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("Start() = %v, want the reason why waiting ended", err)
	}
}

// An engine, or the script that starts it, may put a process into a session of its own.
func TestWhatAnEngineStartsEndsWithIt(t *testing.T) {
	for end, by := range map[string]func(*Subject) error{
		"drain": func(s *Subject) error { return s.Drain(context.Background()) },
		"stop":  func(s *Subject) error { return s.Stop(context.Background()) },
		"kill":  (*Subject).Kill,
	} {
		s := started(t, "runaway")
		<-s.Ready()
		if all := process.Tagged(s.life().tag); len(all) != 2 {
			t.Errorf("processes %v run; want the engine and what it started", all)
		}
		if err := by(s); err != nil {
			t.Errorf("%s = %v", end, err)
		}
		if left := process.Tagged(s.life().tag); len(left) > 0 {
			t.Errorf("after %s, processes %v run", end, left)
		}
	}
}

func TestAShortageOfMemoryIsFoundInTheLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	for _, c := range []struct {
		log, want string
		heap      bool
	}{
		{"", "", false},
		{"launching java -XX:+ExitOnOutOfMemoryError\n", "", false},
		{"x\nTerminating due to java.lang.OutOfMemoryError: Java heap space\nmore\nand more\nand more\nand more\n", "java.lang.OutOfMemoryError: Java heap space", true},
		{strings.Repeat("x", 100_000) + "\njava.lang.OutOfMemoryError: Cannot reserve 5 bytes of direct buffer memory", "java.lang.OutOfMemoryError: Cannot reserve 5 bytes of direct buffer memory", true},
		{"java.lang.OutOfMemoryError: unable to create native thread: \x1b[31m\n", `java.lang.OutOfMemoryError: unable to create native thread: \x1b[31m`, false},
		{"# There is insufficient memory for the Java Runtime Environment to continue.\n", "There is insufficient memory for the Java Runtime Environment to continue.", false},
		{"fatal error: runtime: out of memory\n", "fatal error: runtime: out of memory", false},
	} {
		if err := os.WriteFile(file, []byte(c.log), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := shortage(file); got.Text != c.want || got.Heap != c.heap {
			t.Errorf("shortage of %.80q = %+v; want %q, heap %t", c.log, got, c.want, c.heap)
		}
	}
	if got := shortage(file + "-not-there"); got.Text != "" {
		t.Errorf("shortage of no file = %+v", got)
	}
}

func TestADrainThatHangsEndsWithItsDeadline(t *testing.T) {
	s := started(t, "hang")
	<-s.Ready()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain() = %v, want the deadline", err)
	}
	if err := s.Kill(); err != nil {
		t.Errorf("Kill() = %v", err)
	}
}

func TestAnEngineThatIgnoresEverythingIsKilled(t *testing.T) {
	s := started(t, "deaf")
	<-s.Ready()
	if err := s.Stop(context.Background()); !errors.Is(err, process.ErrKilled) || !strings.Contains(err.Error(), "neither") {
		t.Errorf("Stop() = %v, want that the engine heeded nothing", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("the engine still runs after Stop")
	}
}

func TestTheEndOfTheContextKillsAtOnce(t *testing.T) {
	s := started(t, "deaf")
	<-s.Ready()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	if err := s.Stop(ctx); !errors.Is(err, process.ErrKilled) || !strings.Contains(err.Error(), "enough") {
		t.Errorf("Stop() = %v, want killed, because enough", err)
	}
}

func TestKillAndRestartGoOnWithTheNextIncarnation(t *testing.T) {
	s := started(t, "good")
	<-s.Ready()
	first := s.PID()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Failure(); err != nil {
		t.Errorf("Failure() = %v after a kill by the harness", err)
	}
	if err := s.Restart(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	<-s.Ready()
	if s.PID() == first || s.Plan().Incarnation != 2 {
		t.Errorf("pid %d then %d, incarnation %d", first, s.PID(), s.Plan().Incarnation)
	}
	b, err := os.ReadFile(filepath.Join(s.cfg.Dir, "plan-2.json"))
	var p engines.Plan
	if err != nil || json.Unmarshal(b, &p) != nil || p.Incarnation != 2 {
		t.Errorf("plan of the second incarnation: %v, %+v", err, p.Incarnation)
	}
	if err := s.Drain(context.Background()); err != nil {
		t.Errorf("Drain() = %v", err)
	}
}

func TestWhatAnEngineUsedCountsOnceWhenItDoesNotComeBack(t *testing.T) {
	s := started(t, "good")
	<-s.Ready()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	used := s.Usage().CPU
	if used <= 0 {
		t.Fatal("the engine used no processor time")
	}
	s.cfg.Command = []string{filepath.Join(t.TempDir(), "absent")}
	for n := 2; n <= 3; n++ {
		if err := s.Restart(context.Background(), nil); err == nil {
			t.Fatal("Restart() of a program that does not exist gave no error")
		}
		if got := s.Usage().CPU; got != used || s.Plan().Incarnation != n {
			t.Errorf("incarnation %d: %v used by all; want incarnation %d and the %v of the first", s.Plan().Incarnation, got, n, used)
		}
	}
}
