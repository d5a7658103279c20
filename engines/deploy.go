package engines

import (
	"path"
	"path/filepath"
	"time"
)

// Where an engine's work is done: Descriptor.Deployments and Deploy.Kind.
const (
	DeployLocal   = "local"   // in the engine's own process
	DeployCluster = "cluster" // in the engine's real daemons, which the harness starts on this machine
	DeployRemote  = "remote"  // on a cluster that runs already
)

// Deploy tells an engine that its work is to be done on a cluster. Its process then is the client: it submits the job with
// the files that it needs, says the status lines, drains, and stops or cancels the job before it ends. One that was killed
// could not: the next incarnation cancels what is left of it before it goes on. For the engine cluster and remote are the
// same; a plan that has Deploy also requires it.
type Deploy struct {
	Kind      string            `json:"kind"`           // DeployCluster or DeployRemote
	Addresses map[string]string `json:"addresses"`      // by the names in the engine's Descriptor.Addresses
	Home      string            `json:"home,omitempty"` // folder of the cluster's files, if it was started here
}

// Launch is how one engine is started for a plan.
type Launch struct {
	Command []string // program and arguments; "--plan FILE" is appended
	Cluster *Cluster // started before it, ended after it; nil: none
	Unset   []string // names in the environment whose values neither of them gets
	// Facts are settings that whoever starts the engine knows better than the engine says, for the fairness sheet: jvm.java,
	// jvm.heap_bytes, jvm.collector, kafka.clients (version of the client of Kafka).
	Facts map[string]any
}

// Cluster is an engine's daemons on this machine, as data that harness/cluster acts on. Every address in it is on
// 127.0.0.1.
type Cluster struct {
	Home  string              // folder of the cluster's own; what it holds survives a kill, like the state folder
	Files map[string]string   // contents by path below Home, written before each start
	Links map[string][]string // files, jars mostly, that a folder below Home is to show, by the folder

	// Daemons are started in this order, each once the one before is ready, and stopped in the reverse.
	Daemons []Daemon

	// Addresses is what plan.deploy tells the engine.
	Addresses map[string]string

	// Options are the engine's own that a job submitted from elsewhere (DeployRemote) needs beside them, with values that do for
	// this cluster.
	Options map[string]string

	// Worker is found in the command line of the processes that do the work, daemons or what daemons start: the fault
	// `kill-worker` hits one of them. Wrapper, if there is such, is found in that of programs that only start a worker, whose
	// command line is part of their own.
	Worker, Wrapper string

	// Logs are patterns (io/fs.Glob) below Home of the files in which processes write that daemons start. They are looked at
	// when the engine fails, and kept beside the daemons' own logs.
	Logs []string
}

// Daemon is one process of a cluster. It has a session of its own and ends with everything in it.
type Daemon struct {
	Role    string   // "jobmanager": names it in logs and errors; unique in the cluster
	Command []string // program and arguments
	Env     []string // KEY=value
	Ready   Check
}

// Check tells that a daemon is up.
type Check struct {
	Address string // HOST:PORT that takes a connection, or a URL that answers with 200
	Answer  string // what the URL's answer must contain; empty: anything
}

// Site is what the description of a cluster can depend on.
type Site struct {
	Plan Plan     // Deploy names the kind alone
	Home string   // Cluster.Home
	Jars []string // paths of the engine's installed jars, in the order of the class path
	Heap int64    // bytes for a process that does the work: the scenario's, or the engine's default
	Java string   // the program java

	Port    func(name string) int     // a free TCP port: always the same for a name
	Command func(Program) []string    // a Daemon.Command
	Flags   func(heap int64) []string // of a virtual machine that does the work, for daemons that start such: as in Command
}

// Program is a main class to be started in a Java virtual machine of its own.
type Program struct {
	Heap      int64    // -Xmx in bytes
	Flags     []string // beside the common ones of Java
	ClassPath []string // jars and folders
	Main      string
	Args      []string
	Works     bool // it does the engine's work: the user's flags are for it
}

// Matching gives the jars whose file names match one of patterns (path.Match).
func (s Site) Matching(patterns ...string) []string { return s.pick(true, patterns) }

// Without gives the jars whose file names match none of patterns.
func (s Site) Without(patterns ...string) []string { return s.pick(false, patterns) }

func (s Site) pick(matching bool, patterns []string) []string {
	var jars []string
	for _, jar := range s.Jars {
		if matches(filepath.Base(jar), patterns) == matching {
			jars = append(jars, jar)
		}
	}
	return jars
}

func matches(name string, patterns []string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

// ReadyWithin is the time that a plan gives an engine, and before it its cluster, to be ready.
func (p Plan) ReadyWithin() time.Duration {
	return time.Duration(p.Deadlines.ReadyMS) * time.Millisecond
}
