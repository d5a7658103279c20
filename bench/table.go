package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// The lines of BENCHMARKS.md between which the table stands.
const (
	Begin = "<!-- bench:begin: written by scripts/bench --write -->"
	End   = "<!-- bench:end -->"
)

// Table turns the output of scripts/bench, in Go's benchmark format, into Markdown. Repetitions of a benchmark, by count or
// by rounds, are told as their median. Errors: r's, or lines that are not benchmark results, and nothing at all.
func Table(r io.Reader) ([]byte, error) {
	s, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("reading benchmark results: %w", err)
	}
	var out bytes.Buffer
	s.conditions(&out)
	var missed []string
	for _, c := range comparisons {
		missed = append(missed, s.compare(&out, c)...)
	}
	missed = append(missed, s.costs(&out)...)
	missed = append(missed, s.firstLight(&out)...)
	if len(missed) == 0 {
		missed = []string{"nothing"}
	}
	fmt.Fprintf(&out, "### Missed\n\n")
	for _, m := range missed {
		fmt.Fprintf(&out, "- %s\n", m)
	}
	return out.Bytes(), nil
}

// Replace puts a table between the markers of a document. Errors: a document without them.
func Replace(doc, table []byte) ([]byte, error) {
	head, rest, ok1 := bytes.Cut(doc, []byte(Begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(End))
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("the document has no lines %q and %q in this order", Begin, End)
	}
	return bytes.Join([][]byte{head, []byte(Begin + "\n\n"), bytes.TrimSpace(table), []byte("\n\n" + End), tail}, nil), nil
}

// results is what a run found.
type results struct {
	config map[string]string
	rows   []row
}

// row is one line of benchmark output.
type row struct {
	name   string            // without "Benchmark"
	keys   map[string]string // of the sub-names
	values map[string]float64
}

func read(r io.Reader) (*results, error) {
	s := &results{config: map[string]string{}}
	in := benchfmt.NewReader(r, "results")
	for in.Scan() {
		res, ok := in.Result().(*benchfmt.Result)
		if !ok {
			continue // what else go test prints
		}
		for _, c := range res.Config {
			s.config[c.Key] = string(c.Value)
		}
		s.rows = append(s.rows, newRow(res))
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(s.rows) == 0 {
		return nil, errors.New("there are none")
	}
	return s, nil
}

func newRow(res *benchfmt.Result) row {
	base, parts := res.Name.Parts()
	r := row{name: string(base), keys: map[string]string{}, values: map[string]float64{}}
	for _, p := range parts {
		if k, v, ok := strings.Cut(strings.TrimPrefix(string(p), "/"), "="); ok {
			r.keys[k] = v
		}
	}
	for _, v := range res.Values {
		if v.OrigUnit != "" {
			r.values[v.OrigUnit] = v.OrigValue
			continue
		}
		r.values[v.Unit] = v.Value
	}
	return r
}

// all gives the values of a unit in rows of a name whose sub-names include keys, in their order.
func (s *results) all(name, unit string, keys map[string]string) []float64 {
	var found []float64
	for _, r := range s.rows {
		if v, ok := r.values[unit]; ok && r.is(name, keys) {
			found = append(found, v)
		}
	}
	return found
}

func (r *row) is(name string, keys map[string]string) bool {
	if r.name != name {
		return false
	}
	for k, v := range keys {
		if r.keys[k] != v {
			return false
		}
	}
	return true
}

// conditionNames are what scripts/bench says of the machine, as benchmark configuration, and what it is called in the table.
var conditionNames = [][2]string{
	{"date", "date"}, {"commit", "commit"}, {"size", "sizes"}, {"cpu", "processor"}, {"cores", "cores"}, {"memory", "memory"},
	{"kernel", "kernel"}, {"go", "Go"}, {"java", "Java"}, {"kafka", "Kafka"}, {"load-before", "load average before"},
	{"pressure-before", "CPU pressure before"},
}

func (s *results) conditions(out io.Writer) {
	fmt.Fprintf(out, "### Conditions\n\n| | |\n|---|---|\n")
	for _, c := range conditionNames {
		if v := s.config[c[0]]; v != "" {
			fmt.Fprintf(out, "| %s | %s |\n", c[1], v)
		}
	}
	if v := s.all("Machine", "cpu-pressure-%", nil); len(v) > 0 {
		fmt.Fprintf(out, "| CPU pressure during | %s %% of the time, the benchmarks' own threads included |\n", number(v[0]))
	}
	if v := s.all("Machine", "minutes", nil); len(v) > 0 {
		fmt.Fprintf(out, "| duration | %s min |\n", number(v[0]))
	}
	fmt.Fprintln(out)
}
