package result_test

import (
	"fmt"
	"math"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
)

// way is how large messages travel, as the samples know it.
type way struct {
	name, carrier, job string
	copies             float64 // of a message that one hop waits for
}

func ways() []way {
	return []way{{"inline", "inline", "large", 1}, {"claim", "claim-check", "large", 0.25}, {"assembled", "chunked", "large-assembled", 0.75},
		{"scan", "chunked", "large", 0.1}}
}

// sizes has messages of 100 B to 110 MB in four ways through two engines: the only sample with classes of sizes.
func sizes() *result.Run {
	m := newMaker("20261129-220000-sizes", "sizes", "Messages of all sizes", 1)
	m.step = 5
	m.run.Ended = m.run.Started.Add(9 * time.Minute)
	m.event("", 0, "command", "streamgauge run sizes")
	for _, s := range subjects()[1:] {
		for k, w := range ways() {
			own := s
			own.instance += "-" + w.name
			t := m.trial(own, 1, "isolated", 1+w.copies/10)
			t.Job, t.Carrier = w.job, w.carrier
			t.Input.MessageDigest = "0d1cf6a1b7c94ab0e86ff2e47d3e90a5"
			t.Input.OrderDigest = fmt.Sprintf("%032x", k/3)
			m.bySize(t, own, w)
		}
	}
	m.degrade("embedded-broker", "shared-cores")
	return m.run
}

// bySize adds the distributions by class of size, those of small messages, and the bytes in flight.
func (m *maker) bySize(t *result.Trial, s subject, w way) {
	n := 480.0
	for k := range 11 {
		of := s
		of.hop += w.copies * 128 * math.Pow(4, float64(k)) * 8 // 8 ns a byte
		m.few(t, of, "response", sizeClass(k+3), int64(n))
		n = max(1, n/2)
	}
	behind := s
	behind.hop *= 1 + 3*w.copies
	m.few(t, behind, "response_behind_large", "", 120)
	m.few(t, s, "response_clear", "", 830)
	flight := result.Series{Trial: t.ID, Name: "bytes_in_flight", Unit: "bytes", Start: time.Unix(0, t.StartUnixNS).UTC()}
	for x := m.step; x <= 40; x += m.step {
		flight.Points = append(flight.Points, result.Point{T: x, V: math.Round(w.copies * 4e6 * (1 + math.Abs(m.rng.NormFloat64())))})
	}
	m.run.Series = append(m.run.Series, flight)
}

// sizeClass is the name of the class from 4^k bytes on.
func sizeClass(k int) string {
	name := func(k int) string { return fmt.Sprintf("%d%s", 1<<(2*k%10), []string{"B", "KiB", "MiB"}[2*k/10]) }
	return name(k) + "-" + name(k+1)
}

// few adds a distribution of n values.
func (m *maker) few(t *result.Trial, s subject, metric, class string, n int64) {
	l, _ := m.headline(s, 4, 1, n)
	l.Max = max(l.Max, int64(s.quantile(4, 1, 0.5)))
	d := result.Distribution{Trial: t.ID, Metric: metric, From: "intended", To: "received", Phase: "measure", Kind: "event", SizeClass: class,
		Middle: &result.Middle{Median: int64(s.quantile(4, 1, 0.5))}}
	if n >= 6 {
		half := 0.98 / math.Sqrt(float64(n))
		d.Middle.Range = &[2]int64{int64(s.quantile(4, 1, max(0.01, 0.5-half))), int64(s.quantile(4, 1, min(0.99, 0.5+half)))}
	}
	m.distribution(d, l)
}
