// Package claimcheck is the carrier that puts a message into a store and a reference to it into a record.
package claimcheck

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Carrier is the carrier.
type Carrier struct {
	Store payload.Store
	Above int // a message of up to so many bytes is one record without header sgc
}

// Name is the carrier's name.
func (Carrier) Name() string { return payload.ClaimCheck }

// Object is the name of a message's object.
func Object(id event.ID) string { return fmt.Sprintf("%d/%d/%d", id.Stream, id.Device, id.Seq) }

// Carry stores the message, so that nobody is told of it before it is there, and gives the record that refers to it, due when
// the last byte has come. Errors: the store's.
func (c Carrier) Carry(dst []event.Due, m *payload.Message) ([]event.Due, error) {
	n := len(m.Value)
	d := m.Due
	d.Stamp.Intended = m.At(n)
	if n <= c.Above {
		return append(dst, d), nil
	}
	name := Object(m.Stamp.ID)
	if err := c.Store.Put(name, m.Value); err != nil {
		return dst, fmt.Errorf("carrying message %s of %d bytes: %w", m.Stamp.ID, n, err)
	}
	d.Value, d.Done = []byte(name), nil
	d.Part, d.Chunk = true, event.Chunk{Total: uint64(n), Hash: m.Stamp.Hash}
	d.Stamp.Hash = event.Hash(d.Value)
	return append(dst, d), nil
}
