package jsonenc

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

var _ encoding.Format = Format{}

// room is the reading of the standard jobs.
var room = job.Reading{
	Device: "device_id",
	Time:   job.TimeField{Path: "ts", Unit: "s"},
	Metrics: map[string]job.Metric{
		"temp":     {Path: "data.temp"},
		"humidity": {Path: "data.humidity"},
	},
}

const key = "5e:44:3b:f3:79:c8"

// message is as recorded.
const message = `{"data":{"co":0.004532068199369834,"humidity":58.20000076293945,"light":true,"lpg":0.007171643599248804,` +
	`"motion":false,"smoke":0.019048703779119838,"temp":27.0},"device_id":"5e:44:3b:f3:79:c8","ts":1594598735.7727768}`

func decoderOf(t testing.TB, r job.Reading) encoding.Decoder {
	t.Helper()
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDecodeReadsARecordedMessage(t *testing.T) {
	var got encoding.Reading
	if reason := decoderOf(t, room).Decode([]byte(key), []byte(message), &got); reason != job.ReasonNone {
		t.Fatalf("Decode = %q, want no reason", reason)
	}
	want := encoding.Reading{Device: []byte(key), Values: []int64{58_200_001, 27_000_000}, Present: []bool{true, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
}

// wrap makes a message of the metric m, which must decode but for m.
func wrap(m string) string { return `{"d":"k","t":1,"m":` + m + `}` }

func nest(open, inner, end string, depth int) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(end, depth)
}

func TestDecodeReasons(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        job.Reason
	}{
		{"plain", wrap("1"), ""},
		{"white space everywhere", " \t\r\n{ \"d\" : \"k\" ,\n\"t\" : 1 , \"x\" : [ 1 , { } , [ ] ] } \n", ""},
		{"all kinds of values", `{"a":null,"b":true,"c":false,"e":[],"f":{},"g":"\"\\\/\b\f\n\r\t\u00Af","h":-0.5E-7,"d":"k","t":0}`, ""},

		{"invalid UTF-8 in a string", "{\"d\":\"k\xff\",\"t\":1}", job.ReasonBadUTF8},
		{"invalid UTF-8 after a broken document", "{]\xff", job.ReasonBadUTF8},
		{"encoded surrogate", "{\"d\":\"\xed\xa0\x80\"}", job.ReasonBadUTF8},
		{"overlong", "{\"d\":\"\xc0\xaf\"}", job.ReasonBadUTF8},
		{"byte order mark", "\xef\xbb\xbf" + wrap("1"), job.ReasonBadUTF8},
		{"byte order mark later", wrap("1") + "\xef\xbb\xbf", job.ReasonBadJSON},

		{"empty", "", job.ReasonTruncated},
		{"white space alone", " \n", job.ReasonTruncated},
		{"open object", "{", job.ReasonTruncated},
		{"open name", `{"d`, job.ReasonTruncated},
		{"no colon yet", `{"d"`, job.ReasonTruncated},
		{"no value yet", `{"d":`, job.ReasonTruncated},
		{"no comma yet", `{"d":"k"`, job.ReasonTruncated},
		{"after a comma", `{"d":"k",`, job.ReasonTruncated},
		{"open array", `[`, job.ReasonTruncated},
		{"array after a value", `[1`, job.ReasonTruncated},
		{"array after a comma", `[1,`, job.ReasonTruncated},
		{"open escape", `{"d":"\`, job.ReasonTruncated},
		{"open unicode escape", `{"d":"\u00`, job.ReasonTruncated},
		{"open literal", `{"d":tru`, job.ReasonTruncated},
		{"minus sign", `{"d":-`, job.ReasonTruncated},
		{"point", `{"d":1.`, job.ReasonTruncated},
		{"exponent", `{"d":1e`, job.ReasonTruncated},
		{"sign of an exponent", `{"d":1e+`, job.ReasonTruncated},
		{"number at the end", `{"d":1`, job.ReasonTruncated},

		{"second document", wrap("1") + wrap("1"), job.ReasonBadJSON},
		{"NUL after the end", wrap("1") + "\x00", job.ReasonBadJSON},
		{"leading zero", wrap("01"), job.ReasonBadJSON},
		{"leading zero, negative", wrap("-01"), job.ReasonBadJSON},
		{"plus sign", wrap("+1"), job.ReasonBadJSON},
		{"point first", wrap(".5"), job.ReasonBadJSON},
		{"point last", wrap("1."), job.ReasonBadJSON},
		{"empty exponent", wrap("1e"), job.ReasonBadJSON},
		{"hexadecimal", wrap("0x1"), job.ReasonBadJSON},
		{"NaN", wrap("NaN"), job.ReasonBadJSON},
		{"Infinity", wrap("Infinity"), job.ReasonBadJSON},
		{"wrong literal", wrap("nul1"), job.ReasonBadJSON},
		{"upper case literal", wrap("True"), job.ReasonBadJSON},
		{"single quotes", `{'d':"k"}`, job.ReasonBadJSON},
		{"name without quotes", `{d:"k"}`, job.ReasonBadJSON},
		{"comma before the end", `{"d":"k",}`, job.ReasonBadJSON},
		{"comma before the end of an array", `{"d":[1,]}`, job.ReasonBadJSON},
		{"no comma", `{"d":"k" "t":1}`, job.ReasonBadJSON},
		{"no colon", `{"d" "k"}`, job.ReasonBadJSON},
		{"wrong bracket", `{"d":[1}`, job.ReasonBadJSON},
		{"line feed in a string", "{\"d\":\"\n\"}", job.ReasonBadJSON},
		{"unknown escape", `{"d":"\x"}`, job.ReasonBadJSON},
		{"escape that is not hexadecimal", `{"d":"\u00g0"}`, job.ReasonBadJSON},
		{"comment", `{/**/}`, job.ReasonBadJSON},
		{"no-break space", "\u00a0" + wrap("1"), job.ReasonBadJSON},

		{"64 arrays deep", wrap(nest("[", "", "]", 63)), ""},
		{"65 arrays deep", wrap(nest("[", "", "]", 64)), job.ReasonBadJSON},
		{"64 objects deep", nest(`{"a":`, "1", "}", 64), job.ReasonMissingField},
		{"65 objects deep", nest(`{"a":`, "1", "}", 65), job.ReasonBadJSON},
		{"65 deep and cut off", nest("[", "", "", 65), job.ReasonBadJSON},
		{"64 deep and cut off", nest("[", "", "", 64), job.ReasonTruncated},
		{"many arrays, none deep", `{"a":[` + strings.Repeat("[],", 200) + `[]]}`, job.ReasonMissingField},

		{"not an object", `[1]`, job.ReasonMissingField},
		{"a number alone", `12`, job.ReasonMissingField},
		{"no device", `{"t":1}`, job.ReasonMissingField},
		{"null device", `{"d":null,"t":1}`, job.ReasonMissingField},
		{"device is a number", `{"d":1,"t":1}`, job.ReasonBadType},
		{"device is an object", `{"d":{},"t":1}`, job.ReasonBadType},
		{"device is a boolean", `{"d":false,"t":1}`, job.ReasonBadType},
		{"another device", `{"d":"K","t":1}`, job.ReasonWrongDevice},
		{"device with a space", `{"d":"k ","t":1}`, job.ReasonWrongDevice},
		{"empty device", `{"d":"","t":1}`, job.ReasonWrongDevice},
		{"device with escapes", `{"d":"\u006b","t":1}`, ""},
		{"device comes before time", `{"d":"x"}`, job.ReasonWrongDevice},
		{"device's type comes before time", `{"d":1}`, job.ReasonBadType},

		{"no time", `{"d":"k"}`, job.ReasonMissingField},
		{"null time", `{"d":"k","t":null}`, job.ReasonMissingField},
		{"time is a string", `{"d":"k","t":"1"}`, job.ReasonBadType},
		{"time of 64 bytes", `{"d":"k","t":` + strings.Repeat("1", 64) + `}`, ""},
		{"time of 65 bytes", `{"d":"k","t":` + strings.Repeat("1", 65) + `}`, job.ReasonBadNumber},
		{"time without meaning", `{"d":"k","t":1e999}`, ""},
		{"time comes before metrics", `{"d":"k","m":"x"}`, job.ReasonMissingField},

		{"metric is a string", wrap(`"1"`), job.ReasonBadType},
		{"metric is an array", wrap(`[1]`), job.ReasonBadType},
		{"metric of 64 bytes", wrap("0." + strings.Repeat("1", 62)), ""},
		{"metric of 65 bytes", wrap("0." + strings.Repeat("1", 63)), job.ReasonBadNumber},
		{"length comes before range", wrap("1" + strings.Repeat("0", 64)), job.ReasonBadNumber},
		{"highest", wrap("10000000"), ""},
		{"above the highest, rounded to it", wrap("10000000.0000004"), ""},
		{"above the highest", wrap("10000000.000001"), job.ReasonRange},
		{"lowest", wrap("-1e7"), ""},
		{"below the lowest", wrap("-10000000.000001"), job.ReasonRange},
		{"infinite", wrap("1e999"), job.ReasonRange},
		{"infinite, negative", wrap("-1e999"), job.ReasonRange},

		{"the last one counts", `{"d":1,"t":1,"d":"k"}`, ""},
		{"the last one counts, also to be missing", `{"d":"k","t":1,"d":null}`, job.ReasonMissingField},
		{"names compare after unescaping", `{"\u0064":"k","\u0074":1}`, ""},
		{"names compare exactly", `{"D":"k","t":1}`, job.ReasonMissingField},
		{"escaped and plain names are equal", `{"d":"k","t":1,"\u0064":2}`, job.ReasonBadType},
	} {
		d := decoderOf(t, job.Reading{Device: "d", Time: job.TimeField{Path: "t"}, Metrics: map[string]job.Metric{"m": {Path: "m"}}})
		value := c.value
		if strings.Contains(c.name, "arrays deep") {
			value = strings.Replace(value, `"m":`, `"x":`, 1)
		}
		var r encoding.Reading
		if got := d.Decode([]byte("k"), []byte(value), &r); got != c.want {
			t.Errorf("%s: Decode(%q) = %q, want %q", c.name, value, got, c.want)
		}
	}
}

func TestDecodeFollowsPaths(t *testing.T) {
	r := job.Reading{Device: "a.d", Time: job.TimeField{Path: "a.t"}, Metrics: map[string]job.Metric{
		"deep": {Path: "a.b.c"}, "same": {Path: "a.b.c"}, "whole": {Path: "a.n"}}}
	const head = `"d":"k","t":1`
	for _, c := range []struct {
		value  string
		values []int64 // nil: absent all
		reason job.Reason
	}{
		{`{"a":{` + head + `,"b":{"c":5},"n":7}}`, []int64{5e6, 5e6, 7e6}, ""},
		{`{"a":{` + head + `,"b":{"c":5},"b":{}}}`, nil, ""},                   // the last b counts, and it has no c
		{`{"a":{` + head + `,"b":{"c":5},"b":3}}`, nil, ""},                    // a step that is not an object
		{`{"a":{` + head + `,"b":[{"c":5}]}}`, nil, ""},                        // arrays are not followed
		{`{"a":{"b":{"c":"x"}},"a":{` + head + `}}`, nil, ""},                  // forgotten with its object
		{`{"a":{` + head + `,"x":{"b":{"c":5}}},"b":{"c":5},"c":5}`, nil, ""},  // elsewhere
		{`{"a":{` + head + `},"a":null}`, nil, job.ReasonMissingField},         // so is the device
		{`{"a":{` + head + `,"b":{"c":"x"},"n":1e9}}`, nil, job.ReasonBadType}, // deep before whole
		{`{"a":{` + head + `,"b":{"c":1e9},"n":"x"}}`, nil, job.ReasonRange},   // each metric completely before the next
		{`{"a":{"a":{` + head + `},` + head + `,"b":{"b":{"c":1}}}}`, nil, ""}, // paths begin at the top
		{`{"a":{` + head + `,"b":{"c":5,"c":null}},"b":{"c":1}}`, nil, ""},     // null is missing
		{`{"a":{` + head + `,"b":{"c":1,"C":2,"cc":3,"":4}}}`, []int64{1e6, 1e6, -1}, ""},
	} {
		var got encoding.Reading
		if reason := decoderOf(t, r).Decode([]byte("k"), []byte(c.value), &got); reason != c.reason {
			t.Errorf("Decode(%s) = %q, want %q", c.value, reason, c.reason)
			continue
		} else if reason != "" {
			continue
		}
		for i, present := range got.Present {
			want := c.values != nil && c.values[i] >= 0
			if present != want || want && got.Values[i] != c.values[i] {
				t.Errorf("Decode(%s): metric %d = %d, %v, want %v of %v", c.value, i, got.Values[i], present, want, c.values)
			}
		}
	}
}

func TestNumbersBecomeMillionths(t *testing.T) {
	for token, want := range map[string]int64{
		"0": 0, "-0": 0, "-0.0": 0, "1": 1e6, "-1": -1e6, "0.000001": 1, "58.20000076293945": 58_200_001, "1e-7": 0,
		"0.0000005": 0, "0.0000015": 2, "0.0000025": 2, "-0.0000015": -2, // half to even, of the doubles' product
		"18.899999618530273": 18_900_000, "1e3": 1e9, "1E+3": 1e9, "100e-2": 1e6, "9007199254740993e-15": 9_007_199, "5e-324": 0, "1e-400": 0,
		"2.675": 2_675_000, "1.0000005": 1_000_001, "0.5000005": 500_000, "9999999.9999994": 9_999_999_999_999,
	} {
		if got, ok := micros([]byte(token)); !ok || got != want {
			t.Errorf("micros(%s) = %d, %v, want %d", token, got, ok, want)
		}
	}
}

func TestDecoderForgetsTheMessageBefore(t *testing.T) {
	d := decoderOf(t, room)
	var r encoding.Reading
	for _, c := range []struct {
		value   string
		present []bool
	}{
		{message, []bool{true, true}},
		{`{"device_id":"` + key + `","ts":1,"data":{"temp":1}}`, []bool{false, true}},
		{`{"device_id":"` + key + `","ts":1}`, []bool{false, false}},
	} {
		if reason := d.Decode([]byte(key), []byte(c.value), &r); reason != "" || !cmp.Equal(c.present, r.Present) {
			t.Errorf("Decode(%s) = %q, present %v, want %v", c.value, reason, r.Present, c.present)
		}
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	d := decoderOf(t, room)
	var r encoding.Reading
	k := []byte(key)
	for _, value := range []string{message, strings.Replace(message, "27.0", "18.899999618530273", 1), strings.Replace(message, "device_id", `device\u005fid`, 1), message[:100]} {
		v := []byte(value)
		d.Decode(k, v, &r) // scratch space grows once
		if n := testing.AllocsPerRun(100, func() { d.Decode(k, v, &r) }); n != 0 {
			t.Errorf("Decode(%s) allocates %v times, want 0", value, n)
		}
	}
}

func TestPathsAreChecked(t *testing.T) {
	bad := job.Reading{Device: "", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: "a..b"}}}
	if _, err := (Format{}).Decoder(bad); err == nil || !strings.Contains(err.Error(), "device") || !strings.Contains(err.Error(), "metric m") {
		t.Errorf("Decoder(%+v) = %v, want errors of device and metric", bad, err)
	}
	for _, r := range []job.Reading{
		{Device: "d", Time: job.TimeField{Path: "d", Unit: "s"}},
		{Device: "d", Time: job.TimeField{Path: "d.t", Unit: "s"}},
		{Device: "d.d", Time: job.TimeField{Path: "d", Unit: "s"}},
		{Device: "d", Time: job.TimeField{Path: "t", Unit: "min"}},
	} {
		if _, err := (Format{}).Encoder(r); err == nil {
			t.Errorf("Encoder(%+v) = nil, want an error", r)
		}
	}
}

func TestEncoderWritesPlainMessages(t *testing.T) {
	ms := job.Reading{Device: `a.d"d`, Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{"m": {Path: "a.m"}, "n": {Path: "n"}}}
	for _, c := range []struct {
		r      job.Reading
		device string
		at     int64
		values []int64
		want   string
	}{
		{room, "heartbeat-0", 1594598735772, []int64{50_000_000, 21_500_000},
			`{"device_id":"heartbeat-0","ts":1594598735.772,"data":{"humidity":50,"temp":21.5}}`},
		{room, "x", -1500, []int64{-1, 0}, `{"device_id":"x","ts":-1.5,"data":{"humidity":-0.000001,"temp":0}}`},
		{room, "x", 0, []int64{job.MaxMicros, -job.MaxMicros}, `{"device_id":"x","ts":0,"data":{"humidity":10000000,"temp":-10000000}}`},
		{ms, "q\"\\\n\u00e9", 1594598735772, []int64{1, 1_100_000}, `{"a":{"d\"d":"q\"\\\u000aé","m":0.000001},"t":1594598735772,"n":1.1}`},
	} {
		e, err := Format{}.Encoder(c.r)
		if err != nil {
			t.Fatal(err)
		}
		got := e.Append([]byte("before "), c.device, c.at, c.values)
		if string(got) != "before "+c.want {
			t.Errorf("Append = %s, want before %s", got, c.want)
		}
		var r encoding.Reading
		if reason := decoderOf(t, c.r).Decode([]byte(c.device), got[len("before "):], &r); reason != "" || !cmp.Equal(r.Values, c.values) {
			t.Errorf("Decode(%s) = %q, %v, want %v", got, reason, r.Values, c.values)
		}
	}
}

// FuzzDecode holds the decoder against the standard library: which documents are valid, where they go wrong, and what the
// fields hold.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{message, wrap("1"), `{"d":1,"d":"k"}`, `{"data":{"temp":-1.5e3},"data":{}}`, "[1,", `"\ud83d\ude00\ud800"`, "-", "1e+", "tru"} {
		f.Add([]byte(seed))
		f.Add([]byte(strings.ReplaceAll(seed, "27.0", "1e-3")))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		k := []byte(key)
		var got encoding.Reading
		reason := decoderOf(t, room).Decode(k, value, &got)
		want := reference(k, value)
		if reason != want.reason {
			t.Fatalf("Decode(%q) = %q, want %q", value, reason, want.reason)
		}
		if reason == "" && (!cmp.Equal(got.Present, want.Present) || !cmp.Equal(got.Values, want.Values)) {
			t.Fatalf("Decode(%q) = %v %v, want %v %v", value, got.Values, got.Present, want.Values, want.Present)
		}
	})
}

type answer struct {
	encoding.Reading
	reason job.Reason
}

// reference decodes by the standard library, slowly.
func reference(k, value []byte) answer {
	if !utf8.Valid(value) || bytes.HasPrefix(value, byteOrderMark) {
		return answer{reason: job.ReasonBadUTF8}
	}
	if depth := bracketed(value); !json.Valid(value) || depth > job.MaxDepth {
		// No JSON holds a NUL: where the standard library stumbles over one at the end, all before it was well.
		var e *json.SyntaxError
		var v any
		if errors.As(json.Unmarshal(append(value[:len(value):len(value)], 0), &v), &e) && e.Offset == int64(len(value))+1 && depth <= job.MaxDepth {
			return answer{reason: job.ReasonTruncated}
		}
		return answer{reason: job.ReasonBadJSON}
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var doc any
	_ = dec.Decode(&doc)
	a := answer{Reading: encoding.Reading{Values: make([]int64, 2), Present: make([]bool, 2)}}
	switch d := at(doc, "device_id").(type) {
	case nil:
		a.reason = job.ReasonMissingField
	case string:
		if d != string(k) {
			a.reason = job.ReasonWrongDevice
		}
	default:
		a.reason = job.ReasonBadType
	}
	if a.reason != "" {
		return a
	}
	if n, reason := numberAt(doc, "ts"); reason != "" || n == "" {
		a.reason = reason
		if n == "" && reason == "" {
			a.reason = job.ReasonMissingField
		}
		return a
	}
	for i, name := range []string{"humidity", "temp"} {
		n, reason := numberAt(doc, "data", name)
		if reason != "" {
			a.reason = reason
			return a
		}
		if n == "" {
			continue
		}
		f, _ := strconv.ParseFloat(n, 64)
		m := math.RoundToEven(float64(f * 1e6))
		if !(math.Abs(m) <= job.MaxMicros) {
			a.reason = job.ReasonRange
			return a
		}
		a.Values[i], a.Present[i] = int64(m), true
	}
	return a
}

func at(doc any, path ...string) any {
	for _, step := range path {
		o, _ := doc.(map[string]any)
		doc = o[step]
	}
	return doc
}

func numberAt(doc any, path ...string) (string, job.Reason) {
	switch v := at(doc, path...).(type) {
	case nil:
		return "", ""
	case json.Number:
		if len(v) > job.MaxNumberBytes {
			return "", job.ReasonBadNumber
		}
		return string(v), ""
	}
	return "", job.ReasonBadType
}

// bracketed is how deep brackets outside strings nest, up to the first byte that cannot stand where it stands.
func bracketed(value []byte) (deepest int) {
	var e *json.SyntaxError
	var v any
	if errors.As(json.Unmarshal(append(value[:len(value):len(value)], 0), &v), &e) {
		value = value[:min(int(e.Offset)-1, len(value))]
	}
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

func BenchmarkDecode(b *testing.B) {
	d := decoderOf(b, room)
	var r encoding.Reading
	k, v := []byte(key), []byte(message)
	b.SetBytes(int64(len(v)))
	b.ReportAllocs()
	for b.Loop() {
		if reason := d.Decode(k, v, &r); reason != "" {
			b.Fatal(reason)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	e, err := Format{}.Encoder(room)
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.Append(buf[:0], "heartbeat-0", 1594598735772, []int64{58_200_001, 27_000_000})
	}
}
