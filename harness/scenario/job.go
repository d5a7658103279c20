package scenario

import (
	"fmt"
	"regexp"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// parseJob reads and validates a job. Errors: yamlstrict.Errors.
func parseJob(file string, src []byte) (*job.Job, error) {
	j := &job.Job{}
	positions, err := yamlstrict.Decode(file, src, j)
	if err != nil {
		return nil, err // a half-read job would only give follow-up problems
	}
	problems := operatorsPerStep(j, positions)
	for _, e := range split(j.Validate()) {
		problems = append(problems, positions.Problem(jobPath(e.Error()), e.Error()))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return j, nil
}

// operatorsPerStep reports steps that name two operators: the second would be lost.
func operatorsPerStep(j *job.Job, positions *yamlstrict.Positions) yamlstrict.Errors {
	var problems yamlstrict.Errors
	for i, s := range j.Stages {
		for k := range s.Do {
			at := fmt.Sprintf("stages[%d].do[%d]", i, k)
			set := 0
			for _, name := range job.Operators() {
				if positions.Has(at + "." + name) {
					set++
				}
			}
			if set > 1 {
				problems = append(problems, positions.Problem(at, "a step is one operator; begin each with its own dash"))
			}
		}
	}
	return problems
}

// split takes an error made by errors.Join apart.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

var (
	quotedName = regexp.MustCompile(`^(stages\[\d+\]) "(?:[^"\\]|\\.)*"`)
	pathPrefix = regexp.MustCompile(`^[a-z_]+(?:\[\d+\])?(?:\.[a-z0-9_]+(?:\[\d+\])?)*`)
)

// jobPath finds the path that a message of job.Validate begins with: `stages[1] "dedupe".do[0] dedupe: …` speaks of
// stages[1].do[0].
func jobPath(message string) string {
	return pathPrefix.FindString(quotedName.ReplaceAllString(message, "$1"))
}
