// Package miniseed is the encoding "miniseed": records of seismic and other waveforms by the FDSN's formats miniSEED 2 and 3,
// with samples as text, whole numbers, floats, or compressed by Steim's first and second scheme. Which metric is which sample
// is written at encoding.Waveform. The device is the source identifier; of version 2 it is made of network, station, location
// and channel, FDSN:NET_STA_LOC_B_S_SS. harness/job/SEMANTICS.md section 3.1 is the norm.
package miniseed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "miniseed".
func (Format) Name() string { return "miniseed" }

// MostDevice implements encoding.Bounded: a source identifier has a length of one byte.
func (Format) MostDevice() int { return math.MaxUint8 }

// How samples are written: numbers of both versions.
const (
	asText   = 0
	int16s   = 1
	int32s   = 3
	float32s = 4
	float64s = 5
	steim1   = 10
	steim2   = 11
)

// Places in a record of version 3. Numbers are little endian.
const (
	start3     = "MS\x03"
	yearAt     = 8
	dayAt      = 10
	clockAt    = 12
	encodingAt = 15
	rateAt     = 16
	countAt    = 24
	sumAt      = 28
	sourceAt   = 33
	extraAt    = 34
	dataAt     = 36
	head3Bytes = 40
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewWaveform.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	w, err := encoding.NewWaveform(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of miniseed: %w", err)
	}
	return &decoder{wave: w}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	w, err := encoding.NewWaveform(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of miniseed: %w", err)
	}
	return &encoder{w}, nil
}

type encoder struct{ wave *encoding.Waveform }

// MostDevice implements encoding.Bounded.
func (*encoder) MostDevice() int { return Format{}.MostDevice() }

// Append implements encoding.Encoder: a record of version 3 with doubles, one a second. A device id is at most 255 bytes long.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	if len(device) > math.MaxUint8 {
		panic("BUG: a device id of more than 255 bytes")
	}
	le := binary.LittleEndian
	at, from, n := time.UnixMilli(eventTime).UTC(), len(dst), e.wave.Samples(values)
	dst = le.AppendUint32(append(dst, start3+"\x00"...), uint32(at.Nanosecond()))
	dst = le.AppendUint16(le.AppendUint16(dst, uint16(at.Year())), uint16(at.YearDay()))
	dst = append(dst, byte(at.Hour()), byte(at.Minute()), byte(at.Second()), float64s)
	dst = le.AppendUint64(dst, math.Float64bits(1))
	dst = le.AppendUint32(le.AppendUint32(dst, uint32(n)), 0)
	dst = le.AppendUint16(append(dst, 1, byte(len(device))), 0)
	dst = append(le.AppendUint32(dst, uint32(8*n)), device...)
	for i := range n {
		dst = le.AppendUint64(dst, math.Float64bits(e.wave.Sample(values, i)))
	}
	le.PutUint32(dst[from+sumAt:], crc32.Checksum(dst[from:], castagnoli))
	return dst
}
