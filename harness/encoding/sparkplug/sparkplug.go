// Package sparkplug is the encoding "sparkplug-b": payloads of Eclipse Sparkplug B as a node sends them between two births,
// metrics by alias (NDATA), and as births have them, by name. The numbers of the fields are those of the specification,
// section Payloads. The device is not in the payload: a bridge makes the MQTT topic's node the record's key.
// harness/job/SEMANTICS.md section 3.1 is the norm.
package sparkplug

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// Fields of a payload.
const (
	payloadTime   = 1
	payloadMetric = 2
	payloadSeq    = 3
)

// Fields of a metric.
const (
	metricName   = 1
	metricAlias  = 2
	metricTime   = 3
	metricType   = 4
	metricIsNull = 7
	intValue     = 10
	longValue    = 11
	floatValue   = 12
	doubleValue  = 13
	booleanValue = 14
	stringValue  = 15
	lastValue    = 19 // 16 to 19: bytes, data set, template, extension
)

// Data types.
const (
	typeInt8   = 1
	typeInt16  = 2
	typeInt32  = 3
	typeInt64  = 4
	typeFloat  = 9
	typeDouble = 10
)

// Format makes decoders and encoders. It implements encoding.Format.
type Format struct{}

// Name is "sparkplug-b".
func (Format) Name() string { return "sparkplug-b" }

// Decoder makes a decoder of a job's reading. Errors: those of encoding.NewShape: each metric has one alias.
func (Format) Decoder(r job.Reading) (encoding.Decoder, error) {
	_, err := encoding.NewShape(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of sparkplug-b: %w", err)
	}
	f, err := encoding.NewNames(r)
	if err != nil {
		return nil, fmt.Errorf("making a decoder of sparkplug-b: %w", err)
	}
	return &decoder{f}, nil
}

// Encoder makes an encoder of a job's reading. Errors: those of encoding.NewShape.
func (Format) Encoder(r job.Reading) (encoding.Encoder, error) {
	if _, err := encoding.NewShape(r); err != nil {
		return nil, fmt.Errorf("making an encoder of sparkplug-b: %w", err)
	}
	return encoder{}, nil
}

type encoder struct{}

// Append implements encoding.Encoder. The sequence number is of the time: an encoder does not count what each node sends.
func (encoder) Append(dst []byte, _ string, eventTime int64, values []int64) []byte {
	dst = appendInteger(dst, payloadTime, uint64(eventTime))
	for i, v := range values {
		if v == encoding.Absent {
			continue
		}
		dst = protowire.AppendTag(dst, payloadMetric, protowire.BytesType)
		d := encoding.Decimal(v)
		single := float64(float32(d)) == d
		size := integerSize(metricAlias, uint64(i)) + integerSize(metricTime, uint64(eventTime)) + integerSize(metricType, typeDouble) + 9
		if single {
			size -= 4
		}
		dst = protowire.AppendVarint(dst, uint64(size))
		dst = appendInteger(dst, metricAlias, uint64(i))
		dst = appendInteger(dst, metricTime, uint64(eventTime))
		if single {
			dst = appendInteger(dst, metricType, typeFloat)
			dst = protowire.AppendTag(dst, floatValue, protowire.Fixed32Type)
			dst = protowire.AppendFixed32(dst, math.Float32bits(float32(d)))
		} else {
			dst = appendInteger(dst, metricType, typeDouble)
			dst = protowire.AppendTag(dst, doubleValue, protowire.Fixed64Type)
			dst = protowire.AppendFixed64(dst, math.Float64bits(d))
		}
	}
	return appendInteger(dst, payloadSeq, uint64(eventTime)&255)
}

func appendInteger(dst []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, n, protowire.VarintType), v)
}

func integerSize(n protowire.Number, v uint64) int {
	return protowire.SizeTag(n) + protowire.SizeVarint(v)
}
