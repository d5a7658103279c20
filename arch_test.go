// Package streamgauge_test holds the house to its plan: who may import whom, what each package must not touch, and what
// every package must say about itself. It parses the source itself, so that its result never comes from a cache.
package streamgauge_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/streamgauge/streamgauge/"

// layers lists path patterns from the bottom up: a package imports from lower layers only. The first match wins, so
// children come before their parents' pattern.
var layers = [][]string{
	{"harness/defect", "harness/event", "harness/job", "harness/result", "harness/pacer", "harness/latency", "harness/process", "harness/whole", "harness/yamlstrict"},
	{"harness/encoding", "harness/payload", "harness/broker", "harness/jars", "harness/sustain", "harness/compare", "generators", "generators/sample", "reports", "scenarios", "engines", "cmd/internal/*"},
	{"engines/internal/*", "harness/encoding/*", "harness/payload/*", "harness/broker/*", "harness/topic", "harness/driver", "harness/collector", "harness/oracle", "harness/capture", "harness/cluster", "harness/scenario"},
	{"generators/*", "engines/*", "reports/*", "harness/subject"},
	{"harness", "harness/conformance", "harness/laws"},
	{"cmd/*", "bench"},
}

// within lists the imports inside one layer that are allowed, with the reason.
var within = map[string][]string{
	// A Sparkplug payload is Protobuf.
	"harness/encoding/sparkplug": {"harness/encoding/protobuf"},
	// What a network server passes on is JSON, and so are the remarks in a file; OTLP's messages are those of Protobuf.
	"harness/encoding/lorawan": {"harness/encoding/json"},
	"harness/encoding/blob":    {"harness/encoding/json"},
	"harness/encoding/otlp":    {"harness/encoding/protobuf"},
	// Its lines are JSON.
	"harness/encoding/ndjson": {"harness/encoding/json"},
	// SenML is JSON or CBOR of a certain form.
	"harness/encoding/senml": {"harness/encoding/json", "harness/encoding/cbor"},
	// It chooses among the stores.
	"engines/internal/store": {"harness/payload/folder", "harness/payload/s3"},
	// The operators know no Kafka; the plumbing moves what they work on.
	"engines/internal/hop": {"engines/internal/operator"},
	// What is in the blobs of a preset is what is in those of a stream of blobs.
	"generators/preset": {"generators/blob"},
	// A fit makes a preset and measures what it generates.
	"generators/fit":              {"generators/preset", "generators/realism"},
	"engines/internal/enginetest": {"engines/internal/operator", "engines/internal/hop"},
}

type source struct {
	dir     string
	name    string
	test    bool
	imports []string
	file    *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || p != "." && strings.HasPrefix(d.Name(), ".") || p == "runs" || p == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{dir: filepath.ToSlash(filepath.Dir(p)), name: p, test: strings.HasSuffix(p, "_test.go"), file: f}
		for _, im := range f.Imports {
			v, _ := strconv.Unquote(im.Path.Value)
			s.imports = append(s.imports, v)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatalf("reading the source: %v", err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files; the test looks in the wrong place", len(all))
	}
	return all
}

func layerOf(dir string) int {
	for i, l := range layers {
		if slices.Contains(l, dir) {
			return i
		}
	}
	for i, l := range layers {
		for _, pattern := range l {
			if ok, _ := path.Match(pattern, dir); ok {
				return i
			}
		}
	}
	return -1
}

func TestPackagesImportDownwardsOnly(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir == "." || s.test {
			continue
		}
		from := layerOf(s.dir)
		if from < 0 {
			t.Errorf("%s: package %s has no layer; STYLE draws where packages go", s.name, s.dir)
			continue
		}
		for _, im := range s.imports {
			dep, ok := strings.CutPrefix(im, module)
			if !ok || slices.Contains(within[s.dir], dep) {
				continue
			}
			if to := layerOf(dep); to >= from {
				t.Errorf("%s: %s (layer %d) imports %s (layer %d)", s.name, s.dir, from, dep, to)
			}
		}
	}
}

func TestForbiddenEdges(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, im := range s.imports {
			dep := strings.TrimPrefix(im, module)
			if why := forbidden(s.dir, dep); why != "" {
				t.Errorf("%s: imports %s: %s", s.name, im, why)
			}
		}
	}
}

func forbidden(dir, dep string) string {
	inHarness := strings.HasPrefix(dir, "harness")
	switch {
	case strings.HasSuffix(dep, "test") && strings.HasPrefix(dep, "harness/"):
		return "a test package"
	case strings.HasPrefix(dir, "engines/") && slices.Contains([]string{"harness/driver", "harness/collector", "harness/oracle", "harness/topic", "harness/capture"}, dep):
		return "an engine knows nothing of what measures it"
	case dir == "harness/oracle" && (strings.HasPrefix(dep, "engines") || strings.HasPrefix(dep, "harness/encoding") || strings.Contains(dep, "franz-go")):
		return "the oracle shares no code with engines and knows no Kafka client"
	case inHarness && dep == "engines" && !slices.Contains([]string{"harness", "harness/cluster", "harness/subject", "harness/conformance", "harness/scenario"}, dir):
		return "only the harness, cluster, subject, scenario and conformance know the engine contract"
	case inHarness && (strings.HasPrefix(dep, "engines/") || strings.HasPrefix(dep, "reports/")):
		return "the harness knows no concrete engine or report"
	case dir == "harness" && strings.HasPrefix(dep, "generators/"):
		return "the harness knows no concrete generator"
	case strings.HasPrefix(dir, "reports") && strings.HasPrefix(dep, "harness/") && !slices.Contains([]string{"harness/result", "harness/compare", "harness/latency", "harness/whole"}, dep):
		return "a report reads results only"
	case !strings.HasPrefix(dir, "cmd/") && dir != "." && slices.Contains([]string{"flag", "log", "os/signal"}, dep):
		return "flags, logs and signals belong to cmd"
	}
	return ""
}

func TestProcessStateStaysInCmd(t *testing.T) {
	names := map[string]bool{"Exit": true, "Getenv": true, "LookupEnv": true, "Environ": true, "Stdin": true, "Stdout": true, "Stderr": true, "Args": true}
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.dir, "cmd/") || s.dir == "." {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && x.Obj == nil && names[sel.Sel.Name] {
				t.Errorf("%s: os.%s: exit codes, environment and standard streams belong to cmd", s.name, sel.Sel.Name)
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test && s.dir != "." {
			documented[s.dir] = documented[s.dir] || s.file.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, s := range sources(t) {
		b, err := os.ReadFile(s.name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "\n"); n > 500 && !s.test {
			t.Errorf("%s: %d lines; split it before 500", s.name, n)
		}
	}
}
