package operator

import (
	"errors"
	"math"
	"strconv"
)

// errCanonical says that a value is not canonical JSON: one object, keys ascending, no spaces, whole numbers only.
var errCanonical = errors.New("not canonical JSON")

// layout maps the fields a reading can have within a stage to slots, in ascending byte order of their names: the order
// canonical JSON writes them in.
type layout struct {
	names  []string
	quoted []string // `"name":`
	size   int      // longest canonical JSON of a reading, in bytes
}

func newLayout(names []string) layout {
	l := layout{names: names, size: len("{}")}
	for _, n := range names {
		q := `"` + n + `":`
		l.quoted = append(l.quoted, q)
		l.size += len(q) + len("-9223372036854775808,")
	}
	return l
}

// slot returns the position of a field, or -1.
func (l *layout) slot(name string) int {
	for i, n := range l.names {
		if n == name {
			return i
		}
	}
	return -1
}

// parse reads the canonical JSON of a reading into the slots. Both ends of the walk ascend, so a name is looked for from
// where the last one was found.
func (l *layout) parse(b []byte, values []int64, present []bool) error {
	clear(present)
	next := 0
	return eachField(b, func(name []byte, v int64) bool {
		for next < len(l.names) && l.names[next] != string(name) {
			next++
		}
		if next == len(l.names) {
			return false
		}
		values[next], present[next] = v, true
		next++
		return true
	})
}

// append writes the present slots as canonical JSON.
func (l *layout) append(dst []byte, values []int64, present []bool) []byte {
	dst = append(dst, '{')
	comma := false
	for i, ok := range present {
		if !ok {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(dst, l.quoted[i]...)
		dst = strconv.AppendInt(dst, values[i], 10)
	}
	return append(dst, '}')
}

// eachField calls f for each field of canonical JSON in order until f returns false. Errors: errCanonical for anything
// that is not canonical, or that f refused.
func eachField(b []byte, f func(name []byte, v int64) bool) error {
	if len(b) < len("{}") || b[0] != '{' {
		return errCanonical
	}
	if string(b) == "{}" {
		return nil
	}
	var last []byte
	for more := true; more; {
		name, v, rest, ok := cutField(b[1:])
		if !ok || len(rest) == 0 || last != nil && string(last) >= string(name) || !f(name, v) {
			return errCanonical
		}
		last, b, more = name, rest, rest[0] == ','
	}
	if string(b) != "}" {
		return errCanonical
	}
	return nil
}

// cutField takes `"name":number` off the front of b.
func cutField(b []byte) (name []byte, v int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, 0, nil, false
	}
	n := 1
	for n < len(b) && nameByte(b[n], n == 1) {
		n++
	}
	if n == 1 || n+1 >= len(b) || b[n] != '"' || b[n+1] != ':' {
		return nil, 0, nil, false
	}
	v, rest, ok = cutInt(b[n+2:])
	return b[1:n], v, rest, ok
}

// nameByte tells the bytes of a field's name: [a-z][a-z0-9_]*.
func nameByte(c byte, first bool) bool {
	return c >= 'a' && c <= 'z' || !first && (c >= '0' && c <= '9' || c == '_')
}

// cutInt takes a decimal integer without plus sign or leading zeros off the front of b; -0 is refused.
func cutInt(b []byte) (v int64, rest []byte, ok bool) {
	i, limit, neg := 0, uint64(math.MaxInt64), false
	if len(b) > 0 && b[0] == '-' {
		i, limit, neg = 1, 1<<63, true
	}
	first := i
	var u uint64
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if d := uint64(b[i] - '0'); u > (limit-d)/10 {
			return 0, nil, false
		} else {
			u = u*10 + d
		}
	}
	digits := i - first
	if digits == 0 || b[first] == '0' && (digits > 1 || neg) {
		return 0, nil, false
	}
	if neg {
		return -int64(u), b[i:], true
	}
	return int64(u), b[i:], true
}

// slab hands out small byte slices cut from large ones, so that a result costs no allocation of its own and yet is never
// overwritten: it may wait in a producer's buffer as long as it likes.
type slab struct{ free []byte }

const slabSize = 32 << 10

// room returns an empty slice with space for n bytes. What is appended to it belongs to the caller after kept.
func (s *slab) room(n int) []byte {
	if cap(s.free) < n {
		s.free = make([]byte, 0, max(slabSize, n))
	}
	return s.free[:0:n]
}

// kept cuts b, which began as room, off the slab.
func (s *slab) kept(b []byte) []byte {
	s.free = s.free[len(b):cap(s.free)][:0]
	return b[:len(b):len(b)]
}
