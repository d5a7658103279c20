package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/topic"
)

// lookWithin bounds how long a broker may take to tell its limits.
const lookWithin = 30 * time.Second

// checkBroker holds the largest record against the limits of a broker that the run uses as it is. One that the run starts gets the
// limits it needs.
func (r *run) checkBroker(ctx context.Context) error {
	if r.FindBroker == nil {
		return nil
	}
	spec := r.brokerSpec()
	if spec.Kind == broker.Remote {
		r.say("looking at the broker")
	}
	b, err := r.FindBroker(ctx, spec)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return environment(brokerHint(spec, err), err)
	}
	if b == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	small := slices.Concat(r.requestLimit(ctx, b), r.topicLimit(ctx, b))
	return r.tooSmall(FaultEnvironment, small)
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
	// Not a topic of the run's: a broker that makes the topic nevertheless leaves one that clean finds.
	spec := topic.Spec{Name: topic.Name(r.id, "preflight", inputInstance, "input"), Partitions: r.Scenario.Broker.Partitions, MaxRecord: r.maxRecord()}
	err = topic.NewAdmin(client).Validate(ctx, spec)
	if err == nil {
		return nil
	}
	refused := limit{text: fmt.Sprintf("checking the broker: topics for records of up to %d bytes: %v", r.maxRecord(), err)}
	if of := (*topic.RefusedError)(nil); errors.As(err, &of) && of.Sizes {
		refused.change = fmt.Sprintf("the cluster to allow topics with max.message.bytes=%d and segment.bytes=%d", spec.MaxMessageBytes(), spec.SegmentBytes())
	}
	return []limit{refused}
}
