package conformance

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// line is one line of a section on its way through the parser.
type line struct {
	p      *parser
	number int
	rest   string
	failed bool
}

// fail reports the first problem of the line; what follows would only be confusion.
func (l *line) fail(format string, args ...any) {
	if !l.failed {
		l.p.addf(l.number, format, args...)
	}
	l.failed = true
}

// word takes the next word, which ends at a space.
func (l *line) word() string {
	w, rest, _ := strings.Cut(l.rest, " ")
	l.rest = strings.TrimLeft(rest, " ")
	return w
}

// label takes a bare or quoted name that ends at a space or at #.
func (l *line) label() string {
	if strings.HasPrefix(l.rest, `"`) {
		q, err := strconv.QuotedPrefix(l.rest)
		if err != nil {
			l.fail("a quoted name does not end: %s", l.rest)
			return ""
		}
		l.rest = strings.TrimLeft(l.rest[len(q):], " ")
		s, _ := strconv.Unquote(q)
		return s
	}
	i := strings.IndexAny(l.rest, " #")
	if i < 0 {
		i = len(l.rest)
	}
	s := l.rest[:i]
	l.rest = strings.TrimLeft(l.rest[i:], " ")
	return s
}

// word writes a label as label reads it.
func word(label string) string {
	if label == "" || strings.ContainsAny(label, " #\"\\") || strings.ToValidUTF8(label, "?") != label || strconv.Quote(label) != `"`+label+`"` {
		return strconv.Quote(label)
	}
	return label
}

// sequences reads "7" or "0..9".
func (l *line) sequences(s string) (from, to uint64) {
	a, b, ranged := strings.Cut(s, "..")
	from, err := strconv.ParseUint(a, 10, 64)
	to = from
	if err == nil && ranged {
		to, err = strconv.ParseUint(b, 10, 64)
	}
	if err != nil || to < from || to-from > 10_000 {
		l.fail("%q: want a sequence or a range of them, such as 0..9", s)
	}
	return from, to
}

// moment reads a moment from the script's epoch.
func (l *line) moment(s string) int64 {
	ms, err := moment(s)
	if err != nil {
		l.fail("%v", err)
	}
	return ms
}

// decimal reads "21.5" as millionths and "7u" as 7.
func (l *line) decimal(s string) int64 {
	if u, ok := strings.CutSuffix(s, "u"); ok {
		v, err := strconv.ParseInt(u, 10, 64)
		if err != nil {
			l.fail("%q is no integer", s)
		}
		return v
	}
	var m job.Micros
	if err := m.UnmarshalText([]byte(s)); err != nil {
		l.fail("%v", err)
	}
	return int64(m)
}

// fields reads name=value until the end of the line.
func (l *line) fields() []field {
	var fs []field
	for l.rest != "" && !l.failed {
		w := l.word()
		name, value, ok := strings.Cut(w, "=")
		if !ok || name == "" {
			l.fail("%q: want name=value", w)
			return nil
		}
		if slices.ContainsFunc(fs, func(f field) bool { return f.name == name }) {
			l.fail("%s stands twice", name)
		}
		fs = append(fs, field{name, l.decimal(value)})
	}
	return fs
}

// device reads: LABEL [key "…"] [partition N] [stream N] [like LABEL].
func (p *parser) device(l *line) {
	label := l.label()
	if _, ok := p.devices[label]; ok {
		l.fail("device %s stands twice", word(label))
	}
	d := p.use(label)
	for l.rest != "" && !l.failed {
		switch w := l.word(); w {
		case "key":
			d.key = l.label()
		case "like":
			d.like = l.label()
			d.key = d.like
		case "partition", "stream":
			n, err := strconv.ParseUint(l.word(), 10, 15)
			if err != nil {
				l.fail("%s: want a number", w)
			}
			if w == "stream" {
				d.stream = uint16(n)
			} else {
				d.partition = int32(n)
			}
		default:
			l.fail("%q: want key, partition, stream or like", w)
		}
	}
}

func (p *parser) registryLine(l *line) {
	label := l.label()
	p.use(label)
	e := registryEntry{line: l.number, label: label, fields: l.fields()}
	if !l.failed {
		p.registry = append(p.registry, e)
	}
}

// step reads a command or an event.
func (p *parser) step(l *line) {
	before := len(p.steps)
	switch {
	case l.rest == "barrier":
		p.add(l, step{kind: stepBarrier})
	case l.rest == "stop":
		p.add(l, step{kind: stepStop})
	case l.rest == "kill":
		p.add(l, step{kind: stepKill})
	case l.rest == "continue":
		p.add(l, step{kind: stepContinue})
	case l.rest == "stop and continue":
		p.add(l, step{kind: stepStop})
		p.add(l, step{kind: stepContinue})
	case l.rest == "kill and continue":
		p.add(l, step{kind: stepKill})
		p.add(l, step{kind: stepContinue})
	case strings.HasPrefix(l.rest, "advance "):
		l.word()
		p.add(l, step{kind: stepAdvance, at: l.moment(l.word())})
	case strings.HasPrefix(l.rest, "await window "):
		p.awaitWindow(l)
	default:
		p.event(l)
	}
	if l.failed {
		p.steps = p.steps[:before]
	}
}

func (p *parser) add(l *line, s step) {
	s.line = l.number
	p.steps = append(p.steps, s)
}

// awaitWindow reads: await window +0s of heartbeat 1 | heartbeats.
func (p *parser) awaitWindow(l *line) {
	l.word()
	l.word()
	s := step{kind: stepAwaitWindow, at: l.moment(l.word()), partition: -1}
	if w := l.word(); w != "of" {
		l.fail("%q: want `await window +0s of heartbeats`", w)
	}
	switch w := l.word(); w {
	case "heartbeats":
	case "heartbeat":
		n, err := strconv.ParseUint(l.word(), 10, 15)
		if err != nil {
			l.fail("heartbeat: want the number of a partition")
		}
		s.partition = int32(n)
	default:
		l.fail("%q: want heartbeat N or heartbeats", w)
	}
	p.add(l, s)
}

// event reads: LABEL#SEQ[..SEQ] MOMENT[/STEP] (OPTION)… VALUE.
func (p *parser) event(l *line) {
	in := input{device: l.label(), value: value{size: -1}}
	p.use(in.device)
	w := l.word()
	if !strings.HasPrefix(w, "#") {
		l.fail("%q: want an event such as dev#0 +1s temp=20, or barrier, advance, await window, stop, kill, continue", w)
		return
	}
	in.from, in.to = l.sequences(w[1:])
	at, every, ranged := strings.Cut(l.word(), "/")
	if abs, ok := strings.CutPrefix(at, "@"); ok {
		ms, err := strconv.ParseInt(abs, 10, 64)
		if err != nil {
			l.fail("%q: want @ and ms since 1970", at)
		}
		in.at, in.absolute = ms, true
	} else {
		in.at = l.moment(at)
	}
	if ranged {
		d, err := time.ParseDuration(every)
		if err != nil || d%time.Millisecond != 0 || d < 0 {
			l.fail("%q: want the time between two events of a range", every)
		}
		in.every = d.Milliseconds()
	}
	for strings.HasPrefix(l.rest, "(") && !l.failed {
		l.option(&in.options)
	}
	l.value(&in.value)
	if !l.failed {
		p.add(l, step{kind: stepEvent, input: in})
	}
}

// option reads (intended +5ms), (flags 8), (header trace 1f), (header-first trace 1f), (sg none) or (sg HEX), (sgt first) or (sgt none).
func (l *line) option(o *inputOptions) {
	text, rest, ok := strings.Cut(l.rest[1:], ")")
	if !ok {
		l.fail("an option does not end: %s", l.rest)
		return
	}
	l.rest = strings.TrimLeft(rest, " ")
	name, arg, _ := strings.Cut(text, " ")
	var err error
	switch name {
	case "intended":
		var d time.Duration
		d, err = time.ParseDuration(arg)
		ns := int64(d)
		o.intended = &ns
	case "flags":
		var n uint64
		n, err = strconv.ParseUint(arg, 10, 8)
		o.flags = uint8(n)
	case "header", "header-first":
		key, v, _ := strings.Cut(arg, " ")
		h := event.Header{Key: key}
		h.Value, err = hex.DecodeString(v)
		if name == "header" {
			o.after = append(o.after, h)
		} else {
			o.before = append(o.before, h)
		}
	case "chunk", "claim":
		var h event.Chunk
		h, err = chunkHeader(name, arg)
		o.after = append(o.after, event.Header{Key: event.HeaderChunk, Value: event.AppendChunk(nil, h)})
	case "sg":
		o.foreign = true
		if arg != "none" {
			o.stamp, err = hex.DecodeString(arg)
		}
	case "sgt":
		switch arg {
		case "first":
			o.sgtFirst = true
		case "none":
			o.foreign, o.timeless = true, true
		default:
			err = errors.New("want first or none")
		}
	default:
		err = fmt.Errorf("unknown; want intended, flags, header, header-first, chunk, claim, sg or sgt")
	}
	if err != nil {
		l.fail("option (%s): %v", text, err)
	}
}

// chunkHeader reads the argument of (chunk INDEX/COUNT @OFFSET/TOTAL HASH) or (claim TOTAL HASH); the hash has 16 hex digits.
func chunkHeader(name, arg string) (h event.Chunk, err error) {
	if name == "claim" {
		_, err = fmt.Sscanf(arg, "%d %16x", &h.Total, &h.Hash)
		return h, err
	}
	_, err = fmt.Sscanf(arg, "%d/%d @%d/%d %16x", &h.Index, &h.Count, &h.Offset, &h.Total, &h.Hash)
	return h, err
}

// value reads the rest of the line: raw TEXT, hex …, size 1MB, build "…"*3 `…`, or metric=token ….
func (l *line) value(v *value) {
	word, rest, _ := strings.Cut(l.rest, " ")
	switch word {
	case "raw":
		v.bytes = []byte(rest)
	case "hex":
		b, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
		if err != nil {
			l.fail("hex: %v", err)
		}
		v.bytes = b
	case "build":
		v.bytes = l.build(rest)
	case "size":
		v.size = l.size(strings.TrimSpace(rest))
		l.p.maxPayload = max(l.p.maxPayload, v.size)
	default:
		l.readings(v)
	}
}

// build joins quoted strings, each repeated by an optional *n.
func (l *line) build(rest string) []byte {
	var b []byte
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimLeft(rest, " ") {
		q, err := strconv.QuotedPrefix(rest)
		if err != nil {
			l.fail("build: want quoted strings, each with an optional *n, at %s", rest)
			return nil
		}
		s, _ := strconv.Unquote(q)
		rest = rest[len(q):]
		n := uint64(1)
		if strings.HasPrefix(rest, "*") {
			count, tail, _ := strings.Cut(rest[1:], " ")
			if n, err = strconv.ParseUint(count, 10, 20); err != nil {
				l.fail("build: *%s is no count", count)
			}
			rest = tail
		}
		b = append(b, strings.Repeat(s, int(n))...)
	}
	return b
}

func (l *line) size(s string) int64 {
	digits := strings.TrimRight(s, "KMiB")
	n, err := strconv.ParseInt(digits, 10, 32)
	scale, ok := map[string]int64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "KiB": 1 << 10, "MiB": 1 << 20}[s[len(digits):]]
	if err != nil || !ok || n < 0 || n*scale > 64<<20 {
		l.fail("size %q: want bytes, KB, KiB, MB or MiB, up to 64MiB", s)
	}
	return n * scale
}

func (l *line) readings(v *value) {
	v.message = true
	if l.p.Job == nil || !l.p.Job.Decodes() {
		l.fail("the job has no reading: write the value as raw, hex, build or size")
		return
	}
	for l.rest != "" && !l.failed {
		w := l.word()
		name, token, ok := strings.Cut(w, "=")
		if _, known := l.p.Job.Reading.Metrics[name]; !ok || !known {
			l.fail("%q: want METRIC=TOKEN with a metric of the job, or raw, hex, build or size", w)
		}
		v.readings = append(v.readings, reading{name, token})
	}
}
