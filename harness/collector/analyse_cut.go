package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/streamgauge/streamgauge/harness/result"
)

// phases finds the phase of an intended time.
type phases []result.Phase

// at is the index of the phase that holds t, -1 when none does.
func (p phases) at(t int64) int {
	i := sort.Search(len(p), func(i int) bool { return p[i].To > t })
	if i == len(p) || t < p[i].From {
		return -1
	}
	return i
}

func (p phases) named(name string) int {
	for i := range p {
		if p[i].Name == name {
			return i
		}
	}
	return -1
}

// validate refuses phases whose events could be counted twice.
func (p phases) validate() error {
	for i := range p {
		if p[i].To < p[i].From || i > 0 && p[i].From < p[i-1].To {
			return fmt.Errorf("phase %q [%d, %d) overlaps the one before it or ends before it begins", p[i].Name, p[i].From, p[i].To)
		}
	}
	return nil
}

// cut is one latency of one kind of output, by phase, and by second of intended time when it is logged.
type cut struct {
	metric, kind, stage string
	sizeClass           string // "": all sizes
	few                 bool   // its median is told however few there are
	from, to            string
	phases              phases
	byPhase             []*latency.Recorder // the last one for no phase; nil until used
	censored            []int64
	logged              bool
	seconds             [][]*latency.Recorder // by phase and second; nil where nothing was
}

func newCut(p phases, metric, kind, from, to string) *cut {
	return &cut{metric: metric, kind: kind, from: from, to: to, phases: p, byPhase: make([]*latency.Recorder, len(p)+1),
		censored: make([]int64, len(p)+1), seconds: make([][]*latency.Recorder, len(p))}
}

// add records a latency of something due at intended, in phase i (-1: none).
func (c *cut) add(i int, intended, ns int64) {
	if i < 0 {
		i = len(c.phases)
	}
	if c.byPhase[i] == nil {
		c.byPhase[i] = latency.New()
	}
	c.byPhase[i].Record(ns)
	if !c.logged || i == len(c.phases) || intended < 0 {
		return
	}
	s := int(intended / int64(time.Second))
	for len(c.seconds[i]) <= s {
		c.seconds[i] = append(c.seconds[i], nil)
	}
	if c.seconds[i][s] == nil {
		c.seconds[i][s] = latency.NewSparse()
	}
	c.seconds[i][s].Record(ns)
}

// recorder is that of a phase, empty when nothing was recorded.
func (c *cut) recorder(i int) *latency.Recorder {
	if i < 0 || c.byPhase[i] == nil {
		return latency.New()
	}
	return c.byPhase[i]
}

// count is the number of latencies in all phases and in none, and how many of them were negative.
func (c *cut) count() (all, negative int64) {
	for _, r := range c.byPhase {
		if r != nil {
			all += r.Count()
			negative += r.Negative()
		}
	}
	return all, negative
}

// headline is the cut's headline in a phase.
func (c *cut) headline(i int) *result.Latency {
	if i < 0 {
		return nil
	}
	s := latency.Headline(c.recorder(i), c.censored[i])
	return &result.Latency{Count: s.Count, Censored: s.Censored, OutRange: s.OutOfRange, P50: s.P50, P90: s.P90, P99: s.P99,
		P999: s.P999, Max: s.Max, BoundFrom: s.BoundFrom}
}

// distributions gives one entry for each phase with anything in it.
func (c *cut) distributions(cfg *AnalysisConfig, hist string) []result.Distribution {
	var all []result.Distribution
	for i, p := range c.phases {
		r, censored := c.byPhase[i], c.censored[i]
		if r == nil && censored == 0 {
			continue
		}
		r = c.recorder(i)
		d := result.Distribution{Trial: cfg.Trial, Metric: c.metric, From: c.from, To: c.to, Phase: p.Name, Stage: c.stage,
			Kind: c.kind, SizeClass: c.sizeClass, Count: r.Count(), Censored: censored, Quantiles: map[string]*int64{}, Max: r.Max(), Hist: hist}
		for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
			v, _ := latency.Quantile(r, censored, q)
			d.Quantiles[strconv.FormatFloat(q, 'g', -1, 64)] = v
		}
		if m, ok := latency.Median(r, censored); ok && c.few {
			d.Middle = &result.Middle{Median: m.Value, Range: m.Range}
		}
		if p.Name == measure {
			d.Curve = latency.Curve(r, censored)
		}
		all = append(all, d)
	}
	return all
}

// writeLog writes the cut's seconds, tagged by phase, and returns the path below the run's folder; "" when nothing was
// recorded or no folder is given.
func (c *cut) writeLog(cfg *AnalysisConfig) (string, error) {
	if cfg.HistDir == "" || !c.logged {
		return "", nil
	}
	if all, _ := c.count(); all == 0 {
		return "", nil
	}
	name := logName(cfg, c)
	f, err := os.Create(filepath.Join(cfg.HistDir, name))
	if err != nil {
		return "", fmt.Errorf("creating a histogram log: %w", err)
	}
	if err := c.writeSeconds(f, cfg.Start); err != nil {
		f.Close()
		return "", fmt.Errorf("writing %s: %w", f.Name(), err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("closing %s: %w", f.Name(), err)
	}
	return filepath.ToSlash(filepath.Join(filepath.Base(cfg.HistDir), name)), nil
}

func logName(cfg *AnalysisConfig, c *cut) string {
	name := cfg.Trial
	if name == "" {
		name = cfg.Instance
	}
	name = strings.NewReplacer("/", "-", `\`, "-").Replace(name) + "." + c.metric
	if c.kind != "" && c.kind != kindEvent {
		name += "-" + c.kind
	}
	return name + ".hlog"
}

func (c *cut) writeSeconds(f *os.File, start time.Time) error {
	l, err := latency.NewLogWriter(f, start)
	if err != nil {
		return err
	}
	for i, p := range c.phases {
		for s, r := range c.seconds[i] {
			if r == nil {
				continue
			}
			// A phase may begin or end within a second.
			from := max(time.Duration(s)*time.Second, time.Duration(p.From))
			to := min(time.Duration(s+1)*time.Second, time.Duration(p.To))
			if err := l.Write(latency.Interval{Tag: p.Name, Start: from, End: to, Samples: r}); err != nil {
				return err
			}
		}
	}
	return nil
}
