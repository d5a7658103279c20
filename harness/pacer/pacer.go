// Package pacer says when event n is due, and waits until then. Schedules are exact: no rounding adds up, and debt is never
// forgiven, because every due time counts from the one start. Clocks wait as precisely as the platform can. The package is
// a leaf; what is sent, and what happens when it is late, is the driver's.
package pacer

import "time"

// Quantum is the shortest time worth sleeping: whoever wakes sends all that is due by then. Shorter sleeps cost a
// processor more than they give; with this one the median event leaves about 50 µs late.
const Quantum = 100 * time.Microsecond

// Schedule yields the due times of events 0, 1, 2, … from the start, never decreasing. False ends the schedule. It is a
// cursor, not safe for concurrent use.
type Schedule interface {
	Next() (time.Duration, bool)
}

// Clock tells the time and waits.
type Clock interface {
	// Now reads the clock. Times of one clock are compared with each other only.
	Now() time.Time
	// WaitUntil returns when t has come, never before; at once if it has passed.
	WaitUntil(t time.Time)
	// Pin prepares the calling goroutine for precise waiting, for as long as it paces, and gives the way back.
	Pin() (unpin func())
	// Precision describes how the clock waits, for reports: "clock_nanosleep, timer slack 1 ns".
	Precision() string
}

// Recorded is a schedule whose due times come from outside: from a recording. pace is called once for each event; a time
// below the one before is raised to it.
func Recorded(pace func() (time.Duration, bool)) Schedule { return &recorded{pace: pace} }

type recorded struct {
	pace func() (time.Duration, bool)
	last time.Duration
}

// Next yields the recording's next due time.
func (r *recorded) Next() (time.Duration, bool) {
	d, ok := r.pace()
	r.last = max(r.last, d)
	return r.last, ok
}

// Sleeper is the portable clock: time.Now and time.Sleep, which wakes up to about 1 ms late. In a bubble of testing/synctest
// it is exact.
type Sleeper struct{}

// Now is time.Now.
func (Sleeper) Now() time.Time { return time.Now() }

// WaitUntil sleeps until t.
func (Sleeper) WaitUntil(t time.Time) { time.Sleep(time.Until(t)) }

// Pin does nothing.
func (Sleeper) Pin() (unpin func()) { return func() {} }

// Precision says what to expect.
func (Sleeper) Precision() string { return "time.Sleep, ±1 ms" }
