package bench

import (
	"fmt"
	"io"
	"math"
)

// cost is one figure of the harness alone.
type cost struct {
	what   string
	name   string // of the benchmark
	keys   map[string]string
	unit   string
	shown  string
	target float64 // 0: none
	least  bool    // the target is a lower bound
}

// indoor are the keys of the generator's benchmark. Memory of messages is their own, as on the way to topics, or that of the last one, as to
// files.
func indoor(encoding, memory string) map[string]string {
	return map[string]string{"preset": "indoor", "encoding": encoding, "devices": "100000", "memory": memory}
}

// blobs are the keys of the benchmark of large messages.
func blobs(class, size string) map[string]string {
	return map[string]string{"class": class, "size": size}
}

var harnessCosts = []cost{
	{"oracle, job `identity`, one core", "Judge", map[string]string{"job": "identity"}, "events/s", "events/s", 3e6, true},
	{"oracle, job `identity`, memory", "Judge", map[string]string{"job": "identity"}, "B/device", "B a device", 0, false},
	{"oracle, job `alert`: five stages and end to end, one core", "Judge", map[string]string{"job": "alert"}, "events/s", "events/s", 0, true},
	{"oracle, job `alert`, memory", "Judge", map[string]string{"job": "alert"}, "B/device", "B a device", 0, false},
	{"recording an answer of 100 B: match, hash, histogram, file", "Observe", map[string]string{"value": "100"}, "ns/record", "ns", 150, false},
	{"recording an answer of 1 KB", "Observe", map[string]string{"value": "1000"}, "ns/record", "ns", 150, false},
	{"generating a reading of preset `indoor` with its dirt, JSON, one core", "Next", indoor("native", "own"), "records/cpu-s", "/s of CPU", 2e6, true},
	{"beside copying a constant of its size", "Next", indoor("native", "own"), "times-a-copy", "times", 0, false},
	{"the same reading in a binary frame, one core", "Next", indoor("frame", "own"), "records/cpu-s", "/s of CPU", 4e6, true},
	{"the same reading in Protobuf, one core", "Next", indoor("protobuf", "own"), "records/cpu-s", "/s of CPU", 4e6, true},
	{"JSON to files, pipes, `null`: in the memory of the message before", "Next", indoor("native", "last"), "records/cpu-s", "/s of CPU", 2e6, true},
	{"frames there", "Next", indoor("frame", "last"), "records/cpu-s", "/s of CPU", 4e6, true},
	{"Protobuf there", "Next", indoor("protobuf", "last"), "records/cpu-s", "/s of CPU", 4e6, true},
	{"those of `machine`, which has one field, there", "Next",
		map[string]string{"preset": "machine", "encoding": "frame", "devices": "100000", "memory": "last"}, "records/cpu-s", "/s of CPU", 4e6, true},
	{"one of `neglected-fleet`, which has every kind of dirt, JSON, one core", "Next", map[string]string{"preset": "neglected-fleet", "devices": "100000", "memory": "own"}, "records/cpu-s", "/s of CPU", 2e6, true},
	{"messages of 1 MB without order, generated, hashed and stamped, one core", "Large", blobs("dense", "1MB"), "GB/cpu-s", "GB/s of CPU", 3, true},
	{"beside copying a constant of its size, hashed and stamped", "Large", blobs("dense", "1MB"), "times-a-copy", "times", 0, false},
	{"of 1 MB, waveforms", "Large", blobs("wave", "1MB"), "GB/cpu-s", "GB/s of CPU", 3, true},
	{"of 1 MB, mostly empty", "Large", blobs("sparse", "1MB"), "GB/cpu-s", "GB/s of CPU", 3, true},
	{"of 110 MB without order", "Large", blobs("dense", "110MB"), "GB/cpu-s", "GB/s of CPU", 3, true},
	{"beside copying a constant of 110 MB", "Large", blobs("dense", "110MB"), "times-a-copy", "times", 0, false},
	{"a sample in a histogram", "Record", map[string]string{"store": "dense"}, "ns/op", "ns", 0, false},
	{"send delay p50 at 10,000/s, null producer", "Pace", map[string]string{"producer": "null"}, "send-delay-p50-us", "µs", 0, false},
	{"send delay p99 at 10,000/s, null producer", "Pace", map[string]string{"producer": "null"}, "send-delay-p99-us", "µs", 200, false},
	{"rate error, null producer", "Pace", map[string]string{"producer": "null"}, "rate-error-ppm", "ppm", 10, false},
	{"other CPU meanwhile", "Pace", map[string]string{"producer": "null"}, otherCPU, "%", 0, false},
	{"send delay p50 at 10,000/s, embedded broker", "Pace", map[string]string{"producer": "embedded"}, "send-delay-p50-us", "µs", 0, false},
	{"send delay p99 at 10,000/s, embedded broker", "Pace", map[string]string{"producer": "embedded"}, "send-delay-p99-us", "µs", 200, false},
	{"rate error, embedded broker", "Pace", map[string]string{"producer": "embedded"}, "rate-error-ppm", "ppm", 10, false},
	{"other CPU meanwhile", "Pace", map[string]string{"producer": "embedded"}, otherCPU, "%", 0, false},
}

func (s *results) costs(out io.Writer) (missed []string) {
	fmt.Fprintf(out, "### The harness alone\n\n| figure | measured | target |\n|---|---|---|\n")
	for _, c := range harnessCosts {
		v := median(s.all(c.name, c.unit, c.keys))
		bound, met := c.judge(v)
		text := number(v) + " " + c.shown
		fmt.Fprintf(out, "| %s | %s | %s |\n", c.what, mark(text, c.target > 0 && !math.IsNaN(v), met), bound)
		if !met {
			missed = append(missed, fmt.Sprintf("%s: %s, target %s", c.what, text, bound))
		}
	}
	fmt.Fprintln(out)
	return missed
}

// judge gives the target's text and whether a value meets it. What was not measured missed nothing.
func (c *cost) judge(v float64) (bound string, met bool) {
	switch {
	case c.target == 0:
		return "", true
	case c.least:
		return "≥ " + number(c.target) + " " + c.shown, math.IsNaN(v) || v >= c.target
	}
	return "≤ " + number(c.target) + " " + c.shown, math.IsNaN(v) || v <= c.target
}

// Targets of first-light.
const (
	memoryTarget   = 300   // MB, of driver, collector and oracle in one process
	achievedTarget = 0.999 // of the offered rate
)

func (s *results) firstLight(out io.Writer) (missed []string) {
	fmt.Fprintf(out, "### first-light at 20,000 events/s, embedded broker, one engine at a time\n\n"+
		"| engine | verdict | quality | achieved/s | of offered | response p50 ms | p99 ms | engine CPU s | harness CPU s | broker CPU s | harness peak MB, target < %d |\n"+
		"|---|---|---|---|---|---|---|---|---|---|---|\n", memoryTarget)
	for _, r := range s.rows {
		if r.name != "FirstLight" {
			continue
		}
		share := r.values["achieved/s"] / r.values["offered/s"]
		value := func(unit string) string {
			if v, ok := r.values[unit]; ok {
				return number(v)
			}
			return "–"
		}
		fits := r.values["harness-peak-MB"] < memoryTarget
		fmt.Fprintf(out, "| %s | %s | %s | %s | %.1f %% | %s | %s | %s | %s | %s | %s |\n", r.keys["engine"], r.keys["verdict"], r.keys["quality"],
			value("achieved/s"), 100*share, value("p50-ms"), value("p99-ms"), value("engine-cpu-s"), value("harness-cpu-s"), value("broker-cpu-s"),
			mark(value("harness-peak-MB"), true, fits))
		note := func(ok bool, format string, args ...any) {
			if !ok {
				missed = append(missed, "first-light, "+r.keys["engine"]+": "+fmt.Sprintf(format, args...))
			}
		}
		note(r.keys["verdict"] == "correct", "verdict %s", r.keys["verdict"])
		note(r.keys["quality"] != "invalid", "the trial is invalid: the harness missed its own bounds")
		note(share >= achievedTarget, "%.1f %% of the offered load answered, target %.1f %%", 100*share, 100*achievedTarget)
		note(fits, "the harness used %s MB, target < %d MB", value("harness-peak-MB"), memoryTarget)
	}
	if v := s.all("FirstLight", otherCPU, nil); len(v) > 0 {
		fmt.Fprintf(out, "\nOther CPU meanwhile: %s %%.\n", number(v[0]))
	}
	fmt.Fprintln(out)
	return missed
}
