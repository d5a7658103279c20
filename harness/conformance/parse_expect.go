package conformance

import (
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// expectation reads one of
//
//	LABEL#SEQ[..SEQ][/N] nothing
//	LABEL#SEQ[..SEQ][/N] event VALUE
//	LABEL#SEQ[..SEQ][/N] dead@STAGE REASON VALUE
//	LABEL#SEQ[/N] alert@NODE on|off threshold=… value=…
//	LABEL window@NODE MOMENT..MOMENT of SEQ,SEQ..SEQ sum=… min=… max=…
//	LABEL update@NODE of SEQ,SEQ..SEQ sum=… min=… max=…
//
// where VALUE is `same`, name=value …, none, json TEXT, build "…" or hex ….
func (p *parser) expectation(l *line) {
	e := expectation{line: l.number, device: l.label(), occurrence: 1}
	if _, ok := p.devices[e.device]; !ok {
		l.fail("device %s is not among the steps", word(e.device))
		return
	}
	if strings.HasPrefix(l.rest, "#") {
		of := l.part(l.word()[1:])
		e.from, e.to, e.occurrence = of.from, of.to, of.occurrence
	} else if !strings.HasPrefix(l.rest, "window@") && !strings.HasPrefix(l.rest, "update@") {
		l.fail("want LABEL#SEQ, or LABEL window@NODE or update@NODE")
		return
	}
	kind, node, _ := strings.Cut(l.word(), "@")
	if node != "" {
		n, err := strconv.ParseUint(node, 10, 16)
		if err != nil {
			l.fail("@%s: want a number", node)
		}
		e.node = uint16(n)
	}
	p.ofKind(l, &e, kind)
	if l.rest != "" {
		l.fail("%q is too much", l.rest)
	}
	if !l.failed {
		p.expect = append(p.expect, e)
	}
}

func (p *parser) ofKind(l *line, e *expectation, kind string) {
	switch kind {
	case "nothing":
		e.kind = expectNothing
	case "event":
		e.kind = expectEvent
		l.expectedValue(e)
	case "dead":
		e.kind = expectDead
		e.reason = job.Reason(l.word())
		if !slices.Contains(job.Reasons(), e.reason) {
			l.fail("reason %q: want one of %v", e.reason, job.Reasons())
		}
		l.expectedValue(e)
	case "alert":
		e.kind = expectAlert
		l.alert(e)
	case "window":
		e.kind = expectWindow
		l.window(e)
	case "update":
		e.kind = expectUpdate
		l.contributors(e)
	default:
		l.fail("%q: want nothing, event, dead@STAGE, alert@NODE, window@NODE or update@NODE", kind)
	}
}

func (l *line) expectedValue(e *expectation) {
	switch word, rest, _ := strings.Cut(l.rest, " "); word {
	case "":
		l.fail("want the value: same, name=value …, none, json TEXT, build or hex")
	case "same":
		e.same, l.rest = true, rest
	case "json":
		e.value, l.rest = []byte(rest), ""
	case "build", "hex":
		var v value
		l.value(&v)
		e.value, l.rest = v.bytes, ""
	case "empty":
		e.value, l.rest = []byte("{}"), rest
	case "none":
		e.value, l.rest = []byte{}, rest
	default:
		e.value = canonical(l.fields())
	}
}

// part reads "7", "0..9" or, for the second of several inputs of an identity, "7/2".
func (l *line) part(s string) part {
	seqs, occurrence, many := strings.Cut(s, "/")
	of := part{occurrence: 1}
	of.from, of.to = l.sequences(seqs)
	if many {
		n, err := strconv.ParseUint(occurrence, 10, 15)
		if err != nil || n == 0 {
			l.fail("/%s: want which of the inputs of this identity, from 1", occurrence)
		}
		of.occurrence = int(n)
	}
	return of
}

// canonical writes fields as canonical JSON. Names match [a-z][a-z0-9_]*, so nothing is escaped.
func canonical(fields []field) []byte {
	fields = slices.Clone(fields)
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	b := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, f.name)
		b = append(b, ':')
		b = strconv.AppendInt(b, f.value, 10)
	}
	return append(b, '}')
}

func (l *line) alert(e *expectation) {
	active := int64(0)
	switch w := l.word(); w {
	case "on":
		active = 1
	case "off":
	default:
		l.fail("%q: want on or off", w)
	}
	fs := l.fields()
	l.names(fs, "threshold", "value")
	e.value = canonical(append(fs, field{"active", active}))
}

// names reports fields that lack or exceed those wanted.
func (l *line) names(fs []field, want ...string) {
	got := map[string]bool{}
	for _, f := range fs {
		got[f.name] = true
	}
	for _, w := range want {
		if !got[w] || len(fs) != len(want) {
			l.fail("want %s", strings.Join(want, "=…, ")+"=…")
		}
	}
}

func (l *line) window(e *expectation) {
	from, to, _ := strings.Cut(l.word(), "..")
	e.start, e.end = l.moment(from), l.moment(to)
	l.contributors(e)
}

// contributors reads which events a result is over, and what they come to.
func (l *line) contributors(e *expectation) {
	if w := l.word(); w != "of" {
		l.fail("%q: want `of` and the contributing sequences", w)
	}
	for _, s := range strings.Split(l.word(), ",") {
		e.of = append(e.of, l.part(s))
	}
	fs := l.fields()
	l.names(fs, "max", "min", "sum")
	for _, f := range fs {
		switch f.name {
		case "sum":
			e.sum = f.value
		case "min":
			e.min = f.value
		case "max":
			e.max = f.value
		}
	}
}
