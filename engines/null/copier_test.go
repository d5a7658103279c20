package null

import (
	"bytes"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
)

func input(seq uint64) *event.Record {
	return &event.Record{Partition: 1, Key: []byte("k"), Value: []byte("v"), Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, event.Stamp{ID: event.ID{Stream: 1, Device: 2, Seq: seq}})},
		{Key: event.HeaderTime, Value: event.AppendTime(nil, 7)}}}
}

// Headers wait in the producer's buffer while the next ones are made.
func TestHeadersOfAnswersAreNeverOverwritten(t *testing.T) {
	c := &copier{last: true}
	var got, want [][]byte
	for seq := range uint64(3 * blockSize) {
		o, _ := c.copied(input(seq)).Header(event.HeaderOutput)
		got = append(got, o)
		want = append(want, event.AppendOutput(nil, event.EventOutput(event.Stamp{ID: event.ID{Stream: 1, Device: 2, Seq: seq}})))
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) || cap(got[i]) != event.OutputSize {
			t.Fatalf("header %d is %x with room for %d, want %x with none beyond", i, got[i], cap(got[i]), want[i])
		}
	}
}

func TestACopyAllocatesLittle(t *testing.T) {
	for _, last := range []bool{false, true} {
		c, in := &copier{last: last}, input(1)
		if per := testing.AllocsPerRun(2*blockSize, func() { c.copied(in) }); per > 0.5 {
			t.Errorf("last stage %t: a copy costs %v allocations, want less than one in two copies", last, per)
		}
	}
}
