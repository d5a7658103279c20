// Package stormcluster describes Storm's daemons on one machine, for the engines that run on them: ZooKeeper, nimbus and a
// supervisor, which starts a worker for each topology. It describes and starts nothing.
package stormcluster

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/streamgauge/streamgauge/engines"
)

// Nimbus names the address of a cluster in plans and descriptors.
const Nimbus = "nimbus"

// Addresses are what a user gives of a cluster that runs already.
func Addresses() map[string]string {
	return map[string]string{Nimbus: "the nimbus seeds, HOST:PORT with commas between; all have one port"}
}

// CheckAddress refuses seeds without a port.
func CheckAddress(_, address string) error {
	for seed := range strings.SplitSeq(address, ",") {
		if host, port, err := net.SplitHostPort(strings.TrimSpace(seed)); err != nil || host == "" || port == "" {
			return fmt.Errorf("%q is not HOST:PORT; 6627 is Storm's own port", seed)
		}
	}
	return nil
}

const (
	host      = "127.0.0.1"
	megabyte  = 1 << 20
	daemonMax = 256 * megabyte
)

// Describe gives the daemons. What survives a kill in the home is
// ZooKeeper's data, which hold Trident's transaction ids. What nimbus and supervisor keep belongs to one start: they would
// bring back a topology whose client was killed with them.
func Describe(s engines.Site) (engines.Cluster, error) {
	c := cluster{site: s, local: fmt.Sprintf("local-%d", s.Plan.Incarnation)}
	conf, err := c.conf()
	if err != nil {
		return engines.Cluster{}, err
	}
	return engines.Cluster{
		Files: map[string]string{"conf/storm.yaml": conf, "conf/zoo.cfg": c.zooKeeper(), "log4j2/worker.xml": workerLog, "log4j2/cluster.xml": daemonLog,
			"logs/README": "Logs of workers are below workers-artifacts; those of the daemons are beside the engine's own.\n", "zookeeper/README": "ZooKeeper's data.\n"},
		Links:     map[string][]string{"lib-worker": c.workers()},
		Daemons:   c.daemons(),
		Addresses: map[string]string{Nimbus: c.address(Nimbus)},
		Worker:    "org.apache.storm.daemon.worker.Worker",
		Wrapper:   "org.apache.storm.LogWriter",
		Logs:      []string{"logs/workers-artifacts/*/*/worker.log"}, // as workerLog has it
	}, nil
}

type cluster struct {
	site  engines.Site
	local string // folder of what nimbus and supervisor keep
}

func (c *cluster) address(role string) string { return fmt.Sprintf("%s:%d", host, c.site.Port(role)) }

func (c *cluster) path(name string) string { return filepath.Join(c.site.Home, name) }

// workers are the jars that Storm brings to a worker. What else a topology needs comes with it.
func (c *cluster) workers() []string {
	return c.site.Without("storm-1.jar", "trident-1.jar", "joblib-1.jar", "hash4j-*", "storm-kafka-client-*", "kafka-clients-*", "storm-server-*", "jackson-*",
		"lz4-java-*", "snappy-java-*", "zstd-jni-*", "rocksdbjni-*", "amqp-client-*")
}

// patience is how long Storm waits for a part of itself, in seconds: the end of a worker is seen by the supervisor at once, and a
// part that is late on a busy machine is not dead.
const patience = 600

// leastStart is how long a worker has to say that it runs, in seconds, if an engine has no longer to be ready: Storm's default. Of
// one that ends before that the supervisor takes no notice until the time is up.
const leastStart = 120

// conf is storm.yaml: JSON is YAML.
func (c *cluster) conf() (string, error) {
	root := fmt.Sprintf("/storm-%d", c.site.Plan.Incarnation)
	m := map[string]any{
		"storm.zookeeper.servers": []string{host}, "storm.zookeeper.port": c.site.Port("zookeeper"), "storm.zookeeper.root": root,
		"storm.zookeeper.session.timeout": 120_000, "storm.zookeeper.connection.timeout": 120_000,
		"nimbus.seeds": []string{host}, "nimbus.thrift.port": c.site.Port(Nimbus),
		"supervisor.thrift.port": c.site.Port("supervisor"), "supervisor.slots.ports": []int{c.site.Port("worker")},
		"storm.local.dir": c.path(c.local), "storm.log.dir": c.path("logs"), "storm.log4j2.conf.dir": c.path("log4j2"),
		"storm.local.hostname": host, "storm.metricstore.class": "org.apache.storm.metricstore.NoOpMetricStore",
		"worker.childopts": strings.Join(c.site.Flags(c.site.Heap), " "), "topology.worker.logwriter.childopts": "-Xmx64m -XX:+PerfDisableSharedMem",
		"nimbus.monitor.freq.secs": 1, "supervisor.monitor.frequency.secs": 1, "executor.metrics.frequency.secs": 1,
		"nimbus.task.timeout.secs": patience, "nimbus.task.launch.secs": patience, "nimbus.supervisor.timeout.secs": patience,
		"supervisor.worker.timeout.secs": patience, "supervisor.worker.start.timeout.secs": max(leastStart, c.site.Plan.Deadlines.ReadyMS/1000),
		"blacklist.scheduler.tolerance.count": 1_000_000, // a worker that is killed on purpose makes no machine bad
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", fmt.Errorf("writing storm.yaml: %w", err)
	}
	return string(b) + "\n", nil
}

// zooKeeper is zoo.cfg. All clients have one address, and each task of Trident is one: ZooKeeper takes 60 by itself.
func (c *cluster) zooKeeper() string {
	return fmt.Sprintf("tickTime=2000\nmaxClientCnxns=0\nmaxSessionTimeout=%d\ndataDir=%s\nclientPort=%d\nclientPortAddress=%s\nadmin.enableServer=false\n",
		patience*1000, property(c.path("zookeeper")), c.site.Port("zookeeper"), host)
}

// property writes a value so that java.util.Properties reads it back, which takes the bytes of a file for Latin 1.
func property(value string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(value)) {
		if unit == '\\' || unit > unicode.MaxASCII {
			fmt.Fprintf(&b, `\u%04x`, unit)
			continue
		}
		b.WriteByte(byte(unit))
	}
	return b.String()
}

// daemons are ZooKeeper, nimbus and the supervisor, which starts java by the environment's JAVA_HOME.
func (c *cluster) daemons() []engines.Daemon {
	supervisor := c.daemon("supervisor", "org.apache.storm.daemon.supervisor.Supervisor", nil)
	supervisor.Env = []string{"JAVA_HOME=" + filepath.Dir(filepath.Dir(c.site.Java))}
	return []engines.Daemon{
		c.daemon("zookeeper", "org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServerMain",
			[]string{"-Dzookeeper.preAllocSize=1024", "-Dzookeeper.forceSync=no"}, c.path("conf/zoo.cfg")),
		c.daemon(Nimbus, "org.apache.storm.daemon.nimbus.Nimbus", nil),
		supervisor,
	}
}

// daemon is one of Storm's own programs.
func (c *cluster) daemon(role, main string, flags []string, args ...string) engines.Daemon {
	flags = append(flags, "-Dstorm.home="+c.site.Home, "-Dstorm.log.dir="+c.path("logs"), "-Dstorm.conf.file=storm.yaml",
		"-Dlog4j.configurationFile="+c.path("log4j2/cluster.xml"))
	return engines.Daemon{Role: role, Ready: engines.Check{Address: c.address(role)}, Command: c.site.Command(engines.Program{
		Heap: daemonMax, Flags: flags, ClassPath: append([]string{c.path("conf")}, c.site.Jars...), Main: main, Args: args})}
}

// daemonLog has the daemons write to standard error, as every engine does.
const daemonLog = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="stderr" target="SYSTEM_ERR">
      <PatternLayout pattern="%d{HH:mm:ss.SSS} %-5level %logger{1} [%t] %msg%n%throwable"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="WARN">
      <AppenderRef ref="stderr"/>
    </Root>
  </Loggers>
</Configuration>
`

// workerLog has a worker write to its own file, where Storm's users look for it.
const workerLog = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <File name="worker" fileName="${sys:workers.artifacts}/${sys:storm.id}/${sys:worker.port}/${sys:logfile.name}">
      <PatternLayout pattern="%d{HH:mm:ss.SSS} %-5level %logger{1} [%t] %msg%n%throwable"/>
    </File>
  </Appenders>
  <Loggers>
    <Logger name="STDERR" level="INFO"/>
    <Logger name="STDOUT" level="INFO"/>
    <Root level="WARN">
      <AppenderRef ref="worker"/>
    </Root>
  </Loggers>
</Configuration>
`
