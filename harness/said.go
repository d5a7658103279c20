package harness

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/result"
)

// said keeps what an engine says of itself while it runs: its batches, and its figures over time. All of it is advice, shown
// beside what was measured and never used as a result. Its size is bounded: an engine may talk as much as it likes.
type said struct {
	mu struct {
		sync.Mutex
		batches map[int][]batch // by stage
		figures map[string]*figure
	}
}

// batch is one batch of a micro-batch engine, by its own clock.
type batch struct {
	start, end time.Time
	records    int64
}

// figure is a metric over time, one point a second at most: the last one said in it.
type figure struct {
	unit   string
	points []point
}

type point struct {
	at time.Time
	v  float64
}

// Bounds of what is kept: an hour of 100 batches a second for each stage, and 64 figures for a day.
const (
	mostBatches = 360_000
	mostFigures = 64
	mostPoints  = 86_400
)

// hear takes a line of type batch or metric.
func (s *said) hear(l engines.Line, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Type == engines.LineBatch {
		if s.mu.batches == nil {
			s.mu.batches = map[int][]batch{}
		}
		if all := s.mu.batches[l.Stage]; len(all) < mostBatches && !l.End.Before(l.Start) {
			s.mu.batches[l.Stage] = append(all, batch{l.Start, l.End, l.Records})
		}
		return
	}
	if s.mu.figures == nil {
		s.mu.figures = map[string]*figure{}
	}
	f := s.mu.figures[l.Name]
	if f == nil {
		if len(s.mu.figures) == mostFigures {
			return
		}
		f = &figure{unit: l.Unit}
		s.mu.figures[l.Name] = f
	}
	p := point{now, l.Value}
	if n := len(f.points); n > 0 && now.Sub(f.points[n-1].at) < time.Second {
		f.points[n-1].v = l.Value
	} else if n < mostPoints {
		f.points = append(f.points, p)
	}
}

// series gives what was said from the start of a trial on: batch_duration and batch_records of each stage, at the batches'
// starts, and each metric as engine.NAME.
func (s *said) series(trial string, j *job.Job, start time.Time) []result.Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []result.Series
	for _, stage := range slices.Sorted(maps.Keys(s.mu.batches)) {
		batches := s.mu.batches[stage]
		slices.SortFunc(batches, func(a, b batch) int { return a.start.Compare(b.start) })
		duration := result.Series{Trial: trial, Name: "batch_duration", Unit: "ns", Role: stageName(j, stage), Start: start}
		records := result.Series{Trial: trial, Name: "batch_records", Unit: "records", Role: duration.Role, Start: start}
		for _, b := range batches {
			if t := b.start.Sub(start).Seconds(); t >= 0 {
				duration.Points = append(duration.Points, result.Point{T: t, V: float64(b.end.Sub(b.start))})
				records.Points = append(records.Points, result.Point{T: t, V: float64(b.records)})
			}
		}
		all = append(all, duration, records)
	}
	for _, name := range slices.Sorted(maps.Keys(s.mu.figures)) {
		f := s.mu.figures[name]
		one := result.Series{Trial: trial, Name: result.Said + name, Unit: f.unit, Role: "engine", Start: start}
		for _, p := range f.points {
			if t := p.at.Sub(start).Seconds(); t >= 0 {
				one.Points = append(one.Points, result.Point{T: t, V: p.v})
			}
		}
		all = append(all, one)
	}
	return slices.DeleteFunc(all, func(s result.Series) bool { return len(s.Points) == 0 })
}

func stageName(j *job.Job, stage int) string {
	if stage >= 0 && stage < len(j.Stages) {
		return cmp.Or(j.Stages[stage].Name, fmt.Sprint(stage))
	}
	return fmt.Sprint(stage)
}
