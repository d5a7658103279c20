// Package frame is the encoding "frame": the fixed binary layout with a checksum that a microcontroller sends over a serial
// line. harness/job/SEMANTICS.md section 3.1 is the norm.
//
//	A5 5A 01 | metrics u8 | length u16 | device | time ms i64 | present, 1 bit each | float64 each | CRC-32C u32
//
// Numbers are little endian.
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// start is the synchronisation word and the version.
const start = "\xa5\x5a\x01"

const (
	headBytes = len(start) + 1 + 2
	timeBytes = 8
	crcBytes  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "frame".
func (Format) Name() string { return "frame" }

// MostDevice implements encoding.Bounded: an id has a length of two bytes.
func (Format) MostDevice() int { return math.MaxUint16 }

func check(r job.Reading) error {
	if _, err := encoding.NewShape(r); err != nil {
		return err
	}
	if len(r.Metrics) > math.MaxUint8 {
		return errors.New("more than 255 metrics")
	}
	return nil
}

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape, and more than 255 metrics.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	if err := check(r); err != nil {
		return nil, fmt.Errorf("making a decoder of frame: %w", err)
	}
	f, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of frame: %w", err)
	}
	return &decoder{f}, nil
}

type decoder struct{ fields *encoding.Fields }

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) job.Reason {
	n := d.fields.Len() - encoding.Metrics
	if reason := head(b, n); reason != job.ReasonNone {
		return reason
	}
	length := int(binary.LittleEndian.Uint16(b[headBytes-2:]))
	bits := headBytes + length + timeBytes
	doubles := bits + (n+7)/8
	sum := doubles + 8*n
	switch {
	case len(b) < sum+crcBytes:
		return job.ReasonTruncated
	case len(b) > sum+crcBytes:
		return job.ReasonBadFormat
	case binary.LittleEndian.Uint32(b[sum:]) != crc32.Checksum(b[:sum], castagnoli):
		return job.ReasonBadChecksum
	}
	device := b[headBytes : headBytes+length]
	if !utf8.Valid(device) {
		return job.ReasonBadUTF8
	}
	d.fields.Reset(key)
	d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: device})
	d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number, Number: float64(int64(binary.LittleEndian.Uint64(b[headBytes+length:])))})
	for i := range n {
		if b[bits+i/8]>>(i%8)&1 != 0 {
			v := math.Float64frombits(binary.LittleEndian.Uint64(b[doubles+8*i:]))
			d.fields.Lay(encoding.Metrics+i, encoding.Scalar{Kind: encoding.Number, Number: v})
		}
	}
	return d.fields.Fill(r)
}

// head tests what stands before the device.
func head(b []byte, metrics int) job.Reason {
	for i := range len(start) {
		if i == len(b) {
			return job.ReasonTruncated
		}
		if b[i] != start[i] {
			return job.ReasonBadFormat
		}
	}
	if len(b) > len(start) && int(b[len(start)]) != metrics {
		return job.ReasonUnknownSchema
	}
	if len(b) < headBytes {
		return job.ReasonTruncated
	}
	return job.ReasonNone
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if err := check(r); err != nil {
		return nil, fmt.Errorf("making an encoder of frame: %w", err)
	}
	return encoder{}, nil
}

type encoder struct{}

// MostDevice implements encoding.Bounded.
func (encoder) MostDevice() int { return Format{}.MostDevice() }

// Append implements encoding.Encoder. A device id is at most 65,535 bytes long.
func (encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	if len(device) > math.MaxUint16 {
		panic("BUG: a device id of more than 65,535 bytes")
	}
	from := len(dst)
	dst = append(append(dst, start...), byte(len(values)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(device)))
	dst = append(dst, device...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(eventTime))
	bits := len(dst)
	for range (len(values) + 7) / 8 {
		dst = append(dst, 0)
	}
	for i, v := range values {
		if v == encoding.Absent {
			v = 0
		} else {
			dst[bits+i/8] |= 1 << (i % 8)
		}
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(encoding.Decimal(v)))
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}
