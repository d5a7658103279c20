package avro

import (
	"bytes"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	library "github.com/twmb/avro"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

const pumpFile = "testdata/pump.avsc"

func pump(t testing.TB) job.Reading {
	t.Helper()
	s, err := Format{}.ReadSchema(pumpFile, "", os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return job.Reading{Device: "head.unit", Time: job.TimeField{Path: "head.at", Unit: "s"}, Schema: s,
		Metrics: map[string]job.Metric{"rate": {Path: "flow.rate"}, "temp": {Path: "temp"}, "total": {Path: "flow.total"}}}
}

func coders(t testing.TB, r job.Reading) (encoding.Encoder, encoding.Decoder, *library.Schema) {
	t.Helper()
	e, d := encodingtest.Coders(t, Format{}, r)
	return e, d, library.MustParse(r.Schema.Files[0].Text)
}

func TestTheLibraryReadsMessagesOfAUsersSchema(t *testing.T) {
	e, d, schema := coders(t, pump(t))
	message := e.Append([]byte("x"), "p-7", 1594598735772, []int64{1_250_000, 21_500_000, 7_500_000})[1:]
	var doc map[string]any
	if rest, err := schema.DecodeSingleObject(message, &doc); err != nil || len(rest) > 0 {
		t.Fatalf("DecodeSingleObject(%x) leaves %d bytes, %v", message, len(rest), err)
	}
	flow, head := doc["flow"].(map[string]any), doc["head"].(map[string]any)
	if flow["rate"] != 1.25 || flow["total"] != int64(8) || doc["temp"] != float32(21.5) || doc["state"] != "ON" || doc["version"] != int32(3) ||
		head["unit"] != "p-7" || !bytes.Equal(head["spare"].([]byte), []byte{0xff}) || doc["open"] != false {
		t.Errorf("the library reads %v", doc)
	}
	var got encoding.Reading
	if reason := d.Decode([]byte("p-7"), message, &got); reason != job.ReasonNone || !slices.Equal(got.Values, []int64{1_250_000, 21_500_000, 8_000_000}) {
		t.Errorf("Decode = %q %v", reason, got.Values)
	}
	bare := e.Append(nil, "p-7", -1, []int64{encoding.Absent, encoding.Absent, encoding.Absent})
	if reason := d.Decode([]byte("p-7"), bare, &got); reason != job.ReasonNone || got.Present[0] || !slices.Equal(got.Values[1:], []int64{-40_500_000, 0}) {
		t.Errorf("Decode without metrics = %q %v %v: want null, the default, and 0", reason, got.Values, got.Present)
	}
	key := []byte("p-7")
	if n := testing.AllocsPerRun(100, func() { d.Decode(key, message, &got) }); n != 0 {
		t.Errorf("Decode allocates %v times, want 0", n)
	}
}

// random is a pump with anything in it.
func random(g *encodingtest.Gen) map[string]any {
	alarm := func() map[string]any {
		return map[string]any{"code": int32(g.IntN(2000) - 1000), "text": g.Device(), "cause": nil}
	}
	doc := map[string]any{"version": int32(g.IntN(9)), "state": encodingtest.Pick(g, "OFF", "ON", "FAULT"), "serial": [5]byte{1, 2, byte(g.IntN(256))},
		"head":   map[string]any{"at": g.Time(), "unit": "p-7", "spare": []byte(g.Device())},
		"alarms": []any{}, "tags": map[string]any{}, "flow": nil, "temp": encodingtest.Pick(g, float32(21.3), -1e-7, float32(math.NaN()), 1e9), "open": g.Chance(50)}
	if g.Chance(10) {
		doc["head"].(map[string]any)["unit"] = encodingtest.Pick[any](g, nil, "another")
	}
	for range g.IntN(4) {
		a := alarm()
		a["cause"] = alarm()
		doc["alarms"] = append(doc["alarms"].([]any), a)
		doc["tags"].(map[string]any)[g.Device()] = encodingtest.Pick[any](g, true, 2.5, "ON")
	}
	if g.Chance(80) {
		doc["flow"] = map[string]any{"rate": encodingtest.Pick[any](g, nil, int32(-7), 1e-7, 3.25), "total": g.Int64() >> g.IntN(64), "serial": nil}
	}
	return doc
}

// TestReadsWhatTheLibraryWrites decodes messages of the library's, each also cut off anywhere and with another branch or count.
func TestReadsWhatTheLibraryWrites(t *testing.T) {
	_, d, schema := coders(t, pump(t))
	g := encodingtest.NewGen(3)
	reasons := map[job.Reason]int{}
	for range 400 {
		doc := random(g)
		message, err := schema.AppendSingleObject(nil, doc)
		if err != nil {
			t.Fatal(err)
		}
		var got encoding.Reading
		reason := d.Decode([]byte("p-7"), message, &got)
		reasons[reason]++
		if want, values := meant(doc); reason != want || want == job.ReasonNone && !slices.Equal(encodedAs(&got), values) {
			t.Fatalf("Decode(%v) = %q %v, want %q %v", doc, reason, encodedAs(&got), want, values)
		}
		for n := range len(message) {
			if reason := d.Decode([]byte("p-7"), message[:n], &got); reason != job.ReasonTruncated {
				t.Fatalf("Decode of the first %d of %x = %q", n, message, reason)
			}
		}
	}
	for _, r := range []job.Reason{job.ReasonNone, job.ReasonMissingField, job.ReasonWrongDevice, job.ReasonRange} {
		if reasons[r] < 4 {
			t.Errorf("%d messages have the reason %q, want 4", reasons[r], r)
		}
	}
}

// meant is what a reading of doc must be: by the text of the semantics, not by the decoder.
func meant(doc map[string]any) (job.Reason, []int64) {
	switch doc["head"].(map[string]any)["unit"] {
	case nil:
		return job.ReasonMissingField, nil
	case "another":
		return job.ReasonWrongDevice, nil
	}
	values := []int64{encoding.Absent, 0, encoding.Absent}
	numbers := []any{nil, doc["temp"], nil}
	if flow, ok := doc["flow"].(map[string]any); ok {
		numbers[0], numbers[2] = flow["rate"], flow["total"]
	}
	for i, n := range numbers {
		var d float64
		switch n := n.(type) {
		case nil:
			continue
		case int32:
			d = float64(n)
		case int64:
			d = float64(n)
		case float32:
			d = float64(n)
		case float64:
			d = n
		}
		if math.IsNaN(d) || math.Abs(d) > 1e7 {
			return job.ReasonRange, nil
		}
		values[i] = int64(math.RoundToEven(d * 1e6))
	}
	return job.ReasonNone, values
}

func encodedAs(r *encoding.Reading) []int64 {
	values := slices.Clone(r.Values)
	for i := range values {
		if !r.Present[i] {
			values[i] = encoding.Absent
		}
	}
	return values
}

func FuzzUser(f *testing.F) {
	_, d, schema := coders(f, pump(f))
	g := encodingtest.NewGen(5)
	for range 50 {
		m, _ := schema.AppendSingleObject(nil, random(g))
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r encoding.Reading
		reason := d.Decode([]byte("p-7"), message, &r)
		var doc map[string]any
		if _, err := schema.DecodeSingleObject(message, &doc); err != nil && reason == job.ReasonNone {
			t.Fatalf("Decode(%x) gives no reason, the library %v", message, err)
		}
	})
}

// TestSchemasThatDoNotFit are each refused by the decoder and the encoder, with what is wrong.
func TestSchemasThatDoNotFit(t *testing.T) {
	with := func(change func(*job.Reading)) job.Reading {
		r := pump(t)
		change(&r)
		return r
	}
	text := func(s string) job.Reading {
		return job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{"m": {Path: "m"}},
			Schema: &job.Schema{Files: []job.SchemaFile{job.NewSchemaFile("s.avsc", []byte(s), true)}}}
	}
	for _, c := range []struct {
		r    job.Reading
		want string
	}{
		{with(func(r *job.Reading) { r.Device = "head.who" }), `device: path "head.who": plant.water.Head has no member "who"; it has at, unit, spare`},
		{with(func(r *job.Reading) { r.Device = "version.x" }), `device: path "version.x": the schema has a int there; want a record`},
		{with(func(r *job.Reading) { r.Time.Path, r.Device = "head.unit", "x" }), `time: path "head.unit": unit is a union, none of whose branches is long, int or double`},
		{with(func(r *job.Reading) { r.Metrics["temp"] = job.Metric{Path: "state"} }), `metric temp: path "state": the schema has a enum there; want double`},
		{with(func(r *job.Reading) { r.Metrics["temp"] = job.Metric{Path: "alarms.code"} }), `metric temp: path "alarms.code": the schema has a array there; want a record`},
		{with(func(r *job.Reading) { r.Schema.Message = "Other" }), "pump.avsc has the record plant.water.Pump and no message Other"},
		{text(`{"type":"record"`), "s.avsc is no Avro schema: "},
		{text(`"int"`), "s.avsc is a schema of type int; want a record"},
		{text(`{"type":"record","name":"R","fields":[{"name":"d","type":"string"},{"name":"t","type":"int"},{"name":"m","type":"long"}]}`), `time: path "t": int does not hold a time in ms`},
		{text(`{"type":"record","name":"R","fields":[{"name":"d","type":"string"},{"name":"t","type":"long"},{"name":"m","type":"long"},{"name":"n","type":{"type":"array","items":"null"}}]}`), "an array of null"},
		{text(`{"type":"record","name":"R","fields":[{"name":"d","type":"string"},{"name":"t","type":"long"},{"name":"m","type":["null","long",{"type":"array","items":"null"}]}]}`), "an array of null"},
		{text(`{"type":"record","name":"R","fields":[{"name":"d","type":"string"},{"name":"t","type":"long"},{"name":"m","type":"long"},{"name":"r","type":"R"}]}`), "holds itself"},
	} {
		_, err := Format{}.Decoder(c.r)
		_, err2 := Format{}.Encoder(c.r)
		if err == nil || err2 == nil || !strings.Contains(err.Error(), c.want) || err.Error() != err2.Error() {
			t.Errorf("Decoder = %v\nEncoder = %v\nwant %s", err, err2, c.want)
		}
	}
	if _, err := (Format{}).ReadSchema("gone.avsc", "", os.ReadFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadSchema of no file = %v", err)
	}
}
