package topic

import (
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math/bits"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/zeebo/xxh3"
)

// Digest proves that two topics hold the same records: per partition (a) the sum modulo 2^128 of the 128-bit hashes of the
// records, which is the same for any order, and (b) the same over each hash together with the record's position, which is
// not. A record counts with its key, value, all headers in their order, and its timestamp; offsets do not count, since
// transaction markers move them. Probes are left out, and positions count only what is not a probe: how often readiness
// had to be asked must not matter. The zero Digest is empty and ready. Not safe for concurrent use.
type Digest struct {
	parts    map[int32]*partDigest
	records  int64
	bytes    int64
	scratch  []byte
	messages xxh3.Uint128
}

type partDigest struct {
	next           uint64 // position of the next record
	content, order xxh3.Uint128
}

// Add takes a record. Records of one partition must come in offset order. Nothing of the record is kept.
func (d *Digest) Add(r event.Record) {
	if isProbe(&r) {
		return
	}
	if d.parts == nil {
		d.parts = map[int32]*partDigest{}
	}
	p := d.parts[r.Partition]
	if p == nil {
		p = &partDigest{}
		d.parts[r.Partition] = p
	}
	d.message(&r)
	h := d.hash(&r)
	p.content = add(p.content, h)
	var at [24]byte
	binary.BigEndian.PutUint64(at[0:], h.Hi)
	binary.BigEndian.PutUint64(at[8:], h.Lo)
	binary.LittleEndian.PutUint64(at[16:], p.next)
	p.order = add(p.order, xxh3.Hash128(at[:]))
	p.next++
	d.records++
	d.bytes += size(&r)
}

func isProbe(r *event.Record) bool {
	b, ok := r.Header(event.HeaderStamp)
	if !ok {
		return false
	}
	s, err := event.ParseStamp(b)
	return err == nil && s.Flags&event.FlagProbe != 0
}

// Sum gives the content digest, the digest that also counts the order, both as 32 hexadecimal digits over all partitions in
// ascending order, the number of records and their bytes (keys, values and headers). More records may be added after it.
func (d *Digest) Sum() (content, order string, records, bytes int64) {
	var c, o []byte
	for _, n := range slices.Sorted(maps.Keys(d.parts)) {
		p := d.parts[n]
		c, o = p.append(c, n, p.content), p.append(o, n, p.order)
	}
	return hexOf(xxh3.Hash128(c)), hexOf(xxh3.Hash128(o)), d.records, d.bytes
}

// Messages gives a digest of the messages that the records carry: identity, size, hash, event time, and when the last byte was
// due. It is the same for every way in which they travel, in any order of records. 32 hexadecimal digits.
func (d *Digest) Messages() string { return hexOf(d.messages) }

// message counts the message that ends with a record.
func (d *Digest) message(r *event.Record) {
	raw, ok := r.Header(event.HeaderStamp)
	if !ok {
		return
	}
	s, err := event.ParseStamp(raw)
	if err != nil || s.Flags&event.FlagHeartbeat != 0 {
		return
	}
	total := uint64(len(r.Value))
	if raw, ok := r.Header(event.HeaderChunk); ok {
		c, err := event.ParseChunk(raw)
		if err != nil || c.Index+1 < c.Count {
			return
		}
		total, s.Hash = c.Total, c.Hash
	}
	s.Flags = 0
	var b [event.StampSize + 16]byte
	at := event.AppendStamp(b[:0], s)
	at = binary.LittleEndian.AppendUint64(at, total)
	d.messages = add(d.messages, xxh3.Hash128(binary.LittleEndian.AppendUint64(at, uint64(r.Timestamp))))
}

// append adds a partition's number, count and sum to dst.
func (p *partDigest) append(dst []byte, n int32, sum xxh3.Uint128) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	dst = binary.LittleEndian.AppendUint64(dst, p.next)
	b := sum.Bytes()
	return append(dst, b[:]...)
}

func hexOf(u xxh3.Uint128) string {
	b := u.Bytes()
	return hex.EncodeToString(b[:])
}

func add(a, b xxh3.Uint128) xxh3.Uint128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(a.Hi, b.Hi, carry)
	return xxh3.Uint128{Hi: hi, Lo: lo}
}

// large is where copying a value into the scratch space costs more than hashing it in parts.
const large = 64 << 10

// hash is xxh3-128 of an encoding of the record in which every part says its length first, so that no two records share
// one: timestamp, number of headers, then key, each header's key and value, and value. A null key or value differs from
// an empty one; a null header value does not, because brokers return it as empty.
func (d *Digest) hash(r *event.Record) xxh3.Uint128 {
	b := binary.LittleEndian.AppendUint64(d.scratch[:0], uint64(r.Timestamp))
	b = binary.AppendUvarint(b, uint64(len(r.Headers)))
	b = append(appendLength(b, r.Key), r.Key...)
	for i := range r.Headers {
		h := &r.Headers[i]
		b = append(binary.AppendUvarint(b, uint64(len(h.Key))), h.Key...)
		b = append(binary.AppendUvarint(b, uint64(len(h.Value))), h.Value...)
	}
	b = appendLength(b, r.Value)
	d.scratch = b
	if len(r.Value) > large {
		x := xxh3.New()
		_, _ = x.Write(b)
		_, _ = x.Write(r.Value)
		return x.Sum128()
	}
	b = append(b, r.Value...)
	d.scratch = b
	return xxh3.Hash128(b)
}

// appendLength writes 0 for null and length + 1 for anything else.
func appendLength(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	return binary.AppendUvarint(dst, uint64(len(b))+1)
}

func size(r *event.Record) int64 {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return int64(n)
}
