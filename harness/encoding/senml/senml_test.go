package senml

import (
	"encoding/json"
	"flag"
	"testing"

	library "github.com/fxamacker/cbor/v2"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write the vectors anew")

func suites() (inJSON, inCBOR encodingtest.Suite) {
	inJSON = encodingtest.Suite{Format: JSON{}, Forms: form(json.Marshal), Update: *update, File: "testdata/json.json", Reasons: []job.Reason{job.ReasonTruncated,
		job.ReasonBadJSON, job.ReasonBadFormat, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange}}
	inCBOR = encodingtest.Suite{Format: CBOR{}, Forms: form(marshal), Update: *update, File: "testdata/cbor.json", Reasons: []job.Reason{job.ReasonTruncated,
		job.ReasonBadFormat, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange}}
	return inJSON, inCBOR
}

func TestConformanceOfJSON(t *testing.T) { s, _ := suites(); s.Run(t) }
func TestConformanceOfCBOR(t *testing.T) { _, s := suites(); s.Run(t) }
func FuzzDecodeJSON(f *testing.F)        { s, _ := suites(); s.Fuzz(f) }
func FuzzDecodeCBOR(f *testing.F)        { _, s := suites(); s.Fuzz(f) }
func BenchmarkDecode(b *testing.B) {
	for _, s := range both() {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkDecode)
	}
}
func BenchmarkAppend(b *testing.B) {
	for _, s := range both() {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkAppend)
	}
}

func both() []encodingtest.Suite {
	a, b := suites()
	return []encodingtest.Suite{a, b}
}

// labels of CBOR by those of JSON (RFC 8428, table 4).
var labels = map[string]int{"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8}

// marshal writes a pack as CBOR, with a library.
func marshal(pack any) ([]byte, error) {
	list, ok := pack.([]any)
	if !ok {
		return library.Marshal(pack)
	}
	out := []any{}
	for _, e := range list {
		record, ok := e.(map[string]any)
		if !ok {
			out = append(out, e)
			continue
		}
		m := map[any]any{}
		for k, v := range record {
			if l, ok := labels[k]; ok {
				m[l] = v
			} else {
				m[k] = v
			}
		}
		out = append(out, m)
	}
	mode, err := library.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(out)
}

// form writes packs as gateways do: bases that change on the way, several times of one metric, other values, other devices.
func form(marshal func(any) ([]byte, error)) func(*encodingtest.Gen, job.Reading, string) []byte {
	return func(g *encodingtest.Gen, r job.Reading, key string) []byte {
		b, err := marshal(formPack(g, r, key))
		if err != nil {
			panic(err)
		}
		return b
	}
}

func formPack(g *encodingtest.Gen, r job.Reading, key string) any {
	pack := []any{}
	base := key + "/"
	for range g.IntN(6) {
		m := map[string]any{}
		if g.Chance(40) || len(pack) == 0 {
			base = encodingtest.Pick(g, key+"/", key+"/", key+"/", key+"/", key+"/", key, "", "another/")
			m["bn"] = base
		}
		names := r.Names()
		m["n"] = (key + "/" + r.Metrics[names[g.IntN(len(names))]].Path)[min(len(base), len(key)+1):]
		odd := func(percent int, label string, values ...any) {
			if g.Chance(percent) {
				m[label] = encodingtest.Pick(g, values...)
			}
		}
		odd(90, "v", 21.5, 1e-3, -40, 26.299999237060547, 10000001, 0, int64(1)<<60)
		odd(60, "bt", 1594598735.772, 1.5e9, 0)
		odd(40, "t", 1.25, -3, 0)
		odd(10, "bv", 100, -0.5, 1e-7)
		odd(8, "vs", "text", nil)
		odd(5, "vb", true, nil)
		odd(5, "vd", "YWJj")
		odd(20, "u", "Cel", "%RH")
		odd(10, "bver", 10)
		odd(10, "s", 12.5)
		odd(10, "other", 1, "x", []any{1, map[string]any{"v": 5}}, map[string]any{"n": "m", "v": 7})
		odd(1, "must_", 1)
		odd(2, "v", nil, "text", true, []any{}, 1e300)
		odd(1, "n", 1, nil)
		odd(1, "bt", "1", nil)
		pack = append(pack, m)
	}
	if g.Chance(2) {
		return map[string]any{"v": 1}
	}
	if g.Chance(2) {
		return append(pack, 1)
	}
	return pack
}

// TestExamplesOfTheRFC reads packs of RFC 8428, section 5.1, with the names that they have.
func TestExamplesOfTheRFC(t *testing.T) {
	ow := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{
		"v": {Path: "voltage"}, "c": {Path: "current"}, "h": {Path: "humidity"}, "n": {Path: "urn:dev:ow:10e2073a01080063"}}}
	for _, c := range []struct {
		key, pack string
		want      job.Reason
		values    map[string]int64
	}{
		{"", `[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]`, job.ReasonBadFormat, nil}, // no slash: no device
		{"urn:dev:ow:10e2073a0108006", `[{"bn":"urn:dev:ow:10e2073a0108006/","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
			{"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},{"n":"current","t":-2,"v":1.5},
			{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]`, "", map[string]int64{"v": 120_100_000, "c": 1_700_000}},
		{"x", `[{"bn":"x/humidity","bt":1.320067464e+09,"bu":"%RH","v":20},{"u":"lon","v":24.30621},{"t":60,"v":20.3}]`, "", map[string]int64{"h": 20_300_000}},
		{"x", `[{"bn":"x/","bv":100,"n":"voltage","v":1,"t":5},{"n":"current","v":-0.5}]`, "", map[string]int64{"v": 101e6, "c": 99_500_000}},
		{"x", `[{"bn":"x/","n":"voltage","v":1}]`, job.ReasonMissingField, nil}, // now: no time of its own
		{"x", `[{"bn":"x/","bt":1}]`, job.ReasonMissingField, nil},              // a base alone is no record
		{"x", `[]`, job.ReasonMissingField, nil},
		{"x", `{}`, job.ReasonBadFormat, nil},
		{"x", `[[]]`, job.ReasonBadFormat, nil},
		{"x", `[{"n":"x/voltage","t":1,"v":1,"new_":0}]`, job.ReasonBadFormat, nil},
		{"x", `[{"n":"x/voltage","t":1,"vs":"high"}]`, job.ReasonBadType, nil},
		{"x", `[{"n":"x/voltage","t":1,"v":1},{"n":"y/voltage","t":1,"v":1}]`, job.ReasonWrongDevice, nil},
		{"x", `[{"n":"x/voltage","t":1,"v":1`, job.ReasonTruncated, nil},
	} {
		d, err := JSON{}.Decoder(ow)
		if err != nil {
			t.Fatal(err)
		}
		var r encoding.Reading
		if got := d.Decode([]byte(c.key), []byte(c.pack), &r); got != c.want {
			t.Errorf("Decode(%s) = %q, want %q", c.pack, got, c.want)
		}
		for i, name := range ow.Names() {
			if want, ok := c.values[name]; ok && (!r.Present[i] || r.Values[i] != want) {
				t.Errorf("Decode(%s): %s = %d, want %d", c.pack, name, r.Values[i], want)
			}
		}
	}
}

// TestBothFormsSayTheSame decodes each pack in JSON and in CBOR.
func TestBothFormsSayTheSame(t *testing.T) {
	inJSON, err := JSON{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	inCBOR, err := CBOR{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	g := encodingtest.NewGen(8)
	for range 2000 {
		pack := formPack(g, encodingtest.Room, "k")
		text, err1 := json.Marshal(pack)
		binary, err2 := marshal(pack)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		var a, b encoding.Reading
		x, y := inJSON.Decode([]byte("k"), text, &a), inCBOR.Decode([]byte("k"), binary, &b)
		if x != y || x == "" && (a.Values[0] != b.Values[0] || a.Values[1] != b.Values[1]) {
			t.Errorf("Decode(%s) = %q %v, in CBOR %q %v", text, x, a.Values, y, b.Values)
		}
	}
}
