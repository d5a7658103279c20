package engines_test

import (
	"encoding/xml"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
)

// modules are those that the parent pom names.
func modules(t *testing.T) []string {
	t.Helper()
	text, err := fs.ReadFile(engines.Sources, "pom.xml")
	if err != nil {
		t.Fatal(err)
	}
	var pom struct {
		Modules []string `xml:"modules>module"`
	}
	if err := xml.Unmarshal(text, &pom); err != nil {
		t.Fatal(err)
	}
	if len(pom.Modules) < 2 {
		t.Fatalf("the parent pom names %v", pom.Modules)
	}
	return pom.Modules
}

// A module that is not embedded, or only half, would be missed by a user who has the binary alone.
func TestSourcesHoldEveryModule(t *testing.T) {
	for _, m := range modules(t) {
		err := filepath.WalkDir(m, func(file string, d fs.DirEntry, err error) error {
			name := filepath.ToSlash(file)
			if err != nil || d.IsDir() || !needed(m, name) {
				return err
			}
			want, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if got, err := fs.ReadFile(engines.Sources, name); err != nil || string(got) != string(want) {
				t.Errorf("%s is not embedded (%v): sources.go needs a line for it", name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// needed tells what a build of a module takes.
func needed(module, name string) bool {
	rest := strings.TrimPrefix(name, module+"/")
	return rest == "pom.xml" || rest == "lock.txt" || strings.HasPrefix(rest, "src/main/")
}

func TestSourcesHoldNothingElse(t *testing.T) {
	known := modules(t)
	err := fs.WalkDir(engines.Sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "pom.xml" {
			return err
		}
		module, _, _ := strings.Cut(name, "/")
		if !slices.Contains(known, module) || !needed(module, name) || slices.Contains([]string{".class", ".jar"}, path.Ext(name)) {
			t.Errorf("%s is embedded; no build takes it", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
