package recorded

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// message is one recorded message and the parts of it that a virtual device replaces.
type message struct {
	text  []byte
	gap   int64  // ns to the device's next message
	slots []slot // in ascending order of their places
}

// slot is a part [start, end) of a message's text.
type slot struct {
	start, end uint32
	what       uint16 // one of the constants below
	index      uint16 // of the metric, or of the field among those that stay together
	steps      int32  // of a metric: its value
}

const (
	slotDevice uint16 = iota
	slotTime
	slotMetric
	slotTogether
)

// span is where a value stands in a message. Strings are without their quotes.
type span struct{ start, end int }

// compile finds a message's slots. The message must have every field that the description names, except metrics.
func (r *Recording) compile(line []byte) (m message, id string, at int64, err error) {
	found, err := spans(line)
	if err != nil {
		return m, "", 0, err
	}
	m.text = line
	add := func(path string, s slot) bool {
		p, ok := found[path]
		if ok {
			s.start, s.end = uint32(p.start), uint32(p.end)
			m.slots = append(m.slots, s)
		}
		return ok
	}
	if !add(r.Device, slot{what: slotDevice}) || !add(r.Time.Path, slot{what: slotTime}) {
		return m, "", 0, fmt.Errorf("want a device at %s and a time at %s", r.Device, r.Time.Path)
	}
	id = string(line[m.slots[0].start:m.slots[0].end])
	if at, err = r.nanos(string(line[m.slots[1].start:m.slots[1].end])); err != nil {
		return m, "", 0, err
	}
	for i, path := range r.Together {
		if !add(path, slot{what: slotTogether, index: uint16(i)}) {
			return m, "", 0, fmt.Errorf("want a value at %s", path)
		}
	}
	for k := range r.metrics {
		p, ok := found[r.metrics[k].Path]
		if !ok {
			continue
		}
		steps, err := r.metrics[k].steps(string(line[p.start:p.end]))
		if err != nil {
			return m, "", 0, fmt.Errorf("metric %s: %w", r.names[k], err)
		}
		add(r.metrics[k].Path, slot{what: slotMetric, index: uint16(k), steps: steps})
	}
	slices.SortFunc(m.slots, func(a, b slot) int { return cmp.Compare(a.start, b.start) })
	return m, id, at, nil
}

// nanos reads a recorded time. Only differences are used, so that a double's resolution of 0.2 µs is enough.
func (r *Recording) nanos(text string) (int64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("time %s: %w", text, err)
	}
	unit := float64(time.Second)
	if r.Time.Unit == "ms" {
		unit = float64(time.Millisecond)
	}
	if v = math.RoundToEven(v * unit); math.Abs(v) > math.MaxInt64/2 {
		return 0, fmt.Errorf("time %s %s is beyond 1970 ± 146 years", text, r.Time.Unit)
	}
	return int64(v), nil
}

// room is how many bytes the message usually needs at most. A rare longer one is copied once more.
func (m *message) room(r *Recording) int {
	n := len(m.text)
	for _, s := range m.slots {
		if s.what == slotMetric {
			n += r.metrics[s.index].longest
		} else {
			n += usualText
		}
	}
	return n
}

// usualText is what device ids, times and the texts of other moments rarely exceed, bytes.
const usualText = 32

// spans finds every value that is neither object nor array, by its path. Members of arrays are left out.
func spans(line []byte) (map[string]span, error) {
	s := &spanner{dec: json.NewDecoder(bytes.NewReader(line)), line: line, found: map[string]span{}}
	s.dec.UseNumber()
	t, err := s.dec.Token()
	if err == nil && t != json.Delim('{') {
		err = errors.New("want a JSON object")
	}
	if err == nil {
		err = s.object("")
	}
	if err == nil {
		if _, err = s.dec.Token(); err == io.EOF {
			return s.found, nil
		}
		err = errors.New("want one JSON object")
	}
	return nil, err
}

type spanner struct {
	dec   *json.Decoder
	line  []byte
	found map[string]span
}

// object reads the members of an object whose brace was read.
func (s *spanner) object(prefix string) error {
	for s.dec.More() {
		name, err := s.dec.Token()
		if err != nil {
			return err
		}
		if err := s.value(prefix + name.(string)); err != nil {
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

func (s *spanner) value(path string) error {
	start := int(s.dec.InputOffset())
	t, err := s.dec.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return s.object(path + ".")
	case json.Delim('['):
		return s.skip()
	}
	end := int(s.dec.InputOffset())
	start += len(s.line[start:end]) - len(strings.TrimLeft(string(s.line[start:end]), ": \t\r\n"))
	if _, ok := t.(string); ok {
		start, end = start+1, end-1
	}
	s.found[path] = span{start, end}
	return nil
}

// skip reads the rest of an array.
func (s *spanner) skip() error {
	for depth := 1; depth > 0; {
		t, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nil
}
