package sample

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Layout says where in the messages what stands. Fields left empty are found out from the names in the first message.
type Layout struct {
	Time    string   // path or column of the time
	Clock   Clock    // how it is written
	Key     string   // path or column of the source's id; "-": there is one source only
	Fields  []string // paths or columns; empty: all others
	Without []string // members that are cut out of the messages: they were not sent
	Sort    bool     // by time: the file has another order than the messages had when sent
}

// Names under which times and keys are usually found, the best first.
var (
	timeNames = []string{"ts", "time", "timestamp", "_timestamp", "event_time", "date", "datetime", "reading", "t"}
	keyNames  = []string{"device_id", "deviceid", "device", "key", "id", "sensor_id", "mote_id", "icao24", "deveui", "node", "source", "name"}
)

// ReadFile reads the messages of a file. Errors: those of Read.
func ReadFile(path string, l Layout) (*Stream, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading messages: %w", err)
	}
	s, err := Read(b, l)
	if err != nil {
		return nil, fmt.Errorf("reading the messages of %s: %w", path, err)
	}
	return s, nil
}

// Read reads messages: a JSON array of objects, alone or in an object, JSON objects one a line, CSV with a header, frames of a CAN bus
// as candump logs them, or messages of any bytes, each behind its length (4 bytes, big endian); all may be in a gzip stream or alone in
// a zip archive. A log of a bus says by itself what stands where: of the layout Sort alone counts. Errors: nothing could be read, no
// time is found, most messages cannot be read.
func Read(b []byte, l Layout) (*Stream, error) {
	b, err := unpack(b)
	if err != nil {
		return nil, err
	}
	r := reader{Layout: l}
	switch first := bytes.TrimLeft(b, " \t\r\n\xef\xbb\xbf"); {
	case len(first) == 0:
		return nil, errors.New("there are none")
	case b[0] < '\t', chained(b): // no text begins so; one behind a length above 150,994,943 does
		return framed(b)
	case first[0] == '(':
		return bus(first, l.Sort)
	case first[0] == '[':
		err = r.array(first)
	case first[0] == '{' && json.Valid(first):
		err = r.document(first)
	case first[0] == '{':
		for line := range bytes.Lines(first) {
			r.line(line)
		}
	default:
		err = r.csv(first)
	}
	if err != nil {
		return nil, err
	}
	return r.finish()
}

// framed reads messages behind their lengths.
func framed(b []byte) (*Stream, error) {
	var all [][]byte
	for len(b) > 0 {
		m, rest, ok := next(b)
		if !ok {
			return nil, fmt.Errorf("message %d is cut off: %d bytes are left of it and its length", len(all)+1, len(b))
		}
		all, b = append(all, m), rest
	}
	return Framed(all), nil
}

// next takes the message off that stands first behind its length.
func next(b []byte) (message, rest []byte, ok bool) {
	if len(b) < 4 || uint64(len(b)-4) < uint64(binary.BigEndian.Uint32(b)) {
		return nil, nil, false
	}
	end := 4 + int(binary.BigEndian.Uint32(b))
	return b[4:end], b[end:], true
}

// chained tells whether lengths lead exactly to the end. Of a text the first four characters are a length that it does not have.
func chained(b []byte) bool {
	for ok := true; len(b) > 0; {
		if _, b, ok = next(b); !ok {
			return false
		}
	}
	return true
}

// Framed is the stream of messages of which the bytes alone are known. Where one is in time nobody knows; they are a second apart.
func Framed(messages [][]byte) *Stream {
	s := &Stream{Framed: true}
	for i, m := range messages {
		s.Messages = append(s.Messages, Message{Time: int64(i) * 1e9, Bytes: m})
	}
	return s
}

func unpack(b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, err
		}
		if len(z.File) != 1 {
			return nil, fmt.Errorf("the archive has %d files; want one", len(z.File))
		}
		f, err := z.File[0].Open()
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(f)
	}
	return b, nil
}

// reader collects messages.
type reader struct {
	Layout
	out    Stream
	header []string // of CSV
	leaves []leaf
	what   map[string]int
	shape  []string // names of the leaves of the first message
	why    error    // of the first bad message
}

// document reads the longest array of a document; a document without one is a message.
func (r *reader) document(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	var longest []byte
	for _, m := range members {
		if bytes.HasPrefix(bytes.TrimLeft(m, " \t\r\n"), []byte("[")) && len(m) > len(longest) {
			longest = m
		}
	}
	if len(longest)*2 < len(b) {
		r.line(b)
		return nil
	}
	return r.array(longest)
}

func (r *reader) array(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		var m json.RawMessage
		if err := d.Decode(&m); err != nil {
			return err
		}
		r.line(m)
	}
	return nil
}

func (r *reader) csv(b []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 16<<20)
	if !lines.Scan() {
		return lines.Err()
	}
	header, seen := strings.TrimRight(lines.Text(), "\r"), map[string]int{}
	for name := range strings.SplitSeq(header, ",") {
		name = strings.Trim(name, `" `)
		if seen[name]++; seen[name] > 1 {
			name += "#" + itoa(seen[name])
		}
		r.header = append(r.header, name)
	}
	r.out.CSV, r.out.Header = true, header
	for lines.Scan() {
		r.line(slices.Clone(lines.Bytes()))
	}
	return lines.Err()
}

// line reads one message.
func (r *reader) line(b []byte) {
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return
	}
	if err := r.message(b); err != nil {
		r.out.Bad++
		if r.why == nil {
			r.why = err
		}
	}
}

func (r *reader) message(b []byte) error {
	leaves, err := r.parse(b)
	if err != nil {
		return err
	}
	for _, name := range r.Without {
		if b, leaves, err = r.cut(b, leaves, name); err != nil {
			return err
		}
	}
	if r.what == nil {
		if err := r.detect(b, leaves); err != nil {
			return err
		}
	}
	return r.add(b, leaves)
}

func (r *reader) parse(b []byte) ([]leaf, error) {
	var err error
	if r.header != nil {
		r.leaves, err = csvLeaves(b, r.header, r.leaves)
	} else {
		r.leaves, err = jsonLeaves(b, r.leaves)
	}
	return r.leaves, err
}

// cut takes a member of an object, or a column, out of a message.
func (r *reader) cut(b []byte, leaves []leaf, name string) ([]byte, []leaf, error) {
	i := slices.IndexFunc(leaves, func(l leaf) bool { return l.name == name })
	if i < 0 || r.header != nil {
		return b, leaves, nil
	}
	from, to := leaves[i].from, leaves[i].end
	if leaves[i].quoted {
		to++
	}
	if rest := bytes.TrimLeft(b[to:], " "); len(rest) > 0 && rest[0] == ',' {
		to = len(b) - len(rest) + 1
	} else if before := bytes.TrimRight(b[:from], " "); before[len(before)-1] == ',' {
		from = len(before) - 1
	}
	b = slices.Concat(b[:from], b[to:])
	leaves, err := r.parse(b)
	return b, leaves, err
}

// detect settles from the first message what stands where.
func (r *reader) detect(b []byte, leaves []leaf) error {
	find := func(want string, usual []string) (leaf, bool) {
		for _, name := range append([]string{want}, usual...) {
			for _, l := range leaves {
				short := l.name[strings.LastIndexByte(l.name, '.')+1:]
				if l.name == name || want == "" && strings.EqualFold(short, name) {
					return l, true
				}
			}
			if want != "" {
				break
			}
		}
		return leaf{}, false
	}
	t, ok := find(r.Time, timeNames)
	if !ok {
		return fmt.Errorf("no time %q among %s", r.Time, names(leaves))
	}
	if r.Clock == "" {
		var err error
		if r.Clock, err = detectClock(t.text(b)); err != nil {
			return err
		}
	}
	k, ok := find(r.Key, keyNames)
	if !ok && r.Key != "" && r.Key != "-" {
		return fmt.Errorf("no key %q among %s", r.Key, names(leaves))
	}
	r.what = map[string]int{}
	for _, l := range leaves {
		r.shape = append(r.shape, l.name)
		if l.name != t.name && (!ok || l.name != k.name) && (len(r.Fields) == 0 || slices.Contains(r.Fields, l.name)) {
			r.what[l.name] = len(r.out.Fields)
			r.out.Fields = append(r.out.Fields, l.name)
		}
	}
	r.what[t.name] = TimeLeaf
	if ok {
		r.what[k.name] = KeyLeaf
	}
	return nil
}

func names(leaves []leaf) string {
	var n []string
	for _, l := range leaves {
		n = append(n, l.name)
	}
	return strings.Join(n, ", ")
}

func (r *reader) add(b []byte, leaves []leaf) error {
	m := Message{Bytes: b, Values: make([]float64, len(r.out.Fields)), Texts: make([]string, len(r.out.Fields))}
	for i := range m.Values {
		m.Values[i] = math.NaN()
	}
	timed, same := false, len(leaves) == len(r.shape)
	for i, l := range leaves {
		same = same && l.name == r.shape[i]
		w, ok := r.what[l.name]
		if !ok {
			continue
		}
		switch text := l.text(b); w {
		case TimeLeaf:
			t, err := r.Clock.Parse(text)
			if err != nil {
				return err
			}
			m.Time, timed = t, true
		case KeyLeaf:
			m.Key = text
		default:
			m.Texts[w], m.Values[w] = text, Number(text)
		}
	}
	if !timed {
		return errors.New("a message without time")
	}
	if same {
		m.Spans = r.spans(leaves)
	}
	r.out.Messages = append(r.out.Messages, m)
	return nil
}

func (r *reader) spans(leaves []leaf) []Span {
	var s []Span
	for _, l := range leaves {
		if w, ok := r.what[l.name]; ok {
			s = append(s, Span{l.start, l.end, w})
		}
	}
	return s
}

// Number reads a value: true and false are 1 and 0; what is no number, or a usual mark of a missing one (-9999), is NaN.
func Number(text string) float64 {
	switch text {
	case "true":
		return 1
	case "false":
		return 0
	case "-9999", "-9999.0":
		return math.NaN()
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(v, 0) {
		return v
	}
	return math.NaN()
}

func (r *reader) finish() (*Stream, error) {
	s := &r.out
	s.Clock = r.Clock
	if n := len(s.Messages); n == 0 || s.Bad > n {
		return nil, fmt.Errorf("%d of %d cannot be read; the first: %w", s.Bad, s.Bad+n, cmp.Or(r.why, errShape))
	}
	if r.Sort {
		s.sort()
	}
	return s, nil
}
