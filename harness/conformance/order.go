package conformance

import "github.com/streamgauge/streamgauge/harness/event"

// order follows the outputs of each device through its partition: an event stands before its alerts, and windows of one
// operator in ascending start, updates in ascending count. Records that come again are left alone: what was replayed stands behind what came
// in between. The zero value is ready.
type order struct {
	events  map[event.ID]bool
	windows map[windowOrder]int64 // highest start so far
	taken   map[windowStart]bool
}

type windowOrder struct {
	node   uint16
	device deviceID
}

type windowStart struct {
	windowOrder
	start int64
}

// take notes an output and says what is wrong with its place; empty if nothing is.
func (r *order) take(o event.Output) string {
	if r.events == nil {
		r.events, r.windows, r.taken = map[event.ID]bool{}, map[windowOrder]int64{}, map[windowStart]bool{}
	}
	id := event.ID{Stream: o.Stream, Device: o.Device, Seq: o.Seq}
	switch o.Kind {
	case event.KindEvent:
		r.events[id] = true
	case event.KindAlert:
		if !r.events[id] {
			return "stands before its event"
		}
	case event.KindWindow:
		return r.ascend(o, "a later start")
	case event.KindUpdate:
		return r.ascend(o, "a greater count")
	}
	return ""
}

func (r *order) ascend(o event.Output, than string) string {
	w := windowStart{windowOrder{o.Node, deviceID{o.Stream, o.Device}}, int64(o.Seq)}
	if r.taken[w] {
		return ""
	}
	r.taken[w] = true
	if highest, ok := r.windows[w.windowOrder]; ok && w.start < highest {
		return "stands behind one with " + than
	}
	r.windows[w.windowOrder] = w.start
	return ""
}

// stamps gives headers sg and sgt of every event of the scripts.
func (f *feed) stamps() map[string]bool {
	all := map[string]bool{}
	for _, o := range f.ops {
		if o.kind == opSend && !o.record.foreign {
			all[stampText(o.record.Record)] = true
			all[assembledText(o.record)] = true
		}
	}
	return all
}

// assembledText is the stampText of a message whose last chunk is s; of anything else, that of s.
func assembledText(s sent) string {
	raw, _ := s.Header(event.HeaderChunk)
	c, err := event.ParseChunk(raw)
	if err != nil {
		return stampText(s.Record)
	}
	stamp := s.stamp
	stamp.Flags, stamp.Hash = stamp.Flags&^event.FlagChunk, c.Hash
	at, _ := s.Header(event.HeaderTime)
	return string(event.AppendStamp(nil, stamp)) + string(at)
}

func stampText(r event.Record) string {
	stamp, _ := r.Header(event.HeaderStamp)
	at, _ := r.Header(event.HeaderTime)
	return string(stamp) + string(at)
}

// beats reports whether a device is a heartbeat.
func (f *feed) beats(stream uint16, device uint32) bool {
	return stream == 0 && device < uint32(f.partitions)
}
