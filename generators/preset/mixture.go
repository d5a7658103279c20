package preset

import (
	"cmp"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/generators"
)

// Part is a preset in a mixture.
type Part struct {
	Preset   string  `yaml:"preset"`   // name of one that is built in
	Share    float64 `yaml:"share"`    // of the devices
	Device   string  `yaml:"device"`   // the form of its ids here; empty: the preset's own
	Encoding string  `yaml:"encoding"` // of its messages here; empty: the preset's own
	of       *Preset
}

// validateMixture checks a preset that is made of others.
func (p *Preset) validateMixture(e *problems) {
	e.check(p.Schema == 1, "schema: got %d, want 1", p.Schema)
	_, err := p.start()
	e.check(err == nil, "clock.start: %v", err)
	e.check(len(p.Kinds) == 0 && p.Message == "" && p.Device == "" && p.Gateway == (Gateway{}), "parts: a preset has parts, or kinds, message, device and gateway of its own")
	for i, part := range p.Parts {
		e.check(part.Preset != "", "parts[%d].preset: missing", i)
		e.check(part.Share > 0, "parts[%d].share: want more than 0", i)
	}
	p.Dirt.validate(e)
}

// resolve reads the parts of a mixture. Dirt that the mixture has goes for all of them.
func (p *Preset) resolve(files fs.FS) error {
	for i := range p.Parts {
		part := &p.Parts[i]
		of, err := openAlone(files, part.Preset) // without its parts, which may lead back here
		if err != nil {
			return err
		}
		if len(of.Parts) > 0 {
			return fmt.Errorf("reading preset: part %q is a mixture itself", part.Preset)
		}
		if p.Dirt != (Dirt{}) {
			of.Dirt = p.Dirt
		}
		if part.Device != "" {
			of.Device = part.Device
		}
		if of.Sets && !strings.Contains(of.Device, "%") {
			return fmt.Errorf("reading preset: part %q has devices in sets, and all of a set would have one id of the form %q: write %% where the name of the kind goes", part.Preset, of.Device)
		}
		part.of = of
		if len(p.Parts) == 1 && part.Encoding == "" {
			of.called(p)
			return nil
		}
		for _, other := range p.Parts[:i] {
			if of.meets(other.of) {
				return fmt.Errorf("reading preset: the devices of parts %q and %q would have the same ids, of the form %q: give one a device of its own", other.Preset, part.Preset, of.Device)
			}
		}
	}
	return nil
}

// shares is the sum of a mixture's shares.
func (p *Preset) shares() float64 {
	sum := 0.0
	for _, part := range p.Parts {
		sum += part.Share
	}
	return sum
}

// portions is how many of a mixture's devices each part has. The last one has what is left, which may be less than nothing.
func (p *Preset) portions(devices int) []int {
	sum, left, all := p.shares(), devices, make([]int, len(p.Parts))
	for i, part := range p.Parts {
		all[i] = max(1, int(float64(devices)*part.Share/sum+0.5))
		if i == len(p.Parts)-1 {
			all[i] = left
		}
		left -= all[i]
	}
	return all
}

// Whole is how many devices a mixture has at least where each part whose devices come in sets has a whole one; 0: no part has sets.
func (p *Preset) Whole() int {
	n, sum := 0, p.shares()
	for _, part := range p.Parts {
		if part.of.Sets {
			n = max(n, int(math.Ceil(float64(len(part.of.Kinds))*sum/part.Share)))
		}
	}
	for n > 0 && p.broken(n) {
		n++
	}
	return n
}

// broken tells whether some part has no whole set: the last one has less than its share where the others were rounded up.
func (p *Preset) broken(devices int) bool {
	for i, n := range p.portions(devices) {
		if of := p.Parts[i].of; of.Sets && n < len(of.Kinds) {
			return true
		}
	}
	return false
}

// called makes another preset, of which this is the only part, this one under its own title: it is written in any encoding as this is.
func (p *Preset) called(other *Preset) {
	p.Title, p.Source = other.Title, other.Source
	p.Clock.Start = cmp.Or(other.Clock.Start, p.Clock.Start)
	*other = *p
}

// Writes tells whether some devices of a mixture write in an encoding by themselves.
func (p *Preset) Writes(encoding string) bool {
	return slices.ContainsFunc(p.Parts, func(part Part) bool { return cmp.Or(part.Encoding, part.of.Encoding) == encoding })
}

// meets tells whether some device of a preset has the id of one of another: both count, and where they come in sets some kinds have one name.
func (p *Preset) meets(other *Preset) bool {
	if p.Device != other.Device || p.Sets != other.Sets || !strings.Contains(p.Device, "@") || strings.Contains(p.Device, "#") {
		return false
	}
	named := func(name string) bool {
		return slices.ContainsFunc(other.Kinds, func(k Kind) bool { return k.Name == name })
	}
	return !p.Sets || slices.ContainsFunc(p.Kinds, func(k Kind) bool { return named(k.Name) })
}

// Fleet is a stream of one preset or of a mixture.
type Fleet interface {
	generators.Stream
	Rate() float64 // records a second on average, at the fleet's own pace
	Size() int     // devices
}

// Open makes the fleet of a preset, which may be a mixture. A mixture takes no encoder: its parts write their own forms.
func (c Config) Open() (Fleet, error) {
	if c.Preset == nil || len(c.Preset.Parts) == 0 {
		return New(c)
	}
	if c.Encoder != nil {
		return nil, fmt.Errorf("generating from a preset: %w", errMixture)
	}
	return newMixture(c)
}

// mixture merges the streams of its parts in the order of their times; at the same time the first part comes first.
type mixture struct {
	parts []*Stream
	due   []time.Duration
	sent  int64
}

func newMixture(c Config) (*mixture, error) {
	m := &mixture{}
	if c.Shards == 0 {
		c.Shards = 1
	}
	if c.Start.IsZero() {
		c.Start, _ = c.Preset.start() // validated
	}
	portions, tell := c.Preset.portions(c.Devices), c.Tell
	for i, p := range c.Preset.Parts {
		part := c
		part.Preset = p.of
		part.Devices = portions[i]
		if part.Devices < c.Shards {
			return nil, fmt.Errorf("generating from a preset: %d devices in %d parts: want more for the %d presets of a mixture", c.Devices, c.Shards, len(c.Preset.Parts))
		}
		if p.Encoding != "" && p.Encoding != p.of.Encoding {
			if err := part.own(p.Encoding); err != nil {
				return nil, fmt.Errorf("generating part %s from a preset: %w", p.Preset, err)
			}
		}
		part.Seed = mix64(c.Seed + uint64(i)*odd)
		if tell != nil {
			part.Tell = func(f Fault) {
				if f.Record >= 0 {
					f.Record = m.sent
				}
				tell(f)
			}
		}
		s, err := New(part)
		if err != nil {
			return nil, err
		}
		m.parts = append(m.parts, s)
		at, _ := s.Pace()
		m.due = append(m.due, at)
		c.FirstDevice += uint32(part.Devices)
	}
	return m, nil
}

func (m *mixture) first() int {
	best := 0
	for i, at := range m.due {
		if at < m.due[best] {
			best = i
		}
	}
	return best
}

// Pace implements generators.Stream.
func (m *mixture) Pace() (time.Duration, bool) { return m.due[m.first()], true }

// Next implements generators.Stream.
func (m *mixture) Next(at time.Duration, e *generators.Event) {
	i := m.first()
	m.parts[i].Next(at, e)
	m.due[i], _ = m.parts[i].Pace()
	m.sent++
}

// Devices implements generators.Stream.
func (m *mixture) Devices() []generators.Device {
	var all []generators.Device
	for _, p := range m.parts {
		all = append(all, p.Devices()...)
	}
	return all
}

// Rate implements Fleet.
func (m *mixture) Rate() float64 {
	sum := 0.0
	for _, p := range m.parts {
		sum += p.Rate()
	}
	return sum
}

// LateUpTo is how late records may be, of event time, by dirt and by what waits for a gateway, copies aside; 0: none is late.
func (p *Preset) LateUpTo() time.Duration {
	most := p.Dirt.behind() + p.waits()
	for _, part := range p.Parts {
		most = max(most, part.of.LateUpTo())
	}
	return most
}

// Size implements Fleet.
func (m *mixture) Size() int {
	n := 0
	for _, p := range m.parts {
		n += p.Size()
	}
	return n
}
