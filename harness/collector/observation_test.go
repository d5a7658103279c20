package collector

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/event"
)

var update = flag.Bool("update", false, "rewrite testdata/sample.obs")

var (
	sampleHeader = Header{Instance: "tuple", Role: Output, Topic: "sg.run.block.tuple.output", Partition: 1, Partitions: 2,
		Committed: true, Origin: 1_594_598_400_123_456_789, Start: 5_000_000_000}
	sampleObservations = []Observation{
		{Kind: event.KindEvent, Flags: FlagLogAppend | event.FlagProbe, Device: 3, Seq: 0, Intended: -1_000_000_000, Received: -900_000_000,
			Append: 1_594_598_404_000, EventTime: 1_594_598_400_000, Offset: 0, IDs: 77, Hash: math.MaxUint64, Count: 1, Size: 200},
		{Kind: event.KindWindow, Flags: FlagLogAppend, Stream: 7, Device: math.MaxUint32, Seq: 1_594_598_340_000, Intended: 1, Received: 2,
			Append: 1_594_598_405_123, EventTime: math.MinInt64, Offset: 1 << 40, IDs: -1, Hash: 1, Count: 60, Size: 90, Node: 2, Ordinal: 9},
	}
)

func sampleFile() []byte {
	b := appendHeader(nil, sampleHeader)
	for _, o := range sampleObservations {
		o.Received += sampleHeader.Start
		b = appendObservation(b, &o)
	}
	return b
}

func TestCommittedSampleIsDecoded(t *testing.T) {
	const path = "testdata/sample.obs"
	if *update {
		if err := os.WriteFile(path, sampleFile(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, sampleFile()) {
		t.Errorf("%s has other bytes than are written now: the format changed without its version", path)
	}
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if diff := cmp.Diff(sampleHeader, r.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	var got []Observation
	for o, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o)
	}
	if diff := cmp.Diff(sampleObservations, got); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
}

func TestForeignAndDamagedFilesAreRefused(t *testing.T) {
	good := sampleFile()
	edit := func(i int, v byte) []byte {
		b := bytes.Clone(good)
		b[i] = v
		return b
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short head": good[:43], "short names": good[:50], "magic": edit(0, 'X'), "version": edit(4, 2),
		"record size": edit(6, 80), "role": edit(8, 4), "no role": edit(8, 0),
	} {
		if _, err := NewReader(bytes.NewReader(b), name); !errors.Is(err, ErrFormat) {
			t.Errorf("NewReader(%s) = %v, want ErrFormat", name, err)
		}
	}
	r, err := NewReader(bytes.NewReader(good[:len(good)-1]), "torn")
	if err != nil {
		t.Fatal(err)
	}
	var o Observation
	if err := r.Next(&o); err != nil || o != sampleObservations[0] {
		t.Errorf("Next() = %+v, %v, want the first observation", o, err)
	}
	if err := r.Next(&o); !errors.Is(err, ErrFormat) || errors.Is(err, io.EOF) {
		t.Errorf("Next() within an observation = %v, want ErrFormat", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(sampleFile())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b), "fuzz")
		if err != nil {
			return
		}
		for range r.All() {
		}
	})
}
