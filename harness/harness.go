// Package harness runs trials and owns every goroutine of a run: it starts the broker and the engines, offers the input on
// schedule, observes the outputs, has them judged, and writes down what happened. It knows engines, generators and reports
// only through their contracts; cmd hands it the concrete ones.
package harness

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/whole"
	"github.com/streamgauge/streamgauge/reports"
)

// Config is what a run needs from the program around it.
type Config struct {
	Scenario *scenario.Scenario
	OutDir   string // run folders go here
	Keep     bool   // keep topics, state folders and captures
	Tool     result.Tool
	Command  []string // how the user started this run, for the report

	Engines map[string]engines.Descriptor // by engine name
	// PrepareEngines brings what the engines of these names need on this machine, telling each step; nil: nothing is needed.
	PrepareEngines func(ctx context.Context, names []string, say func(string)) error
	// EngineStart tells how the engine which a plan names is started.
	EngineStart func(context.Context, engines.Plan) (engines.Launch, error)
	// Heap is the heap that a JVM engine gets, bytes: what the scenario says, 0 for its default, for records of up to a size.
	Heap func(engine string, heap, maxRecord int64) int64
	// Copies tells of a JVM engine how many of the largest record its heap holds; nil: nothing is known of any.
	Copies  func(engine string) Copies
	Formats func(name string) (encoding.Format, error)
	// Measure measures the encodings of a scenario's stream, on readings of it; called only where there are several.
	Measure     func(context.Context, *scenario.Scenario) ([]result.Encoding, error)
	NewStream   func(scenario.Stream, StreamSeed) (generators.Stream, error)
	StartBroker func(context.Context, broker.Spec, func(string)) (broker.Broker, error)
	// FindBroker gives, for preflight, the broker that a run would use as it is: a remote one, or a local one that is kept. It starts
	// none, and closing it would do nothing. A nil broker, or a nil function: the run starts its own.
	FindBroker func(context.Context, broker.Spec) (broker.Broker, error)

	// Conclude may add to the result what the program around makes of it, just before it is written: called once, with what there is
	// also of a run that broke off; may be nil.
	Conclude func(*result.Run)
	Progress func(Progress) // called from one goroutine at a time; may be nil
	Say      func(string)   // lines for people, such as what is being waited for; may be nil
}

// StreamSeed is what a generated stream depends on besides its settings.
type StreamSeed struct {
	Seed        uint64
	FirstDevice uint32 // number of the first real device: heartbeats and probes come before
}

// Fault says whose fault an error is.
type Fault int

// The faults, with the exit code each leads to.
const (
	FaultHarness     Fault = 1
	FaultUsage       Fault = 2
	FaultEnvironment Fault = 3
	FaultEngine      Fault = 4
)

// Error is an error whose fault is known, with what to do about it.
type Error struct {
	Fault Fault
	Err   error
	Hint  string
}

// Error says what happened.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func environment(hint string, err error) error { return &Error{FaultEnvironment, err, hint} }

// ErrInterrupted is the cause of a context that ends because the user asked for it.
var ErrInterrupted = errors.New("interrupted")

// run is one execution of a scenario, or of what one engine runs of it (own).
type run struct {
	Config
	*shared
}

// shared is what all parts of a run have in common.
type shared struct {
	id     string // in topic names
	dir    string
	broker broker.Broker
	bucket *bucket // nil: the store is a folder, or there is none
	res    *result.Run
	early  []string    // warnings from before there is a result
	ended  atomic.Bool // the broker is gone, with all it held
	silent atomic.Bool // the broker no longer answers
	harmed atomic.Bool // a node of it is down on purpose
	health *sampler
	noting sync.Mutex // guards res.Events, which engines' goroutines add to
}

// Run executes the scenario and returns its result with the run folder, which then holds run.json, observations and
// histograms; reports are the caller's to write. On an error the result is what there is so far, marked partial, and nil
// only if nothing was started. Errors: *Error, ErrInterrupted, *defect.Error.
func Run(ctx context.Context, c Config) (*result.Run, string, error) {
	r := &run{Config: c, shared: &shared{id: shortID(time.Now())}}
	if err := r.preflight(ctx); err != nil {
		return nil, "", err
	}
	if err := r.prepareEngines(ctx); err != nil {
		return nil, "", err
	}
	if err := r.openStore(ctx); err != nil {
		return nil, "", err
	}
	if err := r.open(); err != nil {
		return nil, "", err
	}
	err := r.keepTrack()
	if err == nil {
		err = r.execute(ctx)
	}
	r.closeStore()
	r.tidy()
	r.comparable()
	r.res.Ended = time.Now()
	if err != nil {
		r.res.Partial = true
		r.res.Failure = err.Error()
		r.note("", "failure", err.Error())
	}
	if r.Conclude != nil {
		r.Conclude(r.res)
	}
	if werr := r.writeResult(); werr != nil {
		err = errors.Join(err, werr)
	}
	return r.res, r.dir, err
}

// shortID makes the run's part of topic names: the time and four random digits, so that two runs never share a topic.
func shortID(now time.Time) string {
	b := make([]byte, 2)
	_, _ = rand.Read(b)
	return fmt.Sprintf("%s%x", now.UTC().Format("060102150405"), b)
}

// open makes the run folder and the result.
func (r *run) open() error {
	s := r.Scenario
	started := time.Now()
	base := filepath.Join(r.OutDir, started.Format("20060102-150405")+"-"+s.Name)
	r.dir = base
	if err := os.MkdirAll(r.OutDir, 0o755); err != nil {
		return environment("choose another folder with -o", fmt.Errorf("making the folder for runs: %w", err))
	}
	for i := 2; ; i++ {
		err := os.Mkdir(r.dir, 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return environment("choose another folder with -o", fmt.Errorf("making the run folder: %w", err))
		}
		r.dir = fmt.Sprintf("%s-%d", base, i)
	}
	for _, d := range []string{"observations", "hist", "logs", "state"} {
		if err := os.Mkdir(filepath.Join(r.dir, d), 0o755); err != nil {
			return environment("check the disk", fmt.Errorf("making the run folder: %w", err))
		}
	}
	plan, err := s.Redacted()
	if err != nil {
		return fmt.Errorf("encoding the scenario: %w", err)
	}
	r.res = &result.Run{
		Schema: result.Schema, Method: result.Method, ID: filepath.Base(r.dir), Scenario: s.Name, Title: s.Title,
		ComparableKey: s.ComparableKey(), Seed: s.Seed, Started: started, Tool: r.Tool, Host: hostOf(process.ReadHost()), Plan: plan,
	}
	r.note("", "command", shellLine(r.Command))
	for _, text := range r.early {
		r.note("", "warning", text)
	}
	return nil
}

// shellLine writes a command so that it can be pasted.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = reports.Quote(w)
	}
	return strings.Join(quoted, " ")
}

// execute starts the broker and runs every block.
func (r *run) execute(ctx context.Context) (err error) {
	defer defect.Catch(&err)
	if err := r.measureEncodings(ctx); err != nil {
		return err
	}
	b, err := r.startBroker(ctx)
	if err != nil {
		return err
	}
	r.broker = b
	defer r.closeBroker()
	if err := r.checkMortal(); err != nil {
		return err
	}
	r.health = startSampler(r)
	defer r.health.stop()
	if r.Scenario.Placement == "isolated" {
		return r.isolated(ctx)
	}
	return r.sideBySide(ctx)
}

// measureEncodings measures what the stream's encodings cost while nothing else runs.
func (r *run) measureEncodings(ctx context.Context) (err error) {
	n := len(r.Scenario.Stream.Encodings)
	if n == 0 || r.Measure == nil {
		return nil
	}
	r.say("measuring %d encodings", n)
	if r.res.Encodings, err = r.Measure(ctx, r.Scenario); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &Error{FaultUsage, fmt.Errorf("measuring encodings: %w", err), "streamgauge run --set stream.encodings=[json,csv] takes fewer"}
	}
	return nil
}

// brokerSpec is what the run needs of its broker.
func (r *run) brokerSpec() broker.Spec {
	s := r.Scenario
	spec := broker.Spec{Nodes: s.Broker.Nodes, ConfigFile: s.Broker.ConfigFile,
		MaxRecordBytes: r.maxRecord(), Dir: filepath.Join(r.dir, "broker"), LogDir: filepath.Join(r.dir, "logs"),
		Env: []string{"SG_RUN=" + r.id}}
	spec.Kind, spec.Bootstrap = s.Broker.Where()
	return spec
}

func (r *run) startBroker(ctx context.Context) (broker.Broker, error) {
	spec := r.brokerSpec()
	r.say("starting the %s broker", spec.Kind)
	b, err := r.StartBroker(ctx, spec, func(line string) { r.say("%s", line) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, environment(brokerHint(spec, err), err)
	}
	info := b.Info()
	r.res.Broker = result.Broker{Kind: string(info.Kind), Version: info.Version, Nodes: info.Nodes}
	r.note("", "broker", fmt.Sprintf("%s %s on %v", info.Kind, info.Version, info.Bootstrap))
	return b, nil
}

// brokerHint says what to do about a broker that could not be had.
func brokerHint(spec broker.Spec, err error) string {
	switch {
	case errors.Is(err, broker.ErrUnfit):
		return fmt.Sprintf("streamgauge broker stop, and the run starts its own; or then streamgauge broker start --nodes %d --max-record %s",
			max(1, spec.Nodes), wholeMB(spec.MaxRecordBytes))
	case errors.Is(err, broker.ErrDamaged):
		return "streamgauge broker stop removes it, and the run starts its own"
	case spec.Kind == broker.Local:
		return "streamgauge doctor says what is missing; --broker embedded needs nothing"
	case spec.Kind == broker.Remote:
		return "check the address, and with --broker-config the security settings; --broker embedded needs nothing"
	}
	return "streamgauge doctor looks at this machine; the broker's log is in the run folder"
}

func (r *run) closeBroker() {
	r.res.Broker.CPUSeconds, r.res.Broker.RSSPeak = r.broker.Usage()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.broker.Close(ctx); err != nil {
		r.note("", "warning", "closing the broker: "+err.Error())
	}
}

// tidy removes what only a run in progress needs. It comes before the result is written, which may need the room.
func (r *run) tidy() {
	if r.Keep {
		return
	}
	for _, name := range Passing() {
		if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
			r.note("", "warning", "tidying up: "+err.Error())
		}
	}
}

// Passing lists what of a run folder only a run in progress needs, folders and files, those included that are half written: a run that
// was killed leaves them.
func Passing() []string {
	return []string{"broker", "state", storeFolder, captureFile, captureFile + ".part", "run.json.part"}
}

// note writes an event into the result. Safe for concurrent use.
func (r *run) note(trial, kind, text string) {
	r.noting.Lock()
	defer r.noting.Unlock()
	r.res.Events = append(r.res.Events, result.Event{Trial: trial, Time: time.Now(), Kind: kind, Text: text})
}

func (r *run) say(format string, args ...any) {
	if r.Say != nil {
		r.Say(fmt.Sprintf(format, args...))
	}
}

// writeResult writes run.json, so that a full disk leaves no half file.
func (r *run) writeResult() error {
	b, err := json.MarshalIndent(r.res, "", " ")
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	if err := whole.WriteFile(filepath.Join(r.dir, "run.json"), b); err != nil {
		return environment("make room on the disk", fmt.Errorf("writing the result: %w", err))
	}
	return nil
}
