package harness

import "time"

// Progress is where a run stands, a few times a second: for people who wait. Nothing here is a result; the result is
// computed from the observations after the trial.
type Progress struct {
	Phase     string        // starting, warm-up, measure, drain, judging
	Elapsed   time.Duration // of the phase
	Total     time.Duration // planned length of the phase; of the drain its limit; 0: unknown
	Block     int           // from 1
	Blocks    int
	Instances []InstanceProgress // in the order of their labels
}

// InstanceProgress is what an instance did in the last second or so.
type InstanceProgress struct {
	Name    string        // label
	Rate    float64       // events answered per second
	P50     time.Duration // response time: received − intended; 0 while nothing is answered
	P99     time.Duration
	Backlog time.Duration // age of the oldest unanswered event, by intended time
	Verdict string        // so far: "ok", "3 missing"; empty: nothing known yet
}
