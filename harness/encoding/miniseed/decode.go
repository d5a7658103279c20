package miniseed

import (
	"encoding/binary"
	"hash/crc32"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

type decoder struct {
	wave   *encoding.Waveform
	source []byte // scratch for the identifier of version 2
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) job.Reason {
	if len(b) == 0 {
		return job.ReasonTruncated
	}
	d.wave.Reset(key)
	for len(b) > 0 {
		n, reason := d.record(b)
		if reason != job.ReasonNone {
			return reason
		}
		b = b[n:]
	}
	return d.wave.Fill(r)
}

// record reads the record at the start of b and gives its length.
func (d *decoder) record(b []byte) (int, job.Reason) {
	if b[0] >= '0' && b[0] <= '9' {
		return d.version2(b)
	}
	return d.version3(b)
}

// version3 reads the record at the start of b and gives its length.
func (d *decoder) version3(b []byte) (int, job.Reason) {
	for i := range len(start3) {
		if i == len(b) {
			return 0, job.ReasonTruncated
		}
		if b[i] != start3[i] {
			return 0, job.ReasonBadFormat
		}
	}
	if len(b) < head3Bytes {
		return 0, job.ReasonTruncated
	}
	le := binary.LittleEndian
	source, extra, size := int(b[sourceAt]), int(le.Uint16(b[extraAt:])), uint64(le.Uint32(b[dataAt:]))
	data := head3Bytes + source + extra
	if uint64(len(b)) < uint64(data)+size {
		return 0, job.ReasonTruncated
	}
	b = b[:uint64(data)+size]
	if le.Uint32(b[sumAt:]) != sum(b) {
		return 0, job.ReasonBadChecksum
	}
	if !clock(le.Uint16(b[yearAt:]), le.Uint16(b[dayAt:]), b[clockAt:]) {
		return 0, job.ReasonBadFormat
	}
	id := b[head3Bytes : head3Bytes+source]
	if !utf8.Valid(id) {
		return 0, job.ReasonBadUTF8
	}
	d.wave.Device(id)
	return len(b), d.samples(int(b[encodingAt]), b[data:], le.Uint32(b[countAt:]), le)
}

var none [4]byte // in place of the sum

// sum is the CRC of a record whose own is 0.
func sum(b []byte) uint32 {
	crc := crc32.Update(crc32.Checksum(b[:sumAt], castagnoli), castagnoli, none[:])
	return crc32.Update(crc, castagnoli, b[sumAt+4:])
}

// clock tests a time: b is hour, minute and second.
func clock(year, day uint16, b []byte) bool {
	return year > 0 && day >= 1 && day <= 366 && b[0] < 24 && b[1] < 60 && b[2] <= 60
}

// samples takes the samples. Text has none.
func (d *decoder) samples(encoding int, b []byte, n uint32, order binary.ByteOrder) job.Reason {
	size := sampleBytes(encoding)
	switch {
	case encoding == asText:
		return job.ReasonNone
	case encoding == steim1 || encoding == steim2:
		return d.steim(encoding, b, n)
	case size == 0:
		return job.ReasonUnknownSchema
	case uint64(len(b)) < uint64(n)*uint64(size):
		return job.ReasonBadFormat
	}
	for range n {
		d.wave.Add(number(encoding, b, order))
		b = b[size:]
	}
	return job.ReasonNone
}
