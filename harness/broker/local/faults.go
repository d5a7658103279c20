package local

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// running gives the present incarnation of node i, counted from 0.
func (b *Broker) running(i int) (*incarnation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i < 0 || i >= len(b.plan) {
		return nil, fmt.Errorf("there is no node %d: the cluster has %d, counted from 0", i, len(b.plan))
	}
	if in := b.mu.nodes[i]; in != nil {
		return in, nil
	}
	return nil, fmt.Errorf("node %d is not running", i)
}

// Kill ends node i with SIGKILL and waits until it is gone. Its data stays.
func (b *Broker) Kill(i int) error {
	in, err := b.running(i)
	if err != nil {
		return fmt.Errorf("killing Kafka: %w", err)
	}
	in.unwanted.Store(true)
	err = in.proc.Kill()
	<-in.over
	return err
}

// Pause stops node i with SIGSTOP: its connections stay open and nothing answers.
func (b *Broker) Pause(i int) error { return b.signal(i, syscall.SIGSTOP) }

// Resume lets a paused node go on.
func (b *Broker) Resume(i int) error { return b.signal(i, syscall.SIGCONT) }

func (b *Broker) signal(i int, sig syscall.Signal) error {
	in, err := b.running(i)
	if err != nil {
		return fmt.Errorf("signalling Kafka: %w", err)
	}
	return in.proc.Signal(sig)
}

// Restart starts node i, which was killed, on its data and ports, and returns when as many nodes answer as are running.
func (b *Broker) Restart(ctx context.Context, i int) error {
	if i < 0 || i >= len(b.plan) {
		return fmt.Errorf("restarting Kafka: there is no node %d: the cluster has %d, counted from 0", i, len(b.plan))
	}
	if _, err := b.running(i); err == nil {
		return fmt.Errorf("restarting Kafka: node %d is running", i)
	}
	if err := b.launch(i); err != nil {
		return fmt.Errorf("restarting Kafka: %w", err)
	}
	if err := b.await(ctx, len(b.Info().PIDs)); err != nil {
		return fmt.Errorf("restarting Kafka: %w", b.explain(err))
	}
	return nil
}

// lastComplaint is the last line of a log that speaks of an error, with the exception in the line after it; empty if there
// is none.
func lastComplaint(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	last, open := "", false
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := sc.Text()
		switch {
		case strings.Contains(line, " ERROR ") || strings.Contains(line, " FATAL ") || strings.HasPrefix(line, "Error"):
			last, open = line, true
			continue
		case strings.HasPrefix(line, "Caused by: "):
			last += "; " + line
		case open && line != "" && !strings.HasPrefix(line, "\t"):
			last += " (" + line + ")"
		}
		open = false
	}
	return last
}
