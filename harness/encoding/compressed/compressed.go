// Package compressed is any encoding, compressed: "avro+zstd". Each message is compressed by itself, as a device does that
// pays for its bytes; what Kafka does to whole batches is another matter. harness/job/SEMANTICS.md section 3.1 is the norm.
package compressed

import (
	"fmt"
	"math"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Names lists the compressions.
func Names() []string { return []string{"gzip", "lz4", "snappy", "zstd"} }

// New compresses the messages of an encoding. Errors: there is no such compression.
func New(inner encoding.Format, compression string) (encoding.Format, error) {
	if _, err := newCodec(compression, job.MaxUnpacked); err != nil {
		return nil, err
	}
	return format{inner, compression}, nil
}

// Packer makes a function that appends a message, compressed, to dst. It is not safe for concurrent use. Errors: as New.
func Packer(compression string) (func(dst, message []byte) []byte, error) {
	c, err := newCodec(compression, job.MaxUnpacked)
	if err != nil {
		return nil, err
	}
	return c.pack, nil
}

// codec packs and unpacks one message. Not safe for concurrent use.
type codec interface {
	pack(dst, message []byte) []byte
	// unpack appends the message to dst, which is empty. False: what was packed is damaged, or larger than the limit.
	unpack(dst, packed []byte) ([]byte, bool)
}

// newCodec makes a codec for messages of at most limit bytes.
func newCodec(name string, limit int) (codec, error) {
	switch name {
	case "gzip":
		return &gzipCodec{limit: limit}, nil
	case "lz4":
		return newLZ4(limit)
	case "snappy":
		return snappyCodec{limit}, nil
	case "zstd":
		return newZstd(limit)
	}
	return nil, fmt.Errorf("unknown compression %q", name)
}

type format struct {
	inner       encoding.Format
	compression string
}

// Name implements encoding.Format.
func (f format) Name() string { return f.inner.Name() + "+" + f.compression }

// Decoder implements encoding.Format.
func (f format) Decoder(r job.Reading) (encoding.Decoder, error) {
	inner, err := f.inner.Decoder(r)
	if err != nil {
		return nil, err
	}
	c, err := newCodec(f.compression, job.MaxUnpacked)
	if err != nil {
		return nil, err
	}
	return &decoder{inner: inner, codec: c}, nil
}

// keepBytes is the largest message whose space is kept for the next.
const keepBytes = 1 << 20

type decoder struct {
	inner   encoding.Decoder
	codec   codec
	message []byte
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	message, ok := d.codec.unpack(d.message[:0], value)
	if cap(message) <= keepBytes {
		d.message = message
	}
	if !ok {
		return job.ReasonBadCompression
	}
	return d.inner.Decode(key, message, r)
}

// Encoder implements encoding.Format.
func (f format) Encoder(r job.Reading) (encoding.Encoder, error) {
	inner, err := f.inner.Encoder(r)
	if err != nil {
		return nil, err
	}
	c, err := newCodec(f.compression, job.MaxUnpacked)
	if err != nil {
		return nil, err
	}
	return &encoder{inner: inner, codec: c}, nil
}

type encoder struct {
	inner   encoding.Encoder
	codec   codec
	message []byte
}

// MostDevice implements encoding.Bounded: as many bytes as the encoding inside holds.
func (e *encoder) MostDevice() int {
	if b, ok := e.inner.(encoding.Bounded); ok {
		return b.MostDevice()
	}
	return math.MaxInt
}

// Append implements encoding.Encoder.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	e.message = e.inner.Append(e.message[:0], device, eventTime, values)
	return e.codec.pack(dst, e.message)
}
