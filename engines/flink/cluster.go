package flink

import (
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
)

// Sizes in MiB that a task manager needs beside the heap of its tasks. Flink's start scripts work these out; started
// without them, it refuses to run unless every one is given.
const (
	frameworkHeap    = 64
	frameworkOffHeap = 128
	network          = 64
	metaspace        = 256
	overhead         = 192
	clientMemory     = 512 // of the job manager, and of the adapter
)

// Cluster describes a standalone session cluster: a job manager, and a task manager with a slot for each task. Both have
// Flink's own jars and, as a cluster that lives longer than a job should, the connector of Kafka with its client; the adapter brings
// the job with all that it needs, as to any other cluster.
func Cluster(s engines.Site) (engines.Cluster, error) {
	rest := fmt.Sprintf("http://127.0.0.1:%d", s.Port("rest"))
	lib := append([]string{filepath.Join(s.Home, "log")}, shared(s)...)
	heap := s.Heap >> 20
	if heap < 2*frameworkHeap {
		return engines.Cluster{}, fmt.Errorf("a heap of %d MiB; a task manager needs at least %d", heap, 2*frameworkHeap)
	}
	daemon := func(role, main, answer string, heap int64, works bool) engines.Daemon {
		return engines.Daemon{Role: role, Ready: engines.Check{Address: rest + "/overview", Answer: answer},
			Command: s.Command(engines.Program{Heap: heap << 20, ClassPath: lib, Main: main, Works: works, Flags: javaFlags(role),
				Args: []string{"--configDir", filepath.Join(s.Home, role)}})}
	}
	return engines.Cluster{
		Files: map[string]string{
			"log/simplelogger.properties": log,
			"tmp/about.txt":               "Files of Flink's processes.\n",
			"jobmanager/config.yaml":      settings(common(s), jobManager(s)),
			"taskmanager/config.yaml":     settings(common(s), taskManager(s, heap)),
		},
		Daemons: []engines.Daemon{
			daemon("jobmanager", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint", "", clientMemory, false),
			daemon("taskmanager", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", `"taskmanagers":1`, heap, true),
		},
		Addresses: map[string]string{"rest": rest},
		Worker:    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
	}, nil
}

// log sends what Flink's processes say to their standard error.
const log = `org.slf4j.simpleLogger.defaultLogLevel=info
org.slf4j.simpleLogger.showDateTime=true
org.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS
org.slf4j.simpleLogger.log.org.apache.kafka=warn
org.slf4j.simpleLogger.log.org.apache.pekko=warn
`

// shared leaves out the job.
func shared(s engines.Site) []string { return s.Without("flink-[0-9]*.jar", "joblib-*.jar") }

func javaFlags(role string) []string {
	flags := []string{
		// Flink's own setting of that name does not get there: with Pekko's 10 s a busy machine is a failure.
		"-Dpekko.remote.classic.startup-timeout=300s",
		"--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.util=ALL-UNNAMED",
		"--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.time=ALL-UNNAMED"}
	if role == "taskmanager" {
		return append(flags, fmt.Sprintf("-XX:MaxMetaspaceSize=%dm", metaspace))
	}
	return append(flags, "-XX:TieredStopAtLevel=1") // it only directs: what it compiles must pay at once
}

func common(s engines.Site) map[string]any {
	return map[string]any{
		"jobmanager.rpc.address":             "127.0.0.1",
		"jobmanager.rpc.port":                s.Port("jobmanager"),
		"jobmanager.bind-host":               "127.0.0.1",
		"rest.address":                       "127.0.0.1",
		"rest.bind-address":                  "127.0.0.1",
		"rest.port":                          s.Port("rest"),
		"rest.bind-port":                     s.Port("rest"),
		"blob.server.port":                   s.Port("blob"),
		"io.tmp.dirs":                        filepath.Join(s.Home, "tmp"),
		"heartbeat.interval":                 2000, // ms: a killed worker is noticed when two of them are not answered
		"heartbeat.timeout":                  120_000,
		"pekko.ask.timeout":                  "2 min", // a busy machine is no failure
		"pekko.tcp.timeout":                  "2 min",
		"web.timeout":                        120_000,
		"security.delegation.tokens.enabled": false,

		// With a client of its own each job would stay in memory: exactly once the connector's writers never close their AdminClient, whose
		// thread holds the classes it was loaded with.
		"classloader.parent-first-patterns.additional": "org.apache.kafka.",
	}
}

func jobManager(engines.Site) map[string]any {
	return map[string]any{"jobmanager.memory.process.size": megabytes(clientMemory + metaspace + overhead)}
}

func taskManager(s engines.Site, heap int64) map[string]any {
	return map[string]any{
		"taskmanager.host":      "127.0.0.1",
		"taskmanager.bind-host": "127.0.0.1",
		// 0, Flink's own choice: each start takes other ports. A task manager started again at the address of one that was
		// killed answers for it, and the job manager may then not notice the loss.
		"taskmanager.rpc.port":                       0,
		"taskmanager.data.port":                      0,
		"taskmanager.numberOfTaskSlots":              min(s.Plan.Parallelism, int(s.Plan.Partitions)),
		"taskmanager.cpu.cores":                      float64(min(s.Plan.Parallelism, int(s.Plan.Partitions))),
		"taskmanager.memory.framework.heap.size":     megabytes(frameworkHeap),
		"taskmanager.memory.task.heap.size":          megabytes(heap - frameworkHeap),
		"taskmanager.memory.framework.off-heap.size": megabytes(frameworkOffHeap),
		"taskmanager.memory.task.off-heap.size":      megabytes(0),
		"taskmanager.memory.managed.size":            megabytes(0), // state is on the heap
		"taskmanager.memory.network.min":             megabytes(network),
		"taskmanager.memory.network.max":             megabytes(network),
		"taskmanager.memory.jvm-metaspace.size":      megabytes(metaspace),
		"taskmanager.memory.jvm-overhead.min":        megabytes(overhead),
		"taskmanager.memory.jvm-overhead.max":        megabytes(overhead),
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%d mb", n) }

// settings writes a configuration file.
func settings(parts ...map[string]any) string {
	var b strings.Builder
	for _, part := range parts {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			fmt.Fprintf(&b, "%s: %v\n", name, part[name])
		}
	}
	return b.String()
}

// checkREST refuses what is no URL of a REST interface.
func checkREST(_, address string) error {
	if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no URL, such as http://host:8081", address)
	}
	return nil
}
