package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/engines"
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
	limits := r.limitsOf(ctx, b)
	small := slices.Concat(r.requestLimit(limits), r.transactionLimits(limits), r.topicLimit(ctx, b))
	return r.tooSmall(FaultEnvironment, small)
}

// limitsOf reads a broker's limits; empty with a warning if they cannot be read.
func (r *run) limitsOf(ctx context.Context, b broker.Broker) map[string]int64 {
	l, ok := b.(broker.Limited)
	if !ok {
		return nil
	}
	limits, err := l.Limits(ctx)
	if err != nil {
		r.early = append(r.early, "the broker's limits could not be read: "+err.Error())
	}
	return limits
}

// requestLimit compares the largest request with what the brokers take: one beyond that would not fail but hang. Their
// message.max.bytes is for topics without a limit of their own, and the run's have one; of their replica.fetch.max.bytes the same is
// true as of consumers' limits.
func (r *run) requestLimit(limits map[string]int64) []limit {
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

// transactionLimits compares how long transactions of the engines may take, exactly once, with what the brokers allow. A producer that asks
// for more is refused at its start: each engine would end by itself, or begin anew for ever.
func (r *run) transactionLimits(limits map[string]int64) (small []limit) {
	const setting, bound = "transaction.timeout.ms", "transaction.max.timeout.ms"
	have, ok := limits[bound]
	for _, in := range r.instances() {
		plan, err := r.own(in.label).foreseen(in)
		if !ok || err != nil || in.desc.TransactionTimeout == nil || plan.Guarantee != engines.ExactlyOnce {
			continue
		}
		need, set := in.desc.Producer.Bytes(plan.Options, setting)
		if !set {
			need = in.desc.TransactionTimeout(plan).Milliseconds()
		}
		if need <= have {
			continue
		}
		change := fmt.Sprintf("%s=%d on every broker", bound, need)
		if in.desc.Producer.Option != "" {
			change += fmt.Sprintf(", or engines: {%s: {%s}}", in.label, in.desc.Producer.Write(setting, have))
		}
		small = append(small, limit{change: change, text: fmt.Sprintf("checking the broker: engine %s: its producers ask for transactions of up"+
			" to %d ms (%s); the broker's %s is %d", in.label, need, setting, bound, have)})
	}
	return small
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
