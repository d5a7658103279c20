package harness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// What takes memory beside the engines' heaps, as seen in runs; each is on the small side, so that nothing is refused that
// works.
const (
	besideHeap  = 200e6 // of a virtual machine: code, threads, buffers
	ofAKafka    = 1.2e9 // a node of a local broker
	ofHarness   = 300e6
	mostOfIt    = 0.8   // of the machine's memory; beyond it a run is warned: its topics live in the rest
	ofClusterVM = 600e6 // what an engine takes here beside the virtual machines that do the work
	ofProgram   = 35e6  // an engine in Go, beside what it holds of records
	largeRecord = 8e6   // values below are not what fills an engine in Go
)

// checkMemory refuses a run whose engines could together take more than the machine has: the kernel would end one of them, or
// swap, in the middle.
func (r *run) checkMemory() error {
	host := process.ReadHost()
	have := memoryOf(host)
	need, parts := r.memory()
	switch {
	case have == 0 || float64(need) <= mostOfIt*float64(have):
	case need <= have || !slices.ContainsFunc(r.instances(), func(in instance) bool { return in.desc.Java > 0 }):
		// Engines in Go have no heap that is set beforehand: they are tried.
		r.say("memory: %s may take %s of the machine's %s at once", strings.Join(parts, " + "), scenario.Bytes(need), scenario.Bytes(have))
	default:
		return environment(r.memoryHint(), fmt.Errorf("checking the memory: %s may take %s at once; the machine has %s",
			strings.Join(parts, " + "), scenario.Bytes(need), scenario.Bytes(have)))
	}
	return nil
}

// memory is what all that runs at the same time may take, and what it consists of.
func (r *run) memory() (need int64, parts []string) {
	add := func(name string, n int64) {
		need += n
		parts = append(parts, fmt.Sprintf("%s %s", name, scenario.Bytes(n)))
	}
	var largest instance
	for _, in := range r.instances() {
		if r.Scenario.Placement != scenario.Isolated {
			if n := r.memoryOf(in); n > 0 {
				add(in.label, n)
			}
		} else if largest.label == "" || r.memoryOf(in) > r.memoryOf(largest) {
			largest = in
		}
	}
	if n := r.memoryOf(largest); n > 0 {
		add(largest.label, n)
	}
	if len(parts) > 0 { // else there is nothing whose size is known
		if r.Scenario.Broker.Kind == "local" {
			add("Kafka", ofAKafka*int64(max(1, r.Scenario.Broker.Nodes)))
		}
		add("this program", ofHarness)
	}
	return need, parts
}

// memoryOf is what an instance's virtual machine may take, or what an engine in Go takes for large records; 0 if nobody knows.
func (r *run) memoryOf(in instance) int64 {
	if value := r.own(in.label).largestValue(); in.desc.Copies > 0 && value >= largeRecord {
		return ofProgram + int64(in.desc.Copies)*value
	}
	if r.Heap == nil || in.desc.Java == 0 {
		return 0
	}
	heap := r.Heap(in.settings.Engine, int64(in.settings.Heap), r.own(in.label).maxRecord())
	switch in.settings.Deploy {
	case engines.DeployCluster:
		heap += ofClusterVM
	case engines.DeployRemote: // the work is done elsewhere
		return ofClusterVM
	}
	return heap + besideHeap
}

func (r *run) memoryHint() string {
	hint := "give engines less, such as --set engines.NAME.heap=512MB, or run it on a larger machine"
	if r.largestValue() >= largeRecord {
		hint += ", or take " + r.smaller()
	}
	if r.Scenario.Placement != scenario.Isolated && len(r.Scenario.Engines) > 1 {
		return "--placement isolated runs one engine at a time; or " + hint
	}
	return hint
}

// memoryOf is the machine's memory, or what its control group allows if that is less.
func memoryOf(h process.Host) int64 {
	if n, err := strconv.ParseInt(h.Limits["memory_bytes"], 10, 64); err == nil && n > 0 && n < h.MemoryBytes {
		return n
	}
	return h.MemoryBytes
}
