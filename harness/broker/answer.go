package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Cluster is what a cluster says of itself.
type Cluster struct {
	Nodes   int    // brokers that are up
	Version string // guessed from the requests that the brokers know: "v4.1", "between v3.6 and v3.7"
}

// Ask asks the cluster once who is up and which version it speaks.
func Ask(ctx context.Context, client *kgo.Client) (Cluster, error) {
	// Not through kadm, which answers from the client's cache: a node that comes back would not be seen.
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	md, err := req.RequestWith(ctx, client)
	if err != nil {
		return Cluster{}, fmt.Errorf("asking the cluster for its brokers: %w", err)
	}
	c := Cluster{Nodes: len(md.Brokers)}
	versions, err := kadm.NewClient(client).ApiVersions(ctx)
	if err == nil {
		err = errors.New("no broker answered")
	}
	for _, v := range versions.Sorted() {
		if v.Err == nil {
			c.Version = v.VersionGuess()
			return c, nil // one that answers is enough
		}
	}
	return Cluster{}, fmt.Errorf("asking the cluster for its version: %w", err)
}

// askEvery is the pause between two questions to a broker that is starting.
const askEvery = 100 * time.Millisecond

// Await asks until nodes brokers are up, until ctx ends or until gone yields, which means that what was started has ended.
// Errors: ctx's with the last answer, or gone's.
func Await(ctx context.Context, client *kgo.Client, nodes int, gone <-chan error) (Cluster, error) {
	var last error
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		c, err := Ask(attempt, client)
		cancel()
		if err == nil && c.Nodes >= nodes {
			return c, nil
		}
		if last = err; err == nil {
			last = fmt.Errorf("%d of %d nodes are up", c.Nodes, nodes)
		}
		t := time.NewTimer(askEvery)
		select {
		case <-t.C:
		case err := <-gone:
			t.Stop()
			return Cluster{}, err
		case <-ctx.Done():
			t.Stop()
			return Cluster{}, fmt.Errorf("waiting for the broker: %w (last: %v)", context.Cause(ctx), last)
		}
	}
}

// limits are the settings of brokers that bound what a run may send.
var limits = []string{"message.max.bytes", "socket.request.max.bytes", "transaction.max.timeout.ms"}

// Limits reads the limits that bound what a run may send, as Limited describes.
func Limits(ctx context.Context, client *kgo.Client) (map[string]int64, error) {
	adm := kadm.NewClient(client)
	nodes, err := adm.ListBrokers(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	rs, err := adm.DescribeBrokerConfigs(ctx, nodes.NodeIDs()...)
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	m := map[string]int64{}
	var errs []error
	for _, r := range rs {
		if r.Err != nil {
			errs = append(errs, fmt.Errorf("broker %s: %w", r.Name, r.Err))
		}
		for _, c := range r.Configs {
			v, err := strconv.ParseInt(c.MaybeValue(), 10, 64)
			if err != nil || !slices.Contains(limits, c.Key) {
				continue
			}
			if had, ok := m[c.Key]; !ok || v < had {
				m[c.Key] = v
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	return m, nil
}
