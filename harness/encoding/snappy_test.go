package encoding

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/snappy"
)

// Blocks of S2 are none of snappy, though the library reads them: "abcd" as a literal, a copy from 4 bytes back, and S2's repetition
// of that.
func TestBlocksOfS2AreNoSnappy(t *testing.T) {
	repeats := []byte{12, 3 << 2, 'a', 'b', 'c', 'd', 1, 4, 1, 0}
	if got, err := snappy.Decode(nil, repeats); err != nil || string(got) != "abcdabcdabcd" {
		t.Errorf("Decode = %q, %v: the library reads S2 no more, and SnappyMakes need not look for it", got, err)
	}
	if SnappyMakes(repeats, 12) {
		t.Error("SnappyMakes of a block that repeats a copy = true")
	}
	plain := []byte{8, 3 << 2, 'a', 'b', 'c', 'd', 1, 4}
	if !SnappyMakes(plain, 8) {
		t.Error("SnappyMakes of a literal and a copy = false")
	}
	if SnappyMakes(plain, 7) || SnappyMakes(plain, 9) {
		t.Error("SnappyMakes of more or fewer bytes than a block has = true")
	}
}

// Every block that is packed as snappy is one, and one without its last byte is none.
func TestPackedBlocksAreSnappy(t *testing.T) {
	text := []byte(`{"device":"d","ts":1700000000,"temperature":21.5,"humidity":40},`)
	noise := make([]byte, 70_000)
	u := uint32(1)
	for i := range noise {
		u = u*1664525 + 1013904223
		noise[i] = byte(u >> 24)
	}
	for _, message := range [][]byte{nil, []byte("a"), text, bytes.Repeat(text, 50), bytes.Repeat(text, 2_000), noise[:60], noise[:61], noise[:300], noise} {
		block := snappy.Encode(nil, message)
		if !SnappyMakes(block, len(message)) {
			t.Errorf("SnappyMakes of %d packed bytes = false", len(message))
		}
		if SnappyMakes(block[:len(block)-1], len(message)) {
			t.Errorf("SnappyMakes of all but a byte of %d packed bytes = true", len(message))
		}
	}
}
