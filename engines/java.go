package engines

import (
	"maps"

	"github.com/streamgauge/streamgauge/harness/job"
)

// JVM is an engine that is a program for the Java virtual machine, with the sources of its adapter in the Maven module
// engines/<Module>. Its folder's New returns one; cmd builds, installs and starts it.
type JVM struct {
	Descriptor Descriptor
	Java       Java

	// Cluster describes the engine's daemons, for DeployCluster; nil: it has none. It only describes: nothing is started or
	// written by it. The same Site gives the same Cluster.
	Cluster func(Site) (Cluster, error)
}

// Java says how the adapter of a JVM engine is built and started:
//
//	java -Xmx<heap> <common flags> <Flags> -cp <jars> <Main> --plan FILE
//
// The common flags are those that every JVM engine gets, so that comparisons are fair and nothing is left behind: the
// collector (G1, unless Flags or the scenario name another), an end with an error at the first OutOfMemoryError, messages
// of the virtual machine on standard error, and its temporary files beside the state folder. The oldest Java that will do
// is the descriptor's.
type Java struct {
	Module string // folder below engines/ with pom.xml, src/main and lock.txt; its artifactId too. Engines may share one.
	Main   string // main class

	Heap   int64 // bytes, the default of -Xmx for small records; a scenario's `heap` wins
	Client int64 // bytes of -Xmx where the work is done on a cluster and the adapter is its client; 0: as if it did the work
	Copies int   // of the plan's largest record that are in memory at once, as measured: as much is added to the default
	Failed int   // copies that a heap held with which it ran out of memory; 0: not known

	// Flags come before the class path: --add-opens, system properties.
	Flags []string

	// First lists patterns (path.Match, on file names) of the jars that stand first on the class path, in this order. The
	// module's own jars come before them, all others after them, by name.
	First []string

	// Newest is the newest major version of Java that the engine runs on; 0 for no known bound.
	Newest int

	// Archive, if set, brings jars from a source distribution on PyPI beside those of Maven.
	Archive *Archive
}

// Archive is a source distribution on PyPI that holds jars. The module's lock.txt has its SHA-256 under its file name.
type Archive struct {
	Package string   // such as pyspark
	Version string   // such as 4.3.0
	File    string   // name of the archive, such as pyspark-4.3.0.tar.gz
	Jars    string   // folder inside it whose jars are taken, such as pyspark-4.3.0/deps/jars
	Without []string // patterns (path.Match, on file names) of the jars in it that are left out
	Bytes   int64    // about how much is downloaded, for people
}

// Fits says that a JVM engine does every operator natively but those in other, and those for which no adapter is written.
func Fits(other map[string]Fit) map[string]Fit {
	fits := map[string]Fit{}
	for _, name := range job.Operators() {
		fits[name] = Native
	}
	for name := range unwritten() {
		fits[name] = Absent
	}
	maps.Copy(fits, other)
	return fits
}

// unwritten lists operators that not every adapter of a JVM engine has, and why the others do not.
func unwritten() map[string]string {
	return map[string]string{"reassemble": "not written yet", "scan": "not written yet"}
}

// Large adds the operators of large messages, done natively, to what Fits is told; for adapters that have both.
func Large(other map[string]Fit) map[string]Fit {
	fits := map[string]Fit{"reassemble": Native, "scan": Native}
	maps.Copy(fits, other)
	return fits
}

// Reasons gives why a JVM engine lacks operators: its own reasons, and that adapters are not written.
func Reasons(d Descriptor) map[string]string {
	reasons := unwritten()
	maps.DeleteFunc(reasons, func(name, _ string) bool { return d.Operators[name] != Absent })
	maps.Copy(reasons, d.Reasons)
	return reasons
}

// JoblibForms lists what encode writes in adapters that take it from engines/joblib.
func JoblibForms() []string { return job.Forms() }

// JoblibEncodings lists what decode reads in adapters that take it from engines/joblib: encodings, then compressions.
func JoblibEncodings() []string {
	return []string{"avro", "avro-registry", "cbor", "csv", "frame", "json", "line-protocol", "msgpack", "ndjson", "protobuf", "senml-cbor", "senml-json",
		"sparkplug-b", "gzip", "lz4", "snappy", "zstd"}
}
