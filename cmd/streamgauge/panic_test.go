package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// panicGauge is streamgauge with a defect: it panics over the first probe, when broker and engines run.
func panicGauge() {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, args: os.Args[1:], parts: parts()}
	a.parts.formats["json"] = probed{a.parts.formats["json"]}
	os.Exit(a.main(context.Background()))
}

type probed struct{ encoding.Format }

func (p probed) Encoder(r job.Reading) (encoding.Encoder, error) {
	if bytes.Contains(debug.Stack(), []byte("awaitProbes")) {
		panic("what a probe")
	}
	return p.Format.Encoder(r)
}

// The engine heeds no request to stop, and topics would stay on the broker.
func TestAPanicInTheMiddleOfARunLeavesNothing(t *testing.T) {
	slow(t)
	_, address := remoteBroker(t)
	// A job that decodes: probes of others are made without an encoder.
	p := start(t, strings.Replace(withBad("deaf", "ready: 60s, stop: 300ms"), "job: identity", "job: clean", 1), "version")
	p.ends(0)
	p.program = "panicgauge"
	p.start("run", "./mine.yaml", "--broker", address)
	p.ends(exitHarness, "streamgauge: error: a defect of streamgauge: what a probe, in streamgauge.probed.Encoder (panic_test.go:",
		"streamgauge: hint: the trace is in runs/")
	p.partial("what a probe")
	wantEmpty(t, address)
	wantTrace(t, p.folder(), "awaitProbes", "run ./mine.yaml")
}

// Outside of a run the trace is among the temporary files. stdin stands for whatever a command reads in its own goroutine; a preset is
// fitted in another one.
func TestAPanicIsToldWithItsTrace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	code, said := runWith(panicReader{}, "run", "-")
	const what = "a defect of streamgauge: what an input, in streamgauge.panicReader.Read (panic_test.go:"
	if code != exitHarness || !strings.Contains(said, what) || !strings.Contains(said, dir) {
		t.Errorf("exit code %d, want %d; standard error:\n%s", code, exitHarness, said)
	}
	wantTrace(t, dir, "streamgauge.panicReader.Read", "run -")
	if _, err := orInterrupt(t.Context(), func() (int, error) { panic("what a stream") }); !isDefect(err) {
		t.Errorf("a panic in work beside the command gave %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if _, said := runWith(panicReader{}, "run", "-"); !strings.Contains(said, "goroutine ") {
		t.Errorf("a trace that could not be written is not told:\n%s", said)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("what an input") }

func runWith(stdin io.Reader, args ...string) (int, string) {
	var said bytes.Buffer
	return run(context.Background(), args, stdin, io.Discard, &said), said.String()
}

func wantTrace(t *testing.T, dir string, parts ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "streamgauge-panic-*.txt"))
	if err != nil || len(files) != 1 {
		t.Fatalf("traces %v, %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(string(text), part) {
			t.Errorf("the trace lacks %q:\n%s", part, text)
		}
	}
}
