package operator

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Registry holds the fields of each device by its id, as the registry topic gives them. Fill it with Put before the first
// Compile and leave it alone afterwards: chains read it without locks.
type Registry map[string]map[string]int64

// Put takes one record of the registry topic; one without a value removes its device. Errors: *CorruptError for a value
// that is not canonical JSON and for a gain or offset beyond the limits.
func (g Registry) Put(r *event.Record) error {
	if r.Value == nil {
		delete(g, string(r.Key))
		return nil
	}
	fields := map[string]int64{}
	err := eachField(r.Value, func(name []byte, v int64) bool {
		fields[string(name)] = v
		return true
	})
	problem := ""
	switch gain, offset := fields["gain"], fields["offset"]; {
	case err != nil:
		problem = fmt.Sprintf("registry entry of device %q: %v: %.100q", r.Key, err, r.Value)
	case gain > job.MaxGain || gain < -job.MaxGain:
		problem = fmt.Sprintf("registry entry of device %q: gain %d is beyond ±%d millionths", r.Key, gain, job.MaxGain)
	case offset > job.MaxMicros || offset < -job.MaxMicros:
		problem = fmt.Sprintf("registry entry of device %q: offset %d is beyond ±%d millionths", r.Key, offset, job.MaxMicros)
	}
	if problem != "" {
		return &CorruptError{Partition: r.Partition, Offset: r.Offset, Problem: problem}
	}
	g[string(r.Key)] = fields
	return nil
}

// row is what one enrich operator takes from a device's entry: the named fields in their order.
type row struct {
	values   []int64
	complete bool // no named field is missing
}

// rows cuts the registry down to what one enrich operator adds, so that a record costs one look-up.
func (g Registry) rows(names []string) map[string]row {
	m := make(map[string]row, len(g))
	for device, fields := range g {
		r := row{values: make([]int64, 0, len(names)), complete: true}
		for _, n := range names {
			v, ok := fields[n]
			r.values = append(r.values, v)
			r.complete = r.complete && ok
		}
		m[device] = r
	}
	return m
}
