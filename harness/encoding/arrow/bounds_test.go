package arrow

import (
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

// stream is one of a schema and a batch, with whatever is said.
type stream struct {
	fields  []field
	length  int64
	nodes   []int64 // rows and nulls, in turn
	buffers []int64 // places and bytes, in turn
	body    int
}

type field struct {
	name   string
	kind   byte
	inside []field
}

func (s stream) bytes() []byte {
	e := &encoder{build: flatbuffers.NewBuilder(1024)}
	b := e.frame(nil, kindSchema, func(b *flatbuffers.Builder) flatbuffers.UOffsetT {
		fields := vectorOf(b, s.fields)
		b.StartObject(2)
		b.PrependUOffsetTSlot(schemaFields, fields, 0)
		return b.EndObject()
	})
	e.body = make([]byte, s.body)
	b = e.frame(b, kindBatch, func(b *flatbuffers.Builder) flatbuffers.UOffsetT {
		nodes, buffers := pairs(b, s.nodes), pairs(b, s.buffers)
		b.StartObject(4)
		b.PrependInt64Slot(batchLength, s.length, 0)
		b.PrependUOffsetTSlot(batchNodes, nodes, 0)
		b.PrependUOffsetTSlot(batchBuffers, buffers, 0)
		return b.EndObject()
	})
	return append(append(b, e.body...), endOfThese...)
}

func pairs(b *flatbuffers.Builder, of []int64) flatbuffers.UOffsetT {
	b.StartVector(structBytes, len(of)/2, 8)
	for i := len(of) - 1; i >= 0; i-- {
		b.PrependInt64(of[i])
	}
	return b.EndVector(len(of) / 2)
}

func vectorOf(b *flatbuffers.Builder, fields []field) flatbuffers.UOffsetT {
	var at []flatbuffers.UOffsetT
	for _, f := range fields {
		name, inside := b.CreateString(f.name), vectorOf(b, f.inside)
		b.StartObject(2)
		b.PrependInt32Slot(0, 8, 0) // the bits of a whole number
		typ := b.EndObject()
		b.StartObject(6)
		b.PrependUOffsetTSlot(fieldChildren, inside, 0)
		b.PrependUOffsetTSlot(fieldType, typ, 0)
		b.PrependUOffsetTSlot(fieldName, name, 0)
		b.PrependByteSlot(fieldKind, f.kind, 0)
		at = append(at, b.EndObject())
	}
	b.StartVector(4, len(at), 4)
	for i := len(at) - 1; i >= 0; i-- {
		b.PrependUOffsetT(at[i])
	}
	return b.EndVector(len(at))
}

// Columns of one name may share a buffer: their rows are counted together.
func TestRowsAreBounded(t *testing.T) {
	const rows = 1 << 16
	for columns, want := range map[int]job.Reason{16: job.ReasonBadType, 17: job.ReasonBadFormat} {
		s := stream{length: rows, body: rows}
		for range columns {
			s.fields = append(s.fields, field{name: encodingtest.Room.Device, kind: integer})
			s.nodes = append(s.nodes, rows, 0)
			s.buffers = append(s.buffers, 0, 0, 0, rows)
		}
		if got := reasonOf(t, s); got != want {
			t.Errorf("%d columns of %d rows: reason %q, want %q", columns, rows, got, want)
		}
	}
}

// What is neither text nor number is other, and counts agree.
func TestColumnsAgree(t *testing.T) {
	device := encodingtest.Room.Device
	byteInside := []field{{name: "b", kind: integer}}
	for _, c := range []struct {
		what string
		s    stream
		want job.Reason
	}{
		{"a struct", stream{[]field{{device, structure, byteInside}}, 1, []int64{1, 0, 1, 0}, []int64{0, 0, 0, 0, 0, 1}, 8}, job.ReasonBadType},
		{"a struct that is null", stream{[]field{{device, structure, byteInside}}, 1, []int64{1, 1, 1, 0}, []int64{0, 1, 0, 0, 0, 1}, 8}, job.ReasonMissingField},
		{"a list of fixed size", stream{[]field{{device, fixedList, byteInside}}, 1, []int64{1, 0, 2, 0}, []int64{0, 0, 0, 0, 0, 2}, 8}, job.ReasonBadType},
		{"no rows, with bits", stream{[]field{{device, integer, nil}}, 0, []int64{0, 0}, []int64{0, 1, 0, 0}, 8}, job.ReasonMissingField},
		{"fewer rows than the batch", stream{[]field{{device, integer, nil}}, 2, []int64{1, 0}, []int64{0, 0, 0, 1}, 8}, job.ReasonBadFormat},
		{"fewer rows than the struct", stream{[]field{{device, structure, byteInside}}, 2, []int64{2, 0, 1, 0}, []int64{0, 0, 0, 0, 0, 1}, 8}, job.ReasonBadFormat},
		{"more nulls than rows", stream{[]field{{device, integer, nil}}, 1, []int64{1, 2}, []int64{0, 1, 0, 1}, 8}, job.ReasonBadFormat},
		{"fewer bits than rows", stream{[]field{{device, integer, nil}}, 9, []int64{9, 0}, []int64{0, 1, 0, 9}, 16}, job.ReasonBadFormat},
	} {
		if got := reasonOf(t, c.s); got != c.want {
			t.Errorf("%s: reason %q, want %q", c.what, got, c.want)
		}
	}
}

func reasonOf(t *testing.T, s stream) job.Reason {
	t.Helper()
	d, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	return d.Decode([]byte("x"), s.bytes(), &got)
}
