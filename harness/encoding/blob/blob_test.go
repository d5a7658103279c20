package blob

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image/jpeg"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	"github.com/streamgauge/streamgauge/harness/job"
)

func suites() []encodingtest.Suite {
	var all []encodingtest.Suite
	for _, f := range Formats() {
		all = append(all, encodingtest.Suite{Format: f, Allocates: true, Files: true})
	}
	return all
}

func TestConformance(t *testing.T) {
	for _, s := range suites() {
		t.Run(s.Format.Name(), s.Run)
	}
}

func FuzzJPEG(f *testing.F) { suites()[0].Fuzz(f) }
func FuzzLAS(f *testing.F)  { suites()[1].Fuzz(f) }
func FuzzPGM(f *testing.F)  { suites()[2].Fuzz(f) }

func BenchmarkDecode(b *testing.B) {
	for _, s := range suites() {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkDecode)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, s := range suites() {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkAppend)
	}
}

// Files of other programs hold what they were told. testdata/make.py wrote them.
func TestOtherImplementations(t *testing.T) {
	for _, f := range Formats() {
		encodingtest.Independent(t, f, "independent-"+f.Name()+".json")
	}
}

// The three kinds compress as the files do that they stand for.
func TestEntropy(t *testing.T) {
	for i, want := range [][2]float64{{1, 1.12}, {1.3, 2.5}, {3, 17}} {
		f := Formats()[i]
		e, err := f.Encoder(encodingtest.Room)
		if err != nil {
			t.Fatal(err)
		}
		message := e.Append(nil, "x", 1594598735772, []int64{58_200_000, 27_000_000})
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(message)
		w.Close()
		if ratio := float64(len(message)) / float64(out.Len()); ratio < want[0] || ratio > want[1] {
			t.Errorf("%s: %d bytes compress %.2f times, want %v", f.Name(), len(message), ratio, want)
		}
		again := e.Append(nil, "x", 1594598735772, []int64{58_200_000, 27_000_000})
		other := e.Append(nil, "x", 1594598735773, []int64{58_200_000, 27_000_000})
		if !bytes.Equal(message, again) || bytes.Equal(message, other) {
			t.Errorf("%s: want the same bytes for the same reading and others for another", f.Name())
		}
	}
}

func TestPicturesAreJPEG(t *testing.T) {
	e, err := Formats()[0].Encoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := jpeg.Decode(bytes.NewReader(e.Append(nil, "x", 1, []int64{1, 2})))
	if err != nil || picture.Bounds().Dx() != pictureSide {
		t.Errorf("Decode = %v, %v", picture, err)
	}
}

// A reading that no file has room for is refused before the first is written.
func TestReadingsTooLongAreRefused(t *testing.T) {
	for metrics, ok := range map[int]bool{1000: true, 3000: false} {
		r := encodingtest.Room
		r.Metrics = map[string]job.Metric{}
		for i := range metrics {
			name := fmt.Sprintf("metric%04d", i)
			r.Metrics[name] = job.Metric{Path: name}
		}
		for _, f := range Formats() {
			if _, err := f.Encoder(r); (err == nil) != ok {
				t.Errorf("an encoder of %s for %d metrics: %v", f.Name(), metrics, err)
			}
		}
	}
}
