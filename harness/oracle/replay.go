package oracle

import (
	"context"
	"slices"

	"github.com/streamgauge/streamgauge/harness/event"
)

// history is the states that a device's aggregate has been seen in, so that later ones can be explained by replays: what
// an engine held at some time, and on from there, or from an earlier place, or from a place some events are missing before.
type history struct {
	events []windowEvent
	states []total // states[n] is the total of the first n events
	points []point // in the order told
	lost   bool    // an update was not explained: those behind it are not either
	steps  int     // taken so far
	tired  bool    // because of too many steps
}

// point is a state that was told: the total over runs of events, and the place behind the last one read.
type point struct {
	total
	at   int
	runs []stretch // all that was added since nothing
}

// stretch is the events [from, to).
type stretch struct{ from, to int }

// maxPoints bounds how far back the state lies that a restart may have taken up.
const maxPoints = 256

// maxSteps bounds the work for one device: about a hundredth of a second.
const maxSteps = 4 << 20

// prefix notes a state over the first n events.
func (h *history) prefix(n int) {
	h.push(point{total: h.states[n], at: n, runs: []stretch{{0, n}}})
}

func (h *history) push(p point) {
	if len(h.points) == maxPoints {
		h.points = slices.Delete(h.points, 0, 1)
	}
	h.points = append(h.points, p)
}

// explains says whether an update can come of an earlier state, or of none, by one or two runs of events, and notes it. is
// says whether the update is that of a total. At the end of ctx it gives up.
func (h *history) explains(ctx context.Context, is func(*total) bool, o *event.Output) bool {
	if h.lost {
		return false
	}
	for _, from := range slices.Backward(append([]point{{}}, h.points...)) {
		if ctx.Err() != nil {
			return false
		}
		if p, ok := h.reach(&from, o); ok && is(&p.total) {
			h.push(p)
			return true
		}
	}
	h.lost, h.tired = true, h.steps > maxSteps
	return false
}

// reach looks for the runs by their sum of ids: on from where the state stood, and then a run that begins anywhere.
func (h *history) reach(from *point, o *event.Output) (point, bool) {
	n := int(int64(o.Count) - from.count)
	for first := min(n, len(h.events)-from.at); first >= 0 && h.steps <= maxSteps; first-- {
		on := stretch{from.at, from.at + first}
		rest := o.IDs - from.ids - h.ids(on)
		second := n - first
		if second == 0 && rest == 0 {
			return h.extend(from, on), true
		}
		for at := 0; second > 0 && at+second <= len(h.events); at++ {
			h.steps++
			if again := (stretch{at, at + second}); h.ids(again) == rest {
				return h.extend(from, on, again), true
			}
		}
	}
	return point{}, false
}

func (h *history) ids(s stretch) int64 { return h.states[s.to].ids - h.states[s.from].ids }

func (h *history) extend(from *point, runs ...stretch) point {
	p := point{total: from.total, runs: slices.Clip(from.runs)}
	for _, r := range runs {
		for _, e := range h.events[r.from:r.to] {
			p.add(e.value, e.id.Term(), e.intended, e.time)
		}
		p.runs, p.at = joined(p.runs, r), r.to
	}
	return p
}

// joined appends a run, to the last one if it goes on from there, so that the list grows by replays and not by events.
func joined(runs []stretch, r stretch) []stretch {
	if n := len(runs); n > 0 && runs[n-1].to == r.from {
		return append(slices.Clone(runs[:n-1]), stretch{runs[n-1].from, r.to})
	}
	return append(runs, r)
}

// holdsAll says whether the state told last holds each event at least once.
func (h *history) holdsAll() bool {
	runs := slices.Clone(h.points[len(h.points)-1].runs)
	slices.SortFunc(runs, func(a, b stretch) int { return a.from - b.from })
	end := 0
	for _, r := range runs {
		if r.from > end {
			return false
		}
		end = max(end, r.to)
	}
	return end == len(h.events)
}
