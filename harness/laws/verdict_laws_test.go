package laws

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/oracle"
	"github.com/streamgauge/streamgauge/harness/result"
)

// copied is a trial of a job that copies, as topics in memory: input, stages, output.
type copied struct {
	job    *job.Job
	topics [][]event.Record
	done   []string // damage, for messages
}

// drawCopied is a right trial of some stages, over an input with repeated records.
func drawCopied(t *rapid.T) *copied {
	c := &copied{job: job.Identity(rapid.IntRange(1, 3).Draw(t, "stages"))}
	var in []event.Record
	for i := range rapid.IntRange(1, 40).Draw(t, "records") {
		s := event.Stamp{ID: event.ID{Stream: 1, Device: uint32(rapid.IntRange(0, 4).Draw(t, "device")), Seq: uint64(i)}, Intended: int64(i)}
		if i > 0 && rapid.IntRange(0, 5).Draw(t, "repeat") == 0 {
			in = append(in, in[rapid.IntRange(0, len(in)-1).Draw(t, "of")])
			continue
		}
		key := fmt.Appendf(nil, "device-%d", s.Device)
		in = append(in, event.Record{Partition: event.Partition(key, partitions), Key: key, Value: fmt.Appendf(nil, "value %d", i%7),
			Headers: []event.Header{{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, int64(i))}}})
	}
	for range c.job.Stages {
		c.topics = append(c.topics, slices.Clone(in))
	}
	var out []event.Record
	for _, r := range in {
		s, _ := r.Stamp()
		r.Headers = []event.Header{r.Headers[1], {Key: event.HeaderOutput, Value: event.AppendOutput(nil, event.EventOutput(s))}}
		out = append(out, r)
	}
	c.topics = append(c.topics, out)
	return c
}

// judge judges the trial under a guarantee, reading partitions in ascending order or in descending.
func (c *copied) judge(t *rapid.T, guarantee string, descending bool) result.Verdict {
	var topics []oracle.Topic
	for i, records := range c.topics {
		at := map[int32]int64{}
		read := slices.Clone(records)
		for k := range read {
			read[k].Offset = at[read[k].Partition]
			at[read[k].Partition]++
		}
		if descending {
			slices.SortStableFunc(read, func(a, b event.Record) int { return int(b.Partition - a.Partition) })
		}
		topics = append(topics, memory(fmt.Sprintf("t%d", i), read))
	}
	last := len(topics) - 1
	j, err := oracle.Judge(t.Context(), oracle.Trial{Job: c.job, Guarantee: guarantee, Input: topics[0], Stages: topics[1:last], Output: topics[last],
		DeadLetter: memory("dead", nil)})
	if err != nil {
		t.Fatal(err)
	}
	return j.Verdict
}

// damage does something to a topic behind the input that an engine must not do, or may.
func (c *copied) damage(t *rapid.T) {
	n := rapid.IntRange(1, len(c.topics)-1).Draw(t, "topic")
	list := c.topics[n]
	if len(list) == 0 {
		return
	}
	i, k := rapid.IntRange(0, len(list)-1).Draw(t, "i"), rapid.IntRange(0, len(list)-1).Draw(t, "k")
	what := rapid.SampledFrom([]string{"drop", "double", "swap", "value", "identity", "partition", "header"}).Draw(t, "damage")
	c.done = append(c.done, fmt.Sprintf("%s %d/%d, %d", what, n, i, k))
	r := list[i]
	r.Headers = slices.Clone(r.Headers)
	switch what {
	case "drop":
		list = slices.Delete(list, i, i+1)
	case "double":
		list = slices.Insert(list, k, r)
	case "swap":
		list[i], list[k] = list[k], list[i]
	case "value":
		r.Value = append(bytes.Clone(r.Value), '!')
		list[i] = r
	case "identity": // the identity of another record
		r.Headers = list[k].Headers
		list[i] = r
	case "partition":
		r.Partition = (r.Partition + 1) % partitions
		list[i] = r
	case "header":
		slices.Reverse(r.Headers)
		list[i] = r
	}
	c.topics[n] = list
}

// faultless says whether nothing is counted that no guarantee allows, and copies whether nothing is counted at all.
func faultless(v *result.Verdict) (allowed, exact bool) {
	allowed, exact = true, true
	for _, s := range v.Stages {
		allowed = allowed && s.Missing+s.Wrong+s.Unexpected == 0
		exact = exact && allowed && s.Duplicate+s.Overcounted+s.Unfinal+s.Tainted == 0
	}
	return allowed, exact
}

// TestWhateverHappensVerdictsAddUp damages right trials at random and holds the verdicts against what must hold of every
// verdict, and of two on the same topics.
func TestWhateverHappensVerdictsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCopied(t)
		if v := c.judge(t, oracle.ExactlyOnce, false); v.Text != "correct" || v.Expected != int64(len(c.topics[0])) || v.Matched != v.Expected {
			t.Fatalf("undamaged, the verdict is %+v, want correct with %d matched", v, len(c.topics[0]))
		}
		for range rapid.IntRange(1, 6).Draw(t, "how much") {
			c.damage(t)
		}
		verdicts := map[string]result.Verdict{}
		for _, g := range []string{oracle.ExactlyOnce, oracle.AtLeastOnce} {
			v := c.judge(t, g, false)
			verdicts[g] = v
			c.addsUp(t, g, &v)
			again := c.judge(t, g, true)
			if diff := cmp.Diff(v.Stages, again.Stages); diff != "" || v.Text != again.Text {
				t.Errorf("%s, after %v: partitions read in another order change the verdict %q to %q:\n%s", g, c.done, v.Text, again.Text, diff)
			}
		}
		once, least := verdicts[oracle.ExactlyOnce], verdicts[oracle.AtLeastOnce]
		if once.Correct && least.Text != "correct" {
			t.Errorf("after %v: exactly once it is %q, at least once %q", c.done, once.Text, least.Text)
		}
	})
}

// addsUp checks one verdict by itself.
func (c *copied) addsUp(t *rapid.T, guarantee string, v *result.Verdict) {
	for i, s := range v.Stages {
		if s.Expected != s.Matched+s.Missing+s.Wrong {
			t.Errorf("%s, after %v: %s: expected %d, but matched %d + missing %d + wrong %d", guarantee, c.done, s.Stage, s.Expected, s.Matched, s.Missing, s.Wrong)
		}
		in, out := c.topics[min(i, len(c.topics)-2)], c.topics[min(i+1, len(c.topics)-1)]
		if i == len(v.Stages)-1 { // end to end
			in, out = c.topics[0], c.topics[len(c.topics)-1]
		}
		if s.Expected != int64(len(in)) {
			t.Errorf("%s, after %v: %s expects %d of %d records that a copy must have", guarantee, c.done, s.Stage, s.Expected, len(in))
		}
		if guarantee == oracle.ExactlyOnce && s.Matched+s.Wrong+s.Duplicate+s.Unexpected > int64(len(out)) {
			t.Errorf("%s, after %v: %s accounts for more than the %d records there are: %+v", guarantee, c.done, s.Stage, len(out), s)
		}
	}
	allowed, exact := faultless(v)
	want := exact
	if guarantee == oracle.AtLeastOnce {
		want = allowed
	}
	if v.Correct != want {
		t.Errorf("%s, after %v: correct is %v, but the counts say %v: %+v", guarantee, c.done, v.Correct, want, v.Stages)
	}
	if named := len(v.Culprits) > 0; named == exact {
		t.Errorf("%s, after %v: culprits are named: %v, but the counts are all zero: %v", guarantee, c.done, named, exact)
	}
}
