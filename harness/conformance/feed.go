package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/streamgauge/streamgauge/harness/event"
)

type opKind int

const (
	opSend        opKind = iota
	opHeartbeats         // one on each partition, not waited for
	opBarrier            // heartbeats on each partition, and everything sent before is answered
	opAwaitWindow        // heartbeats until the window of a heartbeat is out
	opStop
	opKill
	opContinue
	opScript // a script begins
)

// op is one thing the runner does.
type op struct {
	kind      opKind
	script    int
	record    sent  // opSend
	eventTime int64 // opHeartbeats, opBarrier, opAwaitWindow: of heartbeats, ms
	intended  int64 // of heartbeats, ns
	window    int64 // opAwaitWindow: start, ms
	partition int32 // opAwaitWindow: -1 for all
}

// sent is an input record with what is known about it.
type sent struct {
	event.Record
	stamp    event.Stamp
	foreign  bool
	answered bool // an answer on output or dead letters is expected
}

// owner is the device of a script behind (stream, device number).
type owner struct {
	script int
	label  string
	key    string
}

type deviceID struct {
	stream uint16
	device uint32
}

// feed is a group made ready for a number of partitions: what is done, and what must come out.
type feed struct {
	*group
	partitions int32
	registry   map[string]map[string]int64
	objects    map[string][]byte // in the store, by name
	min, max   int64             // bounds of event time, ms
	ops        []op
	owners     map[deviceID]owner
	epochs     []int64   // by script, ms
	expected   [][]wrote // by script
	maxRecord  int64
}

const (
	firstEpoch = 1_577_836_800_000 // 2020-01-01T00:00:00Z: a whole hour, and far from today
	hour       = int64(time.Hour / time.Millisecond)
	day        = 24 * hour
	// intendedStep lies between two intended times, so that their order is the order of sending.
	intendedStep = int64(time.Millisecond)
)

// compiler makes a feed.
type compiler struct {
	*feed
	epoch, intended, base int64 // of the script at hand; intended of the next record
	script                int
	devices               map[string]deviceID // by label, of the script
	keys                  map[string]string
	keyOwner              map[string]string // key -> script
	next                  uint32            // device number
	sentBy                map[string][]sent // by identity in the script's words
	low, high             int64             // event times in flight, of the script so far
	pending               bool              // something was sent since the last barrier
	down                  bool              // the engine is stopped
}

// compile lays the scripts of a group one after the other in event time.
func compile(g *group, partitions int32) (*feed, error) {
	c := &compiler{feed: &feed{group: g, partitions: partitions, registry: map[string]map[string]int64{}, owners: map[deviceID]owner{}},
		next: uint32(2 * partitions), keyOwner: map[string]string{}, epoch: firstEpoch}
	return c.run()
}

func (c *compiler) run() (*feed, error) {
	if err := c.heartbeatRegistry(); err != nil {
		return nil, err
	}
	start := c.epoch
	for i, s := range c.scripts {
		c.script = i
		if s.epoch != nil {
			if i > 0 && *s.epoch < c.epoch {
				return nil, fmt.Errorf("script %s: its epoch lies before the end of script %s", s.Name, c.scripts[i-1].Name)
			}
			c.epoch = *s.epoch
		} else {
			c.epoch = max(c.epoch, firstEpoch)
		}
		if i == 0 {
			start = c.epoch
		}
		if err := c.one(s); err != nil {
			return nil, fmt.Errorf("script %s: %w", s.Name, err)
		}
		c.epoch = ceil(c.high+1, hour)
	}
	c.barrier() // of the last script; settled or not, everything is answered before the drain
	c.min, c.max = start-day, c.epoch+day
	if b := c.scripts[0].bounds; b != nil {
		c.min, c.max = c.epochs[0]+b[0], c.epochs[0]+b[1]
	}
	return c.feed, nil
}

func ceil(v, step int64) int64 {
	q := v / step
	if q*step < v {
		q++
	}
	return q * step
}

// heartbeats are the keys of the heartbeat devices, by partition.
func (f *feed) heartbeats() []string {
	n := f.partitions
	if f.firstOnly {
		n = 1
	}
	keys := make([]string, n)
	for p := range keys {
		keys[p] = event.KeyFor("heartbeat", int32(p), f.partitions)
	}
	return keys
}

func (c *compiler) heartbeatRegistry() error {
	if !c.job.Decodes() {
		return nil
	}
	h, err := c.job.Heartbeat()
	if err != nil {
		return fmt.Errorf("job %q: %w", c.job.Name, err)
	}
	for _, k := range c.feed.heartbeats() {
		c.registry[k] = h.Registry
	}
	return nil
}

func (c *compiler) one(s *Script) error {
	c.epochs = append(c.epochs, c.epoch)
	c.expected = append(c.expected, nil)
	c.base = c.intended
	c.sentBy = map[string][]sent{}
	c.low, c.high = 0, c.epoch
	c.maxRecord = max(c.maxRecord, s.maxPayload)
	if err := c.assign(s); err != nil {
		return err
	}
	if err := c.stock(s); err != nil {
		return err
	}
	c.add(op{kind: opScript})
	if err := c.heartbeatsAt(c.epoch); err != nil {
		return err
	}
	for _, st := range s.steps {
		if err := c.step(s, st); err != nil {
			return fmt.Errorf("%s:%d: %w", s.file, st.line, err)
		}
	}
	if err := c.settle(s); err != nil {
		return err
	}
	for _, e := range s.expect {
		ws, err := c.expectedOutputs(e)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", s.file, e.line, err)
		}
		c.expected[c.script] = append(c.expected[c.script], ws...)
	}
	return nil
}

// assign gives devices their numbers and keys and fills the registry.
func (c *compiler) assign(s *Script) error {
	c.devices, c.keys = map[string]deviceID{}, map[string]string{}
	numbers := map[string]uint32{}
	for _, label := range s.labels {
		d := s.devices[label]
		key := c.key(s, d)
		other, used := c.keyOwner[key]
		if used && other != s.Name {
			return fmt.Errorf("device %q belongs to script %s", key, other)
		}
		c.keyOwner[key] = s.Name
		of := cmp.Or(d.like, label)
		if _, ok := numbers[of]; !ok {
			numbers[of] = c.next
			c.next++
		}
		id := deviceID{d.stream, numbers[of]}
		c.devices[label], c.keys[label] = id, key
		c.owners[id] = owner{c.script, label, key}
	}
	for _, e := range s.registry {
		m := map[string]int64{}
		for _, f := range e.fields {
			m[f.name] = f.value
		}
		c.registry[c.keys[e.label]] = m
	}
	return nil
}

// key is a device's own, or that of the device it is like.
func (c *compiler) key(s *Script, d *device) string {
	if d.like != "" {
		d = s.devices[d.like]
	}
	if d.partition >= 0 {
		return event.KeyFor(d.label, d.partition%c.partitions, c.partitions)
	}
	return d.key
}

func (c *compiler) add(o op) {
	o.script = c.script
	c.ops = append(c.ops, o)
}

func (c *compiler) tick() int64 {
	c.intended += intendedStep
	return c.intended
}

func (c *compiler) windowed() bool { return len(c.job.Windows()) > 0 }

// room makes sure that what is in flight spans no more event time than the job's lateness: an engine with one watermark
// for all partitions, which may read them one after the other, must not be given a reason to call anything late.
func (c *compiler) room(eventTime int64) error {
	if c.windowed() && c.pending && eventTime > c.low+int64(c.job.EventTime.Lateness) {
		if c.down {
			return fmt.Errorf("event time moves by more than the lateness while the engine is stopped")
		}
		c.barrier()
	}
	if !c.pending || eventTime < c.low {
		c.low = eventTime
	}
	c.pending = true
	return nil
}

// rise notes an event time. Heartbeats go no further than the bounds allow, or they would be refused.
func (c *compiler) rise(eventTime int64) {
	if b := c.scripts[c.script].bounds; b != nil {
		eventTime = min(eventTime, c.epoch+b[1])
	}
	c.high = max(c.high, eventTime)
}

func (c *compiler) barrier() {
	c.add(op{kind: opBarrier, eventTime: c.high, intended: c.tick()})
	c.pending = false
}

func (c *compiler) heartbeatsAt(eventTime int64) error {
	if err := c.room(eventTime); err != nil {
		return err
	}
	c.rise(eventTime)
	c.add(op{kind: opHeartbeats, eventTime: eventTime, intended: c.tick()})
	return nil
}

func (c *compiler) step(s *Script, st step) error {
	switch st.kind {
	case stepEvent:
		return c.send(s, st.input)
	case stepBarrier:
		if c.down {
			return fmt.Errorf("a barrier while the engine is stopped")
		}
		c.barrier()
	case stepAdvance:
		return c.heartbeatsAt(c.epoch + st.at)
	case stepAwaitWindow:
		c.add(op{kind: opAwaitWindow, eventTime: c.high, intended: c.tick(), window: c.epoch + st.at, partition: st.partition})
	case stepStop, stepKill:
		c.down = true
		c.add(op{kind: map[stepKind]opKind{stepStop: opStop, stepKill: opKill}[st.kind]})
	case stepContinue:
		if !c.down {
			return fmt.Errorf("continue without stop or kill")
		}
		c.down = false
		c.add(op{kind: opContinue, eventTime: c.high, intended: c.tick()})
	}
	return nil
}

// settle waits for the script's answers and closes its windows by moving the heartbeats on.
func (c *compiler) settle(s *Script) error {
	if c.down {
		return fmt.Errorf("the script ends with the engine stopped")
	}
	if s.unsettled || !c.windowed() {
		return nil
	}
	c.barrier()
	return c.heartbeatsAt(c.high + c.job.MaxWindow().Milliseconds())
}

// send makes the records of one event line.
func (c *compiler) send(s *Script, in input) error {
	label := in.device
	for seq := in.from; seq <= in.to; seq++ {
		at := c.epoch + in.at + int64(seq-in.from)*in.every
		if in.absolute {
			at = in.at + int64(seq-in.from)*in.every
		}
		if !in.absolute {
			if err := c.room(at); err != nil {
				return err
			}
			c.rise(at)
		}
		r := c.record(label, seq, at, in)
		r.answered = !r.foreign && s.answers(label, seq)
		if _, chunk := r.Header(event.HeaderChunk); chunk { // the one record of a message that brings its answer
			r.answered = r.answered && s.answeredBy(label, seq, len(c.sentBy[identity(label, seq)])+1)
		}
		c.add(op{kind: opSend, record: r})
		if !r.foreign {
			c.sentBy[identity(label, seq)] = append(c.sentBy[identity(label, seq)], r)
		}
	}
	return nil
}

// answers reports whether an identity is expected on output or dead letters.
func (s *Script) answers(label string, seq uint64) bool {
	return slices.ContainsFunc(s.expect, func(e expectation) bool {
		return e.device == label && (e.kind == expectEvent || e.kind == expectDead || e.kind == expectUpdate) &&
			slices.ContainsFunc(e.about(), func(r part) bool { return r.from <= seq && seq <= r.to })
	})
}

// answeredBy reports whether the answer to an identity is expected of that one of its inputs, from 1.
func (s *Script) answeredBy(label string, seq uint64, occurrence int) bool {
	return slices.ContainsFunc(s.expect, func(e expectation) bool {
		return e.device == label && e.from <= seq && seq <= e.to && e.occurrence == occurrence
	})
}

func (c *compiler) record(label string, seq uint64, at int64, in input) sent {
	id, key := c.devices[label], c.keys[label]
	r := sent{foreign: in.options.foreign}
	r.stamp = event.Stamp{ID: event.ID{Stream: id.stream, Device: id.device, Seq: seq}, Flags: in.options.flags, Intended: c.tick()}
	if in.options.intended != nil {
		r.stamp.Intended = c.base + *in.options.intended
		c.intended = max(c.intended, r.stamp.Intended) // what is sent later is not due earlier
	}
	r.Key, r.Value = []byte(key), in.value.bytes
	switch {
	case in.value.message:
		r.Value = message(c.job.Reading, key, at, in.value.readings)
	case in.value.size >= 0:
		r.Value = generated(in.value.size, seq)
	}
	if r.Value == nil {
		r.Value = []byte{}
	}
	r.stamp.Hash = event.Hash(r.Value)
	r.Partition = event.Partition(r.Key, c.partitions)
	r.Timestamp = kafkaTime(at)
	r.Headers = headers(r.stamp, at, in.options)
	return r
}

// kafkaTime is the Kafka timestamp of an event time. Java clients refuse a negative one, and no one needs the year 10000.
func kafkaTime(eventTime int64) int64 { return min(max(eventTime, 0), 253_402_300_799_999) }

func headers(stamp event.Stamp, at int64, o inputOptions) []event.Header {
	hs := slices.Clone(o.before)
	sgt := event.Header{Key: event.HeaderTime, Value: event.AppendTime(nil, at)}
	if o.sgtFirst {
		hs = append(hs, sgt)
	}
	switch {
	case !o.foreign || o.timeless:
		hs = append(hs, event.Header{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)})
	case o.stamp != nil:
		hs = append(hs, event.Header{Key: event.HeaderStamp, Value: o.stamp})
	}
	if !o.sgtFirst && !o.timeless {
		hs = append(hs, sgt)
	}
	return append(hs, o.after...)
}

// registryEntries gives the registry in the order of its keys, as canonical JSON.
func (f *feed) registryEntries() func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for _, key := range slices.Sorted(maps.Keys(f.registry)) {
			var fs []field
			for name, v := range f.registry[key] {
				fs = append(fs, field{name, v})
			}
			if !yield(key, canonical(fs)) {
				return
			}
		}
	}
}
