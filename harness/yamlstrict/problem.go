// Package yamlstrict reads YAML into structs and reports everything that is wrong with it at once, each problem with its
// line, its column and, where a name is wrong, the nearest valid one. It walks the library's syntax tree against the
// struct itself, because the library's own strict mode stops at the first problem, gives unknown keys no position and
// reads the name null as nothing. What values mean together is the caller's to check: Positions keeps the place of every
// value, so that such problems have one too. It is a leaf.
package yamlstrict

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is one thing wrong with a document.
type Problem struct {
	File   string // name given to Decode or Set
	Line   int    // from 1; 0 if the value stands in no file, such as one given by a flag
	Column int    // from 1, in characters
	Path   string // of the value, "load.rate" or "stages[0].do[1]"; empty: the whole document
	Text   string // what is wrong and what is right, without the place
}

// Error gives file:line:column: text, or file: text without a line.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Errors are all problems of a document, in the order of the text. As an error it prints one problem a line.
type Errors []Problem

// Error prints one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each problem as an error of its own.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, p := range e {
		errs[i] = p
	}
	return errs
}

// Excerpt gives the line of src that p stands in and a caret below its column, each line ended; empty without a line.
func (p Problem) Excerpt(src []byte) string {
	lines := strings.Split(string(src), "\n")
	if p.Line < 1 || p.Line > len(lines) {
		return ""
	}
	line := strings.TrimRight(lines[p.Line-1], "\r")
	column := min(max(p.Column, 1), utf8.RuneCountInString(line)+1)
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string([]rune(line)[:column-1]))
	return fmt.Sprintf("%6d | %s\n       | %s^\n", p.Line, line, indent)
}
