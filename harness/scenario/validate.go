package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// latenessMargin is the fixed part of MinLateness.
const latenessMargin = 5 * time.Second

// MinLateness is the shortest lateness, in event time, that a job with windows may have under an engine that waits up to
// interval - the scenario's, or its own least one if that is longer - before it passes records on, for a stream sped up by
// speed: 2 × interval × speed + 5 s (SEMANTICS.md section 4). With less, a hop's own delay would make records late.
func MinLateness(interval time.Duration, speed Factor) time.Duration {
	return time.Duration(2*float64(interval)*float64(speed)) + latenessMargin
}

// checks is what a scenario is held against.
type checks struct {
	known      map[string]Ability
	encodings  []string
	packings   []string
	recordings []string
	presets    []string
	positions  *yamlstrict.Positions
	given      map[string]Engine
	tainted    yamlstrict.Errors
}

// validation collects the problems of a scenario.
type validation struct {
	*Scenario
	checks
	problems yamlstrict.Errors
}

// validate reports every setting that is missing, impossible, or impossible beside another one. It changes nothing.
func (s *Scenario) validate(c checks) error {
	v := &validation{Scenario: s, checks: c}
	v.head()
	v.stream()
	v.load()
	v.broker()
	for _, label := range slices.Sorted(maps.Keys(s.Engines)) {
		v.engine(label, s.Engines[label])
	}
	v.windows()
	v.aggregates()
	v.faults()
	if len(v.problems) == 0 {
		return nil
	}
	return v.problems
}

// badf reports a problem of the value at the first path, unless a value it depends on did not even read: then that is
// the problem.
func (v *validation) badf(paths []string, format string, args ...any) {
	for _, p := range v.tainted {
		for _, path := range paths {
			if p.Path == path || strings.HasPrefix(p.Path, path+".") || strings.HasPrefix(path, p.Path+".") {
				return
			}
		}
	}
	v.problems = append(v.problems, v.positions.Problem(paths[0], fmt.Sprintf("%s: "+format, append([]any{paths[0]}, args...)...)))
}

func at(paths ...string) []string { return paths }

// oneOf checks a name against the valid ones.
func (v *validation) oneOf(path, got string, valid ...string) {
	if !slices.Contains(valid, got) {
		v.badf(at(path), "%q; %s", got, yamlstrict.Suggest(got, valid))
	}
}

// between checks a whole number.
func (v *validation) between(path string, got, lowest, highest int64) {
	if got < lowest || got > highest {
		v.badf(at(path), "%d; want %d to %d", got, lowest, highest)
	}
}

func (v *validation) head() {
	if v.Schema != 1 {
		v.badf(at("schema"), "%d; this version reads 1", v.Schema)
	}
	if v.JobName == "" {
		v.badf(at("job"), "none; name one of scenarios/jobs or a path")
	}
	v.oneOf("placement", v.Placement, SideBySide, Isolated)
	v.oneOf("guarantee", v.Guarantee, AtLeastOnce, ExactlyOnce)
	v.between("repetitions", int64(v.Repetitions), 1, 1000)
	if len(v.Engines) == 0 {
		v.badf(at("engines"), "none; name at least one")
	}
	if v.Limits.SendDelayP99 == 0 {
		v.badf(at("limits.send_delay_p99"), "0s; no driver is that punctual")
	}
	if v.Limits.RateError == 0 {
		v.badf(at("limits.rate_error"), "0%%; no driver is that exact")
	}
	v.deadline("deadlines.ready", v.Deadlines.Ready)
	v.deadline("deadlines.drain", v.Deadlines.Drain)
	v.deadline("deadlines.stop", v.Deadlines.Stop)
}

// deadline checks that an engine has a chance, and that nobody waits for days.
func (v *validation) deadline(path string, d job.Millis) {
	if d < 100 || d > 3_600_000 {
		v.badf(at(path), "%s; want 100ms to 1h", d)
	}
}

func (v *validation) stream() {
	s := v.Stream
	switch {
	case s.Payload != (Payload{}):
		v.payload()
	case s.Preset != "":
		v.preset()
	case s.Recording == "":
		v.badf(at("stream.recording"), "none; valid: %s, or a path; stream.preset and stream.payload are other ways", strings.Join(v.recordings, ", "))
	case !strings.ContainsAny(s.Recording, `/\.`) && !slices.Contains(v.recordings, s.Recording):
		v.badf(at("stream.recording"), "unknown recording %q; %s", s.Recording, yamlstrict.Suggest(s.Recording, v.recordings))
	}
	v.encoding()
	v.between("stream.devices", int64(s.Devices), 1, 1<<31)
	if start := s.EventTime.Start.Year(); start < 1970 || start > 2200 {
		v.badf(at("stream.event_time.start"), "year %d; want 1970 to 2200", start)
	}
	if s.EventTime.Speed > 1e6 {
		v.badf(at("stream.event_time.speed"), "%s; want at most 1000000x", s.EventTime.Speed)
	}
	if s.Pad > 110e6 {
		v.badf(at("stream.pad"), "%s; want at most 110MB", s.Pad)
	}
	if d := s.Disorder; (d.Share > 0) != (d.UpTo > 0) {
		v.badf(at("stream.disorder", "stream.disorder.share", "stream.disorder.up_to"),
			"share %s, up_to %s; want both above 0 or neither", d.Share, d.UpTo)
	}
	if s.Disorder.UpTo < 0 {
		v.badf(at("stream.disorder.up_to"), "%s is negative", s.Disorder.UpTo)
	}
}

// preset checks a stream that is generated: what a recording is amplified with has no meaning there.
func (v *validation) preset() {
	s := v.Stream
	if s.Recording != "" {
		v.badf(at("stream.preset", "stream.recording"), "goes without stream.recording: a stream comes from one of the two")
	}
	if !strings.ContainsAny(s.Preset, `/\.`) && !slices.Contains(v.presets, s.Preset) {
		v.badf(at("stream.preset"), "unknown preset %q; %s", s.Preset, yamlstrict.Suggest(s.Preset, v.presets))
	}
	if s.Sizes.Largest > maxLargest {
		v.badf(at("stream.preset"), "its messages have up to %s; want at most %s", s.Sizes.Largest, maxLargest)
	}
	for _, c := range []struct {
		path string
		set  bool
	}{{"stream.disorder", s.Disorder.Share > 0}, {"stream.repeats", s.Repeats > 0}, {"stream.damaged", s.Damaged > 0}, {"stream.pad", s.Pad > 0}} {
		if c.set {
			v.badf(at(c.path, "stream.preset"), "goes with a recording, not with a preset")
		}
	}
}

func (v *validation) load() {
	l := v.Load
	v.oneOf("load.profile", l.Profile, Constant, Poisson, Recorded, Prefilled)
	if l.Profile == Recorded && l.Rate > 0 {
		v.badf(at("load.rate", "load.profile"), "goes with the profiles constant, poisson and prefilled; recorded keeps the recording's pace")
	}
	if l.Profile == Prefilled {
		v.prefilled()
	}
	if slices.Contains([]string{Constant, Poisson, Prefilled}, l.Profile) && l.Rate == 0 {
		v.badf(at("load.rate", "load.profile"), "none; the profile %s needs one, such as 5000/s", l.Profile)
	}
	if l.Warmup < 0 {
		v.badf(at("load.warmup"), "%s is negative", l.Warmup)
	}
	if l.Measure < 1000 {
		v.badf(at("load.measure"), "%s; want at least 1s", l.Measure)
	}
	for _, c := range []struct {
		path   string
		length job.Millis
	}{{"load.warmup", l.Warmup}, {"load.measure", l.Measure}} {
		if c.length > 0 && c.length%PhaseStep != 0 {
			v.badf(at(c.path), "%s; want whole %s, the steps in which due events are counted", c.length, PhaseStep)
		}
	}
	if l.Drain < 1000 {
		v.badf(at("load.drain"), "%s; want at least 1s", l.Drain)
	}
	if l.Rate > 0 && l.Measure >= 1000 && float64(l.Rate)*l.Measure.Duration().Seconds() < 1 {
		v.badf(at("load.rate", "load.measure"), "%s gives no event in %s", l.Rate, l.Measure)
	}
}

// PhaseStep divides the length of a phase: events due are counted by it, and a step in two phases would be in neither as a whole.
const PhaseStep = job.Millis(10)

// prefilled checks what is for an input that lies ready only. Engines read it as fast as they can and one partition before
// another, so a window must wait for all of it.
func (v *validation) prefilled() {
	if v.Load.Warmup != 0 {
		v.badf(at("load.warmup", "load.profile"), "%s; an input that lies ready has none: write warmup: 0s", v.Load.Warmup)
	}
	if v.Placement != Isolated {
		v.badf(at("placement", "load.profile"), "%s; engines drain a prefilled input one at a time: write placement: %s", v.Placement, Isolated)
	}
	if len(v.Faults) > 0 {
		v.badf(at("faults", "load.profile"), "a prefilled input has no schedule to inject faults by")
	}
	if v.Job == nil || len(v.Job.Windows()) == 0 {
		return
	}
	extent := job.Millis(float64(v.Load.Measure)*float64(v.Stream.EventTime.Speed)) + v.Stream.Disorder.UpTo
	if lateness := v.Job.EventTime.Lateness; extent > lateness {
		v.badf(at("load.measure", "load.profile"), "a prefilled input of %s of event time; at most the job's lateness, %s: engines read partitions at different "+
			"speeds, and later events may be left out of a window; a higher load.rate packs more events into it", extent, lateness)
	}
}

var (
	address = regexp.MustCompile(`^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):([0-9]{1,5})$`)
	label   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
)

func (v *validation) broker() {
	b := v.Broker
	v.between("broker.partitions", int64(b.Partitions), 1, 10_000)
	if d := v.Stream.Devices; d >= 1 && d < int(b.Partitions) && b.Partitions <= 10_000 {
		v.badf(at("stream.devices", "broker.partitions"), "%d for %d partitions; want at least one a partition",
			v.Stream.Devices, b.Partitions)
	}
	if b.ConfigFile != "" && (b.Kind == "embedded" || b.Kind == "local") {
		v.badf(at("broker.config", "broker.kind"), "goes with a broker that runs already: kind HOST:PORT, or remote if %s has the addresses",
			filepath.Base(b.ConfigFile))
	}
	switch b.Kind {
	case "embedded":
		v.between("broker.nodes", int64(b.Nodes), 1, 1)
	case "local":
		if b.Nodes != 1 && b.Nodes != 3 {
			v.badf(at("broker.nodes"), "%d; want 1 or 3", b.Nodes)
		}
	case "remote":
		if b.ConfigFile == "" {
			v.badf(at("broker.kind", "broker.config"), "remote needs addresses: write them as the kind (HOST:PORT,…) or name a client.properties as config")
		}
	default:
		v.addresses()
	}
}

func (v *validation) addresses() {
	_, bootstrap := v.Broker.Where()
	for _, a := range bootstrap {
		m := address.FindStringSubmatch(a)
		if m == nil && !strings.Contains(a, ":") {
			v.badf(at("broker.kind"), "%q; want embedded, local or HOST:PORT[,HOST:PORT…]; %s", a,
				yamlstrict.Suggest(a, []string{"embedded", "local", "remote"}))
			continue
		}
		if port := 0; m == nil || !scan(m[3], &port) || port < 1 || port > 65535 {
			v.badf(at("broker.kind"), "%q is not HOST:PORT with a port from 1 to 65535", a)
		}
	}
}

func scan(text string, into *int) bool {
	n, err := fmt.Sscan(text, into)
	return n == 1 && err == nil
}

// aggregates checks that no sum of an aggregate can overflow over the whole of a trial.
func (v *validation) aggregates() {
	if v.Job == nil || !v.Job.Aggregates() || v.Load.Rate == 0 || v.Stream.Devices < 1 {
		return // the recording's own pace: one reading a second and device at most
	}
	seconds := (v.Load.Warmup + v.Load.Measure).Duration().Seconds()
	if events := v.perDevice(seconds); events > job.MaxPerWindow {
		v.badf(at("stream.devices", "load.rate", "load.measure"),
			"%d at %s put about %.0f events of a device into its aggregate; at most %d are exact: more devices, less load or a shorter trial",
			v.Stream.Devices, v.Load.Rate, events, job.MaxPerWindow)
	}
}

// perDevice is about how many events a device sends in so many seconds of the run.
func (v *validation) perDevice(seconds float64) float64 {
	return float64(v.Load.Rate) / float64(v.Stream.Devices) * seconds * (1 + float64(v.Stream.Repeats))
}

// windows checks what only matters where the job has windows.
func (v *validation) windows() {
	if v.Job == nil || len(v.Job.Windows()) == 0 {
		return
	}
	lateness := v.Job.EventTime.Lateness
	if up := v.Stream.Disorder.UpTo; up > 0 && up >= lateness {
		v.badf(at("stream.disorder.up_to", "stream.disorder"), "%s; want less than the job's lateness, %s: later events may be left out of a window",
			up, lateness)
	}
	for _, w := range v.Job.Windows() {
		v.perWindow(w)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Engines)) {
		v.lateness(name, v.Engines[name])
	}
}

// perWindow checks that no sum of a window can overflow.
func (v *validation) perWindow(w *job.Window) {
	if v.Load.Rate == 0 || v.Stream.Devices < 1 || v.Stream.EventTime.Speed == 0 {
		return // the recording's own pace: one reading a second and device at most
	}
	if events := v.perDevice(w.Size().Seconds() / float64(v.Stream.EventTime.Speed)); events > job.MaxPerWindow {
		v.badf(at("stream.devices", "load.rate", "stream.event_time"),
			"%d at %s put about %.0f events of a device into a window of %s; at most %d are exact: more devices, less load or a smaller window",
			v.Stream.Devices, v.Load.Rate, events, w.Size(), job.MaxPerWindow)
	}
}

func (v *validation) lateness(name string, e Engine) {
	if e.Engine == Floor {
		return // copies; has no windows
	}
	a, ok := v.known[e.Engine]
	interval := e.CommitInterval
	if !ok || a.Batches {
		interval = max(interval, e.BatchInterval)
	}
	least, own := job.Millis(a.Waits[engines.Guarantee(cmp.Or(e.Guarantee, v.Guarantee))].Least(e.Options).Milliseconds()), ""
	if least > interval {
		interval, own = least, ", the least it works with"
	}
	need := MinLateness(interval.Duration(), v.Stream.EventTime.Speed)
	if have := v.Job.EventTime.Lateness.Duration(); have < need {
		fits := float64(have-latenessMargin) / float64(2*interval.Duration())
		hint := "no speed fits: a job with more lateness is needed"
		if fits >= 0.1 {
			hint = fmt.Sprintf("up to %s fits", Factor(float64(int(fits*10))/10))
		}
		v.badf(at("stream.event_time.speed", "stream.event_time", "engines."+name),
			"at %s an engine that waits up to %s at a hop (%s%s) needs a lateness of %s (2 × interval × speed + 5s); the job has %s; %s",
			v.Stream.EventTime.Speed, interval, name, own, need, have, hint)
	}
}

// What a fault does.
const (
	Kill       = "kill"        // the engine, with its daemons
	Pause      = "pause"       // the engine, with its daemons
	KillWorker = "kill-worker" // one worker of its cluster
	KillBroker = "kill-broker" // one node of the broker
)

// faults checks that each fault hits an engine while the stream flows.
func (v *validation) faults() {
	length := v.Load.Warmup + v.Load.Measure
	for i, f := range v.Faults {
		path := fmt.Sprintf("faults[%d]", i)
		v.oneOf(path+".do", f.Do, Kill, Pause, KillWorker, KillBroker)
		v.victim(path, f)
		if f.At < 0 || f.At >= length {
			v.badf(at(path+".at", path, "load"), "%s; want 0s to %s, the end of the measure phase", f.At, length)
		}
		v.repeated(path, f, length)
		if f.For < 0 || f.Do == Pause && f.For == 0 {
			v.badf(at(path+".for", path), "%s; want how long the engine is down, above 0", f.For)
		}
	}
}

// repeated checks a fault that is to happen more than once.
func (v *validation) repeated(path string, f Fault, length job.Millis) {
	switch {
	case f.Times < 0 || f.Times > MaxTimes:
		v.badf(at(path+".times", path), "%d; want how often, up to %d", f.Times, MaxTimes)
	case f.Times > 0 && (f.Until <= f.At || f.Until > length):
		v.badf(at(path+".until", path), "%s; want the end of the %d random instants: later than at, %s, up to %s, the end of the measure phase", f.Until, f.Times, f.At, length)
	case f.Times == 0 && f.Until != 0:
		v.badf(at(path+".until", path), "goes with times: how often within it")
	}
}

// victim checks what a fault is aimed at.
func (v *validation) victim(path string, f Fault) {
	if f.Do != KillBroker {
		if f.Node != 0 {
			v.badf(at(path+".node", path), "goes with %s", KillBroker)
		}
		if f.Engine == "" {
			v.everyVictim(path, f)
			return
		}
		v.deployFault(path, f)
		if _, ok := v.Engines[f.Engine]; !ok {
			v.badf(at(path+".engine", path), "the scenario has no engine %q; %s", f.Engine,
				yamlstrict.Suggest(f.Engine, slices.Collect(maps.Keys(v.Engines))))
		}
		return
	}
	switch {
	case f.Engine != "":
		v.badf(at(path+".engine", path), "%s is aimed at the broker: name a node", f.Do)
	case v.Broker.Kind != "local":
		v.badf(at(path+".do", path, "broker.kind"), "%s takes a broker that the run starts: broker.kind local", f.Do)
	case f.Node < 1 || f.Node > v.Broker.Nodes:
		v.badf(at(path+".node", path, "broker.nodes"), "%d; want 1 to %d", f.Node, v.Broker.Nodes)
	}
}
