package compressed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// appender is a writer that appends.
type appender struct{ b []byte }

// Write implements io.Writer.
func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// readAll appends what r gives to dst. False: an error, or more than the limit.
func readAll(dst []byte, r io.Reader, limit int) ([]byte, bool) {
	for {
		dst = slices.Grow(dst, 512)
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > limit:
			return dst, false
		case errors.Is(err, io.EOF):
			return dst, true
		case err != nil:
			return dst, false
		}
	}
}

// gzipCodec is one member of RFC 1952, without optional parts in its header.
type gzipCodec struct {
	limit  int
	w      *gzip.Writer
	out    appender
	r      *gzip.Reader
	source bytes.Reader
}

func (c *gzipCodec) pack(dst, message []byte) []byte {
	c.out.b = dst
	if c.w == nil {
		c.w = gzip.NewWriter(&c.out)
	} else {
		c.w.Reset(&c.out)
	}
	_, err := c.w.Write(message)
	if err := errors.Join(err, c.w.Close()); err != nil {
		panic("BUG: compressing in memory: " + err.Error())
	}
	return c.out.b
}

// gzipFlags is where the header says which optional parts follow.
const gzipFlags = 3

func (c *gzipCodec) unpack(dst, packed []byte) ([]byte, bool) {
	if len(packed) <= gzipFlags || packed[gzipFlags] != 0 {
		return dst, false
	}
	c.source.Reset(packed)
	var err error
	if c.r == nil {
		c.r, err = gzip.NewReader(&c.source)
	} else {
		err = c.r.Reset(&c.source)
	}
	if err != nil {
		return dst, false
	}
	c.r.Multistream(false)
	dst, ok := readAll(dst, c.r, c.limit)
	return dst, ok && c.source.Len() == 0
}

// snappyCodec is a block of the snappy format, without a frame around it: it has no checksum.
type snappyCodec struct{ limit int }

func (snappyCodec) pack(dst, message []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, snappy.MaxEncodedLen(len(message)))
	return dst[:n+len(snappy.Encode(dst[n:cap(dst)], message))]
}

func (c snappyCodec) unpack(dst, packed []byte) ([]byte, bool) {
	n, err := snappy.DecodedLen(packed)
	if err != nil || n > c.limit || !encoding.SnappyMakes(packed, n) {
		return dst, false
	}
	dst = slices.Grow(dst, n)
	message, err := snappy.Decode(dst[:n], packed)
	return message, err == nil
}

// zstdCodec is frames of RFC 8878.
type zstdCodec struct {
	w    *zstd.Encoder
	r    *zstd.Decoder
	head zstd.Header // scratch
}

// zstdMost is how many bytes one of zstd can make: at best four of them are a block of 128 KB, of one byte repeated.
const zstdMost = 1 << 17 / 4

func newZstd(limit int) (codec, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)),
		zstd.WithDecoderMaxWindow(job.MaxUnpacked))
	return &zstdCodec{w: w, r: r}, err
}

func (c *zstdCodec) pack(dst, message []byte) []byte { return c.w.EncodeAll(message, dst) }

func (c *zstdCodec) unpack(dst, packed []byte) ([]byte, bool) {
	if len(packed) == 0 {
		return dst, false
	}
	if c.head.Decode(packed) == nil && c.head.FrameContentSize > zstdMost*uint64(len(packed)) {
		return dst, false // the library would make room for all that is claimed
	}
	message, err := c.r.DecodeAll(packed, dst)
	return message, err == nil
}

// lz4Codec is one frame of the LZ4 frame format, of independent blocks.
type lz4Codec struct {
	limit  int
	w      *lz4.Writer
	out    appender
	r      *lz4.Reader
	source bytes.Reader
}

func newLZ4(limit int) (codec, error) {
	w := lz4.NewWriter(nil)
	err := w.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(true), lz4.ConcurrencyOption(1))
	return &lz4Codec{limit: limit, w: w, r: lz4.NewReader(nil)}, err
}

func (c *lz4Codec) pack(dst, message []byte) []byte {
	c.out.b = dst
	c.w.Reset(&c.out)
	_, err := c.w.Write(message)
	if err := errors.Join(err, c.w.Close()); err != nil {
		panic("BUG: compressing in memory: " + err.Error())
	}
	return c.out.b
}

// A frame's magic number, and the flags behind it: version 01, independent blocks, no reserved bit, no dictionary, and what may be.
const (
	lz4Magic       = "\x04\x22\x4d\x18"
	lz4FlagsMask   = 0xe3
	lz4Flags       = 0x60
	lz4BlockSums   = 0x10
	lz4ContentSize = 0x08
	lz4ContentSum  = 0x04
)

func (c *lz4Codec) unpack(dst, packed []byte) ([]byte, bool) {
	if !oneFrame(packed) {
		return dst, false
	}
	c.source.Reset(packed)
	c.r.Reset(&c.source)
	dst, ok := readAll(dst, c.r, c.limit)
	return dst, ok && c.source.Len() == 0
}

// oneFrame reports whether packed is one frame to its last byte, as far as lengths tell, of blocks that are not empty and end as the
// format has it. Libraries do not agree on that: this one reads on into frames behind the first, that of the JVM engines takes an empty
// block for the end.
func oneFrame(packed []byte) bool {
	if len(packed) <= len(lz4Magic) || string(packed[:len(lz4Magic)]) != lz4Magic || packed[len(lz4Magic)]&lz4FlagsMask != lz4Flags {
		return false
	}
	length := func(flag byte, n int) int {
		if packed[len(lz4Magic)]&flag == 0 {
			return 0
		}
		return n
	}
	at := len(lz4Magic) + 3 + length(lz4ContentSize, 8) // flags, size of blocks, checksum
	for len(packed)-at >= 4 {
		n := binary.LittleEndian.Uint32(packed[at:])
		at += 4
		if n == 0 {
			return at+length(lz4ContentSum, 4) == len(packed)
		}
		size := int64(n & math.MaxInt32) // without the flag of a block that is not compressed
		if size == 0 || size > int64(len(packed)-at) {
			return false
		}
		block := packed[at : at+int(size)]
		if size == int64(n) && !blockEnds(block) {
			return false
		}
		at += len(block) + length(lz4BlockSums, 4)
	}
	return false
}

// blockEnds reports whether a compressed block ends as the format has it, and copies from somewhere. This library lets a block end with a
// copy; that of the JVM engines passes over the length of a copy behind the last bytes, and may copy from 0 bytes back, whatever lies there.
func blockEnds(b []byte) bool {
	const least, lastBytes, lastCopy = 4, 5, 12 // bytes of a copy; at the end, and from the last copy on to there
	made, copied := 0, -1                       // bytes so far; where the last copy begins
	for len(b) > 0 {
		token := b[0]
		n, rest := lz4Length(token>>4, b[1:])
		if n > len(rest) {
			return false
		}
		made += n
		if n == len(rest) {
			return token&15 == 0 && (copied < 0 || n >= lastBytes && made-copied >= lastCopy)
		}
		if len(rest)-n < 2 || rest[n]|rest[n+1] == 0 { // how far back; 0 is nowhere
			return false
		}
		copied = made
		n, b = lz4Length(token&15, rest[n+2:])
		made += n + least
	}
	return false
}

// lz4Length reads a length that begins in four bits of a token: 15 goes on behind it, and so does each byte of 255.
func lz4Length(nibble byte, b []byte) (n int, rest []byte) {
	n = int(nibble)
	if nibble < 15 {
		return n, b
	}
	for i, more := range b {
		n += int(more)
		if more < 255 {
			return n, b[i+1:]
		}
	}
	return math.MaxInt32, nil // it never ends
}
