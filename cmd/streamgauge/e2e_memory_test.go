//go:build !race

package main

import (
	"slices"
	"strings"
	"testing"
)

// large offers one message of 110 MB, so that no two are in flight however slow the machine is. The small ones beside it are those that are
// offered until an engine answers.
const large = `schema: 1
job: large
placement: isolated
floor: false
stream: {payload: {smallest: 110MB, largest: 110MB, carrier: chunked, chunk: 1MB, link: 100MB}, devices: 2}
load: {rate: 0.2/s, warmup: 0s, measure: 5s, drain: 120s}
engines:
  tuple-scan: {engine: tuple}
  microbatch-scan: {engine: microbatch}
  tuple-reassemble: {engine: tuple, job: large-assembled}
  microbatch-reassemble: {engine: microbatch, job: large-assembled}
deadlines: {ready: 120s, drain: 180s, stop: 120s}
limits: {send_delay_p99: 1h, rate_error: 100%}
`

// Cut-through takes less than 256 MB with messages of 110 MB, store and forward less than three times the largest. Where processors are
// short, the next hop may have the message before the collector has what the last one sent: then that is not asked for.
func TestMemoryOfLargeMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes; left out by -short")
	}
	p := start(t, large, "run", "./mine.yaml")
	if _ = p.cmd.Wait(); strings.Contains(p.stderr(), "the broker was lost: no answer for 10s") {
		t.Skip("SKIPPED: for 10 s this machine had no processor for the broker")
	}
	p.ends(0)
	res := p.result()
	correct(t, res, 4)
	for _, trial := range res.Trials {
		most, short := int64(256e6), slices.Contains(trial.Badges, "cpu_pressure")
		if strings.HasSuffix(trial.Instance, "reassemble") {
			most = 3 * 110e6
		} else {
			short = false
		}
		if peak := trial.Resources.RSSPeak; peak >= most && !short || peak < 20e6 {
			t.Errorf("%s: %d bytes at most, want less than %d", trial.Instance, peak, most)
		} else {
			t.Logf("%s: %d MB, processors were short: %t", trial.Instance, peak/1e6, short)
		}
	}
}
