package sample

import (
	"encoding/json"
	"errors"
	"strings"
)

// leaf is a scalar in a message.
type leaf struct {
	name       string // path: names joined by dots, elements by their number; of a column its name
	from       int    // where its member begins, with its name
	start, end int    // its text, quotes excluded
	quoted     bool
	null       bool
}

func (l leaf) text(b []byte) string { return string(b[l.start:l.end]) }

var errShape = errors.New("not a JSON object")

// jsonLeaves finds the scalars of a JSON document. Texts with escapes stay as they are written.
func jsonLeaves(b []byte, into []leaf) ([]leaf, error) {
	if !json.Valid(b) {
		return nil, errShape
	}
	w := walk{b: b, leaves: into[:0]}
	w.space()
	if w.at == len(b) || b[w.at] != '{' {
		return nil, errShape
	}
	w.value("", 0)
	return w.leaves, nil
}

// walk goes through a valid document.
type walk struct {
	b      []byte
	at     int
	leaves []leaf
}

func (w *walk) space() {
	for w.at < len(w.b) && strings.IndexByte(" \t\r\n", w.b[w.at]) >= 0 {
		w.at++
	}
}

// skip passes one byte and the space around it.
func (w *walk) skip() byte {
	w.space()
	c := w.b[w.at]
	w.at++
	w.space()
	return c
}

func (w *walk) value(path string, from int) {
	w.space()
	switch c := w.b[w.at]; c {
	case '{':
		w.object(path)
	case '[':
		w.array(path)
	case '"':
		start, end := w.quoted()
		w.leaves = append(w.leaves, leaf{name: path, from: from, start: start, end: end, quoted: true})
	default:
		start := w.at
		for w.at < len(w.b) && strings.IndexByte(",]} \t\r\n", w.b[w.at]) < 0 {
			w.at++
		}
		w.leaves = append(w.leaves, leaf{name: path, from: from, start: start, end: w.at, null: c == 'n'})
	}
}

func (w *walk) quoted() (start, end int) {
	w.at++
	start = w.at
	for w.b[w.at] != '"' {
		if w.b[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	w.at++
	return start, w.at - 1
}

func (w *walk) object(path string) {
	w.skip()
	if w.b[w.at] == '}' {
		w.at++
		return
	}
	for {
		w.space()
		from := w.at
		start, end := w.quoted()
		w.skip() // the colon
		w.value(join(path, string(w.b[start:end])), from)
		if w.space(); w.b[w.at] == '}' {
			w.at++
			return
		}
		w.skip()
	}
}

func (w *walk) array(path string) {
	w.skip()
	if w.b[w.at] == ']' {
		w.at++
		return
	}
	for n := 0; ; n++ {
		w.value(join(path, itoa(n)), w.at)
		if w.space(); w.b[w.at] == ']' {
			w.at++
			return
		}
		w.skip()
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// csvLeaves splits a row at its commas. Rows with quotes are read too, as long as no quoted text has a comma.
func csvLeaves(b []byte, header []string, into []leaf) ([]leaf, error) {
	leaves, start := into[:0], 0
	for at := 0; at <= len(b); at++ {
		if at < len(b) && b[at] != ',' {
			continue
		}
		if len(leaves) == len(header) {
			return nil, errors.New("more columns than the header has")
		}
		l := leaf{name: header[len(leaves)], from: start, start: start, end: at}
		if at-start >= 2 && b[start] == '"' && b[at-1] == '"' {
			l.start, l.end = start+1, at-1
		}
		for l.end > l.start && b[l.end-1] == ' ' {
			l.end--
		}
		l.null = l.start == l.end
		leaves = append(leaves, l)
		start = at + 1
	}
	if len(leaves) < len(header) {
		return nil, errors.New("fewer columns than the header has")
	}
	return leaves, nil
}
