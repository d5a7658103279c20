package preset

import (
	"bytes"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/generators"
)

// dirt decides what goes wrong. All of it is a function of the record, so any record can be made alone.
type dirt struct {
	Dirt
	share   [faults]uint64
	upTo    []uint64 // summed shares of what a record has one of, by fault
	outages []outage
	loss    *losses
	alters  bool     // something is done to the form of records
	clocks  bool     // some clocks are wrong
	copies  [2]queue // what will be sent a second time: soon, and much later
	sent    int64    // records so far
	tell    func(Fault)
}

// Delays of what is sent again, in the fleet's own time.
const (
	repeatAfter = time.Second
	resendAfter = 10 * time.Minute
	mostCopies  = 5
)

func newDirt(d Dirt, tell func(Fault)) *dirt {
	w := &dirt{Dirt: d, tell: tell, outages: newOutages(&d), loss: newLosses(&d)}
	for i, r := range d.rates() {
		w.share[i] = share(r)
	}
	sum := 0.0
	for _, s := range d.single() {
		sum += s
		w.upTo = append(w.upTo, share(sum))
	}
	w.alters = d.Dropouts+d.UnitChanges+d.SchemaChanges+d.EncodingChanges > 0
	w.clocks = d.Offset+d.Drift+d.Jumps > 0
	return w
}

// of gives the fault of a record, and a random number to go with it.
func (d *dirt) of(seed, record uint64) (fault, uint64) {
	u := mix64(seed ^ forDirt + odd*record)
	if u >= d.upTo[len(d.upTo)-1] {
		return none, 0
	}
	i, _ := slices.BinarySearch(d.upTo, u+1)
	return fault(i), mix64(u)
}

// sticks tells whether a record is one of those in which a device repeats its values.
func (d *dirt) sticks(seed, record uint64) bool {
	from, length, ok := d.stuckIn(seed, record)
	return ok && record%block >= from && record%block < from+length
}

// stuckIn is where the stretch of a record's block begins in which a device repeats its values, and how many records it has; false if there is
// none.
func (d *dirt) stuckIn(seed, record uint64) (from, length uint64, ok bool) {
	from, length, _, ok = d.stretch(seed, record, d.share[stuck], forStuck)
	return from, length, ok
}

// delay is how late a late record is, ns: whole ms.
func (d *dirt) delay(u uint64) int64 {
	ms := uint64(time.Duration(d.LateUpTo).Milliseconds())
	return int64(1+u>>1%ms) * int64(time.Millisecond)
}

// harm damages a value that was just written, in its place, and tells how much.
func harm(value []byte, f fault, u uint64) ([]byte, int64) {
	if len(value) == 0 {
		return value, 0
	}
	if f == truncated {
		value = value[:u%uint64(len(value))]
		return value, int64(len(value))
	}
	flipped := map[uint64]bool{}
	flip := func(at, bit uint64) {
		value[at] ^= 1 << bit
		if i := at<<3 | bit; flipped[i] {
			delete(flipped, i) // two flips of one bit undo each other
		} else {
			flipped[i] = true
		}
	}
	for i := range 1 + u>>60&3 {
		u = mix64(u + i)
		at := u >> 3 % uint64(len(value))
		if flip(at, u&7); value[at] == '\n' { // it would be two messages where messages are lines
			flip(at, u&7)
			flip(at, (u+1)&7)
		}
	}
	return value, int64(len(flipped))
}

// spiked puts a 9 before the first digit of a number; false if there is none, as in a word.
func spiked(b []byte, from int) ([]byte, bool) {
	for i := from; i < len(b); i++ {
		if b[i] >= '0' && b[i] <= '9' {
			return slices.Insert(b, i, '9'), true
		}
	}
	return b, false
}

// extended adds a field to a message.
func extended(b []byte, from int) []byte {
	if end := len(b) - 1; end > from && b[end] == '}' {
		if bytes.HasSuffix(b[from:], []byte("{}")) {
			return append(b[:end], `"firmware":"2.1"}`...)
		}
		return append(b[:end], `,"firmware":"2.1"}`...)
	}
	return append(b, ",2.1"...)
}

// copied is an event that is sent again.
type copied struct {
	due    int64
	number int64 // of the copy, from 1
	as     fault
	event  generators.Event
}

// queue holds copies in the order of their times, which is that in which they were put in.
type queue []copied

// again gives the queue whose first copy is due before a time or at it; nil if there is none.
func (d *dirt) again(before int64) *queue {
	var first *queue
	for i := range d.copies {
		q := &d.copies[i]
		if len(*q) > 0 && (*q)[0].due <= before && (first == nil || (*q)[0].due < (*first)[0].due) {
			first = q
		}
	}
	return first
}

// keep keeps what will be sent again.
func (d *dirt) keep(e *generators.Event, f fault, due int64) bool {
	switch f {
	case repeated, restamped:
		d.copies[0] = append(d.copies[0], copied{due + int64(repeatAfter), 1, f, apart(e)})
	case resent:
		d.copies[1] = append(d.copies[1], copied{due + int64(resendAfter), 1, f, apart(e)})
	default:
		return false
	}
	return true
}

// apart is an event whose bytes are its own: those of small ones lie in pieces with a thousand others, which would all live for the ten
// minutes until a copy is sent, or are overwritten before.
func apart(e *generators.Event) generators.Event {
	c := *e
	c.Lent, c.Room, c.Key = false, nil, bytes.Clone(e.Key)
	if len(e.Value) < chunk/4 || e.Room.Passes() && !e.Lent {
		c.Value = bytes.Clone(e.Value)
	} else {
		e.Lent = false // the copy has the same bytes
	}
	return c
}

// send sends the next copy of a queue; one in two of a burst's is followed by another.
func (d *dirt) send(q *queue, e *generators.Event, s *Stream, at time.Duration) {
	c := (*q)[0]
	*q = (*q)[1:]
	room := e.Room
	*e = c.event
	e.Room = room
	switch {
	case c.as == restamped && at != s.offered(c.due): // at another pace than the fleet's
		e.EventTime = floorMS(s.eventTime(at))
	case c.as == restamped:
		e.EventTime += repeatAfter.Milliseconds()
	case c.as == repeated && c.number < mostCopies && s.repeats(e, c.number):
		*q = append(*q, copied{c.due + int64(repeatAfter), c.number + 1, repeated, c.event})
	}
	d.say(e, c.as, c.number, s)
	d.sent++
}

// repeats tells whether a copy of an event is followed by another.
func (s *Stream) repeats(e *generators.Event, number int64) bool {
	device := int(e.Device - s.c.FirstDevice)
	u := mix64(s.seed(device) ^ s.salt(device) ^ forRepeat + odd*e.Seq)
	return mix64(u+uint64(number))&1 == 0
}
