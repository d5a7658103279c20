package harness

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// limit is one that the largest record of a run does not pass.
type limit struct {
	text   string // whose limit it is, what it is, and what is needed
	change string // the setting to change, and to what
}

// Error says which limit it is.
func (l limit) Error() string { return l.text }

// Copies are how many copies of the largest record the heap of an engine's virtual machine had room for, as measured.
type Copies struct {
	Ran    int // records went through; 0: not measured
	Failed int // with no more than so many it ran out of memory; 0: not known
}

// aroundValue is the least that a record has beside its value where Kafka's producer holds it against its limits: 61 bytes of a
// batch, 21 of a record, the headers of a stage, a key.
const aroundValue = 128

// Copies of a value that Kafka's clients for Java have at the same time, whatever the engine: of the fetch and as the consumer
// returns it; where the job hands it on, in the producer's batch, too.
const (
	consumedCopies = 2
	producedCopies = 1
)

// largestValue is the size of the largest value that may come, bytes; 0 where all are ordinary. A short run may do without.
func (r *run) largestValue() int64 {
	return max(int64(r.Scenario.Stream.Pad), r.Scenario.LargestRecord())
}

// engineLimits lists what of an engine, and of what the scenario sets of it, the largest record does not pass. Consumers are not
// asked: Kafka returns the first batch of a fetch whole, however small max.partition.fetch.bytes and fetch.max.bytes are.
func (r *run) engineLimits(in instance) (small []limit) {
	if largest := r.largestValue(); in.desc.MaxRecord > 0 && in.desc.MaxRecord < largest {
		small = append(small, limit{text: fmt.Sprintf("engine %s: records of %s; the largest verified for %s is %s",
			in.label, scenario.Bytes(largest), in.desc.Name, scenario.Bytes(in.desc.MaxRecord))})
	}
	return slices.Concat(small, r.producerLimits(in), r.internalLimits(in), r.heapLimit(in))
}

// producerLimits holds the largest record against the producer's settings where the scenario has some: what the adapters set by
// themselves is enough.
func (r *run) producerLimits(in instance) (small []limit) {
	if !handsOn(in.job) {
		return nil
	}
	for _, name := range []string{"max.request.size", "buffer.memory"} {
		small = append(small, r.optionLimit(in, in.desc.Producer, name, r.largestValue())...)
	}
	return small
}

// handsOn says whether a job is certain to write values as large as those it reads. One that decodes writes readings, the last stage
// that scans summaries; only a dead letter would be as large.
func handsOn(j *job.Job) bool {
	return !j.Decodes() && (len(j.Stages) > 1 || !j.Payloads())
}

// internalLimits does the same for topics that an engine makes itself: of what comes in chunks they hold those.
func (r *run) internalLimits(in instance) []limit {
	s := r.Scenario.Stream
	if s.Payload.Carrier != payload.Chunked || !slices.Contains(in.job.OperatorNames(), "reassemble") {
		return nil
	}
	return r.optionLimit(in, in.desc.Internal, "max.message.bytes", min(int64(s.Payload.Chunk), r.largestValue()))
}

// optionLimit holds records with a value against a setting in an engine's options.
func (r *run) optionLimit(in instance, at engines.ClientOptions, name string, value int64) []limit {
	options, err := in.options()
	have, ok := at.Bytes(options, name)
	if err != nil || !ok || have >= value+aroundValue {
		return nil
	}
	return []limit{{
		text: fmt.Sprintf("engine %s: its option %s has %s%s=%d; records with values of up to %d bytes need %d",
			in.label, at.Option, at.Prefix, name, have, value, value+aroundRecord),
		change: fmt.Sprintf("engines: {%s: {%s}}, or leave it out", in.label, at.Write(name, value+aroundRecord)),
	}}
}

// heapLimit holds the heap that the scenario gives an engine against copies of the largest value. Between what is certain to fail and
// what has run nobody knows, so that is told and not refused.
func (r *run) heapLimit(in instance) []limit {
	heap, value := int64(in.settings.Heap), r.largestValue()
	if r.Copies == nil || r.Heap == nil || in.desc.Java == 0 || heap == 0 || in.settings.Deploy == engines.DeployRemote {
		return nil
	}
	copies, least := r.Copies(in.settings.Engine), consumedCopies
	if handsOn(in.job) {
		least += producedCopies
	}
	if r.maxRecord() > broker.LargeRecord { // such as ran out: with smaller ones other things fill the heap
		least = max(least, copies.Failed)
	}
	switch enough := scenario.Bytes(r.Heap(in.settings.Engine, 0, r.maxRecord())); {
	case heap < int64(least)*value:
		return []limit{{
			text: fmt.Sprintf("engine %s: a heap of %s; values of up to %s are in it %d times at least, which is %s", in.label, in.settings.Heap,
				scenario.Bytes(value), least, scenario.Bytes(int64(least)*value)),
			change: fmt.Sprintf("--set engines.%s.heap=%s, or leave it out", in.label, wholeMB(int64(enough))),
		}}
	case heap < int64(copies.Ran)*value:
		r.say("engine %s: a heap of %s may be too small for values of up to %s; by default it gets %s", in.label, in.settings.Heap,
			scenario.Bytes(value), enough)
	}
	return nil
}

// wholeMB is a size that holds n bytes and is written shortly.
func wholeMB(n int64) scenario.Bytes {
	const mb = 1e6
	return scenario.Bytes((n + mb - 1) / mb * mb)
}

// tooSmall makes one error of all limits; nil if there are none.
func (r *run) tooSmall(fault Fault, limits []limit) error {
	if len(limits) == 0 {
		return nil
	}
	var texts []error
	var changes []string
	for _, l := range limits {
		texts = append(texts, l)
		if l.change != "" {
			changes = append(changes, l.change)
		}
	}
	var hints []string
	if len(changes) > 0 {
		hints = append(hints, "set "+strings.Join(changes, "; "))
	}
	if way := r.smaller(); way != "" {
		hints = append(hints, "take "+way)
	}
	return &Error{fault, errors.Join(texts...), strings.Join(hints, "; or ")}
}

// smaller says how the scenario comes to smaller records; nothing where they are small.
func (r *run) smaller() string {
	var set []string
	for _, in := range r.instances() {
		if in.settings.Carrier == payload.Inline {
			set = append(set, fmt.Sprintf("--set engines.%s.carrier=chunked", in.label))
		}
	}
	switch s := r.Scenario; {
	case r.largestValue() == 0:
		return ""
	case s.LargestRecord() <= int64(s.Stream.Pad):
		return "a smaller stream.pad"
	case s.Stream.Payload == (scenario.Payload{}):
		return fmt.Sprintf("a job of large messages with --set stream.payload.carrier=chunked, or another preset than %s", s.Stream.Preset)
	case s.Stream.Payload.Carrier == payload.Chunked && r.assembled():
		set = append(set, "a smaller stream.payload.largest, or the job large in place of large-assembled")
	case s.Stream.Payload.Carrier != payload.Chunked && len(set) == 0:
		return "--set stream.payload.carrier=chunked"
	}
	return strings.Join(set, " and ")
}

// assembled tells whether an engine puts chunks together to messages as large as they were.
func (r *run) assembled() bool {
	return slices.ContainsFunc(r.instances(), func(in instance) bool {
		return in.settings.Carrier != payload.Inline && r.own(in.label).Scenario.LargestRecord() > int64(r.Scenario.Stream.Payload.Chunk)
	})
}
