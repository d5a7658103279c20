package lorawan

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// kind is a type of Cayenne Low Power Payload: a number of components of so many bytes, big endian, in units of 1/per.
type kind struct {
	name   string
	code   byte
	bytes  int // of a component
	signed bool
	parts  []part
}

type part struct {
	name string // empty: the only one
	per  int64
}

func single(per int64) []part { return []part{{"", per}} }

func axes(per int64) []part { return []part{{"x", per}, {"y", per}, {"z", per}} }

// kinds are those of the Cayenne documentation (myDevices, "Cayenne Low Power Payload"), and of the extension that the
// libraries of devices share. The names are those of The Things Stack's decoder, which adds the channel: temperature_3.
var kinds = []kind{
	{"digital_in", 0, 1, false, single(1)}, {"digital_out", 1, 1, false, single(1)},
	{"analog_in", 2, 2, true, single(100)}, {"analog_out", 3, 2, true, single(100)},
	{"generic", 100, 4, false, single(1)}, {"luminosity", 101, 2, false, single(1)}, {"presence", 102, 1, false, single(1)},
	{"temperature", 103, 2, true, single(10)}, {"relative_humidity", 104, 1, false, single(2)},
	{"accelerometer", 113, 2, true, axes(1000)}, {"barometric_pressure", 115, 2, false, single(10)},
	{"voltage", 116, 2, false, single(100)}, {"current", 117, 2, false, single(1000)}, {"frequency", 118, 4, false, single(1)},
	{"percentage", 120, 1, false, single(1)}, {"altitude", 121, 2, true, single(1)}, {"concentration", 125, 2, false, single(1)},
	{"power", 128, 2, false, single(1)}, {"distance", 130, 4, false, single(1000)}, {"energy", 131, 4, false, single(1000)},
	{"direction", 132, 2, false, single(1)}, {"unix_time", 133, 4, false, single(1)}, {"gyrometer", 134, 2, true, axes(100)},
	{"colour", 135, 1, false, []part{{"r", 1}, {"g", 1}, {"b", 1}}},
	{"gps", 136, 3, true, []part{{"latitude", 10_000}, {"longitude", 10_000}, {"altitude", 100}}},
	{"switch", 142, 1, false, single(1)},
}

// byCode finds a kind by its code, nil where there is none.
var byCode = func() (all [256]*kind) {
	for i := range kinds {
		all[kinds[i].code] = &kinds[i]
	}
	return all
}()

// ofUnit is the kind of a metric whose path names none, by its unit; of other units it is analog_in.
var ofUnit = map[string]byte{"Cel": 103, "%RH": 104, "hPa": 115, "V": 116, "A": 117, "lx": 101, "%": 120, "W": 128, "m": 130, "deg": 132, "kWh": 131}

const analogIn = 2

// slot is where a metric stands: in a component of a kind on a channel.
type slot struct {
	channel byte
	kind    *kind
	part    int
	metric  int
}

var named = regexp.MustCompile(`^([a-z_]+)_([0-9]{1,3})(?:\.([a-z]+))?$`)

// locate finds the slot of a metric.
func locate(m job.Metric, metric int) (slot, error) {
	match := named.FindStringSubmatch(m.Path)
	for i := range kinds {
		if match == nil || match[1] != kinds[i].name {
			continue
		}
		channel, err := strconv.ParseUint(match[2], 10, 8)
		if err != nil {
			return slot{}, fmt.Errorf("path %q: a channel is 0 to 255", m.Path)
		}
		for k, p := range kinds[i].parts {
			if p.name == match[3] {
				return slot{byte(channel), &kinds[i], k, metric}, nil
			}
		}
		return slot{}, fmt.Errorf("path %q: %s has no such part", m.Path, match[1])
	}
	code, ok := ofUnit[m.Unit]
	if !ok {
		code = analogIn
	}
	return slot{byte(metric), byCode[code], 0, metric}, nil
}

// most is the largest application payload that the regions allow at their better data rates (EU868, DR4).
const most = 222

// layout finds the slots of all metrics in ascending order of their names. Errors: those of encoding.NewShape, a path to a
// part or channel that there is not, two metrics in one slot, and more than fits into a message.
func layout(r job.Reading) ([]slot, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, err
	}
	var all []slot
	bytes := 0
	for i, n := range r.Names() {
		s, err := locate(r.Metrics[n], i)
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", n, err)
		}
		for _, other := range all {
			if other.channel == s.channel && other.kind == s.kind && other.part == s.part {
				return nil, fmt.Errorf("metric %s: another one has channel %d of %s", n, s.channel, s.kind.name)
			}
		}
		all = append(all, s)
		bytes += 2 + s.kind.bytes*len(s.kind.parts)
	}
	if bytes > most {
		return nil, fmt.Errorf("%d metrics take %d bytes; a message has %d", len(all), bytes, most)
	}
	return all, nil
}

// appendLPP writes the metrics that are there and that their kinds can hold, rounded to their resolution.
func appendLPP(dst []byte, slots []slot, values []int64) []byte {
	for i, s := range slots {
		if first(slots[:i], s) {
			dst = appendItem(dst, slots[i:], values)
		}
	}
	return dst
}

// first says that no slot before has the same channel and kind.
func first(before []slot, s slot) bool {
	for _, b := range before {
		if b.channel == s.channel && b.kind == s.kind {
			return false
		}
	}
	return true
}

// appendItem writes the item of the first slot, with the parts that later slots have of it. Parts that nobody has are 0.
func appendItem(dst []byte, slots []slot, values []int64) []byte {
	s := slots[0]
	start, any := len(dst), false
	dst = append(dst, s.channel, s.kind.code)
	for i, p := range s.kind.parts {
		var raw int64
		for _, other := range slots {
			if other.channel != s.channel || other.kind != s.kind || other.part != i {
				continue
			}
			if v, ok := p.raw(s.kind, values[other.metric]); ok {
				raw, any = v, true
			}
		}
		for shift := 8 * (s.kind.bytes - 1); shift >= 0; shift -= 8 {
			dst = append(dst, byte(raw>>shift))
		}
	}
	if !any {
		return dst[:start]
	}
	return dst
}

// raw is a value in units of 1/per, half away from zero. False: there is none, or the kind cannot hold it.
func (p part) raw(k *kind, v int64) (int64, bool) {
	if v == encoding.Absent {
		return 0, false
	}
	raw := int64(math.Round(float64(v) * float64(p.per) / 1e6))
	bits := 8 * k.bytes
	low, high := int64(0), int64(1)<<bits-1
	if k.signed {
		low, high = -(int64(1) << (bits - 1)), int64(1)<<(bits-1)-1
	}
	return raw, raw >= low && raw <= high
}

// readLPP lays the items of a payload into fields.
func readLPP(b []byte, slots []slot, f *encoding.Fields) job.Reason {
	for len(b) > 0 {
		if len(b) < 2 || byCode[b[1]] == nil {
			return job.ReasonBadFormat
		}
		channel, k := b[0], byCode[b[1]]
		n := k.bytes * len(k.parts)
		if b = b[2:]; len(b) < n {
			return job.ReasonBadFormat
		}
		for _, s := range slots {
			if s.channel == channel && s.kind == k {
				f.Lay(encoding.Metrics+s.metric, encoding.Scalar{Kind: encoding.Number, Number: k.number(b, s.part)})
			}
		}
		b = b[n:]
	}
	return job.ReasonNone
}

// number is a component of an item's data.
func (k *kind) number(b []byte, part int) float64 {
	var raw uint32
	for _, c := range b[part*k.bytes : (part+1)*k.bytes] {
		raw = raw<<8 | uint32(c)
	}
	v := int64(raw)
	if bits := 8 * k.bytes; k.signed && raw>>(bits-1) != 0 {
		v -= 1 << bits
	}
	return float64(v) / float64(k.parts[part].per)
}
