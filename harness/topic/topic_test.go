package topic

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is a broker in this process.
func cluster(t *testing.T) (*kfake.Cluster, Dial) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, func(opts ...kgo.Opt) (*kgo.Client, error) {
		return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...)}, opts...)...)
	}
}

func client(t *testing.T, dial Dial, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := dial(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func create(t *testing.T, dial Dial, specs ...Spec) *Admin {
	t.Helper()
	a := NewAdmin(client(t, dial))
	if err := a.Create(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	return a
}

func collect(seq iter.Seq2[event.Record, error]) (got []string, err error) {
	for r, e := range seq {
		if e != nil {
			return got, e
		}
		got = append(got, fmt.Sprintf("%d/%d %s=%s", r.Partition, r.Offset, r.Key, r.Value))
	}
	return got, nil
}

func TestName(t *testing.T) {
	if got, want := Name("r1", "b", "storm", "output"), "sg.r1.b.storm.output"; got != want {
		t.Errorf("Name = %q, want %q", got, want)
	}
}

func TestOnlyOwnNamesAreTouched(t *testing.T) {
	_, dial := cluster(t)
	raw := kadm.NewClient(client(t, dial))
	if _, err := raw.CreateTopic(t.Context(), 1, 1, nil, "payments"); err != nil {
		t.Fatal(err)
	}
	a := create(t, dial, Spec{Name: "sg.r.b.in.input", Partitions: 1})
	for what, err := range map[string]error{
		"Create":       a.Create(t.Context(), []Spec{{Name: "sg.r.ok", Partitions: 1}, {Name: "sgx", Partitions: 1}}),
		"Delete":       a.Delete(t.Context(), []string{"sg.r.b.in.input", "payments"}),
		"DeleteGroups": a.DeleteGroups(t.Context(), []string{"billing"}),
	} {
		if !errors.Is(err, ErrForeign) {
			t.Errorf("%s of a foreign name = %v, want ErrForeign", what, err)
		}
	}
	topics, err := raw.ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := topics.Names(); !slices.Equal(got, []string{"payments", "sg.r.b.in.input"}) {
		t.Errorf("topics after the refusals: %q; a refused call must change nothing", got)
	}
}

func TestCreateSetsWhatDecidesAboutRecords(t *testing.T) {
	_, dial := cluster(t)
	create(t, dial,
		Spec{Name: "sg.in", Partitions: 3},
		Spec{Name: "sg.out", Partitions: 2, AppendTime: true, MaxRecord: 110_000_000},
		Spec{Name: "sg.reg", Partitions: 2, Compact: true})
	rs, err := kadm.NewClient(client(t, dial)).DescribeTopicConfigs(t.Context(), "sg.in", "sg.out", "sg.reg")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rs {
		for _, c := range r.Configs {
			got[r.Name+" "+c.Key] = c.MaybeValue()
		}
	}
	forever := strconv.Itoa(math.MaxInt64)
	for k, want := range map[string]string{
		"sg.in message.timestamp.type":          "CreateTime",
		"sg.in message.timestamp.before.max.ms": forever,
		"sg.in message.timestamp.after.max.ms":  forever,
		"sg.in segment.ms":                      forever,
		"sg.in retention.ms":                    "-1",
		"sg.in retention.bytes":                 "-1",
		"sg.in compression.type":                "producer",
		"sg.in cleanup.policy":                  "delete",
		"sg.in max.message.bytes":               "4194304",
		"sg.out message.timestamp.type":         "LogAppendTime",
		"sg.out max.message.bytes":              "116940536",
		"sg.out segment.bytes":                  "233881072",
		"sg.reg cleanup.policy":                 "compact",
	} {
		if got[k] != want {
			t.Errorf("%s = %q, want %q", k, got[k], want)
		}
	}
}

// In KRaft a broker may not know yet what the controller has created.
func TestCreateWaitsUntilTheBrokerKnowsTheTopic(t *testing.T) {
	c, dial := cluster(t)
	asked := 0
	c.ControlKey(int16(kmsg.DescribeConfigs), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if asked++; asked > 2 {
			return nil, nil, false
		}
		req := r.(*kmsg.DescribeConfigsRequest)
		resp := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		for _, of := range req.Resources {
			res := kmsg.NewDescribeConfigsResponseResource()
			res.ResourceType, res.ResourceName, res.ErrorCode = of.ResourceType, of.ResourceName, kerr.UnknownTopicOrPartition.Code
			resp.Resources = append(resp.Resources, res)
		}
		return resp, nil, true
	})
	create(t, dial, Spec{Name: "sg.a", Partitions: 1})
	if asked != 3 {
		t.Errorf("the broker was asked %d times, want 3: twice it did not know the topic", asked)
	}
}

func TestCreateReportsAllProblems(t *testing.T) {
	_, dial := cluster(t)
	a := create(t, dial, Spec{Name: "sg.there", Partitions: 1})
	err := a.Create(t.Context(), []Spec{{Name: "sg.a"}, {Name: "sg.b", Partitions: 1, MaxRecord: math.MaxInt32}})
	if err == nil || !strings.Contains(err.Error(), "sg.a") || !strings.Contains(err.Error(), "sg.b") {
		t.Errorf("Create = %v, want both problems", err)
	}
	if err := a.Create(t.Context(), []Spec{{Name: "sg.there", Partitions: 1}}); !errors.Is(err, kerr.TopicAlreadyExists) {
		t.Errorf("Create of an existing topic = %v, want TopicAlreadyExists", err)
	}
	err = a.Create(t.Context(), []Spec{{Name: "sg.many", Partitions: 1, Replicas: 3}})
	if !errors.Is(err, kerr.InvalidReplicationFactor) || !strings.Contains(err.Error(), "too few brokers") {
		t.Errorf("Create with 3 replicas on one broker = %v, want a hint", err)
	}
}

func TestDifferencesNamesWhatTheBrokerChanged(t *testing.T) {
	s := Spec{Name: "sg.x", Partitions: 1}
	day := "86400000"
	if err := differences(s, []kadm.Config{{Key: "retention.ms", Value: &day}, {Key: "unknown", Value: &day}}); err == nil ||
		!strings.Contains(err.Error(), "retention.ms is 86400000, want -1") || strings.Contains(err.Error(), "unknown") {
		t.Errorf("differences = %v", err)
	}
}

func TestDeleteAndLeftovers(t *testing.T) {
	_, dial := cluster(t)
	a := create(t, dial, Spec{Name: "sg.b", Partitions: 1}, Spec{Name: "sg.a", Partitions: 1})
	raw := kadm.NewClient(client(t, dial))
	if _, err := raw.CreateTopic(t.Context(), 1, 1, nil, "other"); err != nil {
		t.Fatal(err)
	}
	for _, g := range []string{"sg.group", "other-group"} {
		if err := raw.CommitAllOffsets(t.Context(), g, kadm.OffsetsFromRecords(kgo.Record{Topic: "sg.a"})); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Leftovers(t.Context())
	if want := (Left{Topics: []string{"sg.a", "sg.b"}, Groups: []string{"sg.group"}}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Leftovers = %+v, %v, want %+v", got, err, want)
	}
	if err := a.Delete(t.Context(), append(got.Topics, "sg.never-was")); err != nil {
		t.Error(err)
	}
	if err := a.DeleteGroups(t.Context(), append(got.Groups, "sg.never-was")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(a.Delete(t.Context(), nil), a.DeleteGroups(t.Context(), nil)); err != nil {
		t.Error(err)
	}
	if got, err = a.Leftovers(t.Context()); err != nil || !cmp.Equal(got, Left{}) {
		t.Errorf("Leftovers after deleting = %+v, %v, want none", got, err)
	}
}

func TestDeleteOfLeavesOtherRunsAlone(t *testing.T) {
	_, dial := cluster(t)
	var specs []Spec
	for _, name := range []string{"sg.a", "sg.1.b1.x.output", "sg.1.b1.x-counts-changelog", "sg.1.b1.xy.output", "sg.2.b1.x-counts-changelog"} {
		specs = append(specs, Spec{Name: name, Partitions: 1})
	}
	a := create(t, dial, specs...)
	raw := kadm.NewClient(client(t, dial))
	for _, g := range []string{"sg.1.b1.x", "sg.1.b1.x.second", "sg.1.b1.x-third", "sg.1.b1.xy", "sg.2.b1.x", "other"} {
		if err := raw.CommitAllOffsets(t.Context(), g, kadm.OffsetsFromRecords(kgo.Record{Topic: "sg.a"})); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.DeleteOf(t.Context(), []string{"sg.1.b1.x", "sg.1.b1.none"}); err != nil {
		t.Fatal(err)
	}
	got, err := a.Leftovers(t.Context())
	if want := []string{"sg.1.b1.xy", "sg.2.b1.x"}; err != nil || !cmp.Equal(got.Groups, want) {
		t.Errorf("groups left = %v, %v, want %v", got.Groups, err, want)
	}
	if want := []string{"sg.1.b1.xy.output", "sg.2.b1.x-counts-changelog", "sg.a"}; !cmp.Equal(got.Topics, want) {
		t.Errorf("topics left = %v, want %v", got.Topics, want)
	}
}

func TestPublishRegistry(t *testing.T) {
	_, dial := cluster(t)
	create(t, dial, Spec{Name: "sg.reg", Partitions: 4, Compact: true})
	entries := func(yield func(string, []byte) bool) {
		for i := range 100 {
			if !yield(fmt.Sprintf("device-%d", i), fmt.Appendf(nil, `{"site":%d}`, i)) {
				return
			}
		}
	}
	cl := client(t, dial, kgo.MetadataMinAge(10*time.Millisecond), kgo.UnknownTopicRetries(0))
	if err := PublishRegistry(t.Context(), cl, "sg.reg", entries); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for r, err := range Read(t.Context(), dial, "sg.reg", nil, false) {
		if err != nil {
			t.Fatal(err)
		}
		seen[string(r.Key)] = string(r.Value)
		if want := event.Partition(r.Key, 4); r.Partition != want {
			t.Errorf("%s is in partition %d, want %d", r.Key, r.Partition, want)
		}
	}
	if len(seen) != 100 || seen["device-42"] != `{"site":42}` {
		t.Errorf("the registry has %d entries, device-42 is %q", len(seen), seen["device-42"])
	}
	if err := PublishRegistry(t.Context(), cl, "sg.none", entries); !errors.Is(err, kerr.UnknownTopicOrPartition) || !strings.Contains(err.Error(), "device-") {
		t.Errorf("PublishRegistry to no topic = %v, want UnknownTopicOrPartition with a device", err)
	}
}

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	if es, err := ReadLedger(path); err != nil || len(es) != 0 {
		t.Errorf("ReadLedger of no file = %v, %v, want nothing", es, err)
	}
	l := NewLedger(path)
	if err := errors.Join(l.Topics(Spec{Name: "sg.a"}, Spec{Name: "sg.b"}), l.Append(Entry{KindGroup, "sg.g"}), l.Topics(Spec{Name: "sg.a"})); err != nil {
		t.Fatal(err)
	}
	if err := l.Topics(Spec{Name: "payments"}); !errors.Is(err, ErrForeign) {
		t.Errorf("a foreign entry = %v, want ErrForeign", err)
	}
	want := []Entry{{KindTopic, "sg.a"}, {KindTopic, "sg.b"}, {KindGroup, "sg.g"}}
	if got, err := ReadLedger(path); err != nil || !slices.Equal(got, want) {
		t.Errorf("ReadLedger = %v, %v, want %v", got, err, want)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, `{"kind":"top`...), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadLedger(path); err != nil || !slices.Equal(got, want) {
		t.Errorf("ReadLedger with a torn last line = %v, %v, want %v", got, err, want)
	}
	if err := os.WriteFile(path, append([]byte("nonsense\n"), b...), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLedger(path); err == nil || !strings.Contains(err.Error(), "ledger.jsonl:1") {
		t.Errorf("ReadLedger of nonsense = %v, want an error with the line", err)
	}
}

func TestValidateTellsWhatABrokerRefusesAndCreatesNothing(t *testing.T) {
	spec := Spec{Name: "sg.big", Partitions: 1, MaxRecord: 110_000_000}
	answer := func(code *kerr.Error, configs map[string]string) func(*kmsg.CreateTopicsResponseTopic) {
		return func(a *kmsg.CreateTopicsResponseTopic) {
			if code != nil {
				text := "at most 8 MB"
				a.ErrorCode, a.ErrorMessage = code.Code, &text
			}
			for k, v := range configs {
				c := kmsg.NewCreateTopicsResponseTopicConfig()
				c.Name, c.Value = k, &v
				a.Configs = append(a.Configs, c)
			}
		}
	}
	has := func(req *kmsg.CreateTopicsRequest, setting string) bool {
		return slices.ContainsFunc(req.Topics[0].Configs, func(c kmsg.CreateTopicsRequestTopicConfig) bool { return c.Name == setting })
	}
	for _, c := range []struct {
		name   string
		answer func(*kmsg.CreateTopicsResponseTopic) // nil: the broker's own
		sizes  bool                                  // it answers so to topics with sizes alone; the error is for sizes
		want   string                                // empty: no error
	}{
		{"taken", nil, false, ""},
		{"taken, and more than that", answer(nil, map[string]string{"max.message.bytes": "200000000", "segment.bytes": "1073741824"}), false, ""},
		{"an answer without settings", answer(nil, nil), false, ""},
		{"a policy on sizes", answer(kerr.PolicyViolation, nil), true, "at most 8 MB; the cluster has a policy on new topics"},
		{"a policy on something else", answer(kerr.PolicyViolation, nil), false, "at most 8 MB; the cluster has a policy on new topics"},
		{"a size that is not allowed", answer(kerr.InvalidConfig, nil), true, "at most 8 MB; the broker must be"},
		{"a value that is not allowed", answer(kerr.InvalidConfig, nil), false, "at most 8 MB; the broker must be"},
		{"a smaller batch in silence", answer(nil, map[string]string{"max.message.bytes": "8388608"}), true, "would set max.message.bytes to 8388608, want 116940536"},
		{"a smaller segment in silence", answer(nil, map[string]string{"segment.bytes": "104857600"}), true, "would set segment.bytes to 104857600, want 233881072"},
		{"no right to create topics", answer(kerr.TopicAuthorizationFailed, nil), false, ""},
	} {
		k, dial := cluster(t)
		if c.answer != nil {
			k.ControlKey(int16(kmsg.CreateTopics), func(r kmsg.Request) (kmsg.Response, error, bool) {
				k.KeepControl()
				req := r.(*kmsg.CreateTopicsRequest)
				if c.sizes && !has(req, "max.message.bytes") && !has(req, "segment.bytes") {
					return nil, nil, false
				}
				resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
				a := kmsg.NewCreateTopicsResponseTopic()
				a.Topic = req.Topics[0].Topic
				c.answer(&a)
				resp.Topics = append(resp.Topics, a)
				return resp, nil, true
			})
		}
		a := NewAdmin(client(t, dial))
		err := a.Validate(t.Context(), spec)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Validate = %v, want %q", c.name, err, c.want)
		}
		if refused := (*RefusedError)(nil); err != nil && (!errors.As(err, &refused) || refused.Sizes != c.sizes) {
			t.Errorf("%s: Validate = %#v, want a refusal, for sizes: %v", c.name, err, c.sizes)
		}
		if left, err := a.Leftovers(t.Context()); err != nil || len(left.Topics) > 0 {
			t.Errorf("%s: topics %q, %v; want none", c.name, left.Topics, err)
		}
	}
}
