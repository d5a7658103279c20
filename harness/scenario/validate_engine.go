package scenario

import (
	"cmp"
	"fmt"
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
	v.ownWay(path, e)
	if (e.Engine == External) != (len(e.Command) > 0) {
		v.badf(at(path+".command", path), "engine external, and only it, has a command: [program, argument, …]")
	}
	if e.Engine == External && (e.Deploy != "" || len(e.Addresses) > 0) {
		v.badf(at(path+".deploy", path+".addresses", path), "engine external does its work where its command says")
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
	v.jvm(path, e, ability)
	v.deploy(path, e, ability)
	v.guarantee(path, e, ability)
	v.operators(path, e, ability)
	v.decodes(path, e, ability)
	v.encodes(path, e, ability)
}

// The heaps of engines on the Java virtual machine that make sense.
const (
	leastHeap = 64e6
	mostHeap  = 1e12
)

// notForFlags are flags of the Java virtual machine that are not the user's to set, with what does it.
var notForFlags = map[string]string{"-Xmx": "set heap", "-cp": "it is the engine's", "-classpath": "it is the engine's",
	"--class-path": "it is the engine's", "-jar": "it is the engine's", "-Djava.io.tmpdir": "it is the run's"}

// jvm checks what is for engines on the Java virtual machine only.
func (v *validation) jvm(path string, e Engine, a Ability) {
	if !a.JVM {
		if e.Heap != 0 {
			v.badf(at(path+".heap"), "%s does not run on the Java virtual machine", e.Engine)
		}
		if len(e.JVMFlags) > 0 {
			v.badf(at(path+".jvm_flags"), "%s does not run on the Java virtual machine", e.Engine)
		}
		return
	}
	if key := path + ".heap"; v.positions.Has(key) && (e.Heap < leastHeap || e.Heap > mostHeap) {
		v.badf(at(key), "%s; want %s to %s", e.Heap, Bytes(leastHeap), Bytes(mostHeap))
	}
	for i, flag := range e.JVMFlags {
		key := fmt.Sprintf("%s.jvm_flags[%d]", path, i)
		if !strings.HasPrefix(flag, "-") {
			v.badf(at(key, path+".jvm_flags"), "%q is no flag; one that takes a value is written with =, such as --add-opens=java.base/java.lang=ALL-UNNAMED", flag)
		}
		for name, instead := range notForFlags {
			if flag == name || strings.HasPrefix(flag, name+"=") || name == "-Xmx" && strings.HasPrefix(flag, name) {
				v.badf(at(key, path+".jvm_flags"), "%q: %s", flag, instead)
			}
		}
	}
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
	j, name := cmp.Or(e.Job, v.Job), cmp.Or(e.JobName, v.JobName)
	if j == nil || e.Engine == Floor {
		return
	}
	var absent []string
	for _, op := range j.OperatorNames() {
		if slices.Contains(a.Operators, op) {
			continue
		}
		if why := a.Reasons[op]; why != "" {
			op += " (" + why + ")"
		}
		absent = append(absent, op)
	}
	if len(absent) > 0 {
		v.badf(at(path), "%s cannot do job %s; it lacks %s", e.Engine, name, strings.Join(absent, ", "))
	}
}
