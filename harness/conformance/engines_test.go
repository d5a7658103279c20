package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/engines/null"
	"github.com/streamgauge/streamgauge/engines/tuple"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/avro"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	csvenc "github.com/streamgauge/streamgauge/harness/encoding/csv"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/encoding/lineprotocol"
	"github.com/streamgauge/streamgauge/harness/encoding/msgpack"
	"github.com/streamgauge/streamgauge/harness/encoding/ndjson"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/harness/encoding/senml"
	"github.com/streamgauge/streamgauge/harness/topic"
)

func formats(name string) (encoding.Format, error) {
	for _, f := range []encoding.Format{avro.Format{}, avro.Format{Registry: true}, cbor.Format{}, csvenc.Format{}, jsonenc.Format{}, lineprotocol.Format{},
		msgpack.Format{}, ndjson.Format{}, protobuf.Format{}, senml.CBOR{}, senml.JSON{}} {
		if f.Name() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q", name)
}

// newEnv starts a broker in this process.
func newEnv(t *testing.T, g engines.Guarantee) Env {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return Env{
		Dial:      dialer(cluster.ListenAddrs(), nil),
		Bootstrap: cluster.ListenAddrs(), Partitions: 3, Dir: t.TempDir(), Guarantee: g,
		CommitInterval: 20 * time.Millisecond, BatchInterval: 20 * time.Millisecond,
	}
}

func dialer(addrs []string, wires *wires) func(opts ...kgo.Opt) (*kgo.Client, error) {
	base := []kgo.Opt{kgo.SeedBrokers(addrs...), kgo.ProducerBatchMaxBytes(4 << 20), kgo.MetadataMinAge(50 * time.Millisecond)}
	if wires != nil {
		base = append(base, kgo.Dialer(wires.dial))
	}
	return func(opts ...kgo.Opt) (*kgo.Client, error) {
		return kgo.NewClient(append(append([]kgo.Opt{}, base...), opts...)...)
	}
}

// wires are the connections of one incarnation. Cutting them is what SIGKILL does to an engine as far as Kafka can see:
// nothing it may still want to say is heard.
type wires struct {
	mu struct {
		sync.Mutex
		cut   bool
		conns []net.Conn
	}
}

func (w *wires) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.cut {
		_ = c.Close()
		return nil, errors.New("killed")
	}
	w.mu.conns = append(w.mu.conns, c)
	return c, nil
}

func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.cut = true
	for _, c := range w.mu.conns {
		_ = c.Close()
	}
}

// inProcess runs Go engines inside the test.
type inProcess struct {
	t      *testing.T
	engine engines.Engine
	states sync.Map // by block: the state folder of the next incarnation, after a kill
}

func (s *inProcess) Start(ctx context.Context, plan engines.Plan) (Instance, error) {
	if plan.Incarnation == 1 {
		s.states.Store(plan.Block, plan.StateDir)
	}
	state, _ := s.states.Load(plan.Block)
	plan.StateDir = state.(string)
	in := &goInstance{subject: s, plan: plan, wires: &wires{}, done: make(chan struct{})}
	control, lines := io.Pipe()
	in.lines = lines
	ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	env := engines.Env{Control: control, Status: testWriter{s.t}, Dial: dialer(plan.Brokers.Bootstrap, in.wires), Now: time.Now}
	go func() {
		defer close(in.done)
		in.err = engines.Serve(ctx, s.engine, plan, env)
	}()
	return in, nil
}

type goInstance struct {
	subject *inProcess
	plan    engines.Plan
	wires   *wires
	lines   *io.PipeWriter
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // after done
}

func (i *goInstance) Drain(ctx context.Context) error {
	defer i.cancel()
	defer i.lines.Close()
	if _, err := io.WriteString(i.lines, "{\"type\":\"drain\"}\n"); err != nil {
		return err
	}
	return i.wait(ctx)
}

func (i *goInstance) Stop(ctx context.Context) error {
	defer i.cancel()
	_ = i.lines.Close()
	return i.wait(ctx)
}

func (i *goInstance) wait(ctx context.Context) error {
	select {
	case <-i.done:
		return i.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// copyState copies the state while the engine writes it. A file that is renamed meanwhile is gone: the copy is taken anew.
func (i *goInstance) copyState() (dir string, err error) {
	for range 20 {
		dir = i.subject.t.TempDir()
		if err = os.CopyFS(dir, os.DirFS(i.plan.StateDir)); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return dir, err
}

// Kill cuts the engine off from Kafka and hands a copy of its state, as it is at this moment, to the next incarnation:
// whatever the old one still does in its last seconds reaches neither.
func (i *goInstance) Kill() error {
	i.wires.cut()
	state, err := i.copyState()
	i.subject.states.Store(i.plan.Block, state)
	i.cancel()
	_ = i.lines.Close()
	i.subject.t.Cleanup(func() { <-i.done })
	return err
}

// testWriter sends an engine's status lines to the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(`"fault"`)) {
		w.t.Logf("%s", b)
	}
	return len(b), nil
}

func TestEngines(t *testing.T) {
	scripts := load(t)
	if testing.Short() { // an engine that was cut off takes seconds to give up
		scripts = slices.DeleteFunc(scripts, func(s Script) bool { return s.restarts(stepKill) })
	}
	for _, e := range []engines.Engine{null.New(), tuple.New(formats), microbatch.New(formats)} {
		name := e.Descriptor().Name
		for _, g := range e.Descriptor().Guarantees {
			t.Run(name+"/"+string(g), func(t *testing.T) {
				t.Parallel()
				env := newEnv(t, g)
				env.EngineName, env.Identity = name, name == "null"
				env.Dir = filepath.Join(env.Dir, name)
				mustPass(t, env, e, scripts)
			})
		}
	}
}

func mustPass(t *testing.T, env Env, e engines.Engine, scripts []Script) {
	t.Helper()
	env.Parallel = 2
	env.Progress = func(s string) { t.Log(time.Now().Format("05.000"), s) }
	report, err := Run(t.Context(), env, &inProcess{t: t, engine: e}, scripts)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Passed() {
		t.Errorf("%s:\n%s", env.EngineName, report)
	}
}

// TestEnginesGoOnFromSnapshots repeats the scripts with restarts and lets the engines write their state down as often as
// they can: by default scripts are so short that everything would be read again.
func TestEnginesGoOnFromSnapshots(t *testing.T) {
	scripts := slices.DeleteFunc(load(t), func(s Script) bool {
		return !s.restarts(stepContinue) || testing.Short() && s.restarts(stepKill)
	})
	for _, e := range []engines.Engine{tuple.New(formats), microbatch.New(formats)} {
		name := e.Descriptor().Name
		for _, g := range e.Descriptor().Guarantees {
			t.Run(name+"/"+string(g), func(t *testing.T) {
				t.Parallel()
				env := newEnv(t, g)
				env.EngineName, env.Options = name, []byte(`{"snapshot_records":1}`)
				env.Dir = filepath.Join(env.Dir, name)
				mustPass(t, env, e, scripts)
			})
		}
	}
}

// copier says it is an engine that can do everything, and copies.
type copier struct{ engines.Engine }

// TestAWrongEngineFails runs the null engine as if it could decode: every script must fail but those whose answers are
// the input, and the runner must not wait for ever.
func TestAWrongEngineFails(t *testing.T) {
	var some []Script
	for _, s := range load(t) {
		if s.Job.Name == "identity" && !s.restarts(stepKill) || s.Name == "filter-bounds" || s.Name == "decode-types" || s.Name == "tumbling-edges" {
			some = append(some, s)
		}
	}
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName, env.Patience = "copier", 200*time.Millisecond
	report, err := Run(t.Context(), env, &inProcess{t: t, engine: copier{null.New()}}, some)
	if err != nil {
		t.Fatal(err)
	}
	if report.Passed() {
		t.Error("the report says passed")
	}
	for _, o := range report.Scripts {
		if want := map[bool]State{true: Passed, false: Failed}[o.Job == "identity"]; o.State != want {
			t.Errorf("%s: %s, want %s", o.Script, o.State, want)
		}
	}
	text := report.String()
	for _, want := range []string{"FAIL decode-types", "- types#0 dead@0 bad_type same", "+ types#0 event same", "- tumble window@5 -10s..+0s"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// mute is an engine that starts and does nothing.
type mute struct{ err error }

func (m mute) Start(context.Context, engines.Plan) (Instance, error) { return m, m.err }
func (m mute) Drain(context.Context) error                           { return m.err }
func (m mute) Stop(context.Context) error                            { return m.err }
func (m mute) Kill() error                                           { return m.err }

// noted is an engine that notes how it is ended; one that leaves something has a job elsewhere.
type noted struct {
	mute
	ended *[]string
}

func (n noted) Stop(context.Context) error { *n.ended = append(*n.ended, "stopped"); return nil }
func (n noted) Kill() error                { *n.ended = append(*n.ended, "killed"); return nil }

type leaving struct{ noted }

func (leaving) Leaves() bool { return true }

func TestAnEngineThatWouldLeaveSomethingIsAskedToStop(t *testing.T) {
	var ended []string
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, in := range []Instance{noted{ended: &ended}, leaving{noted{ended: &ended}}} {
		(&live{runner: &runner{}, instance: in}).giveUp(ctx)
	}
	if want := []string{"killed", "stopped"}; !slices.Equal(ended, want) {
		t.Errorf("engines were %v, want %v", ended, want)
	}
}

func TestAnEngineThatDoesNotStartFailsItsScripts(t *testing.T) {
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName = "mute"
	scripts := load(t)[:3]
	report, err := Run(t.Context(), env, mute{errors.New("no such program")}, scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Scripts {
		if o.State != Failed || !strings.Contains(o.Reason, "no such program") {
			t.Errorf("%s: %s %q, want failed because there is no such program", o.Script, o.State, o.Reason)
		}
	}
}

func TestASilentEngineIsGivenUp(t *testing.T) {
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName, env.Ready, env.Operators = "mute", 100*time.Millisecond, map[string]engines.Fit{"window": engines.Absent}
	report, err := Run(t.Context(), env, mute{}, load(t))
	if err != nil {
		t.Fatal(err)
	}
	if !report.Silent {
		t.Error("the report does not say that the engine answered nothing")
	}
	reasons := map[string]int{}
	for _, o := range report.Scripts {
		if want := map[bool]State{true: Skipped, false: Failed}[strings.Contains(o.Reason, "no operator window")]; o.State != want {
			t.Errorf("%s: %s %q, want %s", o.Script, o.State, o.Reason, want)
		}
		reasons[o.Reason]++
	}
	for _, want := range []string{"the engine has no operator window", "engine mute: waiting: it answered no heartbeat within the deadline", "not tried: the engine answered nothing in 2 starts"} {
		if reasons[want] == 0 {
			t.Errorf("no script has the reason %q, only %v", want, reasons)
		}
	}
}

// modest is mute and says that it has no windows and writes CSV alone.
type modest struct{ mute }

func (m modest) Start(context.Context, engines.Plan) (Instance, error) { return m, nil }
func (modest) Hello() engines.Line {
	return engines.Line{Operators: map[string]engines.Fit{"window": engines.Absent}, Forms: []string{"csv"}}
}

func TestWhatTheHelloCallsAbsentIsSkipped(t *testing.T) {
	want := map[string]State{"encode-cbor": Skipped, "encode-csv": Failed, "tumbling-edges": Skipped}
	scripts := slices.DeleteFunc(load(t), func(s Script) bool { return want[s.Name] == "" })
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName, env.Ready = "modest", 100*time.Millisecond
	report, err := Run(t.Context(), env, modest{}, scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Scripts {
		if o.State != want[o.Script] {
			t.Errorf("%s: %s %q, want %s", o.Script, o.State, o.Reason, want[o.Script])
		}
	}
	if len(report.Scripts) != len(want) {
		t.Errorf("%d scripts, want %d", len(report.Scripts), len(want))
	}
}

func TestTheEndOfTheContextEndsTheRun(t *testing.T) {
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName = "mute"
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	env.Progress = func(s string) {
		if strings.HasPrefix(s, "starting") {
			cancel(why)
		}
	}
	if _, err := Run(ctx, env, mute{}, load(t)[:1]); !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, why)
	}
}

func TestNothingIsLeftOnTheBroker(t *testing.T) {
	env := newEnv(t, engines.AtLeastOnce)
	env.EngineName, env.Identity = "null", true
	scripts := load(t)
	if _, err := Run(t.Context(), env, &inProcess{t: t, engine: null.New()}, scripts[slices.IndexFunc(scripts, func(s Script) bool { return s.Job.Name == "identity" }):][:1]); err != nil {
		t.Fatal(err)
	}
	client, err := env.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	left, err := topic.NewAdmin(client).Leftovers(t.Context())
	if err != nil || len(left.Topics)+len(left.Groups) > 0 {
		t.Errorf("left behind: %+v, %v", left, err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
