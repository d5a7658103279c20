package harness

import (
	"fmt"
	"time"

	"github.com/streamgauge/streamgauge/harness/driver"
	"github.com/streamgauge/streamgauge/harness/result"
)

// Bounds of the harness's own measurement (the hazard sheet of the method). A scenario can tighten the first two.
const (
	maxPressure    = 0.5                    // share of time in which some task waited for a core
	maxDebtDegrade = 10 * time.Millisecond  // schedule debt
	maxDebtInvalid = 100 * time.Millisecond // beyond it the offered load was not the load asked for
	maxBlocked     = 0.001                  // share of time in which the client held events back
	maxBrokerCores = 0.5                    // of each two that the run has
	maxSendShare   = 0.1                    // of the response's p99 that the driver's own lateness may be
	minSendDelay   = time.Millisecond       // up to which it is held against nobody: what a clock and a scheduler take
)

// driverChecks hold the driver's report, and what the machine did meanwhile, against the bounds. They are the same for all
// trials of a block, but for the driver's lateness beside the trial's own response time, which may be nil.
func (b *blockRun) driverChecks(t *trial, input result.Input, response *result.Latency) []result.Check {
	r, s := &b.report, b.Scenario
	all := []result.Check{
		b.sendDelay(r),
		sendShare(r, response),
		bound(result.Check{ID: "rate_error", Title: "offered rate as planned", Value: r.RateError, Threshold: float64(s.Limits.RateError),
			Unit: "share", Text: "events sent against events due, over the whole trial"}, r.RateError > float64(s.Limits.RateError), result.Invalidates),
		debt(r.MaxDebt),
		bound(result.Check{ID: "blocked", Title: "client never held events back", Value: r.BlockedShare(), Threshold: maxBlocked,
			Unit: "share", Text: "time in which an event was due and the client's buffer was full"}, r.BlockedShare() > maxBlocked, result.Invalidates),
		bound(result.Check{ID: "driver_accounting", Title: "offered = acknowledged + failed", Value: float64(r.Offered - r.Acked - r.Failed), Threshold: 0,
			Unit: "records", Text: "records whose fate the driver does not know"}, r.Offered != r.Acked+r.Failed, result.Invalidates),
		bound(result.Check{ID: "saturated", Title: "the load could be offered", Value: flag(r.Saturated), Threshold: 0, Unit: "",
			Text: fmt.Sprintf("1 if an event could not leave within %v of its time", driver.MaxDebt)}, r.Saturated, result.Invalidates),
		bound(result.Check{ID: "partitioning", Title: "records in their partitions", Value: float64(r.Mismatched), Threshold: 0, Unit: "records",
			Text: "input records in other partitions than planned"}, r.Mismatched > 0, result.Invalidates),
	}
	if b.carrier() != nil {
		all = append(all, inPhases(beyond(phases(b.timeline(), b.due()), b.due())))
	}
	all = append(all, stored(r, input))
	all = append(all, b.machineChecks()...)
	for i := range all {
		all[i].Trial = t.id
	}
	return all
}

// inPhases looks for messages that are in no phase, so that no figure would tell of them: rate_error holds when messages were
// sent against when they were due, and a link that carries less than the load moves both.
func inPhases(beyond int64) result.Check {
	return bound(result.Check{ID: "messages_in_phases", Title: "messages due within the trial", Value: float64(beyond), Threshold: 0, Unit: "messages",
		Text: fmt.Sprintf("%d messages came to their end after the last phase, over links that take too long for them, and are in no figure: "+
			"a faster stream.payload.link, more devices, less load or smaller messages", beyond)}, beyond > 0, result.Invalidates)
}

// inputTopic is the check by which a trial tells that its input topic does not hold what was sent.
const inputTopic = "input_topic"

// stored holds the input topic, as it was read back, against what the driver was told: engines and oracle read the topic,
// so what the broker lost or doubled would be missed by nobody.
func stored(r *driver.Report, input result.Input) result.Check {
	c := result.Check{ID: inputTopic, Title: "input topic holds what was acknowledged", Value: float64(r.Acked - input.Records), Unit: "records",
		State: result.NotMeasured, Text: "the input topic was not read back"}
	if input.Digest == "" {
		c.Value = 0
		return c
	}
	c.Text = fmt.Sprintf("%d records were acknowledged, %d are in the topic, probes left out", r.Acked, input.Records)
	if c.Value < 0 && r.Renewed > 0 {
		c.Text += "; the broker no longer knew what it had from the driver, as after a crash, so that the driver sent again what had no answer: " +
			"the verdict holds, since outputs are judged by what is in the topic, the figures do not; run it again"
	}
	return bound(c, c.Value != 0, result.Invalidates)
}

// bound sets the state of a check: bad if it is exceeded, ok otherwise.
func bound(c result.Check, exceeded bool, bad result.State) result.Check {
	c.State = result.OK
	if exceeded {
		c.State = bad
	}
	return c
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sendDelay is the driver's own lateness in the measure phase.
func (b *blockRun) sendDelay(r *driver.Report) result.Check {
	limit := time.Duration(b.Scenario.Limits.SendDelayP99)
	c := result.Check{ID: "send_delay_p99", Title: "driver on time", Threshold: float64(limit), Unit: "ns", State: result.NotMeasured,
		Text: "99 % of the events left within this time of their intended time"}
	if p99, ok := sendDelayP99(r); ok {
		c.Value = float64(p99)
		return bound(c, p99 > limit, result.Invalidates)
	}
	return c
}

// sendDelayP99 is from intended to sent, of the events of the measure phase. False: there were none.
func sendDelayP99(r *driver.Report) (time.Duration, bool) {
	for _, p := range r.Phases {
		if p.Name == "measure" && p.SendDelay != nil && p.SendDelay.TotalCount() > 0 {
			return time.Duration(p.SendDelay.ValueAtQuantile(99)), true
		}
	}
	return 0, false
}

// sendShare holds the driver's lateness, which is part of every response time, against the response: one bound for all would let
// the driver be most of what a quick engine is charged with.
func sendShare(r *driver.Report, response *result.Latency) result.Check {
	c := result.Check{ID: "send_delay_share", Title: "driver's lateness small beside the response", Threshold: maxSendShare, Unit: "share",
		State: result.NotMeasured, Text: "not measured: too few events or answers for a p99"}
	delay, ok := sendDelayP99(r)
	if !ok || response == nil || response.P99 == nil || *response.P99 <= 0 {
		return c
	}
	answered := time.Duration(*response.P99)
	c.Value = float64(delay) / float64(answered)
	c.Text = fmt.Sprintf("99 %% of the events left within %v of their time, and 99 %% were answered within %v of it, which has the driver's lateness in it",
		delay.Round(10*time.Microsecond), answered.Round(10*time.Microsecond))
	return bound(c, c.Value > maxSendShare && delay > minSendDelay, result.Degrades)
}

func debt(d time.Duration) result.Check {
	c := result.Check{ID: "schedule_debt", Title: "schedule kept", Value: float64(d), Threshold: float64(maxDebtDegrade), Unit: "ns",
		State: result.OK, Text: "the latest that any event left after its time; it is inside the response times, which count from the intended time"}
	if d > maxDebtDegrade {
		c.State = result.Note
	}
	if d > maxDebtInvalid {
		c.State = result.Degrades
	}
	return c
}

// machineChecks look at the processors during the measure phase.
func (b *blockRun) machineChecks() []result.Check {
	tl := b.timeline()
	from := b.started().Add(tl.warmup)
	var pressure, broker float64
	rows := b.health.between(from, from.Add(tl.measure))
	known := 0
	for _, row := range rows {
		if row.pressure >= 0 {
			pressure += row.pressure
			known++
		}
		broker += row.cpu[roleBroker]
	}
	p := result.Check{ID: "cpu_pressure", Title: "processors free when wanted", Threshold: maxPressure, Unit: "share", State: result.NotMeasured,
		Text: "time in which some task waited for a core during measurement; above the bound every latency is partly a run queue"}
	if known > 0 {
		p.Value = pressure / float64(known)
		p = bound(p, p.Value > maxPressure, result.Degrades)
	}
	k := result.Check{ID: "broker_cpu", Title: "broker not the bottleneck", Threshold: maxBrokerCores * b.cores() / 2, Unit: "cores", State: result.NotMeasured,
		Text: "cores the broker used during measurement; with few cores, above the bound, latencies are the broker's as well"}
	if len(rows) > 0 && b.seesBroker() {
		k.Value = broker / float64(len(rows))
		k = bound(k, k.Value > k.Threshold, result.Degrades)
	}
	return []result.Check{p, k}
}
