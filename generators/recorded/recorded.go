// Package recorded amplifies a recording: many virtual devices, each replaying one of the recorded devices from its own
// place in the recording, with its own small deviation of the analogue metrics, its own id and its own sequence. What the
// recording has and synthetic streams lack is kept: irregular gaps, values that hold and step, glitches, number formats,
// the relations between the fields of a message.
package recorded

import (
	"time"
)

// Config says how a recording is amplified.
type Config struct {
	Recording   *Recording
	Devices     int    // virtual devices
	FirstDevice uint32 // number of the first; the others follow
	Seed        uint64
	Start       time.Time // event time at time 0
	Speed       float64   // event time per time of the run; 0: 1
	Disorder    Disorder
	Repeats     float64 // share of the events that a device sends a second time, shortly after: same identity, same bytes
	Damaged     float64 // share of the events whose value is cut off or garbled
	PadBytes    int     // smallest size of a value: shorter ones get a filler field
}

// Disorder makes events late: their event time lies further back than that of other events sent at the same time.
type Disorder struct {
	Share float64       // of the events
	UpTo  time.Duration // of event time: each late event is late by a random part of it
}
