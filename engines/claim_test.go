package engines

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/streamgauge/streamgauge/harness/job"
)

// A restart finds its own state; another job, other topics, another engine or guarantee do not get it.
func TestStateBelongsToOneJob(t *testing.T) {
	plan := func() *Plan {
		return &Plan{Incarnation: 1, Engine: "tuple", Prefix: "sg.r.b1.a", Partitions: 2, Guarantee: AtLeastOnce, Job: *job.Identity(2),
			Topics: Topics{Input: "in", Output: "out", Stages: []string{"s"}}, StateDir: filepath.Join(t.TempDir(), "state")}
	}
	first := plan()
	if err := first.Claim(); err != nil {
		t.Fatal(err)
	}
	again := *first
	again.Incarnation, again.CommitIntervalMS = 2, 7
	if err := again.Claim(); err != nil {
		t.Errorf("the next incarnation: %v", err)
	}
	for name, change := range map[string]func(*Plan){
		"job": func(p *Plan) { p.Job = *job.Identity(3) }, "topics": func(p *Plan) { p.Topics.Input = "other" },
		"engine": func(p *Plan) { p.Engine = "null" }, "guarantee": func(p *Plan) { p.Guarantee = ExactlyOnce },
		"partitions": func(p *Plan) { p.Partitions = 3 }, "prefix": func(p *Plan) { p.Prefix = "sg.r.b2.a" },
	} {
		other := *first
		change(&other)
		if err := other.Claim(); !errors.Is(err, ErrOtherState) {
			t.Errorf("another %s: %v, want ErrOtherState", name, err)
		}
	}
	if err := (&Plan{}).Claim(); err != nil {
		t.Errorf("without a folder: %v", err)
	}
}
