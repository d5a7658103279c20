package protobuf

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// message is a message of a user's schema that paths lead into: what of it is wanted.
type message struct {
	members []*member // by ascending number
}

// member is a field of a message: one of the reading, one that paths lead through, or one that must be there.
type member struct {
	number   protowire.Number
	wire     protowire.Type
	kind     protoreflect.Kind
	field    int      // of the reading; Nowhere: none
	inside   *message // of a message; nil: it is none that paths lead into
	fields   []int    // of the reading, here and inside
	implicit bool     // not on the wire means 0 or no text
	required bool
	text     []byte    // of a required one that is not wanted, tag and all; of another required one, its default
	others   []*member // of the same oneof, which this one takes the place of
	seen     bool      // in the message at hand
}

// layer lays a reading out by a user's schema.
type layer struct {
	reading job.Reading
	errs    []error
}

func newLayer(r job.Reading) (*message, error) {
	d, err := messageOf(r.Schema)
	if err != nil {
		return nil, err
	}
	shape, err := encoding.NewShape(r)
	if err != nil {
		return nil, err
	}
	l := &layer{reading: r}
	m := l.message(d, shape)
	return m, errors.Join(l.errs...)
}

func (l *layer) misfit(s *encoding.Shape, format string, args ...any) {
	l.errs = append(l.errs, encoding.MisfitAll(l.reading, s, format, args...))
}

func (l *layer) message(d protoreflect.MessageDescriptor, s *encoding.Shape) *message {
	m := &message{}
	var names []string
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		names = append(names, string(f.Name()))
		if f.Kind() == protoreflect.GroupKind {
			l.misfit(s, "%s has the group %s; groups are not read", d.FullName(), f.Name())
		}
		if k := slices.Index(s.Names, string(f.Name())); k >= 0 {
			m.members = append(m.members, l.wanted(f, s.Members[k]))
		} else if f.Cardinality() == protoreflect.Required {
			text := l.filler(nil, f, nil)
			m.members = append(m.members, &member{number: f.Number(), wire: wires[f.Kind()], field: encoding.Nowhere, required: true, text: text})
		}
	}
	for k, name := range s.Names {
		if !slices.Contains(names, name) {
			l.misfit(s.Members[k], "%s has no field %q; it has %s", d.FullName(), name, encoding.Listed(names))
		}
	}
	slices.SortFunc(m.members, func(a, b *member) int { return int(a.number - b.number) })
	l.oneofs(d, s, m)
	return m
}

// oneofs ties members together of which a message holds one.
func (l *layer) oneofs(d protoreflect.MessageDescriptor, s *encoding.Shape, m *message) {
	for i := range d.Oneofs().Len() {
		o := d.Oneofs().Get(i)
		var wanted *member
		for _, x := range m.members {
			if o.Fields().ByNumber(x.number) == nil {
				continue
			}
			if wanted != nil {
				l.misfit(s, "%s: paths lead to two fields of the oneof %s, which holds one", d.FullName(), o.Name())
			}
			wanted = x
		}
		for k := range o.Fields().Len() {
			if f := o.Fields().Get(k); wanted != nil && f.Number() != wanted.number {
				m.members = append(m.members, &member{number: f.Number(), wire: wires[f.Kind()], field: encoding.Nowhere, others: []*member{wanted}})
			}
		}
	}
}

// wires are the wire types of kinds.
var wires = map[protoreflect.Kind]protowire.Type{
	protoreflect.BoolKind: protowire.VarintType, protoreflect.EnumKind: protowire.VarintType,
	protoreflect.Int32Kind: protowire.VarintType, protoreflect.Sint32Kind: protowire.VarintType, protoreflect.Uint32Kind: protowire.VarintType,
	protoreflect.Int64Kind: protowire.VarintType, protoreflect.Sint64Kind: protowire.VarintType, protoreflect.Uint64Kind: protowire.VarintType,
	protoreflect.Sfixed32Kind: protowire.Fixed32Type, protoreflect.Fixed32Kind: protowire.Fixed32Type, protoreflect.FloatKind: protowire.Fixed32Type,
	protoreflect.Sfixed64Kind: protowire.Fixed64Type, protoreflect.Fixed64Kind: protowire.Fixed64Type, protoreflect.DoubleKind: protowire.Fixed64Type,
	protoreflect.StringKind: protowire.BytesType, protoreflect.BytesKind: protowire.BytesType, protoreflect.MessageKind: protowire.BytesType,
	protoreflect.GroupKind: protowire.StartGroupType,
}

func (l *layer) wanted(f protoreflect.FieldDescriptor, s *encoding.Shape) *member {
	m := &member{number: f.Number(), wire: wires[f.Kind()], kind: f.Kind(), field: s.Field, implicit: !f.HasPresence(),
		required: f.Cardinality() == protoreflect.Required, fields: fieldsOf(s)}
	if why := fits(f, s, l.reading.Time.Unit); why != "" {
		l.misfit(s, "%s", why)
		return m
	}
	if s.Field == encoding.Nowhere {
		m.inside = l.message(f.Message(), s)
	} else if m.required {
		m.text = l.filler(nil, f, nil)
	}
	return m
}

func fieldsOf(s *encoding.Shape) []int {
	if s.Field != encoding.Nowhere {
		return []int{s.Field}
	}
	var all []int
	for _, m := range s.Members {
		all = append(all, fieldsOf(m)...)
	}
	return all
}

// fits says why a field of the schema cannot hold what stands at a place of the reading; "": it can.
func fits(f protoreflect.FieldDescriptor, s *encoding.Shape, unit string) string {
	k := f.Kind()
	name := k.String()
	whole := k == protoreflect.Int64Kind || k == protoreflect.Uint64Kind || k == protoreflect.Sint64Kind || k == protoreflect.Fixed64Kind || k == protoreflect.Sfixed64Kind
	short := k == protoreflect.Int32Kind || k == protoreflect.Uint32Kind || k == protoreflect.Sint32Kind || k == protoreflect.Fixed32Kind || k == protoreflect.Sfixed32Kind
	ok, want := false, "a number: double, float, or whole"
	switch {
	case f.IsMap(), f.IsList():
		return fmt.Sprintf("the schema has a repeated %s there, and nothing leads into lists and maps", name)
	case s.Field == encoding.Nowhere:
		ok, want = k == protoreflect.MessageKind, "a message"
	case s.Field == encoding.Device:
		ok, want = k == protoreflect.StringKind, "string"
	case s.Field == encoding.Time && unit == "ms":
		ok, want = whole || k == protoreflect.DoubleKind, "int64, uint64 or double for a time in ms"
	case s.Field == encoding.Time:
		ok, want = whole || short || k == protoreflect.DoubleKind, "int64, uint64, uint32 or double for a time in s"
	default:
		ok = whole || short || k == protoreflect.DoubleKind || k == protoreflect.FloatKind
	}
	switch {
	case ok:
		return ""
	case k == protoreflect.MessageKind:
		return fmt.Sprintf("the schema has the message %s there; want %s, as a path to a field inside it would name", f.Message().FullName(), want)
	}
	return fmt.Sprintf("the schema has %s there; want %s", name, want)
}

// filler writes a required field that nothing is known of: its default, of a message its own required fields.
func (l *layer) filler(dst []byte, f protoreflect.FieldDescriptor, inside []protoreflect.FullName) []byte {
	v := f.Default()
	dst = protowire.AppendTag(dst, f.Number(), wires[f.Kind()])
	switch f.Kind() {
	case protoreflect.StringKind:
		return protowire.AppendString(dst, v.String())
	case protoreflect.BytesKind:
		return protowire.AppendBytes(dst, v.Bytes())
	case protoreflect.BoolKind:
		return protowire.AppendVarint(dst, protowire.EncodeBool(v.Bool()))
	case protoreflect.EnumKind:
		return protowire.AppendVarint(dst, uint64(v.Enum()))
	case protoreflect.MessageKind:
		return protowire.AppendBytes(dst, l.fillers(f.Message(), inside))
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return appendNumber(dst, f.Kind(), v.Float())
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return appendWhole(dst, f.Kind(), v.Uint())
	}
	return appendWhole(dst, f.Kind(), uint64(v.Int()))
}

func (l *layer) fillers(d protoreflect.MessageDescriptor, inside []protoreflect.FullName) (text []byte) {
	if slices.Contains(inside, d.FullName()) {
		l.errs = append(l.errs, fmt.Errorf("message %s must hold itself without an end: none can be written", d.FullName()))
		return nil
	}
	for i := range d.Fields().Len() {
		if f := d.Fields().Get(i); f.Cardinality() == protoreflect.Required {
			text = l.filler(text, f, append(inside, d.FullName()))
		}
	}
	return text
}
