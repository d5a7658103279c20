package blob

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Markers of ITU-T T.81, annex B, behind a byte FF.
const (
	startOfImage = 0xd8
	endOfImage   = 0xd9
	startOfScan  = 0xda
	comment      = 0xfe
	restart0     = 0xd0
	restart7     = 0xd7
	temporary    = 0x01
)

const (
	pictureSide = 96
	quality     = 90
)

// jpegRemark is the last comment that begins like an object.
func jpegRemark(b []byte) (remark []byte, reason job.Reason) {
	if len(b) > 0 && b[0] != 0xff || len(b) > 1 && b[1] != startOfImage {
		return nil, job.ReasonBadFormat
	}
	for pos := 2; ; {
		if pos+2 > len(b) {
			return nil, job.ReasonTruncated
		}
		if b[pos] != 0xff {
			return nil, job.ReasonBadFormat
		}
		marker := b[pos+1]
		switch {
		case marker == 0xff: // filled up
			pos++
			continue
		case marker == endOfImage:
			if pos+2 != len(b) {
				return nil, job.ReasonBadFormat
			}
			return remark, job.ReasonNone
		case marker == temporary || marker >= restart0 && marker <= restart7:
			pos += 2
			continue
		case marker == 0 || marker == startOfImage:
			return nil, job.ReasonBadFormat
		}
		segment, reason := jpegSegment(b[pos+2:])
		if reason != job.ReasonNone {
			return nil, reason
		}
		pos += 4 + len(segment)
		if marker == comment && len(segment) > 0 && segment[0] == '{' {
			remark = segment
		}
		if marker == startOfScan {
			pos += scan(b[pos:])
		}
	}
}

// jpegSegment is what stands behind a length, which counts itself.
func jpegSegment(b []byte) ([]byte, job.Reason) {
	if len(b) < 2 {
		return nil, job.ReasonTruncated
	}
	n := int(binary.BigEndian.Uint16(b))
	switch {
	case n < 2:
		return nil, job.ReasonBadFormat
	case n > len(b):
		return nil, job.ReasonTruncated
	}
	return b[2:n], job.ReasonNone
}

// scan is the length of compressed data: up to the next marker that is neither a zero behind FF nor a restart.
func scan(b []byte) int {
	for pos := 0; ; pos += 2 {
		n := bytes.IndexByte(b[pos:], 0xff)
		if n < 0 || pos+n+1 >= len(b) {
			return len(b)
		}
		pos += n
		if c := b[pos+1]; c != 0 && (c < restart0 || c > restart7) {
			return pos
		}
	}
}

// appendJPEG puts the comment behind the start of the image, as the format allows.
func appendJPEG(dst, reading []byte, n noise) []byte {
	picture := image.NewGray(image.Rect(0, 0, pictureSide, pictureSide))
	for i := range picture.Pix {
		picture.Pix[i] = byte(64 + i%pictureSide + int(n.next()%64))
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
		panic("BUG: encoding a picture in memory: " + err.Error())
	}
	dst = append(dst, out.Bytes()[:2]...)
	dst = binary.BigEndian.AppendUint16(append(dst, 0xff, comment), uint16(len(reading)+2))
	return append(append(dst, reading...), out.Bytes()[2:]...)
}
