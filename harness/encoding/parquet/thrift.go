package parquet

import "math"

// Types of Thrift's compact protocol.
const (
	stop    = 0
	isTrue  = 1
	isFalse = 2
	isByte  = 3
	isInt16 = 4
	isInt32 = 5
	isInt64 = 6
	double  = 7
	text    = 8
	list    = 9
	set     = 10
	mapping = 11
	record  = 12
)

const mostDepth = 16

// cursor reads Thrift's compact protocol. Once something is wrong, bad is set and everything else is empty.
type cursor struct {
	b     []byte
	bad   bool
	depth int
}

func (c *cursor) fail() { c.b, c.bad = nil, true }

func (c *cursor) one() byte {
	if len(c.b) == 0 {
		c.fail()
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) varint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		d := c.one()
		v |= uint64(d&0x7f) << shift
		if d < 0x80 {
			return v
		}
	}
	c.fail()
	return 0
}

// integer is a number in zigzag.
func (c *cursor) integer() int64 {
	v := c.varint()
	return int64(v>>1) ^ -int64(v&1)
}

// size is a whole number that is not negative and fits into 31 bits.
func (c *cursor) size() int {
	v := c.integer()
	if v < 0 || v > math.MaxInt32 {
		c.fail()
		return 0
	}
	return int(v)
}

func (c *cursor) bytes() []byte {
	n := c.varint()
	if n > uint64(len(c.b)) {
		c.fail()
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

// fields calls take for each field of a struct; what take has not read, it says so and the field is passed over.
func (c *cursor) fields(take func(id int64, typ byte) bool) {
	if c.depth++; c.depth > mostDepth {
		c.fail()
	}
	for id := int64(0); !c.bad; {
		head := c.one()
		if head == stop {
			break
		}
		if delta := int64(head >> 4); delta != 0 {
			id += delta
		} else {
			id = c.integer()
		}
		if typ := head & 15; !take(id, typ) {
			c.skip(typ)
		}
	}
	c.depth--
}

// elements calls take for each element of a list of structs, each of which takes a byte at least.
func (c *cursor) elements(take func()) {
	n, typ := c.listHead()
	if typ != record && n > 0 {
		c.fail()
	}
	for range n {
		if c.bad {
			return
		}
		take()
	}
}

func (c *cursor) listHead() (n int, typ byte) {
	head := c.one()
	size := uint64(head >> 4)
	if size == 15 {
		size = c.varint()
	}
	if size > uint64(len(c.b)) {
		c.fail()
		return 0, 0
	}
	return int(size), head & 15
}

// skip passes over a value of a type, as it is written in a struct.
func (c *cursor) skip(typ byte) {
	switch typ {
	case isTrue, isFalse:
	case isByte:
		c.one()
	case isInt16, isInt32, isInt64:
		c.varint()
	case double:
		for range 8 {
			c.one()
		}
	case text:
		c.bytes()
	case list, set:
		n, of := c.listHead()
		c.skipAll(n, of)
	case mapping:
		c.skipMap()
	case record:
		c.fields(func(int64, byte) bool { return false })
	default:
		c.fail()
	}
}

func (c *cursor) skipAll(n int, typ byte) {
	if c.depth++; c.depth > mostDepth {
		c.fail()
	}
	for range n {
		if c.bad {
			break
		}
		c.skipElement(typ)
	}
	c.depth--
}

// skipElement passes over an element: booleans have a byte of their own there.
func (c *cursor) skipElement(typ byte) {
	if typ == isTrue || typ == isFalse {
		typ = isByte
	}
	c.skip(typ)
}

func (c *cursor) skipMap() {
	n := c.varint()
	if n == 0 {
		return
	}
	types := c.one()
	if c.depth++; n > uint64(len(c.b)) || c.depth > mostDepth {
		c.fail()
	}
	for range n {
		if c.bad {
			break
		}
		c.skipElement(types >> 4)
		c.skipElement(types & 15)
	}
	c.depth--
}
