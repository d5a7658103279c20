package local

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/jars"
	"github.com/streamgauge/streamgauge/harness/process"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestLockNamesTheJarsOfThePom(t *testing.T) {
	jars := locked()
	if len(jars) != 45 {
		t.Errorf("the lock has %d jars, want 45", len(jars))
	}
	for name, sum := range jars {
		if len(sum) != 64 || !strings.HasSuffix(name, ".jar") {
			t.Errorf("the lock has a line %q %q", sum, name)
		}
	}
	for _, want := range []string{"kafka_2.13-" + Version + ".jar", "log4j-slf4j-impl-2.25.5.jar"} {
		if jars[want] == "" {
			t.Errorf("the lock has no %s", want)
		}
	}
	if !strings.Contains(string(pom), "<version>"+Version+"</version>") {
		t.Errorf("the pom does not ask for %s", Version)
	}
}

func TestVerifyNamesEveryWrongJar(t *testing.T) {
	cache := t.TempDir()
	if err := Verify(cache); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("Verify of an empty cache = %v, want ErrNotInstalled", err)
	}
	write(t, filepath.Join(libDir(cache), "kafka-clients-4.4.0.jar"), "not it")
	write(t, filepath.Join(libDir(cache), "evil.jar"), "x")
	err := Verify(cache)
	for _, want := range []string{"kafka-clients-4.4.0.jar has SHA-256", "evil.jar is not in the lock", "snakeyaml-2.5.jar is missing", "remove that folder"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Verify = %v, want %q in it", err, want)
		}
	}
}

func TestInstallOfflineDownloadsNothing(t *testing.T) {
	err := installJars(t.Context(), t.TempDir(), true, func(s string) { t.Errorf("progress %q", s) })
	if !errors.Is(err, ErrNotInstalled) {
		t.Errorf("installJars offline = %v, want ErrNotInstalled", err)
	}
}

// What is installed is only looked at: a cache that cannot be written holds nobody up, nor does another installation.
func TestInstallWritesNothingWhereAllIsThere(t *testing.T) {
	cache, bin := t.TempDir(), t.TempDir()
	program := filepath.Join(bin, "java")
	write(t, program, "#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	java, err := jars.FindJava(t.Context(), needJava)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(libDir(cache), "evil.jar"), "x")
	write(t, filepath.Join(templateDir(cache), "meta.properties"), "")
	write(t, archive(cache, java), "")
	lock := filepath.Join(home(cache), lockFile)
	if err := Install(t.Context(), cache, false, nil); err == nil || !strings.Contains(err.Error(), "evil.jar is not in the lock") || exists(lock) {
		t.Errorf("Install = %v, locked %t; want the jars checked and nothing locked", err, exists(lock))
	}
}

func TestPlanChoosesPorts(t *testing.T) {
	nodes, err := plan(broker.Spec{Nodes: 3, Dir: "d"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for i, n := range nodes {
		seen[n.port], seen[n.controller] = true, true
		if n.id != i+1 || n.dir != filepath.Join("d", fmt.Sprintf("node-%d", i+1), "data") {
			t.Errorf("node %d = %+v", i, n)
		}
	}
	if len(seen) != 6 || seen[0] {
		t.Errorf("ports %v, want six different ones", seen)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	if _, err := plan(broker.Spec{}, []int{port}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d is in use", port)) {
		t.Errorf("plan with a port in use = %v", err)
	}
	for nodes, ports := range map[int][]int{2: nil, 3: {1}} {
		if _, err := plan(broker.Spec{Nodes: nodes}, ports); err == nil {
			t.Errorf("plan of %d nodes on ports %v succeeded", nodes, ports)
		}
	}
}

func TestProperties(t *testing.T) {
	three := []node{{1, 1001, 2001, "d1"}, {2, 1002, 2002, "d2"}, {3, 1003, 2003, "d3"}}
	for _, c := range []struct {
		name    string
		l       layout
		want    []string
		without []string
	}{
		{"one node", layout{nodes: three[:1]}, []string{
			"node.id=1", "controller.quorum.voters=1@127.0.0.1:2001", "default.replication.factor=1", "min.insync.replicas=1",
			"socket.request.max.bytes=209715200", "auto.create.topics.enable=false", "log.retention.ms=-1", "log.dirs=d1",
			"transaction.max.timeout.ms=2147483647",
			"producer.id.expiration.ms=2147483647",
		}, []string{"num.io.threads", "broker.session.timeout.ms"}},
		{"three nodes with short timeouts", layout{nodes: three, faults: true}, []string{
			"controller.quorum.voters=1@127.0.0.1:2001,2@127.0.0.1:2002,3@127.0.0.1:2003", "default.replication.factor=3", "min.insync.replicas=2",
			"transaction.state.log.min.isr=2", "broker.session.timeout.ms=3000", "replica.lag.time.max.ms=3000",
		}, nil},
		{"large records", layout{nodes: three[:1], maxRecord: 300_000_000}, []string{
			"num.network.threads=2", "num.io.threads=2", fmt.Sprintf("message.max.bytes=%d", broker.BatchBytes(300_000_000)),
			fmt.Sprintf("socket.request.max.bytes=%d", broker.RequestBytes(300_000_000)),
			fmt.Sprintf("replica.fetch.max.bytes=%d", broker.BatchBytes(300_000_000)),
		}, nil},
		{"a folder in any language", layout{nodes: []node{{1, 1001, 2001, "/home/jörg/läufe 𝄞"}}}, []string{`log.dirs=/home/j\u00f6rg/l\u00e4ufe \ud834\udd1e`}, nil},
		{"white space before a value", layout{nodes: []node{{1, 1001, 2001, ` a\b`}}}, []string{`log.dirs=\ a\\b`}, nil},
		{"own properties win", layout{nodes: three[:1], extra: map[string]string{"min.insync.replicas": "7", "x": `a\b` + "\nc"}},
			[]string{"min.insync.replicas=7", `x=a\\b\nc`}, []string{"min.insync.replicas=1"}},
	} {
		lines := strings.Split(c.l.properties(c.l.nodes[0]), "\n")
		for _, w := range c.want {
			if !slices.Contains(lines, w) {
				t.Errorf("%s: no line %q", c.name, w)
			}
		}
		for _, w := range c.without {
			if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, w) }) {
				t.Errorf("%s: a line begins with %q", c.name, w)
			}
		}
	}
}

// What a node writes that is killed, or crashes, goes where the run's files go.
func TestNodesWriteNothingElsewhere(t *testing.T) {
	b := &Broker{spec: broker.Spec{LogDir: "logs"}, cfg: Config{CacheDir: "cache"}}
	flags := b.flags(node{id: 1, dir: filepath.Join("run", "node-1", "data")})
	for _, want := range []string{"-XX:+PerfDisableSharedMem", "-Djava.io.tmpdir=" + filepath.Join("run", "node-1"), "-XX:ErrorFile=" + filepath.Join("logs", "hs_err_%p.log")} {
		if !slices.Contains(flags, want) {
			t.Errorf("flags %q lack %s", flags, want)
		}
	}
}

func TestFormatGivesEachNodeItsOwnIDs(t *testing.T) {
	cache, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(templateDir(cache), "meta.properties"), "#\nversion=1\nnode.id=1\ncluster.id=old\ndirectory.id=old\n")
	write(t, filepath.Join(templateDir(cache), "__cluster_metadata-0", "x.checkpoint"), "bootstrap records")
	metas := map[string]bool{}
	for id := 1; id <= 2; id++ {
		n := node{id: id, dir: filepath.Join(dir, fmt.Sprint(id), "data")}
		if err := format(cache, "theCluster", n); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(n.dir, "meta.properties"))
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if !strings.Contains(text, fmt.Sprintf("node.id=%d\n", id)) || !strings.Contains(text, "cluster.id=theCluster\n") || strings.Contains(text, "old") {
			t.Errorf("meta.properties of node %d is %q", id, text)
		}
		_, rest, _ := strings.Cut(text, "directory.id=")
		metas[strings.TrimSpace(rest)] = true
		if b, err := os.ReadFile(filepath.Join(n.dir, "__cluster_metadata-0", "x.checkpoint")); err != nil || string(b) != "bootstrap records" {
			t.Errorf("the checkpoint is %q, %v", b, err)
		}
	}
	if len(metas) != 2 {
		t.Errorf("directory ids %v, want two", metas)
	}
}

func TestLastComplaint(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	for _, c := range []struct{ log, want string }{
		{"", ""},
		{"x INFO fine\nx WARN so what\n", ""},
		{"x ERROR one\nx ERROR two\njava.lang.Bad: why\n\tat a.b\nCaused by: deeper\n\tat c.d\nx INFO on\n", "x ERROR two (java.lang.Bad: why); Caused by: deeper"},
		{"Error: Could not find or load main class kafka.Kafka\n", "Error: Could not find or load main class kafka.Kafka"},
	} {
		write(t, name, c.log)
		if got := lastComplaint(name); got != c.want {
			t.Errorf("lastComplaint(%q) = %q, want %q", c.log, got, c.want)
		}
	}
}

// A process id may have gone to somebody else since: then nothing is signalled.
func TestStaleStateHarmsNobody(t *testing.T) {
	p, err := process.Start(process.Spec{Role: "bystander", Path: "sleep", Args: []string{"1000"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Kill() }()
	dir := t.TempDir()
	file, data := filepath.Join(dir, "broker.json"), filepath.Join(dir, "data")
	write(t, filepath.Join(data, "x"), "")
	s := State{Bootstrap: []string{"127.0.0.1:1"}, Dir: data, Nodes: []Kept{{PID: p.PID(), Mark: "another boot/17"}, {PID: p.PID()}}}
	if err := WriteState(file, s); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadState(file); err != nil || got.Alive() != 0 {
		t.Errorf("ReadState = %+v, %v, want nobody alive", got, err)
	}
	if err := StopFromState(t.Context(), file); !errors.Is(err, ErrNotRunning) {
		t.Errorf("StopFromState = %v, want ErrNotRunning", err)
	}
	if exists(file) || exists(data) {
		t.Error("what was left of the cluster is still there")
	}
	select {
	case <-p.Done():
		t.Error("the bystander was ended")
	default:
	}
}

// A start that was killed left nodes that nobody keeps, and data where the next one formats its own.
// Keep ends without Java or without Kafka's jars, whichever is missing, after it has made room.
func TestWhatAKilledStartLeftIsEnded(t *testing.T) {
	for name, again := range map[string]func(spec broker.Spec, file string) error{
		"stop": func(_ broker.Spec, file string) error { return StopFromState(t.Context(), file) },
		"start": func(spec broker.Spec, file string) error {
			if _, err := Keep(t.Context(), spec, Config{CacheDir: t.TempDir()}, file); err == nil {
				return errors.New("Keep without Kafka's jars succeeded")
			}
			return nil
		},
	} {
		dir := t.TempDir()
		file, data := filepath.Join(dir, "state.json"), filepath.Join(dir, "data")
		p, err := process.Start(process.Spec{Role: "node", Path: "sleep", Args: []string{"1000"}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(data, "node-1", "data", "meta.properties"), "")
		if err := WriteState(starting(file), State{Dir: data, Nodes: []Kept{{PID: p.PID(), Mark: process.Mark(p.PID())}}}); err != nil {
			t.Fatal(err)
		}
		if err := again(broker.Spec{Dir: data, LogDir: dir}, file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if exists(data) || exists(starting(file)) {
			t.Errorf("%s: data or state of the killed start are still there", name)
		}
		select {
		case <-p.Done():
		case <-time.After(30 * time.Second): // it was ended; only its account may take a moment
			t.Errorf("%s: the node runs on", name)
			_ = p.Kill()
		}
	}
}

// Data without a state, as a full disk or an interrupt at the wrong moment leave it, is in the way of no start.
func TestDataWithoutAStateIsInTheWayOfNobody(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	spec := broker.Spec{Dir: data, LogDir: filepath.Join(dir, "logs")}
	write(t, nodeLog(spec.LogDir, 1), "x ERROR what is long mended\n")
	write(t, filepath.Join(data, "node-1", "data", "meta.properties"), "")
	if err := makeRoom(t.Context(), spec, filepath.Join(dir, "state.json")); err != nil {
		t.Errorf("makeRoom = %v", err)
	}
	if exists(data) || exists(nodeLog(spec.LogDir, 1)) {
		t.Error("data, or a log whose complaints would be taken for new ones, are still there")
	}
	running := filepath.Join(dir, "running.json")
	if err := WriteState(running, State{Dir: data, Nodes: []Kept{{PID: os.Getpid(), Mark: process.Mark(os.Getpid())}}}); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(data, "x"), "")
	if err := makeRoom(t.Context(), spec, running); !errors.Is(err, ErrRunning) || !exists(data) {
		t.Errorf("makeRoom beside a cluster that runs = %v, data there %t; want ErrRunning and all of it", err, exists(data))
	}
}

// What to do about a kept cluster that cannot be used depends on why, and none of this needs it to answer.
func TestAKeptClusterThatIsNoneForARunSaysWhy(t *testing.T) {
	alive, dead := Kept{PID: os.Getpid(), Mark: process.Mark(os.Getpid())}, Kept{PID: os.Getpid(), Mark: "another boot/17"}
	for _, c := range []struct {
		nodes []Kept
		spec  broker.Spec
		want  error
		text  string
	}{
		{nil, broker.Spec{}, ErrNotRunning, ""},
		{[]Kept{dead}, broker.Spec{}, ErrNotRunning, ""},
		{[]Kept{alive, dead, alive}, broker.Spec{Nodes: 3}, broker.ErrDamaged, "2 of 3 nodes run"},
		{[]Kept{alive}, broker.Spec{Nodes: 3}, broker.ErrUnfit, "it has 1 nodes, this run wants 3"},
		{[]Kept{alive, alive, alive}, broker.Spec{}, broker.ErrUnfit, "it has 3 nodes, this run wants 1"},
		{[]Kept{alive}, broker.Spec{MaxRecordBytes: 1001}, broker.ErrUnfit, "up to 1000 bytes, this run's are up to 1001"},
	} {
		_, err := Attach(t.Context(), State{MaxRecordBytes: 1000, Nodes: c.nodes}, c.spec)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("Attach to %d nodes for %+v = %v, want %v, %q", len(c.nodes), c.spec, err, c.want, c.text)
		}
	}
	if err := (State{MaxRecordBytes: 1000, Nodes: []Kept{alive}}).suits(broker.Spec{Nodes: 1, MaxRecordBytes: 1000}); err != nil {
		t.Errorf("suits of a cluster like that of the run = %v, want nil", err)
	}
}
