package otlp

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
	for len(value) > 0 {
		f, rest, reason := protobuf.Next(value)
		if reason == job.ReasonNone && is(f, requestResources) {
			reason = d.resource(f.Bytes)
		}
		if reason != job.ReasonNone {
			return reason
		}
		value = rest
	}
	if !d.fields.Found(encoding.Time) {
		d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number}) // the header's
	}
	return d.fields.Fill(r)
}

func is(f protobuf.Field, n protowire.Number) bool {
	return f.Number == n && f.Type == protowire.BytesType
}

// next is protobuf.Next for what is inside another message: what it lacks in its length is not there, whatever follows.
func next(b []byte) (f protobuf.Field, rest []byte, reason job.Reason) {
	f, rest, reason = protobuf.Next(b)
	if reason == job.ReasonTruncated {
		reason = job.ReasonBadFormat
	}
	return f, rest, reason
}

// resource reads the metrics of one resource.
func (d *decoder) resource(b []byte) job.Reason {
	for len(b) > 0 {
		f, rest, reason := next(b)
		switch {
		case reason != job.ReasonNone:
		case is(f, resourceResource):
			reason = d.attributes(f.Bytes, resourceAttributes)
		case is(f, resourceScopes):
			reason = d.scope(f.Bytes)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	return job.ReasonNone
}

func (d *decoder) scope(b []byte) job.Reason { return each(b, scopeMetrics, d.metric) }

// attributes looks for the device among the attributes, which are the fields n.
func (d *decoder) attributes(b []byte, n protowire.Number) job.Reason { return each(b, n, d.attribute) }

// each takes the messages in the fields n of a message.
func each(b []byte, n protowire.Number, take func([]byte) job.Reason) job.Reason {
	for len(b) > 0 {
		f, rest, reason := next(b)
		if reason == job.ReasonNone && is(f, n) {
			reason = take(f.Bytes)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	return job.ReasonNone
}

func (d *decoder) attribute(b []byte) job.Reason {
	var key []byte
	var value encoding.Scalar
	for len(b) > 0 {
		f, rest, reason := next(b)
		switch {
		case reason != job.ReasonNone:
		case is(f, attributeKey) && !utf8.Valid(f.Bytes):
			reason = job.ReasonBadUTF8
		case is(f, attributeKey):
			key = f.Bytes
		case is(f, attributeValue):
			value, reason = anyValue(f.Bytes)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	if d.fields.IsDevice(key) {
		d.fields.Lay(encoding.Device, value)
	}
	return job.ReasonNone
}

// anyValue reads an attribute's value: text, or other.
func anyValue(b []byte) (encoding.Scalar, job.Reason) {
	var s encoding.Scalar
	for len(b) > 0 {
		f, rest, reason := next(b)
		if reason != job.ReasonNone {
			return s, reason
		}
		switch {
		case is(f, valueString) && !utf8.Valid(f.Bytes):
			return s, job.ReasonBadUTF8
		case is(f, valueString):
			s = encoding.Scalar{Kind: encoding.Text, Text: f.Bytes}
		case f.Number <= lastValue:
			s = encoding.Scalar{Kind: encoding.Other}
		}
		b = rest
	}
	return s, job.ReasonNone
}

// metric reads a metric. Its name may stand behind its data.
func (d *decoder) metric(b []byte) job.Reason {
	name, reason := nameOf(b)
	for len(b) > 0 && reason == job.ReasonNone {
		var f protobuf.Field
		f, b, _ = next(b) // whole, as nameOf has seen
		switch {
		case is(f, metricGauge), is(f, metricSum):
			reason = d.points(name, f.Bytes)
		case is(f, metricHistogram), is(f, metricExponential), is(f, metricSummary):
			d.fields.LayNamed(name, encoding.Scalar{Kind: encoding.Other})
		}
	}
	return reason
}

func nameOf(b []byte) (name []byte, reason job.Reason) {
	for len(b) > 0 {
		f, rest, reason := next(b)
		if reason != job.ReasonNone {
			return nil, reason
		}
		if is(f, metricName) {
			if name = f.Bytes; !utf8.Valid(name) {
				return nil, job.ReasonBadUTF8
			}
		}
		b = rest
	}
	return name, job.ReasonNone
}

func (d *decoder) points(name, b []byte) job.Reason {
	for len(b) > 0 {
		f, rest, reason := next(b)
		if reason == job.ReasonNone && is(f, gaugePoints) {
			reason = d.point(name, f.Bytes)
		}
		if reason != job.ReasonNone {
			return reason
		}
		b = rest
	}
	return job.ReasonNone
}

// point reads a data point: of two values the last counts, and none if its flags say so.
func (d *decoder) point(name, b []byte) job.Reason {
	var value encoding.Scalar
	var flags uint64
	for rest := b; len(rest) > 0; {
		f, more, reason := next(rest)
		if reason != job.ReasonNone {
			return reason
		}
		fixed := f.Type == protowire.Fixed64Type
		switch {
		case f.Number == pointTime && fixed && f.Integer > 0:
			d.fields.Lay(encoding.Time, encoding.Scalar{Kind: encoding.Number, Number: float64(f.Integer)})
		case f.Number == pointDouble && fixed:
			value = encoding.Scalar{Kind: encoding.Number, Number: math.Float64frombits(f.Integer)}
		case f.Number == pointInteger && fixed:
			value = encoding.Scalar{Kind: encoding.Number, Number: float64(int64(f.Integer))}
		case f.Number == pointFlags && f.Type == protowire.VarintType:
			flags = f.Integer
		}
		rest = more
	}
	if flags&flagNoValue == 0 {
		d.fields.LayNamed(name, value)
	}
	return d.attributes(b, pointAttributes)
}
