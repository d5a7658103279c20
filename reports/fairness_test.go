package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/harness/result"
)

// What engines say by names of their own stands in one line, and is unequal only where two say different things.
func TestFairnessHoldsWhatMeansTheSameAgainstEachOther(t *testing.T) {
	run := &result.Run{Host: result.Host{Cores: 2}, Trials: []result.Trial{
		{ID: "1", Instance: "a", Engine: "storm", EngineVersion: "2", Settings: map[string]any{"producer.acks": "all", "producer.linger.ms": 0.0,
			"commit_interval_ms": 100.0, "jvm.heap_bytes": 1073741824.0, "heap_bytes": 1073741824.0, "consumer.fetch.max.wait.ms": "500", "topology.workers": 1.0,
			"main.consumer.max.poll.records": "1000", "kafka.default.max.poll.records": 500.0, "num.stream.threads": "2", "task_threads": 4.0, "plan.parallelism": 2.0, "store": "rocksdb",
			"kafka_clients": "4.1.0", "kafka.clients": "4.1.0"}},
		{ID: "2", Instance: "b", Engine: "spark", EngineVersion: "4", Settings: map[string]any{"producer.kafka.acks": "-1", "producer.kafka.linger.ms": "5",
			"trigger": "ProcessingTime(500 ms)", "jvm.heap_bytes": 1073741824.0, "source.kafka.fetch.max.wait.ms": 500.0,
			"plan.parallelism": 2.0, "task_threads": 10.0, "kafka.clients": "3.9.2", "kafka.default.max.poll.records": 500.0}},
		{ID: "3", Instance: "c", Engine: "tuple", Settings: map[string]any{"acks": "all", "linger_ms": 0.0, "commit_interval": "100ms", "topology.workers": 2.0,
			"parallelism": 2.0, "plan.parallelism": 2.0, "task_threads": 2.0, "kafka.clients": "franz-go v1.20.0"}},
	}}
	got := map[string]Setting{}
	for _, s := range Fairness(run, Lines(run)) {
		got[s.Name] = s
	}
	for _, want := range []Setting{
		{Name: "acks", Values: []string{"all", "all", "all"}},
		{Name: "linger", Values: []string{"0s", "5ms", "0s"}, Unequal: true},
		{Name: "commit interval", Values: []string{"100ms", "with each batch", "100ms"}, Unequal: true},
		{Name: "batch interval", Values: []string{"no batches", "500ms", "no batches"}},
		{Name: "heap", Values: []string{"1.07 GB", "1.07 GB", "–"}, Unsaid: true},
		{Name: "fetch wait", Values: []string{"500ms", "500ms", "–"}, Unsaid: true},
		{Name: "records of a poll", Values: []string{"1000", "500", "–"}, Unequal: true},
		{Name: "parallelism", Values: []string{"2", "2", "2"}},
		{Name: "task threads, all stages", Values: []string{"2", "10", "2"}, Unequal: true},
		{Name: "Kafka client", Values: []string{"4.1.0", "3.9.2", "franz-go v1.20.0"}, Unequal: true},
		{Name: "store", Values: []string{"rocksdb", "–", "–"}, Own: true},
		{Name: "cores of the machine", Values: []string{"2", "2", "2"}},
		{Name: "topology.workers", Values: []string{"1", "–", "2"}, Unequal: true, Own: true},
	} {
		if diff := cmp.Diff(want, got[want.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	for _, name := range []string{"heap_bytes", "producer.acks", "trigger", "main.consumer.max.poll.records", "kafka.default.max.poll.records", "num.stream.threads", "plan.parallelism"} {
		if s, ok := got[name]; ok {
			t.Errorf("%s is there twice: %v", name, s)
		}
	}
	if Fairness(run, nil) != nil {
		t.Error("a sheet of nobody")
	}
}

func TestIntervalsAreWrittenInOneWay(t *testing.T) {
	for said, want := range map[string]string{"500": "500ms", "100 ms": "100ms", "ProcessingTime(500 ms)": "500ms", "RealTime(5000 ms)": "5s", "AvailableNow()": "AvailableNow()"} {
		if got := milliseconds(said); got != want {
			t.Errorf("milliseconds(%q) = %q, want %q", said, got, want)
		}
	}
}
