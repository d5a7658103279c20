package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// MaxTimes bounds Fault.Times: each is a line of the plan.
const MaxTimes = 1000

// eachFault writes the faults out: one for each instant and engine. The random instants are those of the seed, the same
// for every engine.
func (s *Scenario) eachFault() []Fault {
	var all []Fault
	for i, f := range s.Faults {
		for _, at := range s.instants(i, f) {
			one := f
			one.At, one.Until, one.Times = at, 0, 0
			all = append(all, s.aimed(one)...)
		}
	}
	return all
}

// instants are the times of the scenario's i-th fault, in order.
func (s *Scenario) instants(i int, f Fault) []job.Millis {
	if f.Times == 0 {
		return []job.Millis{f.At}
	}
	random := rand.New(rand.NewPCG(s.Seed, uint64(i)))
	all := make([]job.Millis, f.Times)
	for k := range all {
		all[k] = f.At + job.Millis(random.Int64N(int64(f.Until-f.At)))
	}
	slices.Sort(all)
	return all
}

// aimed gives a fault for every engine it is aimed at.
func (s *Scenario) aimed(f Fault) []Fault {
	if f.Engine != "" || f.Do == KillBroker {
		return []Fault{f}
	}
	var all []Fault
	for _, label := range s.victims() {
		f.Engine = label
		all = append(all, f)
	}
	return all
}

// victims are the labels of all engines but the floor, which shows what the machine does without faults.
func (s *Scenario) victims() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Engines)), func(label string) bool { return s.Engines[label].Engine == Floor })
}

// everyVictim checks a fault that is aimed at every engine.
func (v *validation) everyVictim(path string, f Fault) {
	labels := v.victims()
	if len(labels) == 0 {
		v.badf(at(path+".engine", path), "the scenario has no engine to harm but the floor, %s", Floor)
	}
	for _, label := range labels {
		f.Engine = label
		v.deployFault(path, f)
	}
}

// faultTexts tells of the faults, those of one deed in a line for all engines that they hit at the same instants.
func (s *Scenario) faultTexts() []string {
	instants := map[string]string{} // by target
	for _, f := range s.Faults {
		target := f.Engine
		if f.Do == KillBroker {
			target = fmt.Sprintf("node %d", f.Node)
		}
		instants[target] += fmt.Sprintf(", %s at %s for %s", f.Do, f.At, f.For)
	}
	targets := map[string][]string{}
	for _, target := range slices.Sorted(maps.Keys(instants)) {
		targets[instants[target]] = append(targets[instants[target]], target)
	}
	var all []string
	for what, of := range targets {
		all = append(all, strings.Join(of, ", ")+": "+strings.TrimPrefix(what, ", "))
	}
	slices.Sort(all)
	return all
}
