package yamlstrict

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxBytes is the largest document and MaxDepth its deepest nesting: the library's parser takes quadratic time, and a
// file people write is far smaller.
const (
	MaxBytes = 64 << 10
	MaxDepth = 64
)

// Decode reads src, one YAML document, into the struct that into points to. Keys the document lacks leave their fields
// as they are, so into may hold defaults; entries of maps are added or read on top of the ones there; lists are replaced.
//
// Fields take part by a tag `yaml:"name"`; others are never set. A field may be a struct, a map with string keys, a slice,
// a pointer (set means the key is there), a bool, a number, a string, any, a time.Time (RFC 3339), or whatever reads
// itself from text (encoding.TextUnmarshaler), quoted or not. Refused, beside what does not fit: unknown and repeated
// keys, null and empty values, anchors, aliases, merge keys, tags and further documents.
//
// The positions are valid also with an error, which is Errors; into then holds what could be read.
func Decode(name string, src []byte, into any) (*Positions, error) {
	w := &walker{file: name, positions: &Positions{file: name, at: map[string]place{}}}
	w.document(src, into)
	return w.positions, w.result()
}

// Set reads value, a piece of YAML of one line, into the field of into at key, such as "load.rate", as if a document had
// said so: into keeps everything else. Problems name the file `name` without line, and positions, which may be nil, learns
// that the value came from there. The error is Errors.
func Set(name, key, value string, into any, positions *Positions) error {
	w := &walker{file: name, flag: true, positions: positions}
	if positions == nil {
		w.positions = &Positions{file: name, at: map[string]place{}}
	}
	if strings.ContainsAny(value, "\r\n") {
		w.report("", nil, "the value has more than one line")
		return w.result()
	}
	var src strings.Builder
	steps := strings.Split(key, ".")
	for i, step := range steps {
		if step == "" || strings.ContainsAny(step, "[]\r\n") {
			w.report("", nil, fmt.Sprintf("`%s` is not a key; want names joined by dots, such as load.rate", key))
			return w.result()
		}
		fmt.Fprintf(&src, "\n%s%q:", strings.Repeat(" ", i), step)
	}
	w.document([]byte(src.String()[1:]+" "+value), into)
	return w.result()
}

// walker goes through a syntax tree and a value together and collects problems.
type walker struct {
	file      string
	flag      bool // the source was made up by Set: its lines mean nothing to the user
	positions *Positions
	problems  Errors
}

func (w *walker) result() error {
	if len(w.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(w.problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return w.problems
}

// report notes a problem at a node; nil stands for the whole document.
func (w *walker) report(path string, n ast.Node, text string) {
	at := w.placeOf(n)
	w.problems = append(w.problems, Problem{File: at.file, Line: at.line, Column: at.column, Path: path, Text: text})
}

func (w *walker) placeOf(n ast.Node) place {
	if w.flag {
		return place{file: w.file}
	}
	at := place{file: w.file, line: 1, column: 1}
	if n == nil {
		return at
	}
	// The token of a block mapping is its first colon; its first key is what people look for.
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return w.placeOf(m.Values[0].Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		at.line, at.column = max(t.Position.Line, 1), max(t.Position.Column, 1)
	}
	return at
}

func (w *walker) document(src []byte, into any) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("BUG: yamlstrict reads into a pointer to a struct, not %T", into))
	}
	body := w.parse(src)
	if body == nil {
		if len(w.problems) == 0 {
			w.report("", nil, "the document is empty; valid keys: "+strings.Join(keysOf(v.Elem().Type()), ", "))
		}
		return
	}
	w.value("", body, v.Elem())
}

// parse gives the tree of the only document, or nil after reporting why not.
func (w *walker) parse(src []byte) ast.Node {
	if len(src) > MaxBytes {
		w.report("", nil, fmt.Sprintf("%d bytes; at most %d are read", len(src), MaxBytes))
		return nil
	}
	if line, column, deep := tooDeep(src); deep {
		w.problems = append(w.problems, Problem{File: w.file, Line: line, Column: column,
			Text: fmt.Sprintf("nested deeper than %d", MaxDepth)})
		return nil
	}
	f, err := parse(src)
	if err != nil {
		w.syntax(err)
		return nil
	}
	docs := slices.DeleteFunc(f.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		w.report("", docs[1].Body, "a second document begins; a file holds one")
	}
	return docs[0].Body
}

// parse is the library's parser with its panics, which broken input has provoked before, turned into errors.
func parse(src []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML: %v", r)
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

func (w *walker) syntax(err error) {
	at := w.placeOf(nil)
	text := err.Error()
	if s := (*yaml.SyntaxError)(nil); errors.As(err, &s) {
		text = s.Message
		if s.Token != nil && s.Token.Position != nil && !w.flag {
			at.line, at.column = max(s.Token.Position.Line, 1), max(s.Token.Position.Column, 1)
		}
	}
	w.problems = append(w.problems, Problem{File: at.file, Line: at.line, Column: at.column, Text: "not YAML: " + text})
}

// tooDeep finds brackets or list marks nested beyond MaxDepth without parsing. It may take brackets inside strings for
// nesting, which no readable document has so many of.
func tooDeep(src []byte) (line, column int, deep bool) {
	line = 1
	open, marks := 0, 0
	for i, c := range src {
		column++
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		case '-', '?', '!', '&', '*', ':':
			if i+1 == len(src) || src[i+1] == ' ' || c == '!' || c == '&' || c == '*' {
				marks++
			}
		case '\n':
			line, column, marks = line+1, 0, 0
		}
		if open > MaxDepth || marks > 4*MaxDepth {
			return line, column, true
		}
	}
	return 0, 0, false
}
