package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/result"
)

// Setting is a line of the fairness sheet: one setting of every engine of a comparison.
type Setting struct {
	Name    string
	Values  []string // by line; "–" of one that does not have it, or does not say
	Unequal bool     // two that say it say different things
	Unsaid  bool     // not Unequal, and some say it and some do not: of those nobody knows
	Own     bool     // a name of the engines' own, below those that all are held against
}

// unknown stands for a setting that an engine does not have or does not say.
const unknown = "–"

// Names of the intervals: most engines have one or the other.
var (
	commits = []string{"commit_interval_ms", "commit.interval.ms", "commit_interval", "execution.checkpointing.interval"}
	batches = []string{"batch_interval_ms", "batch interval ms", "batch_interval", "trigger", "topology.trident.batch.emit.interval.millis",
		"table.exec.mini-batch.allow-latency"}
)

// shared are the settings that all engines are held against, with the names under which engines say them. A name stands
// for itself and for itself behind one of the prefixes.
var shared = []struct {
	name  string
	names []string
	write func(string) string
}{
	{"Java", []string{"jvm.java", "java", "java.version"}, nil},
	{"heap", []string{"jvm.heap_bytes", "heap_bytes", "heap.bytes", "heap bytes", "java.heap_bytes"}, size},
	{"collector", []string{"jvm.collector", "collector", "java.collectors"}, nil},
	{"cores", []string{"cores", "gomaxprocs"}, nil},
	{"parallelism", []string{"parallelism", "parallelism.default", "topology.tasks", "plan.parallelism"}, nil},
	{"task threads, all stages", []string{"num.stream.threads", "task_threads"}, nil},
	{"commit interval", commits, milliseconds},
	{"batch interval", batches, milliseconds},
	{"isolation", []string{"isolation.level", "isolation"}, nil},
	{"acks", []string{"acks"}, acks},
	{"linger", []string{"linger.ms", "linger_ms", "linger"}, milliseconds},
	{"compression", []string{"compression.type"}, nil},
	{"producer batch", []string{"batch.size", "kafka.default.batch.size"}, nil},
	{"producer memory", []string{"buffer.memory"}, nil},
	{"fetch at least", []string{"fetch.min.bytes"}, nil},
	{"fetch wait", []string{"fetch.max.wait.ms"}, milliseconds},
	{"fetch at most", []string{"fetch.max.bytes", "kafka.default.fetch.max.bytes"}, nil},
	{"fetch of a partition", []string{"max.partition.fetch.bytes", "kafka.default.max.partition.fetch.bytes"}, nil},
	{"records of a poll", []string{"max.poll.records", "kafka.default.max.poll.records"}, nil},
	{"Kafka client", []string{"kafka_clients", "kafka.clients"}, nil},
}

// prefixes stand before names of Kafka's clients in what engines say, such as source.kafka.linger.ms.
var prefixes = []string{"", "producer.", "consumer.", "kafka.", "source.", "sink.", "source.kafka.", "sink.kafka.", "producer.kafka.", "consumer.kafka.",
	"main.consumer."}

// Fairness puts the settings of the lines' engines side by side: those that all are held against by one name, then what
// else the engines say, by their own names.
func Fairness(run *result.Run, lines []Line) []Setting {
	if len(lines) == 0 {
		return nil
	}
	of := func(name string, value func(t *result.Trial) string) Setting {
		s := Setting{Name: name}
		for i := range lines {
			s.Values = append(s.Values, value(lines[i].Trials[0]))
		}
		s.Unequal = differ(s.Values)
		s.Unsaid = !s.Unequal && slices.Contains(s.Values, unknown) && slices.ContainsFunc(s.Values, func(v string) bool { return v != unknown })
		return s
	}
	all := []Setting{
		of("engine version", func(t *result.Trial) string { return strings.TrimSpace(t.Engine + " " + t.EngineVersion) }),
		of("execution model", func(t *result.Trial) string { return t.Model }),
		of("guarantee", func(t *result.Trial) string { return t.Guarantee }),
		of("deployment", func(t *result.Trial) string { return cmp.Or(t.Deploy, unknown) }),
		of("results wait for", func(t *result.Trial) string { return cmp.Or(t.WaitsFor, unknown) }),
		of("policy floor", func(t *result.Trial) string { return Duration(float64(t.PolicyFloorNS)) }),
		of("input (order digest)", func(t *result.Trial) string { return t.Input.OrderDigest }),
		of("cores of the machine", func(*result.Trial) string { return fmt.Sprint(run.Host.Cores) }),
	}
	if slices.ContainsFunc(lines, func(l Line) bool { return l.Trials[0].Carrier != "" }) {
		all = append(all, of("carrier of large messages", func(t *result.Trial) string { return cmp.Or(t.Carrier, unknown) }),
			of("job", func(t *result.Trial) string { return t.Job }))
	}
	all[0].Unequal = false // that they are different engines is the point
	taken := map[string]bool{"guarantee": true}
	has := func(t *result.Trial, names []string) bool {
		return find(t.Settings, names, nil, map[string]bool{}) != unknown
	}
	for _, c := range shared {
		s := of(c.name, func(t *result.Trial) string {
			value := find(t.Settings, c.names, c.write, taken)
			if c.name == "commit interval" && value == unknown && has(t, batches) {
				return "with each batch"
			}
			return value
		})
		if !slices.ContainsFunc(s.Values, func(v string) bool { return v != unknown }) {
			continue
		}
		for i := range lines {
			if c.name == "batch interval" && s.Values[i] == unknown && has(lines[i].Trials[0], commits) {
				s.Values[i] = "no batches" // known, and no interval that differs
			}
		}
		s.Unsaid = s.Unsaid && slices.Contains(s.Values, unknown)
		all = append(all, s)
	}
	return append(all, own(lines, taken, of)...)
}

// own lists what is left of the settings.
func own(lines []Line, taken map[string]bool, of func(string, func(*result.Trial) string) Setting) []Setting {
	names := map[string]bool{}
	for i := range lines {
		for k := range lines[i].Trials[0].Settings {
			names[k] = !taken[k]
		}
	}
	var all []Setting
	for _, k := range slices.Sorted(maps.Keys(names)) {
		if names[k] {
			s := of(k, func(t *result.Trial) string { return find(t.Settings, []string{k}, nil, map[string]bool{}) })
			s.Own, s.Unsaid = true, false // other engines have other names
			all = append(all, s)
		}
	}
	return all
}

// differ reports whether two of those that are known differ.
func differ(values []string) bool {
	first := unknown
	for _, v := range values {
		if v == unknown {
			continue
		}
		if first != unknown && v != first {
			return true
		}
		first = v
	}
	return false
}

// find looks for the first of the names that is there, and notes all that are: they mean the same.
func find(settings map[string]any, names []string, write func(string) string, taken map[string]bool) string {
	found := unknown
	for _, name := range names {
		for _, prefix := range prefixes {
			v, ok := settings[prefix+name]
			if !ok {
				continue
			}
			taken[prefix+name] = true
			if found == unknown {
				found = text(v)
				if write != nil {
					found = write(found)
				}
			}
		}
	}
	return found
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// milliseconds writes a number of ms, and a text with a unit, in one way.
func milliseconds(s string) string {
	for _, trigger := range []string{"ProcessingTime(", "RealTime("} { // as Spark writes them
		if text, ok := strings.CutPrefix(s, trigger); ok {
			s = strings.TrimSuffix(text, ")")
		}
	}
	plain := strings.ReplaceAll(s, " ", "")
	if d, err := time.ParseDuration(plain); err == nil {
		return d.String()
	}
	if d, err := time.ParseDuration(plain + "ms"); err == nil {
		return d.String()
	}
	return s
}

// acks writes Kafka's two words for one thing as one.
func acks(s string) string {
	if s == "-1" {
		return "all"
	}
	return s
}

// size writes a number of bytes for people.
func size(s string) string {
	var n float64
	if err := json.Unmarshal([]byte(s), &n); err != nil {
		return s
	}
	return Bytes(n)
}
