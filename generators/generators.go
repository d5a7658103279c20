// Package generators is the contract of event streams: deterministic cursors that produce the readings of many devices
// from a seed. Each child folder is one way to make them. A generator knows nothing of Kafka, clocks or schedules: it is
// told when an event is due and answers with bytes.
package generators

import "time"

// Event is one reading as a device sends it. Key and Value are the caller's to keep, unless Room says that they pass. Of the fields a
// stream leaves Room alone and fills the others.
type Event struct {
	Device    uint32 // number of the device, from the first real device on
	Seq       uint64 // of this device, from 0, gap-free
	EventTime int64  // ms since the Unix epoch
	Key       []byte // device id
	Value     []byte
	Damaged   bool // the value was damaged on purpose

	Room *Room // the caller's: where memory of a large value may come from; nil: all is new
	Lent bool  // Value is Room's: to be given back once nobody reads it
}

// GiveBack gives a lent value back: nobody reads it any more.
func (e *Event) GiveBack() {
	if e.Lent {
		e.Lent = false
		e.Room.Give(e.Value)
	}
}

// Done is GiveBack for later, when e may be another event; nil: nothing was lent.
func (e *Event) Done() func() {
	if !e.Lent {
		return nil
	}
	lent := *e // here: it goes to the heap
	return lent.GiveBack
}

// Stream is a deterministic cursor over the events of one stream: same settings and seed, same bytes on any machine.
type Stream interface {
	// Pace is the time from the stream's start at which the next event would be sent if the recording's own gaps were
	// kept (divided by the speed-up): what the load profile `recorded` offers. False after the last event.
	Pace() (time.Duration, bool)
	// Next fills e with the next event, sent at `at` from the stream's start; event time follows `at` times the speed-up.
	Next(at time.Duration, e *Event)
	// Devices describes every real device, in ascending number, for the registry.
	Devices() []Device
}

// Device is one registry entry: the device id and its fields as SEMANTICS.md section 1 gives their units.
type Device struct {
	ID     string
	Number uint32
	Fields map[string]int64
}
