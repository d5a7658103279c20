package encoding

import "encoding/binary"

// SnappyMakes reports whether the parts of a block of snappy, behind the length it begins with, are whole and make as many bytes: no room is
// made for what is only claimed. The library that unpacks blocks reads S2, too, where a copy from 0 bytes back repeats the offset of the copy
// before; in snappy that is damage.
func SnappyMakes(block []byte, want int) bool {
	_, at := binary.Uvarint(block)
	if at <= 0 {
		return false
	}
	made := 0
	for at < len(block) && made <= want {
		n, size := snappyPart(block[at:])
		if n <= 0 || size > len(block)-at {
			return false
		}
		made += n
		at += size
	}
	return at == len(block) && made == want
}

// snappyPart is how many bytes the first part of b makes, and how many it takes; 0 of one that is none.
func snappyPart(b []byte) (n, size int) {
	n = int(b[0] >> 2)
	switch b[0] & 3 {
	case 0:
		return snappyLiteral(b, n)
	case 1:
		if len(b) < 2 || b[0]>>5 == 0 && b[1] == 0 {
			return 0, 0
		}
		return n&7 + 4, 2
	case 2:
		return n + 1, 3
	}
	return n + 1, 5
}

// snappyLiteral is snappyPart of bytes that stand there themselves: so many and one, or the number of bytes in which their number follows.
func snappyLiteral(b []byte, n int) (made, size int) {
	const lengths = 60
	if n < lengths {
		return n + 1, n + 2
	}
	size = n - lengths + 2
	if len(b) < size {
		return 0, 0
	}
	var length [8]byte
	copy(length[:], b[1:size])
	n = int(binary.LittleEndian.Uint64(length[:])) + 1
	return n, size + n
}
