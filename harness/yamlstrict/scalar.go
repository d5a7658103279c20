package yamlstrict

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decimal is a whole number as people write it: no octal, no hexadecimal, no leading zero that YAML 1.1 reads as octal.
var decimal = regexp.MustCompile(`^[+-]?(0|[1-9][0-9_]*)$`)

// scalar reads a bool, a number or a string.
func (w *walker) scalar(path string, n ast.Node, v reflect.Value) {
	text, quoted, ok := textOf(n)
	var problem string
	switch kind := v.Kind(); {
	case !ok:
		problem = "want " + wanted(kind)
	case kind == reflect.Bool:
		problem = setBool(n, v)
	case kind == reflect.String:
		problem = setString(n, v)
	case quoted:
		problem = "want " + wanted(kind) + ", unquoted"
	case v.CanInt() || v.CanUint():
		problem = setWhole(text, v)
	case v.CanFloat():
		problem = setFloat(text, v)
	default:
		panic(fmt.Sprintf("BUG: yamlstrict cannot read a %s", v.Type()))
	}
	if problem != "" {
		w.report(path, n, problem+"; found "+describe(n))
	}
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

func setBool(n ast.Node, v reflect.Value) string {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		return "want true or false"
	}
	v.SetBool(b.Value)
	return ""
}

func setString(n ast.Node, v reflect.Value) string {
	switch n := n.(type) {
	case *ast.StringNode:
		v.SetString(n.Value)
	case *ast.LiteralNode:
		v.SetString(n.Value.Value)
	default:
		return "want text; quote it"
	}
	return ""
}

func setWhole(text string, v reflect.Value) string {
	if !decimal.MatchString(text) {
		return "want a whole number"
	}
	text = strings.ReplaceAll(text, "_", "")
	if v.CanUint() {
		u, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, v.Type().Bits())
		if err != nil {
			return fmt.Sprintf("want a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-v.Type().Bits()))
		}
		v.SetUint(u)
		return ""
	}
	i, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		limit := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		return fmt.Sprintf("want a whole number from %d to %d", -limit-1, limit)
	}
	v.SetInt(i)
	return ""
}

func setFloat(text string, v reflect.Value) string {
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_") {
		return "want a number"
	}
	v.SetFloat(f)
	return ""
}

func (w *walker) time(path string, n ast.Node, v reflect.Value) {
	text, _, ok := textOf(n)
	t, err := time.Parse(time.RFC3339Nano, text)
	if !ok || err != nil {
		w.report(path, n, "want a time such as 2020-07-13T00:00:00Z; found "+describe(n))
		return
	}
	v.Set(reflect.ValueOf(t))
}

func (w *walker) text(path string, n ast.Node, u encoding.TextUnmarshaler) {
	text, _, ok := textOf(n)
	if !ok {
		w.report(path, n, "want a single value; found "+describe(n))
		return
	}
	if err := u.UnmarshalText([]byte(text)); err != nil {
		w.report(path, n, err.Error())
	}
}

// textOf gives a scalar as it was written, without quotes.
func textOf(n ast.Node) (text string, quoted, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		t := n.GetToken().Type
		return n.Value, t == token.SingleQuoteType || t == token.DoubleQuoteType, true
	case *ast.LiteralNode:
		return n.Value.Value, true, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, false, true
	}
	return "", false, false
}

// scalarOf gives a scalar as the Go value it looks like.
func scalarOf(n ast.Node) (any, bool) {
	text, quoted, ok := textOf(n)
	if !ok || quoted {
		return text, ok
	}
	if b, isBool := n.(*ast.BoolNode); isBool {
		return b.Value, true
	}
	var i int64
	if setWhole(text, reflect.ValueOf(&i).Elem()) == "" {
		return i, true
	}
	var u uint64
	if setWhole(text, reflect.ValueOf(&u).Elem()) == "" {
		return u, true
	}
	var f float64
	if _, isText := n.(*ast.StringNode); !isText && setFloat(text, reflect.ValueOf(&f).Elem()) == "" {
		return f, true
	}
	return text, true
}

// describe says what a node is, for "found …".
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		text, _, _ := textOf(n)
		return "the text " + short(text)
	}
	if text, _, ok := textOf(n); ok {
		return strings.Trim(short(text), `"`)
	}
	return "something else"
}

// short quotes text, cut to what fits a line.
func short(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return strconv.Quote(text)
}
