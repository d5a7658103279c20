package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/topic"
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

// largestValue is the size of the largest value that is certain to come, bytes; 0 where all are ordinary.
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
// themselves is enough. A job that decodes writes readings, which are small.
func (r *run) producerLimits(in instance) (small []limit) {
	if in.job.Decodes() {
		return nil
	}
	for _, name := range []string{"max.request.size", "buffer.memory"} {
		small = append(small, r.optionLimit(in, in.desc.Producer, name, r.largestValue())...)
	}
	return small
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
	if !in.job.Decodes() {
		least += producedCopies
	}
	least = max(least, copies.Failed)
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
	switch s := r.Scenario; {
	case r.largestValue() == 0:
		return ""
	case s.LargestRecord() <= int64(s.Stream.Pad):
		return "a smaller stream.pad"
	case s.Stream.Payload == (scenario.Payload{}):
		return fmt.Sprintf("a job of large messages with --set stream.payload.carrier=chunked, or another preset than %s", s.Stream.Preset)
	}
	return "--set stream.payload.carrier=chunked"
}

// lookWithin bounds how long a broker may take to tell its limits.
const lookWithin = 30 * time.Second

// checkBroker holds the largest record against the limits of a broker that the run uses as it is. One that the run starts gets the
// limits it needs.
func (r *run) checkBroker(ctx context.Context) error {
	if r.FindBroker == nil {
		return nil
	}
	spec := r.brokerSpec()
	b, err := r.FindBroker(ctx, spec)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return environment(cmp.Or(r.keptHint(spec), brokerHint(spec)), err)
	}
	if b == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	small := slices.Concat(r.requestLimit(ctx, b), r.topicLimit(ctx, b))
	return r.tooSmall(FaultEnvironment, small)
}

// keptHint says what to do about a local broker that is kept and does not fit.
func (r *run) keptHint(spec broker.Spec) string {
	if spec.Kind != broker.Local {
		return ""
	}
	return fmt.Sprintf("streamgauge broker stop, and the run starts its own; or then streamgauge broker start --nodes %d --max-record %s",
		max(1, spec.Nodes), wholeMB(spec.MaxRecordBytes))
}

// requestLimit compares the largest request with what the brokers take: one beyond that would not fail but hang. Their
// message.max.bytes is for topics without a limit of their own, and the run's have one; of their replica.fetch.max.bytes the same is
// true as of consumers' limits.
func (r *run) requestLimit(ctx context.Context, b broker.Broker) []limit {
	l, ok := b.(broker.Limited)
	if !ok {
		return nil
	}
	limits, err := l.Limits(ctx)
	if err != nil {
		r.early = append(r.early, "the broker's limits could not be read: "+err.Error())
		return nil
	}
	need := broker.RequestBytes(r.maxRecord())
	have, ok := limits["socket.request.max.bytes"]
	if !ok || have >= need {
		return nil
	}
	return []limit{{
		text: fmt.Sprintf("checking the broker: requests with records of up to %d bytes need %d bytes; its socket.request.max.bytes is %d",
			r.maxRecord(), need, have),
		change: fmt.Sprintf("socket.request.max.bytes=%d on every broker", need),
	}}
}

// topicLimit asks whether the broker would create the run's topics, which all have the same limits.
func (r *run) topicLimit(ctx context.Context, b broker.Broker) []limit {
	client, err := b.Dial()
	if err != nil {
		return nil // the run will say so
	}
	defer client.Close()
	spec := topic.Spec{Name: topic.Name(r.id, "b1", inputInstance, "input"), Partitions: r.Scenario.Broker.Partitions, MaxRecord: r.maxRecord()}
	if err := topic.NewAdmin(client).Validate(ctx, spec); err != nil {
		return []limit{{
			text:   fmt.Sprintf("checking the broker: topics for records of up to %d bytes: %v", r.maxRecord(), err),
			change: fmt.Sprintf("the cluster to allow topics with max.message.bytes=%d and segment.bytes=%d", spec.MaxMessageBytes(), spec.SegmentBytes()),
		}}
	}
	return nil
}
