package engines

import "embed"

// Sources holds what the adapters of JVM engines are built from, with paths as below this folder: the parent pom.xml, and
// of every module its pom.xml and src/main, and the lock.txt of those that are engines. Tests and what a build leaves
// behind are not in it. Each module has a line here, since a pattern would break on a folder just begun.
//
//go:embed pom.xml
//go:embed joblib/pom.xml joblib/src/main
//go:embed flink/pom.xml flink/src/main flink/lock.txt
//go:embed flinkminibatch/pom.xml flinkminibatch/src/main flinkminibatch/lock.txt
//go:embed kstreams/pom.xml kstreams/src/main kstreams/lock.txt
//go:embed spark/pom.xml spark/src/main spark/lock.txt
//go:embed sparkdstream/pom.xml sparkdstream/src/main sparkdstream/lock.txt
//go:embed sparkrealtime/pom.xml sparkrealtime/src/main sparkrealtime/lock.txt
//go:embed storm/pom.xml storm/src/main storm/lock.txt
//go:embed trident/pom.xml trident/src/main trident/lock.txt
var Sources embed.FS
