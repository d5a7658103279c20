package avro

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"strings"
	"testing"

	library "github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write the vectors anew")

func suites() []encodingtest.Suite {
	reasons := []job.Reason{job.ReasonTruncated, job.ReasonBadFormat, job.ReasonWrongDevice, job.ReasonUnknownSchema, job.ReasonRange}
	return []encodingtest.Suite{
		{Format: Format{}, Forms: form(Format{}), Update: *update, File: "testdata/object.json", Reasons: reasons},
		{Format: Format{Registry: true}, Forms: form(Format{Registry: true}), Update: *update, File: "testdata/registry.json", Reasons: reasons},
	}
}

func TestConformance(t *testing.T) {
	for _, s := range suites() {
		t.Run(s.Format.Name(), s.Run)
	}
}
func FuzzDecode(f *testing.F)      { suites()[0].Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suites()[0].BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suites()[0].BenchmarkAppend(b) }

// form writes what no serializer does: long varints, other branches, lengths below zero, numbers that are none, other schemas.
func form(f Format) func(*encodingtest.Gen, job.Reading, string) []byte {
	return func(g *encodingtest.Gen, r job.Reading, key string) []byte {
		l, err := f.layout(r)
		if err != nil {
			panic(err)
		}
		dst := bytes.Clone(l.head)
		if g.Chance(4) {
			dst[l.marker+g.IntN(len(dst)-l.marker)]++
		}
		for _, field := range l.order {
			switch {
			case field == encoding.Device && g.Chance(4):
				dst = append(binary.AppendVarint(dst, g.Int64()-math.MaxInt64/2), key...)
			case field == encoding.Device:
				dst = append(appendLong(g, dst, int64(len(key))), key...)
			case field == encoding.Time && l.millis:
				dst = appendLong(g, dst, g.Int64()>>g.IntN(64))
			case field == encoding.Time:
				dst = appendDouble(dst, g.Float64()*1e9)
			default:
				dst = appendLong(g, dst, encodingtest.Pick[int64](g, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, -1))
				if dst[len(dst)-1] == 2 || dst[len(dst)-1] == 0 && dst[len(dst)-2] == 0x82 {
					dst = appendDouble(dst, encodingtest.Pick(g, 21.5, -1e-7, 1e6, 5.0000005, -9e6, 1.5e7, math.NaN(), math.Inf(-1)))
				}
			}
		}
		return dst
	}
}

// appendLong writes a whole number, now and then with a byte more than it needs, or with too many.
func appendLong(g *encodingtest.Gen, dst []byte, v int64) []byte {
	dst = binary.AppendVarint(dst, v)
	if g.Chance(10) {
		dst[len(dst)-1] |= 0x80
		for range g.IntN(12) * g.IntN(2) {
			dst = append(dst, 0x80)
		}
		dst = append(dst, 0)
	}
	return dst
}

func TestSchemaIsCanonical(t *testing.T) {
	for _, r := range encodingtest.Readings {
		schema, err := Schema(r)
		if err != nil {
			t.Fatal(err)
		}
		s, err := library.Parse(schema)
		if err != nil {
			t.Fatalf("Parse(%s) = %v", schema, err)
		}
		if canonical := string(s.Canonical()); canonical != schema {
			t.Errorf("Schema = %s, the library makes it %s", schema, canonical)
		}
		if got, want := Fingerprint(schema), binary.BigEndian.Uint64(s.Fingerprint(library.NewRabin())); got != want {
			t.Errorf("Fingerprint = %x, want %x", got, want)
		}
	}
	if _, err := Schema(job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "a-b.1"}}}); err == nil ||
		!strings.Contains(err.Error(), "a-b") || !strings.Contains(err.Error(), `"1"`) {
		t.Errorf("Schema of names that Avro does not take = %v", err)
	}
}

// TestTheLibraryReadsAndWritesTheSame decodes by the library what the encoder wrote, and encodes it again.
func TestTheLibraryReadsAndWritesTheSame(t *testing.T) {
	text, err := Schema(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	schema := library.MustParse(text)
	e, err := Format{}.Encoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	g := encodingtest.NewGen(9)
	for range 500 {
		device, at, values := g.Device(), g.Time(), g.Values(2)
		message := e.Append(nil, device, at, values)
		var doc map[string]any
		rest, err := schema.DecodeSingleObject(message, &doc)
		if err != nil || len(rest) != 0 {
			t.Fatalf("DecodeSingleObject(%x) leaves %d bytes, %v", message, len(rest), err)
		}
		data := doc["data"].(map[string]any)
		if doc["device_id"] != device || doc["ts"] != float64(at)/1000 || !same(data["humidity"], values[0]) || !same(data["temp"], values[1]) {
			t.Errorf("the library reads %v of %q %d %v", doc, device, at, values)
		}
		again, err := schema.AppendSingleObject(nil, doc)
		if err != nil || !bytes.Equal(again, message) {
			t.Errorf("the library writes %x, %v, want %x", again, err, message)
		}
	}
}

func same(v any, micros int64) bool {
	d, ok := v.(float64)
	return ok && d == encoding.Decimal(micros) || v == nil && micros == encoding.Absent
}

// TestRegistryFramingIsTheClients holds the framing against a registry's client and a registry in memory.
func TestRegistryFramingIsTheClients(t *testing.T) {
	registry := srfake.New()
	defer registry.Close()
	client, err := sr.NewClient(sr.URLs(registry.URL()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := Schema(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	ss, err := client.CreateSchema(t.Context(), "readings-value", sr.Schema{Schema: text, Type: sr.TypeAvro})
	if err != nil {
		t.Fatal(err)
	}
	if ss.ID != SchemaID {
		t.Fatalf("the first schema of a registry has the number %d, want %d", ss.ID, SchemaID)
	}
	e, err := Format{Registry: true}.Encoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	message := e.Append(nil, "k", 1000, []int64{1, 2})
	schema := library.MustParse(text)
	serde := sr.NewSerde()
	serde.Register(ss.ID, map[string]any{}, sr.EncodeFn(func(v any) ([]byte, error) { return schema.Encode(v) }),
		sr.DecodeFn(func(b []byte, v any) error { _, err := schema.Decode(b, v); return err }))
	var doc map[string]any
	if err := serde.Decode(message, &doc); err != nil || doc["device_id"] != "k" {
		t.Fatalf("Decode(%x) = %v, %v", message, doc, err)
	}
	if again, err := serde.Encode(doc); err != nil || !bytes.Equal(again, message) {
		t.Errorf("Encode = %x, %v, want %x", again, err, message)
	}
}

// FuzzLibrary holds what is a message of the schema against the library, which takes more, bytes behind it and longer numbers, and refuses
// branches of more than five bytes, whatever their number: the norm has ten.
func FuzzLibrary(f *testing.F) {
	g := encodingtest.NewGen(7)
	for range 100 {
		f.Add(form(Format{})(g, encodingtest.Room, "k"))
	}
	f.Add([]byte("\xc3\x01\xce\xd5\xad^\xf7\xec.\xa6\x02k00000000\x82\x0000000000\x80\x80\x80\x80\x80\x00"))
	text, err := Schema(encodingtest.Room)
	if err != nil {
		f.Fatal(err)
	}
	schema := library.MustParse(text)
	dec, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r encoding.Reading
		reason := dec.Decode([]byte("k"), message, &r)
		var doc map[string]any
		_, err := schema.DecodeSingleObject(message, &doc)
		if reason != job.ReasonNone || err != nil && strings.Contains(err.Error(), "overflows 32 bits") {
			return
		}
		if err != nil {
			t.Fatalf("Decode(%x) gives no reason, the library %v", message, err)
		}
		data := doc["data"].(map[string]any)
		if d, ok := data["temp"].(float64); ok != r.Present[1] {
			t.Fatalf("Decode(%x): temp is present: %v", message, r.Present[1])
		} else if m, _ := encoding.Micros(d); ok && m != r.Values[1] {
			t.Fatalf("Decode(%x): temp = %d, the library says %v", message, r.Values[1], d)
		}
	})
}
