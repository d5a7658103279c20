package main

import (
	"context"
	"errors"
	"os/signal"
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
