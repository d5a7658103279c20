package operator

import (
	"encoding/binary"
	"strconv"

	"github.com/zeebo/xxh3"
)

// summary is what scan knows of a message after some of its bytes. Its size does not depend on theirs.
type summary struct {
	hash  *xxh3.Hasher
	bytes int64
	sum   int64 // of the samples: 16 bits each, little endian, two's complement
	low   int64 // lowest and highest sample
	high  int64
	half  bool // a sample has begun with the byte first
	first byte
}

func newSummary() *summary { return &summary{hash: xxh3.New()} }

// write adds the next bytes of the message.
func (s *summary) write(b []byte) {
	_, _ = s.hash.Write(b) // never fails
	s.bytes += int64(len(b))
	if s.half && len(b) > 0 {
		s.sample(int64(int16(uint16(s.first) | uint16(b[0])<<8)))
		s.half, b = false, b[1:]
	}
	b = s.words(b)
	for ; len(b) >= 2; b = b[2:] {
		s.sample(int64(int16(binary.LittleEndian.Uint16(b))))
	}
	if len(b) == 1 {
		s.half, s.first = true, b[0]
	}
}

// Write makes a summary an io.Writer.
func (s *summary) Write(b []byte) (int, error) {
	s.write(b)
	return len(b), nil
}

func (s *summary) sample(v int64) {
	s.sum += v
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// words takes four samples at a time and gives back the rest.
func (s *summary) words(b []byte) []byte {
	sum, low, high := s.sum, s.low, s.high
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		p, q, r, t := int64(int16(w)), int64(int16(w>>16)), int64(int16(w>>32)), int64(w)>>48
		sum += p + q + r + t
		low = min(low, p, q, r, t)
		high = max(high, p, q, r, t)
		b = b[8:]
	}
	s.sum, s.low, s.high = sum, low, high
	return b
}

// append writes the summary as canonical JSON. The hash stands as a signed number, as all numbers there.
func (s *summary) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"bytes":`...), s.bytes, 10)
	dst = strconv.AppendInt(append(dst, `,"hash":`...), int64(s.hash.Sum64()), 10)
	dst = strconv.AppendInt(append(dst, `,"peak":`...), max(s.high, -s.low), 10)
	dst = strconv.AppendInt(append(dst, `,"sum":`...), s.sum, 10)
	return append(dst, '}')
}

// maxSummary is the length of the longest summary.
const maxSummary = len(`{"bytes":,"hash":,"peak":,"sum":}`) + 4*len("-9223372036854775808")
