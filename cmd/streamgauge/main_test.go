package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness"
)

func TestFirstInterruptEndsTheContext(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			continue
		}
		ctx, stop := interruptible(context.Background())
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, harness.ErrInterrupted) {
			t.Errorf("after %v the cause is %v, want harness.ErrInterrupted", sig, cause)
		}
		stop()
	}
}

// A signal that comes twice because somebody passed it on is one; another one, of that kind or not, is the second.
func TestAnEchoIsNoSecondInterrupt(t *testing.T) {
	var seen interrupts
	start := time.Now()
	for _, c := range []struct {
		sig   syscall.Signal
		after time.Duration
		want  int
	}{
		{syscall.SIGHUP, 0, 1},
		{syscall.SIGHUP, 5 * time.Millisecond, 1},
		{syscall.SIGHUP, echo - 1, 1},
		{syscall.SIGTERM, echo - 1, 2},
		{syscall.SIGTERM, 2*echo - 2, 2},
		{syscall.SIGTERM, 2*echo - 1, 3},
	} {
		if got := seen.count(c.sig, start.Add(c.after)); got != c.want {
			t.Errorf("%v after %v is interrupt %d, want %d", c.sig, c.after, got, c.want)
		}
	}
}

// Work that heeds no interrupt holds nobody up, and nothing is made of what it brings afterwards.
func TestAnInterruptIsNotHeldUp(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(harness.ErrInterrupted)
	hang := make(chan struct{})
	defer close(hang)
	if _, err := orInterrupt(ctx, func() (int, error) { <-hang; return 0, nil }); !errors.Is(err, harness.ErrInterrupted) {
		t.Errorf("after an interrupt: %v", err)
	}
	if got, err := orInterrupt(t.Context(), func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("without one: %d, %v, want 7", got, err)
	}
	dir := t.TempDir()
	log, out := filepath.Join(dir, "car.log"), filepath.Join(dir, "car.yaml")
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "(%d.0) can0 001#%02X\n", 1_700_000_000+i, i)
	}
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	code := run(ctx, []string{"generate", "fit", log, "-o", out}, strings.NewReader(""), &bytes.Buffer{}, &said)
	if _, err := os.Stat(out); code != exitInterrupted || err == nil {
		t.Errorf("an interrupted fit: exit code %d, want %d; its preset: %v\n%s", code, exitInterrupted, err, &said)
	}
}
