package operator

import (
	"bytes"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// message is where a device stands with its messages in chunks: the newest one, and whether it is still coming. A device
// sends one after the other.
type message struct {
	seq   uint64
	open  bool   // chunks of it are to come; otherwise it has been answered or refused, as have those before it
	next  uint32 // index of the chunk to come
	done  uint64 // bytes so far
	chunk event.Chunk
	stamp event.Stamp // of its newest chunk, with the latest intended time of all
	key   []byte
	time  int64
	sgt   []byte // header as it came with its first chunk
	from  int64  // offset of its first chunk

	before *uint64  // the newest message before it, for snapshots; nil: none
	sum    *summary // of scan
	whole  []byte   // of reassemble
}

// begin takes up the message that the current record belongs to. It copies what it keeps: the record's bytes are cut from a
// whole fetch, which would live as long as they.
func begin(e *current, before *message) *message {
	m := &message{seq: e.stamp.Seq, open: true, stamp: e.stamp, key: bytes.Clone(e.in.Key), time: e.time, sgt: bytes.Clone(e.rawTime), from: e.in.Offset}
	if before != nil {
		seq := before.seq
		m.before = &seq
	}
	return m
}

// stale reports whether a chunk of the message with sequence seq brings nothing new: its message is answered, or it is a
// repeat.
func (m *message) stale(seq uint64, c event.Chunk, formed bool) bool {
	if seq != m.seq {
		return seq < m.seq
	}
	return !m.open || formed && c.Index < m.next
}

// take adds a chunk of n bytes to the message, or says why the message is refused.
func (m *message) take(stamp event.Stamp, c event.Chunk, formed bool, n int) job.Reason {
	latest := max(m.stamp.Intended, stamp.Intended)
	m.stamp = stamp
	m.stamp.Intended = latest
	switch {
	case !formed:
		return job.ReasonBadChunk
	case c.Index > m.next:
		return job.ReasonMissingChunk
	case m.next == 0:
		m.chunk = c
	case c.Count != m.chunk.Count || c.Total != m.chunk.Total || c.Hash != m.chunk.Hash:
		return job.ReasonBadChunk
	}
	if c.Offset != m.done {
		return job.ReasonBadChunk
	}
	m.next++
	m.done += uint64(n)
	return job.ReasonNone
}

// add puts the value of a chunk that was taken behind those before it, after which whole is not nil: a message of no bytes is no
// null. It makes room for 16 times what has come, and not at once for all that a header claims.
func (m *message) add(value []byte) {
	if have, need := len(m.whole), len(m.whole)+len(value); m.whole == nil || need > cap(m.whole) {
		room := make([]byte, have, min(int(m.chunk.Total), max(need, 16*have)))
		copy(room, m.whole)
		m.whole = room
	}
	m.whole = append(m.whole, value...)
}

// complete reports whether all chunks are there.
func (m *message) complete() bool { return m.next == m.chunk.Count }

// formed reports whether a chunk header can be true of a value of n bytes: the last chunk of a message and only that one
// ends where the message ends.
func formed(c event.Chunk, n int) bool {
	if c.Index >= c.Count || c.Total > job.MaxPayload || c.Offset > c.Total || uint64(n) > c.Total-c.Offset {
		return false
	}
	return (c.Index == c.Count-1) == (c.Offset+uint64(n) == c.Total)
}
