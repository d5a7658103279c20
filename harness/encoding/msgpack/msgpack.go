// Package msgpack is the encoding "msgpack" (the MessagePack specification): one map a message, nested as the paths of a job's reading say. Reading is
// strict, in one pass and without an allocation; harness/job/SEMANTICS.md section 3.1 says what is well-formed. The
// library tinylib/msgp is what the tests hold it against.
package msgpack

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "msgpack".
func (Format) Name() string { return "msgpack" }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	d, err := encoding.NewTreeDecoder(r, &Walker{})
	if err != nil {
		return nil, fmt.Errorf("making a decoder of msgpack: %w", err)
	}
	return d, nil
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	t, err := encoding.NewTemplate(r, syntax{})
	if err != nil {
		return nil, fmt.Errorf("making an encoder of msgpack: %w", err)
	}
	return &encoder{template: t, millis: r.Time.Unit == "ms"}, nil
}

type encoder struct {
	template *encoding.Template
	millis   bool // the time's unit is ms
}

// syntax writes what stands around the fields.
type syntax struct{}

func (syntax) Open(dst []byte, n int) []byte           { return appendMap(dst, n) }
func (syntax) Close(dst []byte) []byte                 { return dst }
func (syntax) Name(dst []byte, _ int, s string) []byte { return appendText(dst, s) }

// Append implements encoding.Encoder. Numbers are whole, or floats of the shorter of 32 and 64 bits that holds them.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	for i, f := range e.template.Fields {
		dst = append(dst, e.template.Texts[i]...)
		switch {
		case f == encoding.Device:
			dst = appendText(dst, device)
		case f == encoding.Time:
			dst = e.time(dst, eventTime)
		case values[f-encoding.Metrics] == encoding.Absent:
			dst = append(dst, 0xc0)
		default:
			dst = appendNumber(dst, encoding.Decimal(values[f-encoding.Metrics]))
		}
	}
	return append(dst, e.template.Texts[len(e.template.Fields)]...)
}

func (e *encoder) time(dst []byte, eventTime int64) []byte {
	if e.millis {
		return appendInt(dst, eventTime)
	}
	return appendNumber(dst, float64(eventTime)/1000)
}
