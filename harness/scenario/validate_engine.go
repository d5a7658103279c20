package scenario

import (
	"maps"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// engine checks one entry of engines.
func (v *validation) engine(name string, e Engine) {
	path := "engines." + name
	if !label.MatchString(name) || name == "in" {
		v.badf(at(path), "the label becomes part of topic names; want lower case letters, digits and -, at most 32, and not \"in\"")
	}
	v.ranges(path)
	if (e.Engine == External) != (len(e.Command) > 0) {
		v.badf(at(path+".command", path), "engine external, and only it, has a command: [program, argument, …]")
	}
	if e.Engine == External || v.known == nil {
		return
	}
	ability, ok := v.known[e.Engine]
	if !ok {
		key := path
		if v.given[name].Engine != "" {
			key = path + ".engine"
		}
		names := append(slices.Collect(maps.Keys(v.known)), External)
		v.badf(at(key, path), "unknown engine %q; %s", e.Engine, yamlstrict.Suggest(e.Engine, names))
		return
	}
	if v.given[name].BatchInterval != 0 && !ability.Batches {
		v.badf(at(path+".batch_interval"), "%s does not work in batches", e.Engine)
	}
	v.guarantee(path, e, ability)
	v.operators(path, e, ability)
}

// ranges checks the numbers that the user gave, 0 among them; left out, they are filled in.
func (v *validation) ranges(path string) {
	given := v.givenEngine(path)
	if key := path + ".parallelism"; v.positions.Has(key) {
		v.between(key, int64(given.Parallelism), 1, 10_000)
	}
	for key, interval := range map[string]job.Millis{
		path + ".commit_interval": given.CommitInterval,
		path + ".batch_interval":  given.BatchInterval,
	} {
		if v.positions.Has(key) && (interval < 1 || interval > 3_600_000) {
			v.badf(at(key), "%s; want 1ms to 1h", interval)
		}
	}
}

// givenEngine is the entry as the user wrote it, without what resolve filled in.
func (v *validation) givenEngine(path string) Engine {
	return v.given[strings.TrimPrefix(path, "engines.")]
}

func (v *validation) guarantee(path string, e Engine, a Ability) {
	key := path + ".guarantee"
	if v.givenEngine(path).Guarantee == "" {
		key = "guarantee"
	}
	if e.Guarantee != AtLeastOnce && e.Guarantee != ExactlyOnce {
		if key != "guarantee" { // head reports the scenario's
			v.oneOf(key, e.Guarantee, AtLeastOnce, ExactlyOnce)
		}
		return
	}
	if !slices.Contains(a.Guarantees, e.Guarantee) {
		v.badf(at(key, path), "%s is not supported by %s (%s)", e.Guarantee, e.Engine, strings.Join(a.Guarantees, ", "))
	}
}

// operators checks that the engine has all of the job's. The floor copies, whatever the job.
func (v *validation) operators(path string, e Engine, a Ability) {
	if v.Job == nil || e.Engine == Floor {
		return
	}
	var absent []string
	for _, op := range v.Job.OperatorNames() {
		if slices.Contains(a.Operators, op) {
			continue
		}
		if why := a.Reasons[op]; why != "" {
			op += " (" + why + ")"
		}
		absent = append(absent, op)
	}
	if len(absent) > 0 {
		v.badf(at(path), "%s cannot do job %s; it lacks %s", e.Engine, v.JobName, strings.Join(absent, ", "))
	}
}
