package operator

import (
	"math"
	"slices"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// decode turns the value as the device sent it into a reading.
type decode struct {
	min, max int64 // event time, ms since the epoch, both allowed
	decoder  encoding.Decoder
	reading  encoding.Reading
	slots    []int // of the reading's metrics, in its order
}

func newDecode(p *Program, o *job.Decode) (step, error) {
	name := o.Encoding
	if name == "" {
		name = "json"
	}
	format, err := p.cfg.Formats(name)
	if err != nil {
		return nil, err
	}
	decoder, err := format.Decoder(p.cfg.Job.Reading)
	if err != nil {
		return nil, err
	}
	names := p.cfg.Job.Reading.Names()
	slots, err := p.slots(names...)
	if err != nil {
		return nil, err
	}
	return &decode{min: p.cfg.EventTimeMin, max: p.cfg.EventTimeMax, decoder: decoder, slots: slots,
		reading: encoding.Reading{Values: make([]int64, len(names)), Present: make([]bool, len(names))}}, nil
}

func (d *decode) apply(e *current) verdict {
	if e.time < d.min || e.time > d.max {
		e.reason = job.ReasonEventTime
		return refuse
	}
	if reason := d.decoder.Decode(e.in.Key, e.in.Value, &d.reading); reason != job.ReasonNone {
		e.reason = reason
		return refuse
	}
	clear(e.present) // fields that only a later enrich gives
	for i, s := range d.slots {
		e.values[s], e.present[s] = d.reading.Values[i], d.reading.Present[i]
	}
	return pass
}

// validate refuses readings of unknown devices, without a required metric, or with a metric outside its range.
type validate struct {
	registry Registry // nil: any device
	required []int
	ranges   []bounds
}

// bounds is a closed interval of a metric in millionths.
type bounds struct {
	slot     int
	min, max int64
}

func newValidate(p *Program, o *job.Validate) (step, error) {
	v := &validate{}
	if o.KnownDevice {
		v.registry = p.cfg.Registry
		if v.registry == nil {
			v.registry = Registry{}
		}
	}
	var err error
	if v.required, err = p.slots(o.Required...); err != nil {
		return nil, err
	}
	for _, name := range p.cfg.Job.Reading.Names() {
		if r := p.cfg.Job.Reading.Metrics[name].Range; len(r) == 2 {
			v.ranges = append(v.ranges, bounds{slot: p.layout.slot(name), min: int64(r[0]), max: int64(r[1])})
		}
	}
	return v, nil
}

func (v *validate) apply(e *current) verdict {
	if v.registry != nil {
		if _, ok := v.registry[string(e.in.Key)]; !ok {
			e.reason = job.ReasonUnknownDevice
			return refuse
		}
	}
	for _, s := range v.required {
		if !e.present[s] {
			e.reason = job.ReasonMissingField
			return refuse
		}
	}
	if slices.ContainsFunc(v.ranges, func(b bounds) bool {
		return e.present[b.slot] && (e.values[b.slot] < b.min || e.values[b.slot] > b.max)
	}) {
		e.reason = job.ReasonRange
		return refuse
	}
	return pass
}

// enrich adds fields of the device registry.
type enrich struct {
	rows  map[string]row
	slots []int
}

func (o *enrich) apply(e *current) verdict {
	r, ok := o.rows[string(e.in.Key)]
	if !ok {
		e.reason = job.ReasonUnknownDevice
		return refuse
	}
	if !r.complete {
		e.reason = job.ReasonMissingField
		return refuse
	}
	for i, s := range o.slots {
		e.values[s], e.present[s] = r.values[i], true
	}
	return pass
}

// calibrate replaces a metric by gain × metric + offset.
type calibrate struct{ metric, gain, offset int }

func (o *calibrate) apply(e *current) verdict {
	if !e.present[o.gain] || !e.present[o.offset] {
		e.problem = "calibrate: the reading has no gain or no offset, which enrich adds to each"
		return corrupt
	}
	gain, offset, raw := e.values[o.gain], e.values[o.offset], e.values[o.metric]
	if !e.present[o.metric] {
		return pass
	}
	if tooLarge(gain, job.MaxGain) || tooLarge(offset, job.MaxMicros) || tooLarge(raw, job.MaxMicros) {
		e.problem = "calibrate: a gain, offset or metric beyond the limits of numbers"
		return corrupt
	}
	v := scale(gain, raw) + offset
	if tooLarge(v, job.MaxMicros) {
		e.reason = job.ReasonRange
		return refuse
	}
	e.values[o.metric] = v
	return pass
}

func tooLarge(v, limit int64) bool { return v > limit || v < -limit }

const million = 1_000_000

// scale is gain × raw for both in millionths, rounded half up in the last digit. Split in whole units and rest, no product
// leaves int64: |gain × raw / 10^6| ≤ 10^16.
func scale(gain, raw int64) int64 {
	q := floorDiv(raw, million)
	r := raw - q*million
	return gain*q + floorDiv(gain*r+million/2, million)
}

// floorDiv is the greatest integer not above a/b, for positive b.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// filter keeps readings whose metric is present and within bounds.
type filter struct{ keep bounds }

func newFilter(p *Program, o *job.Filter) (step, error) {
	slots, err := p.slots(o.Metric)
	if err != nil {
		return nil, err
	}
	f := &filter{keep: bounds{slot: slots[0], min: math.MinInt64, max: math.MaxInt64}}
	if o.Min != nil {
		f.keep.min = int64(*o.Min)
	}
	if o.Max != nil {
		f.keep.max = int64(*o.Max)
	}
	return f, nil
}

func (f *filter) apply(e *current) verdict {
	if v := e.values[f.keep.slot]; !e.present[f.keep.slot] || v < f.keep.min || v > f.keep.max {
		return drop
	}
	return pass
}
