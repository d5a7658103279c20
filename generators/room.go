package generators

import (
	"slices"
	"sync"
)

// Bounds of what a Room keeps.
const (
	// Large is the size from which memory is worth using again: to get it anew costs more than to fill it.
	Large = 64 << 10
	// roomBytes is the most memory that waits to be used again, unless one piece is larger.
	roomBytes = 256 << 20
)

// Room is memory of large values that are done with, to be used for the next ones. Its zero value is empty, nil is none; safe for
// concurrent use.
type Room struct {
	// Passing says that whoever takes events reads the key and the value of each until the next one is made, and not longer: those that are
	// not lent may then be made where those before them were. To be set before the first.
	Passing bool

	mu    sync.Mutex
	free  [][]byte // the longest unused first
	bytes int
}

// Passes reports whether keys and values that are not lent are read until the next ones are made.
func (r *Room) Passes() bool { return r != nil && r.Passing }

// Lends reports whether memory for n bytes is given back.
func (r *Room) Lends(n int) bool { return r != nil && n >= Large }

// Take gives memory for n bytes: of length 0, its contents unspecified. At most half of it is more than was asked for.
func (r *Room) Take(n int) []byte {
	if !r.Lends(n) {
		return make([]byte, 0, n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	best := -1
	for i, b := range slices.Backward(r.free) { // what was read last may still be in the processor's cache
		if cap(b) >= n && cap(b) <= 2*n && (best < 0 || cap(b) < cap(r.free[best])) {
			if best = i; cap(b) == n {
				break
			}
		}
	}
	if best < 0 {
		return make([]byte, 0, n)
	}
	b := r.free[best]
	r.drop(best)
	return b[:0]
}

// Give takes back a value that was lent and that nobody reads any more.
func (r *Room) Give(value []byte) {
	if cap(value) < Large { // cut short
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free, r.bytes = append(r.free, value), r.bytes+cap(value)
	for r.bytes > roomBytes && len(r.free) > 1 {
		r.drop(0)
	}
}

func (r *Room) drop(i int) {
	r.bytes -= cap(r.free[i])
	r.free = slices.Delete(r.free, i, i+1)
}
