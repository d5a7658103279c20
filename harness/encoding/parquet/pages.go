package parquet

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Kinds of pages and encodings of values.
const (
	dataPage       = 0
	dictionaryPage = 2
	dataPageV2     = 3

	plain           = 0
	plainDictionary = 2
	rleDictionary   = 8
)

// mostValues bounds the values of all pages together, dictionaries included: nulls take no bytes.
const mostValues = 1 << 20

type decoder struct {
	fields     *encoding.Fields
	leaves     []leaf
	dictionary []encoding.Scalar
	unpacked   int // bytes of this message's pages
	read       int // values of them
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, b []byte, r *encoding.Reading) job.Reason {
	c, pages, reason := footer(b)
	if reason != job.ReasonNone {
		return reason
	}
	d.fields.Reset(key)
	d.leaves, d.unpacked, d.read = d.leaves[:0], 0, 0
	if reason := d.file(c, pages); reason != job.ReasonNone {
		return reason
	}
	return d.fields.Fill(r)
}

// header is what is known of a page.
type header struct {
	kind, size, packed int
	values, encoding   int
	levels, repeats    int  // bytes of the levels of a page of version 2
	plainly            bool // of version 2: not compressed
}

func (c *cursor) header() header {
	h := header{kind: -1}
	c.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == isInt32:
			h.kind = c.size()
		case id == 2 && typ == isInt32:
			h.size = c.size()
		case id == 3 && typ == isInt32:
			h.packed = c.size()
		case (id == 5 || id == 7 || id == 8) && typ == record:
			c.content(&h, id == 8)
		default:
			return false
		}
		return true
	})
	return h
}

// content reads the header of one kind of page.
func (c *cursor) content(h *header, second bool) {
	encodingAt := int64(2)
	if second {
		encodingAt = 4
	}
	c.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == isInt32:
			h.values = c.size()
		case id == encodingAt && typ == isInt32:
			h.encoding = c.size()
		case id == 5 && second && typ == isInt32:
			h.levels = c.size()
		case id == 6 && second && typ == isInt32:
			h.repeats = c.size()
		case id == 7 && second && typ == isFalse:
			h.plainly = true
			return false
		default:
			return false
		}
		return true
	})
}

// column reads the pages of a chunk, unless nobody wants it.
func (d *decoder) column(l *leaf, k chunk, pages []byte) job.Reason {
	switch {
	case l.node == encoding.Nowhere || k.values == 0:
		return job.ReasonNone
	case k.from < len(magic) || k.from > len(pages) || k.length > len(pages)-k.from:
		return job.ReasonBadFormat
	case k.codec != uncompressed && k.codec != snappyCodec:
		return job.ReasonUnknownSchema
	}
	d.dictionary = d.dictionary[:0]
	b := pages[k.from : k.from+k.length]
	dictionary := false // a chunk has one at most
	for left := k.values; left > 0; {
		c := cursor{b: b}
		h := c.header()
		if c.bad || h.packed > len(c.b) || h.values > mostValues {
			return job.ReasonBadFormat
		}
		if d.read += h.values; d.read > mostValues {
			return job.ReasonBadFormat
		}
		b = c.b[h.packed:]
		switch {
		case h.kind == dictionaryPage && dictionary, h.kind != dictionaryPage && (h.values == 0 || h.values > left):
			return job.ReasonBadFormat
		case h.kind == dictionaryPage:
			dictionary = true
		default:
			left -= h.values
		}
		if reason := d.page(l, k.codec, h, c.b[:h.packed]); reason != job.ReasonNone {
			return reason
		}
	}
	return job.ReasonNone
}

func (d *decoder) page(l *leaf, codec int, h header, b []byte) job.Reason {
	switch h.kind {
	case dataPage, dictionaryPage:
		b, reason := d.unpack(codec, h.size, b)
		if reason != job.ReasonNone {
			return reason
		}
		if h.kind == dictionaryPage {
			return d.readDictionary(l, h, b)
		}
		var levels []byte
		if l.levels > 0 {
			if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
				return job.ReasonBadFormat
			}
			n := 4 + int(binary.LittleEndian.Uint32(b))
			levels, b = b[4:n], b[n:]
		}
		return d.values(l, h, levels, b)
	case dataPageV2:
		levels := h.repeats + h.levels
		if levels > len(b) || levels > h.size {
			return job.ReasonBadFormat
		}
		if h.plainly {
			codec = uncompressed
		}
		data, reason := d.unpack(codec, h.size-levels, b[levels:])
		if reason != job.ReasonNone {
			return reason
		}
		return d.values(l, h, b[h.repeats:levels], data)
	}
	return job.ReasonUnknownSchema
}

// unpack gives the content of a page, which must have the size that is said.
func (d *decoder) unpack(codec, size int, b []byte) ([]byte, job.Reason) {
	if d.unpacked += size; d.unpacked > job.MaxUnpacked {
		return nil, job.ReasonBadFormat
	}
	if codec == uncompressed {
		if len(b) != size {
			return nil, job.ReasonBadFormat
		}
		return b, job.ReasonNone
	}
	if n, err := snappy.DecodedLen(b); err != nil || n != size || !encoding.SnappyMakes(b, n) {
		return nil, job.ReasonBadCompression
	}
	b, err := snappy.Decode(nil, b)
	if err != nil {
		return nil, job.ReasonBadCompression
	}
	return b, job.ReasonNone
}

func (d *decoder) readDictionary(l *leaf, h header, b []byte) job.Reason {
	if h.encoding != plain && h.encoding != plainDictionary {
		return job.ReasonUnknownSchema
	}
	if l.size() == 0 {
		return job.ReasonUnknownSchema
	}
	for range h.values {
		s, rest, reason := l.scalar(b)
		if reason != job.ReasonNone {
			return reason
		}
		d.dictionary = append(d.dictionary, s)
		b = rest
	}
	return job.ReasonNone
}

// values lays the values of a page.
func (d *decoder) values(l *leaf, h header, levels, b []byte) job.Reason {
	defined := hybrid{b: levels, width: bits.Len(uint(l.levels))}
	indexes := hybrid{}
	dictionary := h.encoding == plainDictionary || h.encoding == rleDictionary
	if h.encoding != plain && !dictionary {
		return job.ReasonUnknownSchema
	}
	if dictionary && len(b) > 0 {
		if b[0] > 32 {
			return job.ReasonBadFormat
		}
		indexes = hybrid{b: b[1:], width: int(b[0])}
	}
	if !dictionary && l.size() == 0 && l.typ != booleans {
		return job.ReasonUnknownSchema
	}
	bools := 0
	for range h.values {
		if l.levels > 0 {
			level, ok := defined.next()
			if !ok || level > uint64(l.levels) {
				return job.ReasonBadFormat
			}
			if level < uint64(l.levels) {
				continue
			}
		}
		var s encoding.Scalar
		reason := job.ReasonNone
		if dictionary {
			i, ok := indexes.next()
			if !ok || i >= uint64(len(d.dictionary)) {
				return job.ReasonBadFormat
			}
			s = d.dictionary[i]
		} else if l.typ == booleans {
			if bools++; bools > 8*len(b) {
				return job.ReasonBadFormat
			}
			s.Kind = encoding.Other
		} else if s, b, reason = l.scalar(b); reason != job.ReasonNone {
			return reason
		}
		d.fields.LayAt(l.node, s)
	}
	return job.ReasonNone
}

// size is the bytes that a plain value takes at least; 0: it takes a bit, or its type is none that is known.
func (l *leaf) size() int {
	switch l.typ {
	case int32s, floats, byteArray:
		return 4
	case int64s, doubles:
		return 8
	case int96s:
		return 12
	case fixed:
		return l.length
	}
	return 0
}

// scalar reads a plain value that takes bytes.
func (l *leaf) scalar(b []byte) (s encoding.Scalar, rest []byte, reason job.Reason) {
	le := binary.LittleEndian
	size := l.size()
	if len(b) < size {
		return s, nil, job.ReasonBadFormat
	}
	s.Kind, rest = encoding.Number, b[size:]
	switch {
	case l.typ == int32s && l.unsigned:
		s.Number = float64(le.Uint32(b))
	case l.typ == int32s:
		s.Number = float64(int32(le.Uint32(b)))
	case l.typ == int64s && l.unsigned:
		s.Number = float64(le.Uint64(b))
	case l.typ == int64s:
		s.Number = float64(int64(le.Uint64(b)))
	case l.typ == floats:
		s.Number = float64(math.Float32frombits(le.Uint32(b)))
	case l.typ == doubles:
		s.Number = math.Float64frombits(le.Uint64(b))
	case l.typ == int96s || l.typ == fixed:
		s.Kind = encoding.Other
	default:
		n := uint64(le.Uint32(b))
		if n > uint64(len(rest)) {
			return s, nil, job.ReasonBadFormat
		}
		value := rest[:n]
		rest = rest[n:]
		if !l.isText {
			return encoding.Scalar{Kind: encoding.Other}, rest, job.ReasonNone
		}
		if !utf8.Valid(value) {
			return s, nil, job.ReasonBadUTF8
		}
		s = encoding.Scalar{Kind: encoding.Text, Text: value}
	}
	return s, rest, job.ReasonNone
}

// hybrid reads numbers of a width in bits: runs of one number, and groups of eight that are packed.
type hybrid struct {
	b     []byte
	width int
	run   uint64 // numbers left of the run
	value uint64 // of all of them, or
	bits  []byte // their bits
	at    int    // bit of the next
}

// next is the next number. False: there is none.
func (h *hybrid) next() (uint64, bool) {
	for h.run == 0 {
		if !h.begin() {
			return 0, false
		}
	}
	h.run--
	if h.bits == nil {
		return h.value, true
	}
	var v uint64
	for i := range h.width {
		v |= uint64(h.bits[(h.at+i)/8]>>((h.at+i)%8)&1) << i
	}
	h.at += h.width
	return v, true
}

func (h *hybrid) begin() bool {
	c := cursor{b: h.b}
	head := c.varint()
	if c.bad || head == 0 {
		return false
	}
	h.b, h.bits, h.at = c.b, nil, 0
	n := uint64(h.width+7) / 8
	if head&1 == 1 {
		groups := head >> 1
		if n = groups * uint64(h.width); groups > mostValues || n > uint64(len(h.b)) {
			return false
		}
		h.run, h.bits, h.b = 8*groups, h.b[:n:n], h.b[n:]
		if h.bits == nil {
			h.bits = []byte{}
		}
		return true
	}
	if n > uint64(len(h.b)) {
		return false
	}
	h.run, h.value = head>>1, 0
	for i := range n {
		h.value |= uint64(h.b[i]) << (8 * i)
	}
	h.b = h.b[n:]
	return true
}
