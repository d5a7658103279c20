package preset

import "github.com/streamgauge/streamgauge/generators"

// note tells what went wrong with an event, and keeps it if it will be sent again.
func (s *Stream) note(e *generators.Event, w *wrongs, due int64) {
	d := s.dirt
	if w.fault == none && d.tell == nil {
		d.sent++
		return
	}
	if !s.happened(w) {
		w.fault = none
	}
	if !d.keep(e, w.fault, due) {
		d.say(e, w.fault, w.detail, s)
	}
	if d.tell != nil {
		s.noteMore(e, w)
	}
	d.sent++
}

// happened tells whether what should go wrong with a record did: a word has no digit for a spike, a message without a time no wrong one, and
// what is null, or 255 in one byte, is missing already.
func (s *Stream) happened(w *wrongs) bool {
	switch w.fault {
	case bitErrors:
		return w.detail > 0
	case spike, notANumber, missing:
		return w.wronged
	case additional:
		return s.encoder == nil || w.encodingFrom > 0
	case year1970:
		return w.timed
	case units:
		return w.swapped
	}
	return true
}

// noteMore tells of what goes on for longer than a record.
func (s *Stream) noteMore(e *generators.Event, w *wrongs) {
	d := s.dirt
	say := func(f fault, detail int64) { d.say(e, f, detail, s) }
	k := &s.kinds[s.kindOf(w.device, w.seed)]
	encoded := s.encoder != nil && w.encodingFrom == 0
	if encoded && w.stuck || !encoded && k.sticks && d.sticks(w.seed, w.record) {
		say(stuck, 0)
	}
	if w.timed && w.fault != year1970 { // that clock counts from its start, however wrong it was
		d.off(w.seed, w.record, w.made, func(f fault, ns int64) { say(f, ns/1e6) })
	}
	s.held(k.gateway.passedOn(w.made, w.device, s.c.Seed), w.device, w.seed, func(f fault, ns int64) { say(f, ns/1e6) })
	if w.droppedOne {
		say(dropout, int64(w.dropped))
	}
	if w.convertedOne {
		say(otherUnit, int64(w.unitFrom))
	}
	if w.schemaFrom > 0 {
		say(otherSchema, int64(w.schemaFrom))
	}
	if w.encodingFrom > 0 {
		say(otherEncoding, int64(w.encodingFrom))
	}
	switch of := s.named(w.device, w.seed, w.record); {
	case of == w.device, of < w.device && w.fault == unknown: // it has the id of a stranger
	case of < w.device:
		say(twin, int64(s.c.FirstDevice)+int64(of))
	default:
		from, _, _ := changed(w.seed, d.share[replaced], forReplacement, w.record)
		say(replaced, int64(from))
	}
}

// say tells of one fault of the event that is being sent.
func (d *dirt) say(e *generators.Event, f fault, detail int64, s *Stream) {
	if f == none || d.tell == nil {
		return
	}
	device := int(e.Device - s.c.FirstDevice)
	d.tell(Fault{Record: d.sent, Device: e.Device, ID: string(s.id.append(nil, device)), Seq: e.Seq, EventTime: e.EventTime, Kind: faultNames[f], Detail: detail})
}

// sayLost tells of a reading that is not sent.
func (s *Stream) sayLost(device int, seed, reading uint64, made int64) {
	if s.dirt.tell == nil {
		return
	}
	s.dirt.tell(Fault{Record: -1, Device: s.c.FirstDevice + uint32(device), ID: string(s.id.append(nil, device)), Seq: s.dirt.loss.seq(seed, reading),
		EventTime: floorMS(s.startNS + made), Kind: faultNames[lost], Detail: int64(reading)})
}
