package scenario

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// WritePlan prints the resolved scenario and its estimate for people: what --dry-run shows.
func (s *Scenario) WritePlan(w io.Writer) error {
	p := &planWriter{Writer: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	p.row("Scenario", "%s: %s", s.Name, s.Title)
	p.row("Job", "%s: %s", s.JobName, s.stages())
	p.row("Stream", "%s", s.Stream)
	p.row("Load", "%s", s.Load)
	p.row("Broker", "%s, %s", s.Broker, count(int(s.Broker.Partitions), "partition"))
	p.row("Placement", "%s, %s, seed %d", s.Placement, count(s.Repetitions, "repetition"), s.Seed)
	p.row("Guarantee", "%s", s.Guarantee)
	p.row("Limits", "send delay p99 %s, rate error %s", s.Limits.SendDelayP99, s.Limits.RateError)
	p.row("Deadlines", "ready %s, drain %s, stop %s", s.Deadlines.Ready, s.Deadlines.Drain, s.Deadlines.Stop)
	name := "Engines"
	for _, label := range slices.Sorted(maps.Keys(s.Engines)) {
		p.row(name, "%s", s.engineText(label))
		name = ""
	}
	name = "Faults"
	for _, text := range s.faultTexts() {
		p.row(name, "%s", text)
		name = ""
	}
	e := s.Estimate()
	p.row("Takes", "%s to %s; %s in %s", minutes(e.Shortest), minutes(e.Longest), count(e.Trials, "trial"), count(e.Blocks, "block"))
	p.row("Moves", "about %d records, %s of input and %s of topics a block; %s of disk here",
		e.Records, Bytes(e.InputBytes), Bytes(e.TopicBytes), Bytes(e.DiskBytes))
	p.row("Comparable key", "%s", s.ComparableKey())
	if p.err == nil {
		p.err = p.Flush()
	}
	if p.err != nil {
		return fmt.Errorf("writing the plan: %w", p.err)
	}
	return nil
}

type planWriter struct {
	*tabwriter.Writer
	err error
}

func (p *planWriter) row(name, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p, name+"\t"+format+"\n", args...)
	}
}

func (s *Scenario) stages() string {
	names := make([]string, len(s.Job.Stages))
	for i, stage := range s.Job.Stages {
		names[i] = stage.Name
	}
	return fmt.Sprintf("%s (%s)", strings.Join(names, " | "), count(len(names)-1, "hop"))
}

// String describes the stream in a line.
func (s Stream) String() string {
	if p := s.Payload; p != (Payload{}) {
		what := fmt.Sprintf("messages of %s to %s", p.Smallest, p.Largest)
		if s.Preset != "" {
			what = fmt.Sprintf("preset %s, messages of up to %s", s.Preset, s.Sizes.Largest)
		}
		records := p.Chunk
		if p.Carrier == payload.Inline {
			records = max(p.Largest, s.Sizes.Largest)
		}
		return fmt.Sprintf("%s, %s%s (records of up to %s, %s/s from a device), %s, event time from %s at %s", what,
			p.Carrier, p.Store.in(), records, p.Link, count(s.Devices, "device"), s.EventTime.Start.Format(time.RFC3339), s.EventTime.Speed)
	}
	encoding := s.Encoding
	if len(s.Encodings) > 0 {
		encoding = count(len(s.Encodings), "encoding")
	}
	text := fmt.Sprintf("%s as %s, %s, event time from %s at %s", cmp.Or(s.Recording, "preset "+s.Preset), encoding, count(s.Devices, "device"),
		s.EventTime.Start.Format(time.RFC3339), s.EventTime.Speed)
	if s.Sizes.Largest > 0 {
		text += fmt.Sprintf(", messages of up to %s", s.Sizes.Largest)
	}
	if s.Schema.File != "" {
		text += fmt.Sprintf(", by the schema %s", s.Schema.File)
	}
	if s.Disorder.Share > 0 {
		text += fmt.Sprintf(", %s late by up to %s", s.Disorder.Share, s.Disorder.UpTo)
	}
	if s.Repeats > 0 {
		text += fmt.Sprintf(", %s repeated", s.Repeats)
	}
	if s.Damaged > 0 {
		text += fmt.Sprintf(", %s damaged", s.Damaged)
	}
	if s.Pad > 0 {
		text += fmt.Sprintf(", padded to %s", s.Pad)
	}
	return text
}

// String describes the load in a line.
func (l Load) String() string {
	text := l.Profile
	if l.Profile == Prefilled {
		return fmt.Sprintf("%d events that lie ready, drained within %s", int64(float64(l.Rate)*l.Measure.Duration().Seconds()), l.Drain)
	}
	if l.Rate > 0 {
		text += " " + l.Rate.String()
	}
	return fmt.Sprintf("%s, warm-up %s, measure %s, drain at most %s", text, l.Warmup, l.Measure, l.Drain)
}

// String names the broker.
func (b Broker) String() string {
	text := b.Kind
	if b.Nodes > 1 {
		text += fmt.Sprintf(", %d nodes", b.Nodes)
	}
	if b.ConfigFile != "" {
		text += ", settings from " + b.ConfigFile
	}
	return text
}

func (s *Scenario) engineText(label string) string {
	e := s.Engines[label]
	text := label
	if e.Engine != label {
		text += " (" + e.Engine + ")"
	}
	text += fmt.Sprintf(": parallelism %d, commit every %s", e.Parallelism, e.CommitInterval)
	if e.BatchInterval > 0 {
		text += fmt.Sprintf(", batch every %s", e.BatchInterval)
	}
	switch e.Deploy {
	case engines.DeployCluster:
		text += ", on its own daemons here"
	case engines.DeployRemote:
		text += ", on a cluster that runs already"
	}
	if e.Encoding != "" {
		text += ", stream as " + e.Encoding
	}
	if e.Carrier != "" {
		text += ", carrier " + e.Carrier
	}
	if e.JobName != "" {
		text += ", job " + e.JobName
	}
	if e.Heap > 0 {
		text += fmt.Sprintf(", heap %s", e.Heap)
	}
	if len(e.JVMFlags) > 0 {
		text += ", " + strings.Join(e.JVMFlags, " ")
	}
	if e.Guarantee != s.Guarantee {
		text += ", " + e.Guarantee
	}
	if e.Engine == Floor {
		text += "; the floor, not ranked"
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func minutes(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		return strings.TrimSuffix(text, "0s")
	}
	return text
}
