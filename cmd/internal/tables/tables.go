// Package tables is what commands share that take long, keep what is done, and write tables into a document.
package tables

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamgauge/streamgauge/harness/whole"
)

// Keep writes what is done into a file, and makes its folder. Whoever ends the program meanwhile leaves the file as it was. Errors:
// what cannot be JSON; the file's.
func Keep(file string, done any) error {
	b, err := json.MarshalIndent(done, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return whole.WriteFile(file, b)
}

// Kept reads what Keep has written, nil if there is nothing. Errors: a file that cannot be read, or is none of Keep's.
func Kept[T any](file string) (*T, error) {
	b, err := os.ReadFile(filepath.Clean(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var done T
	if err := json.Unmarshal(b, &done); err != nil {
		return nil, fmt.Errorf("reading %s: %w; remove it", file, err)
	}
	return &done, nil
}

// Write puts text into a document, between the lines begin and end, or on standard output if there is no document. Errors: a
// document without these lines in this order, which stays as it is; the files'.
func Write(document, begin, end, text string, stdout io.Writer) error {
	if document == "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	doc, err := os.ReadFile(filepath.Clean(document))
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	head, rest, found := strings.Cut(string(doc), begin)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("writing %s: it has no lines %q and %q in this order", document, begin, end)
	}
	return whole.WriteFile(document, []byte(head+begin+"\n\n"+strings.TrimSpace(text)+"\n\n"+end+tail))
}
