package recorded

import (
	"encoding/binary"
	"slices"
)

const (
	fillerHead = `,"pad":"`
	fillerTail = `"}`
)

// letters are 64 that need no escape in JSON. The filler is a random choice of them: six bits of each byte are news, so it
// compresses to three quarters, as packed measurements in base64 do.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"

// lettersPerDraw is how many letters one random number gives.
const lettersPerDraw = 10

// pairs holds the two letters of each 12 bits, little endian, those of the lower six bits first: the filler of a large
// message is most of its cost, and is written twice as fast in pairs.
var pairs = func() (p [1 << 12]uint16) {
	for i := range p {
		p[i] = uint16(letters[i&63]) | uint16(letters[i>>6])<<8
	}
	return p
}()

// pad puts a filler field before the closing brace so that the message grows by so many bytes; by the field's own size if
// that is more.
func (s *stream) pad(b []byte, missing int) []byte {
	b = append(b[:len(b)-1], fillerHead...)
	n := max(0, missing-len(fillerHead)-len(fillerTail)+1)
	b = slices.Grow(b, n+len(fillerTail))
	fill := b[len(b) : len(b)+n]
	rng := s.rng[forPadding]
	for ; len(fill) >= lettersPerDraw; fill = fill[lettersPerDraw:] {
		u := rng.Uint64()
		v := uint64(pairs[u&4095]) | uint64(pairs[u>>12&4095])<<16 | uint64(pairs[u>>24&4095])<<32 | uint64(pairs[u>>36&4095])<<48
		binary.LittleEndian.PutUint64(fill, v)
		binary.LittleEndian.PutUint16(fill[8:], pairs[u>>48&4095])
	}
	if len(fill) > 0 {
		u := rng.Uint64()
		for i := range fill {
			fill[i] = letters[u&63]
			u >>= 6
		}
	}
	return append(b[:len(b)+n], fillerTail...)
}

// damaged harms a value that was just written, as a link does: half of them are cut off, half have one bit flipped in each
// of one to three bytes in a row.
func (s *stream) damaged(v []byte) []byte {
	rng := s.rng[forDamage]
	u := rng.Uint64()
	if u&1 == 0 {
		n := below(rng, uint64(len(v)))
		return v[:n:n]
	}
	at := int(below(rng, uint64(len(v))))
	for k := range int(u>>1%3) + 1 {
		if at+k < len(v) {
			v[at+k] ^= 1 << (u >> (8 + 3*k) & 7)
		}
	}
	return v
}
