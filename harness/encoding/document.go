package encoding

import "github.com/streamgauge/streamgauge/harness/job"

// Handler hears what a self-describing document (JSON, CBOR, MessagePack) holds, from the left to the right. A document that
// turns out damaged has been heard in part.
type Handler interface {
	Open(list bool) // a list or a map begins
	Close()         // it ends
	Name(Scalar)    // of a map's member: text, a number, or Other; its value follows
	Value(Scalar)   // neither list nor map
}

// Tree is the Handler that fills fields from one document of nested maps. Make it anew, or Reset it, for each document.
type Tree struct {
	Fields *Fields
	maps   [job.MaxDepth + 1]int // the node of each open map; Nowhere for lists
	depth  int
	next   int // the node at which the next value stands
}

// Reset prepares for the next document, of a record with that key.
func (t *Tree) Reset(key []byte) {
	t.Fields.Reset(key)
	t.depth, t.next = 0, 0
}

// Open implements Handler.
func (t *Tree) Open(list bool) {
	at := t.next
	t.Fields.Set(at, Scalar{Kind: Other})
	if list {
		at = Nowhere
	}
	t.maps[t.depth] = at
	t.depth++
	t.next = Nowhere
}

// Close implements Handler.
func (t *Tree) Close() {
	t.depth--
	t.next = Nowhere
}

// Name implements Handler.
func (t *Tree) Name(s Scalar) {
	t.next = Nowhere
	if s.Kind == Text {
		t.next = t.Fields.Child(t.maps[t.depth-1], s.Text)
	}
}

// Value implements Handler.
func (t *Tree) Value(s Scalar) { t.Fields.Set(t.next, s) }

// Key is the Handler that keeps what a map has for a name: a scalar, or Other for a list or map.
type Key struct{ Scalar Scalar }

// Open implements Handler.
func (k *Key) Open(bool) {}

// Close implements Handler.
func (k *Key) Close() { k.Scalar = Scalar{Kind: Other} }

// Name implements Handler.
func (k *Key) Name(Scalar) {}

// Value implements Handler.
func (k *Key) Value(s Scalar) { k.Scalar = s }

// Walker reads one document and tells h what is in it, in the document's order. Not safe for concurrent use.
type Walker interface {
	Walk(value []byte, h Handler) job.Reason
}

// treeDecoder is the Decoder of an encoding whose messages are one document of nested maps.
type treeDecoder struct {
	walker Walker
	tree   Tree
}

// NewTreeDecoder makes the decoder of a job's reading from documents that w reads. Errors: those of NewFields.
func NewTreeDecoder(r job.Reading, w Walker) (Decoder, error) {
	f, err := NewFields(r)
	if err != nil {
		return nil, err
	}
	return &treeDecoder{walker: w, tree: Tree{Fields: f}}, nil
}

// Decode implements Decoder.
func (d *treeDecoder) Decode(key, value []byte, r *Reading) job.Reason {
	d.tree.Reset(key)
	if reason := d.walker.Walk(value, &d.tree); reason != job.ReasonNone {
		return reason
	}
	return d.tree.Fields.Fill(r)
}
