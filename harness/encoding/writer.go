package encoding

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Writer appends to dst the message that a job's encode gives: a device's, at an event time (ms since the epoch), with each
// metric, by its position in ascending order of the names, that get says is present. It is not safe for concurrent use.
type Writer = func(dst, device []byte, eventTime int64, get func(metric int) (micros int64, present bool)) []byte

// NewWriter makes the writer of a job's readings in a format; r is job.Reading.Written. Errors: those of Format.Encoder.
func NewWriter(f Format, r job.Reading) (Writer, error) {
	e, err := f.Encoder(r)
	if err != nil {
		return nil, fmt.Errorf("encoding as %s: %w", f.Name(), err)
	}
	values := make([]int64, len(r.Metrics))
	return func(dst, device []byte, eventTime int64, get func(int) (int64, bool)) []byte {
		for i := range values {
			v, present := get(i)
			if !present {
				v = Absent
			}
			values[i] = v
		}
		return e.Append(dst, string(device), eventTime, values)
	}, nil
}
