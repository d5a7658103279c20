// Package jsonenc is the encoding "json": one JSON object a message. Decoding is strict by RFC 8259, in one pass over the
// message, without an allocation, and gives the reasons of harness/job/SEMANTICS.md section 3; what the standard library
// accepts or refuses plays no part in it but in the tests. Encoding writes plain messages for heartbeats, probes and
// scripts.
package jsonenc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders of JSON messages. It implements encoding.Format.
type Format struct{}

// Name is "json".
func (Format) Name() string { return "json" }

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	fields, err := fieldsOf(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of json: %w", err)
	}
	d := &decoder{metrics: len(fields) - firstMetric, found: make([]token, len(fields))}
	d.addNode()
	for i, f := range fields {
		d.addPath(strings.Split(f.path, "."), i)
	}
	return d, nil
}

// Encoder makes an encoder of a job's reading. Fields of one object stand together, in the order in which device, time and
// metrics (ascending) first need them. Errors: as Decoder, and two fields at one path or one inside the other: no message
// holds both.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	fields, err := fieldsOf(r)
	if err == nil {
		var e *encoder
		if e, err = newEncoder(fields, r.Time.Unit); err == nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("making an encoder of json: %w", err)
}

// Positions in the list of fields; metrics follow in ascending order of their names.
const (
	deviceField = iota
	timeField
	firstMetric
)

// field is one thing a reading takes from a message.
type field struct {
	name string // for error texts
	path string
}

// fieldsOf lists device, time and metrics, in the order in which they are tested.
func fieldsOf(r job.Reading) ([]field, error) {
	fields := []field{{"device", r.Device}, {"time", r.Time.Path}}
	for _, name := range r.Names() {
		fields = append(fields, field{"metric " + name, r.Metrics[name].Path})
	}
	var errs []error
	for _, f := range fields {
		for step := range strings.SplitSeq(f.path, ".") {
			if step == "" {
				errs = append(errs, fmt.Errorf("%s: path %q has an empty step", f.name, f.path))
				break
			}
		}
	}
	return fields, errors.Join(errs...)
}
