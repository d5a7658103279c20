package recorded

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/generators"
)

// stream implements generators.Stream.
type stream struct {
	c       Config
	rec     *Recording
	startMS int64
	rng     [uses]*rand.PCG

	late, repeat, damage chance

	queue   queue
	devices []device
	drift   []drift // of device i and metric k at i × metrics + k
	ids     []byte  // idSize each

	again []repeated // waiting to be sent a second time, in the order of their times
	arena []byte     // values are cut from it
	plain []byte     // the message that is recoded, as recorded

	pool   []byte // letters for fillers; nil without padding
	filler []byte // the rest of it, to be used next
}

// device is a virtual device's state.
type device struct {
	seq    uint64
	source *replay
	at     int32 // the message it sends next
	apart  int32 // the message that the fields that stay together come from lies so far ahead
}

// drift is how far a device's metric is off the recording, in steps.
type drift struct {
	constant int32
	wander   int32
}

type repeated struct {
	at int64 // ns of recorded time
	ev generators.Event
}

// repeatAfter is the recorded time between an event and its repetition: about the first retry of a device that missed an
// acknowledgement.
const repeatAfter = 3 * time.Second

// idSize is the length of ids: six bytes in hexadecimal, with colons.
const idSize = 17

// populate gives every device its recorded device, its place in that recording, its deviations and its id.
func (s *stream) populate() {
	rng := s.rng[forSetup]
	metrics := s.rec.metrics
	s.devices = make([]device, s.c.Devices)
	s.drift = make([]drift, s.c.Devices*len(metrics))
	s.ids = make([]byte, 0, s.c.Devices*idSize)
	key, odd := rng.Uint64()&idMask, rng.Uint64()&idMask|1
	for i := range s.devices {
		src := s.rec.sources[below(rng, uint64(len(s.rec.sources)))]
		at := int32(below(rng, uint64(len(src.messages))))
		s.devices[i] = device{source: src, at: at, apart: s.apart(rng, len(src.messages))}
		for k := range metrics {
			s.drift[i*len(metrics)+k].constant = int32(below(rng, uint64(2*metrics[k].spread+1))) - metrics[k].spread
		}
		s.queue.add(entryOf(int64(below(rng, uint64(src.messages[at].gap)+1)), uint32(i)))
		s.ids = appendID(s.ids, (uint64(i)*odd^key)&idMask)
	}
	s.queue.order()
}

// apart draws how far ahead, in messages, the fields that stay together are taken from: so many back is as good as
// all but so many ahead.
func (s *stream) apart(rng *rand.PCG, messages int) int32 {
	n := min(s.rec.Apart, messages-1)
	d := int(below(rng, uint64(2*n+1))) - n
	return int32((d + messages) % messages)
}

const idMask = 1<<40 - 1

// appendID writes the 40 bits of n like a hardware address in the locally administered range. Different numbers of devices
// give different n: an odd factor and an exclusive or are both invertible.
func appendID(dst []byte, n uint64) []byte {
	raw := [6]byte{0x02, byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for i, b := range raw {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = hex.AppendEncode(dst, []byte{b})
	}
	return dst
}

func (s *stream) id(i int) []byte { return s.ids[i*idSize : (i+1)*idSize : (i+1)*idSize] }

// Pace implements generators.Stream.
func (s *stream) Pace() (time.Duration, bool) {
	at := s.queue.first().at
	if len(s.again) > 0 {
		at = min(at, s.again[0].at)
	}
	return time.Duration(float64(at) / s.c.Speed), true
}

// Next implements generators.Stream.
func (s *stream) Next(at time.Duration, e *generators.Event) {
	first := s.queue.first()
	if len(s.again) > 0 && s.again[0].at < first.at {
		room := e.Room
		*e = s.again[0].ev
		e.Room = room
		s.again = s.again[1:]
		return
	}
	i := int(first.device)
	d := &s.devices[i]
	*e = generators.Event{Device: s.c.FirstDevice + first.device, Seq: d.seq, EventTime: s.eventTime(at), Key: s.id(i), Room: e.Room}
	s.value(e, i)
	if s.damage.happens(s.rng[forDamage]) {
		e.Value, e.Damaged = s.damaged(e.Value), true
	}
	if s.repeat.happens(s.rng[forRepeats]) {
		e.Lent = false // the copy has the same bytes
		s.again = append(s.again, repeated{first.at + int64(repeatAfter), *e})
	}
	gap := d.source.messages[d.at].gap
	d.seq++
	if d.at++; int(d.at) == len(d.source.messages) {
		d.at = 0
	}
	s.queue.replaceFirst(entryOf(first.at+gap, first.device))
}

// eventTime is the event time of what is sent at a time, less the delay of a late event.
func (s *stream) eventTime(at time.Duration) int64 {
	ms := s.startMS + int64(math.Floor(float64(at)*s.c.Speed/1e6))
	if s.late.happens(s.rng[forDisorder]) {
		if most := uint64(s.c.Disorder.UpTo.Milliseconds()); most > 0 {
			ms -= int64(1 + below(s.rng[forDisorder], most))
		}
	}
	return ms
}

// chunk is the size of the pieces from which values are cut. A piece lives as long as any value in it.
const chunk = 256 << 10

// value writes the next message of device i, which e is of.
func (s *stream) value(e *generators.Event, i int) {
	most := s.rec.room + s.c.PadBytes + len(fillerHead) + len(fillerTail)
	b := s.arena
	if e.Lent = e.Room.Lends(s.c.PadBytes); e.Lent { // messages as recorded are small, but for some
		b = e.Room.Take(most)
	} else if cap(b)-len(b) < most {
		b = make([]byte, 0, max(chunk, most))
	}
	start := len(b)
	if s.c.Recode == nil {
		b = s.write(b, i, e.EventTime)
	} else {
		s.plain = s.write(s.plain[:0], i, e.EventTime)
		b = s.c.Recode(b, s.id(i), s.plain, e.EventTime)
	}
	if missing := s.c.PadBytes - (len(b) - start); missing > 0 {
		b = s.pad(b, missing)
	}
	if e.Value = b; !e.Lent {
		s.arena, e.Value = b, b[start:len(b):len(b)]
	}
}

// write appends the message with its slots filled in.
func (s *stream) write(b []byte, i int, eventTime int64) []byte {
	d := &s.devices[i]
	messages := d.source.messages
	m := &messages[d.at]
	other := int(d.at) + int(d.apart)
	if other >= len(messages) {
		other -= len(messages)
	}
	done := uint32(0)
	for j := range m.slots {
		slot := &m.slots[j]
		b = append(b, m.text[done:slot.start]...)
		done = slot.end
		switch slot.what {
		case slotDevice:
			b = append(b, s.id(i)...)
		case slotTime:
			b = s.appendTime(b, eventTime)
		case slotMetric:
			b = append(b, s.metric(i, slot)...)
		case slotTogether:
			b = append(b, messages[other].together(slot.index)...)
		}
	}
	return append(b, m.text[done:]...)
}

// together is the text of a field that stays together with others.
func (m *message) together(index uint16) []byte {
	for j := range m.slots {
		if s := &m.slots[j]; s.what == slotTogether && s.index == index {
			return m.text[s.start:s.end]
		}
	}
	panic("BUG: a message without a field that every message has")
}

// metric is the text of a metric: the recorded value, the device's constant deviation and how far it has wandered. It
// wanders rarely, so that values hold as long as recorded ones do nearly as often.
func (s *stream) metric(i int, slot *slot) string {
	g := &s.rec.metrics[slot.index]
	dr := &s.drift[i*len(s.rec.metrics)+int(slot.index)]
	if u := s.rng[forReading].Uint64(); u&63 == 0 && g.noise > 0 {
		if u&64 != 0 {
			dr.wander = min(dr.wander+1, g.noise)
		} else {
			dr.wander = max(dr.wander-1, -g.noise)
		}
	}
	v := min(max(slot.steps+dr.constant+dr.wander, g.lowest), g.highest)
	return s.devices[i].source.tongues[slot.index].texts[v-g.lowest]
}

// appendTime writes the event time as the recording writes times: with the digits of its clock. Those below the ms, which
// event time does not have, are drawn: a clock of µs that only ever shows whole ms would make messages easier to compress.
func (s *stream) appendTime(b []byte, ms int64) []byte {
	if s.rec.Time.Unit == "ms" {
		return strconv.AppendInt(b, ms, 10)
	}
	finer := uint64(1)
	for range s.rec.Time.Digits - 3 {
		finer *= 10
	}
	ticks := ms*int64(finer) + int64(below(s.rng[forReading], finer))
	if ticks < 0 {
		b = append(b, '-')
		ticks = -ticks
	}
	unit := int64(finer) * 1000
	b = strconv.AppendInt(b, ticks/unit, 10)
	b = append(b, '.')
	rest := ticks % unit
	for {
		unit /= 10
		b = append(b, byte('0'+rest/unit))
		if rest %= unit; rest == 0 {
			return b
		}
	}
}
