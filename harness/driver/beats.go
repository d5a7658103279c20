package driver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// beats makes the readings of one device per partition: heartbeats or probes.
type beats struct {
	first     uint32 // number of the device of partition 0
	keys      [][]byte
	ids       []string
	seq       []uint64
	encoder   encoding.Encoder // nil for a job without decode: a plain text is sent
	high, low []int64
	window    time.Duration // readings alternate from one window of event time to the next
}

// defaultWindow is the length of a "window" of a job that has none.
const defaultWindow = 10 * time.Second

func newBeats(j *job.Job, f encoding.Format, prefix string, partitions int32) (*beats, error) {
	b := &beats{seq: make([]uint64, partitions), window: windowOf(j)}
	if prefix == "probe" {
		b.first = uint32(partitions)
	}
	b.ids = beatIDs(prefix, partitions)
	for _, id := range b.ids {
		b.keys = append(b.keys, []byte(id))
	}
	if !j.Decodes() {
		return b, nil
	}
	h, err := j.Heartbeat()
	if err != nil {
		return nil, fmt.Errorf("making %s readings for job %q: %w", prefix, j.Name, err)
	}
	if f == nil {
		return nil, fmt.Errorf("making %s readings for job %q: the job decodes and no encoding is given", prefix, j.Name)
	}
	if b.encoder, err = f.Encoder(j.Reading); err != nil {
		return nil, fmt.Errorf("making %s readings as %s: %w", prefix, f.Name(), err)
	}
	for _, m := range j.Reading.Names() {
		b.high = append(b.high, int64(h.High[m]))
		b.low = append(b.low, int64(h.Low[m]))
	}
	return b, nil
}

func beatIDs(prefix string, partitions int32) []string {
	ids := make([]string, partitions)
	for p := range partitions {
		ids[p] = event.KeyFor(prefix, p, partitions)
	}
	return ids
}

// windowOf is the size of the job's first window.
func windowOf(j *job.Job) time.Duration {
	windows := j.Windows()
	if len(windows) == 0 {
		return defaultWindow
	}
	return windows[slices.Min(slices.Collect(maps.Keys(windows)))].Size()
}

// next fills d with the next reading of a partition's device.
func (b *beats) next(p int32, flags uint8, intended time.Duration, eventTime int64, d *event.Due) {
	value := b.value(p, eventTime)
	*d = event.Due{
		Stamp: event.Stamp{ID: event.ID{Stream: Stream, Device: b.first + uint32(p), Seq: b.seq[p]}, Flags: flags,
			Intended: int64(intended), Hash: event.Hash(value)},
		EventTime: eventTime,
		Partition: p,
		Key:       b.keys[p],
		Value:     value,
	}
	b.seq[p]++
}

// value is above the detect threshold in even windows of event time and below it in odd ones.
func (b *beats) value(p int32, eventTime int64) []byte {
	if b.encoder == nil {
		return strconv.AppendUint([]byte("heartbeat "), b.seq[p], 10)
	}
	values := b.high
	if floorDiv(eventTime, b.window.Milliseconds())%2 != 0 {
		values = b.low
	}
	return b.encoder.Append(nil, b.ids[p], eventTime, values)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
