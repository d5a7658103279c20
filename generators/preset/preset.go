// Package preset generates streams from statistics: a preset describes kinds of devices, when they send and how their values
// move, and holds no recorded message. Nothing is drawn in sequence: each random number is a function of seed, device,
// record and purpose, so any record of any device can be made alone, from at most 1,000 records before it, and parts of a
// fleet made on their own add up to the whole. The same settings give the same bytes on every machine. How the numbers are
// used is written in FORMAT.md.
package preset

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Config says how a preset is used.
type Config struct {
	Preset      *Preset
	Devices     int    // of the whole fleet
	FirstDevice uint32 // number of the first; the others follow
	Seed        uint64
	Start       time.Time        // event time at time 0; zero: the preset's own
	Speed       float64          // event time per time of the run; 0: 1
	Shard       int              // this part of the fleet, from 0: device i is of part i mod Shards
	Shards      int              // 0: 1
	Encoder     encoding.Encoder // of Reading; nil: messages as the preset writes them
	Format      Formats          // of presets whose messages are in an encoding without a template; may be nil
	Clean       bool             // no dirt
	Tell        func(Fault)      // called for each fault, from Next, when its record is sent; may be nil
	Reading     job.Reading      // what Encoder writes: metrics of the names that Preset.Reading gives
}

// Formats makes encoders by the name of the encoding.
type Formats func(name string, r job.Reading) (encoding.Encoder, error)

// own gives a preset without a template the encoder it asks for, unless there is one.
func (c *Config) own(name string) error {
	if c.Encoder != nil {
		return nil
	}
	if c.Format == nil {
		return fmt.Errorf("messages are in the encoding %s, and there is no encoder for it", name)
	}
	var err error
	if c.Reading, err = c.Preset.Reading(); err != nil {
		return err
	}
	c.Encoder, err = c.Format(name, c.Reading)
	return err
}

func (c *Config) validate() error {
	var e problems
	if c.Preset == nil {
		return errors.New("there is no preset")
	}
	if c.Devices <= 0 || c.Devices > math.MaxInt32 || uint64(c.Devices)+uint64(c.FirstDevice) > math.MaxUint32 {
		return fmt.Errorf("%d devices from number %d: want 1 to 2147483647, below 2^32", c.Devices, c.FirstDevice)
	}
	e.check(c.Speed > 0 && !math.IsInf(c.Speed, 0), "speed %v: want more than 0", c.Speed)
	e.check(c.Shards > 0 && c.Shard >= 0 && c.Shard < c.Shards && c.Shard < c.Devices, "part %d of %d of %d devices: there is none", c.Shard, c.Shards, c.Devices)
	id := newIdentity(c.Preset, c.Seed)
	e.check(id.holds(c.Devices), "%d devices: ids of the form %q are fewer", c.Devices, c.Preset.Device)
	if d := &c.Preset.Dirt; d.Unknown+d.Replaced > 0 && !c.Clean {
		e.check(id.holds(2*c.Devices), "%d devices, and as many that nobody registered (dirt.unknown, dirt.replaced): ids of the form %q are fewer", c.Devices, c.Preset.Device)
	}
	return errors.Join(e...)
}

// New makes a stream that never ends. It implements generators.Stream.
func New(c Config) (*Stream, error) {
	if c.Speed == 0 {
		c.Speed = 1
	}
	if c.Shards == 0 {
		c.Shards = 1
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("generating from a preset: %w", err)
	}
	if c.Start.IsZero() {
		c.Start, _ = c.Preset.start() // validated
	}
	if !c.Preset.Written() {
		if err := c.own(c.Preset.Encoding); err != nil {
			return nil, fmt.Errorf("generating from a preset: %w", err)
		}
	}
	if err := c.fits(); err != nil {
		return nil, fmt.Errorf("generating from a preset: %w", err)
	}
	return newStream(c)
}

// fits tells whether the encoder's messages hold the ids of all devices.
func (c *Config) fits() error {
	b, bounded := c.Encoder.(encoding.Bounded)
	if !bounded {
		return nil
	}
	id := newIdentity(c.Preset, c.Seed)
	if n, most := id.longest(c.Devices), b.MostDevice(); n > most {
		return fmt.Errorf("ids of the form %.20q… have up to %d bytes with %d devices, and a message of this encoding holds %d: give device a shorter form, or choose another encoding",
			c.Preset.Device, n, c.Devices, most)
	}
	return nil
}

var _ generators.Stream = (*Stream)(nil)

// What random numbers are for.
const (
	forIdentity = 0x6964656e74697479
	forKind     = 0x6b696e64
	forPhase    = 0x7068617365
	forArrival  = 0x6172726976616c
	forValue    = 0x76616c7565
	forHold     = 0x686f6c64
	forGlitch   = 0x676c69746368
	forChurn    = 0x636875726e
	forGateway  = 0x67617465776179
	forDirt     = 0x64697274
	forStuck    = 0x737475636b
	forOffset   = 0x6f6666736574
	forRegistry = 0x7265676973747279

	forDropout     = 0x64726f706f7574
	forJump        = 0x6a756d70
	forDrift       = 0x6472696674
	forSilence     = 0x73696c656e6365
	forStorm       = 0x73746f726d
	forStall       = 0x7374616c6c
	forLoss        = 0x6c6f7373
	forTwin        = 0x7477696e
	forUnit        = 0x756e6974
	forSchema      = 0x736368656d61
	forEncoding    = 0x656e636f64696e67
	forSample      = 0x73616d706c65
	forNoise       = 0x6e6f697365
	forList        = 0x6c697374
	forBlob        = 0x626c6f62
	forReplacement = 0x7265706c6163
	forRepeat      = 0x726570656174
)
