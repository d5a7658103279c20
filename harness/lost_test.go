package harness

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestABrokerIsLostWhenNothingAnswersForAWhile(t *testing.T) {
	down := errors.New("connection refused")
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, c := range []struct {
		name string
		ping func(since time.Duration) func(context.Context) error
		want error
		at   time.Duration
	}{
		{"gone for good", func(time.Duration) func(context.Context) error { return func(context.Context) error { return down } }, down, lostAfter},
		{"hangs", func(time.Duration) func(context.Context) error { return hang }, context.DeadlineExceeded, 2 * (askEvery + askWithin)},
		{"away for nine seconds", func(since time.Duration) func(context.Context) error {
			return func(context.Context) error {
				if since > 5*time.Second && since < 14*time.Second {
					return down
				}
				return nil
			}
		}, nil, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			err := unanswered(ctx, func(ctx context.Context) error { return c.ping(time.Since(start))(ctx) }, func() bool { return false })
			if took := time.Since(start); !errors.Is(err, c.want) || took != c.at {
				t.Errorf("%s: unanswered() = %v after %v, want %v after %v", c.name, err, took, c.want, c.at)
			}
		})
	}
}
