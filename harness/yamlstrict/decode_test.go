package yamlstrict

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// millis is a field type that reads itself.
type millis int64

func (m *millis) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration with a unit", b)
	}
	*m = millis(d.Milliseconds())
	return nil
}

type inner struct {
	Rate  millis `yaml:"rate"`
	Share *int   `yaml:"share"`
	Name  string `yaml:"name"`
}

type document struct {
	Title   string            `yaml:"title"`
	Count   int               `yaml:"count"`
	Small   uint8             `yaml:"small"`
	Ratio   float64           `yaml:"ratio"`
	On      bool              `yaml:"on"`
	Start   time.Time         `yaml:"start"`
	Load    inner             `yaml:"load"`
	Maybe   *inner            `yaml:"maybe"`
	Engines map[string]inner  `yaml:"engines"`
	List    []inner           `yaml:"list"`
	Names   []string          `yaml:"names"`
	Options map[string]any    `yaml:"options"`
	Labels  map[string]string `yaml:"labels,omitempty"`
	Hidden  string            `yaml:"-"`
	private int               //lint:ignore U1000 must never be set
}

func TestDecodeFillsEveryKind(t *testing.T) {
	src := `
title: "quoted: text"
count: -40
small: 255
ratio: 0.5
on: true
start: 2020-07-13T00:00:00Z
load: {rate: 2s, share: 7, name: plain text}
maybe: {}
engines:
  null: {rate: 1ms}
  tuple: {}
list:
  - rate: 3ms
    name: |
      two
      lines
  - {name: '5'}
names: [a, "null", 'b']
options: {depth: {x: [1, 2.5, yes, true, 18446744073709551615]}, word: value}
`
	got := document{Hidden: "kept"}
	if _, err := Decode("f.yaml", []byte(src), &got); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	share := 7
	want := document{
		Title: "quoted: text", Count: -40, Small: 255, Ratio: 0.5, On: true, Hidden: "kept",
		Start:   time.Date(2020, 7, 13, 0, 0, 0, 0, time.UTC),
		Load:    inner{Rate: 2000, Share: &share, Name: "plain text"},
		Maybe:   &inner{},
		Engines: map[string]inner{"null": {Rate: 1}, "tuple": {}},
		List:    []inner{{Rate: 3, Name: "two\nlines\n"}, {Name: "5"}},
		Names:   []string{"a", "null", "b"},
		Options: map[string]any{"word": "value",
			"depth": map[string]any{"x": []any{int64(1), 2.5, "yes", true, uint64(18446744073709551615)}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(document{})); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
}

func TestDecodeReportsOneProblem(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"unknown key", "titel: x", "f:1:1: unknown key `titel`; did you mean `title`?"},
		{"unknown key far from all", "load: {zzzzzz: 1}", "f:1:8: unknown key `zzzzzz`; valid: name, rate, share"},
		{"dash for underscore or case", "load: {RATE: 1s}", "f:1:8: unknown key `RATE`; did you mean `rate`?"},
		{"hidden field", "Hidden: x", "f:1:1: unknown key `Hidden`; valid: count, engines, labels, list, load, maybe, names, on, options, ratio, small, start, title"},
		{"duplicate", "count: 1\ncount: 2", "f:2:1: duplicate key `count`; it stands in line 1 already"},
		{"duplicate in a map", "engines: {a: {}, a: {}}", "f:1:18: duplicate key `a`; it stands in line 1 already"},
		{"missing unit", "load: {rate: 500}", `f:1:14: "500" is not a duration with a unit`},
		{"text for a number", "count: many", `f:1:8: want a whole number; found the text "many"`},
		{"quoted number", `count: "5"`, `f:1:8: want a whole number, unquoted; found the text "5"`},
		{"fraction for a whole number", "count: 1.5", "f:1:8: want a whole number; found 1.5"},
		{"octal", "count: 010", "f:1:8: want a whole number; found 010"},
		{"hexadecimal", "count: 0x10", "f:1:8: want a whole number; found 0x10"},
		{"too large", "small: 256", "f:1:8: want a whole number from 0 to 255; found 256"},
		{"negative", "small: -1", "f:1:8: want a whole number from 0 to 255; found -1"},
		{"beyond 64 bits", "count: 9223372036854775808", "f:1:8: want a whole number from -9223372036854775808 to 9223372036854775807; found 9223372036854775808"},
		{"infinite", "ratio: .inf", "f:1:8: want a number; found .inf"},
		{"number for text", "title: 5", "f:1:8: want text; quote it; found 5"},
		{"bool for text", "title: true", "f:1:8: want text; quote it; found true"},
		{"yes for a bool", "on: yes", `f:1:5: want true or false; found the text "yes"`},
		{"number for a bool", "on: 1", "f:1:5: want true or false; found 1"},
		{"list for a number", "count: [1]", "f:1:8: want a whole number; found a list"},
		{"mapping for text", "title: {a: 1}", "f:1:8: want text; found a mapping"},
		{"list for a duration", "load: {rate: [1s]}", "f:1:14: want a single value; found a list"},
		{"text for a mapping", "load: fast", `f:1:7: want a mapping with the keys rate, share, name; found the text "fast"`},
		{"text for a list", "names: a", `f:1:8: want a list; found the text "a"`},
		{"date without time", "start: 2020-07-13", `f:1:8: want a time such as 2020-07-13T00:00:00Z; found the text "2020-07-13"`},
		{"empty value", "count:", "f:1:1: `count`: no value; give one, or leave the key out"},
		{"null mapping", "load: ~", "f:1:1: `load`: no value; write {} for the defaults, or leave the key out"},
		{"null list", "names: null", "f:1:1: `names`: no value; write [] for none, or leave the key out"},
		{"null in names", "names: [null]", `f:1:9: no value; quote it if it is the name "null"`},
		{"null in options", "options: {a: }", "f:1:11: `options.a`: no value; give one, or leave the key out"},
		{"anchor", "count: &a 5", "f:1:1: `count`: anchors and aliases are not read; write the value out"},
		{"alias", "names: [*a]", "f:1:9: anchors and aliases are not read; write the value out"},
		{"merge key", "load: {<<: {rate: 1s}}", "f:1:8: a key is a plain name"},
		{"tag", "title: !!str 5", "f:1:1: `title`: tags are not read; write the value alone"},
		{"list as document", "- a", "f:1:1: want a mapping with the keys title, count, small, ratio, on, start, load, maybe, engines, list, names, options, labels; found a list"},
		{"empty", "# nothing\n", "f:1:1: the document is empty; valid keys: title, count, small, ratio, on, start, load, maybe, engines, list, names, options, labels"},
		{"two documents", "count: 1\n---\ncount: 2", "f:3:1: a second document begins; a file holds one"},
		{"not YAML", "load: [1,\n", "f:1:7: not YAML: sequence end token ']' not found"},
		{"characters, not bytes", "labels: {ü: é, é: 5}", "f:1:19: want text; quote it; found 5"},
		{"in a list", "list:\n  - rate: 1s\n  - rat: 1s", "f:3:5: unknown key `rat`; did you mean `rate`?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode("f", []byte(c.src), &document{})
			if err == nil || err.Error() != c.want {
				t.Errorf("Decode(%q) = %v\nwant %s", c.src, err, c.want)
			}
		})
	}
}

func TestDecodeReportsAllProblemsInOrder(t *testing.T) {
	src := "zzz: 1\ncount: x\nload:\n  rate: 5\n  nam: a\nsmall: 999\n"
	_, err := Decode("dir/f.yaml", []byte(src), &document{})
	var got []string
	if problems := (Errors)(nil); errors.As(err, &problems) {
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Path))
		}
	}
	want := []string{"1:1 zzz", "2:8 count", "4:9 load.rate", "5:3 load.nam", "6:8 small"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems of %q (-want +got):\n%s", src, diff)
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != len(want) {
		t.Errorf("error text has %d lines, want %d:\n%v", lines, len(want), err)
	}
}

func TestDecodeKeepsDefaultsAndSharedMaps(t *testing.T) {
	shared := map[string]inner{"a": {Rate: 1, Name: "default"}}
	got := document{Title: "default", Count: 3, Engines: shared}
	if _, err := Decode("f", []byte("count: 4\nengines: {a: {rate: 2ms}, b: {}}"), &got); err != nil {
		t.Fatal(err)
	}
	want := document{Title: "default", Count: 4, Engines: map[string]inner{"a": {Rate: 2, Name: "default"}, "b": {}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(document{})); diff != "" {
		t.Errorf("Decode on defaults (-want +got):\n%s", diff)
	}
	if len(shared) != 1 || shared["a"].Rate != 1 {
		t.Errorf("the map of the defaults changed: %v", shared)
	}
}

func TestSetActsLikeTheDocument(t *testing.T) {
	got := document{Engines: map[string]inner{"tuple": {Rate: 1, Name: "kept"}}, Options: map[string]any{"a": map[string]any{"x": int64(1)}}}
	positions, err := Decode("f", []byte("count: 1\nload: {rate: 1s}"), &got)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][2]string{{"count", "2"}, {"load.rate", "5ms"}, {"engines.tuple.rate", "9ms"}, {"options.a.y", "[1, two]"}, {"names", "[a, b]"}} {
		if err := Set("--set", s[0], s[1], &got, positions); err != nil {
			t.Errorf("Set(%s, %s) = %v", s[0], s[1], err)
		}
	}
	want := document{Count: 2, Load: inner{Rate: 5}, Engines: map[string]inner{"tuple": {Rate: 9, Name: "kept"}}, Names: []string{"a", "b"},
		Options: map[string]any{"a": map[string]any{"x": int64(1), "y": []any{int64(1), "two"}}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(document{})); diff != "" {
		t.Errorf("after Set (-want +got):\n%s", diff)
	}
	if p := positions.Problem("load.rate", "bad"); p.Error() != "--set: bad" {
		t.Errorf("problem of a value set by flag = %q, want %q", p.Error(), "--set: bad")
	}
}

func TestSetReportsTheFlag(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"load.rat", "1s", "--set: unknown key `rat`; did you mean `rate`?"},
		{"laod.rate", "1s", "--set: unknown key `laod`; did you mean `load`?"},
		{"load.rate", "5", `--set: "5" is not a duration with a unit`},
		{"count", "", "--set: `count`: no value; give one, or leave the key out"},
		{"load..rate", "1s", "--set: `load..rate` is not a key; want names joined by dots, such as load.rate"},
		{"list[0].rate", "1s", "--set: `list[0].rate` is not a key; want names joined by dots, such as load.rate"},
		{"count", "1\ntitle: x", "--set: the value has more than one line"},
		{"count.deep", "1", "--set: want a whole number; found a mapping"},
		{"title", "a: b", "--set: not YAML: mapping value is not allowed in this context"},
	} {
		if err := Set("--set", c.key, c.value, &document{}, nil); err == nil || err.Error() != c.want {
			t.Errorf("Set(%q, %q) = %v, want %s", c.key, c.value, err, c.want)
		}
	}
}

func TestPositionsOfValuesAndTheirParents(t *testing.T) {
	src := "title: x\nload:\n  rate: 1s\nengines: {a: {rate: 1s}}\nlist:\n  - name: n\n"
	p, err := Decode("f", []byte(src), &document{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path         string
		line, column int
	}{
		{"title", 1, 8}, {"load", 2, 1}, {"load.rate", 3, 9}, {"load.name", 2, 1}, {"engines.a", 4, 14},
		{"engines.a.rate", 4, 21}, {"list[0].name", 6, 11}, {"list[0].rate", 6, 5}, {"nothing.here", 1, 1},
	} {
		if line, column := p.At(c.path); line != c.line || column != c.column {
			t.Errorf("At(%q) = %d:%d, want %d:%d", c.path, line, column, c.line, c.column)
		}
	}
	if !p.Has("load.rate") || p.Has("load.name") {
		t.Errorf("Has(load.rate), Has(load.name) = %t, %t, want true, false", p.Has("load.rate"), p.Has("load.name"))
	}
}

func TestExcerptPointsAtTheColumn(t *testing.T) {
	src := []byte("a: 1\n\tlöad: x\n")
	for _, c := range []struct {
		line, column int
		want         string
	}{
		{1, 4, "     1 | a: 1\n       |    ^\n"},
		{2, 4, "     2 | \tlöad: x\n       | \t  ^\n"},
		{1, 99, "     1 | a: 1\n       |     ^\n"},
		{9, 1, ""},
		{0, 0, ""},
	} {
		if got := (Problem{Line: c.line, Column: c.column}).Excerpt(src); got != c.want {
			t.Errorf("Excerpt(%d:%d) = %q, want %q", c.line, c.column, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	valid := []string{"rate", "warmup", "measure", "at-least-once"}
	for _, c := range []struct{ got, want string }{
		{"rat", "rate"}, {"raet", "rate"}, {"Rate", "rate"}, {"warm-up", "warmup"}, {"mesure", "measure"},
		{"at_least_once", "at-least-once"}, {"x", ""}, {"duration", ""}, {"", ""},
	} {
		if got := Nearest(c.got, valid); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.got, got, c.want)
		}
	}
}

func TestDecodeRefusesWhatWouldTakeTheParserLong(t *testing.T) {
	for name, src := range map[string]string{
		"brackets": strings.Repeat("[", 60_000),
		"braces":   strings.Repeat("{a: ", 15_000),
		"dashes":   strings.Repeat("- ", 30_000),
		"size":     strings.Repeat("a: 1\n", MaxBytes),
	} {
		if _, err := Decode("f", []byte(src), &document{}); err == nil {
			t.Errorf("Decode of %s: no error", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("title: x\nload: {rate: 1s}\n")
	f.Add("engines: {a: &x {rate: 1s}, b: *x}\nlist: [*x, <<: *x]")
	f.Add("a: &a [*a, *a]\n? k\n: v\n")
	f.Add("names: [null, ~, ]\noptions: {a: {b: [1, {c: d}]}}\n---\n...\n")
	f.Add("\t- \"\\u00\n|\n >-\n !!x %\n")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 2000 {
			return // the parser's own time
		}
		positions, err := Decode("f", []byte(src), &document{})
		if positions == nil {
			t.Fatalf("Decode(%q): no positions", src)
		}
		problems := (Errors)(nil)
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("Decode(%q) = %T, want Errors", src, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Errorf("Decode(%q): problem without place or text: %+v", src, p)
			}
			p.Excerpt([]byte(src))
		}
		_ = Set("--set", "load.rate", src, &document{}, positions)
	})
}
