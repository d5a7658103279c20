package yamlstrict

import "strings"

// Positions knows where each value of a document stands.
type Positions struct {
	file string
	at   map[string]place
}

type place struct {
	file         string
	line, column int
}

// File is the name given to Decode.
func (p *Positions) File() string { return p.file }

// Has reports whether the document gives a value for path.
func (p *Positions) Has(path string) bool {
	_, ok := p.at[path]
	return ok
}

// At gives line and column of the value at path, or of the nearest enclosing value that the document has: a value left
// to its default is reported where it would stand. Both are 0 for values given by Set.
func (p *Positions) At(path string) (line, column int) {
	at := p.lookup(path)
	return at.line, at.column
}

// Problem makes a problem of the value at path.
func (p *Positions) Problem(path, text string) Problem {
	at := p.lookup(path)
	return Problem{File: at.file, Line: at.line, Column: at.column, Path: path, Text: text}
}

func (p *Positions) lookup(path string) place {
	for {
		if at, ok := p.at[path]; ok {
			return at
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return place{file: p.file, line: 1, column: 1}
		}
		path = path[:cut]
	}
}
