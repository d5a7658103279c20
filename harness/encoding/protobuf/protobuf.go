// Package protobuf is the encoding "protobuf": one message of a schema of the user's (schema.go), or of the one that a job's
// reading gives,
//
//	message Reading {
//	  optional string device = 1;
//	  optional double time = 2;    // s; int64 for ms
//	  optional double <metric> = 3; // and on, in ascending order of the metrics' names
//	}
//
// harness/job/SEMANTICS.md section 3.1 is the norm; dynamic messages of google.golang.org/protobuf are what the tests hold it
// against.
package protobuf

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "protobuf".
func (Format) Name() string { return "protobuf" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape; with a schema of the user's, that it is none, or
// that a path does not fit.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	if r.Schema != nil {
		return newUserDecoder(r)
	}
	_, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of protobuf: %w", err)
	}
	f, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of protobuf: %w", err)
	}
	return &decoder{fields: f, millis: r.Time.Unit == "ms"}, nil
}

type decoder struct {
	fields *encoding.Fields
	millis bool
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	for len(value) > 0 {
		f, rest, reason := Next(value)
		if reason == job.ReasonNone {
			reason = d.take(f)
		}
		if reason != job.ReasonNone {
			return reason
		}
		value = rest
	}
	return d.fields.Fill(r)
}

func (d *decoder) take(f Field) job.Reason {
	i := int(f.Number) - 1
	switch {
	case i >= d.fields.Len():
	case i == encoding.Device:
		if f.Type != protowire.BytesType {
			break
		}
		if !utf8.Valid(f.Bytes) {
			return job.ReasonBadUTF8
		}
		d.fields.Put(i, encoding.Scalar{Kind: encoding.Text, Text: f.Bytes})
	case i == encoding.Time && d.millis:
		if f.Type == protowire.VarintType {
			d.fields.Put(i, encoding.Scalar{Kind: encoding.Number, Number: float64(int64(f.Integer))})
		}
	case f.Type == protowire.Fixed64Type:
		d.fields.Put(i, encoding.Scalar{Kind: encoding.Number, Number: math.Float64frombits(f.Integer)})
	}
	return job.ReasonNone
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if r.Schema != nil {
		return newUserEncoder(r)
	}
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of protobuf: %w", err)
	}
	return encoder{r.Time.Unit == "ms"}, nil
}

type encoder struct{ millis bool }

// Append implements encoding.Encoder.
func (e encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = protowire.AppendString(protowire.AppendTag(dst, encoding.Device+1, protowire.BytesType), device)
	if e.millis {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, encoding.Time+1, protowire.VarintType), uint64(eventTime))
	} else {
		dst = appendDouble(dst, encoding.Time+1, float64(eventTime)/1000)
	}
	for i, v := range values {
		if v != encoding.Absent {
			dst = appendDouble(dst, protowire.Number(encoding.Metrics+1+i), encoding.Decimal(v))
		}
	}
	return dst
}

func appendDouble(dst []byte, n protowire.Number, d float64) []byte {
	if n < 16 { // its tag is one byte
		return binary.LittleEndian.AppendUint64(append(dst, byte(n<<3)|byte(protowire.Fixed64Type)), math.Float64bits(d))
	}
	return protowire.AppendFixed64(protowire.AppendTag(dst, n, protowire.Fixed64Type), math.Float64bits(d))
}
