package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/streamgauge/streamgauge/harness/defect"
	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/latency"
	"github.com/twmb/franz-go/pkg/kgo"
)

// handover is how many polls may wait to be decoded. It rides out a slow write to the disk without delaying the next stamp
// and bounds the memory of waiting records to as many fetches; a longer stall shows as a poll gap.
const handover = 4

// maxFetch bounds one fetch from a broker in bytes; a greater record still comes, alone.
const maxFetch = 16 << 20

// flushEvery is how much a killed harness may lose.
const flushEvery = time.Second

// group is one client with one poll loop: the results of an instance, or its stages.
type group struct {
	c         *Collector
	name      string
	instance  string
	committed bool
	view      *view
	topics    map[string]Topic
	files     map[string][]*obsFile // by topic and partition; nil until the first observation
	flushed   time.Time
	buf       []byte
	tally     *tally
}

// tally is what a group knows of its own health. Gaps belong to the polling goroutine, the rest to the writing one.
type tally struct {
	gaps     *latency.Recorder // poll returned → next poll called: nobody would have stamped a record
	handover *latency.Recorder // stamped → written to the buffers
	polls    int64
	observed int64
	foreign  int64
	skipped  int64
	plain    int64 // observed outside of transactions
}

func newTally() *tally { return &tally{gaps: latency.New(), handover: latency.New()} }

// poll is one return of the client: everything in it was received at one instant.
type poll struct {
	fetches  kgo.Fetches
	received time.Time
	done     chan struct{} // closed when it is decoded; nil unless it is large
}

// large is the number of bytes in one poll from which on the next poll waits until it is decoded: records of 100 MB would
// otherwise fill the memory before one of them is hashed.
const large = 32 << 20

func (g *group) run(ctx context.Context) error {
	cl, err := g.c.cfg.Dial(g.options()...)
	if err != nil {
		return fmt.Errorf("dialling the broker to observe %s: %w", g.name, err)
	}
	defer cl.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	polls := make(chan poll, handover)
	var writing sync.WaitGroup
	var werr error
	writing.Go(func() { werr = g.write(polls, cancel) })
	perr := g.poll(ctx, cl, polls)
	close(polls)
	writing.Wait()
	return errors.Join(perr, werr)
}

// options assigns every partition by hand: a consumer group could rebalance in the middle of a trial.
func (g *group) options() []kgo.Opt {
	at := map[string]map[int32]kgo.Offset{}
	for name := range g.topics {
		at[name] = map[int32]kgo.Offset{}
		for p := range g.c.cfg.Partitions {
			at[name][p] = kgo.NewOffset().AtStart()
		}
	}
	level := kgo.ReadUncommitted()
	if g.committed {
		level = kgo.ReadCommitted()
	}
	return []kgo.Opt{
		kgo.ConsumePartitions(at),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // lost records are an error, not a jump
		kgo.FetchIsolationLevel(level),
		kgo.FetchMinBytes(1),
		kgo.FetchMaxBytes(maxFetch),
		kgo.FetchMaxPartitionBytes(maxFetch),
	}
}

// poll stamps what the client returns and hands it on until ctx ends. The channel's reader never stops before it is closed.
func (g *group) poll(ctx context.Context, cl *kgo.Client, polls chan<- poll) error {
	now := g.c.cfg.Now
	for {
		fetches := cl.PollFetches(ctx)
		received := now()
		hand(polls, fetches, received)
		if ctx.Err() != nil {
			return nil
		}
		if err := final(fetches); err != nil {
			return err
		}
		g.tally.gaps.Record(int64(now().Sub(received)))
	}
}

// hand gives a poll to the decoder, and waits for it when it is large.
func hand(polls chan<- poll, fetches kgo.Fetches, received time.Time) {
	records, bytes := 0, 0
	fetches.EachRecord(func(r *kgo.Record) {
		records++
		bytes += len(r.Value)
	})
	p := poll{fetches: fetches, received: received}
	switch {
	case records == 0:
	case bytes < large:
		polls <- p
	default:
		p.done = make(chan struct{})
		polls <- p
		<-p.done
	}
}

// final is the first error the client does not retry by itself.
func final(fetches kgo.Fetches) error {
	var first error
	fetches.EachError(func(topic string, partition int32, err error) {
		if first == nil {
			first = fmt.Errorf("observing topic %q partition %d: %w", topic, partition, err)
		}
	})
	return first
}

// write decodes and stores polls until the channel is closed. After an error it ends the polling and discards the rest.
func (g *group) write(polls <-chan poll, cancel func()) error {
	var failed error
	for p := range polls {
		if failed == nil {
			if failed = g.store(p); failed != nil {
				cancel()
			}
			g.tally.handover.Record(int64(g.c.cfg.Now().Sub(p.received)))
		}
		if p.done != nil {
			close(p.done)
		}
	}
	if failed == nil {
		failed = g.flush()
	}
	for _, files := range g.files {
		for _, f := range files {
			if f == nil {
				continue
			}
			if err := f.f.Close(); err != nil && failed == nil {
				failed = f.problem(err)
			}
		}
	}
	if failed == nil {
		failed = g.writeHealth()
	}
	return failed
}

func (g *group) store(p poll) (failed error) {
	defer defect.Catch(&failed) // who polls waits for this
	g.tally.polls++
	received := int64(p.received.Sub(g.c.origin))
	p.fetches.EachPartition(func(fp kgo.FetchTopicPartition) {
		if failed == nil && len(fp.Records) > 0 {
			failed = g.storePartition(g.topics[fp.Topic], fp.Partition, fp.Records, received)
		}
	})
	if failed == nil && p.received.Sub(g.flushed) >= flushEvery {
		g.flushed = p.received
		failed = g.flush()
	}
	return failed
}

func (g *group) storePartition(t Topic, partition int32, records []*kgo.Record, received int64) error {
	g.buf = g.buf[:0]
	if t.Role == StageRole {
		g.observeStage(records, received)
	} else {
		g.observe(t.Role, partition, records, received)
	}
	if len(g.buf) == 0 {
		return nil
	}
	f, err := g.file(t, partition)
	if err != nil {
		return err
	}
	if _, err := f.w.Write(g.buf); err != nil {
		return f.problem(err)
	}
	return nil
}

// observe takes the preview's lock once for all records of a partition.
func (g *group) observe(role Role, partition int32, records []*kgo.Record, received int64) {
	o := Observation{Received: received}
	foreign := g.tally.foreign
	start := g.c.startOffset()
	g.view.mu.Lock()
	defer g.view.mu.Unlock()
	for _, r := range records {
		if g.decode(r, &o) {
			g.view.observeLocked(role, partition, &o, start)
			g.keep(&o)
		}
	}
	g.view.mu.s.Foreign += g.tally.foreign - foreign
}

func (g *group) observeStage(records []*kgo.Record, received int64) {
	o := Observation{Received: received}
	for _, r := range records {
		if g.decodeStage(r, &o) {
			g.keep(&o)
		}
	}
}

func (g *group) keep(o *Observation) {
	g.buf = appendObservation(g.buf, o)
	g.tally.observed++
}

// decode reads a result or a dead letter.
func (g *group) decode(r *kgo.Record, o *Observation) bool {
	out, err := event.ParseOutput(header(r, event.HeaderOutput))
	if err != nil {
		g.tally.foreign++
		return false
	}
	o.Kind, o.Stream, o.Device, o.Seq, o.Intended = out.Kind, out.Stream, out.Device, out.Seq, out.Intended
	o.Count, o.Node, o.Ordinal, o.IDs = out.Count, out.Node, out.Ordinal, out.IDs
	o.Flags = g.deviceFlags(out.Device)
	g.common(r, o)
	if g.c.cfg.Summaries && o.Kind == event.KindEvent {
		o.Size = summarised(r.Value)
	}
	return true
}

// decodeStage reads a heartbeat between two stages and skips everything else.
func (g *group) decodeStage(r *kgo.Record, o *Observation) bool {
	stamp := header(r, event.HeaderStamp)
	if len(stamp) != event.StampSize || stamp[1]&event.FlagHeartbeat == 0 {
		g.tally.skipped++
		return false
	}
	s, err := event.ParseStamp(stamp)
	if err != nil {
		g.tally.foreign++
		return false
	}
	*o = Observation{Received: o.Received, Kind: event.KindEvent, Flags: s.Flags, Stream: s.Stream, Device: s.Device, Seq: s.Seq,
		Intended: s.Intended, Count: 1, IDs: s.Term()}
	g.common(r, o)
	return true
}

// header is the first of a name, as the oracle reads it (SEMANTICS.md 1); nil if there is none.
func header(r *kgo.Record, name string) []byte {
	for i := range r.Headers {
		if r.Headers[i].Key == name {
			return r.Headers[i].Value
		}
	}
	return nil
}

// deviceFlags tells heartbeats and probes by their device numbers, which come before all real ones (SEMANTICS.md 2).
func (g *group) deviceFlags(device uint32) uint8 {
	switch p := uint32(g.c.cfg.Partitions); {
	case device < p:
		return event.FlagHeartbeat
	case device < 2*p:
		return event.FlagProbe
	}
	return 0
}

func (g *group) common(r *kgo.Record, o *Observation) {
	o.EventTime = math.MinInt64
	if ms, err := event.ParseTime(header(r, event.HeaderTime)); err == nil {
		o.EventTime = ms
	}
	o.Append = r.Timestamp.UnixMilli()
	if r.Attrs.TimestampType() == 1 {
		o.Flags |= FlagLogAppend
	}
	if !r.Attrs.IsTransactional() {
		g.tally.plain++
	}
	o.Offset = r.Offset
	o.Hash = event.Hash(r.Value)
	o.Size = uint32(len(r.Value))
}

// health is the content of a group's .health.json; durations in ns, null where nothing was recorded.
type health struct {
	Schema      int    `json:"schema"`
	Group       string `json:"group"`
	Polls       int64  `json:"polls"`
	Observed    int64  `json:"observed"`
	Foreign     int64  `json:"foreign"`
	Skipped     int64  `json:"skipped"`
	Plain       int64  `json:"outside_transactions"`
	GapP50      *int64 `json:"gap_p50_ns"`
	GapP99      *int64 `json:"gap_p99_ns"`
	GapMax      int64  `json:"gap_max_ns"`
	HandoverP99 *int64 `json:"handover_p99_ns"`
	HandoverMax int64  `json:"handover_max_ns"`
}

func (g *group) writeHealth() error {
	t := g.tally
	h := health{Schema: 1, Group: g.name, Polls: t.polls, Observed: t.observed, Foreign: t.foreign, Skipped: t.skipped, Plain: t.plain,
		GapP50: quantile(t.gaps, 0.5), GapP99: quantile(t.gaps, 0.99), GapMax: t.gaps.Max(),
		HandoverP99: quantile(t.handover, 0.99), HandoverMax: t.handover.Max()}
	b, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the health of %s: %w", g.name, err)
	}
	path := filepath.Join(g.c.cfg.Dir, g.name+".health.json")
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the observer's health: %w", err)
	}
	return nil
}

func quantile(r *latency.Recorder, q float64) *int64 {
	if v, ok := r.Quantile(q); ok {
		return &v
	}
	return nil
}
