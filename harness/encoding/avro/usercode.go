package avro

import (
	"encoding/binary"
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// user lays a reading out by its schema. Errors: those of parse, and every path that does not fit.
func (f Format) user(r job.Reading) (layout, *layer, *node, error) {
	schema, root, err := parse(r.Schema)
	if err != nil {
		return layout{}, nil, nil, err
	}
	layer, n, err := newLayer(r, root)
	return f.framed(string(schema.Canonical())), layer, n, err
}

// userDecoder reads messages of a user's schema: every value in them, since the format has no other way to the next.
type userDecoder struct {
	decoder
	root  *node
	depth int
}

func (f Format) userDecoder(r job.Reading) (encoding.Decoder, error) {
	l, _, root, err := f.user(r)
	if err != nil {
		return nil, err
	}
	fields, err := encoding.NewFields(r)
	return &userDecoder{decoder: decoder{layout: l, fields: fields}, root: root}, err
}

// Decode implements encoding.Decoder.
func (d *userDecoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	d.b, d.pos, d.depth = value, 0, 0
	if reason := d.framing(); reason != job.ReasonNone {
		return reason
	}
	d.fields.Reset(key)
	if reason := d.value(d.root); reason != job.ReasonNone {
		return reason
	}
	if d.pos < len(value) {
		return job.ReasonBadFormat
	}
	return d.fields.Fill(r)
}

// value reads what stands at a node, and puts it at its field.
func (d *userDecoder) value(n *node) job.Reason {
	switch n.kind {
	case "record", "error", "array", "map":
		return d.nested(n)
	case "union":
		i, reason := d.long()
		if reason != job.ReasonNone {
			return reason
		}
		if i < 0 || i >= int64(len(n.parts)) {
			return job.ReasonBadFormat
		}
		return d.value(n.parts[i])
	}
	s, reason := d.scalar(n)
	if reason == job.ReasonNone && n.field != encoding.Nowhere {
		d.fields.Put(n.field, s)
	}
	return reason
}

func (d *userDecoder) scalar(n *node) (encoding.Scalar, job.Reason) {
	other := encoding.Scalar{Kind: encoding.Other}
	switch n.kind {
	case "null":
		return encoding.Scalar{}, job.ReasonNone
	case "boolean":
		if d.pos == len(d.b) {
			return other, job.ReasonTruncated
		}
		d.pos++
		if d.b[d.pos-1] > 1 {
			return other, job.ReasonBadFormat
		}
		return other, job.ReasonNone
	case "int", "long":
		i, reason := d.long()
		if n.kind == "int" && int64(int32(i)) != i {
			reason = job.ReasonBadFormat
		}
		return encoding.Scalar{Kind: encoding.Number, Number: float64(i)}, reason
	case "enum":
		i, reason := d.long()
		if reason == job.ReasonNone && (i < 0 || i >= int64(n.size)) {
			reason = job.ReasonBadFormat
		}
		return other, reason
	case "float":
		if len(d.b)-d.pos < 4 {
			return other, job.ReasonTruncated
		}
		bits := binary.LittleEndian.Uint32(d.b[d.pos:])
		d.pos += 4
		return encoding.Scalar{Kind: encoding.Number, Number: float64(math.Float32frombits(bits))}, job.ReasonNone
	case "double":
		return d.double()
	case "string":
		return d.text()
	case "bytes":
		size, reason := d.long()
		if reason == job.ReasonNone {
			reason = d.skip(size)
		}
		return other, reason
	case "fixed":
		return other, d.skip(int64(n.size))
	}
	panic("BUG: a schema that was parsed has the type " + n.kind)
}

func (d *userDecoder) skip(n int64) job.Reason {
	switch {
	case n < 0:
		return job.ReasonBadFormat
	case n > int64(len(d.b)-d.pos):
		return job.ReasonTruncated
	}
	d.pos += int(n)
	return job.ReasonNone
}

func (d *userDecoder) nested(n *node) (reason job.Reason) {
	if d.depth == job.MaxDepth {
		return job.ReasonBadFormat
	}
	d.depth++
	if n.kind == "array" || n.kind == "map" {
		reason = d.blocks(n)
		if n.field != encoding.Nowhere {
			d.fields.Put(n.field, encoding.Scalar{Kind: encoding.Other})
		}
	} else {
		for _, p := range n.parts {
			if reason = d.value(p); reason != job.ReasonNone {
				break
			}
		}
	}
	d.depth--
	return reason
}

// blocks reads the items of an array or a map: blocks of so many, the last one of none. A count below zero says that the bytes
// of the block follow, which must be those that the items take.
func (d *userDecoder) blocks(n *node) job.Reason {
	for {
		count, reason := d.long()
		if reason != job.ReasonNone || count == 0 {
			return reason
		}
		end := int64(-1)
		if count < 0 {
			size, reason := d.long()
			if reason != job.ReasonNone {
				return reason
			}
			if size < 0 || count == math.MinInt64 {
				return job.ReasonBadFormat
			}
			if size > int64(len(d.b)-d.pos) {
				return job.ReasonTruncated
			}
			count, end = -count, int64(d.pos)+size
		}
		for range count {
			if reason := d.item(n); reason != job.ReasonNone {
				return reason
			}
		}
		if end >= 0 && int64(d.pos) != end {
			return job.ReasonBadFormat
		}
	}
}

func (d *userDecoder) item(n *node) job.Reason {
	if n.kind == "map" {
		if _, reason := d.text(); reason != job.ReasonNone {
			return reason
		}
	}
	return d.value(n.parts[0])
}

// userEncoder writes messages of a user's schema.
type userEncoder struct {
	head  []byte
	parts []part
	last  []byte
}

func (f Format) userEncoder(r job.Reading) (encoding.Encoder, error) {
	l, layer, _, err := f.user(r)
	if err != nil {
		return nil, err
	}
	return &userEncoder{head: l.head, parts: layer.parts, last: layer.text}, nil
}

// Append implements encoding.Encoder.
func (e *userEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = append(dst, e.head...)
	for i := range e.parts {
		p := &e.parts[i]
		dst = append(dst, p.before...)
		switch {
		case p.field == encoding.Device:
			dst = append(dst, p.branch...)
			dst = append(binary.AppendVarint(dst, int64(len(device))), device...)
		case p.field == encoding.Time:
			dst = p.scale.appendTo(append(dst, p.branch...), p.kind, eventTime)
		case values[p.field-encoding.Metrics] == encoding.Absent:
			dst = append(dst, p.absent...)
		default:
			dst = appendNumber(append(dst, p.branch...), p.kind, encoding.Decimal(values[p.field-encoding.Metrics]))
		}
	}
	return append(dst, e.last...)
}

// appendTo writes a time: whole numbers are rounded down, and end where their type does.
func (s scale) appendTo(dst []byte, kind string, ms int64) []byte {
	if kind == "double" {
		return appendDouble(dst, float64(ms*s.mul)/float64(s.div))
	}
	t := ms * s.mul / s.div
	if t*s.div > ms*s.mul {
		t--
	}
	if kind == "int" {
		t = max(math.MinInt32, min(t, math.MaxInt32))
	}
	return binary.AppendVarint(dst, t)
}

// appendNumber writes a metric: the nearest number of its type, of two the even one.
func appendNumber(dst []byte, kind string, d float64) []byte {
	switch kind {
	case "double":
		return appendDouble(dst, d)
	case "float":
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(d)))
	}
	return binary.AppendVarint(dst, int64(math.RoundToEven(d)))
}

// framed is what stands before the values of a schema in canonical form.
func (f Format) framed(canonical string) layout {
	if f.Registry {
		return layout{marker: 1, head: binary.BigEndian.AppendUint32([]byte{0}, SchemaID)}
	}
	return layout{marker: 2, head: binary.LittleEndian.AppendUint64([]byte{0xc3, 1}, Fingerprint(canonical))}
}

var _ encoding.Schemed = Format{}
