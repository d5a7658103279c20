// Package collector observes the topics that engines write: it stamps every record the moment the client hands it over
// and keeps one fixed-size observation of it in a file, per instance, role and partition. Nothing is computed on the way but a
// live preview; Analyse computes the results from the files after the trial, as often as wanted. FORMAT.md draws the files.
//
// The package does not know what a right answer is (harness/oracle) nor when an event was due except by what the answer
// itself carries.
package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/streamgauge/streamgauge/harness/defect"
)

// Role says what a topic holds.
type Role string

// The roles the collector observes.
const (
	Output     Role = "output"     // results of the last stage
	DeadLetter Role = "deadletter" // refused events
	StageRole  Role = "stage"      // between two stages: only heartbeats are observed
)

// Topic is one topic to observe.
type Topic struct {
	Instance string
	Role     Role
	Stage    int // stages: index of the stage that writes it, from 0
	Name     string
}

// File is where observations of one partition go. *os.File is one.
type File interface {
	io.Writer
	io.WriterAt
	io.Closer
}

// Config says what to observe.
type Config struct {
	Dial       func(...kgo.Opt) (*kgo.Client, error)
	Topics     []Topic
	Partitions int32           // of every topic
	Committed  map[string]bool // instances whose transactions count only once committed (read_committed)
	Summaries  bool            // events are answered by summaries of messages: Size is then that of the message
	Dir        string          // for this trial's observation files; must exist, files of the same names are replaced
	// Start is the trial's start, when events intended at 0 are due, on the clock of Now; the zero time until it is known.
	// Safe for concurrent use.
	Start func() time.Time
	Now   func() time.Time                // nil: time.Now
	Open  func(path string) (File, error) // creates a file; nil: on disk
}

// Collector observes topics. Preview is safe for concurrent use with Run.
type Collector struct {
	cfg    Config
	origin time.Time // received times count from here
	groups []*group
	views  map[string]*view // by instance
}

// New checks the configuration and makes a collector. It dials and creates nothing.
func New(cfg Config) (*Collector, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Start == nil {
		cfg.Start = func() time.Time { return time.Time{} }
	}
	if cfg.Open == nil {
		cfg.Open = func(path string) (File, error) { return os.Create(path) }
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	c := &Collector{cfg: cfg, origin: cfg.Now(), views: map[string]*view{}}
	c.groups = c.split()
	return c, nil
}

func (cfg *Config) validate() error {
	var errs []error
	if cfg.Dial == nil {
		errs = append(errs, errors.New("no way to dial the broker"))
	}
	if cfg.Partitions < 1 {
		errs = append(errs, fmt.Errorf("%d partitions, want at least 1", cfg.Partitions))
	}
	seen := map[string]bool{}
	for _, t := range cfg.Topics {
		if seen[t.Name] {
			errs = append(errs, fmt.Errorf("topic %q is listed twice", t.Name))
		}
		seen[t.Name] = true
		if t.Role != Output && t.Role != DeadLetter && t.Role != StageRole {
			errs = append(errs, fmt.Errorf("topic %q: role %q is none of output, deadletter, stage", t.Name, t.Role))
		}
		if t.Instance == "" || strings.ContainsAny(t.Instance, `/\`) || strings.HasPrefix(t.Instance, ".") {
			errs = append(errs, fmt.Errorf("topic %q: instance %q cannot be part of a file name", t.Name, t.Instance))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("configuring the collector: %w", errors.Join(errs...))
	}
	return nil
}

// The names of an instance's two groups end so.
const (
	resultsGroup = ".results"
	stagesGroup  = ".stages"
)

// split makes one group, with its own client and its own poll loop, for the results of each instance, and one for its
// stages: so that neither another engine nor the many records of the stages delay the stamping of results.
func (c *Collector) split() []*group {
	var groups []*group
	index := map[string]*group{}
	for _, t := range c.cfg.Topics {
		v := c.views[t.Instance]
		if v == nil {
			v = newView(c.cfg.Partitions)
			c.views[t.Instance] = v
		}
		name := t.Instance + resultsGroup
		if t.Role == StageRole {
			name = t.Instance + stagesGroup
		}
		g := index[name]
		if g == nil {
			g = &group{c: c, name: name, instance: t.Instance, committed: c.cfg.Committed[t.Instance], view: v,
				topics: map[string]Topic{}, files: map[string][]*obsFile{}, tally: newTally()}
			index[name] = g
			groups = append(groups, g)
		}
		g.topics[t.Name] = t
	}
	return groups
}

// Run reads every partition from its beginning and observes until ctx ends; then it writes out what it has and returns
// nil. Errors: a broker that cannot be dialled or refuses a partition for good (with topic and partition), a file that
// cannot be written (with its name). What was observed until then is in the files.
func (c *Collector) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, gr := range c.groups {
		g.Go(func() (err error) {
			defer defect.Catch(&err)
			return gr.run(ctx)
		})
	}
	return g.Wait()
}

// Preview tells what was observed of an instance so far.
func (c *Collector) Preview(instance string) Snapshot {
	v := c.views[instance]
	if v == nil {
		return Snapshot{}
	}
	return v.snapshot(c.cfg.Now().Sub(c.origin))
}

// startOffset is the trial's start in ns from the origin, unknownStart until it is known.
func (c *Collector) startOffset() int64 {
	start := c.cfg.Start()
	if start.IsZero() {
		return unknownStart
	}
	return int64(start.Sub(c.origin))
}
