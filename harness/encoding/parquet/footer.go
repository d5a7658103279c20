package parquet

import (
	"encoding/binary"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Physical types.
const (
	booleans  = 0
	int32s    = 1
	int64s    = 2
	int96s    = 3
	floats    = 4
	doubles   = 5
	byteArray = 6
	fixed     = 7
)

// What footers say in numbers.
const (
	optional     = 1
	repeated     = 2
	utf8Type     = 0 // converted types
	uint8Type    = 11
	uint64Type   = 14
	stringType   = 1 // logical types
	intType      = 10
	uncompressed = 0
	snappyCodec  = 1
)

const (
	magic       = "PAR1"
	mostColumns = 4096
	mostLevels  = 16
)

// leaf is a column.
type leaf struct {
	node     int // in the reading's tree
	typ      int
	length   int // bytes of a value of type fixed
	isText   bool
	unsigned bool
	levels   int  // of definition
	list     bool // in a list, at any depth
}

// chunk is the part of a column in a row group.
type chunk struct {
	codec  int
	values int
	from   int // of its first page
	length int
}

// element is a part of the schema.
type element struct {
	leaf
	children   int
	repetition int
	name       []byte
}

// footer reads the metadata behind the pages.
func footer(b []byte) (*cursor, []byte, job.Reason) {
	for i := range len(magic) {
		if i == len(b) {
			return nil, nil, job.ReasonTruncated
		}
		if b[i] != magic[i] {
			return nil, nil, job.ReasonBadFormat
		}
	}
	const end = len(magic) + 4
	if len(b) < len(magic)+end || string(b[len(b)-len(magic):]) != magic {
		return nil, nil, job.ReasonTruncated // what a file begun ends with
	}
	n, pages := uint64(binary.LittleEndian.Uint32(b[len(b)-end:])), b[:len(b)-end]
	if n > uint64(len(pages)-len(magic)) {
		return nil, nil, job.ReasonBadFormat
	}
	return &cursor{b: pages[uint64(len(pages))-n:]}, pages[:uint64(len(pages))-n], job.ReasonNone
}

// file reads the metadata: the schema first, then what each row group has of each column.
func (d *decoder) file(c *cursor, pages []byte) job.Reason {
	var schema []element
	reason := job.ReasonNone
	c.fields(func(id int64, typ byte) bool {
		switch {
		case id == 2 && typ == list:
			schema = schema[:0]
			c.elements(func() {
				if schema = append(schema, c.element()); len(schema) > mostColumns {
					c.fail()
				}
			})
			if c.bad || !d.layout(schema) {
				c.fail()
			}
		case id == 4 && typ == list:
			c.elements(func() {
				if reason == job.ReasonNone {
					reason = d.group(c, pages)
				} else {
					c.skip(record)
				}
			})
		default:
			return false
		}
		return true
	})
	if c.bad && reason == job.ReasonNone {
		return job.ReasonBadFormat
	}
	return reason
}

func (c *cursor) element() element {
	e := element{leaf: leaf{typ: -1}}
	c.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == isInt32:
			e.typ = c.size()
		case id == 2 && typ == isInt32:
			e.length = c.size()
		case id == 3 && typ == isInt32:
			e.repetition = c.size()
		case id == 4 && typ == text:
			e.name = c.bytes()
		case id == 5 && typ == isInt32:
			e.children = c.size()
		case id == 6 && typ == isInt32:
			converted := c.size()
			e.isText = e.isText || converted == utf8Type
			e.unsigned = e.unsigned || converted >= uint8Type && converted <= uint64Type
		case id == 10 && typ == record:
			c.logical(&e)
		default:
			return false
		}
		return true
	})
	return e
}

// logical reads a logical type: a union.
func (c *cursor) logical(e *element) {
	c.fields(func(id int64, typ byte) bool {
		e.isText = e.isText || id == stringType
		if id != intType || typ != record {
			return false
		}
		c.fields(func(id int64, typ byte) bool {
			e.unsigned = e.unsigned || id == 2 && typ == isFalse
			return false
		})
		return true
	})
}

// layout makes the leaves of a schema, which is a tree from its root on. False: it is none.
func (d *decoder) layout(schema []element) bool {
	d.leaves = d.leaves[:0]
	if len(schema) == 0 {
		return false
	}
	rest, ok := d.below(schema[1:], schema[0].children, leaf{}, 0)
	return ok && len(rest) == 0
}

func (d *decoder) below(schema []element, n int, of leaf, depth int) (rest []element, ok bool) {
	for range n {
		if len(schema) == 0 || depth == mostDepth {
			return nil, false
		}
		e := schema[0]
		l := e.leaf
		l.levels, l.list = of.levels, of.list || e.repetition == repeated
		if e.repetition == optional || e.repetition == repeated {
			l.levels++
		}
		l.node = d.fields.Child(of.node, e.name)
		if l.list {
			l.node = encoding.Nowhere
		}
		if schema = schema[1:]; e.children > 0 {
			if schema, ok = d.below(schema, e.children, l, depth+1); !ok {
				return nil, false
			}
			continue
		}
		d.leaves = append(d.leaves, l)
	}
	return schema, true
}

// group reads one row group.
func (d *decoder) group(c *cursor, pages []byte) job.Reason {
	reason := job.ReasonNone
	c.fields(func(id int64, typ byte) bool {
		if id != 1 || typ != list {
			return false
		}
		column := 0
		c.elements(func() {
			k := c.chunk()
			if column < len(d.leaves) && reason == job.ReasonNone && !c.bad {
				reason = d.column(&d.leaves[column], k, pages)
			}
			column++
		})
		if column != len(d.leaves) {
			c.fail()
		}
		return true
	})
	return reason
}

func (c *cursor) chunk() chunk {
	k := chunk{from: -1}
	c.fields(func(id int64, typ byte) bool {
		if id != 3 || typ != record {
			return false
		}
		dictionary := 0
		c.fields(func(id int64, typ byte) bool {
			switch {
			case id == 4 && typ == isInt32:
				k.codec = c.size()
			case id == 5 && typ == isInt64:
				k.values = c.size()
			case id == 7 && typ == isInt64:
				k.length = c.size()
			case id == 9 && typ == isInt64:
				k.from = c.size()
			case id == 11 && typ == isInt64:
				dictionary = c.size()
			default:
				return false
			}
			return true
		})
		if dictionary > 0 && dictionary < k.from {
			k.from = dictionary
		}
		return true
	})
	return k
}
