// Package recorded amplifies a recording: many virtual devices, each replaying one of the recorded devices from its own
// place in the recording, with its own small deviation of the analogue metrics, its own id and its own sequence. What the
// recording has and synthetic streams lack is kept: irregular gaps, values that hold and step, glitches, number formats,
// the relations between the fields of a message. Everything is drawn and written in whole numbers, so that the same
// settings give the same bytes on every machine.
package recorded

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/streamgauge/streamgauge/generators"
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
	PadBytes    int     // smallest size of a value: shorter ones get a filler field, which makes up to 9 bytes more
	// Recode writes the message of a device at an event time in another encoding: it appends to dst what it makes of message,
	// which is as recorded and not kept. Damage comes after it, padding has no place. nil: messages stay as they are.
	Recode func(dst, key, message []byte, eventTime int64) []byte
}

// Disorder makes events late: their event time lies further back than that of other events sent at the same time.
type Disorder struct {
	Share float64       // of the events
	UpTo  time.Duration // of event time: each late event is late by a random part of it, whole ms
}

func (c *Config) validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.Recording != nil, "there is no recording")
	check(c.Devices > 0 && uint64(c.Devices)+uint64(c.FirstDevice) <= math.MaxUint32, "%d devices from number %d: want at least 1, below 2^32", c.Devices, c.FirstDevice)
	check(c.Speed >= 0 && !math.IsInf(c.Speed, 0), "speed %v: want more than 0", c.Speed)
	check(c.Disorder.UpTo >= 0, "disorder up to %v: want a positive time", c.Disorder.UpTo)
	check(c.PadBytes == 0 || c.Recode == nil, "padding goes with messages as recorded")
	check(c.PadBytes >= 0, "padding to %d bytes: want 0 or more", c.PadBytes)
	share := func(of string, v float64) { check(v >= 0 && v <= 1, "share of %s is %v: want 0 to 1", of, v) }
	share("disorder", c.Disorder.Share)
	share("repeats", c.Repeats)
	share("damaged", c.Damaged)
	return errors.Join(errs...)
}

// New makes a stream. The same settings give the same events on every machine; turning on disorder, repeats, damage or
// padding leaves the readings themselves as they were. A stream never ends: devices begin their recording anew.
func New(c Config) (generators.Stream, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("amplifying a recording: %w", err)
	}
	if c.Speed == 0 {
		c.Speed = 1
	}
	s := &stream{c: c, rec: c.Recording, startMS: c.Start.UnixMilli(),
		late: newChance(c.Disorder.Share), repeat: newChance(c.Repeats), damage: newChance(c.Damaged)}
	for i := range s.rng {
		s.rng[i] = rand.NewPCG(c.Seed, purpose+uint64(i))
	}
	if c.PadBytes > 0 {
		s.pool = newPool(s.rng[forPadding])
	}
	s.populate()
	return s, nil
}

// The uses of random numbers; each has its own generator, so that one more draw here moves nothing there.
const (
	forSetup = iota
	forReading
	forDisorder
	forRepeats
	forDamage
	forPadding
	forRegistry
	uses
)

// purpose sets this use of a seed apart from others of the same number.
const purpose = 0x7265636f72640000 // "record"

// chance is a probability in units of 2^-53: comparisons of whole numbers are the same everywhere.
type chance uint64

func newChance(share float64) chance { return chance(share * (1 << 53)) }

// happens draws. A chance of 0 draws too, at a cost that is not worth a branch.
func (c chance) happens(rng *rand.PCG) bool { return chance(rng.Uint64()>>11) < c }

// below draws a whole number from [0, n), with a bias below n/2^64.
func below(rng *rand.PCG, n uint64) uint64 {
	hi, _ := bits.Mul64(rng.Uint64(), n)
	return hi
}
