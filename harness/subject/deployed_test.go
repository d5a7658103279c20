package subject

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/process"
)

// deployed starts an engine of a role beside two daemons, which take connections until they end; "short-lived" ends by itself.
func deployed(t *testing.T, role, daemon string) (*Subject, error) {
	t.Helper()
	dir := t.TempDir()
	plan := engines.Plan{Contract: 1, Run: "r", Instance: role, Engine: "test", Incarnation: 1, LogDir: dir, StateDir: dir, Prefix: dir,
		Deploy: &engines.Deploy{Kind: engines.DeployCluster}, Deadlines: engines.Deadlines{ReadyMS: 30_000, DrainMS: 30_000, StopMS: 30_000}}
	c := &engines.Cluster{Home: filepath.Join(dir, "cluster"), Addresses: map[string]string{"rest": "http://127.0.0.1:1"}, Worker: "is-no-argument"}
	for _, name := range []string{"first", daemon} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		c.Daemons = append(c.Daemons, engines.Daemon{Role: name, Command: []string{os.Args[0]}, Ready: engines.Check{Address: address},
			Env: []string{"SUBJECT_TEST_ROLE=" + name, "SUBJECT_TEST_ADDRESS=" + address}})
	}
	return Start(context.Background(), Config{Command: []string{os.Args[0]}, Cluster: c, Plan: plan, Dir: dir, Unset: []string{"SG_UNWANTED"}, Env: []string{"SUBJECT_TEST_ROLE=" + role}})
}

// left lists the daemons of an incarnation that still run.
func left(s *Subject, incarnation string) []int {
	return process.Tagged("SG_CLUSTER=" + s.cfg.Plan.Prefix + "-" + incarnation)
}

func TestAnEngineGetsTheAddressesOfItsCluster(t *testing.T) {
	s, err := deployed(t, "good", "second")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(left(s, "1")); n != 2 {
		t.Errorf("%d daemons run; want 2", n)
	}
	b, err := os.ReadFile(filepath.Join(s.cfg.Dir, "plan-1.json"))
	var plan engines.Plan
	if err := errors.Join(err, json.Unmarshal(b, &plan)); err != nil {
		t.Fatal(err)
	}
	if plan.Deploy == nil || plan.Deploy.Addresses["rest"] != "http://127.0.0.1:1" || plan.Deploy.Home == "" {
		t.Errorf("the plan says deploy %+v; want the cluster's addresses and home", plan.Deploy)
	}
	if err := s.Drain(context.Background()); err != nil {
		t.Errorf("Drain() = %v", err)
	}
	if n := left(s, "1"); len(n) > 0 {
		t.Errorf("after draining, daemons %v run", n)
	}
}

func TestNeitherEngineNorDaemonsGetWhatIsUnset(t *testing.T) {
	t.Setenv("SG_UNWANTED", "x")
	s, err := deployed(t, "good", "second")
	if err != nil {
		t.Fatal(err)
	}
	if pids := process.Tagged("SG_UNWANTED=x"); len(pids) > 0 || len(left(s, "1")) != 2 {
		t.Errorf("processes %v have the variable, %d daemons run; want none and 2", pids, len(left(s, "1")))
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestNothingOfAClusterOutlivesItsEngine(t *testing.T) {
	for end, by := range map[string]func(*Subject) error{
		"stop": func(s *Subject) error { return s.Stop(context.Background()) },
		"kill": (*Subject).Kill,
		"interrupt": func(s *Subject) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.Stop(ctx)
			return nil
		},
	} {
		s, err := deployed(t, "good", "second")
		if err != nil {
			t.Fatal(err)
		}
		if err := by(s); err != nil {
			t.Errorf("%s = %v", end, err)
		}
		if n := left(s, "1"); len(n) > 0 {
			t.Errorf("after %s, daemons %v run", end, n)
		}
	}
}

func TestAnEngineThatCrashesTakesItsClusterAlong(t *testing.T) {
	s, err := deployed(t, "crash", "second")
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if n := left(s, "1"); len(n) > 0 || !errors.Is(s.Failure(), ErrCrashed) {
		t.Errorf("Failure() = %v with daemons %v; want a crash and none", s.Failure(), n)
	}
}

func TestALostDaemonIsTheEnginesFailure(t *testing.T) {
	s, err := deployed(t, "good", "short-lived")
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the engine goes on without its daemon")
	}
	if err := s.Failure(); !errors.Is(err, ErrCrashed) || !strings.Contains(err.Error(), "running short-lived of good: it ended by itself: exit status 5") {
		t.Errorf("Failure() = %v; want what became of the daemon", err)
	}
	if got := s.LogEnd(); !strings.Contains(got, "I have had enough") {
		t.Errorf("LogEnd() = %q; want the daemon's last words", got)
	}
	if got := s.Shortage(); got.Text != "java.lang.OutOfMemoryError: Java heap space" || filepath.Base(got.Log) != "good-short-lived-1.log" {
		t.Errorf("Shortage() = %+v; want the daemon's", got)
	}
	if n := left(s, "1"); len(n) > 0 {
		t.Errorf("daemons %v run", n)
	}
}

func TestARestartBringsTheClusterBack(t *testing.T) {
	s, err := deployed(t, "good", "second")
	if err != nil {
		t.Fatal(err)
	}
	before := s.Usage().CPU
	if err := errors.Join(s.Kill(), s.Restart(context.Background(), nil)); err != nil {
		t.Fatal(err)
	}
	if n := len(left(s, "2")); n != 2 || s.Usage().CPU < before {
		t.Errorf("%d daemons run, %v used after %v; want 2, and no less", n, s.Usage().CPU, before)
	}
	anew := *s.cfg.Cluster
	anew.Daemons = anew.Daemons[:1]
	if err := errors.Join(s.Kill(), s.Restart(context.Background(), &anew)); err != nil {
		t.Fatal(err)
	}
	if n := len(left(s, "3")); n != 1 {
		t.Errorf("%d daemons run; want the one that there is to be now", n)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("Stop() = %v", err)
	}
}

func TestThereIsNoWorkerToKill(t *testing.T) {
	s := started(t, "good")
	defer func() { _ = s.Kill() }()
	if _, err := s.KillWorker(t.Context(), 0); !errors.Is(err, ErrNoCluster) {
		t.Errorf("KillWorker() = %v; want %v", err, ErrNoCluster)
	}
}
