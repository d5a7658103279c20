package arrow

import (
	"encoding/binary"
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

type encoder struct {
	shape  *encoding.Shape
	millis bool
	schema []byte // the first message
	build  *flatbuffers.Builder

	// Of the row that is being written.
	device  string
	time    int64
	values  []int64
	body    []byte
	nodes   []int64 // null counts
	buffers []int64 // offsets and lengths, in turn
}

// Append implements encoding.Encoder: the schema and a batch of one row.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	e.device, e.time, e.values = device, eventTime, values
	e.body, e.nodes, e.buffers = e.body[:0], e.nodes[:0], e.buffers[:0]
	for _, m := range e.shape.Members {
		e.column(m)
	}
	dst = append(dst, e.schema...)
	dst = e.frame(dst, kindBatch, e.batch)
	return append(append(dst, e.body...), endOfThese...)
}

// frame appends a message whose header a function builds.
func (e *encoder) frame(dst []byte, kind byte, header func(b *flatbuffers.Builder) flatbuffers.UOffsetT) []byte {
	b := e.build
	b.Reset()
	at := header(b)
	b.StartObject(4)
	b.PrependInt64Slot(messageBody, int64(len(e.body)), 0)
	b.PrependUOffsetTSlot(messageHeader, at, 0)
	b.PrependByteSlot(messageKind, kind, 0)
	b.PrependInt16Slot(messageVersion, versionFive, 0)
	b.Finish(b.EndObject())
	metadata := b.FinishedBytes()
	padded := (len(metadata) + alignment - 1) / alignment * alignment
	dst = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(dst, more), uint32(padded))
	dst = append(dst, metadata...)
	return pad(dst, padded-len(metadata))
}

func pad(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, 0)
	}
	return dst
}

func (e *encoder) appendSchema(dst []byte) []byte {
	return e.frame(dst, kindSchema, func(b *flatbuffers.Builder) flatbuffers.UOffsetT {
		fields := e.members(b, e.shape)
		b.StartObject(2)
		b.PrependUOffsetTSlot(schemaFields, fields, 0)
		return b.EndObject()
	})
}

// members builds the vector of the fields of a struct.
func (e *encoder) members(b *flatbuffers.Builder, s *encoding.Shape) flatbuffers.UOffsetT {
	var fields []flatbuffers.UOffsetT
	for i, m := range s.Members {
		fields = append(fields, e.field(b, s.Names[i], m))
	}
	b.StartVector(4, len(fields), 4)
	for i := len(fields) - 1; i >= 0; i-- {
		b.PrependUOffsetT(fields[i])
	}
	return b.EndVector(len(fields))
}

func (e *encoder) field(b *flatbuffers.Builder, name string, s *encoding.Shape) flatbuffers.UOffsetT {
	text, children := b.CreateString(name), e.members(b, s)
	kind := byte(float)
	switch {
	case s.Field == encoding.Nowhere:
		kind = structure
		b.StartObject(0)
	case s.Field == encoding.Device:
		kind = utf8s
		b.StartObject(0)
	case s.Field == encoding.Time && e.millis:
		kind = timestamp
		b.StartObject(1)
		b.PrependInt16Slot(0, milliseconds, 0)
	default:
		b.StartObject(1)
		b.PrependInt16Slot(0, doublePrecision, 0)
	}
	of := b.EndObject()
	b.StartObject(6)
	b.PrependUOffsetTSlot(fieldChildren, children, 0)
	b.PrependUOffsetTSlot(fieldType, of, 0)
	b.PrependUOffsetTSlot(fieldName, text, 0)
	b.PrependByteSlot(fieldKind, kind, 0)
	b.PrependBoolSlot(fieldNullable, s.Field >= encoding.Metrics, false)
	return b.EndObject()
}

// column writes what the row has of a field.
func (e *encoder) column(s *encoding.Shape) {
	le := binary.LittleEndian
	nulls, valid := int64(0), len(e.body)
	switch {
	case s.Field < encoding.Metrics:
	case e.values[s.Field-encoding.Metrics] == encoding.Absent:
		nulls = 1
		e.body = append(e.body, 0)
	default:
		e.body = append(e.body, 1)
	}
	e.nodes = append(e.nodes, nulls)
	e.buffer(valid)
	at := len(e.body)
	switch {
	case s.Field == encoding.Nowhere:
		for _, m := range s.Members {
			e.column(m)
		}
		return
	case s.Field == encoding.Device:
		e.body = le.AppendUint32(le.AppendUint32(e.body, 0), uint32(len(e.device)))
		e.buffer(at)
		at = len(e.body)
		e.body = append(e.body, e.device...)
	case s.Field == encoding.Time && e.millis:
		e.body = le.AppendUint64(e.body, uint64(e.time))
	case s.Field == encoding.Time:
		e.body = le.AppendUint64(e.body, math.Float64bits(float64(e.time)/1000))
	case nulls > 0:
		e.body = le.AppendUint64(e.body, 0)
	default:
		e.body = le.AppendUint64(e.body, math.Float64bits(encoding.Decimal(e.values[s.Field-encoding.Metrics])))
	}
	e.buffer(at)
}

// buffer notes that the body from there on is a buffer, and aligns what follows.
func (e *encoder) buffer(from int) {
	n := len(e.body) - from
	e.buffers = append(e.buffers, int64(from), int64(n))
	e.body = pad(e.body, -n&(alignment-1))
}

func (e *encoder) batch(b *flatbuffers.Builder) flatbuffers.UOffsetT {
	b.StartVector(structBytes, len(e.buffers)/2, 8)
	for i := len(e.buffers) - 1; i >= 0; i-- {
		b.PrependInt64(e.buffers[i])
	}
	buffers := b.EndVector(len(e.buffers) / 2)
	b.StartVector(structBytes, len(e.nodes), 8)
	for i := len(e.nodes) - 1; i >= 0; i-- {
		b.PrependInt64(e.nodes[i])
		b.PrependInt64(1)
	}
	nodes := b.EndVector(len(e.nodes))
	b.StartObject(4)
	b.PrependInt64Slot(batchLength, 1, 0)
	b.PrependUOffsetTSlot(batchNodes, nodes, 0)
	b.PrependUOffsetTSlot(batchBuffers, buffers, 0)
	return b.EndObject()
}
