package protobuf

import (
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// userDecoder reads messages of a user's schema.
type userDecoder struct {
	root   *message
	fields *encoding.Fields
}

func newUserDecoder(r job.Reading) (encoding.Decoder, error) {
	m, err := newLayer(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of protobuf: %w", err)
	}
	f, err := encoding.NewFields(r)
	return &userDecoder{m, f}, err
}

// Decode implements encoding.Decoder.
func (d *userDecoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.begin(d.root)
	if reason := d.message(d.root, value); reason != job.ReasonNone {
		return reason
	}
	return d.fields.Fill(r)
}

// begin puts what a message holds of which nothing is on the wire.
func (d *userDecoder) begin(m *message) {
	for _, x := range m.members {
		x.seen = false
		switch {
		case !x.implicit || x.field == encoding.Nowhere:
		case x.kind == protoreflect.StringKind:
			d.fields.Put(x.field, encoding.Scalar{Kind: encoding.Text})
		default:
			d.fields.Put(x.field, encoding.Scalar{Kind: encoding.Number})
		}
	}
}

// message reads a message, or more of one that has begun.
func (d *userDecoder) message(m *message, b []byte) job.Reason {
	for len(b) > 0 {
		f, rest, reason := Next(b)
		if reason == job.ReasonNone {
			reason = d.take(m, f)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	return job.ReasonNone
}

func (d *userDecoder) take(m *message, f Field) job.Reason {
	for _, x := range m.members {
		if x.number != f.Number || x.wire != f.Type {
			continue
		}
		for _, other := range x.others { // of a oneof
			other.seen = false
			for _, i := range other.fields {
				d.fields.Put(i, encoding.Scalar{})
			}
		}
		return d.member(x, f)
	}
	return job.ReasonNone
}

func (d *userDecoder) member(x *member, f Field) job.Reason {
	switch {
	case x.inside != nil:
		if !x.seen {
			d.begin(x.inside)
			x.seen = true
		}
		reason := d.message(x.inside, f.Bytes)
		if reason == job.ReasonTruncated {
			return job.ReasonBadFormat // inside a length that is all there
		}
		return reason
	case x.field == encoding.Nowhere:
	case x.kind == protoreflect.StringKind:
		if !utf8.Valid(f.Bytes) {
			return job.ReasonBadUTF8
		}
		d.fields.Put(x.field, encoding.Scalar{Kind: encoding.Text, Text: f.Bytes})
	default:
		d.fields.Put(x.field, encoding.Scalar{Kind: encoding.Number, Number: number(x.kind, f.Integer)})
	}
	return job.ReasonNone
}

// number is what a kind makes of the bits on the wire.
func number(k protoreflect.Kind, v uint64) float64 {
	switch k {
	case protoreflect.DoubleKind:
		return math.Float64frombits(v)
	case protoreflect.FloatKind:
		return float64(math.Float32frombits(uint32(v)))
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return float64(int32(v))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return float64(uint32(v))
	case protoreflect.Sint32Kind:
		return float64(int32(protowire.DecodeZigZag(v & math.MaxUint32)))
	case protoreflect.Sint64Kind:
		return float64(protowire.DecodeZigZag(v))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return float64(v)
	}
	return float64(int64(v))
}

// userEncoder writes messages of a user's schema, fields by ascending number.
type userEncoder struct {
	root   *message
	millis bool
}

func newUserEncoder(r job.Reading) (encoding.Encoder, error) {
	m, err := newLayer(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of protobuf: %w", err)
	}
	return &userEncoder{m, r.Time.Unit == "ms"}, nil
}

// event is what one message says.
type event struct {
	device string
	time   int64 // ms
	values []int64
}

func (e event) has(field int) bool {
	return field < encoding.Metrics || e.values[field-encoding.Metrics] != encoding.Absent
}

func (e event) hasAny(fields []int) bool {
	for _, f := range fields {
		if e.has(f) {
			return true
		}
	}
	return false
}

// Append implements encoding.Encoder.
func (u *userEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	return u.message(dst, u.root, event{device, eventTime, values})
}

func (u *userEncoder) message(dst []byte, m *message, e event) []byte {
	for _, x := range m.members {
		switch {
		case x.inside != nil:
			if x.required || e.hasAny(x.fields) {
				dst = u.nested(dst, x, e)
			}
		case x.field == encoding.Nowhere:
			dst = append(dst, x.text...)
		case !e.has(x.field):
			dst = append(dst, x.text...)
		default:
			dst = u.member(dst, x, e)
		}
	}
	return dst
}

// nested writes a message inside another: its length before it, once that is known.
func (u *userEncoder) nested(dst []byte, x *member, e event) []byte {
	dst = protowire.AppendTag(dst, x.number, x.wire)
	start := len(dst)
	dst = u.message(dst, x.inside, e)
	size := len(dst) - start
	dst = protowire.AppendVarint(dst, uint64(size))
	length := len(dst) - start - size
	var room [10]byte
	copy(room[:], dst[start+size:])
	copy(dst[start+length:], dst[start:start+size])
	copy(dst[start:], room[:length])
	return dst
}

func (u *userEncoder) member(dst []byte, x *member, e event) []byte {
	start := len(dst)
	dst = protowire.AppendTag(dst, x.number, x.wire)
	var d float64
	switch x.field {
	case encoding.Device:
		if x.implicit && e.device == "" {
			return dst[:start]
		}
		return protowire.AppendString(dst, e.device)
	case encoding.Time:
		if d = float64(e.time); !u.millis {
			d /= 1000
		}
		if x.kind != protoreflect.DoubleKind {
			d = math.Floor(d)
		}
	default:
		d = encoding.Decimal(e.values[x.field-encoding.Metrics])
	}
	if x.implicit && stored(x.kind, d) == 0 {
		return dst[:start]
	}
	return appendNumber(dst, x.kind, d)
}

// bounds are the numbers that whole kinds hold, as far as a double tells them apart.
func bounds(k protoreflect.Kind) (lowest, highest float64) {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return math.MinInt32, math.MaxInt32
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return 0, math.MaxUint32
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return 0, 1 << 62
	}
	return -1 << 62, 1 << 62
}

// stored is the number of a kind that is nearest to d: of two whole ones the even one.
func stored(k protoreflect.Kind, d float64) float64 {
	switch k {
	case protoreflect.DoubleKind:
		return d
	case protoreflect.FloatKind:
		return float64(float32(d))
	}
	lowest, highest := bounds(k)
	return max(lowest, min(math.RoundToEven(d), highest))
}

func appendNumber(dst []byte, k protoreflect.Kind, d float64) []byte {
	switch d = stored(k, d); k {
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(dst, math.Float64bits(d))
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(dst, math.Float32bits(float32(d)))
	}
	return appendWhole(dst, k, uint64(int64(d)))
}

func appendWhole(dst []byte, k protoreflect.Kind, v uint64) []byte {
	switch wires[k] {
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(dst, uint32(v))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(dst, v)
	}
	if k == protoreflect.Sint32Kind || k == protoreflect.Sint64Kind {
		v = protowire.EncodeZigZag(int64(v))
	}
	return protowire.AppendVarint(dst, v)
}
