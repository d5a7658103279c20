// Package topic creates, deletes, reads and digests the Kafka topics of a run, keeps the ledger of what it created, and
// publishes the registry. Only names that begin with Prefix are ever created or deleted. Sending the input and stamping
// the outputs are left to driver and collector.
package topic

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Prefix begins the name of every topic, group and transactional id of the harness and its engines.
const Prefix = "sg."

// ErrForeign says that a name without Prefix was to be created or deleted.
var ErrForeign = errors.New("name does not begin with " + Prefix)

// Name is the topic of one role of one instance in one block of a run: sg.<run>.<block>.<instance>.<role>.
func Name(run, block, instance, role string) string {
	return Prefix + strings.Join([]string{run, block, instance, role}, ".")
}

// Spec is a topic to be created.
type Spec struct {
	Name       string
	Partitions int32
	Replicas   int16 // 0: the broker's default
	// AppendTime makes the broker put its own clock into each record: for outputs and dead letters. Otherwise records keep
	// the time their producer gave them: the input, stages and the registry.
	AppendTime bool
	Compact    bool  // keep the last record of each key: the registry
	MaxRecord  int64 // the largest record in bytes; 0: at most 1 MB
}

// Bounds of the sizes in bytes. A batch holds many small records, so the limit of a batch never falls below minBatch; a
// segment holds at least two of the largest batches, and Kafka counts both in an int32.
const (
	minBatch   = 4 << 20
	minSegment = 128 << 20
	overhead   = 64 << 10 // keys, headers and framing around the largest value
)

// MaxMessageBytes is the topic's max.message.bytes: of the largest batch that it takes.
func (s Spec) MaxMessageBytes() int64 { return min(s.batch(), math.MaxInt32) }

// SegmentBytes is the topic's segment.bytes: a batch must fit into a segment.
func (s Spec) SegmentBytes() int64 { return min(max(minSegment, 2*s.batch()), math.MaxInt32) }

func (s Spec) batch() int64 { return max(minBatch, s.MaxRecord+s.MaxRecord/16+overhead) }

// sizes are the settings that follow from the largest record, by name.
func (s Spec) sizes() map[string]int64 {
	return map[string]int64{"max.message.bytes": s.MaxMessageBytes(), "segment.bytes": s.SegmentBytes()}
}

// configs are all settings that decide whether a record is accepted, stamped or kept. They are explicit because a broker's
// own defaults would refuse or delete records whose event time lies in another year.
func (s Spec) configs() map[string]string {
	forever := strconv.FormatInt(math.MaxInt64, 10)
	m := map[string]string{
		"cleanup.policy":                  "delete",
		"compression.type":                "producer",
		"max.message.bytes":               strconv.FormatInt(s.MaxMessageBytes(), 10),
		"message.timestamp.type":          "CreateTime",
		"message.timestamp.before.max.ms": forever,
		"message.timestamp.after.max.ms":  forever,
		"retention.bytes":                 "-1",
		"retention.ms":                    "-1",
		"segment.bytes":                   strconv.FormatInt(s.SegmentBytes(), 10),
		"segment.ms":                      forever,
	}
	if s.AppendTime {
		m["message.timestamp.type"] = "LogAppendTime"
	}
	if s.Compact {
		m["cleanup.policy"] = "compact"
	}
	return m
}

func (s Spec) validate() error {
	switch {
	case !strings.HasPrefix(s.Name, Prefix):
		return fmt.Errorf("topic %q: %w", s.Name, ErrForeign)
	case s.Partitions < 1:
		return fmt.Errorf("topic %q: %d partitions, want at least 1", s.Name, s.Partitions)
	case s.MaxRecord < 0 || s.MaxRecord > math.MaxInt32/2:
		return fmt.Errorf("topic %q: a largest record of %d bytes; Kafka holds up to %d", s.Name, s.MaxRecord, math.MaxInt32/2)
	}
	return nil
}

// Admin creates and deletes topics. Safe for concurrent use.
type Admin struct {
	client *kgo.Client
	kadm   *kadm.Client
}

// NewAdmin makes an Admin on a client, which stays the caller's to close.
func NewAdmin(client *kgo.Client) *Admin {
	return &Admin{client: client, kadm: kadm.NewClient(client)}
}

// Create creates the topics, in the order of specs, and then reads their settings back: a broker that silently took
// another value is an error that names each difference. All problems are reported at once. Topics that were created
// before a problem stay; the ledger has their names. Errors: ErrForeign; a *kerr.Error of the broker, wrapped.
func (a *Admin) Create(ctx context.Context, specs []Spec) error {
	var errs []error
	for _, s := range specs {
		errs = append(errs, s.validate())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	for _, s := range specs {
		errs = append(errs, a.create(ctx, s))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	return a.verify(ctx, specs)
}

func (a *Admin) create(ctx context.Context, s Spec) error {
	r, err := a.kadm.CreateTopic(ctx, s.Partitions, s.replicas(), s.pointers(), s.Name)
	if err == nil {
		return nil
	}
	return s.refused(r, err)
}

func (s Spec) replicas() int16 {
	if s.Replicas > 0 {
		return s.Replicas
	}
	return -1
}

func (s Spec) pointers() map[string]*string {
	configs := map[string]*string{}
	for k, v := range s.configs() {
		configs[k] = &v
	}
	return configs
}

// refused tells of an answer to a creation.
func (s Spec) refused(r kadm.CreateTopicResponse, err error) error {
	if r.ErrMessage != "" {
		err = fmt.Errorf("%w: %s", err, r.ErrMessage)
	}
	return fmt.Errorf("topic %q of %d partitions: %w%s", s.Name, s.Partitions, err, hint(err))
}

// RefusedError says that a broker would not create a topic as its Spec has it.
type RefusedError struct {
	Sizes bool  // it is for the sizes: with sizes of its own choice the broker would create it
	Err   error // names the topic; wraps the *kerr.Error where the broker gave one
}

// Error is what Err says.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *RefusedError) Unwrap() error { return e.Err }

// Validate asks the broker whether it would take the settings of a topic, and creates none. Errors, all of them *RefusedError: it
// refuses them, as a policy does, or would give the topic a smaller size than asked for. Anything else that is in the way is left to
// Create.
func (a *Admin) Validate(ctx context.Context, s Spec) error {
	r, err := a.ask(ctx, s, s.pointers())
	if err != nil {
		return nil //nolint:nilerr // Create will meet it as well
	}
	if errors.Is(r.Err, kerr.InvalidConfig) || errors.Is(r.Err, kerr.PolicyViolation) {
		return &RefusedError{Sizes: a.takesWithoutSizes(ctx, s), Err: s.refused(r, r.Err)}
	}
	for name, want := range s.sizes() {
		c := r.Configs[name]
		if have, err := strconv.ParseInt(c.MaybeValue(), 10, 64); err == nil && have < want {
			return &RefusedError{Sizes: true, Err: fmt.Errorf("topic %q: the broker would set %s to %d, want %d", s.Name, name, have, want)}
		}
	}
	return nil
}

// takesWithoutSizes asks whether the broker would create a topic whose sizes it chooses. What it says of a refusal does not tell: a
// policy is a program of the cluster's owner, and its words are too.
func (a *Admin) takesWithoutSizes(ctx context.Context, s Spec) bool {
	configs := s.pointers()
	for name := range s.sizes() {
		delete(configs, name)
	}
	r, err := a.ask(ctx, s, configs)
	return err == nil && r.Err == nil
}

// ask asks the broker whether it would create a topic with these settings.
func (a *Admin) ask(ctx context.Context, s Spec, configs map[string]*string) (kadm.CreateTopicResponse, error) {
	rs, err := a.kadm.ValidateCreateTopics(ctx, s.Partitions, s.replicas(), configs, s.Name)
	return rs[s.Name], err
}

// hint adds what a user can do about an error of the broker.
func hint(err error) string {
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return "; the user needs Create, Describe, DescribeConfigs, Read, Write and Delete on topics that begin with " + Prefix
	case errors.Is(err, kerr.InvalidConfig):
		return "; the broker must be Kafka 3.6 or newer and allow these settings"
	case errors.Is(err, kerr.InvalidReplicationFactor):
		return "; too few brokers are up for this number of replicas"
	case errors.Is(err, kerr.PolicyViolation):
		return "; the cluster has a policy on new topics: ask its owner"
	}
	return ""
}

// How long a broker may take to know a topic that the controller has created, and the pause between two questions.
const (
	knownWithin = 10 * time.Second
	askEvery    = 50 * time.Millisecond
)

// verify compares the settings in force with those asked for. In KRaft the controller's answer to a creation may be ahead
// of the brokers' own view, so a topic that is unknown is asked for again.
func (a *Admin) verify(ctx context.Context, specs []Spec) error {
	ctx, cancel := context.WithTimeout(ctx, knownWithin)
	defer cancel()
	for {
		err := a.compare(ctx, specs)
		if !errors.Is(err, kerr.UnknownTopicOrPartition) {
			return err
		}
		t := time.NewTimer(askEvery)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

func (a *Admin) compare(ctx context.Context, specs []Spec) error {
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
	}
	got, err := a.kadm.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return fmt.Errorf("reading back the settings of new topics: %w%s", err, hint(err))
	}
	var errs []error
	for _, s := range specs {
		r, err := got.On(s.Name, nil)
		if err == nil {
			err = r.Err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("topic %q: %w%s", s.Name, err, hint(err)))
			continue
		}
		errs = append(errs, differences(s, r.Configs))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("reading back the settings of new topics: %w", err)
	}
	return nil
}

func differences(s Spec, got []kadm.Config) error {
	want := s.configs()
	var bad []string
	for _, c := range got {
		if w, ok := want[c.Key]; ok && c.MaybeValue() != w {
			bad = append(bad, fmt.Sprintf("%s is %s, want %s", c.Key, c.MaybeValue(), w))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.Sort(bad)
	return fmt.Errorf("topic %q: the broker took other values: %s", s.Name, strings.Join(bad, "; "))
}

// Delete deletes topics. Those that do not exist are no error. Nothing is deleted when a name lacks Prefix. Errors:
// ErrForeign.
func (a *Admin) Delete(ctx context.Context, names []string) error {
	if err := ours(names); err != nil {
		return fmt.Errorf("deleting topics: %w", err)
	}
	if len(names) == 0 {
		return nil
	}
	rs, err := a.kadm.DeleteTopics(ctx, names...)
	errs := []error{err}
	for _, r := range rs {
		if r.Err != nil && !errors.Is(r.Err, kerr.UnknownTopicOrPartition) {
			errs = append(errs, fmt.Errorf("topic %q: %w%s", r.Topic, r.Err, hint(r.Err)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("deleting topics: %w", err)
	}
	return nil
}

// DeleteGroups deletes consumer groups. Those that do not exist are no error; one that still has members is. Nothing is
// deleted when a name lacks Prefix. Errors: ErrForeign.
func (a *Admin) DeleteGroups(ctx context.Context, names []string) error {
	if err := ours(names); err != nil {
		return fmt.Errorf("deleting groups: %w", err)
	}
	if len(names) == 0 {
		return nil
	}
	rs, err := a.kadm.DeleteGroups(ctx, names...)
	errs := []error{err}
	for _, r := range rs {
		if r.Err != nil && !errors.Is(r.Err, kerr.GroupIDNotFound) {
			errs = append(errs, fmt.Errorf("group %q: %w", r.Group, r.Err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("deleting groups: %w", err)
	}
	return nil
}

// DeleteOf deletes the consumer groups and topics whose names are one of the prefixes, or begin with one and a dot or dash. Among them is
// what engines make by themselves, such as the changelogs of Kafka Streams. Errors: as Delete and DeleteGroups.
func (a *Admin) DeleteOf(ctx context.Context, prefixes []string) error {
	left, err := a.Leftovers(ctx)
	if err != nil {
		return fmt.Errorf("deleting topics and groups: %w", err)
	}
	return errors.Join(a.DeleteGroups(ctx, of(prefixes, left.Groups)), a.Delete(ctx, of(prefixes, left.Topics)))
}

// of picks the names that are those of prefixes.
func of(prefixes, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return !slices.ContainsFunc(prefixes, func(p string) bool {
			rest, ok := strings.CutPrefix(name, p)
			return ok && (rest == "" || rest[0] == '.' || rest[0] == '-')
		})
	})
}

func ours(names []string) error {
	var errs []error
	for _, n := range names {
		if !strings.HasPrefix(n, Prefix) {
			errs = append(errs, fmt.Errorf("%q: %w", n, ErrForeign))
		}
	}
	return errors.Join(errs...)
}

// Left is what is on a cluster under Prefix, each sorted.
type Left struct {
	Topics, Groups []string
}

// Leftovers lists all topics and consumer groups under Prefix, of any run.
func (a *Admin) Leftovers(ctx context.Context) (Left, error) {
	var l Left
	// Asked of the broker itself: the client's cache still has topics that were deleted a moment ago.
	topics, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, a.client)
	if err != nil {
		return Left{}, fmt.Errorf("listing topics: %w", err)
	}
	for _, t := range topics.Topics {
		if t.Topic != nil && strings.HasPrefix(*t.Topic, Prefix) {
			l.Topics = append(l.Topics, *t.Topic)
		}
	}
	groups, err := a.kadm.ListGroups(ctx)
	if err != nil {
		return Left{}, fmt.Errorf("listing groups: %w", err)
	}
	for _, name := range groups.Groups() {
		if strings.HasPrefix(name, Prefix) {
			l.Groups = append(l.Groups, name)
		}
	}
	slices.Sort(l.Topics)
	slices.Sort(l.Groups)
	return l, nil
}

// EndOffsets gives the end offset of each partition, by position, of each topic: where the next record goes, or with
// committed the last stable offset. They do not count records: transactions leave markers.
func (a *Admin) EndOffsets(ctx context.Context, committed bool, topics ...string) (map[string][]int64, error) {
	list := a.kadm.ListEndOffsets
	if committed {
		list = a.kadm.ListCommittedOffsets
	}
	return offsets(ctx, list, topics)
}

func offsets(ctx context.Context, list func(context.Context, ...string) (kadm.ListedOffsets, error), topics []string) (map[string][]int64, error) {
	if len(topics) == 0 {
		return nil, nil // an empty list would mean all topics of the cluster
	}
	ls, err := list(ctx, topics...)
	if err == nil {
		err = ls.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("listing offsets of %s: %w", strings.Join(topics, ", "), err)
	}
	m := map[string][]int64{}
	for t, ps := range ls {
		m[t] = make([]int64, len(ps))
		for p, o := range ps {
			if p < 0 || int(p) >= len(ps) {
				return nil, fmt.Errorf("listing offsets of %s: partition %d among %d", t, p, len(ps))
			}
			m[t][p] = o.Offset
		}
	}
	return m, nil
}
