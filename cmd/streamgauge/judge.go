package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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

// record writes into a result which rules hold and which do not, for reports: a CI system reads junit.xml, too.
func record(res *result.Run, rules []rule) {
	for i := range res.Trials {
		t := &res.Trials[i]
		for _, r := range spoken(t, rules) {
			kind := "fail-if-passed"
			failed, value := r.holds(t)
			if failed {
				kind = "fail-if"
			}
			res.Events = append(res.Events, result.Event{Trial: t.ID, Time: res.Ended, Kind: kind, Text: fmt.Sprintf("%s: %s is %s", r.text, r.metric, value)})
		}
	}
}

// spoken are the rules that speak of a trial. One that is invalid, or was not finished, is no evidence: its own error speaks.
func spoken(t *result.Trial, rules []rule) []rule {
	if t.Partial || t.Quality == result.Invalid {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return !r.applies(t) })
}

// broken applies the rules to a trial.
func broken(t *result.Trial, rules []rule, report string) []error {
	var errs []error
	for _, r := range spoken(t, rules) {
		if failed, value := r.holds(t); failed {
			errs = append(errs, &exitError{code: exitWrong, hint: report + " shows where the time went",
				err: fmt.Errorf("trial %s: %s: --fail-if %q: %s is %s", t.ID, t.Instance, r.text, r.metric, value)})
		}
	}
	return errs
}

func invalidHint(t *result.Trial) string {
	switch {
	case !t.Verdict.Judged && t.Verdict.Text != "":
		return "let fewer events be late: less disorder in the stream, or more lateness in the job"
	case slices.ContainsFunc(t.InvalidReasons, func(why string) bool { return strings.HasPrefix(why, "window_closing: ") }):
		return "the engine must keep a window until an event has reached its end + lateness; harness/job/SEMANTICS.md 3 says when that is"
	}
	return "offer less (--rate), or free the machine; streamgauge doctor looks for reasons"
}

func wrongHint(res *result.Run, report string) string {
	if res.Broker.Kind == "embedded" {
		return fmt.Sprintf("repeat on a real Kafka before you believe it: streamgauge run %s --broker local", res.Scenario)
	}
	return report + " shows the first records that are wrong"
}
