// Package wav is the encoding "wav": a block of sound as a RIFF WAVE file, of whole numbers of 8 to 32 bits or floats. Which
// metric is which sample is written at encoding.Waveform. Nothing in it names the device or the time: the record's key and
// header do. harness/job/SEMANTICS.md section 3.1 is the norm.
package wav

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "wav".
func (Format) Name() string { return "wav" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewWaveform.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	w, err := encoding.NewWaveform(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of wav: %w", err)
	}
	return &decoder{w}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	w, err := encoding.NewWaveform(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of wav: %w", err)
	}
	return &encoder{w}, nil
}

const (
	riffBytes  = 12 // RIFF, size, WAVE
	chunkBytes = 8  // name and size
	formBytes  = 16 // of the chunk fmt, at least
	subformAt  = 24 // of an extensible form

	pcm        = 1
	float      = 3
	extensible = 0xfffe

	sampleRate = 1000 // a second, of what the encoder writes
)

// form is how samples are written.
type form struct {
	code, bits int
}

type decoder struct{ wave *encoding.Waveform }

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) job.Reason {
	body, reason := riff(b)
	if reason != job.ReasonNone {
		return reason
	}
	d.wave.Reset(key)
	d.wave.Device(key)
	var f form
	known, done := false, false
	for len(body) > 0 {
		name, chunk, rest, ok := next(body)
		if !ok {
			return job.ReasonBadFormat
		}
		switch string(name) {
		case "fmt ":
			if f, ok = readForm(chunk); !ok || known {
				return job.ReasonBadFormat
			}
			known = true
		case "data":
			if !known || done || len(chunk)%(f.bits/8) != 0 {
				return job.ReasonBadFormat
			}
			done = true
			d.samples(f, chunk)
		}
		body = rest
	}
	if !done {
		return job.ReasonBadFormat
	}
	return d.wave.Fill(r)
}

// riff cuts the outermost head off.
func riff(b []byte) ([]byte, job.Reason) {
	const head = "RIFF????WAVE"
	for i := range len(head) {
		if i == len(b) {
			return nil, job.ReasonTruncated
		}
		if head[i] != '?' && b[i] != head[i] {
			return nil, job.ReasonBadFormat
		}
	}
	size := uint64(binary.LittleEndian.Uint32(b[4:])) + chunkBytes
	switch {
	case size < riffBytes || size < uint64(len(b)):
		return nil, job.ReasonBadFormat
	case size > uint64(len(b)):
		return nil, job.ReasonTruncated
	}
	return b[riffBytes:], job.ReasonNone
}

// next cuts the first chunk off. One of an odd size has a byte behind it.
func next(b []byte) (name, chunk, rest []byte, ok bool) {
	if len(b) < chunkBytes {
		return nil, nil, nil, false
	}
	name = b[:4]
	size := uint64(binary.LittleEndian.Uint32(b[4:]))
	padded := size + size%2
	if b = b[chunkBytes:]; padded > uint64(len(b)) {
		return nil, nil, nil, false
	}
	return name, b[:size], b[padded:], true
}

func readForm(b []byte) (form, bool) {
	if len(b) < formBytes {
		return form{}, false
	}
	f := form{int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[14:]))}
	if f.code == extensible {
		if len(b) < subformAt+2 {
			return form{}, false
		}
		f.code = int(binary.LittleEndian.Uint16(b[subformAt:]))
	}
	channels, align := int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint16(b[12:]))
	switch f {
	case form{pcm, 8}, form{pcm, 16}, form{pcm, 24}, form{pcm, 32}, form{float, 32}, form{float, 64}:
		return f, channels > 0 && align == channels*f.bits/8
	}
	return form{}, false
}

// samples takes all samples, those of several channels in the order in which they stand.
func (d *decoder) samples(f form, b []byte) {
	for ; len(b) > 0; b = b[f.bits/8:] {
		switch f {
		case form{pcm, 8}:
			d.wave.Add(float64(int(b[0]) - 128))
		case form{pcm, 16}:
			d.wave.Add(float64(int16(binary.LittleEndian.Uint16(b))))
		case form{pcm, 24}:
			d.wave.Add(float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8))
		case form{pcm, 32}:
			d.wave.Add(float64(int32(binary.LittleEndian.Uint32(b))))
		case form{float, 32}:
			d.wave.Add(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		default:
			d.wave.Add(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
}

type encoder struct{ wave *encoding.Waveform }

// Append implements encoding.Encoder: one channel of doubles, 1000 a second.
func (e *encoder) Append(dst []byte, _ string, _ int64, values []int64) []byte {
	n := e.wave.Samples(values)
	const parts = 4 + chunkBytes + formBytes + 2 + chunkBytes + 4 + chunkBytes
	le := binary.LittleEndian
	dst = le.AppendUint32(append(dst, "RIFF"...), uint32(parts+8*n))
	dst = le.AppendUint32(append(dst, "WAVEfmt "...), formBytes+2)
	dst = le.AppendUint16(le.AppendUint16(dst, float), 1)
	dst = le.AppendUint32(le.AppendUint32(dst, sampleRate), 8*sampleRate)
	dst = le.AppendUint16(le.AppendUint16(le.AppendUint16(dst, 8), 64), 0)
	dst = le.AppendUint32(append(dst, "fact"...), 4)
	dst = le.AppendUint32(dst, uint32(n))
	dst = le.AppendUint32(append(dst, "data"...), uint32(8*n))
	for i := range n {
		dst = le.AppendUint64(dst, math.Float64bits(e.wave.Sample(values, i)))
	}
	return dst
}
