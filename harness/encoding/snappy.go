package encoding

import "encoding/binary"

// IsSnappy tells whether a block has elements of snappy's format alone, whole ones. The library that unpacks blocks reads S2, too,
// where a copy from 0 bytes back repeats the copy before; in snappy that is damage.
func IsSnappy(block []byte) bool {
	_, n := binary.Uvarint(block)
	if n <= 0 {
		return false
	}
	for b := block[n:]; len(b) > 0; {
		size := element(b)
		if size == 0 || size > uint64(len(b)) {
			return false
		}
		b = b[size:]
	}
	return true
}

// element is the length of the first element of b: of a literal, or of a copy with an offset of 1, 2 or 4 bytes; 0: it is none.
func element(b []byte) uint64 {
	switch tag := b[0]; tag & 3 {
	case 1:
		if len(b) > 1 && tag>>5 == 0 && b[1] == 0 {
			return 0
		}
		return 2
	case 2:
		return 3
	case 3:
		return 5
	}
	return literal(b)
}

// literal is the length of a literal with its head: up to 60 bytes are counted in the tag, more in the 1 to 4 bytes behind it.
func literal(b []byte) uint64 {
	const inTag = 60
	n := uint64(b[0] >> 2)
	if n < inTag {
		return 1 + n + 1
	}
	more := int(n - inTag + 1)
	if len(b) < 1+more {
		return 0
	}
	n = 0
	for i := more; i > 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return uint64(1+more) + n + 1
}
