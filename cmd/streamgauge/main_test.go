package main

import (
	"context"
	"errors"
	"os/signal"
	"syscall"
	"testing"

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
