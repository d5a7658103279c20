package harness

import (
	"errors"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// What a program of the user's can write is known by its hello alone; of other engines the scenario was held against it.
func TestAProgramIsHeldToTheFormsOfItsHello(t *testing.T) {
	writes := func(form string) job.Job {
		return job.Job{Name: "j", Stages: []job.Stage{{Do: []job.Operator{{Encode: &job.Encode{As: form}}}}}}
	}
	for _, c := range []struct {
		engine, form string
		offers       []string
		want         string // part of the error
	}{
		{scenario.External, "cbor", []string{"canonical-json", "cbor"}, ""},
		{scenario.External, "cbor", []string{"canonical-json", "csv"}, "does not write cbor, as job j asks: its hello offers canonical-json, csv"},
		{scenario.External, "cbor", nil, "offers no forms, which stands for canonical-json alone"},
		{scenario.External, job.CanonicalJSON, nil, ""},
		{scenario.External, "", nil, ""},
		{"tuple", "cbor", nil, ""},
	} {
		tr := &trial{instance: instance{label: "a", settings: scenario.Engine{Engine: c.engine}}}
		if tr.plan.Job = writes(c.form); c.form == "" {
			tr.plan.Job = *job.Identity(1)
		}
		err := tr.offers(engines.Line{Forms: c.offers})
		if e := (*Error)(nil); (err == nil) != (c.want == "") || err != nil && (!errors.As(err, &e) || e.Fault != FaultUsage || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("offers of %s with %q, asked for %q = %v, want %q", c.engine, c.offers, c.form, err, c.want)
		}
	}
}

func TestAProgramIsHeldToTheOperatorsOfItsHello(t *testing.T) {
	asks := job.Job{Name: "j", Stages: []job.Stage{
		{Name: "parse", Do: []job.Operator{{Decode: &job.Decode{}}, {Filter: &job.Filter{}}}},
		{Name: "count", Do: []job.Operator{{Filter: &job.Filter{}}, {Window: &job.Window{}}, {Encode: &job.Encode{As: "cbor"}}}},
	}}
	for _, c := range []struct {
		engine    string
		operators map[string]engines.Fit
		want      string // part of the error
	}{
		{scenario.External, map[string]engines.Fit{"filter": engines.Absent, "window": engines.Absent, "scan": engines.Absent, "encode": engines.Native},
			"engine a: it cannot do job j: its hello calls absent filter (stage parse), filter (stage count), window (stage count)"},
		{scenario.External, map[string]engines.Fit{"encode": engines.Absent}, "calls absent encode (stage count)"},
		{scenario.External, map[string]engines.Fit{"scan": engines.Absent, "window": engines.Adapted}, ""},
		{scenario.External, nil, ""},
		{"tuple", map[string]engines.Fit{"window": engines.Absent}, ""}, // the scenario was held against its descriptor
	} {
		tr := &trial{instance: instance{label: "a", settings: scenario.Engine{Engine: c.engine}}}
		tr.plan.Job = asks
		err := tr.offers(engines.Line{Operators: c.operators, Forms: []string{"cbor"}})
		if e := (*Error)(nil); (err == nil) != (c.want == "") || err != nil && (!errors.As(err, &e) || e.Fault != FaultUsage || e.Hint == "" || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("offers of %s with %v = %v, want %q", c.engine, c.operators, err, c.want)
		}
	}
}
