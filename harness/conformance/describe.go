package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// describe writes an output as the script would, followed in braces by whatever the script's words do not say: headers in
// another order, a time, an identity that does not fit.
func (v view) describe(w wrote) string {
	o, err := event.ParseOutput(w.header(event.HeaderOutput))
	if err != nil {
		return fmt.Sprintf("key %q value %s {headers %s}", w.key, excerpt(w.value), headerText(w.headers))
	}
	own := v.owners[deviceID{o.Stream, o.Device}]
	label := word(own.label)
	var text string
	switch o.Kind {
	case event.KindWindow:
		text = v.describeWindow(label, w, o)
	case event.KindUpdate:
		text = describeUpdate(label, w, o)
	case event.KindAlert:
		text = fmt.Sprintf("%s#%d alert@%d %s", label, o.Seq, o.Node, alertText(w.value))
	case event.KindDeadLetter:
		text = fmt.Sprintf("%s#%d dead@%d %s %s", label, o.Seq, o.Node, w.header(event.HeaderReason), v.valueText(w, o))
	default:
		text = fmt.Sprintf("%s#%d %s %s", label, o.Seq, o.Kind, v.valueText(w, o))
	}
	return text + v.details(w, o, own)
}

// details says what is unusual about a record.
func (v view) details(w wrote, o event.Output, own owner) string {
	var odd []string
	add := func(format string, args ...any) { odd = append(odd, fmt.Sprintf(format, args...)) }
	if string(w.key) != own.key {
		add("key %q", w.key)
	}
	if w.dead != (o.Kind == event.KindDeadLetter) {
		add("in the wrong topic")
	}
	want := []string{event.HeaderTime, event.HeaderOutput}
	if o.Kind == event.KindDeadLetter {
		want = append(want, event.HeaderReason)
	}
	var names []string
	for _, h := range w.headers {
		names = append(names, h.Key)
	}
	if !slices.Equal(names, want) {
		add("headers %v, want %v", names, want)
	}
	at, err := event.ParseTime(w.header(event.HeaderTime))
	if err != nil {
		add("sgt: %v", err)
	}
	if o.Kind == event.KindWindow || o.Kind == event.KindUpdate {
		add("latest intended %v, ids %d", time.Duration(o.Intended), o.IDs)
		if o.Ordinal != 0 {
			add("ordinal %d", o.Ordinal)
		}
		return braces(append(odd, v.at(at)))
	}
	if !v.matches(o, at) {
		add("%s, intended %v, count %d, node %d, ordinal %d, ids %d", v.at(at), time.Duration(o.Intended), o.Count, o.Node, o.Ordinal, o.IDs)
	}
	return braces(odd)
}

func braces(odd []string) string {
	if len(odd) == 0 {
		return ""
	}
	return " {" + strings.Join(odd, "; ") + "}"
}

// matches reports whether an output of one event agrees with an input record of its identity.
func (v view) matches(o event.Output, at int64) bool {
	return o.Count == 1 && o.Ordinal == 0 && slices.ContainsFunc(v.ops, func(p op) bool {
		if p.kind != opSend || p.script != v.script {
			return false
		}
		t, _ := p.record.EventTime()
		s := p.record.stamp
		return s.ID == event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq} && t == at && s.Intended == o.Intended && s.Term() == o.IDs
	})
}

// at writes a moment from the script's epoch.
func (v view) at(ms int64) string {
	d := ms - v.epochs[v.script]
	if d < -365*day || d > 365*day {
		return fmt.Sprintf("@%d", ms)
	}
	return signed(d)
}

func signed(ms int64) string {
	s := (time.Duration(ms) * time.Millisecond).String()
	if ms >= 0 {
		s = "+" + s
	}
	return s
}

// valueText writes a value as `same`, as fields, or as it is.
func (v view) valueText(w wrote, o event.Output) string {
	for _, p := range v.ops {
		s := p.record.stamp
		if p.kind == opSend && s.ID == (event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}) && string(p.record.Value) == string(w.value) {
			return "same"
		}
	}
	fields, ok := canonicalFields(w.value)
	if !ok {
		return excerpt(w.value)
	}
	if len(fields) == 0 {
		return "empty"
	}
	return fieldText(fields)
}

// canonicalFields reads canonical JSON; ok is false for anything that differs from it in a byte.
func canonicalFields(b []byte) (fields []field, ok bool) {
	var m map[string]int64
	if json.Unmarshal(b, &m) != nil || m == nil {
		return nil, false
	}
	for name, v := range m {
		fields = append(fields, field{name, v})
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields, string(canonical(fields)) == string(b)
}

func fieldText(fields []field) string {
	var words []string
	for _, f := range fields {
		text := job.Micros(f.value).String()
		if f.name == "site" || f.value == -1<<63 {
			text = fmt.Sprintf("%du", f.value)
		}
		words = append(words, f.name+"="+text)
	}
	return strings.Join(words, " ")
}

func alertText(b []byte) string {
	fields, ok := canonicalFields(b)
	if !ok || len(fields) != 3 || fields[0].name != "active" || fields[0].value>>1 != 0 {
		return excerpt(b)
	}
	return [2]string{"off ", "on "}[fields[0].value] + fieldText(fields[1:])
}

func (v view) describeWindow(label string, w wrote, o event.Output) string {
	fields, ok := canonicalFields(w.value)
	m := map[string]int64{}
	for _, f := range fields {
		m[f.name] = f.value
	}
	head := fmt.Sprintf("%s window@%d %s", label, o.Node, v.at(int64(o.Seq)))
	if !ok || len(m) != 6 || m["start"] != int64(o.Seq) || m["count"] != int64(o.Count) {
		return fmt.Sprintf("%s of %d events %s", head, o.Count, excerpt(w.value))
	}
	return fmt.Sprintf("%s..%s of %d events sum=%s min=%s max=%s", head, strings.TrimPrefix(v.at(m["end"]), ""), o.Count,
		job.Micros(m["sum"]), job.Micros(m["min"]), job.Micros(m["max"]))
}

func describeUpdate(label string, w wrote, o event.Output) string {
	head := fmt.Sprintf("%s update@%d of %d events", label, o.Node, o.Count)
	fields, ok := canonicalFields(w.value)
	if !ok || len(fields) != 4 || fields[0].value != int64(o.Count) || o.Seq != uint64(o.Count) {
		return fmt.Sprintf("%s, sequence %d, %s", head, o.Seq, excerpt(w.value))
	}
	return head + " " + fieldText(fields[1:])
}

const maxExcerpt = 200

// excerpt writes bytes so that they can be read, the first of many.
func excerpt(b []byte) string {
	tail := ""
	if len(b) > maxExcerpt {
		tail = fmt.Sprintf(" … (%d bytes, xxh3 %016x)", len(b), event.Hash(b))
		b = b[:maxExcerpt]
	}
	if utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool { return r < ' ' || r == utf8.RuneError || r == 0x7f }) && len(b) > 0 {
		return "raw " + string(b) + tail
	}
	return fmt.Sprintf("hex %x", b) + tail
}

func headerText(hs []event.Header) string {
	var words []string
	for _, h := range hs {
		words = append(words, fmt.Sprintf("%s=%x", h.Key, h.Value))
	}
	return strings.Join(words, " ")
}
