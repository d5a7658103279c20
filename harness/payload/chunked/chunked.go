// Package chunked is the carrier that cuts messages into records of one size. Each chunk is due when its own last byte has
// come, so other records go between those of a large message.
package chunked

import (
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Carrier is the carrier.
type Carrier struct {
	Size int // bytes of a chunk, at least 1; a message that is not longer is one record without header sgc
}

// Name is the carrier's name.
func (Carrier) Name() string { return payload.Chunked }

// Carry gives the chunks. Their values are parts of the message's.
func (c Carrier) Carry(dst []event.Due, m *payload.Message) ([]event.Due, error) {
	n := len(m.Value)
	if n <= c.Size {
		d := m.Due
		d.Stamp.Intended = m.At(n)
		return append(dst, d), nil
	}
	head := event.Chunk{Count: uint32((n + c.Size - 1) / c.Size), Total: uint64(n), Hash: m.Stamp.Hash}
	for from := 0; from < n; from += c.Size {
		to := min(n, from+c.Size)
		d := m.Due
		d.Value = m.Value[from:to:to]
		d.Part, d.Chunk = true, head
		d.Chunk.Offset = uint64(from)
		d.Stamp.Flags |= event.FlagChunk
		d.Stamp.Hash = event.Hash(d.Value)
		d.Stamp.Intended = m.At(to)
		dst = append(dst, d)
		head.Index++
	}
	return dst, nil
}
