// Package lorawan is the encodings "lorawan", the uplink as it is on the air, and "lorawan-json", what a network server makes
// of it. The application payload is Cayenne LPP; a metric is an item of it under the name that The Things Stack gives it
// (temperature_3, gps_1.latitude), and one with any other path has its position for a channel and a kind by its unit. Values
// are rounded to the kind's resolution, and left out where it cannot hold them. harness/job/SEMANTICS.md section 3.1 is the
// norm.
package lorawan

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Radio makes decoders and encoders of uplinks as they are on the air, ciphered and signed with SessionKey. The record's key
// names the device, of which the message has a short address only. It implements encoding.Format.
type Radio struct{}

// JSON makes decoders and encoders of what a network server passes on. It implements encoding.Format.
type JSON struct{}

// Name is "lorawan".
func (Radio) Name() string { return "lorawan" }

// Name is "lorawan-json".
func (JSON) Name() string { return "lorawan-json" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape; a path to a part or channel that there is
// not, two metrics in one, more metrics than a message holds.
func (f Radio) Decoder(r job.Reading) (encoding.Decoder, error) {
	slots, s, err := open(f.Name(), r)
	if err != nil {
		return nil, err
	}
	fields, err := encoding.NewNames(r)
	return &radioDecoder{session: s, fields: fields, slots: slots}, err
}

// Encoder makes an encoder of a job's reading. Errors: as Decoder.
func (f Radio) Encoder(r job.Reading) (encoding.Encoder, error) {
	slots, s, err := open(f.Name(), r)
	return &radioEncoder{session: s, slots: slots}, err
}

func open(name string, r job.Reading) ([]slot, *session, error) {
	slots, err := layout(r)
	if err != nil {
		return nil, nil, fmt.Errorf("using the encoding %s: %w", name, err)
	}
	s, err := newSession(SessionKey, SessionKey)
	return slots, s, err
}

// Decoder makes a decoder of a job's reading. Errors: as of Radio.
func (f JSON) Decoder(r job.Reading) (encoding.Decoder, error) {
	slots, _, err := open(f.Name(), r)
	if err != nil {
		return nil, err
	}
	fields, err := encoding.NewFields(r)
	return &jsonDecoder{slots: slots, envelope: envelope{tree: encoding.Tree{Fields: fields}}}, err
}

// Encoder makes an encoder of a job's reading. Errors: as of Radio.
func (f JSON) Encoder(r job.Reading) (encoding.Encoder, error) {
	slots, _, err := open(f.Name(), r)
	return &jsonEncoder{slots: slots}, err
}

// Holds is what of a reading's values is left after they were written and read again.
func Holds(r job.Reading, values []int64) []int64 {
	slots, err := layout(r)
	if err != nil {
		return nil
	}
	held := make([]int64, len(values))
	for i, s := range slots {
		held[i] = encoding.Absent
		if raw, ok := s.kind.parts[s.part].raw(s.kind, values[i]); ok {
			held[i], _ = encoding.Micros(float64(raw) / float64(s.kind.parts[s.part].per))
		}
	}
	return held
}
