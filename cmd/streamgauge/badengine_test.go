package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/null"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/event"
)

// badEngine is the program badengine of the tests: `badengine ROLE --plan FILE`. Each role is a way in which an engine can
// go wrong. The roles that work for a while are engine null with something done to its records.
func badEngine() {
	role, file := os.Args[1], os.Args[len(os.Args)-1]
	plan, err := engines.ReadPlan(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	hello := `{"type":"hello","contract":[1],"engine":"bad","version":"1"}`
	switch role {
	case "crash-start":
		fmt.Fprintln(os.Stderr, "badengine: libfast.so: cannot open shared object file")
		os.Exit(3)
	case "mute":
		block()
	case "contract":
		fmt.Println(`{"type":"hello","contract":[7],"engine":"bad","version":"1"}`)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "formless": // writes other forms than the job's
		greet(`{"type":"hello","contract":[1],"engine":"bad","version":"1","forms":["canonical-json","csv"]}`)
	case "bare": // copies
		greet(`{"type":"hello","contract":[1],"engine":"bad","version":"1","operators":{"decode":"absent","encode":"absent"}}`)
	case "silent": // never answers, but stops in order
		fmt.Println(hello + "\n" + `{"type":"ready"}`)
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Println(`{"type":"stopped","clean":false}`)
	case "deaf": // never answers and heeds nothing
		signal.Ignore(syscall.SIGTERM)
		fmt.Println(hello + "\n" + `{"type":"ready"}`)
		block()
	case "flood":
		flood()
		serveNull(plan, &meddler{})
	case "crash-middle":
		serveNull(plan, &meddler{after: 200, act: func(*kgo.Record) { os.Exit(9) }})
	case "hang":
		serveNull(plan, &meddler{after: 200, act: func(*kgo.Record) { block() }})
	case "freeze":
		serveNull(plan, &meddler{after: 200, act: func(*kgo.Record) { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }})
	case "quit": // ends in the middle of its work as if all were well
		serveNull(plan, &meddler{after: 200, act: func(*kgo.Record) { os.Exit(0) }})
	case "wrong":
		serveNull(plan, &meddler{after: 200, act: func(r *kgo.Record) {
			r.Value = bytes.Replace(r.Value, []byte{':'}, []byte{';'}, 1)
		}})
	case "works":
		serveNull(plan, &meddler{})
	default:
		fmt.Fprintf(os.Stderr, "badengine: unknown role %q\n", role)
		os.Exit(2)
	}
}

// greet says a hello and is ready, answers nothing, and stops in order.
func greet(hello string) {
	fmt.Println(hello + "\n" + `{"type":"ready"}`)
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(`{"type":"stopped","clean":true}`)
}

// block never returns. It is no deadlock to the runtime, which would end the process.
func block() {
	for {
		time.Sleep(time.Hour)
	}
}

// flood writes 40 MB to each output, much more than any pipe holds, and not a line of the contract.
func flood() {
	junk := append(bytes.Repeat([]byte("\x00\xff{garbage \x1b[31m"), 4096), '\n')
	for range 640 {
		_, _ = os.Stdout.Write(junk)
		_, _ = os.Stderr.Write(junk)
	}
}

// meddler does something to each real result from the after-th on, before it is sent.
type meddler struct {
	after int64
	act   func(*kgo.Record)
	seen  atomic.Int64
}

// OnProduceRecordBuffered implements kgo.HookProduceRecordBuffered.
func (m *meddler) OnProduceRecordBuffered(r *kgo.Record) {
	for _, h := range r.Headers {
		if h.Key != event.HeaderOutput || m.act == nil {
			continue
		}
		if out, err := event.ParseOutput(h.Value); err == nil && out.Intended >= 0 && m.seen.Add(1) == m.after {
			m.act(r)
		}
	}
}

// serveNull is `streamgauge engine run null` with the meddler in its way. SIGTERM is not caught.
func serveNull(plan engines.Plan, m *meddler) {
	base, err := broker.ClientOptions(plan.Brokers.Bootstrap, plan.Brokers.SecurityFile, plan.Limits.MaxRecordBytes)
	if err == nil {
		err = engines.Serve(context.Background(), null.New(), plan, engines.Env{
			Control: os.Stdin, Status: os.Stdout, Now: time.Now,
			Dial: func(opts ...kgo.Opt) (*kgo.Client, error) {
				return kgo.NewClient(slices.Concat(base, opts, []kgo.Opt{kgo.WithHooks(m)})...)
			},
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
