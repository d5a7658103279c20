package sparkplug

import (
	"flag"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Keyed: true, CutsDecode: true, Update: *update, Reasons: []job.Reason{
		job.ReasonTruncated, job.ReasonBadFormat, job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonBadType, job.ReasonRange}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

func text(dst []byte, n protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, n, protowire.BytesType), s)
}

// form writes births and data with metrics of every type, null ones, unknown ones, and metrics twice.
func form(g *encodingtest.Gen, r job.Reading, _ string) []byte {
	var b []byte
	if !g.Chance(8) {
		b = appendInteger(b, payloadTime, 1594598735772)
	}
	names := r.Names()
	for range g.IntN(7) {
		var m []byte
		i := g.IntN(len(names))
		if g.Chance(50) {
			m = text(m, metricName, encodingtest.Pick(g, r.Metrics[names[i]].Path, r.Metrics[names[i]].Path, r.Metrics[names[i]].Path, "other", ""))
		}
		if g.Chance(70) {
			m = appendInteger(m, metricAlias, encodingtest.Pick(g, uint64(i), uint64(i), uint64(i), 99, math.MaxUint64))
		}
		if g.Chance(80) {
			m = appendInteger(m, metricType, uint64(g.IntN(16)))
		}
		if g.Chance(5) {
			m = appendInteger(m, metricIsNull, uint64(g.IntN(2)))
		}
		m = formValue(g, m)
		if g.Chance(4) {
			m = formValue(g, m)
		}
		if g.Chance(3) {
			m = m[:g.IntN(len(m)+1)]
		}
		if g.Chance(2) {
			m = text(m, encodingtest.Pick[protowire.Number](g, metricName, stringValue), "\xc3")
		}
		b = text(b, payloadMetric, string(m))
	}
	return text(appendInteger(b, payloadSeq, 7), 4, "uuid")
}

func formValue(g *encodingtest.Gen, m []byte) []byte {
	switch g.IntN(14) {
	case 0, 1, 2:
		return appendInteger(m, intValue, encodingtest.Pick(g, uint64(g.IntN(100)), math.MaxUint32, 0xff, 0xfffe, math.MaxUint64-4, uint64(g.Uint32()>>20)))
	case 3, 4, 5:
		return appendInteger(m, longValue, encodingtest.Pick(g, uint64(g.IntN(100)), math.MaxUint64-6, 1<<63, uint64(g.Uint32()>>12)))
	case 6, 7, 8:
		return protowire.AppendFixed32(protowire.AppendTag(m, floatValue, protowire.Fixed32Type), math.Float32bits(float32(g.NormFloat64()*1000)))
	case 9:
		return appendInteger(m, booleanValue, 1)
	case 10:
		return text(m, stringValue, "open")
	case 11:
		return text(m, encodingtest.Pick[protowire.Number](g, 16, 17, 18, 19, 9, 8), "\xff")
	}
	d := encodingtest.Pick(g, 21.5, -1e-7, 5.0000005, 2e7, math.NaN(), 26.299999237060547)
	return protowire.AppendFixed64(protowire.AppendTag(m, doubleValue, protowire.Fixed64Type), math.Float64bits(d))
}

// TestIntegersByType has what nodes send for the same bytes.
func TestIntegersByType(t *testing.T) {
	d, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field protowire.Number
		typ   uint64
		value uint64
		want  int64
	}{
		{intValue, 1, 0xff, -1}, {intValue, 1, math.MaxUint32, -1}, {intValue, 2, 0xffff, -1}, {intValue, 3, 0xfffffff9, -7},
		{intValue, 0, 0xfffffff9, -7}, {intValue, 5, 0xff, 255}, {intValue, 6, 65535, 65535}, {intValue, 7, 1000000, 1000000},
		{intValue, 3, math.MaxUint64, -1}, {longValue, 4, math.MaxUint64, -1}, {longValue, 0, math.MaxUint64 - 6, -7}, {longValue, 8, 9, 9},
	} {
		m := appendInteger(appendInteger(appendInteger(nil, metricAlias, 1), metricType, c.typ), c.field, c.value)
		payload := text(appendInteger(nil, payloadTime, 1), payloadMetric, string(m))
		var r encoding.Reading
		if reason := d.Decode([]byte("node"), payload, &r); reason != "" || r.Values[1] != c.want*1e6 {
			t.Errorf("Decode of %d as type %d in field %d = %q, %d, want %d", c.value, c.typ, c.field, reason, r.Values[1], c.want)
		}
	}
}
