package miniseed

import (
	"encoding/binary"
	"math"

	"github.com/streamgauge/streamgauge/harness/job"
)

// sampleBytes is the size of a sample, 0 where it has none of its own.
func sampleBytes(encoding int) int {
	switch encoding {
	case int16s:
		return 2
	case int32s, float32s:
		return 4
	case float64s:
		return 8
	}
	return 0
}

func number(encoding int, b []byte, order binary.ByteOrder) float64 {
	switch encoding {
	case int16s:
		return float64(int16(order.Uint16(b)))
	case int32s:
		return float64(int32(order.Uint32(b)))
	case float32s:
		return float64(math.Float32frombits(order.Uint32(b)))
	}
	return math.Float64frombits(order.Uint64(b))
}

// A frame of Steim's schemes is 16 words, big endian, of which the first has two bits for each that say what it holds. The
// first frame's second and third word are the first and the last sample.
const (
	frameBytes = 64
	frameWords = 16
)

// steim takes samples that are written as differences. The last one must be what the first frame says.
func (d *decoder) steim(encoding int, b []byte, n uint32) job.Reason {
	if n == 0 {
		return job.ReasonNone
	}
	if len(b) < frameBytes {
		return job.ReasonBadFormat
	}
	s := stream{d: d, left: n, value: int32(binary.BigEndian.Uint32(b[4:]))}
	last := int32(binary.BigEndian.Uint32(b[8:]))
	for frame := 0; len(b) >= frameBytes && s.left > 0; frame, b = frame+1, b[frameBytes:] {
		control := binary.BigEndian.Uint32(b)
		word := 1
		if frame == 0 {
			word = 3
		}
		for ; word < frameWords; word++ {
			if !s.word(encoding, control>>(30-2*word)&3, binary.BigEndian.Uint32(b[4*word:])) {
				return job.ReasonBadFormat
			}
		}
	}
	switch {
	case s.left > 0:
		return job.ReasonBadFormat
	case s.value != last:
		return job.ReasonBadChecksum
	}
	return job.ReasonNone
}

// stream adds differences up.
type stream struct {
	d     *decoder
	value int32
	left  uint32
	begun bool
}

// word takes the differences of a word. False: it is of no kind that there is.
func (s *stream) word(encoding int, kind, w uint32) bool {
	if kind == 0 {
		return true
	}
	n, bits := 0, 0
	switch {
	case kind == 1:
		n, bits = 4, 8
	case encoding == steim1:
		n, bits = 4-int(kind), 16*int(kind)-16 // two of 16 bits, one of 32
	default:
		n, bits = second(kind, w>>30)
	}
	for i := n - 1; i >= 0; i-- {
		s.difference(int32(w<<(32-bits*(i+1))) >> (32 - bits))
	}
	return n > 0
}

// second is how many differences of how many bits a word of the second scheme has, by its kind and its own first two bits.
func second(kind, own uint32) (n, bits int) {
	switch kind<<2 | own {
	case 2<<2 | 1:
		return 1, 30
	case 2<<2 | 2:
		return 2, 15
	case 2<<2 | 3:
		return 3, 10
	case 3<<2 | 0:
		return 5, 6
	case 3<<2 | 1:
		return 6, 5
	case 3<<2 | 2:
		return 7, 4
	}
	return 0, 0
}

// difference takes one; the first belongs to the record before, and the first sample is known.
func (s *stream) difference(v int32) {
	if s.left == 0 {
		return
	}
	if s.begun {
		s.value += v
	}
	s.begun = true
	s.left--
	s.d.wave.Add(float64(s.value))
}
