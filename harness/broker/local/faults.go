package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/streamgauge/streamgauge/harness/process"
)

// running gives the process of node i, counted from 0.
func (b *Broker) running(i int) (*process.Process, error) {
	if i < 0 || i >= len(b.plan) {
		return nil, fmt.Errorf("there is no node %d: the cluster has %d, counted from 0", i, len(b.plan))
	}
	if p := b.mu.procs[i]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("node %d is not running", i)
}

// Kill ends node i with SIGKILL and waits until it is gone. Its data stays.
func (b *Broker) Kill(i int) error {
	b.mu.Lock()
	p, err := b.running(i)
	if err == nil {
		b.mu.wanted[i] = false
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("killing Kafka: %w", err)
	}
	return p.Kill()
}

// Pause stops node i with SIGSTOP: its connections stay open and nothing answers.
func (b *Broker) Pause(i int) error { return b.signal(i, syscall.SIGSTOP) }

// Resume lets a paused node go on.
func (b *Broker) Resume(i int) error { return b.signal(i, syscall.SIGCONT) }

func (b *Broker) signal(i int, sig syscall.Signal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.running(i)
	if err != nil {
		return fmt.Errorf("signalling Kafka: %w", err)
	}
	return p.Signal(sig)
}

// Restart starts node i, which was killed, on its data and ports, and returns when the cluster has all nodes that should
// be running.
func (b *Broker) Restart(ctx context.Context, i int) error {
	b.mu.Lock()
	_, err := b.running(i)
	b.mu.Unlock()
	if err == nil {
		err = errors.New("it is running")
	} else if i >= 0 && i < len(b.plan) {
		err = b.launch(i)
	}
	if err == nil {
		err = b.await(ctx, b.wanted())
	}
	if err != nil {
		return fmt.Errorf("restarting Kafka node %d: %w", i, err)
	}
	return nil
}

func (b *Broker) wanted() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, w := range b.mu.wanted {
		if w {
			n++
		}
	}
	return n
}

// lastComplaint is the last line of a log that speaks of an error; empty if there is none.
func lastComplaint(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	last := ""
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if line := sc.Text(); strings.Contains(line, " ERROR ") || strings.Contains(line, " FATAL ") ||
			strings.HasPrefix(line, "Error") || strings.HasPrefix(line, "Caused by") || strings.Contains(line, "OutOfMemoryError") {
			last = line
		}
	}
	return last
}
