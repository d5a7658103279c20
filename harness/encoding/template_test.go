package encoding

import (
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/job"
)

// No message holds two fields at one place, or one where a group of others begins: which two they are is told.
func TestPathsThatNoMessageHolds(t *testing.T) {
	for _, c := range []struct{ device, temp, humidity, want string }{
		{"id", "data.temp", "data.humidity", ""},
		{"id", "data", "database", ""},
		{"id", "data", "data.humidity", `metric temp: path "data": it ends at a group of fields: the path of metric humidity, "data.humidity", leads on from there`},
		{"id", "data.temp.value", "data.temp", `metric humidity: path "data.temp": it ends at a group of fields: the path of metric temp, "data.temp.value", leads on from there`},
		{"ts.id", "temp", "humidity", `time: path "ts": it ends at a group of fields: the path of device, "ts.id", leads on from there`},
		{"id", "data.temp", "data.temp", `metric temp: path "data.temp": it is the path of metric humidity, too`},
	} {
		r := job.Reading{Device: c.device, Time: job.TimeField{Path: "ts", Unit: "s"}, Metrics: map[string]job.Metric{"temp": {Path: c.temp}, "humidity": {Path: c.humidity}}}
		_, err := NewShape(r)
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("NewShape(%q, %q, %q) = %v, want %s", c.device, c.temp, c.humidity, err, c.want)
		}
	}
	_, err := NewShape(job.Reading{Device: "a", Time: job.TimeField{Path: "a", Unit: "min"}})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("NewShape = %v, want what is wrong with the unit and the path", err)
	}
}
