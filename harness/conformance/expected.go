package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/event"
)

// wrote is a record of an output or dead-letter topic, wanted or got.
type wrote struct {
	dead    bool
	allowed bool // wanted, and no fault if it is absent: an update that a later one makes up for
	key     []byte
	value   []byte
	headers []event.Header
}

// bytes is all that must be equal between what is wanted and what was written.
func (w wrote) bytes() string {
	var b strings.Builder
	b.Grow(len(w.key) + len(w.value) + 256)
	fmt.Fprintf(&b, "%t %d:%s %d:", w.dead, lengthOf(w.key), w.key, lengthOf(w.value))
	b.Write(w.value)
	for _, h := range w.headers {
		fmt.Fprintf(&b, " %q=%x", h.Key, h.Value)
	}
	return b.String()
}

// lengthOf tells null, -1, from no bytes: nobody behind a topic may take one for the other.
func lengthOf(b []byte) int {
	if b == nil {
		return -1
	}
	return len(b)
}

func (w wrote) header(key string) []byte {
	for _, h := range w.headers {
		if h.Key == key {
			return h.Value
		}
	}
	return nil
}

// expectedOutputs writes down the records that an expectation stands for.
func (c *compiler) expectedOutputs(e expectation) ([]wrote, error) {
	switch e.kind {
	case expectNothing:
		return nil, nil
	case expectWindow:
		w, err := c.expectedWindow(e)
		return []wrote{w}, err
	case expectUpdate:
		w, err := c.expectedUpdate(e)
		return []wrote{w}, err
	}
	var ws []wrote
	for seq := e.from; seq <= e.to; seq++ {
		in := c.sentBy[identity(e.device, seq)]
		if len(in) < e.occurrence {
			return nil, fmt.Errorf("%s was not sent %d times", identity(e.device, seq), e.occurrence)
		}
		ws = append(ws, expectedAnswer(e, in[e.occurrence-1]))
	}
	return ws, nil
}

// expectedAnswer is the event, dead letter or alert that an input record gives rise to.
func expectedAnswer(e expectation, r sent) wrote {
	o := event.EventOutput(r.stamp)
	w := wrote{key: r.Key, value: e.value}
	if e.same {
		w.value = r.Value
	}
	switch e.kind {
	case expectDead:
		o.Kind, o.Node, w.dead = event.KindDeadLetter, e.node, true
	case expectAlert:
		o.Kind, o.Node = event.KindAlert, e.node
	}
	at, _ := r.EventTime() // the record was made with it
	w.headers = outputHeaders(at, o)
	if w.dead {
		w.headers = append(w.headers, event.Header{Key: event.HeaderReason, Value: []byte(e.reason)})
	}
	return w
}

func outputHeaders(eventTime int64, o event.Output) []event.Header {
	return []event.Header{
		{Key: event.HeaderTime, Value: event.AppendTime(nil, eventTime)},
		{Key: event.HeaderOutput, Value: event.AppendOutput(nil, o)},
	}
}

func (c *compiler) expectedWindow(e expectation) (wrote, error) {
	start, end := c.epoch+e.start, c.epoch+e.end
	o, _, err := c.contribution(e)
	o.Kind, o.Seq = event.KindWindow, uint64(start)
	value := canonical([]field{{"count", int64(o.Count)}, {"end", end}, {"max", e.max}, {"min", e.min}, {"start", start}, {"sum", e.sum}})
	return wrote{key: []byte(c.keys[e.device]), value: value, headers: outputHeaders(end-1, o)}, err
}

// expectedUpdate is an update over the events of e. It is allowed to be absent if the script expects one over more of them.
func (c *compiler) expectedUpdate(e expectation) (wrote, error) {
	o, latest, err := c.contribution(e)
	o.Kind, o.Seq = event.KindUpdate, uint64(o.Count)
	value := canonical([]field{{"count", int64(o.Count)}, {"max", e.max}, {"min", e.min}, {"sum", e.sum}})
	w := wrote{key: []byte(c.keys[e.device]), value: value, headers: outputHeaders(latest, o)}
	w.allowed = slices.ContainsFunc(c.scripts[c.script].expect, func(x expectation) bool {
		return x.kind == expectUpdate && x.device == e.device && x.size() > e.size()
	})
	return w, err
}

// size is the number of events that a window or update is over.
func (e *expectation) size() (n uint64) {
	for _, r := range e.of {
		n += r.to - r.from + 1
	}
	return n
}

// contribution sums up what is known of the events of a window or update: all of the header but kind and sequence, and the
// highest event time.
func (c *compiler) contribution(e expectation) (o event.Output, latest int64, err error) {
	id := c.devices[e.device]
	o = event.Output{Node: e.node, Stream: id.stream, Device: id.device}
	for _, r := range e.of {
		for seq := r.from; seq <= r.to; seq++ {
			in := c.sentBy[identity(e.device, seq)]
			if r.occurrence > len(in) {
				return o, 0, fmt.Errorf("%s was not sent %d times", identity(e.device, seq), r.occurrence)
			}
			stamp := in[r.occurrence-1].stamp
			at, _ := in[r.occurrence-1].EventTime() // the record was made with it
			if o.Count == 0 || stamp.Intended > o.Intended {
				o.Intended = stamp.Intended
			}
			if o.Count == 0 || at > latest {
				latest = at
			}
			o.Count++
			o.IDs += stamp.Term()
		}
	}
	return o, latest, nil
}
