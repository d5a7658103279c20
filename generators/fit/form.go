package fit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/generators/sample"
)

// form finds the message with its slots, how ids are written, and the clock.
func (f *fitter) form(p *preset.Preset) error {
	f.quotes()
	f.special = map[int]string{}
	for i := range f.Fields {
		if name := f.derived(i); name != "" {
			f.special[i] = name
		} else if f.varies(i) {
			f.varying = append(f.varying, i)
		}
	}
	f.replace(f.composed(slices.Clone(f.varying)))
	f.replace(f.parted(slices.Clone(f.varying)))
	var first *sample.Message
	for i := range f.Messages {
		if f.Messages[i].Spans != nil {
			first = &f.Messages[i]
			break
		}
	}
	if first == nil {
		return errForm
	}
	p.Encoding = "json"
	if f.CSV {
		p.Encoding, p.Columns = "csv", f.Header
	}
	p.Message = f.template(first)
	p.Device = ids(f.sources)
	p.Clock = f.clock()
	return nil
}

// replace takes fields out that are made of others, and keeps their slots.
func (f *fitter) replace(slots map[int]string) {
	for field, text := range slots {
		for other, of := range f.special {
			f.special[other] = strings.ReplaceAll(of, "${"+f.Fields[field]+"}", text)
		}
		f.special[field] = text
		f.varying = slices.DeleteFunc(f.varying, func(v int) bool { return v == field })
	}
}

// quotes finds the fields that are quoted in some messages and not in others, such as a word or null. Their quotes become
// part of their texts. A member that some objects do not have is null there: the message that all have names it.
func (f *fitter) quotes() {
	seen := map[int][2]bool{}
	for i := range f.Messages {
		m := &f.Messages[i]
		for field, text := range m.Texts {
			if f.lacks(m) && text == "" {
				m.Texts = slices.Clone(m.Texts)
				m.Texts[field] = "null"
				seen[field] = [2]bool{true, seen[field][1]}
			}
		}
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		for _, s := range m.Spans {
			q := seen[s.What]
			if quoted(m, s) {
				q[1] = true
			} else {
				q[0] = true
			}
			seen[s.What] = q
		}
	}
	f.mixed = map[int]bool{}
	for field, q := range seen {
		f.mixed[field] = q[0] && q[1] && !f.CSV
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		for field, text := range m.Texts {
			if f.lacks(m) && f.mixed[field] && !json.Valid([]byte(text)) { // a word, of which no span tells that it was quoted
				m.Texts = slices.Clone(m.Texts)
				m.Texts[field] = `"` + text + `"`
			}
		}
		for _, s := range m.Spans {
			if s.What >= 0 && f.mixed[s.What] && quoted(m, s) {
				m.Texts = slices.Clone(m.Texts)
				m.Texts[s.What] = string(m.Bytes[s.Start-1 : s.End+1])
			}
		}
	}
}

// lacks tells whether a message may lack members that others have: it is an object with other members than the first.
func (f *fitter) lacks(m *sample.Message) bool { return !f.CSV && m.Spans == nil }

func quoted(m *sample.Message, s sample.Span) bool { return s.Start > 0 && m.Bytes[s.Start-1] == '"' }

func (f *fitter) varies(field int) bool {
	for i := range f.Messages {
		if f.Messages[i].Texts[field] != f.Messages[0].Texts[field] {
			return true
		}
	}
	return false
}

func (f *fitter) template(m *sample.Message) string {
	var b strings.Builder
	done := 0
	for _, s := range m.Spans {
		name := ""
		if f.mixed[s.What] && quoted(m, s) {
			s.Start, s.End = s.Start-1, s.End+1
		}
		switch s.What {
		case sample.TimeLeaf:
			name = "time"
		case sample.KeyLeaf:
			name = "device"
		default:
			if special := f.special[s.What]; strings.Contains(special, "${") {
				b.Write(m.Bytes[done:s.Start])
				b.WriteString(special)
				done = s.End
			} else if name = special; name == "" && slices.Contains(f.varying, s.What) {
				name = f.Fields[s.What]
			}
		}
		if name != "" {
			b.Write(m.Bytes[done:s.Start])
			b.WriteString("${" + name + "}")
			done = s.End
		}
	}
	b.Write(m.Bytes[done:])
	return b.String()
}

// ids is a form that ids of the recording fit, with room for 2^24 devices at least.
func ids(sources []source) string {
	first := sources[0].key
	if first == "" {
		return "device-@"
	}
	for _, s := range sources {
		if len(s.key) != len(first) {
			return strings.TrimRight(first, "0123456789") + "@"
		}
	}
	form, digits := []byte(first), 0
	for i := len(form) - 1; i >= 0; i-- {
		if strings.IndexByte("0123456789abcdef", form[i]) >= 0 && digits < 15 {
			form[i] = '#'
			digits++
		}
	}
	if digits < 6 {
		return strings.TrimRight(first, "0123456789") + "@"
	}
	return string(form)
}

// clock finds the resolution of the times: the longest of the usual ones that all are multiples of.
func (f *fitter) clock() preset.Clock {
	c := preset.Clock{Form: string(f.Clock)}
	for _, step := range []time.Duration{time.Hour, 30 * time.Minute, 10 * time.Minute, 5 * time.Minute, time.Minute, 10 * time.Second, time.Second,
		100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond, 100 * time.Microsecond, 10 * time.Microsecond, time.Microsecond,
		100 * time.Nanosecond, 10 * time.Nanosecond, time.Nanosecond} {
		c.Step = preset.Span(step)
		if f.multiples(int64(step)) {
			break
		}
	}
	if f.Clock != "count" {
		c.Start = time.Unix(0, f.Messages[0].Time).UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	c.Trim = f.Clock == "s" && c.Step < preset.Span(time.Second)
	return c
}

func (f *fitter) multiples(step int64) bool {
	for i := range f.Messages {
		if f.Messages[i].Time%step != 0 {
			return false
		}
	}
	return true
}
