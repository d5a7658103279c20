package senml

import (
	"bytes"

	"github.com/streamgauge/streamgauge/harness/encoding"
)

// label is what a record's member means.
type label uint8

const (
	unknown label = iota
	baseName
	baseTime
	baseValue
	name
	value
	text
	boolean
	data
	time
	ignored
)

// texts are the labels in JSON.
var texts = map[string]label{"bn": baseName, "bt": baseTime, "bv": baseValue, "n": name, "v": value, "vs": text, "vb": boolean, "vd": data,
	"t": time, "bu": ignored, "bs": ignored, "bver": ignored, "u": ignored, "s": ignored, "ut": ignored}

// integers are the labels in CBOR, from -6 to 8 (RFC 8428, table 4).
var integers = [...]label{ignored, baseValue, ignored, baseTime, baseName, ignored, name, ignored, value, text, boolean, ignored, time, ignored, data}

const lowest = -6

// pack hears a document and lays what its records say over each other. It implements encoding.Handler.
type pack struct {
	fields *encoding.Fields
	binary bool // labels are integers
	bad    bool // it is no SenML pack

	depth int
	next  label // of the value that stands next

	// base values hold from their record on
	baseName  []byte
	baseTime  encoding.Scalar
	baseValue encoding.Scalar

	// of the record at hand
	name  []byte
	time  encoding.Scalar
	value [4]encoding.Scalar // v, vs, vb, vd
}

func (p *pack) reset(key []byte) {
	p.fields.Reset(key)
	p.bad, p.depth = false, 0
	p.baseName = p.baseName[:0]
	p.baseTime, p.baseValue = encoding.Scalar{}, encoding.Scalar{}
}

// Open implements encoding.Handler: a pack is a list of maps.
func (p *pack) Open(list bool) {
	p.depth++
	switch {
	case p.depth <= 2 && list != (p.depth == 1):
		p.bad = true
	case p.depth == 2:
		p.name, p.time, p.value = p.name[:0], encoding.Scalar{}, [4]encoding.Scalar{}
	case p.depth == 3:
		p.member(encoding.Scalar{Kind: encoding.Other})
	}
}

// Close implements encoding.Handler.
func (p *pack) Close() {
	if p.depth == 2 {
		p.record()
	}
	p.depth--
}

// Name implements encoding.Handler.
func (p *pack) Name(s encoding.Scalar) {
	if p.depth != 2 {
		return
	}
	p.next = unknown
	switch {
	case s.Kind == encoding.Text && !p.binary:
		p.next = texts[string(s.Text)]
	case s.Kind == encoding.Number && p.binary:
		if i := int(s.Number) - lowest; i >= 0 && i < len(integers) && float64(i+lowest) == s.Number {
			p.next = integers[i]
		}
	}
	if p.next == unknown && s.Kind == encoding.Text && bytes.HasSuffix(s.Text, []byte("_")) {
		p.bad = true // whoever does not know it must not use the record
	}
}

// Value implements encoding.Handler.
func (p *pack) Value(s encoding.Scalar) {
	switch {
	case p.depth < 2:
		p.bad = true
	case p.depth == 2:
		p.member(s)
	}
}

// member takes the value of a record's member.
func (p *pack) member(s encoding.Scalar) {
	isNumber := s.Kind == encoding.Number || s.Kind == encoding.LongNumber
	switch p.next {
	case baseName, name:
		if s.Kind != encoding.Text {
			p.bad = true
		} else if p.next == name {
			p.name = append(p.name[:0], s.Text...)
		} else {
			p.baseName = append(p.baseName[:0], s.Text...)
		}
	case baseTime, baseValue, time:
		p.bad = p.bad || !isNumber
		switch p.next {
		case baseTime:
			p.baseTime = s
		case baseValue:
			p.baseValue = s
		default:
			p.time = s
		}
	case value, text, boolean, data:
		if p.next != value && s.Kind != encoding.Missing {
			s = encoding.Scalar{Kind: encoding.Other}
		}
		p.value[p.next-value] = s
	}
}

// record resolves a record (RFC 8428, section 4.6) that has a value: its name begins with the device, up to the last slash.
func (p *pack) record() {
	i := 0
	for p.value[i].Kind == encoding.Missing {
		if i++; i == len(p.value) {
			return
		}
	}
	v := p.value[i]
	if v.Kind == encoding.Number || v.Kind == encoding.LongNumber {
		v = sum(p.baseValue, v)
	}
	base := len(p.baseName)
	full := append(p.baseName, p.name...)
	p.baseName = full[:base]
	slash := bytes.LastIndexByte(full, '/')
	if slash < 0 {
		p.bad = true
		return
	}
	p.fields.Lay(encoding.Device, encoding.Scalar{Kind: encoding.Text, Text: full[:slash]})
	p.fields.Lay(encoding.Time, sum(p.baseTime, p.time))
	p.fields.LayNamed(full[slash+1:], v)
}

// sum adds two numbers, as doubles; one that is missing counts as nothing.
func sum(a, b encoding.Scalar) encoding.Scalar {
	switch {
	case a.Kind == encoding.Missing || b.Kind == encoding.LongNumber:
		return b
	case b.Kind == encoding.Missing || a.Kind == encoding.LongNumber:
		return a
	}
	return encoding.Scalar{Kind: encoding.Number, Number: a.Number + b.Number}
}
