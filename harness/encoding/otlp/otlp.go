// Package otlp is the encoding "otlp": OpenTelemetry's metrics as collectors export them to a broker, an
// ExportMetricsServiceRequest in Protobuf. The device is an attribute, of the resource or of a data point, under its path; a
// metric is the gauge or sum that has its path for a name. The numbers of the fields are those of opentelemetry-proto 1.
// harness/job/SEMANTICS.md section 3.1 is the norm.
package otlp

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "otlp".
func (Format) Name() string { return "otlp" }

// Fields, by the message that has them.
const (
	requestResources = 1

	resourceResource   = 1
	resourceScopes     = 2
	resourceAttributes = 1
	scopeScope         = 1
	scopeMetrics       = 2
	scopeName          = 1

	metricName         = 1
	metricUnit         = 3
	metricGauge        = 5
	metricSum          = 7
	metricHistogram    = 9
	metricExponential  = 10
	metricSummary      = 11
	gaugePoints        = 1
	pointTime          = 3
	pointDouble        = 4
	pointInteger       = 6
	pointAttributes    = 7
	pointFlags         = 8
	flagNoValue        = 1
	attributeKey       = 1
	attributeValue     = 2
	valueString        = 1
	lastValue          = 7 // of the kinds of an attribute's value
	scopeOfTheEncoders = "streamgauge"
)

// Decoder makes a decoder of a job's reading. Errors: a reading without device or time, or a path with an empty step.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of otlp: %w", err)
	}
	return &decoder{f}, nil
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of otlp: %w", err)
	}
	e := &encoder{device: r.Device}
	for _, n := range r.Names() {
		head := appendText(nil, metricName, r.Metrics[n].Path)
		if unit := r.Metrics[n].Unit; unit != "" {
			head = appendText(head, metricUnit, unit)
		}
		e.heads = append(e.heads, head)
	}
	return e, nil
}

type encoder struct {
	device  string
	heads   [][]byte // name and unit of each metric
	scope   []byte   // scratch
	outside []byte   // scratch
}

// Lengths of a data point with a time and a double, and of what is around it.
const (
	pointBytes = 2 * 9
	gaugeBytes = 2 + pointBytes
)

// Append implements encoding.Encoder.
func (e *encoder) Append(dst []byte, device string, eventTime int64, values []int64) []byte {
	e.scope = appendLength(e.scope[:0], scopeScope, 2+len(scopeOfTheEncoders))
	e.scope = appendText(e.scope, scopeName, scopeOfTheEncoders)
	for i, v := range values {
		if v != encoding.Absent {
			e.scope = appendLength(e.scope, scopeMetrics, len(e.heads[i])+2+gaugeBytes)
			e.scope = appendGauge(append(e.scope, e.heads[i]...), eventTime, v)
		}
	}
	value := sizeText(device)
	attribute := sizeText(e.device) + sizeLength(value)
	b := appendLength(e.outside[:0], resourceResource, sizeLength(attribute))
	b = appendLength(b, resourceAttributes, attribute)
	b = appendText(b, attributeKey, e.device)
	b = appendText(appendLength(b, attributeValue, value), valueString, device)
	b = append(appendLength(b, resourceScopes, len(e.scope)), e.scope...)
	e.outside = b
	return append(appendLength(dst, requestResources, len(b)), b...)
}

func appendGauge(dst []byte, eventTime, v int64) []byte {
	dst = appendLength(dst, metricGauge, gaugeBytes)
	dst = appendLength(dst, gaugePoints, pointBytes)
	dst = protowire.AppendTag(dst, pointTime, protowire.Fixed64Type)
	dst = protowire.AppendFixed64(dst, uint64(eventTime)*1_000_000)
	dst = protowire.AppendTag(dst, pointDouble, protowire.Fixed64Type)
	return protowire.AppendFixed64(dst, math.Float64bits(encoding.Decimal(v)))
}

func appendLength(dst []byte, n protowire.Number, length int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, n, protowire.BytesType), uint64(length))
}

func appendText(dst []byte, n protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, n, protowire.BytesType), s)
}

// sizeLength is the size of a field of a length, with a number below 16.
func sizeLength(length int) int { return 1 + protowire.SizeBytes(length) }

func sizeText(s string) int { return sizeLength(len(s)) }
