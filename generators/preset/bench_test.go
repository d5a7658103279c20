package preset

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/frame"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/scenarios"
)

// busy is the processor time that this process has used.
func busy(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Readings with all that presets do to them, dirt included, beside a constant payload of the same size copied into the same path,
// in turns of 20,000. Rates are of processor time, the collector's included: a busy machine does not move them as it does rates
// by the clock.
func BenchmarkNext(b *testing.B) {
	for _, c := range []struct {
		preset, encoding string
		format           encoding.Format
	}{{"indoor", "native", nil}, {"indoor", "frame", frame.Format{}}, {"indoor", "protobuf", protobuf.Format{}}, {"neglected-fleet", "native", nil},
		{"motes", "native", nil}, {"process-logger", "native", nil}, {"machine", "native", nil}} {
		p, err := Open(scenarios.Files, c.preset)
		if err != nil {
			b.Fatal(err)
		}
		for _, devices := range []int{1_000, 100_000} {
			b.Run("preset="+c.preset+"/encoding="+c.encoding+"/devices="+strconv.Itoa(devices), func(b *testing.B) {
				config := Config{Preset: p, Devices: devices, Seed: 1}
				if c.format != nil {
					if config.Reading, err = p.Reading(); err != nil {
						b.Fatal(err)
					}
					if config.Encoder, err = c.format.Encoder(config.Reading); err != nil {
						b.Fatal(err)
					}
				}
				s, err := config.Open()
				if err != nil {
					b.Fatal(err)
				}
				inTurns(b, s)
			})
		}
	}
}

// inTurns makes readings and copies a constant one, in turns.
func inTurns(b *testing.B, s Fleet) {
	const turn = 20_000
	var e generators.Event
	var made, copying time.Duration
	records, bytes := 0, 0
	at, _ := s.Pace()
	s.Next(at, &e)
	constant, arena := e.Value, make([]byte, 0, chunk)
	for b.Loop() {
		began := busy(b)
		for range turn {
			at, _ := s.Pace()
			s.Next(at, &e)
			bytes += len(e.Value)
		}
		between := busy(b)
		for range turn {
			if cap(arena)-len(arena) < len(constant) {
				arena = make([]byte, 0, chunk)
			}
			from := len(arena)
			arena = append(arena, constant...)
			e.Value = arena[from:]
		}
		made, copying = made+between-began, copying+busy(b)-between
		records += turn
	}
	b.ReportMetric(float64(records)/made.Seconds(), "records/cpu-s")
	b.ReportMetric(float64(made)/float64(max(1, copying)), "times-a-copy")
	b.ReportMetric(float64(bytes)/float64(records), "B/record")
}
