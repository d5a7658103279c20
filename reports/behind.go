package reports

import "github.com/streamgauge/streamgauge/harness/result"

// BehindLine is what large messages do to the small ones of their partition, and how much was on its way, for one subject.
type BehindLine struct {
	Subject  *Subject
	Behind   SizeCell // small messages that were due while a larger one of their partition was in flight
	Clear    SizeCell // the other small ones
	Delay    Figure   // ns: the median of those behind less that of the others, the head-of-line delay
	InFlight Figure   // bytes, mean over the seconds of the measure phase: from when a message's last byte was due to its answer
	Most     Figure   // bytes, at the end of the fullest second of the trial
}

// Behind gives a line for each of the table's subjects.
func (t *SizeTable) Behind(run *result.Run) []BehindLine {
	all := make([]BehindLine, len(t.Subjects))
	for i := range t.Subjects {
		s := &t.Subjects[i]
		l := &all[i]
		l.Subject = s
		behind, clear := measured(run, s, "response_behind_large"), measured(run, s, "response_clear")
		l.Behind, l.Clear, l.Delay = sizeCell(behind), sizeCell(clear), delay(behind, clear)
		l.InFlight, l.Most = inFlight(run, s)
	}
	return all
}

// measured gives the measure phase's distributions of a metric, those of the counted trials that have one.
func measured(run *result.Run, s *Subject, metric string) []*result.Distribution {
	var all []*result.Distribution
	for _, t := range s.Counted() {
		if d := DistributionOf(run, t.ID, metric); d != nil {
			all = append(all, d)
		}
	}
	return all
}

// delay is the difference of the medians, trial by trial.
func delay(behind, clear []*result.Distribution) Figure {
	var values []float64
	for _, b := range behind {
		for _, c := range clear {
			if b.Trial == c.Trial && b.Middle != nil && c.Middle != nil {
				values = append(values, float64(b.Middle.Median-c.Middle.Median))
			}
		}
	}
	if len(values) == 0 {
		return Figure{Missing: "none was behind one"}
	}
	return NewFigure(values)
}

// inFlight gives the mean over the measure phase and the most of the trial.
func inFlight(run *result.Run, s *Subject) (mean, most Figure) {
	var means, mosts []float64
	for _, t := range s.Counted() {
		sr := SeriesOf(run, t.ID, "bytes_in_flight", "")
		if sr == nil {
			continue
		}
		m, greatest := overPhase(sr, t)
		means, mosts = append(means, m), append(mosts, greatest)
	}
	return NewFigure(means), NewFigure(mosts)
}

// overPhase is the mean of a series' points in the measure phase, and the greatest of all.
func overPhase(sr *result.Series, t *result.Trial) (mean, greatest float64) {
	var sum, n float64
	for _, p := range sr.Points {
		greatest = max(greatest, p.V)
		for _, ph := range t.Phases {
			if at := p.T * 1e9; ph.Name == "measure" && at > float64(ph.From) && at <= float64(ph.To) {
				sum, n = sum+p.V, n+1
			}
		}
	}
	return sum / max(n, 1), greatest
}
