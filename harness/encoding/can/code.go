package can

import (
	"encoding/binary"
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

type decoder struct {
	fields  *encoding.Fields
	signals []signal
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) job.Reason {
	if len(b) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: key})
	d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number})
	for len(b) > 0 {
		id, data, rest, reason := next(b)
		if reason == job.ReasonNone {
			reason = d.take(id, data)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	return d.fields.Fill(r)
}

// next cuts the first frame off.
func next(b []byte) (id uint32, data, rest []byte, reason job.Reason) {
	if len(b) < headBytes {
		return 0, nil, nil, job.ReasonTruncated
	}
	id = binary.BigEndian.Uint32(b)
	n, isFD := int(b[4]), b[5]&fd != 0
	if n > fdBytes || !isFD && n > classicBytes || n > classicBytes && fdLength(n) != n || id&extended == 0 && id&idMask > 0x7ff {
		return 0, nil, nil, job.ReasonBadFormat
	}
	if id&remote != 0 && id&failure == 0 {
		n = 0 // asks for so many bytes and has none
	}
	if len(b) < headBytes+n {
		return 0, nil, nil, job.ReasonTruncated
	}
	return id, b[headBytes : headBytes+n], b[headBytes+n:], job.ReasonNone
}

// take takes the signals of a frame. Remote and error frames have none.
func (d *decoder) take(id uint32, data []byte) job.Reason {
	for i := range d.signals {
		s := &d.signals[i]
		if s.id != id {
			continue
		}
		if len(data) < s.length() {
			return job.ReasonBadFormat
		}
		d.fields.Lay(encoding.Metrics+s.metric, encoding.Scalar{Kind: encoding.Number, Number: s.number(s.get(data))})
	}
	return job.ReasonNone
}

// get reads the signal's bits.
func (s *signal) get(data []byte) uint64 {
	if !s.big && s.start == 0 && s.bits == 64 {
		return binary.LittleEndian.Uint64(data)
	}
	var raw uint64
	for i := range s.bits {
		at := s.position(i)
		raw |= uint64(data[at/8]>>(at%8)&1) << i
	}
	return raw
}

// put writes the signal's bits over zeros.
func (s *signal) put(data []byte, raw uint64) {
	for i := range s.bits {
		at := s.position(i)
		data[at/8] |= byte(raw>>i&1) << (at % 8)
	}
}

// number is the physical value of the bits.
func (s *signal) number(raw uint64) float64 {
	var v float64
	switch {
	case s.float && s.bits == 32:
		v = float64(math.Float32frombits(uint32(raw)))
	case s.float:
		v = math.Float64frombits(raw)
	case s.signed:
		v = float64(int64(raw<<(64-s.bits)) >> (64 - s.bits))
	default:
		v = float64(raw)
	}
	return float64(v*s.factor) + s.offset // never fused: the same on every machine
}

// raw is the bits nearest to a value. False: there is none, or the signal cannot hold it.
func (s *signal) raw(v int64) (uint64, bool) {
	if v == encoding.Absent {
		return 0, false
	}
	d := float64(encoding.Decimal(v)-s.offset) / s.factor
	switch {
	case s.float && s.bits == 32:
		return uint64(math.Float32bits(float32(d))), true
	case s.float:
		return math.Float64bits(d), true
	}
	d = math.Round(d)
	low, high := 0.0, math.Ldexp(1, s.bits)
	if s.signed {
		low, high = -math.Ldexp(1, s.bits-1), math.Ldexp(1, s.bits-1)
	}
	if !(d >= low && d < high) {
		return 0, false
	}
	if s.signed {
		return uint64(int64(d)), true
	}
	return uint64(d), true
}

type encoder struct{ frames []frame }

// holds says whether all signals of a frame have values that they can hold.
func (f *frame) holds(values []int64) bool {
	for i := range f.signals {
		if _, ok := f.signals[i].raw(values[f.signals[i].metric]); !ok {
			return false
		}
	}
	return true
}

// Append implements encoding.Encoder. A frame is written if all its signals have values.
func (e *encoder) Append(dst []byte, _ string, _ int64, values []int64) []byte {
	start := len(dst)
	for i := range e.frames {
		if f := &e.frames[i]; f.holds(values) {
			dst = f.append(dst, values)
		}
	}
	if len(dst) == start {
		dst = append(appendHead(dst, aliveID, 1), aliveState)
	}
	return dst
}

func appendHead(dst []byte, id uint32, length int) []byte {
	flags := byte(0)
	if length > classicBytes {
		flags = fd
	}
	return append(binary.BigEndian.AppendUint32(dst, id), byte(length), flags, 0, 0)
}

func (f *frame) append(dst []byte, values []int64) []byte {
	dst = appendHead(dst, f.id, f.length)
	at := len(dst)
	for range f.length {
		dst = append(dst, 0)
	}
	for i := range f.signals {
		s := &f.signals[i]
		raw, _ := s.raw(values[s.metric])
		s.put(dst[at:], raw)
	}
	return dst
}
