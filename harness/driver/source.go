package driver

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/pacer"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Stream is the number of the one stream that a source offers.
const Stream = 1

// HeartbeatEvery is the intended time between two readings of a heartbeat device.
const HeartbeatEvery = 200 * time.Millisecond

// FirstDevice is the number of the first real device: before it come one heartbeat and one probe device per partition.
func FirstDevice(partitions int32) uint32 { return 2 * uint32(partitions) }

// SourceConfig says what a trial's input consists of.
type SourceConfig struct {
	Job        *job.Job
	Format     encoding.Format   // of heartbeats; not looked at for a job without decode
	Stream     generators.Stream // real events; its first device must be FirstDevice(Partitions)
	Schedule   pacer.Schedule    // when real events are due; nil: at the recording's own pace
	Partitions int32
	Offer      time.Duration // real events are due in [0, Offer): warm-up and measurement
	Tail       time.Duration // heartbeats go on to Offer + Tail, inclusive
	EventTime  EventTime
	Carrier    payload.Carrier // of the values of real events; nil: each is the value of one record
	Link       float64         // bytes per second from one device, with a carrier; 0: all at once
}

// EventTime maps intended time to event time.
type EventTime struct {
	Start time.Time // event time at intended time 0
	Speed float64   // event time per intended time
}

// At is the event time of what is due at an intended time, in ms since the Unix epoch, rounded down.
func (e EventTime) At(intended time.Duration) int64 {
	return e.Start.Add(time.Duration(float64(intended) * e.Speed)).UnixMilli()
}

// Tail is how long heartbeats must go on after the last real event so that every window closes by ordinary logic
// (SEMANTICS.md section 2, end of stream), in intended time: the windows' size and lateness and how far events may be late,
// in event time, and two batch intervals and two seconds on top.
func Tail(j *job.Job, speed float64, disorder, batchInterval time.Duration) time.Duration {
	return time.Duration(float64(j.MaxWindow()+disorder)/speed) + 2*batchInterval + 2*time.Second
}

// source merges real events and heartbeats.
type source struct {
	SourceConfig
	beats    *beats
	beat     time.Duration // when the next round of heartbeats is due
	turn     int32         // the next partition of that round
	real     time.Duration // when the next real event is due
	more     bool          // there is one
	ev       generators.Event
	room     generators.Room // of large values that the broker has
	schedule pacer.Schedule
	carried  *carried // nil without a carrier
}

// NewSource merges real events and heartbeats in the order of their intended times; at the same time heartbeats come first,
// in the order of their partitions. The same settings give the same records, byte for byte. Errors: a job that no heartbeat
// passes, an encoding that cannot write its reading, settings out of range.
func NewSource(c SourceConfig) (event.Source, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("making the input: %w", err)
	}
	b, err := newBeats(c.Job, c.Format, "heartbeat", c.Partitions)
	if err != nil {
		return nil, fmt.Errorf("making the input: %w", err)
	}
	s := &source{SourceConfig: c, beats: b, schedule: c.Schedule}
	s.ev.Room = &s.room
	if s.schedule == nil {
		s.schedule = pacer.Recorded(c.Stream.Pace)
	}
	if c.Carrier != nil {
		s.carried = &carried{carrier: c.Carrier, link: c.Link, free: map[uint32]int64{}}
	}
	s.advance()
	return s, nil
}

func (c *SourceConfig) validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.Job != nil, "there is no job")
	check(c.Stream != nil, "there is no stream of real events")
	check(c.Partitions > 0, "%d partitions: want at least 1", c.Partitions)
	check(c.Offer >= 0 && c.Tail >= 0, "offering for %v with a tail of %v: neither may be negative", c.Offer, c.Tail)
	check(c.EventTime.Speed > 0, "event time at speed %v: want more than 0", c.EventTime.Speed)
	return errors.Join(errs...)
}

// advance finds out when the next real event is due.
func (s *source) advance() {
	s.real, s.more = s.schedule.Next()
	s.more = s.more && s.real < s.Offer
}

// Next yields the next record. Errors: io.EOF.
func (s *source) Next(d *event.Due) error {
	beating := s.beat <= s.Offer+s.Tail
	if s.carried != nil {
		return s.nextCarried(d, beating)
	}
	switch {
	case s.more && (!beating || s.real < s.beat):
		s.nextReal(d)
	case beating:
		s.nextBeat(d)
	default:
		return io.EOF
	}
	return nil
}

func (s *source) nextReal(d *event.Due) {
	s.Stream.Next(s.real, &s.ev)
	e := &s.ev
	var flags uint8
	if e.Damaged {
		flags = event.FlagDamaged
	}
	*d = event.Due{
		Stamp: event.Stamp{ID: event.ID{Stream: Stream, Device: e.Device, Seq: e.Seq}, Flags: flags,
			Intended: int64(s.real), Hash: event.Hash(e.Value)},
		EventTime: e.EventTime,
		Partition: event.Partition(e.Key, s.Partitions),
		Key:       e.Key,
		Value:     e.Value,
		Done:      e.Done(),
	}
	s.advance()
}

func (s *source) nextBeat(d *event.Due) {
	s.beats.next(s.turn, event.FlagHeartbeat, s.beat, s.EventTime.At(s.beat), d)
	if s.turn++; s.turn == s.Partitions {
		s.turn, s.beat = 0, s.beat+HeartbeatEvery
	}
}
