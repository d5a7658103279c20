package arrow

import (
	"encoding/binary"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// mostColumns and mostDepth bound what a schema can make of its bytes, which may say the same field many times over.
const (
	mostColumns = 4096
	mostDepth   = 16
)

// mostValues bounds the rows of all wanted columns together: several may have the same buffer, or none.
const mostValues = 1 << 20

// column is a field of the schema that stands for itself in a batch; those inside it follow.
type column struct {
	node     int // in the reading's tree
	kind     byte
	width    int // bytes of a number
	unsigned bool
	buffers  int // how many it has
	depth    int // of the columns around it, whose positions are parents
	parents  [mostDepth]int
}

type decoder struct {
	fields  *encoding.Fields
	columns []column
	valid   [][]byte // of each column, empty where all are
	known   bool     // the schema has been read
	read    uint64   // rows of this message's columns
	texts   int      // bytes of their texts
}

// Decode implements encoding.Decoder. FlatBuffers' library checks no distance, but what it reads is a slice of the message, so
// a wrong one ends in a panic of this goroutine, and not beyond.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) (reason job.Reason) {
	defer func() {
		if recover() != nil {
			reason = job.ReasonBadFormat
		}
	}()
	d.fields.Reset(key)
	d.columns, d.known, d.read, d.texts = d.columns[:0], false, 0, 0
	for {
		metadata, rest, reason := next(b)
		if reason != job.ReasonNone {
			return reason
		}
		if len(metadata) == 0 {
			if len(rest) > 0 || !d.known {
				return job.ReasonBadFormat
			}
			return d.fields.Fill(r)
		}
		if b, reason = d.message(metadata, rest); reason != job.ReasonNone {
			return reason
		}
	}
}

// next cuts the metadata of a message off; that of the last one is empty.
func next(b []byte) (metadata, rest []byte, reason job.Reason) {
	for i := range min(len(b), 4) {
		if b[i] != 0xff {
			return nil, nil, job.ReasonBadFormat
		}
	}
	if len(b) < 8 {
		return nil, nil, job.ReasonTruncated
	}
	n := uint64(binary.LittleEndian.Uint32(b[4:]))
	switch b = b[8:]; {
	case n%alignment != 0:
		return nil, nil, job.ReasonBadFormat
	case n > uint64(len(b)):
		return nil, nil, job.ReasonTruncated
	}
	return b[:n], b[n:], job.ReasonNone
}

// table finds a table that a field points at. False: there is none.
func table(t flatbuffers.Table, field int) (flatbuffers.Table, bool) {
	at := t.Offset(slot(field))
	if at == 0 {
		return flatbuffers.Table{}, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + flatbuffers.UOffsetT(at))}, true
}

// message reads one, and gives what follows its body.
func (d *decoder) message(metadata, b []byte) ([]byte, job.Reason) {
	t := flatbuffers.Table{Bytes: metadata, Pos: flatbuffers.GetUOffsetT(metadata)}
	size := t.GetInt64Slot(slot(messageBody), 0)
	switch {
	case size < 0 || size%alignment != 0:
		return nil, job.ReasonBadFormat
	case size > int64(len(b)):
		return nil, job.ReasonTruncated
	}
	header, ok := table(t, messageHeader)
	if !ok {
		return nil, job.ReasonBadFormat
	}
	reason := job.ReasonBadFormat
	switch kind := t.GetByteSlot(slot(messageKind), 0); {
	case kind == kindSchema && !d.known:
		d.known = true
		reason = d.schema(header)
	case kind == kindBatch && d.known:
		reason = d.batch(header, b[:size])
	case kind == kindDictionary:
		reason = job.ReasonUnknownSchema
	}
	return b[size:], reason
}

func (d *decoder) schema(t flatbuffers.Table) job.Reason {
	if t.GetInt16Slot(slot(schemaEndian), 0) != 0 {
		return job.ReasonUnknownSchema
	}
	return d.members(t, schemaFields, column{})
}

// members reads the fields in a vector; of is what is around them, with their node.
func (d *decoder) members(t flatbuffers.Table, vector int, of column) job.Reason {
	at := t.Offset(slot(vector))
	if at == 0 {
		return job.ReasonNone
	}
	n := t.VectorLen(flatbuffers.UOffsetT(at))
	start := t.Vector(flatbuffers.UOffsetT(at))
	for i := range n {
		field := flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(start + flatbuffers.UOffsetT(4*i))}
		if reason := d.field(field, of); reason != job.ReasonNone {
			return reason
		}
	}
	return job.ReasonNone
}

// field reads one field and those inside it.
func (d *decoder) field(t flatbuffers.Table, of column) job.Reason {
	if t.Offset(slot(fieldDictionary)) != 0 || len(d.columns) == mostColumns || of.depth == mostDepth {
		return job.ReasonUnknownSchema
	}
	c := of
	c.kind = t.GetByteSlot(slot(fieldKind), 0)
	name := []byte(nil)
	if at := t.Offset(slot(fieldName)); at != 0 {
		name = t.ByteVector(t.Pos + flatbuffers.UOffsetT(at))
	}
	c.node = d.fields.Child(of.node, name)
	typ, ok := table(t, fieldType)
	if !ok {
		return job.ReasonBadFormat
	}
	if !c.describe(typ) {
		return job.ReasonUnknownSchema
	}
	d.columns = append(d.columns, c)
	inside := c
	inside.parents[of.depth] = len(d.columns) - 1
	inside.depth++
	if c.kind != structure {
		inside.node = encoding.Nowhere
	}
	return d.members(t, fieldChildren, inside)
}

// describe says how many buffers a column of the type has, and how wide its numbers are. False: it is of no type that is read.
func (c *column) describe(t flatbuffers.Table) bool {
	c.buffers, c.width, c.unsigned = 2, 0, false
	switch c.kind {
	case integer:
		c.width = int(t.GetInt32Slot(slot(0), 0)) / 8
		c.unsigned = !t.GetBoolSlot(slot(1), false)
		return c.width == 1 || c.width == 2 || c.width == 4 || c.width == 8
	case float:
		p := t.GetInt16Slot(slot(0), 0)
		c.width = 2 << max(p, 0)
		return p >= 0 && p <= doublePrecision
	case timestamp, duration:
		c.width = 8
	case null:
		c.buffers = 0
	case structure, fixedList:
		c.buffers = 1
	case binaries, utf8s, largeBinary, largeUTF8:
		c.buffers = 3
	case boolean, decimal, date, clock, interval, fixedBinary, list, largeList, maps:
	default:
		return false
	}
	return true
}
