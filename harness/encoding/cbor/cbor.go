// Package cbor is the encoding "cbor" (RFC 8949): one map a message, nested as the paths of a job's reading say. Reading is
// strict, in one pass and without an allocation; harness/job/SEMANTICS.md section 3.1 says what is well-formed. The
// library fxamacker/cbor is what the tests hold it against.
package cbor

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "cbor".
func (Format) Name() string { return "cbor" }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	d, err := encoding.NewTreeDecoder(r, &Walker{})
	if err != nil {
		return nil, fmt.Errorf("making a decoder of cbor: %w", err)
	}
	return d, nil
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	t, err := encoding.NewTemplate(r, syntax{})
	if err != nil {
		return nil, fmt.Errorf("making an encoder of cbor: %w", err)
	}
	return &encoder{template: t, millis: r.Time.Unit == "ms"}, nil
}

type encoder struct {
	template *encoding.Template
	millis   bool // the time's unit is ms
}

// syntax writes what stands around the fields: maps of definite length.
type syntax struct{}

func (syntax) Open(dst []byte, n int) []byte           { return AppendHead(dst, mapping, uint64(n)) }
func (syntax) Close(dst []byte) []byte                 { return dst }
func (syntax) Name(dst []byte, _ int, s string) []byte { return AppendText(dst, s) }

// Append implements encoding.Encoder. Numbers are whole, or floats of the shortest of 16, 32 and 64 bits that holds them.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	for i, f := range e.template.Fields {
		dst = append(dst, e.template.Texts[i]...)
		switch {
		case f == encoding.Device:
			dst = AppendText(dst, device)
		case f == encoding.Time:
			dst = AppendTime(dst, eventTime, e.millis)
		case values[f-encoding.Metrics] == encoding.Absent:
			dst = append(dst, simple<<5|22)
		default:
			dst = AppendNumber(dst, encoding.Decimal(values[f-encoding.Metrics]))
		}
	}
	return append(dst, e.template.Texts[len(e.template.Fields)]...)
}

// AppendText writes a text string.
func AppendText(dst []byte, s string) []byte {
	return append(AppendHead(dst, textString, uint64(len(s))), s...)
}

// AppendInt writes a whole number.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendHead(dst, negative, uint64(^v))
	}
	return AppendHead(dst, unsigned, uint64(v))
}

// AppendTime writes an event time in ms, or in s.
func AppendTime(dst []byte, eventTime int64, millis bool) []byte {
	if millis {
		return AppendInt(dst, eventTime)
	}
	return AppendNumber(dst, float64(eventTime)/1000)
}

// AppendNumber writes a number in its preferred serialisation (RFC 8949, section 4.1), whole numbers as integers.
func AppendNumber(dst []byte, d float64) []byte {
	if i := int64(d); float64(i) == d && math.Abs(d) < 1<<53 {
		return AppendInt(dst, i)
	}
	f := float32(d)
	if float64(f) != d {
		return binary.BigEndian.AppendUint64(append(dst, simple<<5|eightBytes), math.Float64bits(d))
	}
	if h, ok := toHalf(f); ok {
		return binary.BigEndian.AppendUint16(append(dst, simple<<5|25), h)
	}
	return binary.BigEndian.AppendUint32(append(dst, simple<<5|26), math.Float32bits(f))
}

// toHalf narrows a normal number to 16 bits. False: it does not fit exactly, or would not be normal.
func toHalf(f float32) (uint16, bool) {
	bits := math.Float32bits(f)
	exp := int(bits>>23&0xff) - 127 + 15
	if exp < 1 || exp > 30 || bits&0x1fff != 0 {
		return 0, false
	}
	return uint16(bits>>16&0x8000) | uint16(exp)<<10 | uint16(bits>>13&0x3ff), true
}

// AppendList begins a list of n items.
func AppendList(dst []byte, n int) []byte { return AppendHead(dst, array, uint64(n)) }

// AppendMap begins a map of n entries.
func AppendMap(dst []byte, n int) []byte { return AppendHead(dst, mapping, uint64(n)) }
