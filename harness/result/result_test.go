package result_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
)

var update = flag.Bool("update", false, "write the samples anew")

func decode(t *testing.T, b []byte) *result.Run {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var run result.Run
	if err := d.Decode(&run); err != nil {
		t.Fatalf("decoding: %v", err)
	}
	return &run
}

func encode(t *testing.T, run *result.Run) []byte {
	t.Helper()
	b, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// A committed file that can no longer be read, or that today's schema would write otherwise, means that the names of
// run.json have changed: they are an interface.
func TestCommittedSamplesAreReadStrictlyAndWrittenBackTheSame(t *testing.T) {
	for name, run := range samples() {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, encode(t, run), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(t, decode(t, want)); !bytes.Equal(got, want) {
			t.Errorf("%s: decoded and encoded again it differs: %s", name, cmp.Diff(string(want), string(got)))
		}
		if diff := cmp.Diff(decode(t, encode(t, run)), decode(t, want), near()); diff != "" {
			t.Errorf("%s: not what the generator makes (go test -update writes it anew):\n%s", name, diff)
		}
	}
}

// near tolerates the last digits of exponentials and logarithms, which differ between processors.
func near() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-6*math.Max(math.Abs(a), math.Abs(b)) }),
		cmp.Comparer(func(a, b int64) bool { return a == b || math.Abs(float64(a-b)) <= 1e-6*math.Abs(float64(a)) }),
	}
}

func TestSamplesCoverTheSchema(t *testing.T) {
	var all bytes.Buffer
	for _, run := range samples() {
		all.Write(encode(t, run))
	}
	for _, want := range []string{`"partial":true`, `"failure":`, `"p999_ns":null`, `"bound_from":`, `"censored":125`, `"quality":"clean"`,
		`"quality":"degraded"`, `"quality":"invalid"`, `"state":"ok"`, `"state":"note"`, `"state":"degraded"`, `"state":"invalid"`,
		`"state":"not-measured"`, `"culprits":[{`, `"repetition":5`, `"floor":true`, `"trials":[]`, `"restarts":1`, `"judged":false`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no sample has %s", want)
		}
	}
}

// Trials of a sample that refer to each other must do so by identifiers that exist.
func TestReferencesInSamplesResolve(t *testing.T) {
	for name, run := range samples() {
		ids := map[string]bool{"": true}
		for _, tr := range run.Trials {
			if ids[tr.ID] {
				t.Errorf("%s: two trials are called %q", name, tr.ID)
			}
			ids[tr.ID] = true
		}
		for _, d := range run.Distributions {
			if !ids[d.Trial] {
				t.Errorf("%s: a distribution names trial %q, which is not there", name, d.Trial)
			}
		}
		for _, e := range run.Events {
			if !ids[e.Trial] {
				t.Errorf("%s: an event names trial %q, which is not there", name, e.Trial)
			}
		}
	}
}

func TestFormatNamesEveryField(t *testing.T) {
	doc, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("result.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range strings.Split(string(src), "`json:\"")[1:] {
		name, _, _ := strings.Cut(tag, `"`)
		name, _, _ = strings.Cut(name, ",")
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("FORMAT.md does not speak of %q", name)
		}
	}
}
