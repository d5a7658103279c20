package oracle

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// BenchmarkJudge reports input events judged per second, over all stages, from memory, and the bytes a device costs.
func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name string
		job  *job.Job
	}{{"identity", job.Identity(1)}, {"alert", alertJob()}} {
		b.Run("job="+c.name, func(b *testing.B) {
			w := newWorld(c.job, 1, 500, 100, false)
			b.ReportAllocs()
			for b.Loop() {
				if v := w.judge(b, AtLeastOnce).Verdict; v.Text != "correct" {
					b.Fatal(v.Text)
				}
			}
			b.ReportMetric(float64(len(w.input))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(bytesPerDevice(c.job)), "B/device")
		})
	}
}

// bytesPerDevice measures what the first pass keeps, for each of many devices, with one open window where the job
// has any.
func bytesPerDevice(j *job.Job) int64 {
	const devices = 20_000
	w := newWorld(j, 1, 0, 0, false)
	t := w.trial(AtLeastOnce)
	before := heap()
	c := newComparison(&t, EndToEnd, 0, len(j.Stages), 1)
	m := newModel(&t, 0, len(j.Stages))
	windows := &summing{c: c, state: make([]table[openWindows], len(c.windows))}
	bound := newBound()
	m.window = func(op *windowOp, s *subject) { windows.take(op, s, c.late[op.index].see(s, bound, true)) }
	var order table[tracker]
	key := []byte(event.KeyFor("heartbeat", 0, w.partitions))
	value := []byte(`{"device_id":"` + string(key) + `","ts":1,"data":{"temp":20,"humidity":20}}`)
	for d := range uint32(devices) {
		s := event.Stamp{ID: event.ID{Stream: 1, Device: d}}
		r := event.Record{Partition: event.Partition(key, w.partitions), Key: key, Value: value, Headers: []event.Header{
			{Key: event.HeaderStamp, Value: event.AppendStamp(nil, s)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, epoch)}}}
		m.feed(&r)
		order.at(r.Partition, 1, d).see(0)
	}
	used := heap() - before
	runtime.KeepAlive(m)
	runtime.KeepAlive(windows)
	runtime.KeepAlive(&order)
	return (used - cellCount*int64(unsafe.Sizeof(cell{}))) / devices
}

// The first pass has to fit a million devices beside everything else.
func TestMemoryPerDevice(t *testing.T) {
	if got := bytesPerDevice(job.Identity(1)); got > 64 {
		t.Errorf("identity: %d bytes a device, want at most 64", got)
	}
	if got := bytesPerDevice(alertJob()); got > 512 {
		t.Errorf("alert: %d bytes a device, want at most 512, with one open window", got)
	}
}

func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
