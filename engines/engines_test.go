package engines_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReadPlan(t *testing.T) {
	want := engines.Plan{Contract: 1, Require: []string{"job", "limits"}, Run: "r", Engine: "tuple", Incarnation: 2, Partitions: 2,
		Topics: engines.Topics{Input: "in", Stages: []string{"s"}, Output: "out"}, Job: *job.Identity(2), Guarantee: engines.ExactlyOnce,
		CommitIntervalMS: 100, Limits: engines.Limits{MaxRecordBytes: 5}, Options: json.RawMessage(`{"a":1}`), StateDir: "d"}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := engines.ReadPlan(write(t, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ReadPlan (-want +got):\n%s", diff)
	}
	if got := got.Topics.StageInput(0) + got.Topics.StageOutput(0) + got.Topics.StageInput(1) + got.Topics.StageOutput(1); got != "inssout" {
		t.Errorf("topics of the stages: %s, want in s s out", got)
	}
}

func TestReadPlanRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"contract":2}`, "contract 2"},
		{`{}`, "contract 0"},
		{`{"contract":1,"require":["job","teleport"]}`, `requires "teleport"`},
		{`{"contract":1`, "unexpected EOF"},
		{`{"contract":"1"}`, "cannot unmarshal"},
	} {
		if _, err := engines.ReadPlan(write(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ReadPlan(%s) = %v, want an error with %q", c.text, err, c.want)
		}
	}
	if _, err := engines.ReadPlan(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadPlan(absent) = %v, want not exist", err)
	}
	if _, err := engines.ReadPlan(write(t, `{"contract":1,"hat":"red"}`)); err != nil {
		t.Errorf("ReadPlan with an unknown field = %v, want it ignored", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParseLine(t *testing.T) {
	for _, c := range []struct {
		text string
		want engines.Line
		ok   bool
	}{
		{`{"type":"ready"}`, engines.Line{Type: engines.LineReady}, true},
		{`{"type":"fault","text":"x","fatal":true,"new":1}`, engines.Line{Type: engines.LineFault, Text: "x", Fatal: true}, true},
		{`{"type":"batch","id":3,"stage":1,"records":9}`, engines.Line{Type: engines.LineBatch, ID: 3, Stage: 1, Records: 9}, true},
		{``, engines.Line{}, false},
		{`INFO starting`, engines.Line{}, false},
		{`[1]`, engines.Line{}, false},
		{`{"type":"shout"}`, engines.Line{}, false},
		{`{"type":"ready"`, engines.Line{}, false},
		{` {"type":"ready"}`, engines.Line{}, false},
		{`{"type":"fault","text":"` + strings.Repeat("x", engines.MaxLine) + `"}`, engines.Line{}, false},
	} {
		got, ok := engines.ParseLine([]byte(c.text))
		if ok != c.ok || !cmp.Equal(got, c.want) {
			t.Errorf("ParseLine(%.60s) = %+v, %v, want %+v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

// scripted is an engine whose Run is a function.
type scripted func(context.Context, *engines.Session) error

func (scripted) Descriptor() engines.Descriptor {
	return engines.Descriptor{Name: "scripted", Version: "9", Guarantees: []engines.Guarantee{engines.AtLeastOnce}}
}

func (f scripted) Run(ctx context.Context, s *engines.Session) error { return f(ctx, s) }

// serve runs an engine; say writes a control line, hangUp ends control. After wait, lines has what the engine said.
type serve struct {
	control *io.PipeWriter
	lines   []engines.Line
	err     error
	done    chan struct{}
}

func start(t *testing.T, ctx context.Context, e engines.Engine) *serve {
	t.Helper()
	controlR, controlW := io.Pipe()
	statusR, statusW := io.Pipe()
	s := &serve{control: controlW, done: make(chan struct{})}
	t.Cleanup(func() { controlW.Close() })
	go func() {
		s.err = engines.Serve(ctx, e, engines.Plan{Guarantee: engines.ExactlyOnce, Parallelism: 3},
			engines.Env{Control: controlR, Status: statusW, Now: time.Now})
		statusW.Close()
	}()
	go func() {
		defer close(s.done)
		for sc := bufio.NewScanner(statusR); sc.Scan(); {
			if l, ok := engines.ParseLine(sc.Bytes()); ok {
				s.lines = append(s.lines, l)
			}
		}
	}()
	return s
}

func (s *serve) wait(t *testing.T, wantTypes ...string) []engines.Line {
	t.Helper()
	<-s.done
	var types []string
	for _, l := range s.lines {
		types = append(types, l.Type)
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Fatalf("lines (-want +got):\n%s", diff)
	}
	return s.lines
}

func TestServeDrains(t *testing.T) {
	s := start(t, t.Context(), scripted(func(ctx context.Context, s *engines.Session) error {
		s.Status.Ready()
		select {
		case <-s.Drain:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	for _, line := range []string{"not a line\n", "{\"type\":\"hum\"}\n", "{\"type\":\"drain\"}\n"} {
		if _, err := io.WriteString(s.control, line); err != nil {
			t.Fatal(err)
		}
	}
	lines := s.wait(t, engines.LineHello, engines.LineReady, engines.LineStopped)
	hello := lines[0]
	if hello.Engine != "scripted" || hello.Version != "9" || !cmp.Equal(hello.Contract, []int{1}) ||
		hello.Settings["isolation"] != "read_committed" || hello.Settings["parallelism"] != 3.0 {
		t.Errorf("hello = %+v", hello)
	}
	if !lines[2].Clean || s.err != nil {
		t.Errorf("stopped clean %v, Serve = %v; want clean and no error", lines[2].Clean, s.err)
	}
}

func TestServeStopsAtTheEndOfControl(t *testing.T) {
	s := start(t, t.Context(), untilStopped())
	s.control.Close()
	if lines := s.wait(t, engines.LineHello, engines.LineStopped); lines[1].Clean || s.err != nil {
		t.Errorf("stopped clean %v, Serve = %v; want not clean, no error", lines[1].Clean, s.err)
	}
}

func TestServeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := start(t, ctx, untilStopped())
	cancel()
	if lines := s.wait(t, engines.LineHello, engines.LineStopped); lines[1].Clean || s.err != nil {
		t.Errorf("stopped clean %v, Serve = %v; want not clean, no error", lines[1].Clean, s.err)
	}
}

func untilStopped() engines.Engine {
	return scripted(func(ctx context.Context, _ *engines.Session) error {
		<-ctx.Done()
		return ctx.Err()
	})
}

func TestServeReportsAFault(t *testing.T) {
	broken := errors.New("broken")
	s := start(t, t.Context(), scripted(func(context.Context, *engines.Session) error { return broken }))
	lines := s.wait(t, engines.LineHello, engines.LineFault, engines.LineStopped)
	if !lines[1].Fatal || lines[1].Text != "broken" || lines[2].Clean || !errors.Is(s.err, broken) {
		t.Errorf("fault %+v, stopped clean %v, Serve = %v; want a fatal fault, not clean, the error", lines[1], lines[2].Clean, s.err)
	}
}

// configured is an engine that says how its clients are set.
type configured struct{ scripted }

func (configured) Settings(engines.Plan) map[string]any {
	return map[string]any{"compression.type": "none"}
}

func TestHelloSaysHowClientsAreSet(t *testing.T) {
	s := start(t, t.Context(), configured{func(context.Context, *engines.Session) error { return nil }})
	hello := s.wait(t, engines.LineHello, engines.LineStopped)[0]
	if hello.Settings["compression.type"] != "none" || hello.Settings["acks"] != "all" {
		t.Errorf("hello says the settings %v, want those of every engine and its own", hello.Settings)
	}
}

// An engine that knows no batches has no interval of 0 in the fairness sheet.
func TestSettingsHaveABatchIntervalWhereThereIsOne(t *testing.T) {
	if got := engines.Settings(engines.Plan{BatchIntervalMS: 500})["batch_interval_ms"]; got != int64(500) {
		t.Errorf("batch_interval_ms = %v, want 500", got)
	}
	if got, ok := engines.Settings(engines.Plan{BatchIntervalMS: 500, CommitIntervalMS: 100})["commit_interval_ms"]; ok {
		t.Errorf("the commit interval of an engine that commits with each batch is %v, want none", got)
	}
	if got, ok := engines.Settings(engines.Plan{})["batch_interval_ms"]; ok {
		t.Errorf("batch_interval_ms = %v, want none", got)
	}
}
