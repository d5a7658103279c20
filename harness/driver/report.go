package driver

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a drive did. "Real" events are those of devices: neither heartbeats nor probes. Offered = Acked + Failed +
// Unresolved; Unresolved is 0 unless the drive was broken off or the broker did not answer in time.
type Report struct {
	Offered    int64 // records handed to the client
	Real       int64 // of these, real events
	Heartbeats int64 // of these, heartbeats
	Acked      int64
	Failed     int64
	Unresolved int64

	Bytes       int64 // keys and values
	HeaderBytes int64 // what the harness's headers add
	Damaged     int64 // real events damaged on purpose
	Largest     int64 // bytes of the largest key and value

	Phases []PhaseReport // in the order of Config.Phases
	Due    []int64       // real events per second of intended time
	Sent   []int64       // real events per second in which they were handed to the client

	RateError  float64       // |achieved / intended rate of the real events − 1|, from the first to the last of them sent
	MaxDebt    time.Duration // longest send delay of any record, also of one that was due and not sent
	Blocked    time.Duration // while an event was due and the bytes on their way left no room
	Starved    time.Duration // while the next event was not generated in time
	Elapsed    time.Duration // from Start to the last send
	Saturated  bool          // the debt passed MaxDebt: the rest was not sent
	OutOfRange int64         // durations that no histogram took
	Precision  string        // how the clock waits
	Mismatched int64         // records in other partitions than intended; any makes the trial invalid
	Renewed    int64         // how often the client began a new epoch, because the broker no longer knew what it had from it
}

// BlockedShare is the part of the time in which the buffer held events back.
func (r *Report) BlockedShare() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Blocked) / float64(r.Elapsed)
}

// PhaseReport is a phase's part, by intended time.
type PhaseReport struct {
	Phase
	Records    int64 // of any kind
	Real       int64
	Heartbeats int64
	Acked      int64
	Failed     int64
	Bytes      int64          // keys and values
	SendDelay  *hdr.Histogram // ns from intended to sent, of real events
	Ack        *hdr.Histogram // ns from sent to acknowledged, of all records: the produce path
}

// Geometry of the histograms: ns, up to an hour, three significant digits.
const (
	lowest  = 1
	highest = int64(time.Hour)
	digits  = 3
)

func newHistogram() *hdr.Histogram { return hdr.New(lowest, highest, digits) }
