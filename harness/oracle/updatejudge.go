package oracle

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/result"
)

// updateCase is everything about the updates of one device.
type updateCase struct {
	key    string
	events []windowEvent // in offset order
	found  []emission    // in offset order
}

func (d *detail) updateCase(device event.ID) *updateCase {
	u := d.updated[device]
	if u == nil {
		u = &updateCase{}
		d.updated[device] = u
	}
	return u
}

func (d *detail) addToUpdates(s *subject, v int64) {
	if !d.picked(s.stamp.Stream, s.stamp.Device) {
		return
	}
	u := d.updateCase(event.ID{Stream: s.stamp.Stream, Device: s.stamp.Device})
	if len(u.events) == 0 {
		u.key = string(s.key)
	}
	u.events = append(u.events, windowEvent{id: s.stamp.ID, value: v, intended: s.stamp.Intended, time: s.time,
		at: location{s.partition, s.offset}})
}

// foundUpdate keeps a record if it is an update.
func (d *detail) foundUpdate(f *finding, at location, digest digest) bool {
	if d.comparison.updates == nil || !d.comparison.updates.op.isUpdate(f) {
		return false
	}
	u := d.updateCase(event.ID{Stream: f.id.stream, Device: f.id.device})
	u.found = append(u.found, emission{out: f.out, digest: digest, at: at, value: string(f.record.Value)})
	return true
}

func (d *detail) judgeUpdates(ctx context.Context) {
	for _, device := range slices.SortedFunc(maps.Keys(d.updated), func(a, b event.ID) int {
		return compareIdentities(eventIdentity(a), eventIdentity(b))
	}) {
		if ctx.Err() != nil {
			return
		}
		j := &updateJudge{detail: d, updateCase: d.updated[device], device: device}
		j.run(ctx)
	}
}

// updateJudge judges the updates of one device.
type updateJudge struct {
	*detail
	*updateCase
	device  event.ID
	states  []total // states[n] is the total of the first n events
	highest int     // greatest prefix told of so far
	history history
}

// standing is what the last update of a device is.
type standing int

const (
	absent    standing = iota
	prefix             // right for fewer than all events
	complete           // right for all
	explained          // holds all, some of them again, as replays explain
	untried            // too much to try
	alien              // none of these
)

func (j *updateJudge) run(ctx context.Context) {
	j.states = make([]total, len(j.events)+1)
	for i, e := range j.events {
		j.states[i+1] = j.states[i]
		j.states[i+1].add(e.value, e.id.Term(), e.intended, e.time)
	}
	j.history = history{events: j.events, states: j.states}
	last, left := absent, -1 // left is the last update that was too much to try
	for i := range j.found {
		if ctx.Err() != nil {
			return
		}
		if last = j.one(ctx, i, i == len(j.found)-1); last == untried {
			left = i
		}
	}
	if left >= 0 {
		j.verdict.Unjudged++
		j.name("unjudged", left)
	}
	if last != untried && len(j.events) > 0 {
		j.conclude(last)
	}
}

// one counts an update; the one over all events is for conclude to count.
func (j *updateJudge) one(ctx context.Context, i int, last bool) standing {
	f := &j.found[i]
	n := int(f.out.Count)
	switch {
	case n > 0 && n < len(j.states) && j.is(f, &j.states[n]):
		return j.right(i, n)
	case j.Guarantee == AtLeastOnce && j.Faulted && j.history.explains(ctx, func(t *total) bool { return j.is(f, t) }, &f.out):
		if last && j.history.holdsAll() {
			return explained
		}
		j.verdict.Unfinal++
		j.name("unfinal", i)
		return prefix
	case j.history.tired:
		return untried
	case !last || len(j.events) == 0:
		j.verdict.Unexpected++
		j.name("unexpected", i)
	}
	return alien
}

// right counts an update over the first n events.
func (j *updateJudge) right(i, n int) standing {
	again, v := n <= j.highest, &j.verdict
	j.highest = max(j.highest, n)
	j.history.prefix(n)
	switch {
	case again:
		v.Duplicate++
		j.name("duplicate", i)
	case n < len(j.events):
		v.Expected++
		v.Matched++
	}
	if n == len(j.events) {
		return complete
	}
	return prefix
}

// conclude counts the value that has to stand at the end.
func (j *updateJudge) conclude(last standing) {
	v, end := &j.verdict, len(j.found)-1
	v.Expected++
	switch last {
	case complete:
		v.Matched++
	case explained:
		v.Matched++
		v.Overcounted++
		j.name("overcounted", end)
	case alien:
		v.Wrong++
		j.name("wrong", end)
	case absent, prefix:
		v.Missing++
		j.name("missing", end)
	}
}

// is says whether an update is exactly that of a total.
func (j *updateJudge) is(f *emission, t *total) bool {
	u := j.comparison.updates
	return t.count == int64(f.out.Count) && t.ids == f.out.IDs &&
		j.hash.record(false, u.render.render(u.op, j.device, []byte(j.key), j.partitions, t)) == f.digest
}

// name names update i of the device, or below 0 its first event.
func (j *updateJudge) name(fault string, i int) {
	cs := &j.comparison.culprits
	if !cs.room(fault) {
		return
	}
	x := result.Culprit{Fault: fault, Stage: j.comparison.name, Key: j.key, Topic: j.input.Name}
	id := identity{kind: event.KindUpdate, stream: j.device.Stream, device: j.device.Device, node: j.comparison.updates.op.node}
	all := &j.states[len(j.events)]
	want := fmt.Sprintf("expected at the end %s", &all.aggregate)
	if i < 0 {
		at := j.events[0].at
		id.seq = uint64(all.count)
		x.Partition, x.Offset, x.Detail = at.partition, at.offset, want+"; found nothing"
	} else {
		f := &j.found[i]
		if n := int(f.out.Count); n > 0 && n < len(j.events) && fault != "missing" {
			want = fmt.Sprintf("expected after %d events %s", n, &j.states[n].aggregate)
		}
		id.seq = f.out.Seq
		x.Topic, x.Partition, x.Offset = j.output.Name, f.at.partition, f.at.offset
		x.Detail = fmt.Sprintf("%s; found %s, ids %d", want, excerpt([]byte(f.value)), f.out.IDs)
	}
	x.Identity = id.String()
	cs.list = append(cs.list, x)
	cs.of = append(cs.of, nil)
}
