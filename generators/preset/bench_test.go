package preset

import (
	"bytes"
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
// by the clock. Messages have memory of their own, as those to topics have, or are made in that of the one before, as those to files are.
func BenchmarkNext(b *testing.B) {
	for _, c := range []struct {
		preset, encoding string
		format           encoding.Format
	}{{"indoor", "native", nil}, {"indoor", "frame", frame.Format{}}, {"indoor", "protobuf", protobuf.Format{}}, {"neglected-fleet", "native", nil},
		{"motes", "native", nil}, {"process-logger", "native", nil}, {"machine", "native", nil}, {"machine", "frame", frame.Format{}}} {
		p, err := Open(scenarios.Files, c.preset)
		if err != nil {
			b.Fatal(err)
		}
		for _, of := range []struct {
			devices int
			memory  string
		}{{1_000, "own"}, {100_000, "own"}, {100_000, "last"}} {
			b.Run("preset="+c.preset+"/encoding="+c.encoding+"/devices="+strconv.Itoa(of.devices)+"/memory="+of.memory, func(b *testing.B) {
				config := Config{Preset: p, Devices: of.devices, Seed: 1}
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
				inTurns(b, s, of.memory == "last")
			})
		}
	}
}

// inTurns makes readings and copies a constant one, in turns.
func inTurns(b *testing.B, s Fleet, passing bool) {
	const turn = 20_000
	e := generators.Event{Room: &generators.Room{Passing: passing}}
	var made, copying time.Duration
	records, size := 0, 0
	at, _ := s.Pace()
	s.Next(at, &e)
	constant, arena := bytes.Clone(e.Value), make([]byte, 0, chunk)
	for b.Loop() {
		began := busy(b)
		for range turn {
			at, _ := s.Pace()
			s.Next(at, &e)
			size += len(e.Value)
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
	b.ReportMetric(float64(size)/float64(records), "B/record")
}
