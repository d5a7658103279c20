// Package senml is the encodings "senml-json" and "senml-cbor" (RFC 8428): a pack of records, names and times resolved from
// their bases. A resolved name is the device, a slash, and the whole path of a metric. What is JSON or CBOR is decided by
// those packages; harness/job/SEMANTICS.md section 3.1 is the norm.
package senml

import (
	"fmt"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

// JSON makes decoders and encoders of SenML in JSON. It implements encoding.Format.
type JSON struct{}

// CBOR makes decoders and encoders of SenML in CBOR. It implements encoding.Format.
type CBOR struct{}

// Name is "senml-json".
func (JSON) Name() string { return "senml-json" }

// Name is "senml-cbor".
func (CBOR) Name() string { return "senml-cbor" }

// walker reads documents.
type walker interface {
	Walk(value []byte, h encoding.Handler) job.Reason
}

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (f JSON) Decoder(r job.Reading) (encoding.Decoder, error) {
	return newDecoder(f.Name(), r, &jsonenc.Walker{})
}

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (f CBOR) Decoder(r job.Reading) (encoding.Decoder, error) {
	return newDecoder(f.Name(), r, &cbor.Walker{})
}

func newDecoder(name string, r job.Reading, w walker) (encoding.Decoder, error) {
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of %s: %w", name, err)
	}
	return &decoder{walker: w, pack: pack{fields: f, binary: name == CBOR{}.Name()}}, nil
}

type decoder struct {
	walker walker
	pack   pack
}

// Decode implements encoding.Decoder.
func (d *decoder) Decode(key, value []byte, r *encoding.Reading) job.Reason {
	d.pack.reset(key)
	if reason := d.walker.Walk(value, &d.pack); reason != job.ReasonNone {
		return reason
	}
	if d.pack.bad {
		return job.ReasonBadFormat
	}
	return d.pack.fields.Fill(r)
}

// alive is the name of the one record of a message without metrics.
const alive = "alive"

// paths of the metrics, in ascending order of their names.
func paths(name string, r job.Reading) ([]string, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of %s: %w", name, err)
	}
	all, err := encoding.Paths(r)
	return all[encoding.Metrics:], err
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (f JSON) Encoder(r job.Reading) (encoding.Encoder, error) {
	names, err := paths(f.Name(), r)
	if err != nil {
		return nil, err
	}
	e := &jsonEncoder{}
	for _, n := range names {
		e.names = append(e.names, append(jsonenc.AppendString([]byte(`"n":`), n), `,"v":`...))
	}
	return e, nil
}

type jsonEncoder struct{ names [][]byte }

// Append implements encoding.Encoder. Base name and base time stand in the first record.
func (e *jsonEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	dst = jsonenc.AppendString(append(dst, `[{"bn":`...), device)
	dst[len(dst)-1] = '/'
	dst = encoding.AppendTime(append(dst, `","bt":`...), eventTime, "s")
	empty := true
	for i, v := range values {
		if v == encoding.Absent {
			continue
		}
		if !empty {
			dst = append(dst, "},{"...)
		} else {
			dst = append(dst, ',')
		}
		empty = false
		dst = encoding.AppendDecimal(append(dst, e.names[i]...), v, 6)
	}
	if empty {
		dst = append(dst, `,"n":"`+alive+`","vb":true`...)
	}
	return append(dst, "}]"...)
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (f CBOR) Encoder(r job.Reading) (encoding.Encoder, error) {
	names, err := paths(f.Name(), r)
	if err != nil {
		return nil, err
	}
	return &cborEncoder{names}, nil
}

type cborEncoder struct{ names []string }

// Append implements encoding.Encoder. Base name and base time stand in the first record.
func (e *cborEncoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	n := 0
	for _, v := range values {
		if v != encoding.Absent {
			n++
		}
	}
	dst = cbor.AppendMap(cbor.AppendList(dst, max(1, n)), 4)
	dst = cbor.AppendHead(cbor.AppendInt(dst, -2), 3, uint64(len(device)+1)) // a text of the device and a slash
	dst = append(append(dst, device...), '/')
	dst = cbor.AppendTime(cbor.AppendInt(dst, -3), eventTime, false)
	if n == 0 {
		dst = cbor.AppendText(cbor.AppendInt(dst, 0), alive)
		return append(cbor.AppendInt(dst, 4), 0xf5) // true
	}
	first := true
	for i, v := range values {
		if v == encoding.Absent {
			continue
		}
		if !first {
			dst = cbor.AppendMap(dst, 2)
		}
		first = false
		dst = cbor.AppendText(cbor.AppendInt(dst, 0), e.names[i])
		dst = cbor.AppendNumber(cbor.AppendInt(dst, 2), encoding.Decimal(v))
	}
	return dst
}
