package sparkrealtime

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
)

// plan has five stages, three of them with state, on two partitions: 16 slots are needed.
func plan(options string) engines.Plan {
	stateless := job.Stage{Do: []job.Operator{{Validate: &job.Validate{}}}}
	j := job.Job{Name: "alert", Stages: []job.Stage{stateless, {Do: []job.Operator{{Dedupe: &job.Dedupe{}}}}, stateless,
		{Do: []job.Operator{{Detect: &job.Detect{}}}}, {Do: []job.Operator{{Window: &job.Window{}}, {Encode: &job.Encode{}}}}}}
	return engines.Plan{Job: j, Partitions: 2, Options: []byte(options)}
}

// Spark's own windows are not what closes them here, and who reads a table is to see that.
func TestWindowsAreCalledAdapted(t *testing.T) {
	if d := Descriptor(); d.Operators["window"] != engines.Adapted || d.Reasons["window"] == "" {
		t.Errorf("window is %s, because %q; want it adapted, with the reason", d.Operators["window"], d.Reasons["window"])
	}
}

func TestScanAndReassembleHaveState(t *testing.T) {
	scan := job.Stage{Do: []job.Operator{{Scan: &job.Scan{}}}}
	j := job.Job{Stages: []job.Stage{{Do: []job.Operator{{Reassemble: &job.Reassemble{}}}}, scan, scan, scan}}
	if got, want := slots(j, 2, 3), 4*(2+3); got != want {
		t.Errorf("slots(%v, 2, 3) = %d, want %d", j.OperatorNames(), got, want)
	}
}

func TestOperatorsWithStateAreNamedAlikeInJava(t *testing.T) {
	source, err := os.ReadFile("src/main/java/io/streamgauge/sparkrealtime/Slots.java")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(source), "STATEFUL =")
	list, _, _ = strings.Cut(list, ";")
	for _, name := range job.Operators() {
		var o job.Operator
		if err := json.Unmarshal(fmt.Appendf(nil, "{%q: {}}", name), &o); err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(list, fmt.Sprintf("%q", name)); has != o.Stateful() {
			t.Errorf("Slots.java: %s has state: %t, want %t", name, has, o.Stateful())
		}
	}
}

func TestSlotsThatAreEnoughPass(t *testing.T) {
	for _, options := range []string{
		``,
		`{}`,
		`{"batch_duration_ms": 60000}`,
		`{"spark": {"spark.task.cpus": 1}}`,
		`{"spark": {"spark.master": "local[16]"}}`,
		`{"spark": {"spark.master": "local[16, 4]"}}`,
		`{"spark": {"spark.master": "local[19]", "spark.sql.shuffle.partitions": 3}}`,
		`{"spark": {"spark.master": "local[13]", "spark.sql.shuffle.partitions": "1"}}`,
		`{"spark": {"spark.master": "spark://there:7077"}}`,
		`{"spark": {"spark.master": "local[99999999999999999999]"}}`,
	} {
		if err := checkSlots(plan(options)); err != nil {
			t.Errorf("checkSlots(%s) = %v, want nil", options, err)
		}
	}
}

func TestTooFewSlotsAreRefusedWithTheNumbers(t *testing.T) {
	for _, c := range []struct{ options, want string }{
		{`{"spark": {"spark.master": "local[15]"}}`, "local[15] has 15 task slots; Real-time Mode needs 16 for job alert on 2 partitions, 6 of them behind shuffles"},
		{`{"spark": {"spark.master": "local"}}`, "has 1 task slots"},
		{`{"spark": {"spark.master": "local[18,4]", "spark.sql.shuffle.partitions": 3}}`, "needs 19"},
		{`{"spark": {"spark.sql.shuffle.partitions": "many"}}`, "many; want a number"},
		{`{"spark": {"spark.sql.shuffle.partitions": 0}}`, "0; want a number"},
		{`{"spark": {"spark.task.cpus": 2}}`, "2; want 1"},
		{`{"spark": 7}`, "options: "},
	} {
		if err := checkSlots(plan(c.options)); err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("checkSlots(%s) = %v, want %q", c.options, err, c.want)
		}
	}
}
