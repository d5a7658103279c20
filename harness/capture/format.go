package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/streamgauge/streamgauge/harness/event"
)

// The constants of FORMAT.md.
const (
	version     = 1
	fileMagic   = "sgcaptur"
	endMagic    = "sgcapend"
	blockMagic  = "BLCK"
	footerMagic = "FOOT"

	headerSize      = 16
	blockHeaderSize = 24
	recordSize      = 52 // without key and value
	footerFixed     = 80 // before the partitions
	tailSize        = 16 // after them

	blockBytes    = 1 << 20 // of records, unpacked, from which on a block is written
	maxPartitions = 1 << 20 // a damaged count must not allocate
)

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func crc(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func appendHeader(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, fileMagic...)
	dst = le.AppendUint32(dst, version)
	return le.AppendUint32(dst, crc(dst[start:]))
}

// checkHeader says what is wrong with the first bytes of a file; "" if nothing.
func checkHeader(b []byte) string {
	switch {
	case len(b) < headerSize || string(b[:8]) != fileMagic:
		return "this is no capture"
	case le.Uint32(b[12:]) != crc(b[:12]):
		return "the header is damaged"
	case le.Uint32(b[8:]) != version:
		return fmt.Sprintf("the capture has version %d, this program reads version %d", le.Uint32(b[8:]), version)
	}
	return ""
}

// block is a block's header.
type block struct {
	records          uint32
	unpacked, packed uint32
	crc              uint32
}

func appendBlockHeader(dst []byte, b block) []byte {
	start := len(dst)
	dst = append(dst, blockMagic...)
	for _, v := range []uint32{b.records, b.unpacked, b.packed, b.crc} {
		dst = le.AppendUint32(dst, v)
	}
	return le.AppendUint32(dst, crc(dst[start:]))
}

// parseBlockHeader reads what appendBlockHeader wrote. False: it is damaged.
func parseBlockHeader(b []byte) (block, bool) {
	if string(b[:4]) != blockMagic || le.Uint32(b[20:]) != crc(b[:20]) {
		return block{}, false
	}
	return block{records: le.Uint32(b[4:]), unpacked: le.Uint32(b[8:]), packed: le.Uint32(b[12:]), crc: le.Uint32(b[16:])}, true
}

func appendRecord(dst []byte, d *event.Due) []byte {
	s := &d.Stamp
	dst = le.AppendUint64(dst, uint64(s.Intended))
	dst = le.AppendUint64(dst, uint64(d.EventTime))
	dst = le.AppendUint64(dst, s.Seq)
	dst = le.AppendUint64(dst, s.Hash)
	dst = le.AppendUint32(dst, s.Device)
	dst = le.AppendUint32(dst, uint32(d.Partition))
	dst = le.AppendUint16(dst, s.Stream)
	dst = le.AppendUint16(dst, uint16(len(d.Key)))
	dst = le.AppendUint32(dst, uint32(s.Flags))
	dst = le.AppendUint32(dst, uint32(len(d.Value)))
	dst = append(dst, d.Key...)
	return append(dst, d.Value...)
}

// parseRecord reads one record from the front of b and gives what follows. Key and Value are parts of b. False: b does not
// hold one.
func parseRecord(b []byte, d *event.Due) (rest []byte, ok bool) {
	if len(b) < recordSize {
		return nil, false
	}
	key, value := int(le.Uint16(b[42:])), int(le.Uint32(b[48:]))
	partition, flags := le.Uint32(b[36:]), le.Uint32(b[44:])
	if len(b)-recordSize < key+value || partition >= maxPartitions || flags > 0xff {
		return nil, false
	}
	*d = event.Due{
		Stamp: event.Stamp{
			ID:       event.ID{Stream: le.Uint16(b[40:]), Device: le.Uint32(b[32:]), Seq: le.Uint64(b[16:])},
			Flags:    uint8(flags),
			Intended: int64(le.Uint64(b)),
			Hash:     le.Uint64(b[24:]),
		},
		EventTime: int64(le.Uint64(b[8:])),
		Partition: int32(partition),
	}
	b = b[recordSize:]
	d.Key, d.Value = b[:key:key], b[key:key+value:key+value]
	return b[key+value:], true
}

func appendFooter(dst []byte, s *Summary) []byte {
	start := len(dst)
	dst = append(dst, footerMagic...)
	dst = le.AppendUint32(dst, uint32(len(s.Partitions)))
	for _, v := range []int64{s.Records, s.Heartbeats, s.Damaged, s.Bytes, s.First, s.Last} {
		dst = le.AppendUint64(dst, uint64(v))
	}
	dst = append(dst, s.Digest[:]...)
	dst = le.AppendUint64(dst, uint64(s.Blocks))
	for _, n := range s.Partitions {
		dst = le.AppendUint64(dst, uint64(n))
	}
	dst = le.AppendUint32(dst, uint32(len(dst)-start+tailSize))
	dst = le.AppendUint32(dst, crc(dst[start:]))
	return append(dst, endMagic...)
}

var errFooter = errors.New("the footer is damaged")

// parseFooter reads a whole footer.
func parseFooter(b []byte) (Summary, error) {
	var s Summary
	end := len(b) - tailSize
	if end < footerFixed || string(b[:4]) != footerMagic || le.Uint32(b[end+4:]) != crc(b[:end+4]) {
		return s, errFooter
	}
	n := int(le.Uint32(b[4:]))
	if n > maxPartitions || footerFixed+8*n != end {
		return s, errFooter
	}
	for i, v := range []*int64{&s.Records, &s.Heartbeats, &s.Damaged, &s.Bytes, &s.First, &s.Last} {
		*v = int64(le.Uint64(b[8+8*i:]))
	}
	copy(s.Digest[:], b[56:])
	s.Blocks = int64(le.Uint64(b[72:]))
	for i := range n {
		s.Partitions = append(s.Partitions, int64(le.Uint64(b[footerFixed+8*i:])))
	}
	return s, nil
}
