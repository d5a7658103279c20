package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// offers refuses a program of the user's whose hello does not list the form that the job's encode asks for: nobody described
// it before, and what it writes in another form would be wrong to the last record. Errors: *Error with FaultUsage.
func (t *trial) offers(hello engines.Line) error {
	j := &t.plan.Job
	if t.settings.Engine != scenario.External || !j.Recodes() || slices.Contains(hello.Forms, j.Form()) {
		return nil
	}
	offer := strings.Join(hello.Forms, ", ")
	if offer == "" {
		offer = "no forms, which stands for " + job.CanonicalJSON + " alone"
	}
	return &Error{FaultUsage, fmt.Errorf("engine %s: its encode does not write %s, as job %s asks: its hello offers %s", t.label, j.Form(), j.Name, offer),
		fmt.Sprintf("another job, or another encode in it; a program that writes %s lists it in its hello's forms", j.Form())}
}
