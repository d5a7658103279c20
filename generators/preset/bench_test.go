package preset

import (
	"testing"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/scenarios"
)

// One record beside a constant payload copied into the same path: ns and bytes a record.
func BenchmarkNext(b *testing.B) {
	for _, name := range []string{"indoor", "motes", "machine", "process-logger"} {
		p, err := Open(scenarios.Files, name)
		if err != nil {
			b.Fatal(err)
		}
		for _, devices := range []int{100, 100_000} {
			b.Run("preset="+name+"/devices="+itoa(devices), func(b *testing.B) {
				s := open(b, Config{Preset: p, Devices: devices, Seed: 1})
				var e generators.Event
				n := 0
				b.ReportAllocs()
				for b.Loop() {
					at, _ := s.Pace()
					s.Next(at, &e)
					n += len(e.Value)
				}
				b.ReportMetric(float64(n)/float64(b.N), "B/record")
			})
		}
		b.Run("preset="+name+"/constant", func(b *testing.B) {
			s := open(b, Config{Preset: p, Devices: 1, Seed: 1})
			var e generators.Event
			at, _ := s.Pace()
			s.Next(at, &e)
			arena := make([]byte, 0, chunk)
			for b.Loop() {
				if cap(arena)-len(arena) < len(e.Value) {
					arena = make([]byte, 0, chunk)
				}
				arena = append(arena, e.Value...)
			}
		})
	}
}

func itoa(n int) string {
	if n == 100 {
		return "100"
	}
	return "100k"
}
