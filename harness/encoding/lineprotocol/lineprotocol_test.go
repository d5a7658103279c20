package lineprotocol

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
	return encodingtest.Suite{Format: Format{}, Forms: form, Update: *update, Reasons: []job.Reason{job.ReasonTruncated, job.ReasonBadFormat,
		job.ReasonBadUTF8, job.ReasonMissingField, job.ReasonBadType, job.ReasonWrongDevice, job.ReasonRange, job.ReasonBadNumber}}
}

func TestConformance(t *testing.T) { suite().Run(t) }
func FuzzDecode(f *testing.F)      { suite().Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite().BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite().BenchmarkAppend(b) }

// form writes several lines with comments, escapes, other tags, and values of all kinds.
func form(g *encodingtest.Gen, r job.Reading, key string) []byte {
	var b []byte
	for range 1 + g.IntN(3) {
		b = append(b, encodingtest.Pick(g, "", "", "", "\n", "# a comment, of=course\n")...)
		b = append(b, encodingtest.Pick(g, "m", "m", "m", "m", "m", "m", `a\ b\,c=d`, `a\ b\,c=d`, "")...)
		tag := func(name, value string) {
			b = appendName(append(appendName(append(b, ','), name), '='), value)
		}
		tag("site", `a\b=c`)
		if !g.Chance(4) {
			tag(r.Device, encodingtest.Pick(g, key, key, key, key, key, key, "another"))
		}
		space := " "
		for _, n := range r.Names() {
			b = append(appendName(append(b, space...), r.Metrics[n].Path), '=')
			b = append(b, formValue(g)...)
			space = ","
		}
		b = append(b, ",other=\"a \\\"text\\\",\n\\x\""...)
		b = append(b, encodingtest.Pick(g, "", " 1594598735772000000", " -1", " 1", " 2", " 0", " 7", " 1.5", "  1", " "+strings.Repeat("1", 65))...)
		b = append(b, encodingtest.Pick(g, "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\r\n", " \n")...)
	}
	return b
}

func formValue(g *encodingtest.Gen) string {
	number := string(encoding.AppendDecimal(nil, g.Int64N(2e9)-1e9, 6))
	if g.Chance(60) {
		return number
	}
	return encodingtest.Pick(g, "1i", "-7i", "7u", "1e3", "1e-400", "t", "FALSE", `"text"`, `"text"`, "10000001", "-1e9", "99999999999i", "1e400", "-7u", "1.5i", "yes", "",
		"0."+strings.Repeat("1", 62), "0."+strings.Repeat("1", 63), strings.Repeat("1", 65)+"i")
}

func TestDecode(t *testing.T) {
	d, err := Format{}.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, message string
		want         job.Reason
		temp         int64
	}{
		{"k", "weather,location=us-midwest,device_id=k data.temp=82 1465839830100400200\n", "", 82e6},
		{"a b,c=d", "m,device_id=a\\ b\\,c\\=d data.temp=82i 1\n", "", 82e6},
		{`back\slash`, "m,device_id=back\\slash data.temp=-1e-1 1\n", "", -100_000},
		{"k", "m,device_id=k data.temp=1 1\nm,device_id=k data.temp=2 2\n\n# done\n", "", 2e6},
		{"k", "m,device_id=k data.temp=1 1\nm data.temp=2\n", "", 2e6},
		{"k", "m,device_id=k data.temp=1 1\nm,device_id=x data.temp=2 2\nm,device_id=k data.temp=3 3\n", job.ReasonWrongDevice, 0},
		{"k", "m,device_id=k data.temp=1\n", job.ReasonMissingField, 0},
		{"k", "m data.temp=1 1\n", job.ReasonMissingField, 0},
		{"k", "# nothing\n", job.ReasonMissingField, 0},
		{"k", "m,device_id=k data.temp=\"1\" 1\n", job.ReasonBadType, 0},
		{"k", "m,device_id=k data.temp=t 1\n", job.ReasonBadType, 0},
		{"k", "m,device_id=k data.temp=1 1", job.ReasonTruncated, 0},
		{"k", ",device_id=k data.temp=1 1\n", job.ReasonBadFormat, 0},
		{"k", "m,device_id= data.temp=1 1\n", job.ReasonBadFormat, 0},
		{"k", "m,device_id=k\n", job.ReasonBadFormat, 0},
		{"k", "m,device_id=k  data.temp=1 1\n", job.ReasonBadFormat, 0},
		{"k", "m,device_id=k data.temp=1 1.0\n", job.ReasonBadFormat, 0},
	} {
		var r encoding.Reading
		if got := d.Decode([]byte(c.key), []byte(c.message), &r); got != c.want {
			t.Errorf("Decode(%q) = %q, want %q", c.message, got, c.want)
		} else if got == "" && r.Values[1] != c.temp {
			t.Errorf("Decode(%q): temp = %d, want %d", c.message, r.Values[1], c.temp)
		}
	}
}
