package preset

import "time"

// Dirt is how often things go wrong on purpose. A record has one of the faults that shares of the records have, or none; the
// others come on top. FORMAT.md says what each does.
type Dirt struct {
	// Shares of the records.
	Truncated  float64 `yaml:"truncated"`  // cut off, as by a device that was disconnected
	BitErrors  float64 `yaml:"bit_errors"` // one to four bits flipped
	Repeated   float64 `yaml:"repeated"`   // sent again by a device that saw no acknowledgement: 1 to 5 identical copies, 1 s apart
	Resent     float64 `yaml:"resent"`     // sent again 10 minutes later
	Restamped  float64 `yaml:"restamped"`  // sent again 1 s later with the time of sending as event time; the value is the same
	Late       float64 `yaml:"late"`       // arrives late by up to LateUpTo
	LateUpTo   Span    `yaml:"late_up_to"`
	Spikes     float64 `yaml:"spikes"`     // one field with a 9 before its first digit
	NaN        float64 `yaml:"nan"`        // one field is NaN
	Missing    float64 `yaml:"missing"`    // one field is null, or empty
	Additional float64 `yaml:"additional"` // a further field, as after an update of the firmware
	Year1970   float64 `yaml:"year_1970"`  // the clock counts from its start
	Units      float64 `yaml:"units"`      // ms where s are due, or the other way
	Unknown    float64 `yaml:"unknown"`    // from a device that nobody registered
	Lost       float64 `yaml:"lost"`       // made and never sent, most of them in bad times
	BadTimes   float64 `yaml:"bad_times"`  // records that a bad time has on average; 0: 1

	// Shares of a device's stretches of 500 records.
	Stuck    float64 `yaml:"stuck"`    // in which it repeats its values 20 to 99 times
	Dropouts float64 `yaml:"dropouts"` // in which one field is 0 in 20 to 99 records
	Jumps    float64 `yaml:"jumps"`    // in which its clock jumps by up to JumpUpTo, to be set right 20 to 99 records later
	JumpUpTo Span    `yaml:"jump_up_to"`

	// Shares of the stretches of time that are four times as long as what happens in them.
	Silent    float64 `yaml:"silent"` // in which a device sends nothing for SilentFor, and then all it kept at once
	SilentFor Span    `yaml:"silent_for"`
	Storms    float64 `yaml:"storms"` // in which half of the devices lose the network for StormFor and come back together
	StormFor  Span    `yaml:"storm_for"`
	Stalls    float64 `yaml:"stalls"` // in which the devices of one of four partitions are held up for StallFor
	StallFor  Span    `yaml:"stall_for"`

	// Shares of the devices.
	Offset     float64 `yaml:"offset"` // whose clock is wrong, by up to OffsetUpTo
	OffsetUpTo Span    `yaml:"offset_up_to"`
	Drift      float64 `yaml:"drift"` // whose clock is too fast or slow by up to DriftPPM, and is set right once a day
	DriftPPM   int64   `yaml:"drift_ppm"`
	Twins      float64 `yaml:"twins"` // that have the id of the device before them

	// Shares of the devices that one day, at one of their records 100 to 1,099, change for good.
	UnitChanges     float64 `yaml:"unit_changes"`     // one field is in another unit: 1.8 times as much, and 32
	SchemaChanges   float64 `yaml:"schema_changes"`   // messages have a number of their schema, and another name for one field
	EncodingChanges float64 `yaml:"encoding_changes"` // messages are CSV where they were JSON, JSON where they were CSV, the preset's form where an encoder wrote them
	Replaced        float64 `yaml:"replaced"`         // a new device is in their place, which nobody registered
}

// Fault is one thing that was done on purpose, and to what.
type Fault struct {
	Record    int64  `parquet:"record"` // position in the stream as sent, from 0; of a lost one −1
	Device    uint32 `parquet:"device"` // number
	ID        string `parquet:"id"`     // as registered
	Seq       uint64 `parquet:"seq"`    // of a lost one: that of the device's next
	EventTime int64  `parquet:"event_time_ms"`
	Kind      string `parquet:"kind,dict"` // as in the preset
	Detail    int64  `parquet:"detail"`    // bytes kept; bits flipped; ms late or off; the number of a copy, of a field, of a lost reading, of a device or of the first record that changed
}

// fault numbers what can happen. Up to unknown it happens to single records, of which each has one at most.
type fault uint8

const (
	none fault = iota
	truncated
	bitErrors
	repeated
	resent
	restamped
	late
	spike
	notANumber
	missing
	additional
	year1970
	units
	unknown
	lost
	stuck
	dropout
	jump
	silent
	storm
	stall
	offset
	drift
	twin
	otherUnit
	otherSchema
	otherEncoding
	replaced
	faults
)

// faultNames are the keys of the rates.
var faultNames = [faults]string{"", "truncated", "bit_errors", "repeated", "resent", "restamped", "late", "spikes", "nan", "missing", "additional",
	"year_1970", "units", "unknown", "lost", "stuck", "dropouts", "jumps", "silent", "storms", "stalls", "offset", "drift", "twins",
	"unit_changes", "schema_changes", "encoding_changes", "replaced"}

// rates are those of the faults, by number.
func (d *Dirt) rates() [faults]float64 {
	return [faults]float64{0, d.Truncated, d.BitErrors, d.Repeated, d.Resent, d.Restamped, d.Late, d.Spikes, d.NaN, d.Missing, d.Additional,
		d.Year1970, d.Units, d.Unknown, d.Lost, d.Stuck, d.Dropouts, d.Jumps, d.Silent, d.Storms, d.Stalls, d.Offset, d.Drift, d.Twins,
		d.UnitChanges, d.SchemaChanges, d.EncodingChanges, d.Replaced}
}

// single are the rates of what a record has one of at most.
func (d *Dirt) single() []float64 {
	r := d.rates()
	return r[:unknown+1]
}

// extent is how far a fault goes.
type extent struct {
	of   fault
	key  string
	span Span
}

// extents are those of the faults that have one.
func (d *Dirt) extents() []extent {
	return []extent{{late, "late_up_to", d.LateUpTo}, {jump, "jump_up_to", d.JumpUpTo}, {silent, "silent_for", d.SilentFor},
		{storm, "storm_for", d.StormFor}, {stall, "stall_for", d.StallFor}, {offset, "offset_up_to", d.OffsetUpTo}}
}

func (d *Dirt) validate(e *problems) {
	rates, sum := d.rates(), 0.0
	for i, s := range rates {
		e.check(s >= 0 && s < 1, "dirt.%s: want 0 to below 1", faultNames[i])
		if fault(i) <= unknown {
			sum += s
		}
	}
	e.check(sum < 1, "dirt: the shares of the records, from truncated to unknown, add up to %v; want less than 1", sum)
	for _, x := range d.extents() {
		e.check(rates[x.of] == 0 || x.span >= Span(time.Millisecond) && x.span <= Span(longest), "dirt.%s: want 1ms to %v", x.key, longest)
	}
	e.check(d.Drift == 0 || d.DriftPPM > 0 && d.DriftPPM <= 100_000, "dirt.drift_ppm: want 1 to 100000")
	e.check(d.Lost == 0 || d.Lost >= 1.0/beat && d.Lost <= 0.4, "dirt.lost: want 0, or %v to 0.4", 1.0/beat)
	e.check(d.BadTimes == 0 || d.BadTimes >= 1 && d.BadTimes <= 100, "dirt.bad_times: want 1 to 100")
}

// longest is how long anything may last.
const longest = 1000 * time.Hour

// behind is how much later than it was made a record may arrive.
func (d *Dirt) behind() time.Duration {
	rates, sum := d.rates(), time.Duration(0)
	for _, x := range d.extents() {
		if rates[x.of] == 0 {
			continue
		}
		switch x.of {
		case late:
			sum += time.Duration(x.span)
		case silent, storm, stall:
			sum += time.Duration(x.span) + time.Duration(x.span)/drains
		}
	}
	return sum
}
