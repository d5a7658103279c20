package otlp

import (
	"flag"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat,
		job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// Requests that the published messages wrote hold what they say. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

func inside(n protowire.Number, parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), b)
}

func text(n protowire.Number, s string) []byte { return appendText(nil, n, s) }

func fixed(n protowire.Number, v uint64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, n, protowire.Fixed64Type), v)
}

// form writes requests with sums, histograms, points without value, devices at points, and odd texts.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	device := inside(attributeValue, text(valueString, key))
	if g.Chance(10) {
		device = inside(attributeValue, encodingtest.Pick(g, text(valueString, "another"), text(valueString, "\xff"), fixed(4, 1), nil, []byte{8}))
	}
	attribute := func(n protowire.Number) []byte { return inside(n, text(attributeKey, r.Device), device) }
	var metrics []byte
	atPoint := g.Chance(30)
	for _, n := range r.Names() {
		value := fixed(pointDouble, math.Float64bits(encodingtest.Pick(g, 21.5, -1e-7, 5.0000005, 0, 9e6)))
		switch g.IntN(8) {
		case 0:
			value = fixed(pointInteger, uint64(g.Int64N(1<<20)-1<<19))
		case 1:
			value = append(value, protowire.AppendVarint(protowire.AppendTag(nil, pointFlags, protowire.VarintType), g.Uint64()>>g.IntN(64))...)
		case 2:
			value = encodingtest.Pick(g, nil, nil, fixed(pointDouble, math.Float64bits(math.NaN())), fixed(pointDouble, math.Float64bits(1e300)))
		}
		point := [][]byte{fixed(pointTime, g.Uint64()>>g.IntN(64)), value}
		if atPoint {
			point = append(point, attribute(pointAttributes))
		}
		kind := encodingtest.Pick[protowire.Number](g, metricGauge, metricGauge, metricGauge, metricSum)
		if g.Chance(4) {
			kind = encodingtest.Pick[protowire.Number](g, metricHistogram, metricExponential, metricSummary)
		}
		data, name := inside(kind, inside(gaugePoints, point...)), text(metricName, r.Metrics[n].Path)
		if g.Chance(50) {
			data, name = name, data
		}
		metrics = append(metrics, inside(scopeMetrics, data, name)...)
	}
	if atPoint || g.Chance(5) {
		return inside(requestResources, inside(resourceScopes, metrics))
	}
	return inside(requestResources, inside(resourceScopes, metrics), inside(resourceResource, attribute(resourceAttributes)))
}
