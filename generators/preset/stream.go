package preset

import (
	"math"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
)

// Stream implements generators.Stream. It is not safe for concurrent use; parts of a fleet are separate streams.
type Stream struct {
	c       Config
	startNS int64
	step    divisor // of the clock, ns
	normal  *normal
	gateway *gateway // of kinds without one of their own; nil: there is none
	kinds   []kind
	pick    []float64 // summed shares of the kinds
	id      identity
	clock   *timeWriter
	counts  bool // the clock is a count of readings

	calendar *calendar         // with what is needed of each device of this part
	shown    map[int][]float64 // by device, of those that are stuck or will be with their next record: the scores of what they show
	arena    []byte
	room     int    // bytes a message needs at most, so far
	name     []byte // scratch
	scores   [MaxFields]float64
	own      [MaxFields]float64 // scratch of move: the fields' own movements

	dirt    *dirt
	swapped *timeWriter      // of clocks that mixed up s and ms
	encoder encoding.Encoder // nil: the preset's own form
	values  []int64          // of one reading, in the order of its names
	altered []altered        // of them, those to which something was done

	timeless bool // the encoder writes no time
}

// kind is a Kind, compiled.
type kind struct {
	arrival *arrival
	gateway *gateway // nil: there is none
	phase   int64    // ns from the begin of its set to a record, whole intervals before the first left out; 0: anywhere in a usual interval
	hold    uint64
	fields  []field
	slots   []slot
	forms   []shifted // further forms of the time
	lists   []listed
	step    Span   // of the clock
	second  []slot // of messages of the second schema
	foreign []slot // of messages in another encoding
	fasts   int    // fields with an autoregressive part
	width   int    // of a device's state
	movers  []int  // fields that move by themselves
	alike   []int  // the others, which move as an earlier one
	slow    []slow // the smooth parts of all movers
	shown   []int  // fields of the message, by slot
	spiked  []int  // of them, those that can have a spike
	metrics []int  // the fields of the reading's metrics; -1: the kind has none
	blobs   []int  // the fields that say how many bytes its blobs have
	sticks  bool   // something of its messages can
}

func newStream(c Config) (*Stream, error) {
	s := &Stream{c: c, startNS: c.Start.UnixNano(), step: newDivisor(int64(c.Preset.Clock.Step)), normal: newNormal(),
		id: newIdentity(c.Preset, c.Seed), clock: newTimeWriter(c.Preset.Clock), counts: c.Preset.Clock.Form == "count",
		shown: map[int][]float64{}}
	s.dirt = newDirt(c.Preset.Dirt, c.Tell)
	if c.Clean {
		s.dirt = newDirt(Dirt{}, nil)
	}
	s.swapped = newTimeWriter(Clock{Form: "ms", Step: Span(time.Millisecond)})
	if c.Preset.Clock.Form == "ms" {
		s.swapped = newTimeWriter(Clock{Form: "s", Step: Span(time.Second)})
	}
	s.gateway = newGateway(c.Preset.Gateway, s.normal)
	sum := 0.0
	for i := range c.Preset.Kinds {
		def := &c.Preset.Kinds[i]
		k, err := s.compile(def)
		if err != nil {
			return nil, err
		}
		s.kinds = append(s.kinds, k)
		sum += def.Share
		s.pick = append(s.pick, sum)
	}
	if c.Encoder != nil {
		if err := s.encode(c.Encoder, c.Reading); err != nil {
			return nil, err
		}
	}
	return s, s.populate()
}

// arrival is that of a kind; kinds that send alike share one.
func (s *Stream) arrival(def *Kind) *arrival {
	for i := range s.kinds {
		if o := &s.c.Preset.Kinds[i]; o.Intervals == def.Intervals && o.Memory == def.Memory && o.Churn == def.Churn {
			return s.kinds[i].arrival
		}
	}
	return newArrival(def, s.normal, int64(s.step.by))
}

func (s *Stream) compile(def *Kind) (kind, error) {
	pieces, err := parse(def.message(s.c.Preset))
	if err != nil {
		return kind{}, err
	}
	if s.c.Preset.Binary {
		for i := range pieces {
			pieces[i].literal, _ = literal(pieces[i].literal) // validated
		}
	}
	k := kind{arrival: s.arrival(def), gateway: s.gateway, phase: int64(def.Phase), hold: share(def.Hold), step: s.c.Preset.Clock.Step}
	if def.Gateway.Devices > 0 {
		k.gateway = newGateway(def.Gateway, s.normal)
	}
	k.slots = def.slots(pieces, &k)
	if err := def.lists(&k); err != nil {
		return k, err
	}
	k.fields = make([]field, len(def.Fields))
	for i := range def.Fields {
		k.fields[i].compile(def, i, s.normal)
		f := &k.fields[i]
		if f.of != i {
			k.alike = append(k.alike, i)
			continue
		}
		k.movers, k.slow = append(k.movers, i), append(k.slow, f.slow...)
		if f.fast != nil {
			k.fasts++
			k.width += 2
		}
		if f.keeps = k.hold > 0 || f.hold > 0; f.keeps {
			f.at = k.width - 2*k.fasts
			k.width++
		}
	}
	k.shareCells()
	for _, slot := range k.slots {
		if slot.what >= 0 {
			k.shown = append(k.shown, slot.what)
			if s.c.Preset.Binary && !slot.shape.sampled() || !s.c.Preset.Binary && def.Fields[slot.what].hasDigits() {
				k.spiked = append(k.spiked, slot.what)
			}
		}
		k.sticks = k.sticks || slot.what == slotBlob || slot.what == slotList || slot.what >= 0 && !slot.shape.sampled()
		if slot.what == slotBlob {
			k.blobs = append(k.blobs, slot.shape.count)
		}
	}
	if s.dirt.alters {
		k.second, k.foreign = second(k.slots, s.c.Preset.Encoding), s.c.Preset.foreign(def, k.slots)
	}
	for _, slots := range [][]slot{k.slots, k.second, k.foreign} {
		padAll(slots)
	}
	return k, nil
}

// Pace implements generators.Stream.
func (s *Stream) Pace() (time.Duration, bool) {
	_, due := s.calendar.first()
	if q := s.dirt.again(due); q != nil {
		due = (*q)[0].due
	}
	return s.offered(due), true
}

// offered is when a record is sent at the fleet's own pace, from the begin of the run.
func (s *Stream) offered(due int64) time.Duration { return time.Duration(float64(due) / s.c.Speed) }

// eventTime is that of what is offered at a time, ns: whole ms.
func (s *Stream) eventTime(at time.Duration) int64 {
	return s.startNS + int64(math.Floor(float64(at)*s.c.Speed/1e6))*1e6
}

// Next implements generators.Stream.
func (s *Stream) Next(at time.Duration, e *generators.Event) {
	i, due := s.calendar.first()
	if q := s.dirt.again(due); q != nil {
		s.dirt.send(q, e, s, at)
		return
	}
	own := &s.calendar.devices[i]
	device, record := s.device(i), uint64(own.number)
	seed, k := s.seed(device), &s.kinds[own.kind]
	made := due
	if k.gateway != nil || s.dirt.outages != nil {
		made, _ = s.made(seed, k, record, own.beat, own.lapse)
	}
	ns := s.startNS + made
	if at != s.offered(due) { // at another pace: the clock's digits below the ms stay
		ns = s.eventTime(at) + due%1e6 - (due - made)
	}
	state := s.calendar.state(i, k.width)
	beat, lapse := k.beat(own.beat, &own.ahead, seed, record+1) // here, since it waits for memory: what follows does not wait for it
	s.move(k, seed, record, made, own.lapse, state)
	s.stick(k, device, seed, record, s.shown)
	w := wrongs{device: device, seed: seed, record: record, made: made, ns: ns}
	w.fault, w.u = s.dirt.of(seed^s.salt(device), record)
	s.event(e, k, &w)
	s.note(e, &w, due)
	record++
	for ; s.dirt.loss.is(seed, record); beat, lapse = k.beat(beat, &own.ahead, seed, record) {
		t, lapse := s.made(seed, k, record, beat, lapse)
		s.move(k, seed, record, t, lapse, state)
		s.stick(k, device, seed, record, s.shown)
		s.sayLost(device, seed, record, t)
		record++
	}
	s.calendar.keep(i, state)
	next, lapse := s.due(device, seed, k, record, beat, lapse)
	own.number, own.beat, own.lapse = uint32(record), beat, lapse
	s.calendar.take()
	s.calendar.put(i, max(next, due))
}

// Record makes one record of a device alone, as Next does at the fleet's own pace. It looks back at most 1,000 readings.
func (s *Stream) Record(device int, seq uint64) generators.Event {
	seed := s.seed(device)
	record := s.dirt.loss.reading(seed, seq)
	k := &s.kinds[s.kindOf(device, seed)]
	state, shown := make([]float32, k.width), map[int][]float64{}
	from := uint64(0)
	if b := record / block; b > 0 {
		from = (b - 1) * block
	}
	beat, known := int64(-1), ahead{}
	for r := from; ; r++ {
		var lapse uint8
		beat, lapse = k.beat(beat, &known, seed, r)
		made, lapse := s.made(seed, k, r, beat, lapse)
		s.move(k, seed, r, made, lapse, state)
		s.stick(k, device, seed, r, shown)
		if r == record {
			var e generators.Event
			w := wrongs{device: device, seed: seed, record: record, made: made, ns: s.startNS + made}
			w.fault, w.u = s.dirt.of(seed^s.salt(device), record)
			s.event(&e, k, &w)
			return e
		}
	}
}

// wrongs is a record on its way to bytes, with what goes wrong on it.
type wrongs struct {
	device       int
	seed, record uint64
	made         int64 // ns from the stream's start
	ns           int64 // event time
	fault        fault
	u            uint64 // a random number for it
	detail       int64

	dropped, converted                 int    // fields; -1: none
	droppedOne, convertedOne           bool   // it was done to a value
	wronged                            bool   // so was what is wrong with one field
	stuck                              bool   // an encoder wrote a value that is
	timed, swapped                     bool   // the clock is in the message; in the unit of another
	unitFrom, schemaFrom, encodingFrom uint64 // first records that changed; 0: none
}

// event writes the record whose scores are at hand.
func (s *Stream) event(e *generators.Event, k *kind, w *wrongs) {
	if w.fault == late {
		w.detail = s.dirt.delay(w.u) / 1e6
		w.ns -= w.detail * 1e6
	}
	s.alter(k, w)
	*e = generators.Event{Device: s.c.FirstDevice + uint32(w.device), Seq: s.dirt.loss.seq(w.seed, w.record), EventTime: floorMS(w.ns), Room: e.Room}
	blobs := s.blobBytes(k)
	b := s.buffer(e.Room)
	start := len(b)
	if w.fault == unknown {
		b = s.id.append(b, w.device+s.c.Devices)
	} else {
		b = s.id.append(b, s.named(w.device, w.seed, w.record))
	}
	from := len(b)
	e.Key = b[start:from:from]
	if blobs > 0 { // bytes of its own, so that no small message keeps a large one in memory
		s.arena = b
		b = e.Room.Take(s.room + slack + blobs)
		start, from, e.Lent = 0, 0, e.Room.Lends(cap(b))
	}
	if s.encoder != nil && w.encodingFrom == 0 {
		b = s.encoded(b, k, w, e.Key)
	} else {
		b = s.write(b, k, w, e.Key)
	}
	s.room = max(s.room, len(b)-start-blobs)
	e.Value = b[from:]
	if blobs == 0 {
		s.arena, e.Value = b, b[from:len(b):len(b)]
	}
	if w.fault == truncated || w.fault == bitErrors {
		e.Value, w.detail = harm(e.Value, w.fault, w.u)
		e.Damaged = s.happened(w)
	}
}

// chunk is the size of the pieces from which keys and values are cut. A piece lives as long as any of them.
const chunk = 256 << 10

func floorMS(ns int64) int64 {
	ms := ns / 1e6
	if ns%1e6 < 0 {
		ms--
	}
	return ms
}

func (s *Stream) write(b []byte, k *kind, w *wrongs, key []byte) []byte {
	glitches := w.seed ^ forGlitch + odd*w.record
	from, ns, wrong := len(b), s.told(w), s.field(k, w)
	slots := k.slots
	switch {
	case w.encodingFrom > 0 && s.encoder == nil:
		slots = k.foreign
	case w.schemaFrom > 0:
		slots = k.second
	}
	for j := range slots {
		slot := &slots[j]
		b = slot.text.append(b, 0, len(slot.literal))
		switch slot.what {
		case slotNone:
		case slotDevice:
			b = append(b, key...)
		case slotTime:
			w.timed = w.timed || !s.counts
			if slot.shape.form != formText {
				b = s.binaryTime(b, w, &slot.shape, ns)
				continue
			}
			b = s.time(b, w, ns)
		case slotSeq:
			if slot.shape.form != formText {
				b = slot.shape.put(b, int64(w.record)+1)
				continue
			}
			b = appendFixed(b, int64(w.record)+1, 0, false)
		case slotSpecial:
			b = s.special(b, from, j, w, &slot.shape)
		case slotList:
			b = s.list(b, k, w, &k.lists[slot.shape.count], ns)
		case slotBlob:
			b = s.blob(b, k, w, slot)
		default:
			switch {
			case slot.what <= slotForms:
				clock := k.forms[slotForms-slot.what]
				w.timed = true
				b = clock.append(b, ns+clock.by)
			case slot.shape.form != formText:
				b = s.binaryField(b, k, w, slot, wrong)
			case slot.what == wrong && w.fault != spike:
				start := len(b)
				b = s.instead(b, w)
				w.wronged = w.wronged || string(b[start:]) != string(s.value(nil, &k.fields[slot.what], slot.what, glitches)) // it may be null as it is
			case slot.what == w.dropped:
				b = append(b, '0')
				w.droppedOne = w.droppedOne || string(s.value(nil, &k.fields[slot.what], slot.what, glitches)) != "0"
			default:
				start := len(b)
				b = s.value(b, &k.fields[slot.what], slot.what, glitches)
				if slot.what == w.converted {
					b, w.convertedOne = convert(b, start)
				}
				if slot.what == wrong {
					var is bool
					b, is = spiked(b, start)
					w.wronged = w.wronged || is
				}
			}
		}
	}
	if w.fault == additional {
		b = extended(b, from)
	}
	return b
}

// special writes what is no field.
func (s *Stream) special(b []byte, from, place int, w *wrongs, sh *shape) []byte {
	if sh.form == formSum || sh.form == formXor {
		return check(b, b[from:], sh)
	}
	if sh.form == formOwn {
		return ownDigits(b, w.seed^forNoise+uint64(place), sh.count, s.c.Preset.Binary)
	}
	return noise(b, mix64(w.seed^s.salt(w.device)^forNoise+odd*w.record)+uint64(place), sh.count, sh.form == formHex)
}

// time writes the time of a record.
func (s *Stream) time(b []byte, w *wrongs, ns int64) []byte {
	switch {
	case s.counts:
		return appendFixed(b, int64(w.record)+1, 0, false)
	case w.fault == units:
		w.swapped = true
		return s.swapped.append(b, ns)
	}
	return s.clock.append(b, ns)
}

// field gives the field that a fault concerns; none: -1.
func (s *Stream) field(k *kind, w *wrongs) int {
	from := k.shown
	if w.fault == spike {
		from = k.spiked
	}
	if w.fault < spike || w.fault > missing || len(from) == 0 {
		return -1
	}
	i := from[w.u%uint64(len(from))]
	w.detail = int64(i)
	return i
}

// instead writes what stands in the place of a value: NaN, or nothing.
func (s *Stream) instead(b []byte, w *wrongs) []byte {
	switch {
	case w.fault == notANumber:
		return append(b, "NaN"...)
	case (s.c.Preset.Encoding == "json") == (w.encodingFrom == 0 || s.encoder != nil) && (len(b) == 0 || b[len(b)-1] != '"'):
		return append(b, "null"...)
	}
	return b
}
