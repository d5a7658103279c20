package parquet

import (
	"bytes"
	"flag"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

func suite(t testing.TB) encodingtest.Suite {
	others := encodingtest.Messages(t, "independent.json")
	return encodingtest.Suite{Format: Format{}, Allocates: true, Files: true, Update: *update,
		Forms: func(g *encodingtest.Gen, _ job.Reading, _ string) []byte {
			return bytes.Clone(encodingtest.Pick(g, others...))
		}}
}

func TestConformance(t *testing.T) { suite(t).Run(t) }
func FuzzDecode(f *testing.F)      { suite(f).Fuzz(f) }
func BenchmarkDecode(b *testing.B) { suite(b).BenchmarkDecode(b) }
func BenchmarkAppend(b *testing.B) { suite(b).BenchmarkAppend(b) }

// Files of another implementation hold what it wrote. testdata/make.py wrote the file.
func TestOtherImplementations(t *testing.T) {
	encodingtest.Independent(t, Format{}, "independent.json")
}

// Damaged files of the other implementation have a reason or a reading, and take no more memory than a message may.
func TestDamage(t *testing.T) {
	r := encodingtest.Room
	d, err := Format{}.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	g, others := encodingtest.NewGen(9), encodingtest.Messages(t, "independent.json")[:20]
	var got encoding.Reading
	for range 3000 {
		b := g.Damage(bytes.Clone(encodingtest.Pick(g, others...)))
		d.Decode([]byte("pump-7"), b, &got)
	}
}

// What the encoder writes the library reads.
func TestTheLibraryReadsIt(t *testing.T) {
	e, err := Format{}.Encoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	b := e.Append(nil, "x", 1594598735772, []int64{58_200_000, encoding.Absent})
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]parquet.Row, 1)
	if n, err := parquet.NewReader(f).ReadRows(rows); n != 1 {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, v := range rows[0] {
		got[f.Schema().Columns()[i][len(f.Schema().Columns()[i])-1]] = v.String()
	}
	for name, want := range map[string]string{"device_id": "x", "humidity": "58.2", "temp": "<null>"} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
}
