package harness

import (
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/process"
	"github.com/streamgauge/streamgauge/harness/result"
)

// sampleEvery is the distance of two resource samples: a read of a few /proc files each.
const sampleEvery = time.Second

// sampler records what the machine and the processes of a run used over time, second by second.
type sampler struct {
	done chan struct{}
	wg   sync.WaitGroup
	mu   struct {
		sync.Mutex
		roles map[string]func() process.Usage
		last  map[string]process.Usage
		rows  []sample
	}
}

// sample is one reading. CPU is in cores used since the sample before.
type sample struct {
	at       time.Time
	cpu      map[string]float64
	rss      map[string]int64
	pressure float64 // share of time in which some task waited for a core; negative where it cannot be read
}

// roleHarness is this process: driver, collector and oracle.
const (
	roleHarness = "harness"
	roleBroker  = "broker"
)

func startSampler(r *run) *sampler {
	s := &sampler{done: make(chan struct{})}
	s.mu.roles = map[string]func() process.Usage{roleHarness: process.Self}
	s.mu.last = map[string]process.Usage{}
	if r.seesBroker() {
		s.add(roleBroker, func() process.Usage {
			cpu, _ := r.broker.Usage() // of its memory a peak is known, which is no figure over time
			return process.Usage{CPU: time.Duration(cpu * float64(time.Second))}
		})
	}
	s.wg.Go(s.loop)
	return s
}

// add watches one more role, remove forgets it.
func (s *sampler) add(role string, usage func() process.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.roles[role] = usage
	s.mu.last[role] = usage()
}

func (s *sampler) remove(role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.roles, role)
	delete(s.mu.last, role)
}

func (s *sampler) stop() {
	close(s.done)
	s.wg.Wait()
}

func (s *sampler) loop() {
	t := time.NewTicker(sampleEvery)
	defer t.Stop()
	before := time.Now()
	pressure := process.CPUPressure()
	for {
		select {
		case <-s.done:
			return
		case now := <-t.C:
			p := process.CPUPressure()
			share := -1.0
			if pressure >= 0 && p >= 0 {
				share = float64(p-pressure) / float64(now.Sub(before))
			}
			s.take(now, now.Sub(before), share)
			before, pressure = now, p
		}
	}
}

func (s *sampler) take(now time.Time, since time.Duration, pressure float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := sample{at: now, cpu: map[string]float64{}, rss: map[string]int64{}, pressure: pressure}
	for role, usage := range s.mu.roles {
		u := usage()
		row.cpu[role] = float64(u.CPU-s.mu.last[role].CPU) / float64(since)
		row.rss[role] = u.RSS
		s.mu.last[role] = u
	}
	s.mu.rows = append(s.mu.rows, row)
}

// between gives the samples of a stretch of time.
func (s *sampler) between(from, to time.Time) []sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []sample
	for _, row := range s.mu.rows {
		if row.at.After(from) && !row.at.After(to) {
			rows = append(rows, row)
		}
	}
	return rows
}

// series turns samples into the result's series for a trial: its engine's, the broker's, of which memory is not known over time, and the
// harness's.
func series(trial, engineRole string, start time.Time, rows []sample) []result.Series {
	var all []result.Series
	add := func(name, unit, role string, value func(sample) (float64, bool)) {
		out := result.Series{Trial: trial, Name: name, Unit: unit, Role: role, Start: start}
		for _, row := range rows {
			if v, ok := value(row); ok {
				out.Points = append(out.Points, result.Point{T: row.at.Sub(start).Seconds(), V: v})
			}
		}
		if len(out.Points) > 0 {
			all = append(all, out)
		}
	}
	for _, c := range []struct{ role, shown string }{{engineRole, "engine"}, {roleBroker, roleBroker}, {roleHarness, roleHarness}} {
		add("cpu", "cores", c.shown, func(s sample) (float64, bool) { v, ok := s.cpu[c.role]; return v, ok })
		if c.role != roleBroker {
			add("rss", "bytes", c.shown, func(s sample) (float64, bool) { v, ok := s.rss[c.role]; return float64(v), ok })
		}
	}
	add("cpu_pressure", "share", "", func(s sample) (float64, bool) { return s.pressure, s.pressure >= 0 })
	return all
}

// costs is what the processes that all engines share have used since the run began.
type costs map[string]result.RoleCost

func (r *run) costs() costs {
	self := process.Self()
	all := costs{roleHarness: {CPUSeconds: self.CPU.Seconds(), RSSPeak: self.RSSPeak}}
	if r.seesBroker() {
		cpu, rss := r.broker.Usage()
		all[roleBroker] = result.RoleCost{CPUSeconds: cpu, RSSPeak: rss}
	}
	return all
}

// seesBroker reports whether the broker's processes are on this machine: of others nothing is known, which is not 0.
func (r *run) seesBroker() bool { return r.res.Broker.Kind != string(broker.Remote) }

// since is the processor time used after before; peaks of memory cannot be taken apart.
func (c costs) since(before costs) costs {
	diff := costs{}
	for role, cost := range c {
		cost.CPUSeconds -= before[role].CPUSeconds
		diff[role] = cost
	}
	return diff
}
