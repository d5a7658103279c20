//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/broker/embedded"
	"github.com/streamgauge/streamgauge/harness/broker/local"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/topic"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The brokers.
const (
	kafkaKind    = "kafka" // a real one
	embeddedKind = "embedded"
)

// maxRecord is above the largest record with key and headers, bytes.
const maxRecord = 1_048_576

// target is a broker to measure against.
type target struct {
	broker.Broker
	client *kgo.Client
	admin  *topic.Admin
	topics int
}

// start starts a broker of its own, which ends with b.
func (s *setup) start(b *testing.B, kind string) *target {
	b.Helper()
	ctx, dir := b.Context(), b.TempDir()
	spec := broker.Spec{Nodes: 1, MaxRecordBytes: maxRecord, Dir: filepath.Join(dir, "data"), LogDir: filepath.Join(dir, "logs")}
	t := &target{}
	var err error
	if kind == embeddedKind {
		spec.Kind = broker.Embedded
		t.Broker, err = embedded.Start(ctx, spec, s.program, []string{"broker", "serve-embedded"})
	} else {
		spec.Kind = broker.Local
		if err = local.Install(ctx, s.cache, false, func(text string) { b.Log(text) }); err == nil {
			t.Broker, err = local.Start(ctx, spec, local.Config{CacheDir: s.cache, Throughput: true})
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	if t.client, err = t.Dial(); err != nil {
		b.Fatal(err)
	}
	t.admin = topic.NewAdmin(t.client)
	b.Cleanup(func() {
		t.client.Close()
		if err := t.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return t
}

func (t *target) bootstrap() string { return strings.Join(t.Info().Bootstrap, ",") }

// topic makes a topic of one partition with the settings of a trial's topics.
func (t *target) topic(b *testing.B, appendTime bool) (name string, remove func()) {
	b.Helper()
	t.topics++
	name = topic.Name("bench", fmt.Sprint(t.topics), "x", "in")
	if err := t.admin.Create(b.Context(), []topic.Spec{{Name: name, Partitions: 1, MaxRecord: maxRecord, AppendTime: appendTime}}); err != nil {
		b.Fatal(err)
	}
	return name, func() {
		if err := t.admin.Delete(context.Background(), []string{name}); err != nil {
			b.Error(err)
		}
		settle()
	}
}

// self runs this test binary in a role and reads what it found into found. The CPU time is that of the child.
func self(b *testing.B, role string, config, found any) time.Duration {
	b.Helper()
	arg, err := json.Marshal(config)
	if err != nil {
		b.Fatal(err)
	}
	me, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	lines, cpu := child(b, process.Spec{Role: role, Path: me, Args: []string{string(arg)}, Env: []string{childEnv + "=" + role}})
	if err := json.Unmarshal([]byte(strings.Join(lines, "")), found); err != nil {
		b.Fatalf("the %s said %q: %v", role, lines, err)
	}
	return cpu
}

// child runs a program to its end and gives its standard output and its CPU time, user and system.
func child(b *testing.B, spec process.Spec) (lines []string, cpu time.Duration) {
	b.Helper()
	var mu sync.Mutex
	spec.Stdout = func(line []byte) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, string(line))
	}
	spec.LogFile = filepath.Join(b.TempDir(), "log")
	p, err := process.Start(spec)
	if err != nil {
		b.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-b.Context().Done():
		_ = p.Kill()
	}
	if !p.Exit().OK() {
		log, _ := os.ReadFile(spec.LogFile)
		b.Fatalf("%s ended with %v:\n%s", spec.Role, p.Exit(), log)
	}
	return lines, p.Usage().CPU
}

// meter reads what the machine and the broker have used.
type meter struct {
	at     time.Time
	host   process.HostSample
	broker float64 // CPU seconds
	own    time.Duration
}

func ownCPU() time.Duration { return process.Self().CPU }

func (t *target) meter() meter {
	m := meter{at: time.Now(), host: process.SampleHost(), own: ownCPU()}
	if t != nil {
		m.broker, _ = t.Usage()
	}
	return m
}

// others is the share of the machine's CPU time since from that was used by nobody who was measured, the hypervisor's other
// guests included: percent. Above a few, figures are those of a machine that was not quiet.
func (t *target) others(from meter, client time.Duration) float64 {
	now := t.meter()
	used := (now.host.CPUBusy + now.host.CPUStolen - from.host.CPUBusy - from.host.CPUStolen).Seconds()
	used -= client.Seconds() + (now.broker - from.broker) + (now.own - from.own).Seconds()
	all := now.at.Sub(from.at).Seconds() * float64(process.ReadHost().Cores)
	return max(0, 100*used/all)
}

// outcome is what one run of a client gave.
type outcome struct {
	records    int64
	valueBytes float64       // mean
	rate       float64       // records per second
	cpu        time.Duration // of the whole process
	start      time.Duration // of that, for a JVM's start: not held against the tool
}

// measure runs a client and reports what it and the broker used.
func (t *target) measure(b *testing.B, run func() outcome) {
	for b.Loop() {
		before := t.meter()
		o := run()
		brokerCPU, _ := t.Usage()
		mb := float64(o.records) * o.valueBytes / 1e6
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(o.rate, "records/s")
		b.ReportMetric((o.cpu-o.start).Seconds()*1000/mb, "client-cpu-ms/MB")
		b.ReportMetric(o.start.Seconds(), "start-cpu-s")
		b.ReportMetric((brokerCPU-before.broker)*1000/mb, "broker-cpu-ms/MB")
		b.ReportMetric(o.valueBytes, "value-B")
		b.ReportMetric(t.others(before, o.cpu), "other-cpu-%")
	}
}
