package blob

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Places in the public header of ASPRS LAS 1.0 to 1.4, little endian, and in the head of a variable length record.
const (
	lasStart    = "LASF"
	minorAt     = 25
	headSizeAt  = 94
	pointsAt    = 96
	recordsAt   = 100
	formatAt    = 104
	pointSizeAt = 105
	countAt     = 107
	scaleAt     = 131
	headBytes   = 227
	count4At    = 247 // of version 1.4
	head4Bytes  = 375

	recordBytes = 54
	userAt      = 2
	lengthAt    = 20
	user        = "streamgauge"

	points     = 1000
	pointBytes = 20 // of format 0
)

// lasRemark is the last variable length record of the user streamgauge.
func lasRemark(b []byte) (remark []byte, reason job.Reason) {
	for i := range len(lasStart) {
		if i == len(b) {
			return nil, job.ReasonTruncated
		}
		if b[i] != lasStart[i] {
			return nil, job.ReasonBadFormat
		}
	}
	if len(b) < headBytes {
		return nil, job.ReasonTruncated
	}
	le := binary.LittleEndian
	head, from, size := uint64(le.Uint16(b[headSizeAt:])), uint64(le.Uint32(b[pointsAt:])), uint64(le.Uint16(b[pointSizeAt:]))
	count := uint64(le.Uint32(b[countAt:]))
	last := b[minorAt] < 4 // only versions before 1.4 end with their points
	if !last && head >= head4Bytes && len(b) >= head4Bytes {
		count = le.Uint64(b[count4At:])
	}
	if head < headBytes || from < head || size < pointBytes || count > math.MaxUint32 {
		return nil, job.ReasonBadFormat
	}
	switch end := from + count*size; {
	case end > uint64(len(b)):
		return nil, job.ReasonTruncated
	case last && end < uint64(len(b)):
		return nil, job.ReasonBadFormat
	}
	return lasRecords(b[head:from], le.Uint32(b[recordsAt:]))
}

func lasRecords(b []byte, n uint32) (remark []byte, reason job.Reason) {
	for range n {
		if len(b) < recordBytes {
			return nil, job.ReasonBadFormat
		}
		size := recordBytes + int(binary.LittleEndian.Uint16(b[lengthAt:]))
		if len(b) < size {
			return nil, job.ReasonBadFormat
		}
		if name := b[userAt : userAt+16]; string(bytes.TrimRight(name, "\x00")) == user {
			remark = b[recordBytes:size]
		}
		b = b[size:]
	}
	return remark, job.ReasonNone
}

// appendLAS writes a version 1.2 of points of format 0 along scan lines over rough ground.
func appendLAS(dst, reading []byte, n noise) []byte {
	le := binary.LittleEndian
	var head [headBytes]byte
	copy(head[:], lasStart)
	head[minorAt-1], head[minorAt] = 1, 2
	copy(head[58:], user)
	le.PutUint16(head[headSizeAt:], headBytes)
	le.PutUint32(head[pointsAt:], uint32(headBytes+recordBytes+len(reading)))
	le.PutUint32(head[recordsAt:], 1)
	le.PutUint16(head[pointSizeAt:], pointBytes)
	le.PutUint32(head[countAt:], points)
	le.PutUint32(head[countAt+4:], points) // all are first returns
	for i := range 3 {
		le.PutUint64(head[scaleAt+8*i:], math.Float64bits(0.01))
	}
	var record [recordBytes]byte
	copy(record[userAt:], user)
	le.PutUint16(record[lengthAt:], uint16(len(reading)))
	dst = append(append(append(dst, head[:]...), record[:]...), reading...)
	for i := range points {
		r := n.next()
		dst = le.AppendUint32(dst, uint32(63_000_000+i%100*90+int(r&63)))
		dst = le.AppendUint32(dst, uint32(84_900_000+i/100*120+int(r>>8&31)))
		dst = le.AppendUint32(dst, uint32(40_000+i%100*i%100/8+int(r>>16&127)))
		dst = le.AppendUint16(dst, uint16(20+r>>24&63))
		dst = append(dst, 0x09, byte(1+r>>32&1), byte(i%100/5), 0) // one return of one, class, angle, nothing
		dst = le.AppendUint16(dst, 7326)
	}
	return dst
}
