package protobuf

import (
	"bytes"
	"flag"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, CutsDecode: true, Update: *update, Reasons: []job.Reason{job.ReasonTruncated,
		job.ReasonBadFormat, job.ReasonBadUTF8, job.ReasonWrongDevice, job.ReasonMissingField, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes fields in any order, twice, unknown, of other wire types, with long varints.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	var b []byte
	n := 2 + len(r.Metrics)
	if !g.Chance(4) {
		b = protowire.AppendString(protowire.AppendTag(b, 1, protowire.BytesType), key)
	}
	if r.Time.Unit == "ms" {
		b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), g.Uint64()>>g.IntN(64))
	} else {
		b = appendDouble(b, 2, 1.5e9)
	}
	for range g.IntN(8) {
		number := protowire.Number(1 + g.IntN(n+1))
		if g.Chance(5) {
			number = encodingtest.Pick[protowire.Number](g, 1<<29-1, 1<<29, 19000, 0, 16)
		}
		switch g.IntN(9) {
		case 0:
			b = protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), g.Uint64()>>g.IntN(64))
		case 1:
			b = protowire.AppendFixed32(protowire.AppendTag(b, number, protowire.Fixed32Type), g.Uint32())
		case 2:
			b = protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), encodingtest.Pick(g, key, key, key, "\xff", "", "another"))
		case 3:
			if g.Chance(20) {
				b = protowire.AppendTag(b, number, encodingtest.Pick[protowire.Type](g, 3, 4, 6, 7))
			}
		case 4: // a tag that is longer than it must be
			if b = protowire.AppendTag(b, number, protowire.Fixed64Type); b[len(b)-1] < 0x80 {
				b[len(b)-1] |= 0x80
				b = append(b, bytes.Repeat([]byte{0x80}, g.IntN(10)*g.IntN(2))...)
				b = append(b, 0)
			}
			b = protowire.AppendFixed64(b, math.Float64bits(22.25))
		default:
			v := encodingtest.Pick(g, 21.5, -1e-7, 1e6, 5.0000005, -9e6, 26.299999237060547, 0, 3, -4, math.NaN(), math.Inf(1))
			b = appendDouble(b, number, v)
		}
	}
	return b
}

// schema describes the message of a reading.
func schema(t testing.TB, r job.Reading) protoreflect.MessageDescriptor {
	t.Helper()
	m := &descriptorpb.DescriptorProto{Name: proto.String("Reading")}
	add := func(name string, kind descriptorpb.FieldDescriptorProto_Type) {
		i := int32(len(m.Field))
		m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{Name: &name, Number: proto.Int32(i + 1), Type: &kind,
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Proto3Optional: proto.Bool(true), OneofIndex: &i})
		m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + name)})
	}
	add("device", descriptorpb.FieldDescriptorProto_TYPE_STRING)
	if r.Time.Unit == "ms" {
		add("time", descriptorpb.FieldDescriptorProto_TYPE_INT64)
	} else {
		add("time", descriptorpb.FieldDescriptorProto_TYPE_DOUBLE)
	}
	for _, n := range r.Names() {
		add("m_"+n, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE)
	}
	f, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{Name: proto.String("reading.proto"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{m}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f.Messages().Get(0)
}

// FuzzLibrary holds what is a message, and what its fields hold, against a library.
func FuzzLibrary(f *testing.F) {
	r := encodingtest.Readings[3]
	g := encodingtest.NewGen(7)
	for range 200 {
		m := form(g, r, "k")
		f.Add(m)
		f.Add(g.Damage(bytes.Clone(m)))
	}
	desc := schema(f, r)
	dec, err := Format{}.Decoder(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) == 0 {
			return
		}
		var got encoding.Reading
		reason := dec.Decode([]byte("k"), message, &got)
		doc := dynamicpb.NewMessage(desc)
		err := proto.Unmarshal(message, doc)
		bad := reason == job.ReasonTruncated || reason == job.ReasonBadFormat || reason == job.ReasonBadUTF8
		if !bad && err != nil {
			t.Fatalf("Decode(%x) = %q, the library says %v", message, reason, err)
		}
		if bad && err == nil && !hasGroup(message) {
			t.Fatalf("Decode(%x) = %q, the library takes it", message, reason)
		}
		if reason != job.ReasonNone {
			return
		}
		for i := range got.Values {
			field := desc.Fields().ByNumber(protoreflect.FieldNumber(3 + i))
			if doc.Has(field) != got.Present[i] {
				t.Fatalf("Decode(%x): metric %d is present: %v", message, i, got.Present[i])
			}
			if m, _ := encoding.Micros(doc.Get(field).Float()); got.Present[i] && m != got.Values[i] {
				t.Fatalf("Decode(%x): metric %d = %d, the library says %v", message, i, got.Values[i], doc.Get(field))
			}
		}
	})
}

// hasGroup says whether the first field that is refused is a group, which the library passes over.
func hasGroup(b []byte) bool {
	for len(b) > 0 {
		_, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return false
		}
		if typ == protowire.StartGroupType {
			return true
		}
		_, _, n = protowire.ConsumeField(b)
		if n < 0 {
			return false
		}
		b = b[n:]
	}
	return false
}
