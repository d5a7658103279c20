package stormcluster_test

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/internal/stormcluster"
)

// site is one with jars of Storm's, of ours and of Kafka's.
func site(incarnation int) engines.Site {
	ports := map[string]int{}
	return engines.Site{
		Plan: engines.Plan{Incarnation: incarnation}, Home: "/home/c", Heap: 1 << 30, Java: "/opt/java/bin/java",
		Jars: []string{"/l/storm-1.jar", "/l/joblib-1.jar", "/l/kafka-clients-4.1.0.jar", "/l/storm-client-2.8.3.jar", "/l/kryo-5.6.2.jar"},
		Port: func(name string) int {
			if ports[name] == 0 {
				ports[name] = 5000 + len(ports)
			}
			return ports[name]
		},
		Command: func(p engines.Program) []string { return append(append([]string{"java"}, p.Flags...), p.Main) },
		Flags:   func(int64) []string { return []string{"-Xmx1024m", "-XX:+UseG1GC"} },
	}
}

func describe(t *testing.T, incarnation int) (engines.Cluster, map[string]any) {
	t.Helper()
	c, err := stormcluster.Describe(site(incarnation))
	if err != nil {
		t.Fatal(err)
	}
	var conf map[string]any
	if err := json.Unmarshal([]byte(c.Files["conf/storm.yaml"]), &conf); err != nil {
		t.Fatal(err)
	}
	return c, conf
}

func TestClientAndDaemonsMeet(t *testing.T) {
	c, conf := describe(t, 1)
	var roles, ready []string
	for _, d := range c.Daemons {
		roles, ready = append(roles, d.Role), append(ready, d.Ready.Address)
		if !strings.HasPrefix(d.Ready.Address, "127.0.0.1:") {
			t.Errorf("%s is looked for at %s; want a loopback address", d.Role, d.Ready.Address)
		}
	}
	if diff := cmp.Diff([]string{"zookeeper", "nimbus", "supervisor"}, roles); diff != "" {
		t.Errorf("daemons (-want +got):\n%s", diff)
	}
	if c.Addresses["nimbus"] != ready[1] {
		t.Errorf("the client is sent to %s, nimbus is at %s", c.Addresses["nimbus"], ready[1])
	}
	for key, role := range map[string]int{"storm.zookeeper.port": 0, "nimbus.thrift.port": 1, "supervisor.thrift.port": 2} {
		if _, port, _ := strings.Cut(ready[role], ":"); json.Number(port).String() != jsonText(conf[key]) {
			t.Errorf("%s = %v, want %s", key, conf[key], port)
		}
	}
	if diff := cmp.Diff([]string{"JAVA_HOME=/opt/java"}, c.Daemons[2].Env); diff != "" {
		t.Errorf("environment of the supervisor (-want +got):\n%s", diff)
	}
	if got := conf["supervisor.worker.start.timeout.secs"]; got != 120.0 {
		t.Errorf("a worker is waited for %v s without a deadline; want Storm's own 120", got)
	}
	if conf["worker.childopts"] != "-Xmx1024m -XX:+UseG1GC" {
		t.Errorf("worker.childopts = %v, want the flags of every engine", conf["worker.childopts"])
	}
}

func jsonText(v any) string {
	b, _ := json.Marshal(v) // a number
	return string(b)
}

func TestWorkersHaveStormAloneUntilATopologyComes(t *testing.T) {
	c, _ := describe(t, 1)
	if diff := cmp.Diff([]string{"/l/storm-client-2.8.3.jar", "/l/kryo-5.6.2.jar"}, c.Links["lib-worker"]); diff != "" {
		t.Errorf("jars of workers (-want +got):\n%s", diff)
	}
}

// A worker's log is found where the settings send it.
func TestLogsOfWorkersAreFound(t *testing.T) {
	c, conf := describe(t, 1)
	file := strings.NewReplacer("${sys:workers.artifacts}", "logs/workers-artifacts", "${sys:storm.id}", "sg-1-1700000000", "${sys:worker.port}", "6700",
		"${sys:logfile.name}", "worker.log").Replace(between(c.Files["log4j2/worker.xml"], `fileName="`, `"`))
	if ok, err := path.Match(c.Logs[0], file); !ok || err != nil || conf["storm.log.dir"] != "/home/c/logs" {
		t.Errorf("%q is looked for, below %v; a worker writes to %q", c.Logs, conf["storm.log.dir"], file)
	}
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

func TestOnlyTridentsIdsOutliveAStart(t *testing.T) {
	c1, first := describe(t, 1)
	c2, second := describe(t, 2)
	for _, key := range []string{"storm.zookeeper.root", "storm.local.dir"} {
		if first[key] == second[key] {
			t.Errorf("%s = %v in both starts: nimbus would bring back the topology of the first", key, first[key])
		}
	}
	if c1.Files["conf/zoo.cfg"] != c2.Files["conf/zoo.cfg"] || !strings.Contains(c1.Files["conf/zoo.cfg"], "dataDir="+filepath.Join("/home/c", "zookeeper")) {
		t.Errorf("ZooKeeper's data stand elsewhere in the second start:\n%s", c2.Files["conf/zoo.cfg"])
	}
}

// ZooKeeper takes the bytes of its settings for Latin 1: its data would lie in a folder that nobody removes.
func TestZooKeeperFindsAFolderInAnyLanguage(t *testing.T) {
	s := site(1)
	s.Home = "/läufe 𝄞"
	c, err := stormcluster.Describe(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `dataDir=/l\u00e4ufe \ud834\udd1e/zookeeper` + "\n"; !strings.Contains(c.Files["conf/zoo.cfg"], want) {
		t.Errorf("zoo.cfg = %q, want %q in it", c.Files["conf/zoo.cfg"], want)
	}
}

// Five stages of ten partitions are 60 tasks of Trident, beside the daemons; ZooKeeper's own limit for one address is 60.
func TestZooKeeperTakesAsManyTasksAsThereAre(t *testing.T) {
	c, _ := describe(t, 1)
	if !strings.Contains(c.Files["conf/zoo.cfg"], "\nmaxClientCnxns=0\n") {
		t.Errorf("ZooKeeper has a limit of connections:\n%s", c.Files["conf/zoo.cfg"])
	}
}
