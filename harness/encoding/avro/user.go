package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	library "github.com/twmb/avro"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// ReadSchema implements encoding.Schemed: file is an .avsc, one JSON document with a record.
func (f Format) ReadSchema(file, message string, read func(string) ([]byte, error)) (*job.Schema, error) {
	text, err := read(file)
	if err != nil {
		return nil, err
	}
	s := &job.Schema{Message: message, Files: []job.SchemaFile{job.NewSchemaFile(filepath.Base(file), text, true)}}
	_, _, err = parse(s)
	return s, err
}

// parse reads a user's schema. Errors: it is none, or no record, or not the one that is named.
func parse(s *job.Schema) (*library.Schema, *library.SchemaNode, error) {
	if len(s.Files) != 1 {
		return nil, nil, fmt.Errorf("a schema of %d files; Avro has one", len(s.Files))
	}
	schema, err := library.Parse(s.Files[0].Text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no Avro schema: %w", s.Files[0].Name, err)
	}
	root := schema.Root()
	if root.Type != "record" {
		return nil, nil, fmt.Errorf("%s is a schema of type %s; want a record", s.Files[0].Name, root.Type)
	}
	if name := fullName(root); s.Message != "" && s.Message != name {
		return nil, nil, fmt.Errorf("%s has the record %s and no message %s", s.Files[0].Name, name, s.Message)
	}
	return schema, root, nil
}

// node is a type at its place in a user's schema.
type node struct {
	kind  string  // of Avro: null, int, record, …
	size  int     // bytes of a fixed, symbols of an enum
	parts []*node // members of a record, branches of a union, items of an array, values of a map
	field int     // of the reading; Nowhere: not wanted
}

// layer makes nodes, and of the same walk what an encoder writes.
type layer struct {
	reading job.Reading
	named   map[string]*library.SchemaNode
	made    map[string]*node // types of which nothing is wanted
	errs    []error
	parts   []part // of the encoder
	text    []byte // that stands before the next part
}

// part is a field of a message, with what stands before it.
type part struct {
	before []byte
	field  int
	kind   string
	branch []byte // before a value that is there
	absent []byte // in place of a metric that is not
	scale  scale  // of a time
}

// scale makes a time of ms: times mul, then divided by div.
type scale struct{ mul, div int64 }

// newLayer lays a reading out by a user's schema. Errors: all paths that do not fit.
func newLayer(r job.Reading, root *library.SchemaNode) (*layer, *node, error) {
	shape, err := encoding.NewShape(r)
	if err != nil {
		return nil, nil, err
	}
	l := &layer{reading: r, named: map[string]*library.SchemaNode{}, made: map[string]*node{}}
	l.collect(root)
	l.qualify(root, "")
	n := l.record(root, shape)
	if len(l.errs) > 0 {
		return nil, nil, errors.Join(l.errs...)
	}
	return l, n, nil
}

func fullName(n *library.SchemaNode) string {
	if n.Namespace == "" || strings.Contains(n.Name, ".") {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

// collect finds the types that have names.
func (l *layer) collect(n *library.SchemaNode) {
	if n.Name != "" {
		l.named[fullName(n)] = n
	}
	for _, c := range children(n) {
		l.collect(c)
	}
}

// qualify gives references the full name of what they mean: of the namespace that they stand in, if it has one of that name.
func (l *layer) qualify(n *library.SchemaNode, namespace string) {
	if n.Name != "" {
		name := fullName(n)
		namespace = name[:max(0, strings.LastIndexByte(name, '.'))]
	}
	if full := namespace + "." + n.Type; l.named[full] != nil && n.Name == "" {
		n.Type = full
	}
	for _, c := range children(n) {
		l.qualify(c, namespace)
	}
}

func children(n *library.SchemaNode) (all []*library.SchemaNode) {
	for i := range n.Fields {
		all = append(all, &n.Fields[i].Type)
	}
	for i := range n.Branches {
		all = append(all, &n.Branches[i])
	}
	for _, c := range []*library.SchemaNode{n.Items, n.Values} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// resolved is the type that a reference names, or n itself.
func (l *layer) resolved(n *library.SchemaNode) *library.SchemaNode {
	if d, ok := l.named[n.Type]; ok {
		return d
	}
	return n
}

func (l *layer) misfit(s *encoding.Shape, format string, args ...any) *node {
	l.errs = append(l.errs, encoding.MisfitAll(l.reading, s, format, args...))
	return nil
}

// record lays out a record that paths lead into.
func (l *layer) record(n *library.SchemaNode, s *encoding.Shape) *node {
	rec := &node{kind: "record", field: encoding.Nowhere}
	var names []string
	for i := range n.Fields {
		f := &n.Fields[i]
		names = append(names, f.Name)
		if k := slices.Index(s.Names, f.Name); k >= 0 {
			rec.parts = append(rec.parts, l.wanted(f, s.Members[k]))
		} else {
			rec.parts = append(rec.parts, l.unwanted(&f.Type))
			l.constant(f)
		}
	}
	for k, name := range s.Names {
		if !slices.Contains(names, name) {
			l.misfit(s.Members[k], "%s has no member %q; it has %s", fullName(n), name, encoding.Listed(names))
		}
	}
	return rec
}

// wanted lays out a member that is a field, or that paths lead into.
func (l *layer) wanted(f *library.SchemaField, s *encoding.Shape) *node {
	t := l.resolved(&f.Type)
	if t.Type != "union" {
		return l.chosen(f, t, s, nil, nil)
	}
	u := &node{kind: "union", field: encoding.Nowhere}
	choice, null := -1, -1
	for i := range t.Branches {
		b := l.resolved(&t.Branches[i])
		if b.Type == "null" {
			null = i
		}
		if fits(b, s) == "" {
			if s.Field == encoding.Nowhere && choice >= 0 {
				return l.misfit(s, "%s is a union of several records", f.Name)
			}
			if choice < 0 || s.Field >= encoding.Metrics && finer(b.Type) < finer(l.resolved(&t.Branches[choice]).Type) {
				choice = i
			}
		}
	}
	if choice < 0 {
		return l.misfit(s, "%s is a union, none of whose branches is %s", f.Name, needs(s))
	}
	var absent []byte
	if null >= 0 {
		absent = binary.AppendVarint(nil, int64(null))
	}
	for i := range t.Branches {
		b := l.resolved(&t.Branches[i])
		switch {
		case i == choice:
			u.parts = append(u.parts, l.chosen(f, b, s, binary.AppendVarint(nil, int64(i)), absent))
		case s.Field != encoding.Nowhere && len(b.Fields) == 0:
			other := l.unwanted(b)
			u.parts = append(u.parts, &node{kind: b.Type, size: sizeOf(b), field: s.Field, parts: other.parts})
		default:
			u.parts = append(u.parts, l.unwanted(b))
		}
	}
	return u
}

// inside are the nodes within a type that is other where a field is wanted.
func (l *layer) inside(t *library.SchemaNode) []*node {
	switch t.Type {
	case "array":
		return []*node{l.unwanted(t.Items)}
	case "map":
		return []*node{l.unwanted(t.Values)}
	}
	return nil
}

// chosen lays out the type in which a field is written: of a union, its branch.
func (l *layer) chosen(f *library.SchemaField, t *library.SchemaNode, s *encoding.Shape, branch, absent []byte) *node {
	if why := fits(t, s); why != "" {
		return l.misfit(s, "%s", why)
	}
	if s.Field == encoding.Nowhere {
		l.text = append(l.text, branch...)
		return l.record(t, s)
	}
	p := part{before: l.text, field: s.Field, kind: t.Type, branch: branch, absent: absent, scale: scaleOf(t, l.reading.Time.Unit)}
	if p.absent == nil && s.Field >= encoding.Metrics {
		p.absent = l.filler(f)
	}
	if s.Field == encoding.Time && t.Type == "int" && p.scale != (scale{1, 1000}) {
		return l.misfit(s, "int does not hold a time in ms; want long")
	}
	l.parts, l.text = append(l.parts, p), nil
	return &node{kind: t.Type, field: s.Field}
}

// scaleOf is how a time of a type is counted: by its logical type, else in the reading's unit.
func scaleOf(t *library.SchemaNode, unit string) scale {
	switch t.LogicalType {
	case "timestamp-millis", "local-timestamp-millis":
		return scale{1, 1}
	case "timestamp-micros", "local-timestamp-micros":
		return scale{1000, 1}
	case "timestamp-nanos", "local-timestamp-nanos":
		return scale{1_000_000, 1}
	}
	if unit == "ms" {
		return scale{1, 1}
	}
	return scale{1, 1000}
}

// fits says why a type cannot hold what stands at a place of the reading; "": it can.
func fits(t *library.SchemaNode, s *encoding.Shape) string {
	is := map[string]bool{}
	switch {
	case s.Field == encoding.Nowhere:
		is["record"] = true
	case s.Field == encoding.Device:
		is["string"] = true
	case s.Field == encoding.Time:
		is["int"], is["long"], is["double"] = true, true, true
	default:
		is["int"], is["long"], is["float"], is["double"] = true, true, true, true
	}
	if is[t.Type] {
		return ""
	}
	return fmt.Sprintf("the schema has a %s there; want %s", t.Type, needs(s))
}

// finer orders the numbers by how little a metric loses in them.
func finer(kind string) int { return slices.Index([]string{"double", "float", "long", "int"}, kind) }

func needs(s *encoding.Shape) string {
	switch s.Field {
	case encoding.Nowhere:
		return "a record"
	case encoding.Device:
		return "string"
	case encoding.Time:
		return "long, int or double"
	}
	return "double, float, long or int"
}

// unwanted lays out what is passed over. Types with names are made once, so that they may hold themselves.
func (l *layer) unwanted(t *library.SchemaNode) *node {
	t = l.resolved(t)
	n := &node{kind: t.Type, size: sizeOf(t), field: encoding.Nowhere}
	if t.Name != "" {
		if made, ok := l.made[fullName(t)]; ok {
			return made
		}
		l.made[fullName(t)] = n
	}
	n.parts = l.inside(t)
	for i := range t.Fields {
		n.parts = append(n.parts, l.unwanted(&t.Fields[i].Type))
	}
	for i := range t.Branches {
		n.parts = append(n.parts, l.unwanted(&t.Branches[i]))
	}
	if t.Type == "array" && l.empty(t.Items, nil) {
		l.errs = append(l.errs, fmt.Errorf("an array of %s: its items have no bytes, and a message could claim any number of them", l.resolved(t.Items).Type))
	}
	return n
}

// sizeOf is the number of bytes of a fixed and of symbols of an enum.
func sizeOf(t *library.SchemaNode) int {
	if t.Type == "enum" {
		return len(t.Symbols)
	}
	return t.Size
}

// empty reports whether a value of a type has no bytes.
func (l *layer) empty(t *library.SchemaNode, inside []string) bool {
	t = l.resolved(t)
	switch t.Type {
	case "null":
		return true
	case "fixed":
		return t.Size == 0
	case "record", "error":
		name := fullName(t)
		return !slices.Contains(inside, name) && !slices.ContainsFunc(t.Fields, func(f library.SchemaField) bool {
			return !l.empty(&f.Type, append(inside, name))
		})
	}
	return false
}

// constant writes a member that is no field of the reading.
func (l *layer) constant(f *library.SchemaField) { l.text = append(l.text, l.filler(f)...) }

// filler is a member's default, else null where it may be, else nothing of its type: 0, false, no text, the first symbol.
func (l *layer) filler(f *library.SchemaField) []byte {
	if !f.HasDefault {
		return l.zero(nil, &f.Type, nil)
	}
	s, err := f.Type.Schema()
	if err == nil {
		var b []byte
		if b, err = s.Encode(f.Default); err == nil {
			return b
		}
	}
	l.errs = append(l.errs, fmt.Errorf("writing the default of %s: %w", f.Name, err))
	return nil
}

func (l *layer) zero(dst []byte, t *library.SchemaNode, inside []string) []byte {
	t = l.resolved(t)
	switch t.Type {
	case "null":
		return dst
	case "float":
		return append(dst, 0, 0, 0, 0)
	case "double":
		return append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	case "fixed":
		return append(dst, make([]byte, t.Size)...)
	case "union":
		i := max(0, slices.IndexFunc(t.Branches, func(b library.SchemaNode) bool { return b.Type == "null" }))
		return l.zero(binary.AppendVarint(dst, int64(i)), &t.Branches[i], inside)
	case "record", "error":
		name := fullName(t)
		if slices.Contains(inside, name) {
			l.errs = append(l.errs, fmt.Errorf("record %s holds itself without an end: no message of it can be written", name))
			return dst
		}
		for i := range t.Fields {
			if f := &t.Fields[i]; f.HasDefault {
				dst = append(dst, l.filler(f)...)
			} else {
				dst = l.zero(dst, &f.Type, append(inside, name))
			}
		}
		return dst
	}
	return append(dst, 0) // false, 0, no bytes, no text, the first symbol, no items
}
