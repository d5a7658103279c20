//go:build bench

package bench

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/process"
)

//go:embed perf/pom.xml
var perfPom []byte

// perfLock holds the SHA-256 and the name of each jar, as sha256sum prints them.
//
//go:embed perf/lock.txt
var perfLock string

// jvm are the flags of Kafka's own scripts for its tools (kafka-run-class.sh, kafka-producer-perf-test.sh).
var jvm = []string{"-Xmx512M", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
	"-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"}

// installTools brings the jars of Kafka's performance tools into the user's cache folder, once, checks each against the
// lock, and gives their class path.
func installTools(ctx context.Context, cache string) (classPath string, err error) {
	sum := sha256.Sum256(append([]byte(perfLock), perfPom...))
	home := filepath.Join(cache, fmt.Sprintf("kafka-tools-4.3.1-%x", sum[:4]))
	lib := filepath.Join(home, "lib")
	if _, err := os.Stat(lib); err != nil {
		if err := download(ctx, home, lib); err != nil {
			return "", fmt.Errorf("installing Kafka's performance tools: %w", err)
		}
	}
	var jars []string
	for line := range strings.Lines(perfLock) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		b, err := os.ReadFile(filepath.Join(lib, name))
		if err == nil && fmt.Sprintf("%x", sha256.Sum256(b)) != want {
			err = errors.New("its SHA-256 is not the locked one")
		}
		if err != nil {
			return "", fmt.Errorf("checking %s: %w; remove %s to download it again", name, err, home)
		}
		jars = append(jars, filepath.Join(lib, name))
	}
	return strings.Join(jars, string(os.PathListSeparator)), nil
}

func download(ctx context.Context, home, lib string) error {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(home, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.WriteFile(filepath.Join(tmp, "pom.xml"), perfPom, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "mvn", "-B", "-q", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+filepath.Join(tmp, "lib"))
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("downloading with Maven: %w: %s", err, out)
	}
	return os.Rename(filepath.Join(tmp, "lib"), lib)
}

// The settings that both sides share.
const (
	linger     = 5 * time.Millisecond
	batchBytes = 1 << 20   // of a producer's batch
	flyBytes   = 64 << 20  // on their way to the broker
	fetchBytes = 16 << 20  // of one answer to a consumer
	fetchAll   = 100 << 20 // of one answer over all partitions: the tool has one
)

// javaProduce runs ProducerPerformance: one constant payload, no key, no headers. The rate is the tool's own figure for its
// steady state, which leaves out the first third of the records, while the JVM warms up.
func (s *setup) javaProduce(b *testing.B, t *target, topic string, records int64, valueBytes int) outcome {
	b.Helper()
	payload := filepath.Join(b.TempDir(), "payload")
	if err := os.WriteFile(payload, []byte(strings.Repeat("x", valueBytes)), 0o644); err != nil {
		b.Fatal(err)
	}
	out, cpu := s.javaTool(b, "ProducerPerformance", "--bootstrap-server", t.bootstrap(), "--topic", topic,
		"--num-records", fmt.Sprint(records), "--warmup-records", fmt.Sprint(records/3), "--payload-file", payload, "--throughput", "-1",
		"--command-property", "acks=all", fmt.Sprintf("linger.ms=%d", linger.Milliseconds()), fmt.Sprintf("batch.size=%d", batchBytes),
		fmt.Sprintf("buffer.memory=%d", flyBytes), "enable.idempotence=true", "compression.type=none")
	rate := 0.0
	for _, line := range out {
		if m := sentLine.FindStringSubmatch(line); m != nil {
			rate, _ = strconv.ParseFloat(m[1], 64)
		}
	}
	if rate == 0 {
		b.Fatalf("ProducerPerformance printed no rate:\n%s", strings.Join(out, "\n"))
	}
	return outcome{records: records, valueBytes: float64(valueBytes), rate: rate, cpu: cpu, start: s.produceStart}
}

// sentLine is what the tool prints every few seconds and at the end; with records to warm up, its last such line is of the
// steady state.
var sentLine = regexp.MustCompile(`^\d+ (?:steady state )?records sent, ([\d.]+) records/sec`)

// javaConsume runs ConsumerPerformance. The rate is by the tool's fetch time, from which joining the group is left out.
func (s *setup) javaConsume(b *testing.B, t *target, topic string, records int64, valueBytes float64) outcome {
	b.Helper()
	out, cpu := s.javaTool(b, "ConsumerPerformance", "--bootstrap-server", t.bootstrap(), "--topic", topic,
		"--num-records", fmt.Sprint(records), "--fetch-size", fmt.Sprint(fetchBytes), "--timeout", "60000", "--hide-header",
		"--command-property", fmt.Sprintf("fetch.max.bytes=%d", fetchAll))
	for _, line := range out {
		f := strings.Split(line, ", ")
		if len(f) != 10 {
			continue
		}
		read, err1 := strconv.ParseInt(f[4], 10, 64)
		ms, err2 := strconv.ParseFloat(f[7], 64)
		if errors.Join(err1, err2) == nil && read >= records {
			return outcome{records: read, valueBytes: valueBytes, rate: float64(read) / (ms / 1000), cpu: cpu, start: s.consumeStart}
		}
	}
	b.Fatalf("ConsumerPerformance printed no result of %d records:\n%s", records, strings.Join(out, "\n"))
	return outcome{}
}

func (s *setup) javaTool(b *testing.B, tool string, args ...string) (lines []string, cpu time.Duration) {
	b.Helper()
	all := append(slices.Clone(jvm), "-cp", s.classPath, "org.apache.kafka.tools."+tool)
	return child(b, process.Spec{Role: tool, Path: s.java, Args: append(all, args...)})
}
