package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
)

// judge gives the errors that the result itself makes: wrong verdicts, invalid trials, rules that hold.
func judge(res *result.Run, dir string, rules []rule) error {
	var errs []error
	report := filepath.Join(dir, "report.html")
	for i := range res.Trials {
		t := &res.Trials[i]
		if t.Partial {
			continue
		}
		if t.Verdict.Judged && !t.Verdict.Correct {
			errs = append(errs, &exitError{code: exitWrong, err: fmt.Errorf("trial %s: %s: %s", t.ID, t.Instance, t.Verdict.Text),
				hint: wrongHint(res, report)})
		}
		if t.Quality == result.Invalid {
			errs = append(errs, &exitError{code: exitInvalid, hint: invalidHint(t),
				err: fmt.Errorf("trial %s: %s: invalid: %s", t.ID, t.Instance, strings.Join(t.InvalidReasons, "; "))})
		}
		errs = append(errs, broken(t, rules, report)...)
	}
	return errors.Join(errs...)
}

// broken applies the rules to a trial. An invalid trial is not evidence: its own error speaks.
func broken(t *result.Trial, rules []rule, report string) []error {
	var errs []error
	for _, r := range rules {
		if !r.applies(t) || t.Quality == result.Invalid {
			continue
		}
		if failed, value := r.holds(t); failed {
			errs = append(errs, &exitError{code: exitWrong, hint: report + " shows where the time went",
				err: fmt.Errorf("trial %s: %s: --fail-if %q: %s is %s", t.ID, t.Instance, r.text, r.metric, value)})
		}
	}
	return errs
}

func invalidHint(t *result.Trial) string {
	if !t.Verdict.Judged && t.Verdict.Text != "" {
		return "let fewer events be late: less disorder in the stream, or more lateness in the job"
	}
	return "offer less (--rate), or free the machine; streamgauge doctor looks for reasons"
}

func wrongHint(res *result.Run, report string) string {
	if res.Broker.Kind == "embedded" {
		return fmt.Sprintf("repeat on a real Kafka before you believe it: streamgauge run %s --broker local", res.Scenario)
	}
	return report + " shows the first records that are wrong"
}
