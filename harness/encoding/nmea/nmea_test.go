package nmea

import (
	"flag"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite() encodingtest.Suite {
	return encodingtest.Suite{Format: Format{}, Forms: odd, Keyed: true, CutsDecode: true, Checked: true, Update: *update, Reasons: []job.Reason{
		job.ReasonTruncated, job.ReasonBadFormat, job.ReasonBadChecksum, job.ReasonBadUTF8, job.ReasonBadType, job.ReasonRange, job.ReasonBadNumber}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// The sentences of another implementation and of receivers hold what they say. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// odd writes sentences with right sums over odd content, of several talkers and with tag blocks.
func odd(g *encodingtest.Gen, r job.Reading, _ string) []byte {
	var b []byte
	for range 1 + g.IntN(4) {
		s := encodingtest.Pick(g, "$GPGGA,", "$GPRMC,", "$GNGLL,,,,,") + encodingtest.Pick(g, "", "123519", "235960.5", "123519.00", "246000", "x")
		if g.Chance(60) {
			s = "$IIXDR"
			for _, n := range r.Names() {
				s += ",C," + encodingtest.Pick(g, "19.5", "-0.25", "007.50", "+3", "", "1e3", "x", "-", "10000001", "-20000000", "10000000.000001", "0."+strings.Repeat("1", 70)) + ",C," + escape(r.Metrics[n].Path)
			}
		}
		if s[0] == '$' {
			s = string(end([]byte(s)))
		}
		b = append(b, encodingtest.Pick(g, "", "", "\r\n", "!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C\r\n", `\s:boat,c:1594598735*52\`, `\s:boat*00\`, `\x`, "x")...)
		b = append(b, s...)
	}
	return b
}

// room is a reading of a boat: a position, and what stands in sentences by number.
var room = job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "ms"}, Metrics: map[string]job.Metric{
	"lat": {Path: "RMC.latitude"}, "lon": {Path: "RMC.longitude"}, "speed": {Path: "RMC.speed"}, "alt": {Path: "GGA.altitude"}, "maker": {Path: "PUBX.5"}}}

func TestPositionsComeBack(t *testing.T) {
	e, err := Format{}.Encoder(room)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Format{}.Decoder(room)
	if err != nil {
		t.Fatal(err)
	}
	var got encoding.Reading
	for lat := int64(-90_000_000); lat <= 90_000_000; lat += 1_234_567 {
		values := []int64{12_500_000, lat, -2*lat + 1, 7, 3_250_000}
		if values[2] > 180e6 {
			values[2] = 180e6
		}
		message := e.Append(nil, "x", 1594598735772, values)
		if reason := d.Decode([]byte("x"), message, &got); reason != job.ReasonNone {
			t.Fatalf("Decode(%s) = %q", message, reason)
		}
		for i, v := range values {
			if got.Values[i] != v || !got.Present[i] {
				t.Fatalf("Decode(%s) = %v, want %v", message, got.Values, values)
			}
		}
	}
	message := e.Append(nil, "x", 0, []int64{1, 90_000_001, -180_000_001, 2, 3})
	if reason := d.Decode([]byte("x"), message, &got); reason != job.ReasonNone || got.Present[1] || got.Present[2] {
		t.Errorf("positions beyond the globe: Decode(%s) = %q %v", message, reason, got)
	}
}

// Sentences are no longer than the standard allows.
func TestSentencesAreShort(t *testing.T) {
	e, err := Format{}.Encoder(encodingtest.Readings[3])
	if err != nil {
		t.Fatal(err)
	}
	message := e.Append(nil, "x", 253402300799999, []int64{-job.MaxMicros + 1, 2, -job.MaxMicros + 1, -job.MaxMicros + 1, 5, 6, -7, 8, -9})
	for line := range strings.Lines(string(message)) {
		if len(line) > 82 {
			t.Errorf("%d bytes: %q", len(line), line)
		}
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	for _, path := range []string{"RMC.sped", "GGA.0", "GGA.81", "XYZ.latitude"} {
		r := job.Reading{Device: "d", Time: job.TimeField{Path: "t", Unit: "s"}, Metrics: map[string]job.Metric{"m": {Path: path}}}
		if _, err := (Format{}).Decoder(r); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Decoder of %s: %v", path, err)
		}
	}
}
