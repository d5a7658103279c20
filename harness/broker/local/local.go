// Package local is a real Apache Kafka on this machine: one or three nodes from the jars of Maven Central, in KRaft mode,
// each a process in a session of its own. Install brings the jars once; Start starts a cluster for a run; Keep leaves one
// running for later runs.
package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/jars"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Times of a cluster.
const (
	readyWithin = 5 * time.Minute  // 1 to 5 s on a quiet machine, more than 90 s on two cores that 60 processes wait for; one that ends is noticed at once
	stopWithin  = 15 * time.Second // SIGTERM to exit: 2 s for one node, 8 s for three
)

// Config says how to run Kafka, beside what the run asks for in broker.Spec.
type Config struct {
	CacheDir string // that Install was given
	Ports    []int  // of the clients' listeners, one for each node; nil: any free ones
	// Throughput gives each node 1 GiB of heap and G1, as Kafka's own scripts do; otherwise it has 512 MiB and the serial
	// collector, which starts sooner and is enough for tests and faults.
	Throughput bool
	// Faults shortens the timeouts by which nodes notice that one is lost. Say so beside the result.
	Faults bool
	// Properties are added to each node's configuration and win over ours.
	Properties map[string]string
	// ClientFile is a client.properties file for clients, when Properties ask for TLS or SASL.
	ClientFile string

	detached bool                // the nodes outlive this process
	launched func(*Broker) error // called when all nodes have been started, before they answer; nil: not
}

// Broker is a running cluster. Safe for concurrent use.
type Broker struct {
	info broker.Info
	opts []kgo.Opt
	spec broker.Spec
	cfg  Config
	java jars.Java
	jvm  []string
	plan []node
	lost chan error

	mu struct {
		sync.Mutex
		nodes   []*incarnation // by node; nil: it has ended
		pastCPU time.Duration  // of ended incarnations
		peaks   []int64        // by node, of ended incarnations
	}
}

// incarnation is one life of a node.
type incarnation struct {
	proc     *process.Process
	unwanted atomic.Bool   // its end was asked for
	over     chan struct{} // closed when its end has been accounted for
}

var (
	_ broker.Faulty  = (*Broker)(nil)
	_ broker.Limited = (*Broker)(nil)
)

// Start starts a cluster and returns when all its nodes answer. The jars are checked against the lock first. ctx bounds
// the start alone. Errors: ErrNotInstalled; a port in use; what the log says last.
func Start(ctx context.Context, spec broker.Spec, cfg Config) (*Broker, error) {
	java, err := jars.FindJava(ctx, needJava)
	if err != nil {
		return nil, fmt.Errorf("starting Kafka: %w", err)
	}
	if err := Verify(cfg.CacheDir); err != nil {
		return nil, fmt.Errorf("starting Kafka: %w", err)
	}
	var jvm []string
	if a := archive(cfg.CacheDir, java); exists(a) {
		jvm = append(jvm, "-XX:SharedArchiveFile="+a)
	}
	b, err := start(ctx, spec, cfg, java, jvm)
	if err != nil {
		return nil, fmt.Errorf("starting Kafka: %w", err)
	}
	return b, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func start(ctx context.Context, spec broker.Spec, cfg Config, java jars.Java, jvm []string) (*Broker, error) {
	nodes, err := plan(spec, cfg.Ports)
	if err != nil {
		return nil, err
	}
	b := &Broker{spec: spec, cfg: cfg, java: java, jvm: jvm, plan: nodes, lost: make(chan error, 1)}
	b.mu.nodes, b.mu.peaks = make([]*incarnation, len(nodes)), make([]int64, len(nodes))
	b.info = broker.Info{Kind: broker.Local, Version: Version, Nodes: len(nodes), SecurityFile: cfg.ClientFile}
	for _, n := range nodes {
		b.info.Bootstrap = append(b.info.Bootstrap, n.address())
	}
	if b.opts, err = broker.ClientOptions(b.info.Bootstrap, cfg.ClientFile, spec.MaxRecordBytes); err != nil {
		return nil, err
	}
	if err := b.write(); err != nil {
		return nil, err
	}
	for i := range nodes {
		if err := b.launch(i); err != nil {
			return nil, errors.Join(err, b.Close(context.WithoutCancel(ctx)))
		}
	}
	if cfg.launched != nil {
		if err := cfg.launched(b); err != nil {
			return nil, errors.Join(err, b.Close(context.WithoutCancel(ctx)))
		}
	}
	if err := b.await(ctx, len(nodes)); err != nil {
		err = b.explain(err) // before its logs may go
		stop, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancel() // a cluster that never came up has nothing to save
		return nil, errors.Join(err, b.Close(stop))
	}
	return b, nil
}

// write makes the folders and configurations of all nodes.
func (b *Broker) write() error {
	l := layout{nodes: b.plan, maxRecord: b.spec.MaxRecordBytes, faults: b.cfg.Faults, extra: b.cfg.Properties}
	id := newID()
	if err := os.MkdirAll(b.spec.LogDir, 0o755); err != nil {
		return err
	}
	for _, n := range b.plan {
		if err := format(b.cfg.CacheDir, id, n); err != nil {
			return err
		}
		dir := filepath.Dir(n.dir)
		// Properties may hold passwords.
		if err := os.WriteFile(filepath.Join(dir, "server.properties"), []byte(l.properties(n)), 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "log4j2.properties"), log4j, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Memory of a node in MiB.
const (
	heapSmall, heapLarge = 512, 1024
	directMemory         = 1024 // at least: for the temporary buffers of large records
)

func (b *Broker) flags(n node) []string {
	dir := filepath.Dir(n.dir)
	heap, collector := heapSmall, []string{"-XX:+UseSerialGC"}
	if b.cfg.Throughput {
		heap, collector = heapLarge, []string{"-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"}
	}
	direct := max(directMemory, 8*broker.BatchBytes(b.spec.MaxRecordBytes)>>20)
	args := []string{fmt.Sprintf("-Xms%dm", heap), fmt.Sprintf("-Xmx%dm", heap), fmt.Sprintf("-XX:MaxDirectMemorySize=%dm", direct)}
	args = append(append(args, collector...), b.jvm...)
	args = append(args, "-XX:+PerfDisableSharedMem", "-Djava.io.tmpdir="+dir)           // else files in /tmp outlive a node that is killed
	args = append(args, "-XX:ErrorFile="+filepath.Join(b.spec.LogDir, "hs_err_%p.log")) // of a virtual machine that crashes: else in the user's folder
	return append(args, "-Xshare:auto", "-Djava.awt.headless=true", "-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"-cp", classPath(b.cfg.CacheDir), "kafka.Kafka", filepath.Join(dir, "server.properties"))
}

func (b *Broker) logFile(i int) string { return nodeLog(b.spec.LogDir, b.plan[i].id) }

func nodeLog(dir string, id int) string { return filepath.Join(dir, fmt.Sprintf("kafka-%d.log", id)) }

// launch starts the process of node i.
func (b *Broker) launch(i int) error {
	p, err := process.Start(process.Spec{
		Role: fmt.Sprintf("Kafka node %d", b.plan[i].id), Path: b.java.Path, Args: b.flags(b.plan[i]), Env: b.spec.Env, Unset: jars.Settings(),
		LogFile: b.logFile(i), NewSession: true, Cores: b.spec.Cores, Detached: b.cfg.detached,
	})
	if err != nil {
		return err
	}
	in := &incarnation{proc: p, over: make(chan struct{})}
	b.mu.Lock()
	b.mu.nodes[i] = in
	b.mu.Unlock()
	go b.watch(i, in)
	return nil
}

// watch accounts for the end of a node, and reports one that nobody asked for.
func (b *Broker) watch(i int, in *incarnation) {
	defer close(in.over)
	<-in.proc.Done()
	u := in.proc.Usage()
	b.mu.Lock()
	b.mu.pastCPU += u.CPU
	b.mu.peaks[i] = max(b.mu.peaks[i], u.RSSPeak)
	b.mu.nodes[i] = nil
	b.mu.Unlock()
	if in.unwanted.Load() {
		return
	}
	select {
	case b.lost <- fmt.Errorf("Kafka node %d ended by itself (%s)%s; its log is %s", b.plan[i].id, in.proc.Exit(), b.saying(i, in), b.logFile(i)):
	default: // one error is enough
	}
}

// saying is what a node's log complained of last before it ended by an exit of its own: a disk that is full, for instance.
func (b *Broker) saying(i int, in *incarnation) string {
	if line := lastComplaint(b.logFile(i)); line != "" && in.proc.Exit().Signal == 0 {
		return ", saying: " + line
	}
	return ""
}

func (b *Broker) await(ctx context.Context, nodes int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("not ready within %v", readyWithin))
	defer cancel()
	cl, err := b.Dial()
	if err != nil {
		return err
	}
	defer cl.Close()
	_, err = broker.Await(ctx, cl, nodes, b.lost)
	return err
}

// explain adds the last line of a log that speaks of an error, because that is nearly always the reason.
func (b *Broker) explain(err error) error {
	for i := range b.plan {
		if line := lastComplaint(b.logFile(i)); line != "" {
			return fmt.Errorf("%w; node %d says: %s", err, b.plan[i].id, line)
		}
	}
	return err
}

// Info describes the cluster.
func (b *Broker) Info() broker.Info {
	info := b.info
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, in := range b.mu.nodes {
		if in != nil {
			info.PIDs = append(info.PIDs, in.proc.PID())
		}
	}
	return info
}

// Dial makes a client with size limits for the largest record.
func (b *Broker) Dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(b.opts), opts...)...)
}

// Limits reads the cluster's limits.
func (b *Broker) Limits(ctx context.Context) (map[string]int64, error) {
	cl, err := b.Dial()
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	defer cl.Close()
	return broker.Limits(ctx, cl)
}

// Lost yields one error when a node ends by itself.
func (b *Broker) Lost() <-chan error { return b.lost }

// Usage is the CPU time of all nodes, ended ones included, and the sum of the nodes' own peaks of resident memory.
func (b *Broker) Usage() (cpuSeconds float64, rssPeak int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cpu := b.mu.pastCPU
	for i, in := range b.mu.nodes {
		peak := b.mu.peaks[i]
		if in != nil {
			u := in.proc.Usage()
			cpu += u.CPU
			peak = max(peak, u.RSSPeak)
		}
		rssPeak += peak
	}
	return cpu.Seconds(), rssPeak
}

// Close ends all nodes at once, with SIGTERM and then SIGKILL, and removes their data. The end of ctx goes to SIGKILL.
func (b *Broker) Close(ctx context.Context) error {
	b.mu.Lock()
	nodes := slices.Clone(b.mu.nodes)
	b.mu.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, len(nodes)+1)
	for i, in := range nodes {
		if in == nil {
			continue
		}
		in.unwanted.Store(true)
		wg.Go(func() {
			err := in.proc.Stop(ctx, 0, stopWithin)
			if !errors.Is(err, process.ErrKilled) { // its data goes now anyway
				errs[i] = err
			}
			<-in.over
		})
	}
	wg.Wait()
	errs[len(nodes)] = os.RemoveAll(b.spec.Dir)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing Kafka: %w", err)
	}
	return nil
}
