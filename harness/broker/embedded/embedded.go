// Package embedded is a broker without an installation: franz-go's kfake as a child process with a data folder. It is for
// learning, tests and demonstrations. It has one node and one goroutine for all requests, no replication and no quotas, so
// its throughput says nothing of Kafka's and reports carry a badge.
package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Times of the child.
const (
	readyWithin = 30 * time.Second // start to the line that says the address: milliseconds, unless the machine is overloaded
	endWithin   = 10 * time.Second // end of standard input to exit: it saves its state
	termWithin  = 5 * time.Second
)

// Broker is a running child. Safe for concurrent use.
type Broker struct {
	info broker.Info
	opts []kgo.Opt
	dir  string
	proc *process.Process
	lost chan error
	end  chan struct{} // closed by Close: what follows is no loss
}

var _ broker.Limited = (*Broker)(nil)

// Start runs this binary (self) with args, a command that calls Serve, and returns when it answers. One argument follows
// args: a ServeConfig as JSON. spec.Dir is created, and removed by Close. ctx bounds the start alone.
func Start(ctx context.Context, spec broker.Spec, self string, args []string) (*Broker, error) {
	opts, err := broker.ClientOptions([]string{"127.0.0.1:0"}, "", spec.MaxRecordBytes)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded broker: %w", err)
	}
	for _, dir := range []string{spec.Dir, spec.LogDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("starting the embedded broker: %w", err)
		}
	}
	cfg, err := json.Marshal(ServeConfig{Dir: spec.Dir, Listen: anyPort, MaxRecordBytes: spec.MaxRecordBytes})
	if err != nil {
		return nil, fmt.Errorf("starting the embedded broker: %w", err)
	}
	ready := make(chan Ready, 1) // the child says one; draining its output must not wait for us
	b := &Broker{dir: spec.Dir, lost: make(chan error, 1), end: make(chan struct{})}
	logFile := filepath.Join(spec.LogDir, "broker.log")
	b.proc, err = process.Start(process.Spec{
		Role: "the embedded broker", Path: self, Args: append(slices.Clone(args), string(cfg)),
		Stdout: listen(ready), LogFile: logFile, NewSession: true, Cores: spec.Cores, Env: spec.Env, Stdin: true,
	})
	if err != nil {
		return nil, err
	}
	r, err := b.await(ctx, ready)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded broker: %w; its log is %s", errors.Join(err, b.proc.Kill()), logFile)
	}
	b.opts = append(opts, kgo.SeedBrokers(r.Address))
	b.info = broker.Info{Kind: broker.Embedded, Version: r.Version, Nodes: 1, Bootstrap: []string{r.Address}, PIDs: []int{b.proc.PID()}}
	go b.watch()
	return b, nil
}

// listen takes the first line that says ready.
func listen(ready chan<- Ready) func([]byte) {
	return func(line []byte) {
		var r Ready
		if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &r) != nil || r.Address == "" {
			return
		}
		select {
		case ready <- r:
		default:
		}
	}
}

func (b *Broker) await(ctx context.Context, ready <-chan Ready) (Ready, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("it was not ready within %v", readyWithin))
	defer cancel()
	select {
	case r := <-ready:
		return r, nil
	case <-b.proc.Done():
		return Ready{}, fmt.Errorf("it ended at once: %v", b.proc.Exit())
	case <-ctx.Done():
		return Ready{}, context.Cause(ctx)
	}
}

// watch reports an end that nobody asked for.
func (b *Broker) watch() {
	<-b.proc.Done()
	select {
	case <-b.end:
	default:
		b.lost <- fmt.Errorf("the embedded broker ended by itself: %v", b.proc.Exit())
	}
}

// Info describes the broker.
func (b *Broker) Info() broker.Info { return b.info }

// Dial makes a client with size limits for the largest record.
func (b *Broker) Dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(b.opts), opts...)...)
}

// Limits reads the broker's limits.
func (b *Broker) Limits(ctx context.Context) (map[string]int64, error) {
	cl, err := b.Dial()
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	defer cl.Close()
	return broker.Limits(ctx, cl)
}

// Lost yields one error if the broker ends by itself.
func (b *Broker) Lost() <-chan error { return b.lost }

// Usage is what the child has used so far.
func (b *Broker) Usage() (cpuSeconds float64, rssPeak int64) {
	u := b.proc.Usage()
	return u.CPU.Seconds(), u.RSSPeak
}

// Close ends the child and removes its data. It must be called once.
func (b *Broker) Close(ctx context.Context) error {
	close(b.end)
	err := b.proc.Stop(ctx, endWithin, termWithin)
	if err := errors.Join(err, os.RemoveAll(b.dir)); err != nil {
		return fmt.Errorf("closing the embedded broker: %w", err)
	}
	return nil
}
