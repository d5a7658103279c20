package mutants

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/streamgauge/streamgauge/engines/internal/operator"
	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/event"
)

// The stages of the job.
const (
	parse = iota
	dedupe
	enrich
	detect
	summarise
)

// marks are the results that a bug has touched, by identity, as the oracle writes it.
type marks map[string]int

// name is the identity of a result, or of an event between two stages.
func name(r *event.Record) string {
	kind, node, seq, ordinal, id := kindOf(r), uint16(0), uint64(0), uint16(0), event.ID{}
	if o, err := r.Output(); err == nil {
		node, ordinal, seq, id = o.Node, o.Ordinal, o.Seq, event.ID{Stream: o.Stream, Device: o.Device}
	} else if s, err := r.Stamp(); err == nil {
		seq, id = s.Seq, s.ID
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", kind, node, ordinal, id.Stream, id.Device, seq)
}

func kindOf(r *event.Record) event.Kind {
	if o, err := r.Output(); err == nil {
		return o.Kind
	}
	if _, err := r.Stamp(); err == nil {
		return event.KindEvent
	}
	return event.KindNone
}

// cloned is a copy of a result that shares nothing with it.
func cloned(r *event.Record) *event.Record {
	c := *r
	c.Key, c.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	c.Headers = slices.Clone(r.Headers)
	for i := range c.Headers {
		c.Headers[i].Value = bytes.Clone(c.Headers[i].Value)
	}
	return &c
}

// some picks every nth result of one kind that a stage makes itself, and hands it to f instead of emitting it. The first is
// picked too, so that rare kinds are not passed over. Results of the stages before, which only pass, are left alone.
func (m marks) some(stage int, kind event.Kind, n int, f func(to operator.Destination, out *event.Record, emit operator.Emit)) edit {
	seen := 0
	return func(at int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if at != stage || kindOf(out) != kind || kindOf(in) != event.KindEvent {
			emit(to, out)
			return
		}
		if seen++; seen%n != 1%n {
			emit(to, out)
			return
		}
		m[name(out)]++
		f(to, cloned(out), emit)
	}
}

// rewrite changes every nth.
func (m marks) rewrite(stage int, kind event.Kind, n int, change func(*event.Record)) bug {
	return bug{edit: m.some(stage, kind, n, func(to operator.Destination, out *event.Record, emit operator.Emit) {
		change(out)
		emit(to, out)
	})}
}

// drop loses every nth.
func (m marks) drop(stage int, kind event.Kind, n int) bug {
	return bug{edit: m.some(stage, kind, n, func(operator.Destination, *event.Record, operator.Emit) {})}
}

// header changes the header sgo of a result.
func header(change func(*event.Output)) func(*event.Record) {
	return func(r *event.Record) {
		o, err := r.Output()
		if err != nil {
			panic(err)
		}
		change(&o)
		for i := range r.Headers {
			if r.Headers[i].Key == event.HeaderOutput {
				r.Headers[i].Value = event.AppendOutput(nil, o)
			}
		}
	}
}

// digit changes the last digit of a value: it stays canonical JSON, and the next stage notices nothing.
func digit(r *event.Record) { r.Value[len(r.Value)-2] ^= 1 }

// crossed gives every nth event the value of the next that is picked, and that one its own.
func (m marks) crossed(n int) bug {
	var held *event.Record
	pick := m.some(summarise, event.KindEvent, n, func(to operator.Destination, out *event.Record, emit operator.Emit) {
		if held == nil {
			held = out
			return
		}
		held.Value, out.Value = out.Value, held.Value
		emit(to, held)
		emit(to, out)
		held = nil
	})
	return bug{edit: pick, flush: func(stage int, emit operator.Emit) {
		if stage == summarise && held != nil { // without a partner
			delete(m, name(held))
			emit(operator.Forward, held)
		}
	}}
}

// swapped lets an event of a device out of a stage behind the next one.
func swapped(stage int, device uint32, seq uint64) edit {
	var held *event.Record
	return func(at int, _ *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		stamp, err := out.Stamp()
		if at != stage || err != nil || stamp.Device != device {
			emit(to, out)
			return
		}
		if stamp.Seq == seq {
			held = cloned(out)
			return
		}
		emit(to, out)
		if held != nil {
			emit(to, held)
			held = nil
		}
	}
}

// unanswered gives a result the headers of a record between two stages.
func unanswered(r *event.Record) {
	o, err := r.Output()
	if err != nil {
		panic(err)
	}
	stamp := event.Stamp{ID: event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}, Intended: o.Intended}
	sgt, _ := r.Header(event.HeaderTime)
	r.Headers = []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: sgt}}
}

// fields reads the canonical JSON of a reading.
func fields(r *event.Record) map[string]int64 {
	f := map[string]int64{}
	if err := json.Unmarshal(r.Value, &f); err != nil {
		panic(fmt.Errorf("reading %q: %w", r.Value, err))
	}
	return f
}

// calibrated computes the calibrated temperature with another rounding. round gives the whole number for n millionths.
func (m marks) calibrated(round func(n int64) int64) bug {
	return bug{edit: func(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if stage != enrich || to != operator.Forward {
			emit(to, out)
			return
		}
		f, before := fields(out), fields(in)
		v := round(f["gain"]*before["temp"]) + f["offset"] // within int64 for what a thermometer can say
		if v != f["temp"] {
			m[name(out)]++
		}
		f["temp"] = v
		c := cloned(out)
		c.Value = driver.CanonicalFields(f)
		emit(to, c)
	}}
}

// single reads temperatures as 32-bit numbers.
func (m marks) single() bug {
	return bug{edit: func(stage int, _ *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if stage != parse || to != operator.Forward {
			emit(to, out)
			return
		}
		f := fields(out)
		v := int64(math.RoundToEven(float64(float32(float64(f["temp"])/1e6)) * 1e6))
		if v != f["temp"] {
			m[name(out)]++
		}
		f["temp"] = v
		c := cloned(out)
		c.Value = driver.CanonicalFields(f)
		emit(to, c)
	}}
}

// lateDropped loses answers to events that are late, instead of leaving them out of windows only.
func (m marks) lateDropped() bug {
	highest := map[int32]int64{}
	return bug{edit: func(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		time, err := in.EventTime()
		if stage != summarise || kindOf(in) != event.KindEvent || err != nil {
			emit(to, out)
			return
		}
		late := time < highest[in.Partition]-lateness
		highest[in.Partition] = max(highest[in.Partition], time)
		if late && kindOf(out) == event.KindEvent {
			m[name(out)]++
			return
		}
		emit(to, out)
	}}
}

// alarms detects crossings by other rules.
func alarms(begins, ends func(v, threshold int64) bool) bug {
	active := map[string]bool{}
	return bug{edit: func(stage int, in *event.Record, to operator.Destination, out *event.Record, emit operator.Emit) {
		if stage != detect || kindOf(in) != event.KindEvent {
			emit(to, out)
			return
		}
		if kindOf(out) == event.KindAlert {
			return // the rules say what is one
		}
		emit(to, out)
		f, key := fields(out), string(out.Key)
		v, threshold := f["temp"], f["threshold"]
		if active[key] && !ends(v, threshold) || !active[key] && !begins(v, threshold) {
			return
		}
		active[key] = !active[key]
		stamp, _ := out.Stamp()
		o := event.EventOutput(stamp)
		o.Kind, o.Node = event.KindAlert, 1
		bit := 0
		if active[key] {
			bit = 1
		}
		sgt, _ := out.Header(event.HeaderTime)
		emit(to, &event.Record{Partition: out.Partition, Timestamp: out.Timestamp, Key: out.Key,
			Value:   fmt.Appendf(nil, `{"active":%d,"threshold":%d,"value":%d}`, bit, threshold, v),
			Headers: []event.Header{{Key: event.HeaderTime, Value: sgt}, {Key: event.HeaderOutput, Value: event.AppendOutput(nil, o)}}})
	}}
}

func begins(v, threshold int64) bool { return v > threshold }
func ends(v, threshold int64) bool   { return v <= threshold-500_000 }
