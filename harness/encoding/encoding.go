// Package encoding is the contract of message encodings: from the bytes a device sends to a reading in millionths, and
// back. Each child folder is one encoding. What a decoder must accept and refuse, and with which reason, is written in
// harness/job/SEMANTICS.md.
package encoding

import (
	"math"

	"github.com/streamgauge/streamgauge/harness/job"
)

// Absent stands for a metric that a message does not have, where an encoder is given one.
const Absent = math.MinInt64

// Reading is a decoded message: the device id and the metrics of one job, by position.
type Reading struct {
	Device  []byte  // as in the message; aliases the decoder's input or scratch space until the next call
	Values  []int64 // millionths, in the order of Names; undefined where Present is false
	Present []bool
}

// Format makes decoders and encoders of one encoding for a job's reading.
type Format interface {
	Name() string
	// Decoder makes a decoder; not safe for concurrent use.
	Decoder(job.Reading) (Decoder, error)
	// Encoder makes an encoder; not safe for concurrent use.
	Encoder(job.Reading) (Encoder, error)
}

// Bounded is a format, and each of its encoders, whose messages do not hold device ids of any length. Who encodes sees to it first.
type Bounded interface {
	MostDevice() int // bytes of an id
}

// Decoder turns values into readings.
type Decoder interface {
	// Decode fills r from value and returns why it cannot: tests 2 to 4 of SEMANTICS.md section 3, except the comparison
	// of the device with the record's key, which is the caller's (ReasonWrongDevice) and comes right after the device's
	// own tests: so key is passed in.
	Decode(key, value []byte, r *Reading) job.Reason
}

// Encoder writes a plain, valid message of the job's reading.
type Encoder interface {
	// Append appends the message of a device at an event time (ms since the epoch) with metrics in millionths, in the
	// order of Names; one that is Absent is left out. It keeps nothing of device: the bytes may be those of another then.
	Append(dst []byte, device string, eventTime int64, values []int64) []byte
}
