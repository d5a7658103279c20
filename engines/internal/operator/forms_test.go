package operator

import (
	"fmt"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	csvenc "github.com/streamgauge/streamgauge/harness/encoding/csv"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

func written(name string) (encoding.Format, error) {
	for _, f := range []encoding.Format{stub{}, csvenc.Format{}, cbor.Format{}} {
		if f.Name() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q", name)
}

// last makes the last of the stages of a job that reads temp and humidity.
func last(t *testing.T, stages ...[]job.Operator) (*rig, error) {
	t.Helper()
	registry := Registry{}
	if err := registry.Put(&event.Record{Key: []byte(device), Value: []byte(entry)}); err != nil {
		t.Fatal(err)
	}
	j := &job.Job{Reading: job.Reading{Device: "id", Time: job.TimeField{Path: "t", Unit: "s"},
		Metrics: map[string]job.Metric{"temp": {Path: "temp"}, "humidity": {Path: "in.humidity"}}}}
	for _, ops := range stages {
		j.Stages = append(j.Stages, job.Stage{Name: "s", Do: ops})
	}
	p, err := Compile(Config{Job: j, Stage: len(stages) - 1, Registry: registry, Formats: written, EventTimeMin: -1e12, EventTimeMax: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chain(3)
	return &rig{t: t, chain: c}, err
}

func as(form string) job.Operator { return job.Operator{Encode: &job.Encode{As: form}} }

// TestEncodeWritesItsForm: the metrics alone, whatever enrich has added; what was refused stays as it came.
func TestEncodeWritesItsForm(t *testing.T) {
	enrich := job.Operator{Enrich: &job.Enrich{Fields: []string{"gain", "offset", "site"}}}
	calibrate := job.Operator{Calibrate: &job.Calibrate{Metric: "temp"}}
	for _, c := range []struct {
		name   string
		stages [][]job.Operator
		in     string
		want   string
	}{
		{"one stage", [][]job.Operator{{decodeOp, as("csv")}}, `{"humidity":5,"temp":-1500000}`, "event dev,1.5,0.000005,-1.5\n"},
		{"an absent metric", [][]job.Operator{{decodeOp, as("csv")}}, `{"temp":7000000}`, "event dev,1.5,,7\n"},
		{"none at all", [][]job.Operator{{decodeOp, as("csv")}}, `{}`, "event dev,1.5,,\n"},
		{"refused", [][]job.Operator{{decodeOp, as("csv")}}, `!bad_utf8`, "dead bad_utf8 !bad_utf8"},
		{"behind a hop", [][]job.Operator{{decodeOp}, {as("csv")}}, `{"temp":1}`, "event dev,1.5,,0.000001\n"},
		{"registry fields", [][]job.Operator{{decodeOp}, {enrich, calibrate, as("csv")}}, `{"temp":1000000}`, "event dev,1.5,,1.5\n"},
		{"in bytes", [][]job.Operator{{decodeOp, as("cbor")}}, `{"temp":3000000}`,
			"event \xa4\x62id\x63dev\x61t\xf9\x3e\x00\x62in\xa1\x68humidity\xf6\x64temp\x03"},
		{"canonical JSON", [][]job.Operator{{decodeOp, as(job.CanonicalJSON)}}, `{"temp":1}`, `event {"temp":1}`},
	} {
		r, err := last(t, c.stages...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		check(t, c.name, r.do(r.in(1500, c.in)), c.want)
	}
}

// TestWrittenMessagesAreNeverOverwritten: a producer may keep a value as long as it likes.
func TestWrittenMessagesAreNeverOverwritten(t *testing.T) {
	r, err := last(t, []job.Operator{decodeOp, as("csv")})
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	for i := range 3 {
		if err := r.chain.Process(r.in(int64(i)*1000, fmt.Sprintf(`{"temp":%d000000}`, i+1)), func(_ Destination, out *event.Record) { kept = append(kept, out.Value) }); err != nil {
			t.Fatal(err)
		}
	}
	check(t, "values", fmt.Sprintf("%s", kept), "[dev,0,,1\n dev,1,,2\n dev,2,,3\n]")
}

func TestAFormThatNobodyKnowsIsAnError(t *testing.T) {
	if _, err := last(t, []job.Operator{decodeOp, as("avro")}); err == nil {
		t.Error("a chain without a writer")
	}
}
