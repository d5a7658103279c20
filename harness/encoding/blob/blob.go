// Package blob is the encodings of what cameras, lidars and radars send: files of which the reading is a small part, and whose
// bytes compress as such files do. "jpeg" is a picture (not at all), "las" a point cloud (1.3 to 2.5 times), "pgm" a sparse
// picture without compression (3 to 17 times). Each holds the reading as JSON where its format has room for remarks. The whole
// file is passed over and must be well-formed. harness/job/SEMANTICS.md section 3.1 is the norm.
package blob

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders of one kind of file. It implements encoding.Format.
type Format struct {
	name string
	// remark finds the reading in a file that is well-formed; nil: it has none.
	remark func(file []byte) ([]byte, job.Reason)
	// append appends a file with a reading; what it shows depends on the noise alone.
	append func(dst, reading []byte, n noise) []byte
}

// Formats lists the kinds of file.
func Formats() []Format {
	return []Format{{"jpeg", jpegRemark, appendJPEG}, {"las", lasRemark, appendLAS}, {"pgm", pgmRemark, appendPGM}}
}

// Name is the kind's.
func (f Format) Name() string { return f.name }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (f Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	d, err := jsonenc.Format{}.Decoder(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of %s: %w", f.name, err)
	}
	return decoder{f, d}, nil
}

type decoder struct {
	format  Format
	reading encoding.Decoder
}

var nothing = []byte("{}")

// Decode implements encoding.Decoder.
func (d decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	remark, reason := d.format.remark(value)
	if reason != job.ReasonNone {
		return reason
	}
	if remark == nil {
		remark = nothing
	}
	return d.reading.Decode(key, remark, r)
}

// A file has room for a reading of mostReading bytes: with deviceRoom of them for the device, whose bytes JSON may write as six.
const (
	mostReading = 0xffff - 2
	mostDevice  = 1024
	deviceRoom  = 6 * mostDevice
)

// MostDevice implements encoding.Bounded.
func (Format) MostDevice() int { return mostDevice }

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape; a reading that is too long for a file.
func (f Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	e, err := jsonenc.Format{}.Encoder(r)
	if err != nil {
		return nil, fmt.Errorf("making an encoder of %s: %w", f.name, err)
	}
	if n := len(longest(e, len(r.Metrics))); n > mostReading-deviceRoom {
		return nil, fmt.Errorf("making an encoder of %s: a reading may be %d bytes long beside its device, and a file holds %d: name fewer metrics, or shorter paths",
			f.name, n, mostReading-deviceRoom)
	}
	return &encoder{format: f, json: e}, nil
}

// longest is a reading as long as its numbers can make it.
func longest(e encoding.Encoder, metrics int) []byte {
	return e.Append(nil, "", math.MinInt64/2, slices.Repeat([]int64{-job.MaxMicros + 1}, metrics))
}

type encoder struct {
	format  Format
	json    encoding.Encoder
	reading []byte
}

// MostDevice implements encoding.Bounded.
func (*encoder) MostDevice() int { return mostDevice }

// Append implements encoding.Encoder. A device id is at most 1,024 bytes long.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	e.reading = e.json.Append(e.reading[:0], device, eventTime, values)
	if len(e.reading) > mostReading {
		panic("BUG: a reading of more than 65,533 bytes")
	}
	h := fnv.New64a()
	h.Write([]byte(device))
	return e.format.append(dst, e.reading, noise(h.Sum64()^uint64(eventTime)))
}

// noise is random numbers: splitmix64 (Steele, Lea, Flood 2014).
type noise uint64

func (n *noise) next() uint64 {
	*n += 0x9e3779b97f4a7c15
	z := uint64(*n)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
