// Package reportstest holds what the tests of all reports share: the committed samples, a hostile run, and goldens.
package reportstest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Samples lists the names of the committed results.
func Samples() []string { return []string{"side-by-side", "isolated", "troubled", "sizes", "empty"} }

// Sample reads a committed result, for package reports and those below it.
func Sample(t *testing.T, name string) *result.Run {
	t.Helper()
	path := filepath.Join("..", "harness", "result", "testdata", name+".json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = os.ReadFile(filepath.Join("..", path))
	}
	if err != nil {
		t.Fatal(err)
	}
	var run result.Run
	if err := json.Unmarshal(b, &run); err != nil {
		t.Fatalf("decoding the sample %s: %v", name, err)
	}
	return &run
}

// InEncodings is a committed result as if its engines had been offered the stream in two encodings: those called tuple in json, all
// others but the floor in csv+zstd.
func InEncodings(t *testing.T, name string) *result.Run {
	t.Helper()
	run := Sample(t, name)
	run.Encodings = []result.Encoding{
		{Name: "json", Messages: 2000, Bytes: 217, Packed: map[string]int{"gzip": 181, "zstd": 191}, Batched: 44, EncodeNS: 231, DecodeNS: 689},
		{Name: "csv+zstd", Messages: 2000, Bytes: 58, Packed: map[string]int{"gzip": 83, "zstd": 71}, Batched: 53, EncodeNS: 12_345, DecodeNS: 2_340},
	}
	for i := range run.Trials {
		switch trial := &run.Trials[i]; {
		case trial.Floor:
		case trial.Engine == "tuple":
			trial.Encoding = "json"
		default:
			trial.Encoding = "csv+zstd"
		}
	}
	return run
}

// Golden compares got with testdata/name of the package under test, or writes it there.
func Golden(t *testing.T, name string, got []byte, update bool) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; go test -update writes it anew):\n%s", path, diff)
	}
}

// Hostile is the sample with every text replaced by text, also keys of maps: what a device id, an engine's log line or a
// setting may hold. Texts that choose between cases, such as qualities and states, and identifiers that tie parts together stay.
func Hostile(t *testing.T, name, text string) *result.Run {
	t.Helper()
	run := Sample(t, name)
	poison(reflect.ValueOf(run).Elem(), text, "")
	run.Plan, _ = json.Marshal(map[string]string{text: text})
	return run
}

// kept lists the fields that must stay what they are for the rest to be shown at all.
func kept(field string) bool {
	switch field {
	case "Trial", "ID", "Metric", "Phase", "Quality", "State", "Name", "Role", "Kind", "Plan", "Instance", "Block", "Digest", "OrderDigest", "Quantiles", "Latency":
		return true
	}
	return false
}

func poison(v reflect.Value, text, field string) {
	if kept(field) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				poison(f, text, v.Type().Field(i).Name)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text, "")
		}
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String && v.Len() > 0 {
			one := v.MapIndex(v.MapKeys()[0])
			if one.Kind() == reflect.Interface || one.Kind() == reflect.String {
				one = reflect.ValueOf(text)
			}
			v.SetMapIndex(reflect.ValueOf(text), one)
		}
	}
}
