package protobuf

import (
	"bytes"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

func meter(t testing.TB) job.Reading {
	t.Helper()
	s, err := Format{}.ReadSchema("testdata/meter.proto", "acme.meter.v1.Meter", os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return job.Reading{Device: "place.id", Time: job.TimeField{Path: "at.seconds", Unit: "s"}, Schema: s, Metrics: map[string]job.Metric{
		"battery": {Path: "battery"}, "energy": {Path: "load.energy.value"}, "floor": {Path: "place.floor"}, "reactive": {Path: "load.reactive"},
		"total": {Path: "total"}, "watts": {Path: "load.watts"}}}
}

func userCoders(t testing.TB, r job.Reading) (encoding.Encoder, encoding.Decoder, protoreflect.MessageDescriptor) {
	t.Helper()
	e, d := encodingtest.Coders(t, Format{}, r)
	desc, err := messageOf(r.Schema)
	if err != nil {
		t.Fatal(err)
	}
	return e, d, desc
}

func TestSchemaHoldsItsImports(t *testing.T) {
	files := meter(t).Schema.Files
	if len(files) != 2 || files[0].Name != "meter.proto" || files[1].Name != "common/place.proto" || len(files[1].SHA256) != 64 || files[1].Text == "" {
		t.Errorf("the schema has the files %+v, want both that are the user's", files)
	}
}

// look finds what a message of the library's has at a path.
func look(m protoreflect.Message, path string) (protoreflect.Value, bool) {
	name, rest, more := strings.Cut(path, ".")
	f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f.HasPresence() && !m.Has(f) {
		return protoreflect.Value{}, false
	}
	if more {
		return look(m.Get(f).Message(), rest)
	}
	return m.Get(f), true
}

func asFloat(v protoreflect.Value) float64 {
	switch n := v.Interface().(type) {
	case int32:
		return float64(n)
	case int64:
		return float64(n)
	case uint32:
		return float64(n)
	case uint64:
		return float64(n)
	case float32:
		return float64(n)
	}
	return v.Float()
}

func TestTheLibraryReadsMessagesOfAUsersSchema(t *testing.T) {
	r := meter(t)
	e, d, desc := userCoders(t, r)
	g := encodingtest.NewGen(1)
	for range 300 {
		device, values := g.Device(), g.Values(6)
		message := e.Append([]byte("x"), device, 1594598735772, values)[1:]
		doc := dynamicpb.NewMessage(desc)
		if err := proto.Unmarshal(message, doc); err != nil { // also where something required is not there
			t.Fatalf("the library says %v of %x", err, message)
		}
		id, _ := look(doc, "place.id")
		at, _ := look(doc, "at.seconds")
		if id.String() != device || at.Int() != 1594598735 {
			t.Errorf("the library reads %v", doc)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(doc)
		if err != nil || len(again) != len(message) {
			t.Errorf("the library writes %x, %v, want %d bytes as in %x", again, err, len(message), message)
		}
		var got encoding.Reading
		if reason := d.Decode([]byte(device), message, &got); reason != job.ReasonNone && reason != job.ReasonRange {
			t.Fatalf("Decode(%x) = %q", message, reason)
		}
		for i, exact := range []bool{false, true} { // battery is whole, energy a double
			if m := got.Values; exact && got.Present[i] && len(m) > i && m[i] != values[i] {
				t.Errorf("energy is %d, want %d", m[i], values[i])
			}
		}
	}
	message := e.Append(nil, "k", 5000, []int64{7_500_000, 1, encoding.Absent, -3_000_000, -1, 500_000})
	key := []byte("k")
	var got encoding.Reading
	if reason := d.Decode(key, message, &got); reason != job.ReasonNone || !slices.Equal(got.Values, []int64{8_000_000, 1, 0, -3_000_000, 0, 500_000}) || got.Present[2] {
		t.Errorf("Decode = %q %v %v", reason, got.Values, got.Present)
	}
	if n := testing.AllocsPerRun(100, func() { d.Decode(key, message, &got) }); n != 0 {
		t.Errorf("Decode allocates %v times, want 0", n)
	}
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { buf = e.Append(buf[:0], "k", 5, got.Values) }); n != 0 {
		t.Errorf("Append allocates %v times, want 0", n)
	}
}

// FuzzUser holds what messages of a user's schema hold against the library.
func FuzzUser(f *testing.F) {
	r := meter(f)
	e, d, desc := userCoders(f, r)
	g := encodingtest.NewGen(2)
	for range 200 {
		m := e.Append(nil, "k", g.Time(), g.Values(6))
		if g.Chance(60) { // more of the same, which is laid over
			m = e.Append(m, "k", g.Time(), g.Values(6))
			m = append(m, encodingtest.Pick(g, "\xa2\x01\x03\x22\x01n", "\xa2\x01\x02\x1a\x00", "\xa2\x01\x00", "\x1a\x00")...)
		}
		f.Add(m)
		f.Add(g.Damage(bytes.Clone(m)))
	}
	f.Add([]byte("*\x19\n\x010%0000\b\xff\xff00000100000000"))
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) == 0 || hasGroup(message) {
			return
		}
		var got encoding.Reading
		reason := d.Decode([]byte("k"), message, &got)
		doc := dynamicpb.NewMessage(desc)
		if !libraryReads(message, doc) {
			return // it looks into what is not wanted, too
		}
		want, values := readByLibrary(doc, r)
		if reason == job.ReasonBadUTF8 || reason == job.ReasonBadFormat { // a text of proto2, a group inside
			return
		}
		if reason != want || reason == job.ReasonNone && !slices.Equal(present(&got), values) {
			t.Fatalf("Decode(%x) = %q %v, the library makes it %q %v", message, reason, present(&got), want, values)
		}
	})
}

// libraryReads lays a message into doc. The library, 1.36.12, panics where an entry of a map has its key twice, the second time of another
// wire type.
func libraryReads(message []byte, doc proto.Message) (read bool) {
	defer func() {
		if recover() != nil {
			read = false
		}
	}()
	return proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(message, doc) == nil
}

func present(r *encoding.Reading) []int64 {
	values := slices.Clone(r.Values)
	for i := range values {
		if !r.Present[i] {
			values[i] = encoding.Absent
		}
	}
	return values
}

func readByLibrary(doc protoreflect.Message, r job.Reading) (job.Reason, []int64) {
	id, ok := look(doc, r.Device)
	if !ok {
		return job.ReasonMissingField, nil
	}
	if id.String() != "k" {
		return job.ReasonWrongDevice, nil
	}
	if _, ok := look(doc, r.Time.Path); !ok {
		return job.ReasonMissingField, nil
	}
	var values []int64
	for _, n := range r.Names() {
		v, ok := look(doc, r.Metrics[n].Path)
		if !ok {
			values = append(values, encoding.Absent)
			continue
		}
		m := math.RoundToEven(asFloat(v) * 1e6)
		if !(math.Abs(m) <= 1e13) {
			return job.ReasonRange, nil
		}
		values = append(values, int64(m))
	}
	return job.ReasonNone, values
}

func TestDescriptorSetsAreSchemas(t *testing.T) {
	desc, err := messageOf(meter(t).Schema)
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	add(desc.ParentFile())
	whole, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	set.File = set.File[len(set.File)-1:]
	bare, _ := proto.Marshal(set)
	read := func(b []byte) func(string) ([]byte, error) { return func(string) ([]byte, error) { return b, nil } }
	r := meter(t)
	if r.Schema, err = (Format{}).ReadSchema("a/meter.binpb", "acme.meter.v1.Meter", read(whole)); err != nil {
		t.Fatal(err)
	}
	first, _, _ := userCoders(t, r)
	second, _, _ := userCoders(t, meter(t))
	if a, b := first.Append(nil, "k", 1, make([]int64, 6)), second.Append(nil, "k", 1, make([]int64, 6)); !bytes.Equal(a, b) {
		t.Errorf("messages by the set are %x, by the source %x", a, b)
	}
	if _, err := (Format{}).ReadSchema("meter.binpb", "", read(bare)); err == nil || !strings.Contains(err.Error(), "--include_imports") {
		t.Errorf("ReadSchema of a set without imports = %v", err)
	}
	if _, err := (Format{}).ReadSchema("meter.txt", "", read([]byte("syntax"))); err == nil || !strings.Contains(err.Error(), "no descriptor set") {
		t.Errorf("ReadSchema of a text = %v", err)
	}
}

// TestSchemasThatDoNotFit are each refused by the decoder and the encoder, with what is wrong.
func TestSchemasThatDoNotFit(t *testing.T) {
	with := func(change func(*job.Reading)) job.Reading {
		r := meter(t)
		change(&r)
		return r
	}
	path := func(p string) job.Reading {
		return with(func(r *job.Reading) { r.Metrics = map[string]job.Metric{"m": {Path: p}} })
	}
	text := func(s string) job.Reading {
		return with(func(r *job.Reading) {
			r.Schema = &job.Schema{Files: []job.SchemaFile{job.NewSchemaFile("s.proto", []byte(s), true)}}
		})
	}
	for _, c := range []struct {
		r    job.Reading
		want string
	}{
		{path("loud"), `metric m: path "loud": acme.meter.v1.Meter has no field "loud"; it has state, place, at,`},
		{path("state"), `metric m: path "state": the schema has enum there; want a number`},
		{path("load.history"), `the schema has a repeated double there`},
		{path("counters"), `the schema has a repeated message there`},
		{path("load.energy"), `the schema has the message google.protobuf.DoubleValue there; want a number`},
		{path("battery.x"), `metric m: path "battery.x": the schema has uint32 there; want a message`},
		{with(func(r *job.Reading) { r.Time.Path = "at" }), `time: path "at": the schema has the message google.protobuf.Timestamp there; want int64`},
		{with(func(r *job.Reading) {
			r.Time = job.TimeField{Path: "battery", Unit: "ms"}
			delete(r.Metrics, "battery")
		}), "want int64, uint64 or double for a time in ms"},
		{with(func(r *job.Reading) { r.Device = "total"; delete(r.Metrics, "total") }), `device: path "total": the schema has fixed64 there; want string`},
		{with(func(r *job.Reading) { r.Schema.Message = "" }), "meter.proto has the messages acme.meter.v1.Meter, acme.meter.v1.Other: name one"},
		{with(func(r *job.Reading) { r.Schema.Message = "Nobody" }), "meter.proto has no message Nobody; it has acme.meter.v1.Meter, acme.meter.v1.Other"},
		{text("message {"), "s.proto is no schema of Protobuf: s.proto:1:9: syntax error"},
		{text(`syntax = "proto2"; message M { optional group G = 1 { optional int32 x = 1; } }`), "has the group"},
	} {
		_, err := Format{}.Decoder(c.r)
		_, err2 := Format{}.Encoder(c.r)
		if err == nil || err2 == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err2.Error(), c.want) {
			t.Errorf("Decoder = %v\nEncoder = %v\nwant %s", err, err2, c.want)
		}
	}
	if _, err := (Format{}).ReadSchema("gone.proto", "", os.ReadFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadSchema of no file = %v", err)
	}
	missing := func(string) ([]byte, error) { return nil, os.ErrNotExist }
	one := func(p string) ([]byte, error) {
		if strings.HasSuffix(p, "meter.proto") {
			return os.ReadFile("testdata/meter.proto")
		}
		return missing(p)
	}
	if _, err := (Format{}).ReadSchema("testdata/meter.proto", "", one); err == nil || !strings.Contains(err.Error(), "common/place.proto") {
		t.Errorf("ReadSchema without an import = %v", err)
	}
}
