package blob

import (
	"encoding/binary"
	"math/bits"
)

// Class is how much order is in a payload: the three classes of blobs that real sensors send.
type Class int

// The classes, with how much shorter zstd makes them at level 3.
const (
	Dense  Class = iota // camera, video, packed data: not at all
	Wave                // sampled waveforms, 16 bits: 1.3 to 2.5 times
	Sparse              // mostly empty grids, tables: 3 to 17 times
	Classes
)

// Fill writes the payload of a key: the same bytes for the same class, key and length, on any machine. Word i of 8 bytes
// depends on nothing but class, key and i, so a payload can be made from any place on.
func Fill(dst []byte, class Class, key uint64) {
	n := len(dst) &^ 7
	switch class {
	case Wave:
		fillWave(dst[:n], key)
	case Sparse:
		fillSparse(dst[:n], key)
	default:
		fillDense(dst[:n], key)
	}
	if n < len(dst) {
		var last [8]byte
		switch r := word(key, uint64(n)/8); class {
		case Wave:
			binary.LittleEndian.PutUint64(last[:], wave(key, n/8)|r&noise)
		case Sparse:
			binary.LittleEndian.PutUint64(last[:], sparse(r))
		default:
			binary.LittleEndian.PutUint64(last[:], r)
		}
		copy(dst[n:], last[:])
	}
}

// golden is 2^64 divided by the golden ratio: its multiples spread evenly.
const golden = 0x9e3779b97f4a7c15

// word is the i-th of 64 random bits of a key: both halves of a product, as wyrand makes its numbers.
func word(key, i uint64) uint64 {
	a := key + (i+1)*golden
	hi, lo := bits.Mul64(a, a^0xe7037ed1a0b428db)
	return hi ^ lo
}

func fillDense(dst []byte, key uint64) {
	a := key
	for ; len(dst) >= 8; dst = dst[8:] {
		a += golden
		hi, lo := bits.Mul64(a, a^0xe7037ed1a0b428db)
		binary.LittleEndian.PutUint64(dst, hi^lo)
	}
}

// noise are the bits of four samples that are random in a waveform. Those below are 0, as of a converter with 12 bits.
const noise = 0x00f000f000f000f0

// waveWords is the period of a waveform, in words of four samples.
const waveWords = 1 << 12

// samples is a slow oscillation with overtones; its low byte is left to the noise. All in integers: no machine rounds it
// otherwise.
var samples = func() (t [waveWords]uint64) {
	for i := range t {
		for k := range 4 {
			at := uint16((4*i + k) << 16 / (4 * waveWords))
			v := (12*swing(3*at) + 5*swing(17*at) + 2*swing(101*at)) >> 7
			t[i] |= uint64(uint16(v)&^0xff) << (16 * k)
		}
	}
	return t
}()

// swing is an oscillation of two parabolas: 0 at 0 and half a turn, ±2^15 between.
func swing(turn uint16) int32 {
	x := int32(turn & 0x7fff)
	y := x * (1<<15 - x) >> 13
	if turn >= 1<<15 {
		return -y
	}
	return y
}

func wave(key uint64, i int) uint64 { return samples[(key+uint64(i))%waveWords] }

func fillWave(dst []byte, key uint64) {
	a, at := key, key
	for ; len(dst) >= 8; dst = dst[8:] {
		a += golden
		hi, lo := bits.Mul64(a, a^0xe7037ed1a0b428db)
		binary.LittleEndian.PutUint64(dst, samples[at%waveWords]|(hi^lo)&noise)
		at++
	}
}

// sparse keeps one word of eight, and of that the low half.
func sparse(r uint64) uint64 {
	keep := uint64(0)
	if r>>61 == 0 {
		keep = 0xffffffff
	}
	return r & keep
}

func fillSparse(dst []byte, key uint64) {
	a := key
	for ; len(dst) >= 8; dst = dst[8:] {
		a += golden
		hi, lo := bits.Mul64(a, a^0xe7037ed1a0b428db)
		binary.LittleEndian.PutUint64(dst, sparse(hi^lo))
	}
}
