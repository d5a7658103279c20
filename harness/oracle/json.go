package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/job"
)

// decoder reads JSON messages by encoding/json. It is slow on purpose: an object becomes a map of raw members, which does
// what the semantics ask for (names compare exactly after unescaping, the last of equal names counts) without further code.
type decoder struct {
	device  []string
	time    []string
	metrics []metric
	objects map[string]object // of the message at hand, by path
}

type object map[string]json.RawMessage

// decode does tests 2 to 4 of the semantics and fills r with the metrics that are present.
func (d *decoder) decode(key, value []byte, r *reading) job.Reason {
	if !utf8.Valid(value) || bytes.HasPrefix(value, []byte("\ufeff")) {
		return job.ReasonBadUTF8
	}
	if reason := wellFormed(value); reason != job.ReasonNone {
		return reason
	}
	clear(d.objects)
	d.objects[""] = asObject(bytes.TrimSpace(value))
	if reason := d.deviceIs(key); reason != job.ReasonNone {
		return reason
	}
	if _, reason := number(d.find(d.time)); reason != job.ReasonNone {
		return reason
	}
	for _, m := range d.metrics {
		raw := d.find(m.path)
		if raw == nil {
			continue
		}
		f, reason := number(raw)
		if reason != job.ReasonNone {
			return reason
		}
		v, ok := micros(f)
		if !ok {
			return job.ReasonRange
		}
		r.set(m.slot, v)
	}
	return job.ReasonNone
}

// wellFormed says whether the value is one document by RFC 8259 with at most job.MaxDepth open brackets.
func wellFormed(value []byte) job.Reason {
	deep := tooDeep(value)
	if json.Valid(value) {
		if deep {
			return job.ReasonBadJSON
		}
		return job.ReasonNone
	}
	// Which of the two is decided by what comes first from the left, a bad byte or the end. tooDeep counts right up to the
	// first bad byte, and behind one it no longer matters.
	var raw json.RawMessage
	err := json.NewDecoder(bytes.NewReader(value)).Decode(&raw)
	if !deep && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return job.ReasonTruncated
	}
	return job.ReasonBadJSON
}

func tooDeep(value []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > job.MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// asObject gives the members of an object, nil for anything else.
func asObject(raw json.RawMessage) object {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil // cannot be: the document is valid
	}
	return o
}

// find follows a path and gives the value at its end, nil if it is missing.
func (d *decoder) find(path []string) json.RawMessage {
	at := ""
	o := d.objects[at]
	for _, step := range path[:len(path)-1] {
		at += step + "."
		next, ok := d.objects[at]
		if !ok {
			next = asObject(o[step])
			d.objects[at] = next
		}
		o = next
	}
	raw := o[path[len(path)-1]]
	if len(raw) == 0 || raw[0] == 'n' {
		return nil
	}
	return raw
}

func (d *decoder) deviceIs(key []byte) job.Reason {
	raw := d.find(d.device)
	if raw == nil {
		return job.ReasonMissingField
	}
	if raw[0] != '"' {
		return job.ReasonBadType
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil || s != string(key) {
		return job.ReasonWrongDevice
	}
	return job.ReasonNone
}

// number reads a number token as the nearest double, infinite beyond the largest.
func number(raw json.RawMessage) (float64, job.Reason) {
	switch {
	case raw == nil:
		return 0, job.ReasonMissingField
	case !strings.ContainsRune("-0123456789", rune(raw[0])):
		return 0, job.ReasonBadType
	case len(raw) > job.MaxNumberBytes:
		return 0, job.ReasonBadNumber
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, job.ReasonBadNumber // cannot be: the token is a JSON number
	}
	return f, job.ReasonNone
}

// micros converts to millionths, half to even, and says whether the result is in range.
func micros(f float64) (int64, bool) {
	m := math.RoundToEven(float64(f * 1e6))
	if math.Abs(m) > job.MaxMicros { // also infinite
		return 0, false
	}
	return int64(m), true
}
