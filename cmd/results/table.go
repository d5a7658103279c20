package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/reports"
)

// report collects tables.
type report struct {
	strings.Builder
	all     []measured
	engines []engine
}

// table writes all tables of what was measured.
func table(all []measured, engines []engine, o options) string {
	r := &report{all: all, engines: engines}
	r.conditions(o)
	for _, job := range jobs() {
		for _, load := range r.loads("response", job) {
			r.response(job, load)
		}
	}
	for _, job := range jobs() {
		r.drain(job)
	}
	for _, load := range r.loads("interval", "alert") {
		r.interval(load)
	}
	r.life()
	r.copies()
	r.failures()
	return r.String()
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// loads lists the loads of a stage and job in the order of their first trials by size.
func (r *report) loads(stage, job string) []string {
	var all []string
	for _, m := range r.all {
		if m.stage == stage && m.job == job && !slices.Contains(all, m.load) {
			all = append(all, m.load)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(a) - len(b) })
	if slices.Contains(all, "1s") { // 200ms comes first
		slices.Reverse(all)
	}
	return all
}

// trials are the valid trials of an engine, and how its verdicts read.
func (r *report) trials(stage, job, load, engine string) (valid []*result.Trial, verdict string) {
	var texts []string
	invalid := 0
	for i := range r.all {
		m := &r.all[i]
		if m.stage != stage || m.job != job || load != "" && m.load != load || m.engine != engine || m.Run == nil {
			continue
		}
		t := &m.Run.Trials[0]
		if text := t.Verdict.Text; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		if !t.Valid {
			invalid++
			continue
		}
		valid = append(valid, t)
	}
	verdict = strings.Join(texts, "; ")
	if invalid > 0 {
		verdict += fmt.Sprintf(" (%d invalid, left out)", invalid)
	}
	return valid, verdict
}

// conditions says where and how, from the trials themselves.
func (r *report) conditions(o options) {
	r.printf("### Conditions\n\n| | |\n|---|---|\n")
	var runs []*result.Run
	for i := range r.all {
		if r.all[i].Run != nil {
			runs = append(runs, r.all[i].Run)
		}
	}
	if len(runs) == 0 {
		r.printf("| trials | none |\n\n")
		return
	}
	first, last := runs[0], runs[0]
	commits := map[string]bool{}
	for _, run := range runs {
		if run.Started.Before(first.Started) {
			first = run
		}
		if run.Started.After(last.Started) {
			last = run
		}
		commits[run.Tool.Commit] = true
	}
	h := first.Host
	r.printf("| taken | %s to %s |\n", first.Started.UTC().Format("2006-01-02 15:04"), last.Ended.UTC().Format("2006-01-02 15:04 MST"))
	r.printf("| commit | %s |\n", strings.Join(sorted(commits), ", "))
	r.printf("| machine | %d cores (%s), %.0f GB, %s, kernel %s |\n", h.Cores, h.CPUModel, float64(h.MemoryBytes)/1e9, h.OS, h.Kernel)
	r.printf("| broker | %s Kafka %s, %d node, %d partitions a topic, on the same cores |\n", first.Broker.Kind, first.Broker.Version, first.Broker.Nodes, partitions)
	r.printf("| stream | recorded room sensors, amplified to 500 devices, values of at least 200 B, one engine at a time |\n")
	r.printf("| engines | parallelism 2, commit interval 100 ms, batch interval 500 ms, at least once, unless a table says otherwise; heap, collector and clients' settings as `engine list --json` and each run's fairness sheet have them |\n")
	r.printf("| CPU pressure | %s of the measure phases of the trials in these tables |\n", r.pressure())
	if o.short {
		r.printf("| **no figures** | taken with -short: nothing here says anything about speed |\n")
	}
	r.printf("\nA figure is the median of the trials that were valid, with the least and the greatest in brackets. `order` is that of the column named: a\n" +
		"new place begins where all ranges from there on lie apart from all before, and within one there is no winner. It is no ranking, which takes clean trials, on four\n" +
		"cores or more, and five of them: of three each, two engines that are equal lie apart by chance one time in ten. An engine whose answers\n" +
		"were wrong, doubled, or not judged whole, has no number, nor has one that lacks the figure in a trial. `null` copies and does nothing\n" +
		"else: the floor.\n\n")
	all := &result.Run{}
	for _, run := range runs {
		all.Trials = append(all.Trials, run.Trials...)
	}
	for _, text := range reports.Adaptations(all) {
		r.printf("%s.\n\n", text)
	}
}

// pressure is the least and the greatest share of time in which some task waited for a core, in valid trials.
func (r *report) pressure() string {
	var all []float64
	for i := range r.all {
		run := r.all[i].Run
		if run == nil || len(run.Trials) == 0 || !run.Trials[0].Valid { // it is in no table
			continue
		}
		for _, c := range run.Checks {
			if c.ID == "cpu_pressure" && c.State != result.NotMeasured {
				all = append(all, 100*c.Value)
			}
		}
	}
	if len(all) == 0 {
		return "not measured: no part"
	}
	return fmt.Sprintf("%.0f %% to %.0f %%", slices.Min(all), slices.Max(all))
}

func (r *report) response(job, load string) {
	r.printf("### Response time: job `%s` at %s events/s\n\n", job, load)
	g := grid{head: []string{"p50", "p99", "of it the driver's lateness (p99)", "p99.9", "CPU s", "peak memory"}, by: 1}
	for _, e := range r.engines {
		valid, verdict := r.trials("response", job, load, e.Name)
		if verdict == "" {
			continue
		}
		g.add(e.Name, verdict, valid,
			of(valid, percentile(0.5)).scaled(1e6, "ms"), of(valid, percentile(0.99)).scaled(1e6, "ms"), of(valid, r.sendDelay).scaled(1e6, "ms"),
			of(valid, percentile(0.999)).scaled(1e6, "ms"), of(valid, cpu), of(valid, memory).scaled(1e6, "MB"))
	}
	g.write(r)
	r.printf("CPU and memory are those of the engine's processes over their whole life: their start, warm-up and drain are in them.\n\n")
}

// sendDelay is the p99 from intended to sent of a trial's measure phase, ns.
func (r *report) sendDelay(t *result.Trial) (float64, bool) {
	for i := range r.all {
		run := r.all[i].Run
		if run == nil || len(run.Trials) == 0 || &run.Trials[0] != t {
			continue
		}
		for _, c := range run.Checks {
			if c.Trial == t.ID && c.ID == "send_delay_p99" && c.State != result.NotMeasured {
				return c.Value, true
			}
		}
	}
	return 0, false
}

func (r *report) drain(job string) {
	g := grid{head: []string{"events/s, first to last answer", "events/s, from the start of the process", "CPU s per million events", "peak memory"}, by: 2, high: true}
	for _, e := range r.engines {
		valid, verdict := r.trials("drain", job, "", e.Name)
		if verdict == "" {
			continue
		}
		g.add(e.Name, verdict, valid, of(valid, drainRate), of(valid, totalRate), of(valid, cpuPerMillion), of(valid, memory).scaled(1e6, "MB"))
	}
	if len(g.rows) > 0 {
		r.printf("### Drain of events that lie ready: job `%s`\n\n", job)
		g.write(r)
		r.printf("From the first answer to the last flatters an engine that answers in batches: the work on its first batch lies before the first answer. So the\n" +
			"order is by the rate from the start of the process, which has the start of the engine in it. CPU is that of the engine's processes over\n" +
			"their whole life, their start included.\n\n")
	}
}

// interval has a table for each guarantee: what waits for commits has no order with what does not.
func (r *report) interval(load string) {
	for _, guarantee := range []string{"at-least-once", "exactly-once"} {
		g := grid{head: []string{"policy floor", "p50", "p50 above the floor", "p99"}, by: 2}
		for _, e := range r.engines {
			valid, verdict := r.trials("interval", "alert", load, e.Name)
			if verdict != "" && r.guarantee(load, e.Name) == guarantee {
				g.waiting(e.Name, verdict, valid)
			}
		}
		if len(g.rows) > 0 {
			r.printf("### What waiting costs: job `alert` at 500 events/s, %s, an interval of %s\n\n", strings.ReplaceAll(guarantee, "-", " "), load)
			g.write(r)
		}
	}
	r.printf("The policy floor is half an interval for each hop where the timers of the stages are independent. Where they go off in step it is\n" +
		"half an interval, and a whole one for each hop behind the first.\n\n")
}

// guarantee is that of an engine in the trials at an interval.
func (r *report) guarantee(load, engine string) string {
	for i := range r.all {
		if m := &r.all[i]; m.stage == "interval" && m.load == load && m.engine == engine {
			return m.unit.guarantee
		}
	}
	return ""
}

// waiting adds what an engine waits for, and how long that takes.
func (g *grid) waiting(name, verdict string, valid []*result.Trial) {
	if len(valid) > 0 {
		name += ", " + cmp.Or(valid[0].WaitsFor, "timers unknown")
	}
	g.add(name, verdict, valid, of(valid, policyFloor).scaled(1e6, "ms"), of(valid, percentile(0.5)).scaled(1e6, "ms"),
		of(valid, aboveFloor).scaled(1e6, "ms"), of(valid, percentile(0.99)).scaled(1e6, "ms"))
}

func (r *report) life() {
	g := grid{head: []string{"start to ready", "stop", "recovery after SIGKILL", "duplicates after it", "peak memory"}}
	for _, e := range r.engines {
		started, _ := r.trials("response", "alert", "", e.Name)
		killed, verdict := r.trials("recovery", "alert", "", e.Name)
		if len(started)+len(killed) == 0 {
			continue
		}
		tried := append(slices.Clone(started), killed...)
		g.add(e.Name, verdict, tried, of(started, ready).scaled(1e9, "s"), of(started, stopped).scaled(1e9, "s"),
			of(killed, recovery).scaled(1e9, "s"), of(killed, duplicates), of(tried, memory).scaled(1e6, "MB"))
	}
	if len(g.rows) > 0 {
		r.printf("### Start, stop and recovery: job `alert`\n\n")
		g.write(r)
		r.printf("Ready is a probe answered on every partition. Recovery is from the SIGKILL, one second of being down included, until all that was due before the\n" +
			"restart is answered, and on every partition something due after it. The verdict is that of the trials with the kill; trials, quality and memory\n" +
			"are those of both, of the trials with the kill and of those of the response times, which start and stop are taken from.\n\n")
	}
}

func (r *report) failures() {
	var lines []string
	for _, m := range r.all {
		if m.Failed != "" {
			lines = append(lines, fmt.Sprintf("- %s: %s", m.name(), strings.ReplaceAll(m.Failed, "\n", " ")))
		}
	}
	if len(lines) > 0 {
		r.printf("### Trials without a result\n\n%s\n\n", strings.Join(lines, "\n"))
	}
}
