package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// offers refuses a program of the user's whose hello calls an operator of the job absent, or does not list the form that its encode
// asks for: nobody described it before, and what it writes instead would be wrong to the last record. Errors: *Error with FaultUsage.
func (t *trial) offers(hello engines.Line) error {
	j := &t.plan.Job
	if t.settings.Engine != scenario.External {
		return nil
	}
	if absent := absentOperators(j, hello); len(absent) > 0 {
		return &Error{FaultUsage, fmt.Errorf("engine %s: it cannot do job %s: its hello calls absent %s", t.label, j.Name, strings.Join(absent, ", ")),
			"another job, or another engine; a program that does an operator calls it native or adapted in its hello"}
	}
	if !j.Recodes() || slices.Contains(hello.Forms, j.Form()) {
		return nil
	}
	offer := strings.Join(hello.Forms, ", ")
	if offer == "" {
		offer = "no forms, which stands for " + job.CanonicalJSON + " alone"
	}
	return &Error{FaultUsage, fmt.Errorf("engine %s: its encode does not write %s, as job %s asks: its hello offers %s", t.label, j.Form(), j.Name, offer),
		fmt.Sprintf("another job, or another encode in it; a program that writes %s lists it in its hello's forms", j.Form())}
}

// absentOperators lists the operators of a job that a hello calls absent, each with its stage, in the job's order.
func absentOperators(j *job.Job, hello engines.Line) []string {
	var all []string
	for _, s := range j.Stages {
		for _, o := range s.Do {
			if hello.Operators[o.Name()] == engines.Absent {
				all = append(all, fmt.Sprintf("%s (stage %s)", o.Name(), s.Name))
			}
		}
	}
	return all
}
