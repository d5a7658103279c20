package sparkrealtime

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"strconv"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
)

// options are those of a scenario that say how many task slots there are and how many are needed.
type options struct {
	Spark map[string]any `json:"spark"`
}

// checkSlots refuses options that leave Spark too few task slots: it would not fail but leave partitions unread.
func checkSlots(p engines.Plan) error {
	if len(p.Options) == 0 {
		return nil
	}
	var o options
	if err := json.Unmarshal(p.Options, &o); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	shuffle := int(p.Partitions)
	if v, ok := o.Spark["spark.sql.shuffle.partitions"]; ok {
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil || n < 1 {
			return fmt.Errorf("option spark.sql.shuffle.partitions: %v; want a number of at least 1", v)
		}
		shuffle = n
	}
	if v, ok := o.Spark["spark.task.cpus"]; ok && fmt.Sprint(v) != "1" {
		return fmt.Errorf("option spark.task.cpus: %v; want 1, or leave it out: a task takes one slot, or partitions are left unread", v)
	}
	need := slots(p.Job, int(p.Partitions), shuffle)
	master, ok := o.Spark["spark.master"]
	if have := localSlots(fmt.Sprint(master)); ok && have < need {
		return fmt.Errorf("option spark.master: %v has %d task slots; Real-time Mode needs %d for job %s on %d partitions, %d of them behind "+
			"shuffles, or it leaves partitions unread: set local[%d], or leave it out", master, have, need, p.Job.Name, p.Partitions,
			need-len(p.Job.Stages)*int(p.Partitions), need)
	}
	return nil
}

// slots is the number of tasks that run at once: one for each partition a stage reads, and with state one for each
// partition of the shuffle before it. The adapter computes the same.
func slots(j job.Job, partitions, shuffle int) int {
	n := 0
	for _, s := range j.Stages {
		n += partitions
		if engines.Has(s, job.Operator.Stateful) {
			n += shuffle
		}
	}
	return n
}

// local is a master in the adapter's own process: slots, and perhaps how often a task may fail.
var local = regexp.MustCompile(`^local(?:\[(\d+|\*)(?:\s*,\s*\d+)?\])?$`)

// localSlots is the number of task slots of a master; more than any job needs where it does not say.
func localSlots(master string) int {
	m := local.FindStringSubmatch(master)
	switch {
	case m == nil:
		return 1 << 30
	case m[1] == "":
		return 1
	case m[1] == "*":
		return runtime.NumCPU()
	}
	n, err := strconv.Atoi(m[1])
	if err != nil { // too many for an int
		return 1 << 30
	}
	return n
}
