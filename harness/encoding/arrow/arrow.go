// Package arrow is the encoding "arrow": Apache Arrow's streaming format for processes (IPC), a schema and its record batches
// in one message, up to the mark of the end. Paths lead through structs. The tables are read and written with FlatBuffers'
// own library; the numbers of their fields are those of Arrow's Message.fbs and Schema.fbs. harness/job/SEMANTICS.md section
// 3.1 is the norm.
package arrow

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "arrow".
func (Format) Name() string { return "arrow" }

// Fields of the tables, and what they say.
const (
	messageVersion = 0
	messageKind    = 1
	messageHeader  = 2
	messageBody    = 3

	kindSchema     = 1
	kindDictionary = 2
	kindBatch      = 3
	versionFive    = 4

	schemaEndian = 0
	schemaFields = 1

	fieldName       = 0
	fieldNullable   = 1
	fieldKind       = 2
	fieldType       = 3
	fieldDictionary = 4
	fieldChildren   = 5

	batchLength      = 0
	batchNodes       = 1
	batchBuffers     = 2
	batchCompression = 3
	structBytes      = 16 // of a node and of a buffer: two int64
)

// Kinds of types.
const (
	null            = 1
	integer         = 2
	float           = 3
	binaries        = 4
	utf8s           = 5
	boolean         = 6
	timestamp       = 10
	list            = 12
	structure       = 13
	fixedBinary     = 15
	fixedList       = 16
	maps            = 17
	duration        = 18
	largeBinary     = 19
	largeUTF8       = 20
	largeList       = 21
	decimal         = 7
	date            = 8
	clock           = 9
	interval        = 11
	doublePrecision = 2
	milliseconds    = 1
)

// slot is where a table says at which distance its field stands.
func slot(field int) flatbuffers.VOffsetT { return flatbuffers.VOffsetT(4 + 2*field) }

const (
	more       = 0xffffffff // stands before each message
	alignment  = 8
	endOfThese = "\xff\xff\xff\xff\x00\x00\x00\x00"
)

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	_, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of arrow: %w", err)
	}
	f, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of arrow: %w", err)
	}
	return &decoder{fields: f}, nil
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	shape, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of arrow: %w", err)
	}
	e := &encoder{shape: shape, millis: r.Time.Unit == "ms", build: flatbuffers.NewBuilder(1024)}
	e.schema = e.appendSchema(nil)
	return e, nil
}
