package sparkplug

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/harness/job"
)

type decoder struct{ fields *encoding.Fields }

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: key})
	for len(value) > 0 {
		f, rest, reason := protobuf.Next(value)
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

// take takes a field of the payload.
func (d *decoder) take(f protobuf.Field) job.Reason {
	switch {
	case f.Number == payloadTime && f.Type == protowire.VarintType:
		d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number, Number: float64(f.Integer)})
	case f.Number == payloadMetric && f.Type == protowire.BytesType:
		return d.metric(f.Bytes)
	}
	return job.ReasonNone
}

// metric is what is read of a metric.
type metric struct {
	name   []byte
	alias  uint64
	known  bool // the alias was there
	typ    uint64
	isNull bool
	value  protobuf.Field // number 0: there is none
}

// metric reads a metric; what it lacks in its length is not there, whatever follows.
func (d *decoder) metric(b []byte) job.Reason {
	var m metric
	for len(b) > 0 {
		f, rest, reason := protobuf.Next(b)
		if reason == job.ReasonTruncated {
			reason = job.ReasonBadFormat
		}
		if reason == job.ReasonNone {
			reason = m.take(f)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	switch s := m.scalar(); {
	case len(m.name) > 0:
		d.fields.LayNamed(m.name, s)
	case m.known && m.alias < uint64(d.fields.Len()-encoding.Metrics):
		d.fields.Lay(encoding.Metrics+int(m.alias), s)
	}
	return job.ReasonNone
}

// types of the fields that hold a value, from intValue on.
var types = [...]protowire.Type{protowire.VarintType, protowire.VarintType, protowire.Fixed32Type, protowire.Fixed64Type, protowire.VarintType,
	protowire.BytesType, protowire.BytesType, protowire.BytesType, protowire.BytesType, protowire.BytesType}

func (m *metric) take(f protobuf.Field) job.Reason {
	varint := f.Type == protowire.VarintType
	switch {
	case (f.Number == metricName || f.Number == stringValue) && f.Type == protowire.BytesType && !utf8.Valid(f.Bytes):
		return job.ReasonBadUTF8
	case f.Number == metricName && f.Type == protowire.BytesType:
		m.name = f.Bytes
	case f.Number == metricAlias && varint:
		m.alias, m.known = f.Integer, true
	case f.Number == metricType && varint:
		m.typ = f.Integer & math.MaxUint32
	case f.Number == metricIsNull && varint:
		m.isNull = f.Integer != 0
	case f.Number >= intValue && f.Number <= lastValue && f.Type == types[f.Number-intValue]:
		m.value = f
	}
	return job.ReasonNone
}

func (m *metric) scalar() encoding.Scalar {
	v := m.value.Integer
	switch {
	case m.isNull || m.value.Number == 0:
		return encoding.Scalar{}
	case m.value.Number == stringValue:
		return encoding.Scalar{Kind: encoding.Text, Text: m.value.Bytes}
	case m.value.Number >= booleanValue:
		return encoding.Scalar{Kind: encoding.Other}
	}
	s := encoding.Scalar{Kind: encoding.Number}
	switch m.value.Number {
	case intValue:
		s.Number = integer(uint32(v), m.typ)
	case longValue:
		s.Number = float64(v)
		if m.typ == typeInt64 || m.typ == 0 {
			s.Number = float64(int64(v))
		}
	case floatValue:
		s.Number = float64(math.Float32frombits(uint32(v)))
	default:
		s.Number = math.Float64frombits(v)
	}
	return s
}

// integer reads an int_value by its data type: the field is unsigned, what it holds may not be.
func integer(v uint32, typ uint64) float64 {
	switch typ {
	case typeInt8:
		return float64(int8(v))
	case typeInt16:
		return float64(int16(v))
	case typeInt32, 0:
		return float64(int32(v))
	}
	return float64(v)
}
