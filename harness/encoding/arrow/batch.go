package arrow

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	flatbuffers "github.com/google/flatbuffers/go"
	"github.com/x448/float16"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// batch reads the rows of a record batch.
func (d *decoder) batch(t flatbuffers.Table, body []byte) job.Reason {
	if t.Offset(slot(batchCompression)) != 0 {
		return job.ReasonUnknownSchema
	}
	nodes, buffers := vector(t, batchNodes), vector(t, batchBuffers)
	length := t.GetInt64Slot(slot(batchLength), 0)
	if len(nodes) != structBytes*len(d.columns) || length < 0 || !d.agree(nodes, uint64(length)) {
		return job.ReasonBadFormat
	}
	d.valid = d.valid[:0]
	for i := range d.columns {
		c := &d.columns[i]
		if len(buffers) < structBytes*c.buffers {
			return job.ReasonBadFormat
		}
		var parts [3][]byte
		for k := range c.buffers {
			var ok bool
			if parts[k], ok = part(body, buffers[structBytes*k:]); !ok {
				return job.ReasonBadFormat
			}
		}
		buffers = buffers[structBytes*c.buffers:]
		d.valid = append(d.valid, parts[0])
		if !d.fields.Ends(c.node) || c.kind == null {
			continue
		}
		if reason := d.rows(c, rowsOf(nodes, i), parts); reason != job.ReasonNone {
			return reason
		}
	}
	if len(buffers) > 0 {
		return job.ReasonBadFormat
	}
	return job.ReasonNone
}

// agree says whether columns have as many rows as the batch, or the struct around them, and no more nulls than rows.
func (d *decoder) agree(nodes []byte, length uint64) bool {
	for i, c := range d.columns {
		n := rowsOf(nodes, i)
		if nulls := binary.LittleEndian.Uint64(nodes[structBytes*i+8:]); nulls > n {
			return false
		}
		if c.depth == 0 && n != length {
			return false
		}
		if c.depth == 0 {
			continue
		}
		if around := c.parents[c.depth-1]; d.columns[around].kind == structure && n != rowsOf(nodes, around) {
			return false
		}
	}
	return true
}

// rowsOf is how many rows the node of a column says that it has.
func rowsOf(nodes []byte, column int) uint64 {
	return binary.LittleEndian.Uint64(nodes[structBytes*column:])
}

// vector is the bytes of a vector of nodes or buffers.
func vector(t flatbuffers.Table, field int) []byte {
	at := t.Offset(slot(field))
	if at == 0 {
		return nil
	}
	start := int(t.Vector(flatbuffers.UOffsetT(at)))
	return t.Bytes[start : start+structBytes*t.VectorLen(flatbuffers.UOffsetT(at))]
}

// part is the part of a body that a buffer names.
func part(body, buffer []byte) ([]byte, bool) {
	at, n := binary.LittleEndian.Uint64(buffer), binary.LittleEndian.Uint64(buffer[8:])
	if at > uint64(len(body)) || n > uint64(len(body))-at {
		return nil, false
	}
	return body[at : at+n], true
}

// rows lays the values of a column that is wanted.
func (d *decoder) rows(c *column, n uint64, parts [3][]byte) job.Reason {
	if n > mostValues-d.read || !c.fits(n, parts) {
		return job.ReasonBadFormat
	}
	d.read += n
	for i := range int(n) {
		if !d.there(c, i, parts[0]) {
			continue
		}
		s, reason := c.scalar(i, parts)
		if reason != job.ReasonNone {
			return reason
		}
		if d.texts += len(s.Text); d.texts > job.MaxUnpacked {
			return job.ReasonBadFormat
		}
		d.fields.LayAt(c.node, s)
	}
	return job.ReasonNone
}

// fits says whether the buffers have n values. What stands in others than numbers and text is not looked at.
func (c *column) fits(n uint64, parts [3][]byte) bool {
	have := 8 * uint64(len(parts[1]))
	switch {
	case n == 0:
		return true
	case len(parts[0]) > 0 && n > 8*uint64(len(parts[0])):
		return false
	case c.width > 0:
		return n <= have/(8*uint64(c.width))
	case c.text():
		return n < have/32
	case c.kind == largeUTF8:
		return n < have/64
	}
	return c.kind != boolean || n <= have
}

func (c *column) text() bool { return c.kind == utf8s || c.kind == binaries }

// there says whether row i has a value, and all structs around it.
func (d *decoder) there(c *column, i int, valid []byte) bool {
	for k := range c.depth {
		if !bit(d.valid[c.parents[k]], i) {
			return false
		}
	}
	return bit(valid, i)
}

// bit is bit i of a buffer; an empty one has all.
func bit(b []byte, i int) bool { return len(b) == 0 || b[i/8]>>(i%8)&1 != 0 }

// scalar is the value of row i.
func (c *column) scalar(i int, parts [3][]byte) (encoding.Scalar, job.Reason) {
	le := binary.LittleEndian
	switch {
	case c.width > 0:
		return encoding.Scalar{Kind: encoding.Number, Number: c.number(parts[1][i*c.width:])}, job.ReasonNone
	case c.kind == utf8s:
		return text(parts[2], uint64(le.Uint32(parts[1][4*i:])), uint64(le.Uint32(parts[1][4*i+4:])))
	case c.kind == largeUTF8:
		return text(parts[2], le.Uint64(parts[1][8*i:]), le.Uint64(parts[1][8*i+8:]))
	}
	return encoding.Scalar{Kind: encoding.Other}, job.ReasonNone
}

func text(b []byte, from, to uint64) (encoding.Scalar, job.Reason) {
	if from > to || to > uint64(len(b)) {
		return encoding.Scalar{}, job.ReasonBadFormat
	}
	if b = b[from:to]; !utf8.Valid(b) {
		return encoding.Scalar{}, job.ReasonBadUTF8
	}
	return encoding.Scalar{Kind: encoding.Text, Text: b}, job.ReasonNone
}

// number reads a number at the start of b.
func (c *column) number(b []byte) float64 {
	var raw uint64
	for i := range c.width {
		raw |= uint64(b[i]) << (8 * i)
	}
	switch {
	case c.kind == float && c.width == 2:
		return float64(float16.Frombits(uint16(raw)).Float32())
	case c.kind == float && c.width == 4:
		return float64(math.Float32frombits(uint32(raw)))
	case c.kind == float:
		return math.Float64frombits(raw)
	case c.unsigned && c.kind == integer:
		return float64(raw)
	}
	unused := 64 - 8*c.width
	return float64(int64(raw<<unused) >> unused)
}
