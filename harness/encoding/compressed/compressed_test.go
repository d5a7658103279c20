package compressed

import (
	"bytes"
	"encoding/binary"
	"flag"
	"runtime"
	"slices"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/encodingtest"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/job"
)

var update = flag.Bool("update", false, "write the vectors anew")

func suites(t testing.TB) []encodingtest.Suite {
	var all []encodingtest.Suite
	for _, name := range Names() {
		f, err := New(jsonenc.Format{}, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, encodingtest.Suite{Format: f, Allocates: name == "lz4", Update: *update, File: "testdata/" + name + ".json",
			Reasons: []job.Reason{job.ReasonBadCompression, job.ReasonWrongDevice}})
	}
	return all
}

func TestConformance(t *testing.T) {
	for _, s := range suites(t) {
		t.Run(s.Format.Name(), s.Run)
	}
}

func FuzzGzip(f *testing.F)   { suites(f)[0].Fuzz(f) }
func FuzzLZ4(f *testing.F)    { suites(f)[1].Fuzz(f) }
func FuzzSnappy(f *testing.F) { suites(f)[2].Fuzz(f) }
func FuzzZstd(f *testing.F)   { suites(f)[3].Fuzz(f) }

func BenchmarkDecode(b *testing.B) {
	for _, s := range suites(b) {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkDecode)
	}
}
func BenchmarkAppend(b *testing.B) {
	for _, s := range suites(b) {
		b.Run("encoding="+s.Format.Name(), s.BenchmarkAppend)
	}
}

// TestBombs unpacks messages of just too many bytes, and of just not.
func TestBombs(t *testing.T) {
	const limit = 1 << 20
	for _, name := range Names() {
		c, err := newCodec(name, limit)
		if err != nil {
			t.Fatal(err)
		}
		for n, want := range map[int]bool{limit: true, limit + 1: false, 64 * limit: false} {
			packed := c.pack(nil, make([]byte, n))
			message, ok := c.unpack(nil, packed)
			if ok != want || ok && len(message) != n {
				t.Errorf("%s: unpack of %d bytes in %d = %d bytes, %v, want %v", name, n, len(packed), len(message), ok, want)
			}
			if cap(message) > 3*limit {
				t.Errorf("%s: unpack of %d bytes takes %d, the limit is %d", name, n, cap(message), limit)
			}
		}
	}
}

func TestOnlyOneMessageIsPacked(t *testing.T) {
	for _, name := range Names() {
		c, err := newCodec(name, job.MaxUnpacked)
		if err != nil {
			t.Fatal(err)
		}
		packed := c.pack(nil, []byte("message"))
		for what, b := range map[string][]byte{"nothing": nil, "a byte more": append(bytes.Clone(packed), 0), "all but a byte": packed[:len(packed)-1]} {
			if message, ok := c.unpack(nil, b); ok {
				t.Errorf("%s: unpack of %s = %q", name, what, message)
			}
		}
	}
}

// TestAnLZ4FrameIsAlone has what libraries take in different ways: something behind the frame, and a block of no bytes.
func TestAnLZ4FrameIsAlone(t *testing.T) {
	c, err := newCodec("lz4", job.MaxUnpacked)
	if err != nil {
		t.Fatal(err)
	}
	frame := c.pack(nil, []byte("message"))
	end := len(frame) - 8 // its mark, and the checksum
	for what, b := range map[string][]byte{
		"two frames":                slices.Concat(frame, frame),
		"a frame to be passed over": slices.Concat(frame, []byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}),
		"an empty block":            slices.Concat(frame[:end], []byte{0, 0, 0, 0x80}, frame[end:]),
	} {
		if message, ok := c.unpack(nil, b); ok {
			t.Errorf("unpack of %s = %q", what, message)
		}
	}
}

// TestAnLZ4BlockEnds has what libraries take in different ways: how the last sequence of a block looks.
func TestAnLZ4BlockEnds(t *testing.T) {
	c, err := newCodec("lz4", job.MaxUnpacked)
	if err != nil {
		t.Fatal(err)
	}
	message := bytes.Repeat([]byte("a"), 24)
	frame := c.pack(nil, message)
	head, tail := frame[:7], frame[len(frame)-8:] // flags, size of blocks, a checksum; end, a checksum
	for _, test := range []struct {
		what  string
		block string
		want  bool
	}{
		{"bytes alone", "\xf0\x09aaaaaaaaaaaaaaaaaaaaaaaa", true},
		{"the length of a copy behind them", "\xf1\x09aaaaaaaaaaaaaaaaaaaaaaaa", false},
		{"a copy and five bytes", "\x1ea\x01\x00\x50aaaaa", true},
		{"a copy from 0 bytes back", "\x1ea\x00\x00\x50aaaaa", false},
		{"a copy and four bytes", "\x1fa\x01\x00\x00\x40aaaa", false},
		{"a copy that begins in the last twelve bytes", "\xd2aaaaaaaaaaaaa\x01\x00\x50aaaaa", false},
		{"a copy at the end", "\x1fa\x01\x00\x04", false},
		{"a copy from 0 bytes back and five bytes", "\x1ea\x00\x00\x50aaaaa", false},
	} {
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(test.block)))
		got, ok := c.unpack(nil, slices.Concat(head, size, []byte(test.block), tail))
		if ok != test.want || ok && !bytes.Equal(got, message) {
			t.Errorf("unpack of a block that ends with %s = %q, %v, want %v", test.what, got, ok, test.want)
		}
	}
}

// TestSnappyIsNoS2 unpacks a block whose last part repeats an offset, as the library may and snappy may not.
func TestSnappyIsNoS2(t *testing.T) {
	c := snappyCodec{job.MaxUnpacked}
	twice := []byte{10, 1 << 2, 0x61, 0x62, 1, 2, 1, 2}
	if message, ok := c.unpack(nil, twice); !ok || string(message) != "ababababab" {
		t.Errorf("unpack of two copies = %q, %v", message, ok)
	}
	repeat := []byte{10, 1 << 2, 0x61, 0x62, 1, 2, 1, 0}
	if message, ok := c.unpack(nil, repeat); ok {
		t.Errorf("unpack of a copy and a repeat = %q", message)
	}
}

// TestAClaimTakesNoRoom unpacks a few bytes that claim to be as many as there may be.
func TestAClaimTakesNoRoom(t *testing.T) {
	for name, claim := range map[string][]byte{
		"snappy": append(binary.AppendUvarint(nil, job.MaxUnpacked), 1<<2, 0x61, 0x62),
		"zstd":   []byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x08\x09\x00\x00a"), // of a block of one byte
	} {
		c, err := newCodec(name, job.MaxUnpacked)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, ok := c.unpack(nil, claim); ok {
			t.Errorf("%s: unpack of %x is no error", name, claim)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > job.MaxUnpacked/2 {
			t.Errorf("%s: unpack of %x took %d bytes", name, claim, took)
		}
	}
}

func TestUnknownCompression(t *testing.T) {
	if _, err := New(jsonenc.Format{}, "brotli"); err == nil {
		t.Error("New of brotli = nil, want an error")
	}
}

// TestLargeMessagesDoNotStay decodes a small message after a large one and looks at what the decoder keeps.
func TestLargeMessagesDoNotStay(t *testing.T) {
	f, err := New(jsonenc.Format{}, "zstd")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Decoder(encodingtest.Room)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCodec("zstd", job.MaxUnpacked)
	if err != nil {
		t.Fatal(err)
	}
	large := c.pack(nil, append(bytes.Repeat([]byte{' '}, 4<<20), `{"device_id":"k","ts":1}`...))
	var r encoding.Reading
	if reason := d.Decode([]byte("k"), large, &r); reason != job.ReasonNone {
		t.Errorf("Decode of a large message = %q", reason)
	}
	if kept := cap(d.(*decoder).message); kept > keepBytes {
		t.Errorf("the decoder keeps %d bytes", kept)
	}
}
