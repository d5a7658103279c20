package blob_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/harness/event"
)

// busy is the processor time that this process has used.
func busy(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stamped is what the driver does to a value before it goes to a client.
func stamped(e *generators.Event, headers []byte) []byte {
	return event.AppendStamp(headers[:0], event.Stamp{ID: event.ID{Device: e.Device, Seq: e.Seq}, Hash: event.Hash(e.Value)})
}

// Large messages: generated, hashed and stamped, beside a constant payload copied into a new value, hashed and stamped, in turns of
// 64 MB or one message; and the same generated into memory that is used again, which leaves out what new memory costs both. Rates are of
// processor time, the collector's included.
func BenchmarkLarge(b *testing.B) {
	for class, name := range []string{"dense", "wave", "sparse"} {
		for _, size := range []int{1_000_000, 16_000_000, 110_000_000} {
			b.Run(fmt.Sprintf("class=%s/size=%dMB", name, size/1_000_000), func(b *testing.B) {
				large(b, blob.Class(class), size)
			})
		}
	}
}

func large(b *testing.B, class blob.Class, size int) {
	s, err := blob.New(blob.Config{Seed: 1, Devices: 1, FirstDevice: uint32(class), Smallest: size, Largest: size, Speed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var e generators.Event
	s.Next(0, &e)
	constant, headers := e.Value, make([]byte, 0, 64)
	turn := max(1, 64_000_000/size)
	var made, copying, again time.Duration
	bytes, used := 0, make([]byte, size)
	for b.Loop() {
		began := busy(b)
		for range turn {
			s.Next(0, &e)
			headers = stamped(&e, headers)
			bytes += len(e.Value)
		}
		between := busy(b)
		for range turn {
			e.Value = make([]byte, size)
			copy(e.Value, constant)
			headers = stamped(&e, headers)
		}
		after := busy(b)
		for i := range turn {
			blob.Fill(used, class, uint64(i))
			headers = stamped(&generators.Event{Value: used}, headers)
		}
		made, copying, again = made+between-began, copying+after-between, again+busy(b)-after
	}
	b.ReportMetric(float64(bytes)/1e9/made.Seconds(), "GB/cpu-s")
	b.ReportMetric(float64(bytes)/1e9/again.Seconds(), "in-place-GB/cpu-s")
	b.ReportMetric(float64(made)/float64(max(1, copying)), "times-a-copy")
}
