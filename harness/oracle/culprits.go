package oracle

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// maxCulprits is how many records are named of each fault of each comparison: the first in the order of stream, device and
// sequence within a round.
const maxCulprits = 10

// culprits are the records to be named. What was expected and found of those that are not windows is read again, because
// contents are not kept.
type culprits struct {
	list    []result.Culprit
	byFault map[string]int
	ask     map[identity]*question
	of      []*question // for each of list; nil: has its detail
}

// question is a record whose contents are to be read again.
type question struct {
	at       location // of the record found; offset -1: none
	dead     bool     // it is among the dead letters
	refused  bool     // it is expected there
	expected *event.Record
	actual   *event.Record
}

// room says whether a further culprit of the fault is named, and counts it.
func (c *culprits) room(fault string) bool {
	if c.byFault == nil {
		c.byFault, c.ask = map[string]int{}, map[identity]*question{}
	}
	c.byFault[fault]++
	return c.byFault[fault] <= maxCulprits
}

// name remembers an identity as culprit of a fault.
func (d *detail) name(fault string, id identity, e *entry) {
	cs := &d.comparison.culprits
	if !cs.room(fault) {
		return
	}
	topic, at := d.input.Name, e.source
	q := cs.ask[id]
	if q == nil {
		q = &question{at: location{offset: -1}, dead: e.dead}
		cs.ask[id] = q
	}
	if n := len(e.where); n > 0 {
		q.at = e.where[n-1]
		topic, at = d.output.Name, q.at
		if e.dead {
			topic = d.DeadLetter.Name
		}
	}
	cs.list = append(cs.list, result.Culprit{Fault: fault, Stage: d.comparison.name, Topic: topic, Partition: at.partition,
		Offset: at.offset, Identity: id.String()})
	cs.of = append(cs.of, q)
}

// nameWindow names a window, with result i of those found or, below 0, its first event.
func (d *detail) nameWindow(fault string, c *contents, w *windowCase, i int) {
	id := c.key.identity()
	if fault == "wrong" || fault == "missing" {
		d.noteFaulty(id)
	}
	cs := &d.comparison.culprits
	if !cs.room(fault) {
		return
	}
	x := result.Culprit{Fault: fault, Stage: d.comparison.name, Identity: id.String()}
	all := sum(c.all)
	want := fmt.Sprintf("expected %s", &all)
	if all.count == 0 {
		want = "expected nothing"
	} else if n := len(c.may); n > 0 {
		want += fmt.Sprintf(", of which %d may be left out as late", n)
	}
	if i < 0 {
		at := c.all[0].at
		x.Topic, x.Partition, x.Offset = d.input.Name, at.partition, at.offset
		x.Key, x.Detail = w.key, want+"; found nothing"
	} else {
		f := &w.found[i]
		x.Topic, x.Partition, x.Offset = d.output.Name, f.at.partition, f.at.offset
		x.Key, x.Detail = w.key, fmt.Sprintf("%s; found %s, ids %d", want, excerpt([]byte(f.value)), f.out.IDs)
	}
	if (fault == "wrong" || fault == "missing") && d.lostOnTheWay(c, w) {
		x.Detail = "late_by_hop: " + x.Detail
	}
	cs.list = append(cs.list, x)
	cs.of = append(cs.of, nil)
}

// noteFaulty remembers a window that is wrong by its own stage's input, for the comparison end to end.
func (d *detail) noteFaulty(id identity) {
	if !d.whole {
		d.faulty[id] = true
	}
}

// lostOnTheWay says whether a window that is wrong end to end was right by its own stage's input, in which every event is:
// the engine's own hops made events late.
func (d *detail) lostOnTheWay(c *contents, w *windowCase) bool {
	if !d.whole || c.op.stage == 0 || d.faulty[c.key.identity()] {
		return false
	}
	if n := len(w.found); n > 0 && int(w.found[n-1].out.Count) >= len(c.must) {
		return false
	}
	return d.arrived(c)
}

// arrived says whether every event that a window must hold is in its stage's input.
func (d *detail) arrived(c *contents) bool {
	for _, e := range c.must {
		if d.inputs[stateful{c.op.stage, e.id}] == 0 {
			return false
		}
	}
	return true
}

// String gives what a result of a window holds.
func (a *aggregate) String() string {
	return fmt.Sprintf("count %d, sum %d, min %d, max %d, ids %d", a.count, a.sum, a.lo, a.hi, a.ids)
}

// explain reads again what was expected and found of the culprits and writes it beside them.
func (c *comparison) explain(ctx context.Context) error {
	if len(c.culprits.ask) > 0 {
		if err := c.answerQuestions(ctx); err != nil {
			return err
		}
	}
	for i := range c.culprits.list {
		if q := c.culprits.of[i]; q != nil {
			x := &c.culprits.list[i]
			x.Key, x.Detail = q.key(), q.detail(x.Fault)
		}
	}
	return nil
}

func (c *comparison) answerQuestions(ctx context.Context) error {
	m := newModel(c.Trial, c.from, c.to)
	m.emit = func(o *output) {
		if q := c.culprits.ask[o.id]; q != nil && q.expected == nil {
			q.expected, q.refused = clone(&o.record), o.dead
		}
	}
	if err := m.feedAll(ctx, c.input); err != nil {
		return err
	}
	return c.found(ctx, func(f *finding) {
		q := c.culprits.ask[f.id]
		if q != nil && q.at == (location{f.record.Partition, f.record.Offset}) && q.dead == f.dead {
			q.actual = clone(f.record)
		}
	}, nil)
}

func clone(r *event.Record) *event.Record {
	x := *r
	x.Key, x.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	x.Headers = nil
	for _, h := range r.Headers {
		x.Headers = append(x.Headers, event.Header{Key: h.Key, Value: bytes.Clone(h.Value)})
	}
	return &x
}

func (q *question) key() string {
	switch {
	case q.actual != nil:
		return string(q.actual.Key)
	case q.expected != nil:
		return string(q.expected.Key)
	}
	return ""
}

// detail says what was expected and found, where both are there only what differs.
func (q *question) detail(fault string) string {
	switch {
	case q.expected == nil && q.actual == nil:
		return ""
	case q.actual == nil:
		return "expected " + describe(q.expected) + "; found nothing"
	case q.expected == nil:
		return "expected nothing; found " + describe(q.actual)
	case q.refused != q.dead:
		return fmt.Sprintf("expected among the %s, found among the %s: %s", among(q.refused), among(q.dead), describe(q.actual))
	}
	if d := difference(q.expected, q.actual); d != "" {
		return d
	}
	if fault == "wrong" {
		return "one of its copies differs; this one is " + describe(q.actual)
	}
	return "found again: " + describe(q.actual)
}

func among(dead bool) string {
	if dead {
		return "dead letters"
	}
	return "results"
}

func describe(r *event.Record) string {
	if reason, ok := r.Header(event.HeaderReason); ok {
		return fmt.Sprintf("dead letter %s of %s", excerpt(reason), excerpt(r.Value))
	}
	return excerpt(r.Value)
}

// difference names the parts of a record that differ.
func difference(want, got *event.Record) string {
	var parts []string
	add := func(part, want, got string) {
		if want != got {
			parts = append(parts, fmt.Sprintf("%s: expected %s, found %s", part, want, got))
		}
	}
	add("partition", fmt.Sprint(want.Partition), fmt.Sprint(got.Partition))
	add("key", excerpt(want.Key), excerpt(got.Key))
	if w, g := excerpt(want.Value), excerpt(got.Value); w != g {
		add("value", w, g)
	} else if !bytes.Equal(want.Value, got.Value) {
		add("value", fmt.Sprintf("%d bytes with hash %016x", len(want.Value), event.Hash(want.Value)),
			fmt.Sprintf("%d bytes with hash %016x", len(got.Value), event.Hash(got.Value)))
	}
	add("headers", headers(want), headers(got))
	return strings.Join(parts, "; ")
}

func headers(r *event.Record) string {
	var parts []string
	for _, h := range r.Headers {
		value := hex.EncodeToString(h.Value[:min(len(h.Value), maxExcerpt)])
		if len(h.Value) > maxExcerpt {
			value += fmt.Sprintf("… (%d bytes)", len(h.Value))
		}
		parts = append(parts, h.Key[:min(len(h.Key), maxExcerpt)]+"="+value)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// maxExcerpt bounds what is shown of a key or value, in bytes.
const maxExcerpt = 120

func excerpt(b []byte) string {
	switch {
	case b == nil:
		return "null"
	case len(b) > maxExcerpt:
		return fmt.Sprintf("%q… (%d bytes)", b[:maxExcerpt], len(b))
	}
	return fmt.Sprintf("%q", b)
}
