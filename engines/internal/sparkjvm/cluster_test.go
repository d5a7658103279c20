package sparkjvm

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
)

// site is one whose ports begin at 1 and whose commands are the program's arguments.
func site() engines.Site {
	ports := map[string]int{}
	return engines.Site{
		Home: "/home of/c", Heap: 3 << 29,
		Jars: []string{"/lib/spark-1.jar", "/lib/spark-core_2.13-4.2.0.jar", "/lib/kafka-clients-3.9.2.jar"},
		Port: func(name string) int {
			if ports[name] == 0 {
				ports[name] = len(ports) + 1
			}
			return ports[name]
		},
		Command: func(p engines.Program) []string { return append([]string{p.Main}, p.Args...) },
		Flags:   func(int64) []string { return []string{"-Xmx1536m", "-Djava.io.tmpdir=/home of/tmp"} },
	}
}

func TestTheWorkerServesTheMasterWithItsSlots(t *testing.T) {
	c, err := Cluster(site(), 10, "spark-[0-9].jar", "kafka-clients-*.jar")
	if err != nil {
		t.Fatal(err)
	}
	worker := c.Daemons[1].Command
	if i := slices.Index(worker, "--cores"); worker[i+1] != "10" {
		t.Errorf("the worker is started with %q; want --cores 10", worker)
	}
	if last := worker[len(worker)-1]; last != c.Addresses[Master] {
		t.Errorf("the worker asks %q for work; want %q", last, c.Addresses[Master])
	}
	if diff := cmp.Diff([]string{"/lib/spark-core_2.13-4.2.0.jar"}, c.Links["spark/jars"]); diff != "" {
		t.Errorf("Spark's folder of jars (-want +got):\n%s", diff)
	}
}

func TestExecutorsGetTheHeapAsAPropertyAndNotAsAFlag(t *testing.T) {
	c, err := Cluster(site(), 2)
	if err != nil {
		t.Fatal(err)
	}
	conf := c.Files["spark-defaults.conf"]
	if strings.Contains(conf, "-Xmx") || !strings.Contains(conf, "spark.executor.memory 1536m\n") {
		t.Errorf("spark-defaults.conf = %q; want spark.executor.memory 1536m and no -Xmx", conf)
	}
	if !strings.Contains(conf, `"-Djava.io.tmpdir=/home of/tmp"`) {
		t.Errorf("spark-defaults.conf = %q; want flags with spaces in quotes", conf)
	}
}
