package yamlstrict

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

var (
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value reads n into v and reports what does not fit.
func (w *walker) value(path string, n ast.Node, v reflect.Value) {
	if path != "" {
		w.positions.at[path] = w.placeOf(n)
	}
	if text := refused(n, v.Type()); text != "" {
		w.report(path, n, text)
		return
	}
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			p.Elem().Set(v.Elem())
		}
		w.value(path, n, p.Elem())
		v.Set(p)
		return
	}
	switch {
	case v.Type() == timeType:
		w.time(path, n, v)
	case v.Addr().Type().Implements(unmarshalerType):
		w.text(path, n, v.Addr().Interface().(encoding.TextUnmarshaler))
	case v.Kind() == reflect.Struct:
		w.fields(path, n, v)
	case v.Kind() == reflect.Map:
		w.entries(path, n, v)
	case v.Kind() == reflect.Slice:
		w.elements(path, n, v)
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		w.anything(path, n, v)
	default:
		w.scalar(path, n, v)
	}
}

// refused says why a node cannot be the value of a t at all, or "".
func refused(n ast.Node, t reflect.Type) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "no value; " + insteadOfNull(t)
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "anchors and aliases are not read; write the value out"
	case *ast.TagNode:
		return "tags are not read; write the value alone"
	}
	return ""
}

func insteadOfNull(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == timeType || reflect.PointerTo(t).Implements(unmarshalerType):
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return "write {} for the defaults, or leave the key out"
	case t.Kind() == reflect.Slice:
		return "write [] for none, or leave the key out"
	case t.Kind() == reflect.String:
		return "quote it if it is the name \"null\""
	}
	return "give one, or leave the key out"
}

// mapping gives the pairs of a mapping, or reports that n is none.
func (w *walker) mapping(path string, n ast.Node, keys []string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	want := "want a mapping"
	if len(keys) > 0 {
		want += " with the keys " + strings.Join(keys, ", ")
	}
	w.report(path, n, want+"; found "+describe(n))
	return nil
}

// pairs calls fn for each key that is a name and stands there for the first time.
func (w *walker) pairs(path string, list []*ast.MappingValueNode, fn func(key, path string, pair *ast.MappingValueNode)) {
	lines := map[string]int{}
	for _, pair := range list {
		key, ok := keyText(pair.Key)
		if !ok {
			w.report(path, pair.Key, "a key is a plain name")
			continue
		}
		if line, again := lines[key]; again {
			w.report(join(path, key), pair.Key, fmt.Sprintf("duplicate key `%s`; it stands in line %d already", key, line))
			continue
		}
		lines[key] = w.placeOf(pair.Key).line
		fn(key, join(path, key), pair)
	}
}

// keyText gives the name a key spells. Unquoted null, true and numbers are names too: an engine is called null.
func keyText(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.NullNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		text := k.GetToken().Value
		return text, text != "" && text != "~"
	}
	return "", false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (w *walker) fields(path string, n ast.Node, v reflect.Value) {
	keys := keysOf(v.Type())
	w.pairs(path, w.mapping(path, n, keys), func(key, path string, pair *ast.MappingValueNode) {
		f, ok := fieldOf(v, key)
		if !ok {
			w.report(path, pair.Key, fmt.Sprintf("unknown key `%s`; %s", key, Suggest(key, keys)))
			return
		}
		w.pair(path, pair, f)
	})
}

// pair reads a pair's value. A block mapping, or nothing, is reported where its key stands.
func (w *walker) pair(path string, pair *ast.MappingValueNode, v reflect.Value) {
	if text := refused(pair.Value, v.Type()); text != "" {
		w.positions.at[path] = w.placeOf(pair.Key)
		w.report(path, pair.Key, fmt.Sprintf("`%s`: %s", path, text))
		return
	}
	w.value(path, pair.Value, v)
	if m, ok := pair.Value.(*ast.MappingNode); ok && !m.IsFlowStyle {
		w.positions.at[path] = w.placeOf(pair.Key)
	}
}

// keysOf lists the keys of a struct type in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if name := tagOf(t.Field(i)); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}

func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tagOf(v.Type().Field(i)) == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func tagOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" || !f.IsExported() {
		return ""
	}
	return name
}

func (w *walker) entries(path string, n ast.Node, v reflect.Value) {
	if v.Type().Key().Kind() != reflect.String {
		panic(fmt.Sprintf("BUG: yamlstrict reads maps with string keys, not %s", v.Type()))
	}
	list := w.mapping(path, n, nil)
	// A new map: the one that is there may be shared with the defaults.
	m := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); {
		m.SetMapIndex(it.Key(), it.Value())
	}
	w.pairs(path, list, func(key, path string, pair *ast.MappingValueNode) {
		k := reflect.ValueOf(key).Convert(v.Type().Key())
		e := reflect.New(v.Type().Elem()).Elem()
		if old := m.MapIndex(k); old.IsValid() {
			e.Set(old)
		}
		w.pair(path, pair, e)
		m.SetMapIndex(k, e)
	})
	v.Set(m)
}

func (w *walker) elements(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		w.report(path, n, "want a list; found "+describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, e := range s.Values {
		w.value(fmt.Sprintf("%s[%d]", path, i), e, list.Index(i))
	}
	v.Set(list)
}

// anything reads n as map[string]any, []any, int64, uint64, float64, bool or string. A mapping adds to the one there.
func (w *walker) anything(path string, n ast.Node, v reflect.Value) {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		m := map[string]any{}
		if old, ok := v.Interface().(map[string]any); ok {
			maps.Copy(m, old)
		}
		w.entries(path, n, reflect.ValueOf(&m).Elem())
		v.Set(reflect.ValueOf(m))
	case *ast.SequenceNode:
		var list []any
		w.elements(path, n, reflect.ValueOf(&list).Elem())
		v.Set(reflect.ValueOf(list))
	default:
		if x, ok := scalarOf(n); ok {
			v.Set(reflect.ValueOf(x))
			return
		}
		w.report(path, n, "want a value; found "+describe(n))
	}
}
