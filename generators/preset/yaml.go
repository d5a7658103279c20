package preset

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// YAML writes a preset as Read reads it. Keys that say nothing are left out.
func (p *Preset) YAML() []byte {
	w := &writer{}
	w.text(0, "", "title", p.Title)
	if p.Source != (Source{}) {
		w.line(0, "source:")
	}
	w.text(1, "", "recording", p.Source.Recording)
	w.text(1, "", "licence", p.Source.Licence)
	w.number(1, "", "messages", float64(p.Source.Messages))
	w.text(0, "", "encoding", p.Encoding)
	w.text(0, "", "message", p.Message)
	w.flag(0, "binary", p.Binary)
	w.flag(0, "sets", p.Sets)
	w.text(0, "", "columns", p.Columns)
	w.text(0, "", "device", p.Device)
	w.line(0, fmt.Sprintf("clock: {form: %s, step: %s%s%s}", quoted(p.Clock.Form), time.Duration(p.Clock.Step),
		when(p.Clock.Trim, ", trim: true"), when(p.Clock.Start != "", ", start: "+quoted(p.Clock.Start))))
	w.gateway(0, p.Gateway)
	w.line(0, "kinds:")
	for i := range p.Kinds {
		w.kind(&p.Kinds[i])
	}
	w.registry(p.Registry)
	w.dirt(&p.Dirt)
	return append([]byte("schema: 1\n"), w.Bytes()...)
}

func when(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// quoted makes text that YAML takes for nothing else.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// wide is where lines of tables are broken.
const wide = 120

// table writes a key whose value is a table, over several lines.
func (w *writer) table(depth int, key, value string) {
	if value == "" {
		return
	}
	line := strings.Repeat("  ", depth) + key + ": '"
	for i, part := range strings.Split(strings.ReplaceAll(value, "'", "''"), "|") {
		if i > 0 {
			line += "|"
			if len(line)+len(part) > wide {
				w.WriteString(line + "\n")
				line = strings.Repeat("  ", depth+1)
			}
		}
		line += part
	}
	w.WriteString(line + "'\n")
}

// writer writes lines of YAML.
type writer struct{ bytes.Buffer }

func (w *writer) line(depth int, text string) {
	w.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// text writes a key whose value is a text, if it has one. The dash is that of a list.
func (w *writer) text(depth int, dash, key, value string) {
	if value != "" || dash != "" {
		w.line(depth, dash+key+": "+quoted(value))
	}
}

func (w *writer) number(depth int, dash, key string, v float64) {
	if v != 0 {
		w.line(depth, dash+key+": "+short(v))
	}
}

func (w *writer) flag(depth int, key string, is bool) {
	if is {
		w.line(depth, key+": true")
	}
}

// short writes a number with four digits: more say nothing about a stream.
func short(v float64) string {
	if v == float64(int64(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	text := strconv.FormatFloat(v, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func list(v []float64) string {
	var all []string
	for _, x := range v {
		all = append(all, short(x))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func (w *writer) registry(all map[string]Entry) {
	if len(all) > 0 {
		w.line(0, "registry:")
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		e := all[name]
		switch {
		case e.Whole != nil:
			w.line(1, fmt.Sprintf("%s: {whole: [%d, %d]}", name, e.Whole[0], e.Whole[1]))
		case e.Between != nil:
			w.line(1, fmt.Sprintf("%s: {between: [%v, %v], step: %v}", name, e.Between[0], e.Between[1], e.Step))
		default:
			w.line(1, fmt.Sprintf("%s: {field: %s, quantile: %s}", name, quoted(e.Field), short(e.Quantile)))
		}
	}
}

func (w *writer) dirt(d *Dirt) {
	if *d == (Dirt{}) {
		return
	}
	w.line(0, "dirt:")
	rates := d.rates()
	for i, v := range rates {
		if v == 0 {
			continue
		}
		w.line(1, faultNames[i]+": "+strconv.FormatFloat(v, 'f', -1, 64))
		for _, x := range d.extents() {
			if x.of == fault(i) {
				w.line(1, x.key+": "+time.Duration(x.span).String())
			}
		}
	}
	if d.Drift > 0 {
		w.line(1, "drift_ppm: "+strconv.FormatInt(d.DriftPPM, 10))
	}
	if d.BadTimes > 0 {
		w.line(1, "bad_times: "+strconv.FormatFloat(d.BadTimes, 'f', -1, 64))
	}
}

func (w *writer) kind(k *Kind) {
	w.text(1, "- ", "name", k.Name)
	w.line(2, "share: "+strconv.FormatFloat(k.Share, 'g', 4, 64))
	w.table(2, "intervals", k.Intervals)
	if k.Phase > 0 {
		w.line(2, "phase: "+time.Duration(k.Phase).String())
	}
	w.number(2, "", "memory", k.Memory)
	w.number(2, "", "hold", k.Hold)
	w.gateway(2, k.Gateway)
	if k.Churn.Session > 0 {
		w.line(2, fmt.Sprintf("churn: {session: %s, away: %s}", time.Duration(k.Churn.Session), time.Duration(k.Churn.Away)))
	}
	w.text(2, "", "message", k.Message)
	if len(k.Lists) > 0 {
		w.line(2, "lists:")
	}
	for _, l := range k.Lists {
		w.list(&l)
	}
	if len(k.Fields) > 0 {
		w.line(2, "fields:")
	}
	for i := range k.Fields {
		w.field(&k.Fields[i])
	}
}

func (w *writer) list(l *List) {
	w.text(3, "- ", "name", l.Name)
	w.text(4, "", "count", l.Count)
	w.number(4, "", "of", float64(l.Of))
	w.text(4, "", "item", l.Item)
	if len(l.Items) > 0 {
		w.line(4, "items:")
	}
	for _, item := range l.Items {
		text := "- {often: " + strconv.Itoa(item.Often)
		if item.Twin {
			text += ", twin: true"
		}
		if item.Item != "" {
			text += ", item: " + quoted(item.Item)
		}
		w.line(5, text+"}")
	}
}

// brief is the longest field that stands on one line, without its name. Of a bus there are hundreds.
const brief = 240

// field writes a field, on one line if it is short and has no table over several.
func (w *writer) field(f *Field) {
	var one writer
	one.keys(0, f)
	if text := strings.TrimSuffix(one.String(), "\n"); len(text) <= brief && !strings.Contains(text, "|\n") {
		w.line(3, "- {name: "+quoted(f.Name)+", "+strings.ReplaceAll(text, "\n", ", ")+"}")
		return
	}
	w.text(3, "- ", "name", f.Name)
	w.keys(4, f)
}

// keys writes all keys of a field but its name.
func (w *writer) keys(depth int, f *Field) {
	w.table(depth, "quantiles", f.Quantiles)
	w.table(depth, "steps", f.Steps)
	w.number(depth, "", "decimals", float64(f.Decimals))
	w.number(depth, "", "blurred", f.Blurred)
	w.number(depth, "", "levels", float64(f.Levels))
	w.flag(depth, "trim", f.Trim)
	w.flag(depth, "float32", f.Float32)
	w.text(depth, "", "like", f.Like)
	w.number(depth, "", "hold", f.Hold)
	w.number(depth, "", "white", f.White)
	if f.Fast.Weight > 0 {
		w.line(depth, fmt.Sprintf("fast: {weight: %s, keep: %s}", short(f.Fast.Weight), short(f.Fast.Keep)))
	}
	w.slow(depth, f.Slow)
	if len(f.Daily) > 0 {
		w.line(depth, "daily: "+list(f.Daily))
	}
	if len(f.Mix) > 0 {
		w.line(depth, "mix: "+list(f.Mix))
	}
	if len(f.Each) > 0 {
		var all []string
		for _, a := range f.Each {
			all = append(all, fmt.Sprintf("{mean: %s, spread: %s}", short(a.Mean), short(a.Spread)))
		}
		w.line(depth, "each: ["+strings.Join(all, ", ")+"]")
	}
	if f.Glitch.Share > 0 {
		w.line(depth, fmt.Sprintf("glitch: {share: %s, values: %s}", strconv.FormatFloat(f.Glitch.Share, 'f', 6, 64), quoted(f.Glitch.Values)))
	}
}

// gateway writes the gateway of a kind, or of all.
func (w *writer) gateway(depth int, g Gateway) {
	switch {
	case g.Devices == 0:
	case g.Intervals == "":
		w.line(depth, fmt.Sprintf("gateway: {devices: %d, every: %s}", g.Devices, time.Duration(g.Every)))
	default:
		w.line(depth, "gateway:")
		w.number(depth+1, "", "devices", float64(g.Devices))
		w.table(depth+1, "intervals", g.Intervals)
		w.number(depth+1, "", "memory", g.Memory)
	}
}

func (w *writer) slow(depth int, all []Slow) {
	if len(all) == 0 {
		return
	}
	var parts []string
	for _, s := range all {
		parts = append(parts, fmt.Sprintf("{weight: %s, every: %s}", short(s.Weight), time.Duration(s.Every)))
	}
	w.line(depth, "slow: ["+strings.Join(parts, ", ")+"]")
}
