// Package lineprotocol is the encoding "line-protocol", which InfluxDB and Telegraf speak: a measurement, tags, fields and a
// time in ns a line. The device is the tag, a metric the field that has its whole path for a name. Every line has its end,
// so that a message that was cut off is seen. harness/job/SEMANTICS.md section 3.1 is the norm.
package lineprotocol

import (
	"fmt"
	"strconv"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "line-protocol".
func (Format) Name() string { return "line-protocol" }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of line-protocol: %w", err)
	}
	return &decoder{reader{fields: f}}, nil
}

type decoder struct{ reader }

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if !encoding.IsText(value) {
		return job.ReasonBadUTF8
	}
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.fields.Reset(key)
	d.b, d.pos = value, 0
	for d.pos < len(value) {
		if reason := d.line(); reason != job.ReasonNone {
			return reason
		}
	}
	return d.fields.Fill(r)
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of line-protocol: %w", err)
	}
	e := &encoder{head: append(appendName([]byte("reading,"), r.Device), '=')}
	for _, n := range r.Names() {
		e.names = append(e.names, append(appendName(nil, r.Metrics[n].Path), '='))
	}
	return e, nil
}

type encoder struct {
	head  []byte   // measurement and the device's name
	names [][]byte // of the metrics
}

// Append implements encoding.Encoder. A message without a metric has one field all the same, as a line must.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = append(appendName(append(dst, e.head...), device), ' ')
	comma := ""
	for i, v := range values {
		if v == encoding.Absent {
			continue
		}
		dst = append(append(dst, comma...), e.names[i]...)
		dst = encoding.AppendDecimal(dst, v, 6)
		comma = ","
	}
	if comma == "" {
		dst = append(dst, "alive=true"...)
	}
	dst = strconv.AppendInt(append(dst, ' '), eventTime, 10)
	if eventTime != 0 {
		dst = append(dst, "000000"...) // of ns
	}
	return append(dst, '\n')
}

// appendName writes a name or the value of a tag.
func appendName(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c == ',' || c == '=' || c == ' ' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}
