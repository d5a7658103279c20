package pacer

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// NewClock is the most precise clock of this platform: absolute clock_nanosleep, to be used by a pinned goroutine.
func NewClock() Clock { return nanosleeper{} }

// nanosleeper waits in clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME). time.Sleep waits in epoll_wait, whose timeout has
// whole milliseconds: it wakes up to 1 ms late.
type nanosleeper struct{}

// Now is time.Now, whose monotonic part is CLOCK_MONOTONIC.
func (nanosleeper) Now() time.Time { return time.Now() }

// WaitUntil sleeps until t by the monotonic clock.
func (nanosleeper) WaitUntil(t time.Time) {
	for {
		left := time.Until(t)
		if left <= 0 {
			return
		}
		// Read after time.Until: what passes between the two readings makes the deadline later, never earlier.
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			time.Sleep(left)
			continue
		}
		deadline := unix.NsecToTimespec(now.Nano() + int64(left))
		sleepUntil(&deadline)
	}
}

// sleepUntil sleeps on through signals: the runtime preempts goroutines by one. The deadline is absolute, so nothing is
// slept twice.
func sleepUntil(deadline *unix.Timespec) {
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, deadline, nil) == unix.EINTR {
	}
}

// Pin keeps the goroutine on its thread and lets that thread's timers fire to the nanosecond; by default the kernel may
// delay each by 50 µs to save wake-ups. A higher priority for the thread was tried and brought nothing that shows: on shared
// cores the goroutine waits for a processor of its own runtime as well.
func (nanosleeper) Pin() (unpin func()) {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // without it sleeps are 50 µs longer, which is measured
	return func() {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0 restores the thread's default
		runtime.UnlockOSThread()
	}
}

// Precision says how it waits.
func (nanosleeper) Precision() string { return "clock_nanosleep, absolute, timer slack 1 ns" }
