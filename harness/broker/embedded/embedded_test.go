package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

// The test binary plays the child: "serve CONFIG" serves, "fail CONFIG" does not come up, "mute CONFIG" never says ready.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "serve":
			cfg, err := ParseConfig(os.Args[2])
			if err == nil {
				cfg.Ready = os.Stdout
				err = Serve(context.Background(), cfg, os.Stdin)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "fail":
			fmt.Fprintln(os.Stderr, "no luck today")
			os.Exit(9)
		}
	}
	goleak.VerifyTestMain(m)
}

func startBroker(t *testing.T, maxRecord int64) *Broker {
	t.Helper()
	dir := t.TempDir()
	spec := broker.Spec{Kind: broker.Embedded, Dir: filepath.Join(dir, "data"), LogDir: filepath.Join(dir, "logs"), MaxRecordBytes: maxRecord}
	b, err := Start(t.Context(), spec, os.Args[0], []string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStartServeAndClose(t *testing.T) {
	const record = 20 << 20
	b := startBroker(t, record)
	info := b.Info()
	if info.Kind != broker.Embedded || info.Nodes != 1 || len(info.Bootstrap) != 1 || len(info.PIDs) != 1 || !strings.HasPrefix(info.Version, "kfake") {
		t.Errorf("Info() = %+v", info)
	}
	cl, err := b.Dial(kgo.DefaultProduceTopic("sg.t"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, -1, nil, "sg.t"); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Value: make([]byte, record)}).FirstErr(); err != nil {
		t.Errorf("the largest record: %v", err)
	}
	cl.Close()
	limits, err := b.Limits(t.Context())
	if want := broker.BatchBytes(record); err != nil || limits["message.max.bytes"] != want {
		t.Errorf("Limits = %v, %v, want message.max.bytes %d", limits, err, want)
	}
	if cpu, rss := b.Usage(); rss < 1<<20 || cpu < 0 {
		t.Errorf("Usage() = %v s, %d bytes", cpu, rss)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	select {
	case err := <-b.Lost():
		t.Errorf("Lost() after Close = %v, want nothing", err)
	default:
	}
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("the data folder is still there: %v", err)
	}
	if !b.proc.Exit().OK() {
		t.Errorf("the child ended with %v, want an end in order", b.proc.Exit())
	}
}

func TestLostTellsOfAnEndByItself(t *testing.T) {
	b := startBroker(t, 0)
	if err := syscall.Kill(b.Info().PIDs[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-b.Lost(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Lost() = %v, want how it ended", err)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStartTellsWhyTheChildFailed(t *testing.T) {
	dir := t.TempDir()
	spec := broker.Spec{Dir: filepath.Join(dir, "data"), LogDir: filepath.Join(dir, "logs")}
	_, err := Start(t.Context(), spec, os.Args[0], []string{"fail"})
	if err == nil || !strings.Contains(err.Error(), "exit status 9") || !strings.Contains(err.Error(), "broker.log") {
		t.Errorf("Start() = %v, want the exit status and the log", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "logs", "broker.log")); !bytes.Contains(b, []byte("no luck today")) {
		t.Errorf("the log is %q", b)
	}
}

func TestServeSaysThatThePortIsInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := ServeConfig{Dir: t.TempDir(), Listen: l.Addr().String(), Ready: new(bytes.Buffer)}
	if err := Serve(t.Context(), cfg, strings.NewReader("")); err == nil || !strings.Contains(err.Error(), l.Addr().String()+" is in use") {
		t.Errorf("Serve() = %v, want the port in use", err)
	}
}

// What was written is there again when the same folder is served anew.
func TestServeGoesOnWithItsFolder(t *testing.T) {
	dir := t.TempDir()
	serve := func(use func(cl *kgo.Client)) {
		ctx, cancel := context.WithCancel(t.Context())
		ready := make(chan Ready, 1)
		ended := make(chan error)
		go func() { ended <- Serve(ctx, ServeConfig{Dir: dir, Ready: readyFunc(ready)}, blocked{ctx}) }()
		r := <-ready
		cl, err := kgo.NewClient(kgo.SeedBrokers(r.Address), kgo.DefaultProduceTopic("sg.t"))
		if err != nil {
			t.Fatal(err)
		}
		use(cl)
		cl.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	serve(func(cl *kgo.Client) {
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, -1, nil, "sg.t"); err != nil {
			t.Fatal(err)
		}
		if err := cl.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
			t.Fatal(err)
		}
	})
	serve(func(cl *kgo.Client) {
		o, err := kadm.NewClient(cl).ListEndOffsets(t.Context(), "sg.t")
		if end, _ := o.Lookup("sg.t", 0); err != nil || end.Offset != 1 {
			t.Errorf("end offset after a restart = %d, %v, want 1", end.Offset, err)
		}
	})
}

// readyFunc takes the ready line.
type readyFunc chan<- Ready

func (f readyFunc) Write(b []byte) (int, error) {
	var r Ready
	if err := json.Unmarshal(b, &r); err != nil {
		return 0, err
	}
	f <- r
	return len(b), nil
}

// blocked is a standard input that ends with its context.
type blocked struct{ ctx context.Context }

func (b blocked) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
