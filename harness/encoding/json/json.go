// Package jsonenc is the encoding "json": one JSON object a message. Decoding is strict by RFC 8259, in one pass over the
// message, without an allocation, and gives the reasons of harness/job/SEMANTICS.md section 3; what the standard library
// accepts or refuses plays no part in it but in the tests. Encoding writes plain messages for heartbeats, probes and
// scripts.
package jsonenc

import (
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
	paths, err := encoding.Paths(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of json: %w", err)
	}
	d := &decoder{metrics: len(paths) - encoding.Metrics, found: make([]token, len(paths))}
	d.addNode()
	for i, p := range paths {
		d.addPath(strings.Split(p, "."), i)
	}
	return d, nil
}

// Encoder makes an encoder of a job's reading. Fields of one object stand together, in the order in which device, time and
// metrics (ascending) first need them. Errors: as Decoder, and two fields at one path or one inside the other: no message
// holds both.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	t, err := encoding.NewTemplate(r, syntax{})
	if err != nil {
		return nil, fmt.Errorf("making an encoder of json: %w", err)
	}
	return &encoder{template: t, unit: r.Time.Unit}, nil
}
