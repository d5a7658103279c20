// Package payload is the contract of carriers: ways in which one message of any size travels through records. A carrier
// turns a message into the records that carry it; the operators reassemble and scan turn them back (SEMANTICS.md 3.2). Each
// child folder is one carrier, or one kind of store for those that keep messages outside the records.
package payload

import (
	"io"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
)

// Store keeps messages outside the records, by name. Safe for concurrent use, also by several processes.
type Store interface {
	// Put stores an object whole: a reader sees all of it or nothing. Errors: a name that is none, the store's own.
	Put(name string, content []byte) error
	// Open opens an object for reading. Errors: fs.ErrNotExist where there is none, also for a name that is none.
	Open(name string) (io.ReadCloser, error)
}

// maxName bounds a name, bytes.
const maxName = 200

// ValidName reports whether an object can have a name: lower case letters, digits and hyphens, with single slashes between, at
// most 200 bytes (SEMANTICS.md 3.2). So no name leads out of its store.
func ValidName(name string) bool {
	if len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-/") != "" {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" {
			return false
		}
	}
	return true
}

// Message is one message of a device on its way into records.
type Message struct {
	event.Due         // whole; Stamp.Intended is when its first byte is due, and Stamp.Hash that of all its bytes
	Link      float64 // bytes per second that come from the device; 0: all at once
}

// At is when the first n bytes of the message have come, ns from the trial's start.
func (m *Message) At(n int) int64 {
	if m.Link <= 0 {
		return m.Stamp.Intended
	}
	return m.Stamp.Intended + int64(float64(n)/m.Link*float64(time.Second))
}

// The names of the carriers, one a child folder.
const (
	Inline     = "inline"
	ClaimCheck = "claim-check"
	Chunked    = "chunked"
)

// Carrier turns messages into records.
type Carrier interface {
	// Name is the carrier's name in scenarios and reports.
	Name() string
	// Carry appends the records of m to dst, in the order in which they are due: each when the bytes in it have come. Their
	// values may share memory with m's; those that do not have no Done. Errors: those of a store.
	Carry(dst []event.Due, m *Message) ([]event.Due, error)
}
