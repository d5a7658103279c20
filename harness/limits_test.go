package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// big is a run of one engine on the Java virtual machine, over messages of up to 110 MB in one record each.
func big(t *testing.T, e scenario.Engine) *run {
	t.Helper()
	e.Engine = "j"
	r := planned(t, map[string]scenario.Engine{"x": e})
	r.Engines["j"] = engines.Descriptor{Name: "j", Java: 17, Deployments: []string{engines.DeployRemote},
		Producer: engines.ClientOptions{Option: "streams", Prefix: "producer."},
		Internal: engines.ClientOptions{Option: "streams", Prefix: "topic."}}
	r.Heap = func(_ string, heap, record int64) int64 { return max(heap, 100e6+6*record) }
	r.Copies = func(string) Copies { return Copies{Ran: 6} }
	r.Scenario.Job = &job.Job{Name: "large", Stages: []job.Stage{{Name: "a", Do: []job.Operator{{Scan: &job.Scan{}}}}, {Name: "b", Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	r.Scenario.Stream.Recording = ""
	r.Scenario.Stream.Payload = scenario.Payload{Smallest: 100, Largest: 110e6, Carrier: payload.Inline, Chunk: 1e6, Link: 1e9}
	r.Say = func(string) {}
	return r
}

// streams are options of an engine with one setting of Kafka's.
func streams(name string, value any) map[string]any {
	return map[string]any{"streams": map[string]any{name: value}}
}

// wantRefusal checks that err is of a kind and that it and its hint have all parts of want; none: that there is no error.
func wantRefusal(t *testing.T, name string, err error, fault Fault, want []string) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("%s: preflight = %v, want nil", name, err)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Fault != fault {
		t.Errorf("%s: preflight = %v, want fault %v", name, err, fault)
		return
	}
	for _, w := range want {
		if !strings.Contains(e.Error()+"\n"+e.Hint, w) {
			t.Errorf("%s: preflight = %v, hint %q; want %q", name, err, e.Hint, w)
		}
	}
}

func TestLimitsOfEngines(t *testing.T) {
	decodes := func(r *run) {
		r.Scenario.Job.Stages[0].Do = []job.Operator{{Decode: &job.Decode{}}}
	}
	scans := func(r *run) { r.Scenario.Job.Stages = r.Scenario.Job.Stages[1:] }
	chunks := func(r *run) {
		r.Scenario.Stream.Payload.Carrier = payload.Chunked
		r.Scenario.Job.Stages[0].Do = []job.Operator{{Reassemble: &job.Reassemble{}}}
	}
	for _, c := range []struct {
		name   string
		engine scenario.Engine
		change func(*run)
		want   []string // of error and hint; none: it is not refused
	}{
		{"nothing is set", scenario.Engine{}, nil, nil},
		{"a producer's largest request", scenario.Engine{Options: streams("producer.max.request.size", 1_000_000)}, nil,
			[]string{"engine x: its option streams has producer.max.request.size=1000000; records with values of up to 110000000 bytes need 110004096",
				"set engines: {x: {options: {streams: {producer.max.request.size: 110004096}}}}, or leave it out", "stream.payload.carrier=chunked"}},
		{"as text", scenario.Engine{Options: streams("producer.max.request.size", "1000000")}, nil, []string{"producer.max.request.size=1000000;"}},
		{"a request as large as the value, without room for headers", scenario.Engine{Options: streams("producer.max.request.size", 110_000_000)}, nil,
			[]string{"producer.max.request.size=110000000;"}},
		{"a request with just enough room", scenario.Engine{Options: streams("producer.max.request.size", 110_000_128)}, nil, nil},
		{"a producer's memory", scenario.Engine{Options: streams("producer.buffer.memory", 32<<20)}, nil,
			[]string{"streams has producer.buffer.memory=33554432; records with values of up to 110000000 bytes need 110004096"}},
		{"a setting that another one overrides", scenario.Engine{Options: streams("max.request.size", 1)}, nil, nil},
		{"what a job that decodes writes is small", scenario.Engine{Options: streams("producer.max.request.size", 1_000_000)}, decodes, nil},
		{"what one stage writes that scans is small", scenario.Engine{Options: streams("producer.max.request.size", 1_000_000)}, scans, nil},
		// Kafka returns the first batch of a fetch, however large it is.
		{"a consumer's fetch", scenario.Engine{Options: map[string]any{"streams": map[string]any{"main.consumer.max.partition.fetch.bytes": 1,
			"main.consumer.fetch.max.bytes": 1}, "consumer": map[string]any{"max.partition.fetch.bytes": 1, "fetch.max.bytes": 1}}}, nil, nil},
		{"the engine's own topics hold no whole message", scenario.Engine{Options: streams("topic.max.message.bytes", 1000)}, nil, nil},
		{"the engine's own topics hold chunks", scenario.Engine{Options: streams("topic.max.message.bytes", 1_000_000)}, chunks,
			[]string{"streams has topic.max.message.bytes=1000000; records with values of up to 1000000 bytes need 1004096"}},
		{"the engine's own topics take chunks", scenario.Engine{Options: streams("topic.max.message.bytes", 1_004_096)}, chunks, nil},
		{"a heap with no room for what Kafka's clients hold", scenario.Engine{Heap: 329e6}, nil,
			[]string{"engine x: a heap of 329MB; values of up to 110MB are in it 3 times at least, which is 330MB", "--set engines.x.heap=761MB, or leave it out"}},
		{"a heap that may do", scenario.Engine{Heap: 330e6}, nil, nil},
		{"a job that decodes hands no value on", scenario.Engine{Heap: 220e6}, decodes, nil},
		{"a heap with no room for what a consumer holds", scenario.Engine{Heap: 219e6}, decodes, []string{"in it 2 times at least, which is 220MB"}},
		{"a heap as small as one that ran out", scenario.Engine{Heap: 900e6}, func(r *run) { r.Copies = func(string) Copies { return Copies{Ran: 24, Failed: 9} } },
			[]string{"a heap of 900MB; values of up to 110MB are in it 9 times at least, which is 990MB"}},
		{"a heap for ordinary records", scenario.Engine{Heap: 8e6}, func(r *run) {
			r.Copies = func(string) Copies { return Copies{Ran: 22, Failed: 9} }
			r.Scenario.Job, r.Scenario.Stream.Payload, r.Scenario.Stream.Pad = job.Identity(1), scenario.Payload{}, 1e6
		}, nil},
		{"a heap on a cluster that runs already", scenario.Engine{Heap: 100e6, Deploy: engines.DeployRemote}, nil, nil},
	} {
		r := big(t, c.engine)
		if c.change != nil {
			c.change(r)
		}
		wantRefusal(t, c.name, r.preflight(t.Context()), FaultUsage, c.want)
	}
}

// Between what is certain to fail and what has run nobody knows.
func TestAHeapThatWasNotMeasuredIsTold(t *testing.T) {
	for heap, want := range map[scenario.Bytes]bool{659e6: true, 660e6: false, 0: false} {
		r, said := big(t, scenario.Engine{Heap: heap}), ""
		r.Say = func(line string) { said += line }
		if err := r.preflight(t.Context()); err != nil || strings.Contains(said, "a heap of") != want {
			t.Errorf("a heap of %s: preflight = %v, said %q", heap, err, said)
		}
	}
}

// known is a broker in this process that a run finds as it is.
type known struct {
	broker.Broker
	address string
}

func (k known) Dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(opts, kgo.SeedBrokers(k.address))...)
}

func (k known) Limits(ctx context.Context) (map[string]int64, error) {
	cl, err := k.Dial()
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	return broker.Limits(ctx, cl)
}

// finds lets a run find a new broker with settings. refuse says of a topic, with sizes of its own or without, how its creation is
// refused, and nil that it is not; without refuse the broker answers by itself.
func finds(t *testing.T, r *run, refuse func(sized bool) *kerr.Error, settings map[string]string) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(settings))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		create := req.(*kmsg.CreateTopicsRequest)
		if !create.ValidateOnly {
			t.Error("preflight created a topic")
		}
		if refuse == nil {
			return nil, nil, false
		}
		sized := func(of kmsg.CreateTopicsRequestTopicConfig) bool {
			return of.Name == "max.message.bytes" || of.Name == "segment.bytes"
		}
		resp := create.ResponseKind().(*kmsg.CreateTopicsResponse)
		for _, of := range create.Topics {
			a := kmsg.NewCreateTopicsResponseTopic()
			a.Topic = of.Topic
			if e := refuse(slices.ContainsFunc(of.Configs, sized)); e != nil {
				a.ErrorCode = e.Code
			}
			resp.Topics = append(resp.Topics, a)
		}
		return resp, nil, true
	})
	r.Scenario.Broker.Kind = c.ListenAddrs()[0]
	r.FindBroker = func(context.Context, broker.Spec) (broker.Broker, error) {
		return known{address: c.ListenAddrs()[0]}, nil
	}
}

// always refuses every topic, forSizes those that ask for sizes of their own.
func always(e *kerr.Error) func(bool) *kerr.Error { return func(bool) *kerr.Error { return e } }

func forSizes(e *kerr.Error) func(bool) *kerr.Error {
	return func(sized bool) *kerr.Error {
		if sized {
			return e
		}
		return nil
	}
}

func TestLimitsOfABrokerThatRunsAlready(t *testing.T) {
	need := fmt.Sprint(broker.RequestBytes(110_004_096))
	for _, c := range []struct {
		name     string
		refuse   func(sized bool) *kerr.Error
		settings map[string]string
		want     []string
	}{
		{"enough", nil, map[string]string{"socket.request.max.bytes": need}, nil},
		// The run's topics have a limit of their own, and followers fetch a batch whole, as consumers do.
		{"defaults that do not matter", nil, map[string]string{"socket.request.max.bytes": need, "message.max.bytes": "1048588", "replica.fetch.max.bytes": "1048576"}, nil},
		{"a creation that fails otherwise is told when it fails", always(kerr.TopicAuthorizationFailed), map[string]string{"socket.request.max.bytes": need}, nil},
		{"requests", nil, map[string]string{"socket.request.max.bytes": "104857600"},
			[]string{"requests with records of up to 110004096 bytes need " + need + " bytes; its socket.request.max.bytes is 104857600",
				"set socket.request.max.bytes=" + need + " on every broker"}},
		{"topics", forSizes(kerr.PolicyViolation), map[string]string{"socket.request.max.bytes": need},
			[]string{"topics for records of up to 110004096 bytes", "POLICY_VIOLATION", "max.message.bytes=116944888 and segment.bytes=233889776"}},
		{"both", always(kerr.InvalidConfig), map[string]string{"socket.request.max.bytes": "104857600"},
			[]string{"socket.request.max.bytes is 104857600", "INVALID_CONFIG"}},
	} {
		r := big(t, scenario.Engine{})
		finds(t, r, c.refuse, c.settings)
		wantRefusal(t, c.name, r.preflight(t.Context()), FaultEnvironment, c.want)
	}
}

func TestTransactionsOfABrokerThatRunsAlready(t *testing.T) {
	minutes := func(p engines.Plan) time.Duration { return engines.TransactionTimeout(p, 15*time.Minute) }
	least := func(timeout int) map[string]any {
		return map[string]any{"producer": map[string]any{"transaction.timeout.ms": timeout}}
	}
	for _, c := range []struct {
		name   string
		engine scenario.Engine
		max    string
		want   []string
	}{
		{"as much as it needs", scenario.Engine{Engine: "long", Guarantee: scenario.ExactlyOnce}, "900000", nil},
		{"less", scenario.Engine{Engine: "long", Guarantee: scenario.ExactlyOnce}, "60000", []string{
			"checking the broker: engine x: its producers ask for transactions of up to 900000 ms (transaction.timeout.ms); ",
			"the broker's transaction.max.timeout.ms is 60000",
			"set transaction.max.timeout.ms=900000 on every broker, or engines: {x: {options: {producer: {transaction.timeout.ms: 60000}}}}"}},
		{"its option asks for less", scenario.Engine{Engine: "long", Guarantee: scenario.ExactlyOnce, Options: least(60_000)}, "60000", nil},
		{"its option asks for more", scenario.Engine{Engine: "long", Guarantee: scenario.ExactlyOnce, Options: least(60_001)}, "60000",
			[]string{"up to 60001 ms"}},
		{"its commit interval asks for more", scenario.Engine{Engine: "long", Guarantee: scenario.ExactlyOnce, CommitInterval: 400_000}, "900000",
			[]string{"up to 1200000 ms"}},
		{"at least once", scenario.Engine{Engine: "long"}, "60000", nil},
		{"an engine of which nothing is known", scenario.Engine{Engine: "any", Guarantee: scenario.ExactlyOnce}, "1", nil},
	} {
		r := planned(t, map[string]scenario.Engine{"x": c.engine})
		r.Engines["long"] = engines.Descriptor{Name: "long", TransactionTimeout: minutes, Producer: engines.ClientOptions{Option: "producer"}}
		finds(t, r, nil, map[string]string{"transaction.max.timeout.ms": c.max})
		wantRefusal(t, c.name, r.preflight(t.Context()), FaultEnvironment, c.want)
	}
}

// Whoever asks the owner of a cluster for larger topics must not hear that these were not the point.
func TestSizesAreAskedForWhereTheyAreRefused(t *testing.T) {
	for sizes, refuse := range map[bool]func(bool) *kerr.Error{true: forSizes(kerr.InvalidConfig), false: always(kerr.InvalidConfig)} {
		r := big(t, scenario.Engine{})
		finds(t, r, refuse, map[string]string{"socket.request.max.bytes": fmt.Sprint(broker.RequestBytes(110_004_096))})
		err := r.preflight(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Fault != FaultEnvironment || strings.Contains(e.Hint, "segment.bytes=233889776") != sizes {
			t.Errorf("refused for sizes: %v: preflight = %v, want sizes in its hint or not", sizes, err)
		}
	}
}

// Whoever mends one limit does not want to hear of the next one then.
func TestAllLimitsAreToldAtOnce(t *testing.T) {
	r := big(t, scenario.Engine{Heap: 128e6, Options: map[string]any{"streams": map[string]any{"producer.max.request.size": 1, "producer.buffer.memory": 2}}})
	r.Scenario.Load.Rate, r.Scenario.Load.Measure = 1e9, 1e12 // more than any disk
	finds(t, r, always(kerr.PolicyViolation), map[string]string{"socket.request.max.bytes": "104857600"})
	err := r.preflight(t.Context())
	for _, w := range []string{"max.request.size=1;", "buffer.memory=2;", "a heap of 128MB", "socket.request.max.bytes is 104857600", "POLICY_VIOLATION", "checking the disk"} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("preflight = %v, want %q", err, w)
		}
	}
}

// A broker that cannot be used is told before anything is made, with what helps against what is wrong with it.
func TestABrokerThatCannotBeUsedStartsNothing(t *testing.T) {
	for _, c := range []struct {
		kind string
		err  error
		hint string // begins so
	}{
		{"local", broker.ErrUnfit, "streamgauge broker stop, and the run starts its own; or then streamgauge broker start --nodes 1 --max-record 111MB"},
		{"local", broker.ErrDamaged, "streamgauge broker stop removes it, and the run starts its own"},
		{"local", errors.New("no folder for downloads"), "streamgauge doctor says what is missing"},
		{"127.0.0.1:1", errors.New("nobody answers"), "check the address"},
	} {
		r := big(t, scenario.Engine{})
		r.Scenario.Broker.Kind = c.kind
		r.FindBroker = func(_ context.Context, spec broker.Spec) (broker.Broker, error) {
			if spec.MaxRecordBytes != 110_004_096 {
				t.Errorf("%s: a largest record of %d, want 110004096", c.kind, spec.MaxRecordBytes)
			}
			return nil, fmt.Errorf("using it: %w", c.err)
		}
		res, _, err := Run(t.Context(), r.Config)
		var e *Error
		if res != nil || !errors.Is(err, c.err) || !errors.As(err, &e) || e.Fault != FaultEnvironment || !strings.HasPrefix(e.Hint, c.hint) {
			t.Errorf("%s, %v: Run = %v, %v; want nothing started, and hint %q", c.kind, c.err, res, err, c.hint)
		}
		if _, err := os.Stat(r.OutDir); err == nil {
			t.Errorf("%s: a folder was made", c.kind)
		}
	}
}

func TestLimitsThatCannotBeReadAreAWarning(t *testing.T) {
	r := big(t, scenario.Engine{})
	r.FindBroker = func(context.Context, broker.Spec) (broker.Broker, error) { return unreadable{}, nil }
	if err := r.preflight(t.Context()); err != nil || len(r.early) != 1 || r.early[0] != "the broker's limits could not be read: not allowed" {
		t.Errorf("preflight = %v, warnings %q", err, r.early)
	}
}

// unreadable is a broker whose limits nobody may read.
type unreadable struct{ broker.Broker }

func (unreadable) Dial(...kgo.Opt) (*kgo.Client, error) { return nil, errors.New("not now") }
func (unreadable) Limits(context.Context) (map[string]int64, error) {
	return nil, errors.New("not allowed")
}

func TestHintsLeadToSmallerRecordsOfAllEngines(t *testing.T) {
	assembles := job.Job{Name: "puts together", Stages: []job.Stage{{Do: []job.Operator{{Reassemble: &job.Reassemble{}}}}}}
	for _, c := range []struct {
		engines map[string]scenario.Engine
		want    string
	}{
		{map[string]scenario.Engine{"a": {Engine: "go", Carrier: payload.Inline}, "b": {Engine: "go", Carrier: payload.Inline}, "c": {Engine: "go"}},
			"--set engines.a.carrier=chunked and --set engines.b.carrier=chunked"},
		{map[string]scenario.Engine{"a": {Engine: "go", Carrier: payload.Inline}, "b": {Engine: "go", Job: &assembles}},
			"--set engines.a.carrier=chunked and a smaller stream.payload.largest, or the job large in place of large-assembled"},
		{map[string]scenario.Engine{"b": {Engine: "go", Job: &assembles}}, "a smaller stream.payload.largest, or the job large in place of large-assembled"},
	} {
		r := planned(t, c.engines)
		r.Engines["go"] = engines.Descriptor{Name: "go"}
		r.Scenario.Stream.Payload = scenario.Payload{Largest: 110e6, Chunk: 1e6, Carrier: payload.Chunked}
		if got := r.smaller(); got != c.want {
			t.Errorf("hint %q, want %q", got, c.want)
		}
	}
}
