package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// engine is what `engine list --json` says of one.
type engine struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Model      string            `json:"model"`
	Guarantees []string          `json:"guarantees"`
	Operators  map[string]string `json:"operators"`
	JVM        *struct {
		Module string `json:"module"`
		Main   string `json:"main"`
	} `json:"jvm"`
}

const floor = "null"

// listEngines asks the program for its engines, and keeps those that were asked for.
func listEngines(ctx context.Context, o options) ([]engine, error) {
	out, err := exec.CommandContext(ctx, o.program, "engine", "list", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("listing the engines with %s: %w", o.program, err)
	}
	var all []engine
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("reading the list of engines: %w", err)
	}
	for _, name := range o.engines {
		if !slices.ContainsFunc(all, func(e engine) bool { return e.Name == name }) {
			return nil, fmt.Errorf("there is no engine %q", name)
		}
	}
	all = slices.DeleteFunc(all, func(e engine) bool { return len(o.engines) > 0 && !slices.Contains(o.engines, e.Name) })
	slices.SortStableFunc(all, func(a, b engine) int { return cmp.Compare(rank(a), rank(b)) })
	return all, nil
}

// rank puts the floor first, engines of this program next.
func rank(e engine) int {
	switch {
	case e.Name == floor:
		return 0
	case e.JVM == nil:
		return 1
	}
	return 2
}

// does reports whether an engine can do a job.
func (e engine) does(job string) bool {
	if e.Name == floor {
		return true
	}
	if job == "identity" { // one that cannot encode gives no events back, only what it makes of them
		return e.Operators["encode"] != "absent"
	}
	for _, op := range []string{"decode", "validate", "dedupe", "enrich", "calibrate", "detect", "window", "encode"} { // of alert
		if e.Operators[op] == "absent" {
			return false
		}
	}
	return true
}

// unit is one trial, or one pair of a copy job and the job identity.
type unit struct {
	stage, job, load, engine string
	repetition               int
	guarantee                string
	args                     []string      // of streamgauge run
	copies                   int64         // records, of a pair
	takes                    time.Duration // about
}

// name is where the unit's result is kept below the folder of results.
func (u *unit) name() string {
	return filepath.Join(u.stage, strings.Join([]string{u.job, u.load, u.engine, fmt.Sprint(u.repetition)}, "-"))
}

// stage makes the trials of one figure for an engine; repetitions come by themselves.
type stage struct {
	name  string
	about string
	units func(o options, e engine) []unit
	even  bool // its repetitions come in two orders, and each order is as good as the other only if it comes as often
}

// repetitions of a trial of the stage: what was asked for, or one more where their number must be even.
func (s stage) repetitions(o options) int {
	if s.even {
		return o.repetitions + o.repetitions%2
	}
	return o.repetitions
}

func stages() []stage {
	return []stage{
		{name: "response", about: "response times at 1,000/s and 5,000/s; start, stop, memory", units: responseUnits},
		{name: "drain", about: "drain of 1,000,000 events that lie ready", units: drainUnits},
		{name: "interval", about: "what waiting costs, at intervals of 200 ms and 1 s", units: intervalUnits},
		{name: "recovery", about: "recovery after a SIGKILL at 1,000/s", units: recoveryUnits},
		{name: "copy", about: "the job identity beside a minimal copy job", units: copyUnits, even: true},
	}
}

func stageNames() []string {
	var names []string
	for _, s := range stages() {
		names = append(names, s.name)
	}
	return names
}

// jobs are those that all figures are taken on.
func jobs() []string { return []string{"identity", "alert"} }

func responseUnits(o options, e engine) []unit {
	var all []unit
	for _, job := range jobs() {
		for _, load := range []struct {
			rate, measure string
			takes         time.Duration
		}{{"1000/s", "110s", 190 * time.Second}, {"5000/s", "30s", 115 * time.Second}} {
			u := unit{job: job, load: strings.TrimSuffix(load.rate, "/s"), takes: load.takes,
				args: []string{"response.yaml", "--rate", load.rate, "--set", "load.measure=" + load.measure}}
			if o.short {
				u.args, u.takes = short(u.args[0]), 40*time.Second
				if load.rate == "5000/s" {
					continue
				}
			}
			all = append(all, u)
		}
	}
	return all
}

// short is a load that says nothing.
func short(scenario string) []string {
	return []string{scenario, "--rate", "100/s", "--set", "load.warmup=5s", "--set", "load.measure=5s", "--set", "limits.send_delay_p99=30s",
		"--set", "limits.rate_error=90%"}
}

func drainUnits(o options, _ engine) []unit {
	var all []unit
	for _, job := range jobs() {
		u := unit{job: job, load: "1000000", takes: 75 * time.Second, args: []string{"drain.yaml"}}
		if job == "alert" {
			u.takes = 200 * time.Second
		}
		if o.short {
			u.takes, u.load, u.args = 40*time.Second, "10000", []string{"drain.yaml", "--rate", "2000/s", "--set", "load.measure=5s"}
		}
		all = append(all, u)
	}
	return all
}

func intervalUnits(o options, e engine) []unit {
	var all []unit
	for _, interval := range []string{"200ms", "1s"} {
		u := unit{job: "alert", load: interval, guarantee: "at-least-once", takes: 120 * time.Second,
			args: []string{"response.yaml", "--rate", "500/s", "--set", "load.measure=40s"}}
		if slices.Contains(e.Guarantees, "exactly-once") {
			u.guarantee = "exactly-once"
		}
		if o.short {
			u.args, u.takes = short("response.yaml"), 40*time.Second
		}
		key := "commit_interval"
		if e.Model == "micro-batch" {
			key = "batch_interval"
		}
		u.args = append(u.args, "--set", "guarantee="+u.guarantee, "--set", "engines."+e.Name+"."+key+"="+interval)
		all = append(all, u)
	}
	return all
}

func recoveryUnits(o options, e engine) []unit {
	u := unit{job: "alert", load: "1000", takes: 180 * time.Second, args: []string{"response.yaml", "--set", "load.measure=90s"}}
	at := "45s"
	if o.short {
		u.args, u.takes, at = short("response.yaml"), 50*time.Second, "6s"
	}
	u.args = append(u.args, "--set", fmt.Sprintf("faults=[{at: %s, engine: %q, do: kill, for: 1s}]", at, e.Name))
	return []unit{u}
}

func copyUnits(o options, e engine) []unit {
	if e.JVM == nil {
		return nil // null is the copy of the engines in Go
	}
	u := unit{job: "identity", load: "1000000", copies: 1_000_000, takes: 150 * time.Second}
	if o.short {
		u.load, u.copies, u.takes = "10000", 10_000, 60*time.Second
	}
	return []unit{u}
}

// units lists all that is to be measured: stage by stage, the repetitions one after the other, and in each an order of the
// engines that is random, and the same in every call.
func units(o options, engines []engine) ([]unit, error) {
	var all []unit
	for _, name := range o.stages {
		i := slices.IndexFunc(stages(), func(s stage) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no stage %q; there are %s", name, strings.Join(stageNames(), ", "))
		}
		for repetition := 1; repetition <= stages()[i].repetitions(o); repetition++ {
			var round []unit
			for _, e := range engines {
				round = append(round, unitsOf(o, stages()[i], e, repetition)...)
			}
			rng := rand.New(rand.NewPCG(uint64(i), uint64(repetition)))
			rng.Shuffle(len(round), func(a, b int) { round[a], round[b] = round[b], round[a] })
			all = append(all, round...)
		}
	}
	return all, nil
}

func unitsOf(o options, s stage, e engine, repetition int) []unit {
	var all []unit
	for _, u := range s.units(o, e) {
		u.stage, u.engine, u.repetition = s.name, e.Name, repetition
		if !e.does(u.job) {
			continue
		}
		if len(u.args) > 0 {
			u.args[0] = filepath.Join(o.scenarios, u.args[0])
			u.args = append(u.args, "--engine", e.Name, "--set", "job="+u.job)
			if e.Name != floor {
				u.args = append(u.args, "--no-floor")
			}
		}
		all = append(all, u)
	}
	return all
}

// sayRounded tells of stages that are repeated more often than was asked for.
func sayRounded(w io.Writer, o options) {
	for _, s := range stages() {
		if n := s.repetitions(o); n != o.repetitions && slices.Contains(o.stages, s.name) {
			fmt.Fprintf(w, "stage %s: %d repetitions in place of %d: each of two orders comes as often as the other\n", s.name, n, o.repetitions)
		}
	}
}

// printPlan tells what there is to do and how long it takes on a machine that does nothing else.
func printPlan(w io.Writer, all []unit) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "STAGE\tTRIALS\tABOUT\tWHAT")
	var sum time.Duration
	for _, s := range stages() {
		n, takes := 0, time.Duration(0)
		for _, u := range all {
			if u.stage == s.name {
				n, takes = n+1, takes+u.takes
			}
		}
		if n > 0 {
			fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", s.name, n, hours(takes), s.about)
		}
		sum += takes
	}
	fmt.Fprintf(t, "all\t%d\t%s\t\n", len(all), hours(sum))
	return t.Flush()
}

func hours(d time.Duration) string {
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}
