package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// recoding is a trial of a job whose second stage encodes as CSV, which the encoder lent writes in its own way.
func recoding(ops ...job.Operator) *Trial {
	j := small(ops...)
	j.Stages[1].Do[0].Encode.As = "csv"
	return &Trial{Job: j, EventTimeMin: -5000, EventTimeMax: 5000, Output: Topic{Partitions: 1}, Guarantee: ExactlyOnce,
		Registry: map[string]map[string]int64{"x": {"gain": 2_000_000, "offset": 500_000}},
		Encode: func(dst, device []byte, eventTime int64, get func(int) (int64, bool)) []byte {
			dst = fmt.Appendf(dst, "%s@%d", device, eventTime)
			for i := range 2 {
				v, present := get(i)
				dst = fmt.Appendf(dst, " %d/%t", v*map[bool]int64{true: 1}[present], present)
			}
			return dst
		}}
}

// answersOf are the values that stages [from, to) give for one record, of device x at 7 ms.
func answersOf(t *Trial, from, to int, value string) string {
	m := newModel(t, from, to)
	var got []string
	m.emit = func(o *output) { got = append(got, string(o.record.Value)) }
	m.feed(&event.Record{Key: []byte("x"), Value: []byte(value), Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, event.Stamp{})}, {Key: event.HeaderTime, Value: event.AppendTime(nil, 7)}}})
	return strings.Join(got, "|")
}

func TestTheLastStageWritesByTheEncoderLent(t *testing.T) {
	enrich := job.Operator{Enrich: &job.Enrich{Fields: []string{"gain", "offset"}}}
	calibrate := job.Operator{Calibrate: &job.Calibrate{Metric: "a"}}
	for _, c := range []struct {
		ops      []job.Operator
		from, to int
		in, want string
	}{
		{nil, 0, 2, `{"d":"x","t":1,"a":1.5,"n":{"b":-2}}`, "x@7 1500000/true -2000000/true"},
		{nil, 0, 2, `{"d":"x","t":1,"n":{"b":1}}`, "x@7 0/false 1000000/true"},
		{nil, 0, 1, `{"d":"x","t":1,"a":1}`, `{"a":1000000}`},
		{nil, 1, 2, `{"b":3}`, "x@7 0/false 3/true"},
		{nil, 1, 2, `{"c":3}`, ""}, // no stage record of this job
		{nil, 0, 2, `{"d":"y","t":1}`, `{"d":"y","t":1}`},
		{[]job.Operator{enrich, calibrate}, 0, 2, `{"d":"x","t":1,"a":1}`, "x@7 2500000/true 0/false"},
		{[]job.Operator{enrich, calibrate}, 1, 2, `{"a":4,"gain":1,"offset":1}`, "x@7 4/true 0/false"},
	} {
		if got := answersOf(recoding(c.ops...), c.from, c.to, c.in); got != c.want {
			t.Errorf("stages %d to %d of %s give %q, want %q", c.from, c.to, c.in, got, c.want)
		}
	}
}

func TestATrialWithoutItsEncoderIsRefused(t *testing.T) {
	trial := recoding()
	trial.Encode = nil
	trial.Stages = make([]Topic, 1)
	if err := trial.validate(); err == nil || !strings.Contains(err.Error(), "no encoder of csv") {
		t.Errorf("validate() = %v, want that there is no encoder of csv", err)
	}
}
