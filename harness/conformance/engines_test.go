package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
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
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
)

func formats(name string) (encoding.Format, error) {
	if name != "json" {
		return nil, fmt.Errorf("unknown encoding %q", name)
	}
	return jsonenc.Format{}, nil
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
	engine engines.Engine
	log    io.Writer
}

func (s inProcess) Start(ctx context.Context, plan engines.Plan) (Instance, error) {
	in := &goInstance{wires: &wires{}, done: make(chan struct{})}
	control, lines := io.Pipe()
	in.lines = lines
	ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	env := engines.Env{Control: control, Status: s.log, Dial: dialer(plan.Brokers.Bootstrap, in.wires), Now: time.Now}
	go func() {
		defer close(in.done)
		in.err = engines.Serve(ctx, s.engine, plan, env)
	}()
	return in, nil
}

type goInstance struct {
	wires  *wires
	lines  *io.PipeWriter
	cancel context.CancelFunc
	done   chan struct{}
	err    error // after done
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

func (i *goInstance) Kill() error {
	i.wires.cut()
	i.cancel()
	_ = i.lines.Close()
	<-i.done
	return nil
}

// testWriter sends an engine's status lines to the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	if engine := string(b); len(engine) > 0 && contains(engine, `"fault"`) {
		w.t.Logf("%s", engine)
	}
	return len(b), nil
}

func contains(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if s[i:i+len(sub)] == sub {
			return true
		}
	}
	return false
}

func TestEngines(t *testing.T) {
	scripts := load(t)
	for _, e := range []engines.Engine{null.New(), tuple.New(formats), microbatch.New(formats)} {
		name := e.Descriptor().Name
		for _, g := range e.Descriptor().Guarantees {
			t.Run(name+"/"+string(g), func(t *testing.T) {
				t.Parallel()
				env := newEnv(t, g)
				env.EngineName, env.Identity = name, name == "null"
				env.Dir = filepath.Join(env.Dir, name)
				env.Progress = func(s string) { t.Log(time.Now().Format("05.000"), s) }
				report, err := Run(t.Context(), env, inProcess{e, testWriter{t}}, scripts)
				if err != nil {
					t.Fatal(err)
				}
				if !report.Passed() {
					t.Errorf("%s:\n%s", name, report)
				}
			})
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
