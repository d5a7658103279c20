package jsonenc

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// kind is what stands at a field's path.
type kind uint8

const (
	kindMissing kind = iota // absent, or null
	kindOther               // an object, an array or a boolean
	kindString
	kindNumber
)

// token is what was found at a field's path: a part of the message. For strings without the quotes.
type token struct {
	kind       kind
	escaped    bool // a string with escapes
	start, end int
}

// node is a place in the tree that the fields' paths span. Node 0 is the whole message.
type node struct {
	children []child
	fields   []int // whose path ends here; several fields may name one path
	below    []int // whose path leads through here or ends here
}

type child struct {
	name string
	node int
}

// none is the node of what no path leads to.
const none = -1

// decoder implements encoding.Decoder.
type decoder struct {
	nodes   []node
	metrics int
	found   []token // by field
	device  []byte  // scratch for a device id with escapes
	name    []byte  // scratch for a field name with escapes
	scanner
}

func (d *decoder) addNode() int {
	d.nodes = append(d.nodes, node{})
	return len(d.nodes) - 1
}

func (d *decoder) addPath(steps []string, field int) {
	at := 0
	for _, step := range steps {
		i := slices.IndexFunc(d.nodes[at].children, func(c child) bool { return c.name == step })
		if i < 0 {
			next := d.addNode()
			d.nodes[at].children = append(d.nodes[at].children, child{step, next})
			i = len(d.nodes[at].children) - 1
		}
		at = d.nodes[at].children[i].node
		d.nodes[at].below = append(d.nodes[at].below, field)
	}
	d.nodes[at].fields = append(d.nodes[at].fields, field)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	r.Device = nil
	r.Values = resize(r.Values, d.metrics)
	r.Present = resize(r.Present, d.metrics)
	if bytes.HasPrefix(value, byteOrderMark) || !utf8.Valid(value) {
		return job.ReasonBadUTF8
	}
	clear(d.found)
	d.scanner = scanner{b: value}
	if reason := d.document(); reason != job.ReasonNone {
		return reason
	}
	return d.fill(key, r)
}

func resize[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// fill tests the fields in their order: device, time, metrics.
func (d *decoder) fill(key []byte, r *encoding.Reading) job.Reason {
	if reason := wants(d.found[encoding.Device], kindString); reason != job.ReasonNone {
		return reason
	}
	r.Device = d.text(d.found[encoding.Device])
	if !bytes.Equal(r.Device, key) {
		return job.ReasonWrongDevice
	}
	if reason := wantsNumber(d.found[encoding.Time]); reason != job.ReasonNone {
		return reason
	}
	for i, t := range d.found[encoding.Metrics:] {
		if t.kind == kindMissing {
			continue
		}
		if reason := wantsNumber(t); reason != job.ReasonNone {
			return reason
		}
		v, ok := micros(d.b[t.start:t.end])
		if !ok {
			return job.ReasonRange
		}
		r.Values[i], r.Present[i] = v, true
	}
	return job.ReasonNone
}

func wants(t token, k kind) job.Reason {
	switch t.kind {
	case k:
		return job.ReasonNone
	case kindMissing:
		return job.ReasonMissingField
	}
	return job.ReasonBadType
}

func wantsNumber(t token) job.Reason {
	if reason := wants(t, kindNumber); reason != job.ReasonNone {
		return reason
	}
	if t.end-t.start > job.MaxNumberBytes {
		return job.ReasonBadNumber
	}
	return job.ReasonNone
}

// text is a string's content: a part of the message, or of the scratch space if there are escapes.
func (d *decoder) text(t token) []byte {
	s := d.b[t.start:t.end]
	if !t.escaped {
		return s
	}
	d.device = unescape(d.device[:0], s)
	return d.device
}

// document reads the whole message.
func (d *decoder) document() job.Reason {
	d.space()
	if !d.value(0, 0) {
		return d.reason()
	}
	d.space()
	if d.pos < len(d.b) {
		return job.ReasonBadJSON
	}
	return job.ReasonNone
}

// value reads the value at pos, which stands at a node of the tree, or at none. False: it cannot; reason says why.
func (d *decoder) value(at, depth int) bool {
	c, ok := d.peek()
	if !ok {
		return false
	}
	t := token{kind: kindOther, start: d.pos}
	switch {
	case c == '{':
		ok = d.object(at, depth+1)
	case c == '[':
		ok = d.array(depth + 1)
	case c == '"':
		t.kind, t.start = kindString, d.pos+1
		t.escaped, ok = d.str()
	case c == '-' || c >= '0' && c <= '9':
		t.kind = kindNumber
		ok = d.number()
	case c == 't':
		ok = d.literal("true")
	case c == 'f':
		ok = d.literal("false")
	case c == 'n':
		t.kind = kindMissing
		ok = d.literal("null")
	default:
		return d.bad()
	}
	if !ok {
		return false
	}
	if at != none {
		t.end = d.pos
		if t.kind == kindString {
			t.end--
		}
		for _, f := range d.nodes[at].fields {
			d.found[f] = t
		}
	}
	return true
}

// object reads an object whose opening brace stands at pos.
func (d *decoder) object(at, depth int) bool {
	if depth > job.MaxDepth {
		return d.bad()
	}
	d.pos++
	d.space()
	if c, ok := d.peek(); !ok {
		return false
	} else if c == '}' {
		d.pos++
		return true
	}
	for {
		to, ok := d.member(at)
		if !ok || !d.value(to, depth) {
			return false
		}
		if more, ok := d.next('}'); !ok || !more {
			return ok
		}
		d.space()
	}
}

// member reads a field name and the colon, and finds the node that the value stands at. What an earlier field of that name
// held is forgotten, with everything inside it: the last one counts.
func (d *decoder) member(at int) (to int, ok bool) {
	if c, ok := d.peek(); !ok || c != '"' {
		return none, ok && d.bad()
	}
	start := d.pos + 1
	escaped, ok := d.str()
	if !ok {
		return none, false
	}
	name := d.b[start : d.pos-1]
	d.space()
	if c, ok := d.peek(); !ok || c != ':' {
		return none, ok && d.bad()
	}
	d.pos++
	d.space()
	if at == none || len(d.nodes[at].children) == 0 {
		return none, true
	}
	if escaped {
		d.name = unescape(d.name[:0], name)
		name = d.name
	}
	for _, c := range d.nodes[at].children {
		if c.name == string(name) {
			for _, f := range d.nodes[c.node].below {
				d.found[f] = token{}
			}
			return c.node, true
		}
	}
	return none, true
}

// array reads an array whose opening bracket stands at pos. Paths do not lead into arrays.
func (d *decoder) array(depth int) bool {
	if depth > job.MaxDepth {
		return d.bad()
	}
	d.pos++
	d.space()
	if c, ok := d.peek(); !ok {
		return false
	} else if c == ']' {
		d.pos++
		return true
	}
	for {
		if !d.value(none, depth) {
			return false
		}
		if more, ok := d.next(']'); !ok || !more {
			return ok
		}
		d.space()
	}
}

// next reads what follows a value inside an object or array: a comma, or the end.
func (d *decoder) next(end byte) (more, ok bool) {
	d.space()
	c, ok := d.peek()
	if !ok {
		return false, false
	}
	if c != ',' && c != end {
		return false, d.bad()
	}
	d.pos++
	return c == ',', true
}
