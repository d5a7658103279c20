//go:build bench

package bench

import (
	"testing"
	"time"
)

// paceRate is the rate of the target for send delay and rate error, events per second.
const paceRate = 10_000

// BenchmarkPace reports how exactly events leave: from the instant an event is due to the instant the client has it. The
// null producer shows the pacer and the driver alone, the embedded broker adds a client and its work on the same cores.
func BenchmarkPace(b *testing.B) {
	s := prepare(b)
	offer := 10 * time.Second
	if *small {
		offer = time.Second
	}
	b.Run("producer=null", func(b *testing.B) { s.pace(b, nil, driveConfig{Rate: paceRate, Offer: offer, Topic: "none"}) })
	b.Run("producer=embedded", func(b *testing.B) {
		t := s.start(b, embeddedKind)
		name, remove := t.topic(b, false)
		defer remove()
		s.pace(b, t, driveConfig{Bootstrap: t.Info().Bootstrap, Topic: name, Rate: paceRate, Offer: offer})
	})
}

func (s *setup) pace(b *testing.B, t *target, c driveConfig) {
	for b.Loop() {
		before := t.meter()
		var found driven
		cpu := self(b, "driver", c, &found)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(found.P50.Nanoseconds())/1e3, "send-delay-p50-us")
		b.ReportMetric(float64(found.P99.Nanoseconds())/1e3, "send-delay-p99-us")
		b.ReportMetric(float64(found.Max.Nanoseconds())/1e3, "send-delay-max-us")
		b.ReportMetric(found.RatePPM, "rate-error-ppm")
		b.ReportMetric(cpu.Seconds()/found.Seconds, "cores")
		b.ReportMetric(t.others(before, cpu), "other-cpu-%")
	}
}
