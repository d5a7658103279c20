package collector

import (
	"fmt"
	"math"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

// Closer is an event that moves a partition's watermark to Watermark, ms since the epoch, and was due at Intended, ns from
// the trial's start.
type Closer struct {
	Watermark int64
	Intended  int64
}

// AnalysisConfig says which observations to analyse and what the other witnesses of the trial know. Times are ns from the
// trial's start unless they say otherwise.
type AnalysisConfig struct {
	Trial    string
	Instance string
	Dir      string // observations of this trial
	HistDir  string // where .hlog files go, must exist; "" writes none
	Start    time.Time
	Phases   []result.Phase // ascending, disjoint
	// Unanswered are the events that must have an event as answer and have none, from the oracle. They are censored: each
	// took at least until EndNS. Heartbeats and probes in it are passed over.
	Unanswered []event.Stamp
	// Awaiting are the intended times of the events that an update has to answer, by device (sequence 0), ascending: from the
	// oracle. Nil for jobs whose events are answered by themselves.
	Awaiting map[event.ID][]int64
	// Closers, by partition, ascending in both fields: from the oracle. Nil: close delay is not measured.
	Closers    map[int32][]Closer
	WindowNode uint16        // of the window operator the closers belong to: the job's first
	Lateness   time.Duration // of event time
	WindowSize time.Duration // of event time
	WindowStep time.Duration // between two starts; 0: WindowSize
	EndNS      int64         // when observation ended; nothing can be due later
	Stages     []string      // names of the job's stages, in order; the last one writes the output
	// Due counts, per DueStep from the trial's start, the real events that must have an event or a dead letter as answer.
	// Nil: rates, backlog and the checks that need them are not measured.
	Due     []int64
	DueStep time.Duration // 0: one second; Little's law without DueSum needs 10 ms or so
	// DueSum is, for each step of Due, the sum over its events of the time from the step's begin until they were due, ns. Nil:
	// they count as due in its middle, which is wrong by half the distance of two events for a constant load.
	DueSum []int64
	// Timer is the interval of the batches or commits that results wait for, 0 for none: phases of intended times modulo it are checked.
	Timer time.Duration
	// Marks are instants, ascending: for each, Reached tells when every partition had answered something due then or later and
	// every event due before that is ever answered had been. Nil: none.
	Marks []int64
	// Small is, where Size of an event is that of the message it answers, the size up to which a message is small: it may have
	// to wait behind a large one. 0: there are no messages of many sizes.
	Small int64
	// LogAppend says that output topics carry the broker's append time.
	LogAppend bool
}

// Analysis is what the observations of one instance say.
type Analysis struct {
	// Latency holds the headline distributions of the measure phase by metric: response (events answered by events) and,
	// where it was measured, close_delay. A service time needs the input's append time, which topics with CreateTime do not
	// carry, so there is none.
	Latency       map[string]*result.Latency
	Distributions []result.Distribution
	// Series have a point per second from the trial's start: response_p50, _p99, _max by the second in which events were due,
	// seconds without an answer left out; offered_rate and achieved_rate (distinct events finished by an event or a dead
	// letter) at the second's begin; backlog and backlog_age, of the oldest unanswered event, at its end.
	Series       []result.Series
	Checks       []result.Check
	Answered     map[string]int64 // real events with an event as answer, by the phase they were due in
	AchievedRate float64          // answers to the measure phase's events per second
	Duplicates   int64            // outputs and dead letters, but for probes', whose identity had been seen before
	Observed     int64            // records in the output and dead letter files
	Finished     int64            // distinct real events of the measure phase with an event or dead letter as answer
	First, Last  int64            // when the first and the last of those answers were received; meaningless when there are none
	Reached      []int64          // for each of the config's Marks; -1: never
	CanaryP99    *int64           // of heartbeats due in the measure phase, ns; nil with too few
}

// The measure phase is the one whose latencies make the headline, and events are the kind that makes it.
const (
	measure   = "measure"
	kindEvent = "event"
)

// analysis is what is gathered while observations go by.
type analysis struct {
	cfg    AnalysisConfig
	in     *input
	phases phases
	main   int // index of the measure phase, -1 when there is none

	response   map[event.Kind]*cut
	closeDelay *cut
	canary     *cut
	emitted    *cut
	outputPath *cut

	seen       *identities
	held       map[event.ID]int // by device: how many of its waiting events updates have answered
	byUpdate   int64            // real events that updates have answered
	flow       *flow
	cohort     cohort
	beats      resultant // of the heartbeats of the measure phase
	reached    reached
	waterfall  *waterfall
	sizes      *sizes
	observed   int64
	probes     int64
	heartbeats int64
	duplicates int64
	repeats    int64 // duplicates of heartbeats
	foreign    int64 // of a kind this version does not know
	unclosed   int64 // windows that no event known closed
	early      int64 // windows received before the event that lets them close was due
	untimely   int64 // windows received before such an event was due in any partition
}

// cohort is the real events due in the measure phase.
type cohort struct {
	finished    int64
	first, last int64             // received, ns
	waited      float64           // sum over the finished of the time from their receipt to the end, ns: from arrivals alone
	phase       resultant         // of the intended times in the timer's interval
	early, late *latency.Recorder // received − intended in the first and the last fifth of the phase, by intended time
}

// Analyse reads the observations of one instance and computes what they say. Memory grows with seconds and devices, and by
// one bit for each event. Errors: phases that overlap; unreadable or foreign files (ErrFormat), files of several trials, a
// trial that never started, .hlog files that cannot be written. A file whose last observation is cut short is analysed
// without it, and a check says so.
func Analyse(cfg AnalysisConfig) (Analysis, error) {
	a, err := gather(cfg)
	if err != nil {
		return Analysis{}, err
	}
	return a.finish()
}

// gather reads all files.
func gather(cfg AnalysisConfig) (*analysis, error) {
	if cfg.DueStep <= 0 {
		cfg.DueStep = time.Second
	}
	if cfg.WindowStep <= 0 {
		cfg.WindowStep = cfg.WindowSize
	}
	if err := phases(cfg.Phases).validate(); err != nil {
		return nil, fmt.Errorf("analysing %s: %w", cfg.Instance, err)
	}
	in, err := openInput(cfg.Dir, cfg.Instance)
	if err != nil {
		return nil, err
	}
	defer in.close()
	a := newAnalysis(cfg, in)
	for _, s := range in.stages {
		if err := in.merge([]*source{s}, a.waterfall.stage); err != nil {
			return nil, err
		}
	}
	if err := in.merge(in.results, a.visit); err != nil {
		return nil, err
	}
	a.censor()
	return a, nil
}

func newAnalysis(cfg AnalysisConfig, in *input) *analysis {
	p := phases(cfg.Phases)
	a := &analysis{cfg: cfg, in: in, phases: p, main: p.named(measure), response: map[event.Kind]*cut{}, seen: newIdentities(), held: map[event.ID]int{},
		flow: newFlow(cfg.EndNS), cohort: cohort{first: math.MaxInt64, last: math.MinInt64, early: latency.New(), late: latency.New()}}
	for _, k := range []event.Kind{event.KindEvent, event.KindWindow, event.KindAlert, event.KindDeadLetter, event.KindUpdate} {
		from := "intended"
		if k == event.KindWindow || k == event.KindUpdate {
			from = "intended, of the latest contributor"
		}
		a.response[k] = newCut(p, "response", k.String(), from, "received")
		a.response[k].logged = true
	}
	a.closeDelay = newCut(p, "close_delay", event.KindWindow.String(), "intended, of the first event that lets the window close", "received")
	a.closeDelay.logged = true
	a.canary = newCut(p, "canary", "heartbeat", "intended", "received")
	a.canary.logged = true
	a.emitted = newCut(p, "emitted", kindEvent, "intended", "output append (broker's clock, end of its millisecond)")
	a.outputPath = newCut(p, "output_path", kindEvent, "output append (broker's clock, start of its millisecond)", "received")
	a.reached = newReached(cfg.Marks, in)
	a.seen.step = max(int64(cfg.WindowStep/time.Millisecond), 1)
	a.waterfall = newWaterfall(p, cfg.Stages)
	a.sizes = &sizes{phases: p}
	return a
}

// visit takes one result or dead letter.
func (a *analysis) visit(h Header, o *Observation) {
	a.observed++
	if o.Flags&event.FlagProbe != 0 {
		a.probes++
		return
	}
	heartbeat := o.Flags&event.FlagHeartbeat != 0
	if !a.seen.add(o) {
		a.duplicates++
		if heartbeat {
			a.repeats++
		}
		return
	}
	i := a.phase(o.Intended)
	a.reached.see(h.Partition, o)
	if heartbeat {
		a.heartbeats++
		switch o.Kind {
		case event.KindEvent:
			a.beat(i, o)
		case event.KindUpdate:
			a.answer(o, a.beat)
		}
		return
	}
	c := a.response[o.Kind]
	if c == nil {
		a.foreign++
		return
	}
	c.add(i, o.Intended, o.Received-o.Intended)
	switch o.Kind {
	case event.KindEvent:
		a.finished(i, o)
		a.broker(i, o)
		if a.cfg.Small > 0 {
			a.sizes.add(i, h.Partition, o)
		}
	case event.KindDeadLetter:
		a.finished(i, o)
	case event.KindWindow:
		a.window(h.Partition, o)
	case event.KindUpdate:
		a.answer(o, a.throughUpdate)
	}
}

// beat takes the answer to a heartbeat due in phase i.
func (a *analysis) beat(i int, o *Observation) {
	if i >= 0 && i == a.main {
		a.beats.add(o.Intended, int64(a.cfg.Timer))
	}
	a.canary.add(i, o.Intended, o.Received-o.Intended)
	a.waterfall.output(o, i)
}

// answer gives each event that an update is the first to hold, as if it had been answered by itself then: so an engine that
// tells of many at once is charged for the wait of each, not for that of the last one alone.
func (a *analysis) answer(update *Observation, each func(i int, o *Observation)) {
	id := event.ID{Stream: update.Stream, Device: update.Device}
	waiting, n := a.cfg.Awaiting[id], a.held[id]
	for ; n < len(waiting) && waiting[n] <= update.Intended; n++ {
		o := *update
		o.Kind, o.Intended = event.KindEvent, waiting[n]
		each(a.phase(o.Intended), &o)
	}
	a.held[id] = n
}

// throughUpdate takes a real event, due in phase i, that an update answers.
func (a *analysis) throughUpdate(i int, o *Observation) {
	a.byUpdate++
	a.response[event.KindEvent].add(i, o.Intended, o.Received-o.Intended)
	a.finished(i, o)
	a.broker(i, o)
}

// phase is the index of the phase an intended time lies in, -1 for none. What would be due after the end was never offered:
// an engine invented it.
func (a *analysis) phase(intended int64) int {
	if intended > a.cfg.EndNS {
		return -1
	}
	return a.phases.at(intended)
}

func (a *analysis) finished(i int, o *Observation) {
	a.flow.finish(o.Intended, o.Received)
	a.reached.finish(o.Intended, o.Received)
	if i < 0 || i != a.main {
		return
	}
	c := &a.cohort
	c.finished++
	c.first, c.last = min(c.first, o.Received), max(c.last, o.Received)
	c.waited += float64(a.cfg.EndNS - o.Received)
	p := a.phases[i]
	switch fifth := (p.To - p.From) / 5; {
	case o.Intended < p.From+fifth:
		c.early.Record(o.Received - o.Intended)
	case o.Intended >= p.To-fifth:
		c.late.Record(o.Received - o.Intended)
	}
	c.phase.add(o.Intended, int64(a.cfg.Timer))
}

// broker splits the response at the broker's append. Kafka keeps whole milliseconds: each side is given its upper bound,
// so that neither is negative by rounding and each is at most 1 ms too long.
func (a *analysis) broker(i int, o *Observation) {
	if !a.cfg.LogAppend || o.Flags&FlagLogAppend == 0 {
		return
	}
	const ms = int64(time.Millisecond)
	appended := o.Append*ms - a.in.startUnix()
	a.emitted.add(i, o.Intended, appended+ms-o.Intended)
	a.outputPath.add(i, o.Intended, o.Received-appended)
}

// censor adds the events that were never answered.
func (a *analysis) censor() {
	for _, s := range a.cfg.Unanswered {
		if s.Flags&(event.FlagHeartbeat|event.FlagProbe) != 0 {
			continue
		}
		a.flow.never(s.Intended)
		i := a.phase(s.Intended)
		c := a.response[event.KindEvent]
		if i < 0 {
			c.censored[len(a.phases)]++
			continue
		}
		c.censored[i]++
		if i == a.main {
			a.cohort.phase.add(s.Intended, int64(a.cfg.Timer))
		}
	}
}

func (a *analysis) finish() (Analysis, error) {
	events := a.response[event.KindEvent]
	out := Analysis{Latency: map[string]*result.Latency{}, Answered: map[string]int64{}, Duplicates: a.duplicates,
		Observed: a.observed, AchievedRate: a.achievedRate(), Finished: a.cohort.finished, First: a.cohort.first, Last: a.cohort.last,
		Reached: a.reached.when()}
	for i, p := range a.phases {
		out.Answered[p.Name] += events.recorder(i).Count()
	}
	if a.main >= 0 {
		out.Latency["response"] = events.headline(a.main)
		out.CanaryP99, _ = latency.Quantile(a.canary.recorder(a.main), 0, 0.99)
		if a.closeDelay.recorder(a.main).Count() > 0 {
			out.Latency["close_delay"] = a.closeDelay.headline(a.main)
		}
	}
	for _, c := range a.cuts() {
		hist, err := c.writeLog(&a.cfg)
		if err != nil {
			return out, err
		}
		out.Distributions = append(out.Distributions, c.distributions(&a.cfg, hist)...)
	}
	out.Series = append(responseSeries(&a.cfg, events), a.flow.series(&a.cfg, perSecond(a.cfg.Due, a.cfg.DueStep))...)
	if a.cfg.Small > 0 {
		out.Series = append(out.Series, a.sizes.inFlight(&a.cfg))
	}
	checks, err := a.checks()
	if err != nil {
		return out, err
	}
	out.Checks = checks
	return out, nil
}

func (a *analysis) cuts() []*cut {
	all := append(a.responses(), a.closeDelay, a.canary, a.emitted, a.outputPath)
	if a.cfg.Small > 0 {
		all = append(all, a.sizes.cuts(a.cfg.Small)...)
	}
	return append(all, a.waterfall.hops...)
}

// responses are the response times of each kind.
func (a *analysis) responses() []*cut {
	return []*cut{a.response[event.KindEvent], a.response[event.KindWindow], a.response[event.KindAlert],
		a.response[event.KindDeadLetter], a.response[event.KindUpdate]}
}

// achievedRate is the answers to the measure phase's events, dead letters included, per second. They are counted over the
// phase's length, stretched by how much the delay grew in it: a constant delay costs nothing and neither does waiting for
// a batch, a backlog that grows does. The growth is that between the means of the first and the last fifth, whose middles
// are four fifths of the phase apart.
func (a *analysis) achievedRate() float64 {
	if a.main < 0 || a.cohort.finished == 0 {
		return 0
	}
	p := a.phases[a.main]
	growth := max(0, a.cohort.late.Mean()-a.cohort.early.Mean()) * 5 / 4
	if a.cohort.late.Count() == 0 { // nothing due at the end was answered
		growth = float64(max(0, a.cohort.last-a.cohort.first-(p.To-p.From)))
	}
	span := float64(p.To-p.From) + growth
	if span <= 0 {
		return 0
	}
	return float64(a.cohort.finished) / (span / 1e9)
}
