package engines

import (
	"slices"

	"github.com/streamgauge/streamgauge/harness/job"
)

// StageTasks counts the tasks of all stages of a plan's job, in an engine that has tasks of their own for each stage: as many as its
// parallelism, no more than there are partitions, of each of the parts of a stage that run in different threads.
func StageTasks(p Plan, parts func(job.Stage) int) int {
	n := 0
	for _, s := range p.Job.Stages {
		n += parts(s)
	}
	return n * max(1, min(p.Parallelism, int(p.Partitions)))
}

// Has reports whether a stage has an operator for which is holds.
func Has(s job.Stage, is func(job.Operator) bool) bool { return slices.ContainsFunc(s.Do, is) }
