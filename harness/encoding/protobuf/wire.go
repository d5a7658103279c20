package protobuf

import (
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Field is one field of a message: the value of its wire type.
type Field struct {
	Number  protowire.Number
	Type    protowire.Type
	Integer uint64 // of varint, fixed32 and fixed64
	Bytes   []byte // of a length; part of the message
}

// Next reads the first field of b and returns what follows it. Groups, which proto3 has none of, are refused.
func Next(b []byte) (f Field, rest []byte, reason job.Reason) {
	tag, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return f, nil, why(n)
	}
	b = b[n:]
	number := tag >> 3
	f.Type = protowire.Type(tag & 7)
	if number < uint64(protowire.MinValidNumber) || number > uint64(protowire.MaxValidNumber) {
		return f, nil, job.ReasonBadFormat
	}
	f.Number = protowire.Number(number)
	switch f.Type {
	case protowire.VarintType:
		f.Integer, n = protowire.ConsumeVarint(b)
	case protowire.Fixed64Type:
		f.Integer, n = protowire.ConsumeFixed64(b)
	case protowire.Fixed32Type:
		var v uint32
		v, n = protowire.ConsumeFixed32(b)
		f.Integer = uint64(v)
	case protowire.BytesType:
		f.Bytes, n = protowire.ConsumeBytes(b)
	default:
		return f, nil, job.ReasonBadFormat
	}
	if n < 0 {
		return f, nil, why(n)
	}
	return f, b[n:], job.ReasonNone
}

// why says what a negative length of package protowire means.
func why(n int) job.Reason {
	if errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
		return job.ReasonTruncated
	}
	return job.ReasonBadFormat
}
