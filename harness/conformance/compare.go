package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// judge compares what a script's devices got with what the script expects, as a multiset: exactly-once admits no
// difference; at-least-once admits repeats of what is expected and, in a group whose engine was killed, what SEMANTICS
// section 4 allows after replays.
func judge(f *feed, script int, got []wrote, g engines.Guarantee) Outcome {
	o := f.scripts[script].outcome(Passed, "")
	v := view{feed: f, script: script}
	missing, extra := v.difference(f.expected[script], got, g == engines.ExactlyOnce)
	if g != engines.ExactlyOnce {
		o.Notes, extra = v.repeats(f.expected[script], extra)
		if f.faulted() {
			missing, extra, o.Notes = v.replayed(missing, extra, o.Notes)
		}
	}
	if len(missing)+len(extra) > 0 {
		o.State, o.Diff = Failed, v.diff(missing, extra)
	}
	return o
}

// view tells outputs in the words of a script.
type view struct {
	*feed
	script int
}

// difference takes equal records off both sides, and what is only allowed off those wanted. Unless exact, records that are expected several times, equal in every
// byte, are expected once.
func (v view) difference(want, got []wrote, exact bool) (missing, extra []wrote) {
	left := map[string]int{}
	for _, w := range got {
		left[w.bytes()]++
	}
	taken := map[string]bool{}
	for _, w := range want {
		b := w.bytes()
		switch {
		case left[b] > 0:
			left[b]--
		case !w.allowed && (exact || !taken[b]):
			missing = append(missing, w)
		}
		taken[b] = true
	}
	for _, w := range slices.Backward(got) {
		if b := w.bytes(); left[b] > 0 {
			left[b]--
			extra = append(extra, w)
		}
	}
	slices.Reverse(extra)
	return missing, extra
}

// repeats notes extra copies of what is expected and gives back the others.
func (v view) repeats(want, extra []wrote) (notes []string, others []wrote) {
	expected := map[string]bool{}
	for _, w := range want {
		expected[w.bytes()] = true
	}
	for _, w := range extra {
		if expected[w.bytes()] {
			notes = append(notes, "repeated: "+v.describe(w))
		} else {
			others = append(others, w)
		}
	}
	return notes, others
}

// replayed forgives what replays after a kill may do at least once: a window that counts some of its events again, a
// partial window beside the complete one, alerts of events that came twice, and updates that hold events again.
func (v view) replayed(missing, extra []wrote, notes []string) ([]wrote, []wrote, []string) {
	var rest []wrote
	for _, w := range extra {
		o, err := event.ParseOutput(w.header(event.HeaderOutput))
		if err != nil {
			rest = append(rest, w)
			continue
		}
		i := slices.IndexFunc(v.expected[v.script], func(e wrote) bool { return sameIdentity(e, o) })
		switch {
		case o.Kind == event.KindAlert && v.plausibleAlert(w, o):
			notes = append(notes, "alert after a replay: "+v.describe(w))
		case o.Kind == event.KindWindow && i >= 0 && !formed(v.expected[v.script][i], w, o):
			rest = append(rest, w)
		case o.Kind == event.KindWindow && i >= 0 && v.overcounts(v.expected[v.script][i], w):
			notes = append(notes, "overcounted: "+v.describe(w))
			missing = slices.DeleteFunc(missing, func(m wrote) bool { return sameIdentity(m, o) })
		case o.Kind == event.KindWindow && i >= 0 && partial(v.expected[v.script][i], w) && !slices.ContainsFunc(missing, func(m wrote) bool { return sameIdentity(m, o) }):
			notes = append(notes, "partial before the complete one: "+v.describe(w))
		case o.Kind == event.KindUpdate && v.plausibleUpdate(w, o):
			notes = append(notes, "update after a replay: "+v.describe(w))
			missing = slices.DeleteFunc(missing, func(m wrote) bool { return v.overcounts(m, w) })
		default:
			rest = append(rest, w)
		}
	}
	return missing, rest, notes
}

// sameIdentity compares the identity of an output with an expected record.
func sameIdentity(w wrote, o event.Output) bool {
	e, err := event.ParseOutput(w.header(event.HeaderOutput))
	return err == nil && e.Kind == o.Kind && e.Node == o.Node && e.Ordinal == o.Ordinal && e.Stream == o.Stream && e.Device == o.Device && e.Seq == o.Seq
}

// plausibleAlert reports whether an alert is, but for beginning or end, the one that an answered event of the script gives.
func (v view) plausibleAlert(w wrote, o event.Output) bool {
	d := v.detect(o.Node)
	fields, ok := canonicalFields(w.value)
	if d == nil || !ok || len(fields) != 3 || fields[0].name != "active" || fields[0].value>>1 != 0 {
		return false
	}
	for _, e := range v.expected[v.script] {
		in, err := event.ParseOutput(e.header(event.HeaderOutput))
		if err != nil || in.Kind != event.KindEvent || in.Stream != o.Stream || in.Device != o.Device || in.Seq != o.Seq {
			continue
		}
		metrics := map[string]int64{}
		read, _ := canonicalFields(e.value)
		for _, f := range read {
			metrics[f.name] = f.value
		}
		threshold := int64(d.Above.Value)
		if d.Above.Field != "" {
			threshold = metrics[d.Above.Field]
		}
		in.Kind, in.Node = event.KindAlert, o.Node
		at, _ := event.ParseTime(e.header(event.HeaderTime))
		alert := wrote{key: e.key, headers: outputHeaders(at, in),
			value: canonical([]field{fields[0], {"threshold", threshold}, {"value", metrics[d.Metric]}})}
		if alert.bytes() == w.bytes() {
			return true
		}
	}
	return false
}

// plausibleUpdate reports whether an update is over events of its device, some of them perhaps again: within the bounds of
// all, with ids that fit its count and times of its events, and in the form that an update has.
func (v view) plausibleUpdate(w wrote, o event.Output) bool {
	i := slices.IndexFunc(v.expected[v.script], func(e wrote) bool {
		x, err := event.ParseOutput(e.header(event.HeaderOutput))
		return err == nil && !e.allowed && x.Kind == o.Kind && x.Node == o.Node && x.Stream == o.Stream && x.Device == o.Device
	})
	var got, all windowValue
	if i < 0 || strictUnmarshal(w.value, &got) != nil || strictUnmarshal(v.expected[v.script][i].value, &all) != nil {
		return false
	}
	at, err := event.ParseTime(w.header(event.HeaderTime))
	form := o
	form.Seq, form.Ordinal = uint64(got.Count), 0
	well := wrote{key: v.expected[v.script][i].key, headers: outputHeaders(at, form),
		value: canonical([]field{{"count", int64(o.Count)}, {"max", got.Max}, {"min", got.Min}, {"sum", got.Sum}})}
	return err == nil && well.bytes() == w.bytes() && v.instants(o, at) &&
		got.Min >= all.Min && got.Max <= all.Max && surplus(v.terms(o), o.IDs, int(o.Count))
}

// instants reports whether a result's latest intended time and its event time are those of events of its device.
func (v view) instants(o event.Output, at int64) bool {
	var intended, happened bool
	for _, p := range v.ops {
		if s := p.record.stamp; p.kind == opSend && s.Stream == o.Stream && s.Device == o.Device {
			t, err := p.record.EventTime()
			intended = intended || s.Intended == o.Intended
			happened = happened || err == nil && t == at
		}
	}
	return intended && happened
}

// terms are what the events of a result's device add to ids.
func (v view) terms(o event.Output) (terms []int64) {
	for _, p := range v.ops {
		if s := p.record.stamp; p.kind == opSend && s.Stream == o.Stream && s.Device == o.Device {
			terms = append(terms, s.Term())
		}
	}
	return terms
}

// detect finds the operator of a node.
func (v view) detect(node uint16) *job.Detect {
	for _, s := range v.job.Stages {
		for _, o := range s.Do {
			if o.Detect != nil && o.Detect.Node == node {
				return o.Detect
			}
		}
	}
	return nil
}

// windowValue is the value of a window result; an update has the same but for start and end.
type windowValue struct{ Count, End, Max, Min, Start, Sum int64 }

func strictUnmarshal(b []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// formed reports whether got, with header sgo o, has the one form that a result of the window want has, over whatever events: key, event
// time, headers and value, and a sum within the bounds of so many.
func formed(want, got wrote, o event.Output) bool {
	var b windowValue
	at, err := event.ParseTime(want.header(event.HeaderTime))
	if err != nil || strictUnmarshal(got.value, &b) != nil {
		return false
	}
	n := int64(o.Count)
	well := wrote{key: want.key, headers: outputHeaders(at, o),
		value: canonical([]field{{"count", n}, {"end", at + 1}, {"max", b.Max}, {"min", b.Min}, {"start", int64(o.Seq)}, {"sum", b.Sum}})}
	return well.bytes() == got.bytes() && b.Sum >= n*b.Min && b.Sum <= n*b.Max
}

// overcounts reports whether got is the window or update want with some of its events counted again: more of them, the same bounds,
// and ids that grew by ids of its events.
func (v view) overcounts(want, got wrote) bool {
	var a, b windowValue
	if strictUnmarshal(want.value, &a) != nil || strictUnmarshal(got.value, &b) != nil {
		return false
	}
	wo, err1 := event.ParseOutput(want.header(event.HeaderOutput))
	gt, err2 := event.ParseOutput(got.header(event.HeaderOutput))
	if err1 != nil || err2 != nil || int64(gt.Count) != b.Count || b.Count <= a.Count || b.Min != a.Min || b.Max != a.Max || b.Start != a.Start || b.End != a.End {
		return false
	}
	if wo.Kind != gt.Kind || wo.Stream != gt.Stream || wo.Device != gt.Device {
		return false
	}
	return surplus(v.terms(wo), gt.IDs-wo.IDs, int(gt.Count-wo.Count))
}

// surplus reports whether n of the terms, any of them several times, add up to ids. Beyond a small search it believes so.
func surplus(terms []int64, ids int64, n int) bool {
	steps := 100_000
	var search func(from int, ids int64, n int) bool
	search = func(from int, ids int64, n int) bool {
		if steps--; n == 0 || ids < 0 || steps < 0 {
			return n == 0 && ids == 0 || steps < 0
		}
		for i := from; i < len(terms); i++ {
			if search(i, ids-terms[i], n-1) {
				return true
			}
		}
		return false
	}
	return search(0, ids, n)
}

// partial reports whether got counts fewer events than want does.
func partial(want, got wrote) bool {
	wo, err1 := event.ParseOutput(want.header(event.HeaderOutput))
	gt, err2 := event.ParseOutput(got.header(event.HeaderOutput))
	return err1 == nil && err2 == nil && gt.Count < wo.Count
}

// diff lists what is missing and what is too much in the script's words, ordered by device, so that the two sides of one
// output stand together.
func (v view) diff(missing, extra []wrote) string {
	type entry struct{ at, sign, text string }
	var all []entry
	for _, w := range missing {
		all = append(all, entry{v.place(w), "-", v.describe(w)})
	}
	for _, w := range extra {
		all = append(all, entry{v.place(w), "+", v.describe(w)})
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		return strings.Compare(a.at+"\x00"+a.sign, b.at+"\x00"+b.sign)
	})
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "%s %s\n", e.sign, e.text)
	}
	return b.String()
}

func (v view) place(w wrote) string {
	o, _ := event.ParseOutput(w.header(event.HeaderOutput))
	return fmt.Sprintf("%05d/%010d/%020d/%d", o.Stream, o.Device, o.Seq, o.Kind)
}
