// Package blob generates messages of many sizes: from the smallest reading to the largest recording, in one stream. Sizes
// follow a power law (density ∝ size^-1.5), so that each class of sizes holds half as many messages, and twice as many bytes,
// as the class of a quarter of its size; contents are of the three classes of order that blobs of real sensors have. Message k
// of a device depends on nothing but seed, device and k.
package blob

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/event"
)

// Config says what to generate.
type Config struct {
	Seed        uint64
	FirstDevice uint32 // number of the first device
	Devices     int
	Smallest    int // bytes of a message
	Largest     int // bytes; a message that comes out at more than a quarter of it gets exactly this size
	Start       time.Time
	Speed       float64 // event time per time of the run
}

// Stream is the stream. Devices take turns.
type Stream struct {
	c    Config
	keys [][]byte
	n    uint64
}

var _ generators.Stream = (*Stream)(nil)

// New makes a stream. Errors: settings out of range.
func New(c Config) (*Stream, error) {
	var errs []error
	if c.Devices < 1 {
		errs = append(errs, fmt.Errorf("%d devices; want at least 1", c.Devices))
	}
	if c.Smallest < 1 || c.Largest < c.Smallest || c.Largest > math.MaxInt32 {
		errs = append(errs, fmt.Errorf("messages of %d to %d bytes; want at least 1, and no descent", c.Smallest, c.Largest))
	}
	if c.Speed <= 0 {
		errs = append(errs, fmt.Errorf("event time at speed %v; want more than 0", c.Speed))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("making a stream of blobs: %w", err)
	}
	s := &Stream{c: c}
	for i := range c.Devices {
		s.keys = append(s.keys, fmt.Appendf(nil, "blob-%d", i))
	}
	return s, nil
}

// Pace is always false: nothing was recorded whose pace could be kept.
func (s *Stream) Pace() (time.Duration, bool) { return 0, false }

// Next makes the next message.
func (s *Stream) Next(at time.Duration, e *generators.Event) {
	i := s.n % uint64(s.c.Devices)
	device, seq := s.c.FirstDevice+uint32(i), s.n/uint64(s.c.Devices)
	s.n++
	n := s.Size(device, seq)
	value := e.Room.Take(n)[:n]
	Fill(value, s.Class(device), event.Mix64(s.key(device)+seq*golden)) // keys that differ by golden are one word apart
	*e = generators.Event{Device: device, Seq: seq, Key: s.keys[i], Value: value,
		Room: e.Room, Lent: e.Room.Lends(n), EventTime: s.c.Start.Add(time.Duration(float64(at) * s.c.Speed)).UnixMilli()}
}

// Class is the class of what a device sends.
func (s *Stream) Class(device uint32) Class { return Class(device % uint32(Classes)) }

// key is what the contents and sizes of a device are drawn from.
func (s *Stream) key(device uint32) uint64 {
	return event.Mix64(event.Mix64(s.c.Seed) + uint64(device))
}

// Size is the size of message seq of a device, bytes. Over its sequences a device takes all parts of the distribution evenly.
func (s *Stream) Size(device uint32, seq uint64) int {
	u := float64((s.key(device)+seq*golden)>>11) / (1 << 53)
	a, b := 1/math.Sqrt(float64(s.c.Smallest)), 1/math.Sqrt(float64(s.c.Largest))
	x := a - float64(u*float64(a-b)) // not fused: the same on any machine
	size := int(1 / float64(x*x))
	if size > s.c.Largest/4 {
		return s.c.Largest
	}
	return max(size, s.c.Smallest)
}

// Devices describes the devices: there is nothing to know of them.
func (s *Stream) Devices() []generators.Device {
	all := make([]generators.Device, 0, s.c.Devices)
	for i, key := range s.keys {
		all = append(all, generators.Device{ID: string(key), Number: s.c.FirstDevice + uint32(i), Fields: map[string]int64{}})
	}
	return all
}
