package main

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/scenarios"
)

// What preflight holds against a broker is what adapters have their producers ask for.
func TestTransactionTimeoutsAreThoseOfTheAdapters(t *testing.T) {
	const (
		flink   = "flink/src/main/java/io/streamgauge/flink/Options.java"
		spark   = "spark/src/main/java/io/streamgauge/spark/Settings.java"
		trident = "trident/src/main/java/io/streamgauge/trident/LargeMessages.java"
		plan    = "joblib/src/main/java/io/streamgauge/joblib/contract/Plan.java"
		all     = "Math.max(10_000, 3 * Math.max(commitIntervalMillis(), batchIntervalMillis()))"
	)
	scans := job.Job{Stages: []job.Stage{{Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	for _, c := range []struct {
		engine, file, says string
		plan               engines.Plan
		want               time.Duration
	}{
		{"flink", flink, "TRANSACTION_TIMEOUT = 900_000;", engines.Plan{}, 900 * time.Second},
		{"flink-minibatch", flink, "TRANSACTION_TIMEOUT = 900_000;", engines.Plan{}, 900 * time.Second},
		{"spark", spark, " TRANSACTION_MILLIS = 60_000;", engines.Plan{}, time.Minute},
		{"spark", spark, "LARGE_TRANSACTION_MILLIS = 600_000;", engines.Plan{Job: scans}, 10 * time.Minute},
		{"trident", trident, "TRANSACTION_MILLIS = 600_000;", engines.Plan{Job: scans}, 10 * time.Minute},
		{"trident", plan, all, engines.Plan{BatchIntervalMS: 4000}, 12 * time.Second},
		{"kstreams", plan, all, engines.Plan{CommitIntervalMS: 100}, 10 * time.Second},
	} {
		source, err := fs.ReadFile(engines.Sources, c.file)
		if err != nil || !strings.Contains(string(source), c.says) {
			t.Errorf("%s: %s does not say %q: %v", c.engine, c.file, c.says, err)
		}
		if got := parts().descriptors()[c.engine].TransactionTimeout(c.plan); got != c.want {
			t.Errorf("%s: transactions of %v, want %v", c.engine, got, c.want)
		}
	}
	for name, d := range parts().descriptors() {
		if got := d.TransactionTimeout != nil; got != slices.Contains(d.Guarantees, engines.ExactlyOnce) {
			t.Errorf("%s: a timeout of transactions %t, guarantees %v", name, got, d.Guarantees)
		}
	}
}

// Which engines' heaps are refused because one as large ran out is in the manual.
func TestHeapsThatRanOutAreTold(t *testing.T) {
	text, err := os.ReadFile("../../docs/large.md")
	if err != nil {
		t.Fatal(err)
	}
	_, row, _ := strings.Cut(string(text), "| heap of a JVM engine |")
	row, _, _ = strings.Cut(row, ": below 9, since")
	for name, e := range parts().jvms {
		if told := strings.Contains(row, "`"+name+"`"); told != (e.Java.Failed > 0) || told && e.Java.Failed != 9 {
			t.Errorf("%s ran out with %d copies of the largest record; told of it below 9: %t", name, e.Java.Failed, told)
		}
	}
}

// What an engine says of itself is held against its sources: a class or lock that is not there would be noticed by a user.
func TestJVMEnginesHaveWhatTheyName(t *testing.T) {
	for name, e := range parts().jvms {
		j := e.Java
		for _, file := range []string{
			path.Join(j.Module, "pom.xml"),
			path.Join(j.Module, "lock.txt"),
			path.Join(j.Module, "src/main/java", strings.ReplaceAll(j.Main, ".", "/")+".java"),
		} {
			if _, err := fs.Stat(engines.Sources, file); err != nil {
				t.Errorf("%s: %v: sources.go embeds it, scripts/lock-engines makes lock.txt", name, err)
			}
		}
		lock, err := fs.ReadFile(engines.Sources, path.Join(j.Module, "lock.txt"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(lock)) {
			if sum, file, ok := strings.Cut(strings.TrimSpace(line), "  "); !ok || len(sum) != 64 || file == "" {
				t.Errorf("%s: lock.txt has the line %q", name, line)
			}
		}
		if a := j.Archive; a != nil && !strings.Contains(string(lock), "  "+a.File+"\n") {
			t.Errorf("%s: lock.txt has no line for %s", name, a.File)
		}
		if j.Heap < 256<<20 || e.Descriptor.Java < 17 || (j.Newest > 0 && j.Newest < e.Descriptor.Java) {
			t.Errorf("%s: heap %d, Java %d to %d", name, j.Heap, e.Descriptor.Java, j.Newest)
		}
	}
}

func TestDescriptorsAreWhole(t *testing.T) {
	for name, d := range parts().descriptors() {
		if d.Name != name || d.Version == "" || d.Summary == "" || d.Visible == "" || len(d.Guarantees) == 0 || len(d.Deployments) == 0 {
			t.Errorf("%s: %+v", name, d)
		}
		if !slices.Contains([]string{"event at a time", "micro-batch", "copy"}, d.Model) {
			t.Errorf("%s: model %q", name, d.Model)
		}
		for _, g := range []engines.Guarantee{engines.AtLeastOnce, engines.ExactlyOnce} {
			w, offered := d.Waits[g], slices.Contains(d.Guarantees, g)
			if must := offered && (d.Model == "micro-batch" || g == engines.ExactlyOnce); must && w.For == "" {
				t.Errorf("%s: results wait for nothing, %s, in a %s engine", name, g, d.Model)
			}
			if w.For != "" && (!offered || w.Stages != engines.InStep && w.Stages != engines.Independent) {
				t.Errorf("%s: %s waits for %q, guarantee offered: %v", name, g, w, offered)
			}
		}
		for op, fit := range d.Operators {
			if !slices.Contains(job.Operators(), op) {
				t.Errorf("%s: operator %q", name, op)
			}
			if fit != engines.Native && d.Reasons[op] == "" {
				t.Errorf("%s: %s is %s without a reason", name, op, fit)
			}
		}
	}
}

// With a parallelism of 2 some engines do a job of five stages in 2 threads, others in 22.
func TestTaskThreadsAreThoseOfTheWholeJob(t *testing.T) {
	j, err := scenario.ReadJob("alert", scenarios.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"null": 2, "tuple": 2, "microbatch": 10, "kstreams": 2, "flink": 16, "spark": 12, "spark-dstream": 2, "spark-realtime": 16,
		"storm": 22, "trident": 20}
	for name, d := range parts().descriptors() {
		got := 0
		if d.TaskThreads != nil {
			got = d.TaskThreads(engines.Plan{Job: *j, Parallelism: 2, Partitions: 2})
		}
		if got != want[name] {
			t.Errorf("%s: %d task threads, want %d", name, got, want[name])
		}
	}
}

func TestGoEnginesTellTheirKafkaClient(t *testing.T) {
	l, err := parts().launch(t.Context(), engines.Plan{Engine: "tuple"})
	if _, known := debug.ReadBuildInfo(); err != nil || known && l.Facts["kafka.clients"] == nil {
		t.Errorf("facts %v, %v; want the version of franz-go", l.Facts, err)
	}
}

func TestEnginesHaveTheDeploymentsTheySay(t *testing.T) {
	r := parts()
	for name, d := range r.descriptors() {
		if !slices.Contains(d.Deployments, engines.DeployLocal) {
			t.Errorf("%s: deployments %v; everything runs in its own process too", name, d.Deployments)
		}
		cluster, remote := slices.Contains(d.Deployments, engines.DeployCluster), slices.Contains(d.Deployments, engines.DeployRemote)
		if has := r.jvms[name].Cluster != nil; cluster != has {
			t.Errorf("%s: says that it has a cluster: %t; describes one: %t", name, cluster, has)
		}
		if remote != (len(d.Addresses) > 0) {
			t.Errorf("%s: can be remote: %t; is told addresses: %v", name, remote, d.Addresses)
		}
	}
}

func TestFormsAreEncodingsOfIDsOfAnyLength(t *testing.T) {
	r := parts()
	for _, form := range job.Forms() {
		if form == job.CanonicalJSON {
			continue
		}
		f, err := r.format(form)
		if _, bounded := f.(encoding.Bounded); err != nil || bounded {
			t.Errorf("%s: %v, bounded: %t", form, err, bounded)
		}
	}
	for name, want := range map[string][]string{"tuple": job.Forms(), "microbatch": job.Forms(), "flink": engines.JoblibForms(), "null": nil} {
		if got := r.descriptors()[name].Forms; !slices.Equal(got, want) {
			t.Errorf("%s writes %v, want %v", name, got, want)
		}
	}
}

// What the JVM engines are said to write is what joblib's own test writes the vectors of.
func TestJoblibWritesWhatItIsSaidTo(t *testing.T) {
	source, err := os.ReadFile("../../engines/joblib/src/main/java/io/streamgauge/joblib/encoding/Encoders.java")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range engines.JoblibForms() {
		if !strings.Contains(string(source), `"`+form+`"`) {
			t.Errorf("Encoders.java does not know %s", form)
		}
	}
}

// What the JVM engines are said to decode is what joblib's own test decodes the vectors of.
func TestJoblibDecodesWhatItIsSaidTo(t *testing.T) {
	test, err := os.ReadFile("../../engines/joblib/src/test/java/io/streamgauge/joblib/encoding/EncodingsTest.java")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range engines.JoblibEncodings() {
		if name != "json" && !strings.Contains(string(test), `"`+name+`, `) && !strings.Contains(string(test), `"json+`+name+`, `) {
			t.Errorf("EncodingsTest has no vectors of %s", name)
		}
	}
	if got := parts().descriptors()["kstreams"].Encodings; !slices.Equal(got, engines.JoblibEncodings()) {
		t.Errorf("kstreams decodes %v", got)
	}
}

// sourcesOf are the sources of a Maven module, one after the other.
func sourcesOf(t *testing.T, module string) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(engines.Sources, path.Join(module, "src/main/java"), func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".java" {
			return err
		}
		source, err := fs.ReadFile(engines.Sources, file)
		all.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Preflight knows every option by which users set producers: an adapter that takes one more would run into a limit in mid-run.
func TestOptionsForProducersAreThoseOfTheAdapters(t *testing.T) {
	for name, e := range parts().jvms {
		module := e.Java.Module
		if module == "flinkminibatch" { // it has flink's options
			module = "flink"
		}
		sources, at := sourcesOf(t, module), e.Descriptor.Producer.Option
		for _, option := range []string{"producer", "streams"} {
			if takes := strings.Contains(sources, `"`+option+`"`); takes != (at == option) {
				t.Errorf("%s: its sources take an option %s: %t; the descriptor says producers are set by %q", name, option, takes, at)
			}
		}
	}
}

// An adapter's hello names the operators that it does not do natively, as its descriptor does: the two are in two languages.
func TestHellosSayOfOperatorsWhatDescriptorsSay(t *testing.T) {
	fits := regexp.MustCompile(`"(\w+)",\s*"(adapted|absent)"`)
	for name, e := range parts().jvms {
		got := map[string]engines.Fit{}
		for _, m := range fits.FindAllStringSubmatch(sourcesOf(t, e.Java.Module), -1) {
			got[m[1]] = engines.Fit(m[2])
		}
		want := maps.Clone(e.Descriptor.Operators)
		maps.DeleteFunc(want, func(_ string, fit engines.Fit) bool { return fit == engines.Native })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: operators by its descriptor (-) and by the sources of its hello (+):\n%s", name, diff)
		}
	}
	hello, err := fs.ReadFile(engines.Sources, "joblib/src/main/java/io/streamgauge/joblib/contract/Hello.java")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range job.Operators() {
		if !strings.Contains(string(hello), `"`+op+`"`) {
			t.Errorf("Hello.java does not know operator %s", op)
		}
	}
}
