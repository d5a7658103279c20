package oracle

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/job"
)

func testDecoder() (*decoder, *layout) {
	l := newLayout(&job.Job{Reading: job.Reading{Metrics: map[string]job.Metric{"a": {Path: "a"}, "b": {Path: "n.b"}, "c": {Path: "n.m.c"}}}})
	return &decoder{device: []string{"d"}, time: []string{"t"}, metrics: l.metrics, objects: map[string]object{}}, l
}

func TestDecode(t *testing.T) {
	d, l := testDecoder()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct{ in, want string }{
		{`{"d":"x","t":1}`, `{}`},
		{` {"d" : "x" , "t":1, "a" : 1 } ` + "\n", `{"a":1000000}`},
		{"", "truncated"}, {" \n", "truncated"}, {`{`, "truncated"}, {`{"d":"x","t":1`, "truncated"}, {`nul`, "truncated"}, {`-`, "truncated"}, {`1.`, "truncated"}, {`1e`, "truncated"}, {`"\u12`, "truncated"},
		{`{"d":"x","t":1}}`, "bad_json"}, {`{"d":"x","t":1} x`, "bad_json"}, {`{'d':1}`, "bad_json"}, {`{"d":"x","t":01}`, "bad_json"}, {`{"d":"x","t":+1}`, "bad_json"}, {`{"d":"x","t":1,}`, "bad_json"},
		{`{"d":"x","t":NaN`, "bad_json"}, {"{\"d\":\"x\n\"", "bad_json"}, {`{"d":"\x"`, "bad_json"}, {"1x", "bad_json"}, {"{\"d\"\x00", "bad_json"},
		{"\ufeff{}", "bad_utf8"}, {"{\"\xff", "bad_utf8"}, {"{}}\xc3", "bad_utf8"}, {"\xed\xa0\x80", "bad_utf8"},
		{`{"d":"x","t":1,"z":` + nest(63) + `}`, `{}`}, {`{"d":"x","t":1,"z":` + nest(64) + `}`, "bad_json"}, {strings.Repeat("[", 64), "truncated"}, {strings.Repeat("[", 65), "bad_json"},
		{`{"d":"x","t":1,"z":"` + strings.Repeat("[", 80) + `"}`, `{}`}, {`{"d":"x","t":1,"z":"\"` + strings.Repeat("{", 80) + `"}`, `{}`},
		{`[]`, "missing_field"}, {`1`, "missing_field"}, {`null`, "missing_field"}, {`{}`, "missing_field"}, {`{"d":null,"t":1}`, "missing_field"},
		{`{"d":1,"t":1}`, "bad_type"}, {`{"d":["x"],"t":1}`, "bad_type"}, {`{"d":"y","t":1}`, "wrong_device"}, {`{"d":"","t":1}`, "wrong_device"}, {`{"d":"\u0078","t":1}`, `{}`},
		{`{"D":"x","t":1}`, "missing_field"}, {`{"\u0064":"x","t":1}`, `{}`},
		{`{"d":"y","d":"x","t":1}`, `{}`}, {`{"d":"x","d":"y","t":1}`, "wrong_device"}, {`{"d":"x","t":1,"a":1,"a":null}`, `{}`},
		{`{"d":"x","t":1,"n":{"b":1},"n":{}}`, `{}`}, {`{"d":"x","t":1,"n":5}`, `{}`}, {`{"d":"x","t":1,"n":[{"b":1}]}`, `{}`},
		{`{"d":"x"}`, "missing_field"}, {`{"d":"x","t":"1"}`, "bad_type"}, {`{"d":"x","t":1e999}`, `{}`}, {`{"d":"x","t":` + strings.Repeat("1", 64) + `}`, `{}`}, {`{"d":"x","t":` + strings.Repeat("1", 65) + `}`, "bad_number"},
		{`{"d":"y","t":"1"}`, "wrong_device"}, {`{"d":"x","t":"1","a":"1"}`, "bad_type"},
		{`{"d":"x","t":1,"a":"1"}`, "bad_type"}, {`{"d":"x","t":1,"a":true}`, "bad_type"}, {`{"d":"x","t":1,"a":{}}`, "bad_type"}, {`{"d":"x","t":1,"a":0.` + strings.Repeat("1", 63) + `}`, "bad_number"},
		{`{"d":"x","t":1,"a":1e7}`, `{"a":10000000000000}`}, {`{"d":"x","t":1,"a":-10000000.000001}`, "range"}, {`{"d":"x","t":1,"a":1e400}`, "range"}, {`{"d":"x","t":1,"a":1e305}`, "range"},
		{`{"d":"x","t":1,"a":1e-400}`, `{"a":0}`}, {`{"d":"x","t":1,"a":-0.0}`, `{"a":0}`}, {`{"d":"x","t":1,"a":-1e-9}`, `{"a":0}`},
		{`{"d":"x","t":1,"a":0.0000005}`, `{"a":0}`}, {`{"d":"x","t":1,"a":0.0000015}`, `{"a":2}`}, {`{"d":"x","t":1,"a":1.0000025}`, `{"a":1000002}`}, {`{"d":"x","t":1,"a":0.1}`, `{"a":100000}`},
		{`{"d":"x","t":1,"a":1e8,"n":{"b":"x"}}`, "range"}, {`{"d":"x","t":1,"a":1,"n":{"b":"x","m":{"c":1e99}}}`, "bad_type"}, {`{"d":"x","t":1,"n":{"m":{"c":3}}}`, `{"c":3000000}`},
	} {
		r := l.reading()
		got := string(d.decode([]byte("x"), []byte(c.in), &r))
		if got == "" {
			got = string(l.appendCanonical(nil, &r))
		}
		if got != c.want {
			t.Errorf("decode(%.90q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestSurrogatesWithoutPartnerAreReplaced(t *testing.T) {
	d, l := testDecoder()
	r := l.reading()
	if got := d.decode([]byte("\ufffd"), []byte(`{"d":"\ud800","t":1}`), &r); got != job.ReasonNone {
		t.Errorf("decode = %q, want none", got)
	}
}

func TestCanonicalFormIsTheOnlyOne(t *testing.T) {
	_, l := testDecoder()
	for in, want := range map[string]bool{
		`{}`: true, `{"a":1}`: true, `{"a":-1,"c":0}`: true,
		``: false, `{`: false, `{"c":0,"a":1}`: false, `{"a":1,"a":1}`: false, `{"a":01}`: false, `{"a":-0}`: false, `{"a":+1}`: false, `{"a": 1}`: false, `{"a":1.0}`: false,
		`{"x":1}`: false, `{"a":1} `: false, `{"a":1,}`: false, `{"a":}`: false, `{"a":-}`: false, `{"a":99999999999999999999}`: false, `{"a":null}`: false,
	} {
		r := l.reading()
		ok := l.parseCanonical([]byte(in), &r)
		if ok != want {
			t.Errorf("parseCanonical(%s) = %v, want %v", in, ok, want)
		}
		if ok {
			if got := string(l.appendCanonical(nil, &r)); got != in {
				t.Errorf("appendCanonical(parseCanonical(%s)) = %s", in, got)
			}
		}
	}
}

// FuzzDecode holds the decoder to what can be said of it without a second decoder.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"d":"x","t":1,"a":1.5,"n":{"b":2,"m":{"c":3}}}`, `{"d":"x"`, `[[[`, "\xff", `{"d":"x","t":1,"a":1e999}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		d, l := testDecoder()
		r := l.reading()
		reason := d.decode([]byte("x"), value, &r)
		if (reason == job.ReasonBadUTF8) != (!utf8.Valid(value) || strings.HasPrefix(string(value), "\ufeff")) {
			t.Errorf("decode(%q) = %q", value, reason)
		}
		if (reason == job.ReasonTruncated || reason == job.ReasonBadJSON) && json.Valid(value) && !tooDeep(value) && utf8.Valid(value) {
			t.Errorf("decode(%q) = %q of a valid document", value, reason)
		}
		if reason == job.ReasonTruncated && !couldGoOn(value) {
			t.Errorf("decode(%q) = truncated, but no byte can follow", value)
		}
		for i, v := range r.vals {
			if r.has[i] && math.Abs(float64(v)) > job.MaxMicros {
				t.Errorf("decode(%q): %d is out of range", value, v)
			}
		}
		if reason == job.ReasonNone {
			back := l.reading()
			if b := l.appendCanonical(nil, &r); !json.Valid(b) || !l.parseCanonical(b, &back) {
				t.Errorf("canonical form %s does not read back", b)
			}
		}
	})
}

// couldGoOn says whether some byte can follow a truncated document without making it bad.
func couldGoOn(value []byte) bool {
	for c := range 128 {
		if longer := append(append([]byte{}, value...), byte(c)); wellFormed(longer) != job.ReasonBadJSON {
			return true
		}
	}
	return false
}
