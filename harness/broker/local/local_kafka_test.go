//go:build kafka

package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/broker/brokertest"
	"github.com/streamgauge/streamgauge/harness/jars"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// These tests run a real Kafka. They download it once into the folder in SG_TEST_CACHE, or the user's cache folder.
func installed(t *testing.T) (cacheDir string) {
	t.Helper()
	cacheDir = os.Getenv("SG_TEST_CACHE")
	if cacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cacheDir = filepath.Join(user, "streamgauge")
	}
	if err := Install(t.Context(), cacheDir, false, func(s string) { t.Log(s) }); err != nil {
		t.Fatal(err)
	}
	return cacheDir
}

func startKafka(t *testing.T, spec broker.Spec, cfg Config) *Broker {
	t.Helper()
	cfg.CacheDir = installed(t)
	dir := t.TempDir()
	spec.Dir, spec.LogDir = filepath.Join(dir, "data"), filepath.Join(dir, "logs")
	began := time.Now()
	b, err := Start(t.Context(), spec, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d nodes were ready after %v", b.Info().Nodes, time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		for i := range b.plan {
			if log, err := os.ReadFile(b.logFile(i)); t.Failed() && err == nil {
				t.Logf("log of node %d:\n%s", i, jars.Trim(log))
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
		if exists(spec.Dir) {
			t.Errorf("%s is still there", spec.Dir)
		}
	})
	return b
}

func roundTrip(t *testing.T, b broker.Broker, replicas int16, record []byte) {
	t.Helper()
	cl, err := b.Dial(kgo.DefaultProduceTopic("sg.t"), kgo.ConsumeTopics("sg.t"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, replicas, nil, "sg.t"); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(ctx, &kgo.Record{Value: record}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	fs := cl.PollFetches(ctx)
	if err := fs.Err(); err != nil || fs.NumRecords() != 1 || len(fs.Records()[0].Value) != len(record) {
		t.Fatalf("read %d records, %v", fs.NumRecords(), err)
	}
}

func TestOneNodeTakesItsLargestRecord(t *testing.T) {
	const record = 110_000_000
	b := startKafka(t, broker.Spec{Nodes: 1, MaxRecordBytes: record}, Config{})
	roundTrip(t, b, -1, make([]byte, record))
	limits, err := b.Limits(t.Context())
	if err != nil || limits["socket.request.max.bytes"] < broker.RequestBytes(record) || limits["message.max.bytes"] < record {
		t.Errorf("Limits = %v, %v", limits, err)
	}
	if cpu, rss := b.Usage(); cpu < 0.2 || rss < 100<<20 {
		t.Errorf("Usage = %v s, %d bytes", cpu, rss)
	}
	cl, err := b.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if c, err := broker.Ask(t.Context(), cl); err != nil || !strings.Contains(c.Version, "v4.") {
		t.Errorf("Ask = %+v, %v, want version 4", c, err)
	}
}

func TestThreeNodesSurviveTheLossOfOne(t *testing.T) {
	b := startKafka(t, broker.Spec{Nodes: 3}, Config{Faults: true})
	roundTrip(t, b, -1, []byte("x"))
	cl, err := b.Dial(kgo.DefaultProduceTopic("sg.t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	d, err := kadm.NewClient(cl).ListTopics(t.Context(), "sg.t")
	if err != nil || len(d["sg.t"].Partitions[0].Replicas) != 3 {
		t.Fatalf("replicas of the topic: %v, %v, want three", d["sg.t"].Partitions, err)
	}
	leader := int(d["sg.t"].Partitions[0].Leader) - 1 // nodes are counted from 0 here
	if err := b.Kill(leader); err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(leader); err == nil {
		t.Error("a second Kill of the same node succeeded")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := cl.ProduceSync(ctx, kgo.StringRecord("y")).FirstErr(); err != nil {
		t.Errorf("producing with a node lost: %v", err)
	}
	if err := b.Restart(ctx, leader); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Pause(leader), b.Resume(leader)); err != nil {
		t.Error(err)
	}
	if n := len(b.Info().PIDs); n != 3 {
		t.Errorf("%d processes after the restart, want 3", n)
	}
	select {
	case err := <-b.Lost():
		t.Errorf("Lost() = %v, although every end was asked for", err)
	default:
	}
}

func TestLostNodeIsReported(t *testing.T) {
	b := startKafka(t, broker.Spec{}, Config{})
	if err := b.mu.nodes[0].proc.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-b.Lost(); !strings.Contains(err.Error(), "node 1 ended by itself (signal: killed)") {
		t.Errorf("Lost() = %v", err)
	}
}

func TestTLSWithSASL(t *testing.T) {
	pki := brokertest.NewPKI(t)
	props := pki.ServerProperties()
	client := pki.ClientFile(t, "alice", "secret")
	b := startKafka(t, broker.Spec{MaxRecordBytes: 1 << 20}, Config{Properties: props, ClientFile: client})
	if got := b.Info().SecurityFile; got != client {
		t.Errorf("Info().SecurityFile = %q, want %q", got, client)
	}
	roundTrip(t, b, -1, []byte("secured"))
	for name, c := range map[string]struct{ file, want string }{
		"a wrong password":     {pki.ClientFile(t, "alice", "wrong"), "SASL_AUTHENTICATION_FAILED"},
		"a foreign authority":  {brokertest.NewPKI(t).ClientFile(t, "alice", "secret"), "x509"},
		"no security settings": {"", ""},
	} {
		opts, err := broker.ClientOptions(b.Info().Bootstrap, c.file, 0)
		if err != nil {
			t.Fatal(err)
		}
		cl, err := kgo.NewClient(append(opts, kgo.RequestRetries(0))...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if _, err := broker.Ask(ctx, cl); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("asking with %s = %v, want an error with %q", name, err, c.want)
		}
		cancel()
		cl.Close()
	}
}

func TestKeptClusterOutlivesItsStart(t *testing.T) {
	cache, dir := installed(t), t.TempDir()
	file := filepath.Join(dir, "state", "broker.json")
	if err := StopFromState(t.Context(), file); !errors.Is(err, ErrNotRunning) {
		t.Errorf("StopFromState without a cluster = %v, want ErrNotRunning", err)
	}
	spec := broker.Spec{Dir: filepath.Join(dir, "data"), LogDir: filepath.Join(dir, "logs"), MaxRecordBytes: 1 << 20}
	s, err := Keep(t.Context(), spec, Config{CacheDir: cache}, file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Keep(t.Context(), spec, Config{CacheDir: cache}, file); !errors.Is(err, ErrRunning) {
		t.Errorf("a second Keep = %v, want ErrRunning", err)
	}
	s, err = ReadState(file)
	if err != nil || s.Alive() != 1 {
		t.Fatalf("ReadState = %+v, %v, want one process alive", s, err)
	}
	a, err := Attach(t.Context(), s, broker.Spec{MaxRecordBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, a, -1, []byte("kept"))
	if cpu, rss := a.Usage(); cpu <= 0 || rss < 100<<20 {
		t.Errorf("Usage = %v s, %d bytes", cpu, rss)
	}
	if _, err := Attach(t.Context(), s, broker.Spec{MaxRecordBytes: 2 << 20}); !errors.Is(err, broker.ErrUnfit) || !strings.Contains(err.Error(), "stop it and start it again") {
		t.Errorf("Attach for larger records = %v", err)
	}
	if err := a.Close(t.Context()); err != nil || s.Alive() != 1 {
		t.Errorf("Close of an attached cluster: %v, %d alive, want 1", err, s.Alive())
	}
	if err := StopFromState(t.Context(), file); err != nil {
		t.Error(err)
	}
	if s.Alive() != 0 || exists(spec.Dir) || exists(file) {
		t.Errorf("after StopFromState: %d alive, data %v, state %v", s.Alive(), exists(spec.Dir), exists(file))
	}
	if _, err := Attach(t.Context(), s, broker.Spec{}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Attach to a stopped cluster = %v, want ErrNotRunning", err)
	}
}

func TestBadConfigurationIsExplained(t *testing.T) {
	dir := t.TempDir()
	spec := broker.Spec{Dir: filepath.Join(dir, "data"), LogDir: filepath.Join(dir, "logs")}
	_, err := Start(t.Context(), spec, Config{CacheDir: installed(t), Properties: map[string]string{"num.io.threads": "many"}})
	if err == nil || !strings.Contains(err.Error(), "num.io.threads") {
		t.Errorf("Start = %v, want what Kafka says of num.io.threads", err)
	}
}
