package driver

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Registry lists the registry entries of heartbeats, probes and real devices: device id → field → value, units as in
// SEMANTICS.md section 1. Errors: a job that no heartbeat passes, two devices with one id, a gain or offset out of bounds.
func Registry(j *job.Job, partitions int32, real []generators.Device) (map[string]map[string]int64, error) {
	h, err := j.Heartbeat()
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	all := make(map[string]map[string]int64, len(real)+2*int(partitions))
	for _, prefix := range []string{"heartbeat", "probe"} {
		for _, id := range beatIDs(prefix, partitions) {
			all[id] = h.Registry
		}
	}
	for _, d := range real {
		if _, ok := all[d.ID]; ok {
			return nil, fmt.Errorf("making the registry: device id %q is there twice", d.ID)
		}
		if g, o := d.Fields["gain"], d.Fields["offset"]; g > job.MaxGain || g < -job.MaxGain || o > job.MaxMicros || o < -job.MaxMicros {
			return nil, fmt.Errorf("making the registry: device %q: gain %d or offset %d is out of bounds", d.ID, g, o)
		}
		all[d.ID] = d.Fields
	}
	return all, nil
}

// RegistryRecords yields the records of a registry topic in ascending order of the device ids: the id and the canonical JSON
// of its fields.
func RegistryRecords(registry map[string]map[string]int64) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, id := range slices.Sorted(maps.Keys(registry)) {
			if !yield(id, CanonicalFields(registry[id])) {
				return
			}
		}
	}
}

// CanonicalFields writes fields as canonical JSON (SEMANTICS.md section 1): names, which match [a-z][a-z0-9_]*, in
// ascending byte order, no spaces.
func CanonicalFields(fields map[string]int64) []byte {
	b := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, '"', ':')
		b = strconv.AppendInt(b, fields[name], 10)
	}
	return append(b, '}')
}
