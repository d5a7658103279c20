package oracle

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/harness/event"
)

// identity names an expected or found output: two records of one identity are the same answer given twice.
type identity struct {
	kind    event.Kind
	stream  uint16
	device  uint32
	seq     uint64 // of windows: the start, two's complement
	node    uint16
	ordinal uint16
}

// String gives kind/node/ordinal/stream/device/sequence, as culprits are named.
func (id identity) String() string {
	if id.kind == event.KindWindow {
		return fmt.Sprintf("%s/%d/%d/%d/%d/%d", id.kind, id.node, id.ordinal, id.stream, id.device, int64(id.seq))
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", id.kind, id.node, id.ordinal, id.stream, id.device, id.seq)
}

func identityOf(o event.Output) identity {
	return identity{kind: o.Kind, stream: o.Stream, device: o.Device, seq: o.Seq, node: o.Node, ordinal: o.Ordinal}
}

func eventIdentity(id event.ID) identity {
	return identity{kind: event.KindEvent, stream: id.Stream, device: id.Device, seq: id.Seq}
}

// digest is a 128-bit hash of all a record is judged by. Digests are summed, not XORed: a sum sees a record that is there
// three times.
type digest struct{ a, b uint64 }

// hasher makes digests under a key, so that no two records cancel by design of their bytes. Not safe for concurrent use.
type hasher struct {
	key uint64
	buf []byte
}

// record hashes destination, partition, key, value and headers in their order. A null key or value differs from an empty one.
func (h *hasher) record(dead bool, r *event.Record) digest {
	b := h.buf[:0]
	if dead {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(r.Partition))
	b = appendBytes(b, r.Key)
	if r.Value == nil {
		b = append(b, 0)
	} else {
		// The value may be large: it is hashed where it is. Its own hash needs no key, the outer one has it.
		v := xxh3.Hash128(r.Value)
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint64(b, v.Hi)
		b = binary.LittleEndian.AppendUint64(b, v.Lo)
	}
	for i := range r.Headers {
		b = binary.AppendUvarint(b, uint64(len(r.Headers[i].Key)))
		b = append(b, r.Headers[i].Key...)
		b = appendBytes(b, r.Headers[i].Value)
	}
	h.buf = b
	d := xxh3.Hash128Seed(b, h.key)
	return digest{d.Hi, d.Lo}
}

// appendBytes appends a length, 0 for null, and the bytes, so that no two lists of fields look alike.
func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b))+1)
	return append(dst, b...)
}

// cellCount is the number of cells of a comparison: small beside a million devices, and yet one faulty device among a
// thousand has its cell almost to itself.
const cellCount = 1 << 14

// cell sums up what a few devices were expected to give and gave.
type cell struct {
	sum   digest // Σ expected − Σ found, each half modulo 2^64
	want  int64
	got   int64
	held  int64 // events that are kept for windows or updates if it is looked at record by record, once for each window
	close int64 // the latest close of a window that was summed up
	// closing says that close means anything.
	closing bool
	dirty   bool // to be looked at in any case
}

func (c *cell) add(d digest) {
	c.sum.a += d.a
	c.sum.b += d.b
	c.want++
}

func (c *cell) sub(d digest) {
	c.sum.a -= d.a
	c.sum.b -= d.b
	c.got++
}

func (c *cell) differs() bool { return c.dirty || c.want != c.got || c.sum != digest{} }

// heldPerRecord is how many events that are kept for windows or updates take as much memory as a record that is looked at.
const heldPerRecord = 3

// size is how much there is to look at, in records; at least one, for a cell that is looked at.
func (c *cell) size() int64 { return max(1, c.want+c.got+c.held/heldPerRecord) }

// bucket is the cell of a device.
func bucket(stream uint16, device uint32) int {
	return int(event.Mix64(uint64(stream)<<32|uint64(device)) % cellCount)
}
