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

// Large messages: generated, hashed and stamped, beside a constant payload copied, hashed and stamped, in turns of 64 MB or one message;
// both into memory that is given back, as the driver does once the broker has a message. Rates are of processor time, the collector's
// included.
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
	e := generators.Event{Room: &generators.Room{}}
	s.Next(0, &e)
	constant, headers := e.Value, make([]byte, 0, 64)
	turn := max(1, 64_000_000/size)
	var made, copying time.Duration
	bytes := 0
	for b.Loop() {
		began := busy(b)
		for range turn {
			s.Next(0, &e)
			headers = stamped(&e, headers)
			bytes += len(e.Value)
			e.GiveBack()
		}
		between := busy(b)
		for range turn {
			e.Value, e.Lent = append(e.Room.Take(size), constant...), true
			headers = stamped(&e, headers)
			e.GiveBack()
		}
		made, copying = made+between-began, copying+busy(b)-between
	}
	b.ReportMetric(float64(bytes)/1e9/made.Seconds(), "GB/cpu-s")
	b.ReportMetric(float64(made)/float64(max(1, copying)), "times-a-copy")
}
