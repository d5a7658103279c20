package preset

import (
	"bytes"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/generators"
)

// Dirt is how often things go wrong on purpose. A record has one of the faults that shares of the records have, or none.
type Dirt struct {
	Truncated  float64 `yaml:"truncated"`  // cut off, as by a device that was disconnected
	BitErrors  float64 `yaml:"bit_errors"` // one to four bits flipped
	Repeated   float64 `yaml:"repeated"`   // sent again by a device that saw no acknowledgement: 1 to 5 identical copies, 1 s apart
	Resent     float64 `yaml:"resent"`     // sent again 10 minutes later
	Late       float64 `yaml:"late"`       // arrives late by up to LateUpTo
	LateUpTo   Span    `yaml:"late_up_to"`
	Spikes     float64 `yaml:"spikes"`     // one field with a 9 before its first digit
	NaN        float64 `yaml:"nan"`        // one field is NaN
	Missing    float64 `yaml:"missing"`    // one field is null, or empty
	Additional float64 `yaml:"additional"` // a further field, as after an update of the firmware
	Year1970   float64 `yaml:"year_1970"`  // the clock counts from its start
	Units      float64 `yaml:"units"`      // ms where s are due, or the other way
	Unknown    float64 `yaml:"unknown"`    // from a device that nobody registered
	Stuck      float64 `yaml:"stuck"`      // share of a device's stretches of 500 records in which it repeats its values 20 to 99 times
	Offset     float64 `yaml:"offset"`     // share of the devices whose clock is wrong, by up to OffsetUpTo
	OffsetUpTo Span    `yaml:"offset_up_to"`
}

// Fault is one thing that was done on purpose, and to what.
type Fault struct {
	Record    int64  `parquet:"record"` // position in the stream as sent, from 0
	Device    uint32 `parquet:"device"` // number
	ID        string `parquet:"id"`     // as registered
	Seq       uint64 `parquet:"seq"`
	EventTime int64  `parquet:"event_time_ms"` // of the record; of a late one, when the reading was made
	Kind      string `parquet:"kind,dict"`     // as in the preset
	Detail    int64  `parquet:"detail"`        // bytes kept; bits flipped; ms late or off; the number of a copy or of a field
}

// fault numbers what can happen to single records, in the order of names.
type fault uint8

const (
	none fault = iota
	truncated
	bitErrors
	repeated
	resent
	late
	spike
	notANumber
	missing
	additional
	year1970
	units
	unknown
	stuck
	offset
)

var faultNames = [...]string{"", "truncated", "bit_errors", "repeated", "resent", "late", "spikes", "nan", "missing", "additional", "year_1970", "units",
	"unknown", "stuck", "offset"}

// shares are those of the single records' faults, by number.
func (d *Dirt) shares() []float64 {
	return []float64{0, d.Truncated, d.BitErrors, d.Repeated, d.Resent, d.Late, d.Spikes, d.NaN, d.Missing, d.Additional, d.Year1970, d.Units, d.Unknown}
}

func (d *Dirt) validate(e *problems) {
	sum := 0.0
	for i, s := range d.shares() {
		e.check(s >= 0, "dirt.%s: want 0 or more", faultNames[i])
		sum += s
	}
	e.check(sum < 1, "dirt: the shares of the records add up to %v; want less than 1", sum)
	e.check(isShare(d.Stuck) && isShare(d.Offset), "dirt: stuck and offset: want 0 to below 1")
	e.check(d.Late == 0 || d.LateUpTo >= Span(time.Millisecond), "dirt.late_up_to: want at least 1ms")
	e.check(d.Offset == 0 || d.OffsetUpTo >= Span(time.Millisecond), "dirt.offset_up_to: want at least 1ms")
}

// dirt decides what goes wrong. All of it is a function of the record, so any record can be made alone.
type dirt struct {
	Dirt
	upTo   []uint64 // summed shares, by fault
	copies [2]queue // what will be sent a second time: soon, and much later
	sent   int64    // records so far
	tell   func(Fault)
}

// Delays of what is sent again, in the fleet's own time.
const (
	repeatAfter = time.Second
	resendAfter = 10 * time.Minute
	mostCopies  = 5
)

func newDirt(d Dirt, tell func(Fault)) *dirt {
	w := &dirt{Dirt: d, tell: tell}
	sum := 0.0
	for _, s := range d.shares() {
		sum += s
		w.upTo = append(w.upTo, share(sum))
	}
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
	u := mix64(seed ^ forStuck + odd*(record/block))
	if d.Stuck == 0 || u >= share(d.Stuck) {
		return false
	}
	v := mix64(u)
	from, length := 1+v%400, 20+v>>32%80
	return record%block >= from && record%block < from+length
}

// off is how wrong a device's clock is, ns.
func (d *dirt) off(seed uint64) int64 {
	u := mix64(seed ^ forOffset)
	if d.Offset == 0 || u >= share(d.Offset) {
		return 0
	}
	v := int64(mix64(u)>>1%uint64(d.OffsetUpTo)) + int64(time.Millisecond)
	if u&1 == 0 {
		return -v
	}
	return v
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
	n := 1 + u>>60&3
	for i := range n {
		u = mix64(u + i)
		at := u >> 3 % uint64(len(value))
		if value[at] ^= 1 << (u & 7); value[at] == '\n' { // it would be two messages where messages are lines
			value[at] ^= 1<<(u&7) | 1<<((u+1)&7)
		}
	}
	return value, int64(n)
}

// spiked puts a 9 before the first digit of a number.
func spiked(b []byte, from int) []byte {
	for i := from; i < len(b); i++ {
		if b[i] >= '0' && b[i] <= '9' {
			return slices.Insert(b, i, '9')
		}
	}
	return b
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

// note tells what went wrong with an event, and keeps it if it will be sent again.
func (d *dirt) note(e *generators.Event, w *wrongs, due int64, s *Stream) {
	if w.fault == additional && s.encoder != nil || w.fault == units && s.counts {
		w.fault = none // nothing was done
	}
	switch w.fault {
	case repeated:
		d.copies[0] = append(d.copies[0], copied{due + int64(repeatAfter), 1, *e})
	case resent:
		d.copies[1] = append(d.copies[1], copied{due + int64(resendAfter), 1, *e})
	default:
		d.say(e, w.fault, w.detail, s)
	}
	if d.tell != nil {
		if off := d.off(w.seed); off != 0 {
			d.say(e, offset, off/1e6, s)
		}
		if w.record%block != 0 && d.sticks(w.seed, w.record) {
			d.say(e, stuck, 0, s)
		}
	}
	d.sent++
}

// say tells of one fault of the event that is being sent.
func (d *dirt) say(e *generators.Event, f fault, detail int64, s *Stream) {
	if f == none || d.tell == nil {
		return
	}
	device := int(e.Device - s.c.FirstDevice)
	d.tell(Fault{Record: d.sent, Device: e.Device, ID: string(s.id.append(nil, device)), Seq: e.Seq, EventTime: e.EventTime, Kind: faultNames[f], Detail: detail})
}

// send sends the next copy of a queue; one in two of a burst's is followed by another.
func (d *dirt) send(q *queue, e *generators.Event, s *Stream) {
	c := (*q)[0]
	*q = (*q)[1:]
	*e = c.event
	f := resent
	if q == &d.copies[0] {
		f = repeated
		if u := mix64(uint64(e.Device)<<32 ^ e.Seq ^ uint64(c.number)<<56); c.number < mostCopies && u&1 == 0 {
			*q = append(*q, copied{c.due + int64(repeatAfter), c.number + 1, c.event})
		}
	}
	d.say(e, f, c.number, s)
	d.sent++
}
