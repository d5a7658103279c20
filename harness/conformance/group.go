package conformance

import (
	"cmp"
	"slices"

	"github.com/streamgauge/streamgauge/harness/job"
)

// group is a set of scripts that run one after the other in one engine start.
type group struct {
	job       *job.Job
	scripts   []*Script
	unsettled bool
	firstOnly bool
}

// groupScripts puts scripts together that have the same job and want nothing special of the engine's start. Scripts with
// an epoch of their own come first in a group, in the order of their epochs.
func groupScripts(scripts []Script) []*group {
	byKey := map[string]*group{}
	var groups []*group
	for i := range scripts {
		s := &scripts[i]
		key := s.jobText
		switch {
		case s.bounds != nil || s.unsettled || s.firstOnly:
			key = s.Name // alone
		case s.restarts(stepKill):
			key += "\x00killed" // what was answered before may be answered again
		}
		g := byKey[key]
		if g == nil {
			g = &group{job: s.Job, unsettled: s.unsettled, firstOnly: s.firstOnly}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.scripts = append(g.scripts, s)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.scripts, func(a, b *Script) int {
			return cmp.Compare(a.order(), b.order())
		})
	}
	return groups
}

// Quick picks the scripts that share an engine's start with others and kill nothing, and of those that stop the engine and
// go on one for each job, in their order: most behaviours for a third of the starts, each of which costs a JVM engine many
// seconds.
func Quick(scripts []Script) []Script {
	quick := map[string]bool{}
	for _, g := range groupScripts(scripts) {
		stopped := false
		for _, s := range g.scripts {
			stops := s.restarts(stepStop)
			quick[s.Name] = len(g.scripts) > 1 && !g.faulted() && !(stops && stopped)
			stopped = stopped || stops
		}
	}
	return slices.DeleteFunc(slices.Clone(scripts), func(s Script) bool { return !quick[s.Name] })
}

func (s *Script) order() int64 {
	if s.epoch != nil {
		return *s.epoch
	}
	return 1<<63 - 1
}

func (s *Script) restarts(kind stepKind) bool {
	return slices.ContainsFunc(s.steps, func(st step) bool { return st.kind == kind })
}

// faulted reports whether the engine is killed in any script of the group.
func (g *group) faulted() bool {
	return slices.ContainsFunc(g.scripts, func(s *Script) bool { return s.restarts(stepKill) })
}
