package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/event"
)

// live is one group while its engine runs.
type live struct {
	*runner
	feed       *feed
	plan       engines.Plan
	instance   Instance // nil while the engine is down
	watch      *watch
	heartbeats []heartbeat
	open       map[event.ID]waiting // sent, answer expected, not yet seen
	script     int                  // at hand
	missing    map[int]string       // by script: answers that did not come in time
	begun      bool                 // the engine has answered heartbeats
	failure    error                // the engine crashed or fell silent
	absent     string               // an operator of the job, or the form of its encode, that the engine says it has not
}

// waiting is an event whose answer is expected.
type waiting struct {
	stamp  event.Stamp
	script int
}

type heartbeat struct {
	key       string
	partition int32
	device    uint32
	next      uint64
	value     []byte
	at        int64
}

// errEngine marks failures of the engine, as opposed to those of the broker.
var errEngine = errors.New("engine")

const (
	pollWait   = 100 * time.Millisecond // for outputs, before heartbeats go out again
	drainLimit = 60 * time.Second       // or the patience with an answer, if that is more: a stage drains when its batch ends
	stopLimit  = 30 * time.Second       // or the patience, if that is more; twice that with the signals that follow
)

// live plays the group's feed to an engine and returns what it saw. A failure of the engine is in the result, not an error.
func (r *runner) live(ctx context.Context, plan engines.Plan, f *feed) (*live, error) {
	l := &live{runner: r, feed: f, plan: plan, open: map[event.ID]waiting{}, missing: map[int]string{}}
	for p, key := range f.heartbeats() {
		l.heartbeats = append(l.heartbeats, heartbeat{key: key, partition: int32(p), device: uint32(p)})
	}
	var err error
	if l.watch, err = r.newWatch(plan, f); err != nil {
		return l, err
	}
	defer l.watch.client.Close()
	err = l.play(ctx)
	if l.instance != nil { // after a failure, or for want of an operator
		l.giveUp(ctx)
	}
	if errors.Is(err, errEngine) && ctx.Err() == nil {
		l.failure = err
		return l, nil
	}
	return l, err
}

// giveUp ends an engine that no script goes on with, also after the end of ctx.
func (l *live) giveUp(ctx context.Context) {
	if in, ok := l.instance.(Leaver); !ok || !in.Leaves() {
		_ = l.instance.Kill()
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*l.stopWithin())
	defer cancel()
	_ = l.instance.Stop(ctx)
}

func (l *live) play(ctx context.Context) error {
	if err := l.start(ctx, op{eventTime: l.feed.epochs[0], intended: 0}); err != nil {
		return err
	}
	if l.absent != "" {
		return nil
	}
	l.begun = true
	for _, o := range l.feed.ops {
		l.script = o.script
		if err := l.do(ctx, o); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.drainWithin(), errors.New("it was not drained within the deadline"))
	defer cancel()
	err := l.instance.Drain(ctx)
	l.instance = nil
	return l.blame("draining", err)
}

// blame makes an error of the Subject one of the engine.
func (l *live) blame(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w %s: %s: %w", errEngine, l.EngineName, doing, err)
}

func (l *live) do(ctx context.Context, o op) error {
	switch o.kind {
	case opSend:
		if o.record.answered {
			l.open[o.record.stamp.ID] = waiting{o.record.stamp, o.script}
		}
		return l.produce(ctx, &o.record.Record)
	case opHeartbeats:
		return l.beat(ctx, o)
	case opBarrier:
		return l.barrier(ctx, o)
	case opAwaitWindow:
		return l.awaitWindow(ctx, o)
	case opStop, opKill:
		return l.end(ctx, o.kind)
	case opContinue:
		l.plan.Incarnation++
		return l.start(ctx, o)
	case opScript:
		l.say("script %s", l.feed.scripts[o.script].Name)
	}
	return nil
}

// start starts an incarnation and waits until it answers heartbeats on every partition.
func (l *live) start(ctx context.Context, o op) error {
	deadline := time.Now().Add(l.Ready)
	hello, cancel := context.WithDeadlineCause(ctx, deadline, errors.New("it said no hello within the deadline"))
	defer cancel()
	ctx, cancel = context.WithDeadlineCause(ctx, deadline, errors.New("it answered no heartbeat within the deadline"))
	defer cancel()
	var err error
	if l.instance, err = l.subject.Start(hello, l.plan); err != nil {
		l.instance = nil
		return l.blame("starting", err)
	}
	if l.absent = l.missingAbility(); l.absent != "" {
		return nil
	}
	return l.awaitBeats(ctx, o, l.Ready, l.allAnswered)
}

// missingAbility is an operator of the job that the engine's hello calls absent, or the form of encode that it does not list;
// empty if there is none. Of a program that nobody described, this is the first that is known.
func (l *live) missingAbility() string {
	said, ok := l.instance.(Greeter)
	if !ok {
		return ""
	}
	hello := said.Hello()
	for _, name := range l.plan.Job.OperatorNames() {
		if hello.Operators[name] == engines.Absent {
			return "operator " + name
		}
	}
	if j := &l.plan.Job; j.Recodes() && !slices.Contains(hello.Forms, j.Form()) {
		return "form " + j.Form() + " of encode"
	}
	return ""
}

func (l *live) end(ctx context.Context, kind opKind) error {
	in := l.instance
	l.instance = nil
	if kind == opKill {
		return l.blame("killing", in.Kill())
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 2*l.stopWithin(), errors.New("it did not stop within the deadline"))
	defer cancel()
	return l.blame("stopping", in.Stop(ctx))
}

// produce sends a record and waits for the broker: scripts are short, and their order is exact this way.
func (l *live) produce(ctx context.Context, r *event.Record) error {
	k := &kgo.Record{Topic: l.plan.Topics.Input, Partition: r.Partition, Key: r.Key, Value: r.Value,
		Timestamp: time.UnixMilli(r.Timestamp)}
	for _, h := range r.Headers {
		k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	if err := l.client.ProduceSync(ctx, k).FirstErr(); err != nil {
		return fmt.Errorf("sending to %s: %w", l.plan.Topics.Input, err)
	}
	return nil
}

// beat sends a heartbeat to each partition.
func (l *live) beat(ctx context.Context, o op) error {
	for i := range l.heartbeats {
		r, err := l.feed.heartbeat(&l.heartbeats[i], o)
		if err != nil {
			return err
		}
		if err := l.produce(ctx, &r.Record); err != nil {
			return err
		}
	}
	return nil
}

// heartbeat makes the next record of a heartbeat device.
func (f *feed) heartbeat(h *heartbeat, o op) (sent, error) {
	if h.value == nil || h.at != o.eventTime {
		v, err := heartbeatMessage(f.job, h.key, o.eventTime)
		if err != nil {
			return sent{}, err
		}
		h.value, h.at = v, o.eventTime
	}
	r := sent{stamp: event.Stamp{ID: event.ID{Device: h.device, Seq: h.next}, Flags: event.FlagHeartbeat,
		Intended: o.intended, Hash: event.Hash(h.value)}}
	h.next++
	r.Key, r.Value, r.Partition, r.Timestamp = []byte(h.key), h.value, h.partition, kafkaTime(o.eventTime)
	r.Headers = headers(r.stamp, o.eventTime, inputOptions{})
	return r, nil
}

// allAnswered reports whether each heartbeat device's last reading, or a later one, is answered.
func (l *live) allAnswered(since []uint64) bool {
	for i, h := range l.heartbeats {
		if l.watch.beats[h.device] <= since[i] {
			return false
		}
	}
	return true
}

// awaitBeats sends heartbeats, again and again, until done says so; since holds the sequence of each device's first one.
func (l *live) awaitBeats(ctx context.Context, o op, patience time.Duration, done func(since []uint64) bool) error {
	var since []uint64
	for _, h := range l.heartbeats {
		since = append(since, h.next)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("heartbeats are not answered"))
	defer cancel()
	for !done(since) {
		if err := l.beat(ctx, o); err != nil {
			return l.given(ctx, err)
		}
		if err := l.watch.poll(ctx, func() bool { return done(since) }); err != nil {
			return l.given(ctx, err)
		}
	}
	return nil
}

// given turns the end of patience into a failure of the engine.
func (l *live) given(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return l.blame("waiting", context.Cause(ctx))
	}
	return err
}

// barrier waits until heartbeats sent now, and everything else before, are answered. An answer that does not come in time
// is noted, and the show goes on: the comparison will say what is wrong.
func (l *live) barrier(ctx context.Context, o op) error {
	err := l.awaitBeats(ctx, o, l.Patience, func(since []uint64) bool {
		l.settleOpen()
		return len(l.open) == 0 && l.allAnswered(since)
	})
	if err == nil || len(l.open) == 0 {
		return err
	}
	var late []string
	for id, w := range l.open {
		l.missing[w.script] = fmt.Sprintf("some events were not answered within %v", l.Patience)
		late = append(late, id.String())
	}
	slices.Sort(late)
	l.say("not answered within %v: %s", l.Patience, strings.Join(late, ", "))
	clear(l.open)
	// The heartbeats alone must still be answered, or the engine is gone.
	return l.awaitBeats(ctx, o, l.Patience, l.allAnswered)
}

func (l *live) settleOpen() {
	for id, w := range l.open {
		if l.watch.has(w.stamp) {
			delete(l.open, id)
		}
	}
}

func (l *live) awaitWindow(ctx context.Context, o op) error {
	return l.awaitBeats(ctx, o, l.Patience, func([]uint64) bool {
		for _, h := range l.heartbeats {
			if (o.partition < 0 || h.partition == o.partition%l.Partitions) && !l.watch.windows[windowID{h.device, o.window}] {
				return false
			}
		}
		return true
	})
}
