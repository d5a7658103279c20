package blob_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
)

func stream(t *testing.T, largest int) *blob.Stream {
	t.Helper()
	s, err := blob.New(blob.Config{Seed: 7, FirstDevice: 4, Devices: 3, Smallest: 100, Largest: largest, Speed: 1, Start: time.UnixMilli(0)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The digests are golden: the same bytes on any machine and in any version.
func TestSameSeedSameBytes(t *testing.T) {
	s, h := stream(t, 1<<20), xxh3.New()
	var e generators.Event
	for i := range 300 {
		s.Next(time.Duration(i)*time.Millisecond, &e)
		fmt.Fprintf(h, "%d/%d/%d/%s/%d ", e.Device, e.Seq, e.EventTime, e.Key, len(e.Value))
		_, _ = h.Write(e.Value)
	}
	if got := fmt.Sprintf("%016x", h.Sum64()); got != golden {
		t.Errorf("300 messages have the digest %s, want %s", got, golden)
	}
}

func TestShortPayloadsAreTheBeginningOfLongOnes(t *testing.T) {
	for c := blob.Dense; c < blob.Classes; c++ {
		long := make([]byte, 1000)
		blob.Fill(long, c, 42)
		for n := range 100 {
			short := make([]byte, n)
			if blob.Fill(short, c, 42); !bytes.Equal(short, long[:n]) {
				t.Errorf("class %d: the first %d bytes differ with the length", c, n)
			}
		}
	}
}

// Of what has no order, no two messages have a word in common.
func TestMessagesInSuccessionDiffer(t *testing.T) {
	s, seen := stream(t, 1<<16), map[uint64]uint64{}
	var e generators.Event
	for i := range 300 {
		if s.Next(time.Duration(i)*time.Millisecond, &e); s.Class(e.Device) != blob.Dense {
			continue
		}
		for at := 0; at+8 <= len(e.Value); at += 8 {
			word := binary.LittleEndian.Uint64(e.Value[at:])
			if seq, ok := seen[word]; ok {
				t.Fatalf("message %d has %x at %d, which message %d has, too", e.Seq, word, at, seq)
			}
			seen[word] = e.Seq
		}
	}
}

// The bounds are those of blobs that were recorded.
func TestClassesCompressLikeRealBlobs(t *testing.T) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(3)))
	if err != nil {
		t.Fatal(err)
	}
	for c, bounds := range map[blob.Class][2]float64{blob.Dense: {0.99, 1.05}, blob.Wave: {1.3, 2.5}, blob.Sparse: {3, 17}} {
		b := make([]byte, 1<<20)
		blob.Fill(b, c, 42)
		if ratio := float64(len(b)) / float64(len(enc.EncodeAll(b, nil))); ratio < bounds[0] || ratio > bounds[1] {
			t.Errorf("class %d compresses by %.2f, want %v", c, ratio, bounds)
		}
	}
}

// Of four sizes next to each other each class has half the messages of the one before, and the largest size comes.
func TestSizesFollowThePowerLaw(t *testing.T) {
	const largest = 110_000_000
	s := stream(t, largest)
	counts := map[int]int{}
	for seq := range uint64(20_000) {
		n := s.Size(4, seq)
		if n < 100 || n > largest {
			t.Fatalf("message %d has %d bytes", seq, n)
		}
		class := 0
		for m := 400; m < n; m *= 4 {
			class++
		}
		counts[class]++
	}
	for class := range 7 {
		if r := float64(counts[class+1]) / float64(counts[class]); r < 0.4 || r > 0.6 {
			t.Errorf("class %d holds %d messages, the next %d; want half", class, counts[class], counts[class+1])
		}
	}
	if s.Size(4, 0) == s.Size(5, 0) {
		t.Error("two devices begin with the same size")
	}
	if counts[10] == 0 {
		t.Errorf("classes %v; want messages of the largest size", counts)
	}
}

// BenchmarkFill is to be read beside BenchmarkCopy: generated, hashed and stamped against a constant copied and stamped.
func BenchmarkFill(b *testing.B) {
	dst := make([]byte, 1<<20)
	for c, name := range []string{"dense", "wave", "sparse"} {
		b.Run("class="+name, func(b *testing.B) {
			b.SetBytes(int64(len(dst)))
			key := uint64(0)
			for b.Loop() {
				key++
				blob.Fill(dst, blob.Class(c), key)
				sink = xxh3.Hash(dst)
			}
		})
	}
}

func BenchmarkCopy(b *testing.B) {
	dst, src := make([]byte, 1<<20), make([]byte, 1<<20)
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		copy(dst, src)
		sink = xxh3.Hash(dst)
	}
}

var sink uint64

const golden = "44a94f3ba98d157f"
