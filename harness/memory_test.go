package harness

import (
	"errors"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func TestMemoryIsThatOfAllThatRunsAtOnce(t *testing.T) {
	r := planned(t, map[string]scenario.Engine{"a": {Engine: "j"}, "b": {Engine: "j", Heap: 2e9}, "c": {Engine: "any"}})
	r.Engines["j"] = engines.Descriptor{Name: "j", Java: 17}
	r.Heap = func(_ string, heap, _ int64) int64 { return max(heap, 1e9) }
	r.Scenario.Placement, r.Scenario.Broker = scenario.SideBySide, scenario.Broker{Kind: "local", Nodes: 3, Partitions: 2}
	if need, parts := r.memory(); need != 1e9+2e9+2*besideHeap+3*ofAKafka+ofHarness || strings.Join(parts, ", ") != "a 1.2GB, b 2.2GB, Kafka 3.6GB, this program 300MB" {
		t.Errorf("side by side: %d, %q", need, parts)
	}
	r.Scenario.Placement, r.Scenario.Broker.Kind = scenario.Isolated, "embedded"
	if need, parts := r.memory(); need != 2e9+besideHeap+ofHarness || parts[0] != "b 2.2GB" {
		t.Errorf("isolated: %d, %q, want the largest alone", need, parts)
	}
	r.Scenario.Engines = map[string]scenario.Engine{"c": {Engine: "any"}}
	if need, parts := r.memory(); need != 0 || len(parts) != 0 {
		t.Errorf("engines in Go: %d, %q, want nothing known", need, parts)
	}
}

func TestLargeRecordsTakeMemoryInEveryEngine(t *testing.T) {
	for largest, want := range map[scenario.Bytes]string{110e6: "go 255MB, this program 300MB", 7e6: ""} {
		r := planned(t, map[string]scenario.Engine{"go": {Engine: "go"}, "unknown": {Engine: "any"}})
		r.Engines["go"] = engines.Descriptor{Name: "go", Copies: 2}
		r.Scenario.Placement, r.Scenario.Stream.Payload = scenario.SideBySide, scenario.Payload{Largest: largest, Carrier: payload.Inline}
		if need, parts := r.memory(); strings.Join(parts, ", ") != want || want != "" && need != 2*110e6+ofProgram+ofHarness {
			t.Errorf("records of %s: %d, %q, want %q", largest, need, parts, want)
		}
	}
}

func TestPreflightRefusesMoreMemoryThanThereIs(t *testing.T) {
	have := float64(memoryOf(process.ReadHost()))
	if have == 0 {
		t.Skip("SKIPPED: this machine does not say how much memory it has")
	}
	r := planned(t, map[string]scenario.Engine{"a": {Engine: "j"}, "b": {Engine: "j"}})
	r.Engines["j"] = engines.Descriptor{Name: "j", Java: 17}
	r.Scenario.Placement = scenario.SideBySide
	var said []string
	r.Say = func(line string) { said = append(said, line) }
	for _, c := range []struct {
		share   float64 // of the machine, by each of two
		refused bool
		warned  bool
	}{{0.1, false, false}, {0.45, false, true}, {0.6, true, false}} {
		said = nil
		r.Heap = func(string, int64, int64) int64 { return int64(c.share*have) - besideHeap }
		err := r.preflight(t.Context())
		var e *Error
		if refused := errors.As(err, &e); refused != c.refused || refused && (e.Fault != FaultEnvironment || !strings.Contains(e.Hint, "--placement isolated") ||
			!strings.HasPrefix(err.Error(), "checking the memory: a ")) {
			t.Errorf("two engines of %.0f %% each: %v", 100*c.share, err)
		}
		if warned := len(said) > 0 && strings.HasPrefix(said[0], "memory: "); warned != c.warned {
			t.Errorf("two engines of %.0f %% each: said %q", 100*c.share, said)
		}
	}
}

func TestPreflightTriesEnginesInGoWhateverTheyMayTake(t *testing.T) {
	have := memoryOf(process.ReadHost())
	if have == 0 {
		t.Skip("SKIPPED: this machine does not say how much memory it has")
	}
	r := planned(t, map[string]scenario.Engine{"go": {Engine: "go"}})
	r.Engines["go"] = engines.Descriptor{Name: "go", Copies: 2}
	r.Scenario.Stream.Payload = scenario.Payload{Largest: scenario.Bytes(have), Carrier: payload.Inline}
	var said []string
	r.Say = func(line string) { said = append(said, line) }
	if err := r.checkMemory(); err != nil || len(said) != 1 || !strings.Contains(said[0], "memory: go") {
		t.Errorf("checkMemory = %v and said %q; want no refusal, and the sizes told", err, said)
	}
}
