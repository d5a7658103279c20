//go:build kafka

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/broker/brokertest"
	"github.com/streamgauge/streamgauge/harness/broker/local"
)

// cache is the folder that downloads are kept in between tests: not the user's own, whose kept broker is not ours to stop.
func cache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "streamgauge-test")
}

// Each script in testdata/kafka is the command line on a real Kafka.
func TestKafkaScripts(t *testing.T) {
	dir := cache(t)
	t.Cleanup(func() { // a script that fails half-way leaves its kept broker to us
		_ = local.StopFromState(context.Background(), stateFile(filepath.Join(dir, "streamgauge")))
	})
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/kafka",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", dir)
			return nil
		},
	})
}

// A JVM engine is built from its sources, run on a real Kafka, damaged and repaired. It has a cache of its own, since other
// scripts keep a broker for a while.
func TestKafkaJVMEngine(t *testing.T) {
	dir := cache(t) + "-jvm"
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/kafka-jvm",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", dir)
			return nil
		},
	})
}

// Engines on daemons of their own, which are started on this machine, with a worker killed on the way.
func TestKafkaClusters(t *testing.T) {
	dir := cache(t) + "-jvm"
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/kafka-cluster",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", dir)
			e.Defer(func() { tellDaemons(t, e) })
			return nil
		},
	})
}

// tellDaemons logs how the daemons' logs of a failed script end: the run folder is gone when anybody looks.
func tellDaemons(t *testing.T, e *testscript.Env) {
	if of, ok := e.T().(interface{ Failed() bool }); !ok || !of.Failed() {
		return
	}
	logs, err := filepath.Glob(filepath.Join(e.WorkDir, "*", "*", "logs", "*", "*.log"))
	if err != nil {
		t.Error(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		lines := strings.Split(string(text), "\n")
		t.Logf("%s ends (%v):\n%s", filepath.Base(path), err, strings.Join(lines[max(0, len(lines)-30):], "\n"))
	}
}

// A broker that runs already, by TLS and SASL PLAIN or SCRAM, from the settings file alone.
func TestKafkaRunOverTLS(t *testing.T) {
	pki := brokertest.NewPKI(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	dir := filepath.Join(cache(t), "streamgauge")
	if err := local.Install(ctx, dir, false, func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	b, err := local.Start(ctx, broker.Spec{Nodes: 1, Dir: filepath.Join(folder, "data"), LogDir: folder, MaxRecordBytes: 2 << 20},
		local.Config{CacheDir: dir, Properties: pki.ServerProperties(), ClientFile: pki.ClientFile(t, "alice", "secret")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.Background()) }) // not deferred: scripts go on after this function has returned
	address := strings.Join(b.Info().Bootstrap, ",")
	client, err := b.Dial()
	if err != nil {
		t.Fatal(err)
	}
	brokertest.AddSCRAM(ctx, t, client, "bob", "hush")
	client.Close()
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/kafka-tls",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("BROKER", address)
			e.Setenv("ALICE", pki.ClientFile(t, "alice", "secret"))
			e.Setenv("BOB256", pki.SCRAMFile(t, "SCRAM-SHA-256", "bob", "hush"))
			e.Setenv("BOB512", pki.SCRAMFile(t, "SCRAM-SHA-512", "bob", "hush"))
			e.Setenv("MALLORY", pki.SCRAMFile(t, "SCRAM-SHA-512", "bob", "wrong"))
			e.Setenv("STRANGER", pki.ClientFile(t, "alice", "wrong", "bootstrap.servers="+address))
			return nil
		},
	})
}
