// Package ndjson is the encoding "ndjson": JSON documents, one a line, as gateways and loggers send batches. Every line has
// its end, so that a message that was cut off is seen. What is JSON is decided by package jsonenc;
// harness/job/SEMANTICS.md section 3.1 is the norm.
package ndjson

import (
	"bytes"
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "ndjson".
func (Format) Name() string { return "ndjson" }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	whole, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of ndjson: %w", err)
	}
	line, err := encoding.NewFields(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of ndjson: %w", err)
	}
	return &decoder{whole: whole, line: encoding.Tree{Fields: line}}, nil
}

type decoder struct {
	whole  *encoding.Fields // of the message
	line   encoding.Tree    // of the document at hand
	walker jsonenc.Walker
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	if !encoding.IsText(value) {
		return job.ReasonBadUTF8
	}
	if len(value) == 0 {
		return job.ReasonTruncated
	}
	d.whole.Reset(key)
	for len(value) > 0 {
		n := bytes.IndexByte(value, '\n')
		if n == 0 {
			value = value[1:]
			continue
		}
		if n < 0 {
			return d.unended(key, value)
		}
		if reason := d.document(key, value[:n]); reason != job.ReasonNone {
			return reason
		}
		value = value[n+1:]
	}
	return d.whole.Fill(r)
}

// document reads a line and lays it over those before it. A line that ends inside its document is no JSON.
func (d *decoder) document(key, line []byte) job.Reason {
	d.line.Reset(key)
	reason := d.walker.Walk(line, &d.line)
	if reason == job.ReasonTruncated {
		return job.ReasonBadJSON
	}
	if reason == job.ReasonNone {
		d.whole.LayAll(d.line.Fields)
	}
	return reason
}

// unended says what is wrong with a last line without an end: what the document before it is, else that it was cut off.
func (d *decoder) unended(key, line []byte) job.Reason {
	d.line.Reset(key)
	if reason := d.walker.Walk(line, &d.line); reason != job.ReasonNone {
		return reason
	}
	return job.ReasonTruncated
}

// Encoder makes an encoder of a job's reading: a message has one line. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	e, err := jsonenc.Format{}.Encoder(r)
	if err != nil {
		return nil, err
	}
	return encoder{e}, nil
}

type encoder struct{ json encoding.Encoder }

// Append implements encoding.Encoder.
func (e encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	return append(e.json.Append(dst, device, eventTime, values), '\n')
}
