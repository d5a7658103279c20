// Package avro is the encodings "avro" (single object: marker and fingerprint of the schema before the value) and
// "avro-registry" (as Kafka's serializers write it: the schema's number in a registry before the value). The schema is
// derived from the job's reading, or the user's own. harness/job/SEMANTICS.md section 3.1 is the norm; the library twmb/avro is what the tests
// hold it against.
package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// SchemaID is the number of the one schema in a trial's registry.
const SchemaID = 1

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct {
	Registry bool // the framing of schema registries instead of single objects
}

// Name is "avro" or "avro-registry".
func (f Format) Name() string {
	if f.Registry {
		return "avro-registry"
	}
	return "avro"
}

// layout is what decoder and encoder know of the schema.
type layout struct {
	head   []byte
	marker int   // bytes of head that are the same for every schema
	order  []int // fields
	millis bool
}

func (f Format) layout(r job.Reading) (layout, error) {
	schema, err := Schema(r)
	if err != nil {
		return layout{}, err
	}
	shape, err := encoding.NewShape(r)
	if err != nil {
		return layout{}, err
	}
	l := f.framed(schema)
	l.order, l.millis = order(shape, nil), r.Time.Unit == "ms"
	return l, nil
}

// Decoder makes a decoder of a job's reading. Errors: those of Schema; with a schema of the user's, that it is none, or that a
// path does not fit.
func (f Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	if r.Schema != nil {
		return f.userDecoder(r)
	}
	l, err := f.layout(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of %s: %w", f.Name(), err)
	}
	fields, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of %s: %w", f.Name(), err)
	}
	return &decoder{layout: l, fields: fields}, nil
}

type decoder struct {
	layout
	fields *encoding.Fields
	b      []byte
	pos    int
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	d.b, d.pos = value, 0
	if reason := d.framing(); reason != job.ReasonNone {
		return reason
	}
	d.fields.Reset(key)
	for _, field := range d.order {
		s, reason := d.field(field)
		if reason != job.ReasonNone {
			return reason
		}
		d.fields.Lay(field, s)
	}
	if d.pos < len(value) {
		return job.ReasonBadFormat
	}
	return d.fields.Fill(r)
}

// framing reads what stands before the value.
func (d *decoder) framing() job.Reason {
	for i, want := range d.head {
		switch {
		case i == d.marker && len(d.b) < len(d.head), i == len(d.b):
			return job.ReasonTruncated
		case d.b[i] == want:
		case i < d.marker:
			return job.ReasonBadFormat
		default:
			return job.ReasonUnknownSchema
		}
	}
	d.pos = len(d.head)
	return job.ReasonNone
}

func (d *decoder) field(field int) (encoding.Scalar, job.Reason) {
	switch {
	case field == encoding.Device:
		return d.text()
	case field == encoding.Time && d.millis:
		n, reason := d.long()
		return encoding.Scalar{Kind: encoding.Number, Number: float64(n)}, reason
	case field == encoding.Time:
		return d.double()
	}
	branch, reason := d.long()
	switch {
	case reason != job.ReasonNone || branch == 0:
		return encoding.Scalar{}, reason
	case branch != 1:
		return encoding.Scalar{}, job.ReasonBadFormat
	}
	return d.double()
}

// long reads a whole number: seven bits a byte, the lowest first, the sign in the last bit.
func (d *decoder) long() (int64, job.Reason) {
	u, n := binary.Uvarint(d.b[d.pos:])
	switch {
	case n == 0 && len(d.b)-d.pos < binary.MaxVarintLen64:
		return 0, job.ReasonTruncated
	case n <= 0:
		return 0, job.ReasonBadFormat
	}
	d.pos += n
	return int64(u>>1) ^ -int64(u&1), job.ReasonNone
}

func (d *decoder) double() (encoding.Scalar, job.Reason) {
	if len(d.b)-d.pos < 8 {
		return encoding.Scalar{}, job.ReasonTruncated
	}
	bits := binary.LittleEndian.Uint64(d.b[d.pos:])
	d.pos += 8
	return encoding.Scalar{Kind: encoding.Number, Number: math.Float64frombits(bits)}, job.ReasonNone
}

func (d *decoder) text() (encoding.Scalar, job.Reason) {
	n, reason := d.long()
	switch {
	case reason != job.ReasonNone:
		return encoding.Scalar{}, reason
	case n < 0:
		return encoding.Scalar{}, job.ReasonBadFormat
	case n > int64(len(d.b)-d.pos):
		return encoding.Scalar{}, job.ReasonTruncated
	}
	s := d.b[d.pos : d.pos+int(n)]
	if !utf8.Valid(s) {
		return encoding.Scalar{}, job.ReasonBadUTF8
	}
	d.pos += int(n)
	return encoding.Scalar{Kind: encoding.Text, Text: s}, job.ReasonNone
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (f Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if r.Schema != nil {
		return f.userEncoder(r)
	}
	l, err := f.layout(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of %s: %w", f.Name(), err)
	}
	return &encoder{l}, nil
}

type encoder struct{ layout }

// Append implements encoding.Encoder.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = append(dst, e.head...)
	for _, field := range e.order {
		switch {
		case field == encoding.Device:
			dst = append(binary.AppendVarint(dst, int64(len(device))), device...)
		case field == encoding.Time && e.millis:
			dst = binary.AppendVarint(dst, eventTime)
		case field == encoding.Time:
			dst = appendDouble(dst, float64(eventTime)/1000)
		case values[field-encoding.Metrics] == encoding.Absent:
			dst = append(dst, 0)
		default:
			dst = appendDouble(append(dst, 2), encoding.Decimal(values[field-encoding.Metrics]))
		}
	}
	return dst
}

func appendDouble(dst []byte, d float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d))
}
