package flink

import (
	"slices"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
)

// site is one whose commands are the arguments, behind the class path.
func site(heap int64) engines.Site {
	ports := map[string]int{}
	return engines.Site{
		Plan: engines.Plan{Parallelism: 4, Partitions: 2}, Home: "/home", Heap: heap,
		Jars: []string{"/lib/flink-1.jar", "/lib/joblib-1.jar", "/lib/flink-core-2.3.0.jar", "/lib/flink-connector-kafka-5.0.0-2.2.jar",
			"/lib/flink-connector-base-2.3.0.jar", "/lib/kafka-clients-4.2.0.jar"},
		Port: func(name string) int {
			if _, ok := ports[name]; !ok {
				ports[name] = 1000 + len(ports)
			}
			return ports[name]
		},
		Command: func(p engines.Program) []string { return append([]string{strings.Join(p.ClassPath, ":")}, p.Args...) },
	}
}

func TestClusterHasAllJarsButTheJob(t *testing.T) {
	c, err := Cluster(site(1 << 30))
	if err != nil {
		t.Fatal(err)
	}
	want := "/home/log:/lib/flink-core-2.3.0.jar:/lib/flink-connector-kafka-5.0.0-2.2.jar:/lib/flink-connector-base-2.3.0.jar:/lib/kafka-clients-4.2.0.jar"
	for _, d := range c.Daemons {
		if d.Command[0] != want || !slices.Contains(d.Command, "/home/"+d.Role) {
			t.Errorf("%s is started with %q; want the class path %s and its folder", d.Role, d.Command, want)
		}
		if s := c.Files[d.Role+"/config.yaml"]; !strings.Contains(s, "classloader.parent-first-patterns.additional: org.apache.kafka.\n") {
			t.Errorf("%s takes a job's own client of Kafka; its settings:\n%s", d.Role, s)
		}
	}
}

func TestClusterSizesItsTaskManager(t *testing.T) {
	c, err := Cluster(site(1 << 30))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Files["taskmanager/config.yaml"]
	for _, line := range []string{"taskmanager.numberOfTaskSlots: 2\n", "taskmanager.memory.task.heap.size: 960 mb\n",
		"taskmanager.memory.framework.heap.size: 64 mb\n", "taskmanager.bind-host: 127.0.0.1\n", "taskmanager.rpc.port: 0\n", "taskmanager.data.port: 0\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("the task manager's settings lack %q:\n%s", line, got)
		}
	}
	if _, err := Cluster(site(100 << 20)); err == nil || !strings.Contains(err.Error(), "a heap of 100 MiB") {
		t.Errorf("Cluster with 100 MiB = %v; want that it is too small", err)
	}
}

func TestClusterTellsTheAddressThatItsDescriptorNames(t *testing.T) {
	c, err := Cluster(site(1 << 30))
	if err != nil {
		t.Fatal(err)
	}
	for name := range Descriptor().Addresses {
		if c.Addresses[name] == "" {
			t.Errorf("the cluster has no address %q", name)
		}
	}
}
