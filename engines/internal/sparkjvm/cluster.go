package sparkjvm

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
)

// Master is the name of the address of a cluster: the URL that spark-submit calls --master.
const Master = "master"

// MasterMeans says what it is, for users.
const MasterMeans = "the master of a standalone cluster, spark://HOST:PORT"

// CheckMaster refuses what is no master of a standalone cluster. spark-submit takes others, and ends with a stack trace where their
// jars are missing.
func CheckMaster(_, address string) error {
	if strings.HasPrefix(address, "spark://") {
		return nil
	}
	return fmt.Errorf("%q is not %s; for YARN and Kubernetes Spark has jars that are not installed here", address, MasterMeans)
}

// daemonHeap is enough for a master or a worker of one application.
const daemonHeap = 256 << 20

// Cluster describes Spark's standalone cluster: a master, and a worker with slots for that many tasks at once, which starts
// one executor. Spark wants a folder like its distribution's: jars/ with everything but what the application brings, which
// are the jars that match brings and which executors fetch from the driver.
func Cluster(s engines.Site, slots int, brings ...string) (engines.Cluster, error) {
	home := filepath.Join(s.Home, "spark")
	env := []string{
		"SPARK_HOME=" + home,
		"SPARK_SCALA_VERSION=2.13", // else executors look for the folders of a build of Spark, and fail
		"SPARK_LOCAL_IP=127.0.0.1", // web interfaces too
		"SPARK_LOCAL_DIRS=" + filepath.Join(s.Home, "local"),
	}
	url := fmt.Sprintf("spark://127.0.0.1:%d", s.Port("master"))
	masterUI := fmt.Sprintf("http://127.0.0.1:%d/json/", s.Port("master-ui"))
	daemon := func(role, class string, args ...string) []string {
		return s.Command(engines.Program{Heap: daemonHeap, Flags: []string{"-Dspark.master.rest.enabled=false"}, // it has a port of its own
			ClassPath: []string{filepath.Join(home, "jars", "*")},
			Main:      "org.apache.spark.deploy." + class, Args: append([]string{"--host", "127.0.0.1", "--port", fmt.Sprint(s.Port(role)),
				"--webui-port", fmt.Sprint(s.Port(role + "-ui"))}, args...)})
	}
	return engines.Cluster{
		Links: map[string][]string{"spark/jars": s.Without(brings...)},
		Files: map[string]string{"spark-defaults.conf": defaults(s, slots)},
		Daemons: []engines.Daemon{
			{Role: "master", Env: env, Ready: engines.Check{Address: masterUI}, Command: daemon("master", "master.Master")},
			{Role: "worker", Env: env, Ready: engines.Check{Address: masterUI, Answer: `"aliveworkers" : 1`},
				Command: daemon("worker", "worker.Worker", "--cores", fmt.Sprint(slots), "--memory", fmt.Sprint(megabytes(s.Heap), "m"),
					"--work-dir", filepath.Join(s.Home, "work"), url)},
		},
		Addresses: map[string]string{Master: url},
		Options:   map[string]string{"checkpoint": "file://" + filepath.Join(s.Home, "checkpoints")},
		Worker:    "org.apache.spark.executor.CoarseGrainedExecutorBackend",
		Logs:      []string{"work/*/*/stderr"}, // of an executor, by application and number
	}, nil
}

// defaults is what the adapter gives to spark-submit as --properties-file.
func defaults(s engines.Site, slots int) string {
	var flags []string
	for _, f := range append(s.Flags(s.Heap), Flags()...) {
		if !strings.HasPrefix(f, "-Xmx") { // Spark has a setting of its own for it and refuses the flag
			flags = append(flags, fmt.Sprintf("%q", f))
		}
	}
	return fmt.Sprintf("spark.executor.memory %dm\nspark.executor.cores %d\nspark.cores.max %[2]d\nspark.executor.extraJavaOptions %s\n",
		megabytes(s.Heap), slots, strings.ReplaceAll(strings.Join(flags, " "), `\`, `\\`))
}

func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }
