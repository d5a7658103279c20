package scenario

import (
	"time"
)

// Assumptions of an estimate: they decide warnings and what a user expects, never a result.
const (
	assumedValue      = 200              // bytes of a reading: room sensors have 120, tracker reports 400
	recordOverhead    = 75               // bytes of headers, key and framing
	observationBytes  = 64               // of one output record in the run folder
	startAndStop      = 10 * time.Second // topics, engines, probes, report: of one block
	judgedPerSecond   = 100 << 20        // bytes of topics; each is read several times
	assumedDevicePace = 1.0 / 30         // readings a second and device where the recording sets the pace
)

// Estimate is roughly what a run will take.
type Estimate struct {
	Blocks      int           // fillings of an input topic: repetitions, times engines if isolated
	Trials      int           // engine × repetition
	Records     int64         // offered by one block in warm-up and measure
	InputBytes  int64         // of one block's input topic
	TopicBytes  int64         // of all topics of one block, on one node
	DiskBytes   int64         // on this machine at the fullest: topics of a broker that runs here, and the run folder
	Shortest    time.Duration // if nothing needs draining
	Longest     time.Duration // if every drain takes its limit
	LargestSize int64         // of a record: the larger of pad and an assumed reading
}

// Estimate computes it. The scenario must be valid.
func (s *Scenario) Estimate() Estimate {
	e := Estimate{Blocks: s.Repetitions, Trials: s.Repetitions * len(s.Engines)}
	sharing := len(s.Engines) // instances whose topics exist at once
	if s.Placement == Isolated {
		e.Blocks, sharing = e.Trials, 1
	}
	rate := float64(s.Load.Rate)
	if rate == 0 {
		rate = float64(s.Stream.Devices) * assumedDevicePace * float64(s.Stream.EventTime.Speed)
		rate *= 1 + float64(s.Stream.Repeats) // on a schedule, a repeat takes the place of another event
	}
	offered := (s.Load.Warmup + s.Load.Measure).Duration()
	events, heartbeats := int64(rate*offered.Seconds()), s.heartbeats(offered)
	e.Records = events + heartbeats
	e.LargestSize = max(assumedValue, int64(s.Stream.Pad), s.LargestRecord())
	mean := max(assumedValue, int64(s.Stream.Pad))
	if m := s.Stream.mean(); m > 0 {
		mean = m
	}
	e.InputBytes = events*(mean+recordOverhead) + heartbeats*(assumedValue+recordOverhead) // those are not padded
	hops := int64(len(s.Job.Stages))
	e.TopicBytes = e.InputBytes * (1 + int64(sharing)*hops)
	e.DiskBytes = e.Records * int64(e.Trials) * observationBytes
	if kind := s.Broker.Kind; kind == "embedded" || kind == "local" {
		e.DiskBytes += e.TopicBytes * int64(max(1, s.Broker.Nodes))
	}
	judging := time.Duration(e.TopicBytes/judgedPerSecond) * time.Second
	e.Shortest = time.Duration(e.Blocks) * (offered + startAndStop + judging)
	e.Longest = e.Shortest + time.Duration(e.Blocks)*s.Load.Drain.Duration()
	return e
}

// heartbeats counts the readings of the heartbeat devices, one a partition, every 200 ms.
func (s *Scenario) heartbeats(d time.Duration) int64 {
	return int64(s.Broker.Partitions) * int64(d/(200*time.Millisecond))
}
