package harness

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/streamgauge/streamgauge/engines"
)

func TestWhatAnEngineSaysOfItsSettingsWins(t *testing.T) {
	tr := &trial{instance: instance{desc: engines.Descriptor{TaskThreads: func(p engines.Plan) int { return 5 * p.Parallelism }}},
		plan: engines.Plan{Parallelism: 2}, launch: engines.Launch{Facts: map[string]any{"kafka.clients": "4.1.0", "jvm.java": "17"}}}
	got := tr.effective(map[string]any{"jvm.java": "21", "acks": "all", "sasl.jaas.config": "user and password"})
	want := map[string]any{"plan.parallelism": 2, "task_threads": 10, "kafka.clients": "4.1.0", "jvm.java": "21", "acks": "all",
		"sasl.jaas.config": "[redacted]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if _, told := (&trial{}).effective(nil)["task_threads"]; told {
		t.Error("the task threads of an engine that nobody knows are told")
	}
}

// Clients of Kafka have what the security file of a broker says, and some engines say all that their clients have.
func TestSecretsThatAnEngineSaysAreNotTold(t *testing.T) {
	got := (&trial{}).effective(map[string]any{
		"producer.sasl.jaas.config":     `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="hush";`,
		"source.kafka.ssl.keystore.key": "hush",
		"producer.acks":                 "all",
	})
	want := map[string]any{"plan.parallelism": 0, "producer.sasl.jaas.config": "[redacted]", "source.kafka.ssl.keystore.key": "[redacted]",
		"producer.acks": "all"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
