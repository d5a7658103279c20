package csvenc

import (
	"bytes"
	"encoding/csv"
	"flag"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: form, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat,
		job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange, job.ReasonBadNumber}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes several lines, cells with quotes, other line ends and cells that are no number.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	var b []byte
	for range 1 + g.IntN(3) {
		device := key
		if g.Chance(12) {
			device = encodingtest.Pick(g, "", "", "another")
		}
		b = formCell(g, b, device)
		for range 1 + len(r.Metrics) {
			b = formCell(g, append(b, ','), formNumber(g))
		}
		if g.Chance(4) {
			b = append(b, ",1"...)
		}
		b = append(b, encodingtest.Pick(g, "\n", "\n", "\n", "\r\n", "\r\r\n")...)
	}
	return b
}

func formNumber(g *encodingtest.Gen) string {
	number := string(encoding.AppendDecimal(nil, g.Int64N(2e9)-1e9, 6))
	if g.Chance(75) {
		return number
	}
	return encodingtest.Pick(g, "", "", "-0", "1e3", "1E-2", "01", ".5", "+1", "NaN", "x", " 1", "1e400", "10000001", "9999999.9999999",
		"0."+strings.Repeat("1", 62), "0."+strings.Repeat("1", 63), strings.Repeat("1", 65)+"x", "26.299999237060547")
}

func formCell(g *encodingtest.Gen, dst []byte, s string) []byte {
	if g.Chance(10) {
		return append(append(append(dst, '"'), strings.ReplaceAll(s, `"`, `""`)...), '"')
	}
	return appendCell(dst, s)
}

// FuzzLibrary holds lines and cells against the standard library, where that is as strict: it skips empty lines, takes a
// last line without an end, and a quote that follows a quoted cell's end is of the cell.
func FuzzLibrary(f *testing.F) {
	g := encodingtest.NewGen(7)
	for range 300 {
		f.Add(form(g, encodingtest.Room, "k"))
	}
	dec, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var got encoding.Reading
		reason := dec.Decode([]byte("k"), message, &got)
		if reason == job.ReasonBadFormat || reason == job.ReasonTruncated || reason == job.ReasonBadUTF8 || bytes.Contains(message, []byte("\r")) {
			return
		}
		r := csv.NewReader(bytes.NewReader(message))
		r.FieldsPerRecord = 4
		records, err := r.ReadAll()
		if err != nil {
			t.Fatalf("Decode(%q) = %q, the library says %v", message, reason, err)
		}
		if reason != job.ReasonNone {
			return
		}
		for i := range got.Values {
			var last string
			for _, record := range records {
				if record[2+i] != "" {
					last = record[2+i]
				}
			}
			if got.Present[i] != (last != "") {
				t.Fatalf("Decode(%q): metric %d is present: %v; the library has %q", message, i, got.Present[i], last)
			}
			if v, ok := encoding.Micros(encoding.NumberText([]byte(last)).Number); last != "" && (!ok || v != got.Values[i]) {
				t.Fatalf("Decode(%q): metric %d is %d; the library has %q", message, i, got.Values[i], last)
			}
		}
	})
}
