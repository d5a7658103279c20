package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

func jvmEngine(name string, absent ...string) engine {
	e := engine{Name: name, Guarantees: []string{"at-least-once"}, Operators: map[string]string{}}
	e.JVM = &struct {
		Module string `json:"module"`
		Main   string `json:"main"`
	}{name, "io.streamgauge." + name + ".Main"}
	for _, op := range absent {
		e.Operators[op] = "absent"
	}
	return e
}

func TestUnitsAreTheSameInEveryCall(t *testing.T) {
	o := options{scenarios: "s", stages: stageNames(), repetitions: 2}
	engines := []engine{{Name: floor}, {Name: "tuple", Guarantees: []string{"at-least-once", "exactly-once"}}, jvmEngine("storm"), jvmEngine("mini", "window")}
	first, err := units(o, engines)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := units(o, engines)
	names := map[string]bool{}
	order := map[int][]string{}
	for i, u := range first {
		if again[i].name() != u.name() || names[u.name()] {
			t.Errorf("unit %d is %s and %s, or there twice", i, u.name(), again[i].name())
		}
		names[u.name()] = true
		if u.stage == "response" {
			order[u.repetition] = append(order[u.repetition], u.job+u.load+u.engine)
		}
		if u.engine == "mini" && u.job == "alert" {
			t.Errorf("%s: the engine has no windows", u.name())
		}
		if (u.stage == "copy") == (len(u.args) > 0) || u.stage == "copy" && (u.engine == floor || u.engine == "tuple") {
			t.Errorf("%s: args %q", u.name(), u.args)
		}
	}
	if sums := jvmEngine("sums", "encode"); sums.does("identity") || sums.does("alert") {
		t.Error("an engine that gives no events back is to do identity or alert")
	}
	if slices.Equal(order[1], order[2]) {
		t.Errorf("both repetitions have the order %v", order[1])
	}
	if !names["interval/alert-1s-tuple-2"] || !names["drain/identity-1000000-null-1"] || !names["copy/identity-1000000-storm-1"] {
		t.Errorf("units: %v", sorted(names))
	}
	if _, err := units(options{stages: []string{"speed"}}, engines); err == nil || !strings.Contains(err.Error(), `no stage "speed"`) {
		t.Errorf("an unknown stage: %v", err)
	}
}

// A pair has identity first or last: over an odd number of pairs one of them would have the warmer broker more often.
func TestCopiesAreRepeatedEvenly(t *testing.T) {
	for asked, want := range map[int]int{1: 2, 2: 2, 3: 4, 4: 4} {
		o := options{scenarios: "s", stages: []string{"drain", "copy"}, repetitions: asked}
		all, err := units(o, []engine{jvmEngine("storm")})
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, u := range all {
			count[u.stage+u.job]++
		}
		if count["copyidentity"] != want || count["drainidentity"] != asked {
			t.Errorf("%d repetitions are %v, want %d pairs", asked, count, want)
		}
		var said strings.Builder
		sayRounded(&said, o)
		if got := said.String(); (got == "") != (asked == want) || strings.Contains(got, "drain") {
			t.Errorf("%d repetitions: said %q", asked, got)
		}
	}
}

func TestAKillAndAGuaranteeAreForTheEngine(t *testing.T) {
	o := options{scenarios: "s"}
	u := unitsOf(o, stages()[3], engine{Name: "tuple"}, 1)[0]
	if !slices.Contains(u.args, `faults=[{at: 45s, engine: "tuple", do: kill, for: 1s}]`) || !slices.Contains(u.args, "--no-floor") {
		t.Errorf("args %q", u.args)
	}
	u = unitsOf(o, stages()[2], engine{Name: "b", Model: "micro-batch", Guarantees: []string{"at-least-once", "exactly-once"}}, 1)[1]
	if !slices.Contains(u.args, "engines.b.batch_interval=1s") || !slices.Contains(u.args, "guarantee=exactly-once") {
		t.Errorf("args %q", u.args)
	}
}

// Answers that have another's identity, or one twice in the place of another, do not pass as a copy of the input.
func TestDigestOfIdentities(t *testing.T) {
	value := []byte("v")
	sum := func(ids ...int64) (d uint64) {
		for _, i := range ids {
			d += identity(input("t", i, value, 1))
		}
		return d
	}
	if sum(1, 2, 3) != sum(3, 1, 2) || sum(1, 2, 3) == sum(1, 2, 2) || sum(devices) == sum(0) {
		t.Error("the digest depends on the order, or not on the identities")
	}
	answer := input("t", 1, value, 1)
	stamp, err := event.ParseStamp(answer.Headers[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	answer.Headers = []kgo.RecordHeader{{Key: event.HeaderOutput, Value: event.AppendOutput(nil, event.EventOutput(stamp))}}
	if identity(answer) != sum(1) {
		t.Error("an answer has not the identity of the event that it answers")
	}
	other := input("t", 1, value, 1)
	other.Key = []byte("device-9")
	if identity(other) == sum(1) || identity(&kgo.Record{Value: value}) != 0 {
		t.Error("the digest does not depend on the key, or a record without headers has one")
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.012345: "0.0123", 1.2345: "1.23", 12.345: "12.3", 123.45: "123", 1234.5: "1,235", 1234567: "1,234,567", -0.5: "-0.500", -2500: "-2,500"} {
		if got := digits(v); got != want {
			t.Errorf("digits(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestFigureTellsOfTrialsWithoutIt(t *testing.T) {
	through := int64(3e9)
	var all []*result.Trial
	for _, r := range []result.Recovery{{AtWork: true}, {Through: &through}, {AtWork: true, Through: &through}} {
		all = append(all, &result.Trial{Lifecycle: result.Lifecycle{Recoveries: []result.Recovery{r}}})
	}
	if got := of(all, recovery).scaled(1e9, "s").String(); got != "3.00 s, none in 2 of 3" {
		t.Errorf("recovery of one that never recovered, of one that was hit before it worked, and of one that did = %q", got)
	}
	all[0].Quality, all[0].Badges = result.Degraded, []string{"steady"}
	if got := quality(all); got != "degraded: steady" {
		t.Errorf("quality of a degraded trial and a clean one = %q", got)
	}
}

// Nothing is clean that nobody measured, and a trial with a kill is not hidden behind those without.
func TestQualityOfALifeIsThatOfItsTrials(t *testing.T) {
	killed := result.Trial{Valid: true, Quality: result.Degraded, Badges: []string{"shared-cores", "faults-injected"}, Verdict: result.Verdict{Correct: true, Text: "correct"}}
	r := &report{engines: []engine{jvmEngine("storm")}, all: []measured{
		{unit{stage: "recovery", job: "alert", engine: "storm"}, outcome{Run: &result.Run{Trials: []result.Trial{killed}}}}}}
	r.life()
	if want := "| `storm` | 1 | correct | degraded: faults-injected, shared-cores |"; !strings.Contains(r.String(), want) {
		t.Errorf("the table lacks %q:\n%s", want, r.String())
	}
	if got := quality(nil); got != "–" {
		t.Errorf("quality of no trial = %q", got)
	}
}

// Who reads a table sees which engines do an operator of its job by other means than their own, and why.
func TestAdaptedEnginesAreMarked(t *testing.T) {
	r := &report{engines: []engine{{Name: floor}, jvmEngine("storm")}}
	for _, name := range []string{floor, "storm"} {
		trial := result.Trial{Instance: name, Valid: true, Guarantee: "at-least-once", WaitsFor: "nothing", Verdict: result.Verdict{Text: "correct"}}
		if name == "storm" {
			trial.Adapted = []result.Adaptation{{Operator: "window", Reason: "it has another clock"}}
		}
		r.all = append(r.all, measured{unit{stage: "interval", job: "alert", load: "1s", engine: name, guarantee: "at-least-once"},
			outcome{Run: &result.Run{Trials: []result.Trial{trial}}}})
	}
	got := table(r.all, r.engines, options{})
	for _, want := range []string{"| `null`, nothing |", "| `storm`‡, nothing |", "‡ storm: window is adapted to what the engine has: it has another clock.\n"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, got)
		}
	}
}

func TestFigureIsTheMedianWithItsRange(t *testing.T) {
	for want, values := range map[string][]float64{"–": nil, "2.00 ms": {2}, "2.00 (1.00–9.00) ms": {1, 2, 9}, "3.00 (1.00–9.00) ms": {1, 2, 4, 9}} {
		if got := (figure{values: values, scale: 1, unit: "ms"}).String(); got != want {
			t.Errorf("figure %v = %s, want %s", values, got, want)
		}
	}
}

// There is no winner where ranges overlap, nor for who was wrong, doubled, is the floor, or was tried once.
func TestPlaces(t *testing.T) {
	right := result.Trial{Verdict: result.Verdict{Correct: true}}
	doubled := result.Trial{Verdict: result.Verdict{Correct: true, Duplicate: 1}}
	g := grid{head: []string{"p99"}, by: 1}
	add := func(name string, trial result.Trial, values ...float64) {
		g.add(name, "", slices.Repeat([]*result.Trial{&trial}, len(values)), figure{values: values})
	}
	add(floor, right, 1, 1)
	add("slow", right, 30, 31, 32)
	add("fast", right, 2, 3, 4)
	add("near", right, 4, 5, 6)
	add("doubled", doubled, 1, 2)
	add("wrong", result.Trial{}, 1, 2)
	add("once", right, 1)
	add("unjudged", result.Trial{Verdict: result.Verdict{Correct: true, Unjudged: 1}}, 1, 2)
	add("beyond", right, 1, 2)
	g.rows[len(g.rows)-1].figures[0].missing = 1
	if diff := cmp.Diff([]string{"", "3", "1", "1", "", "", "", "", ""}, g.places()); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	g.high = true
	if diff := cmp.Diff([]string{"", "1", "2", "2", "", "", "", "", ""}, g.places()); diff != "" {
		t.Errorf("places, more is better (-want +got):\n%s", diff)
	}
}

// Two whose ranges overlap never have different places, whoever stands between them.
func TestAWideRangeSharesThePlaceOfAllThatItReaches(t *testing.T) {
	right := result.Trial{Verdict: result.Verdict{Correct: true}}
	g := grid{head: []string{"p99"}, by: 1}
	for _, values := range [][]float64{{1, 2, 10}, {3, 3.5, 4}, {5, 5.5, 6}, {11, 12, 13}} {
		g.add("x", "", slices.Repeat([]*result.Trial{&right}, len(values)), figure{values: values})
	}
	if diff := cmp.Diff([]string{"1", "1", "1", "4"}, g.places()); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// The two guarantees are never in one order, and the floor is in none, whatever stands behind its name.
func TestWhatWaitingCostsIsOrderedWithinAGuarantee(t *testing.T) {
	r := &report{engines: []engine{{Name: floor}, {Name: "tuple"}, jvmEngine("storm")}}
	for _, c := range []struct {
		engine, guarantee string
		p50               int64
	}{{floor, "exactly-once", 1e6}, {"tuple", "exactly-once", 300e6}, {"storm", "at-least-once", 20e6}} {
		trial := result.Trial{Valid: true, Guarantee: c.guarantee, WaitsFor: "a timer", Verdict: result.Verdict{Correct: true, Text: "correct"},
			Latency: map[string]*result.Latency{"response": {P50: &c.p50}}}
		u := unit{stage: "interval", job: "alert", load: "1s", engine: c.engine, guarantee: c.guarantee}
		for range 2 {
			r.all = append(r.all, measured{u, outcome{Run: &result.Run{Trials: []result.Trial{trial}}}})
		}
	}
	r.interval("1s")
	for _, want := range []string{"exactly once, an interval of 1s", "at least once, an interval of 1s", "| `null`, a timer | 2 | correct | clean |  |",
		"| `tuple`, a timer | 2 | correct | clean | 1 |", "| `storm`, a timer | 2 | correct | clean | 1 |"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, r.String())
		}
	}
}

// The other tables are of runs, which keep such flags from engines, and the conditions above all of them are told once.
func TestPairsGetNoFlagsFromTheEnvironment(t *testing.T) {
	got := child("copy", []string{"java", "-cp", "x"}, "log.txt")
	if diff := cmp.Diff([]string{"-cp", "x"}, got.Args); diff != "" || got.Path != "java" || !got.Stdin || got.LogFile != "log.txt" {
		t.Errorf("child = %+v, want the command, with a standard input and a log", got)
	}
	for _, name := range []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"} {
		if !slices.Contains(got.Unset, name) {
			t.Errorf("a pair gets %s of the environment", name)
		}
	}
}

func TestCopyJobTakesTheEnginesPlace(t *testing.T) {
	modules := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(modules, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a/target/test-classes/io/a/CopyJob.class", "")
	write("a/src/test/java/io/a/CopyJob.java", "Contract.main(args, new CopyJob());")
	write("b/target/test-classes/io/b/CopyJob.class", "")
	write("b/src/test/java/io/b/CopyJob.java", "args[3]")
	write("d/target/test-classes/io/d/CopyJob.class", "")
	write("d/src/test/java/io/d/CopyJob.java", `args[4].equals("whole")`)
	command := func(module string) []string {
		return []string{"java", "-Xmx1g", "-cp", "x.jar", "io." + module + ".Main"}
	}
	for module, want := range map[string]copyJob{"a": {plan: true}, "b": {}, "d": {whole: true}} {
		want.command = []string{"java", "-Xmx1g", "-cp", filepath.Join(modules, module, "target/test-classes") + ":x.jar", "io." + module + ".CopyJob"}
		got, err := findCopyJob(command(module), modules)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(copyJob{})); err != nil || diff != "" {
			t.Errorf("findCopyJob = %v (-want +got):\n%s", err, diff)
		}
	}
	if _, err := findCopyJob(command("c"), modules); err == nil || !strings.Contains(err.Error(), "test-compile") {
		t.Errorf("without a class: %v", err)
	}
}

// What is kept is not measured again, what failed is, and the tables hold both.
func TestResultsAreKeptAndTold(t *testing.T) {
	o := options{dir: t.TempDir(), scenarios: "s", stages: []string{"drain", "copy"}, repetitions: 2}
	engines := []engine{jvmEngine("storm")}
	all, err := units(o, engines)
	if err != nil {
		t.Fatal(err)
	}
	rate := 50_000.0
	for i := range all {
		u := &all[i]
		out := outcome{Pair: &pair{Identity: copied{Records: 100, First: 0, Last: 2e9, CPUSeconds: 4, StartCPU: 1}, Copy: copied{Records: 100, First: 1e9, Last: 2e9, CPUSeconds: 4, StartCPU: 2}}}
		if u.repetition == 2 {
			out.Pair.Whole = &copied{Records: 100, First: 0, Last: 2e9, CPUSeconds: 3}
		}
		switch {
		case u.stage == "drain" && u.job == "alert":
			out = outcome{Failed: "no memory"}
		case u.stage == "drain":
			out = outcome{Run: &result.Run{Started: time.Unix(0, 0), Trials: []result.Trial{{Valid: true, Verdict: result.Verdict{Correct: true, Text: "correct"},
				Resources: result.Resources{CPUSeconds: 20}, Backlog: &result.Backlog{Events: 1_000_000, Rate: &rate, TotalRate: 40_000}}}}}
		}
		if err := keep(o, u, out); err != nil {
			t.Fatal(err)
		}
		if done(o, u) == (out.Failed != "") {
			t.Errorf("%s: done = %t", u.name(), done(o, u))
		}
	}
	found, err := load(o, all)
	if err != nil {
		t.Fatal(err)
	}
	o.document = filepath.Join(o.dir, "doc.md")
	if err := os.WriteFile(o.document, []byte("head\n"+begin+"\nold\n"+end+"\ntail\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(o, table(found, engines, o), nil); err != nil {
		t.Fatal(err)
	}
	doc, _ := os.ReadFile(o.document)
	for _, want := range []string{"head\n" + begin, end + "\ntail\n", "| `storm` | 2 | correct | clean | 1 | 50,000 (50,000–50,000) | 40,000 (40,000–40,000) | 20.0 (20.0–20.0) |",
		"| `storm` | 2 | 50.0 (50.0–50.0) | 100 (100–100) | 0.500 (0.500–0.500) | 3.00 (3.00–3.00) | 2.00 (2.00–2.00) | 1.50 (1.50–1.50) | **no** |",
		"| `storm`, whole | 1 | 50.0 | 50.0 | 1.00 | 3.00 | 3.00 | 1.00 | yes |",
		"- drain/alert-1000000-storm-1: no memory"} {
		if !bytes.Contains(doc, []byte(want)) {
			t.Errorf("the document lacks %q:\n%s", want, doc)
		}
	}
	if bytes.Contains(doc, []byte("old")) {
		t.Error("the old tables are still there")
	}
}

func TestPressureIsThatOfTrialsInTheTables(t *testing.T) {
	run := func(valid bool, share float64) measured {
		return measured{outcome: outcome{Run: &result.Run{Trials: []result.Trial{{Valid: valid}},
			Checks: []result.Check{{ID: "cpu_pressure", State: result.OK, Value: share}}}}}
	}
	r := &report{all: []measured{run(true, 0.12), run(false, 0.93), run(true, 0.4)}}
	if got, want := r.pressure(), "12 % to 40 %"; got != want {
		t.Errorf("pressure = %q, want %q", got, want)
	}
}

func TestTheDriversLatenessStandsBesideTheP99(t *testing.T) {
	run := func(late float64) *result.Run {
		p50, p99 := int64(3e6), int64(8e6)
		return &result.Run{Trials: []result.Trial{{ID: "b1-1-storm", Valid: true, Latency: map[string]*result.Latency{"response": {P50: &p50, P99: &p99}}}},
			Checks: []result.Check{{Trial: "b1-2-null", ID: "send_delay_p99", State: result.OK, Value: 9e9}, {Trial: "b1-1-storm", ID: "send_delay_p99",
				State: result.OK, Value: late}}}
	}
	u := unit{stage: "response", job: "alert", load: "1000", engine: "storm"}
	r := &report{engines: []engine{jvmEngine("storm")}, all: []measured{{u, outcome{Run: run(2e6)}}, {u, outcome{Run: run(4e6)}}}}
	r.all[0].Run.Trials[0].Verdict.Text = "correct"
	r.response("alert", "1000")
	if want := "| 8.00 (8.00–8.00) ms | 3.00 (2.00–4.00) ms |"; !strings.Contains(r.String(), want) {
		t.Errorf("the table lacks %q:\n%s", want, r.String())
	}
}
