package event_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
)

func TestChunkHeader(t *testing.T) {
	c := event.Chunk{Index: 1, Count: 3, Offset: 0x0102030405060708, Total: 110_000_000, Hash: 0xfedcba9876543210}
	const want = "010000000300000008070605040302018077" + "8e0600000000" + "1032547698badcfe"
	b := event.AppendChunk(nil, c)
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("AppendChunk(%+v) = %s, want %s", c, got, want)
	}
	if got, err := event.ParseChunk(b); err != nil || got != c {
		t.Errorf("ParseChunk(%s) = %+v, %v, want %+v", want, got, err, c)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := event.ParseChunk(make([]byte, n)); !errors.Is(err, event.ErrHeader) {
			t.Errorf("ParseChunk of %d bytes = %v, want ErrHeader", n, err)
		}
	}
}
