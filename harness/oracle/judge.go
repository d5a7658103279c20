package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// EndToEnd is the name under which the judgement of the whole job stands among those of the stages.
const EndToEnd = "end to end"

// judge is one judgement under way.
type judge struct {
	Trial
	key    uint64 // of the digests: another in each judgement, so that no collision repeats
	faulty map[identity]bool
	over   map[identity]surplus
	left   left // of the comparison that left most
}

func (t *Trial) validate() error {
	switch {
	case t.Job == nil:
		return errors.New("judging a trial: it has no job")
	case len(t.Stages) != len(t.Job.Stages)-1:
		return fmt.Errorf("judging a trial of job %q: %d stage topics for %d stages, want one less", t.Job.Name, len(t.Stages), len(t.Job.Stages))
	case t.Guarantee != AtLeastOnce && t.Guarantee != ExactlyOnce:
		return fmt.Errorf("judging a trial: guarantee %q; want %s or %s", t.Guarantee, AtLeastOnce, ExactlyOnce)
	}
	if t.Job.Recodes() && t.Encode == nil {
		return fmt.Errorf("judging a trial of job %q: no encoder of %s", t.Job.Name, t.Job.Form())
	}
	for _, s := range t.Job.Stages {
		for _, o := range s.Do {
			if o.Decode != nil && !ownDecoder(o.Decode) && t.Decode == nil {
				return fmt.Errorf("judging a trial of job %q: no decoder of %s", t.Job.Name, o.Decode.Encoding)
			}
		}
	}
	for _, x := range append([]Topic{t.Input, t.Output, t.DeadLetter}, t.Stages...) {
		if x.Read == nil || x.Partitions != t.Output.Partitions || x.Partitions < 1 {
			return fmt.Errorf("judging a trial: topic %q cannot be read or has %d partitions, want %d as the output has", x.Name, x.Partitions, t.Output.Partitions)
		}
	}
	return nil
}

func (j *judge) run(ctx context.Context) (Judgement, error) {
	j.key, j.faulty, j.over = rand.Uint64(), map[identity]bool{}, map[identity]surplus{}
	n := len(j.Job.Stages)
	out := Judgement{Verdict: result.Verdict{Judged: true}}
	v := &out.Verdict
	for k := range n {
		if n == 1 {
			break // the stage is the job
		}
		c, err := j.compare(ctx, j.Job.Stages[k].Name, k, k+1)
		if err != nil {
			return Judgement{}, err
		}
		v.Stages = append(v.Stages, c.verdict)
		v.Culprits = append(v.Culprits, c.culprits.list...)
		if k < n-1 {
			out.TimestampsDiffer += c.seen.timestamps
		}
	}
	c, err := j.compare(ctx, EndToEnd, 0, n)
	if err != nil {
		return Judgement{}, err
	}
	if n == 1 {
		stage := c.verdict
		stage.Stage = j.Job.Stages[0].Name
		v.Stages = append(v.Stages, stage)
	}
	v.Stages = append(v.Stages, c.verdict)
	v.Culprits = append(v.Culprits, c.culprits.list...)
	out.takeWhole(c)
	v.Correct, v.Text = conclude(j.Guarantee, v.Stages)
	j.left.tell(v)
	return out, nil
}

// takeWhole takes over what the comparison end to end counted.
func (out *Judgement) takeWhole(c *comparison) {
	s, v := &c.verdict, &out.Verdict
	v.Expected, v.Matched, v.Missing, v.Wrong = s.Expected, s.Matched, s.Missing, s.Wrong
	v.Duplicate, v.Overcounted, v.Unfinal, v.Unexpected = s.Duplicate, s.Overcounted, s.Unfinal, s.Unexpected
	v.Tainted = s.Tainted
	for i := range v.Stages {
		v.Unjudged = max(v.Unjudged, v.Stages[i].Unjudged)
	}
	v.Late, v.DeadLetters, v.Reordered, v.Reasons = c.seen.late, c.seen.deadLetters, c.seen.reordered, c.seen.reasons
	v.Foreign = c.seen.foreign
	slices.SortStableFunc(c.unanswered, func(a, b event.Stamp) int {
		return cmp.Or(cmp.Compare(a.Intended, b.Intended), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq))
	})
	out.Unanswered, out.Closers = c.unanswered, c.closers
	if c.updates != nil {
		out.Awaiting = c.updates.awaiting
	}
}

// conclude says whether a trial is right, in the words of the semantics. stages ends with the whole job.
func conclude(guarantee string, stages []result.StageVerdict) (correct bool, text string) {
	whole := &stages[len(stages)-1]
	var first *result.StageVerdict
	for i := range stages[:len(stages)-1] {
		if first == nil && faults(guarantee, &stages[i]) != "" {
			first = &stages[i]
		}
	}
	text = faults(guarantee, whole)
	switch {
	case text == "" && first != nil:
		return false, fmt.Sprintf("wrong: stage %q: %s", first.Stage, faults(guarantee, first))
	case text != "" && len(stages) == 2:
		return false, "wrong: " + text
	case text != "" && first != nil:
		return false, fmt.Sprintf("wrong: %s; first in stage %q", text, first.Stage)
	case text != "":
		return false, fmt.Sprintf("wrong: %s; each stage is right by its own input", text)
	case whole.Duplicate+whole.Overcounted+whole.Unfinal+whole.Tainted > 0:
		spurious := ""
		if whole.Tainted > 0 {
			spurious = fmt.Sprintf(", %d spurious", whole.Tainted)
		}
		return true, fmt.Sprintf("correct, at least once (%d duplicates, %d overcounted, %d unfinal%s)", whole.Duplicate, whole.Overcounted, whole.Unfinal, spurious)
	}
	return true, "correct"
}

// left is how much of what a comparison had to judge it left unjudged.
type left struct {
	unjudged, of int64
	what         string
}

func leftBy(c *comparison) left {
	l := left{unjudged: c.verdict.Unjudged, of: max(c.seen.results, c.verdict.Unjudged, 1), what: "windows"}
	if c.updates != nil {
		l.what = "devices"
	}
	return l
}

// share is the unjudged part of all.
func (l *left) share() float64 { return float64(l.unjudged) / float64(max(l.of, 1)) }

// maxUnjudged is the share of windows, or of devices with updates, that may be left unjudged: with more, what could not be
// tried is too much to call the rest an answer.
const maxUnjudged = 0.01

// tell says in a verdict without fault what was left. With too much of it there is no verdict.
func (l *left) tell(v *result.Verdict) {
	switch {
	case !v.Correct || l.unjudged == 0:
	case l.share() > maxUnjudged:
		v.Judged, v.Correct = false, false
		v.Text = fmt.Sprintf("not judged: %d of %d %s have too many late or repeated events to try", l.unjudged, l.of, l.what)
	default:
		v.Text += fmt.Sprintf("; %d of %d %s unjudged", l.unjudged, l.of, l.what)
	}
}

// faults lists what the guarantee forbids, empty if there is nothing.
func faults(guarantee string, s *result.StageVerdict) string {
	type fault struct {
		n    int64
		what string
	}
	list := []fault{{s.Missing, "missing"}, {s.Wrong, "with other content"}, {s.Unexpected, "unexpected"}}
	if guarantee == ExactlyOnce {
		list = append(list, fault{s.Duplicate, "duplicate"}, fault{s.Overcounted, "overcounted"}, fault{s.Unfinal, "unfinal"}, fault{s.Tainted, "spurious"})
	}
	var parts []string
	for _, f := range list {
		if f.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", f.n, f.what))
		}
	}
	return strings.Join(parts, ", ")
}

func (j *judge) compare(ctx context.Context, name string, from, to int) (*comparison, error) {
	c := newComparison(&j.Trial, name, from, to, j.key)
	c.faulty, c.over = j.faulty, j.over
	err := c.run(ctx)
	if l := leftBy(c); l.share() > j.left.share() {
		j.left = l
	}
	return c, err
}
