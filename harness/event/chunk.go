package event

import (
	"encoding/binary"
	"fmt"
)

// HeaderChunk is the key of the header of a record that is not a message by itself: see Chunk.
const HeaderChunk = "sgc"

// ChunkSize is the size of its value in bytes.
const ChunkSize = 32

// Chunk is the header `sgc`: which part of a message a record carries or, where Count is 0, that the record carries a
// reference to the message (a claim check: the value is the name of an object in the trial's store).
type Chunk struct {
	Index  uint32 // from 0
	Count  uint32 // chunks of the message; 0: a claim check
	Offset uint64 // of the record's value in the message, bytes
	Total  uint64 // bytes of the message
	Hash   uint64 // xxh3-64 of the message, as Hash computes it
}

// AppendChunk appends the 32 bytes of c to dst.
func AppendChunk(dst []byte, c Chunk) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, c.Index)
	dst = binary.LittleEndian.AppendUint32(dst, c.Count)
	dst = binary.LittleEndian.AppendUint64(dst, c.Offset)
	dst = binary.LittleEndian.AppendUint64(dst, c.Total)
	return binary.LittleEndian.AppendUint64(dst, c.Hash)
}

// ParseChunk reads what AppendChunk wrote. Errors: ErrHeader.
func ParseChunk(b []byte) (Chunk, error) {
	if len(b) != ChunkSize {
		return Chunk{}, fmt.Errorf("parsing header %s of %d bytes: %w", HeaderChunk, len(b), ErrHeader)
	}
	return Chunk{
		Index:  binary.LittleEndian.Uint32(b),
		Count:  binary.LittleEndian.Uint32(b[4:]),
		Offset: binary.LittleEndian.Uint64(b[8:]),
		Total:  binary.LittleEndian.Uint64(b[16:]),
		Hash:   binary.LittleEndian.Uint64(b[24:]),
	}, nil
}
