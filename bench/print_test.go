//go:build bench

package bench

import (
	"flag"
	"os"
	"testing"
)

var (
	resultsFile = flag.String("results", "", "benchmark output to make a table of")
	tableFile   = flag.String("table", "", "where to write the table")
	document    = flag.String("document", "", "a document to put the table in")
)

// TestPrint is the last step of scripts/bench.
func TestPrint(t *testing.T) {
	if *resultsFile == "" {
		t.Skip("no -results: scripts/bench gives them")
	}
	f, err := os.Open(*resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := Table(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*tableFile, table, 0o644); err != nil {
		t.Fatal(err)
	}
	if *document == "" {
		return
	}
	doc, err := os.ReadFile(*document)
	if err == nil {
		doc, err = Replace(doc, table)
	}
	if err == nil {
		err = os.WriteFile(*document, doc, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
