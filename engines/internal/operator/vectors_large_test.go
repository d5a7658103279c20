package operator

import (
	"math/rand/v2"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// largeJobs are jobs of large messages with both operators.
func largeJobs() []job.Job {
	scan := job.Operator{Scan: &job.Scan{}}
	answers := job.Answers{Probe: "event", PerEvent: "event"}
	return []job.Job{
		{Schema: 1, Name: "large", Answers: answers, Stages: []job.Stage{
			{Name: "receive", Do: []job.Operator{scan}}, {Name: "review", Do: []job.Operator{scan}}}},
		{Schema: 1, Name: "large assembled", Answers: answers, Stages: []job.Stage{
			{Name: "assemble", Do: []job.Operator{{Reassemble: &job.Reassemble{}}}}, {Name: "review", Do: []job.Operator{scan}}}},
	}
}

// recorder makes records for stages of a job.
type recorder interface {
	record() (stage int, r *event.Record)
}

// messageGen makes records of messages: whole, in chunks that come, come again, are missing or damaged, and claim checks without
// a store. One device sends in two streams.
type messageGen struct {
	*rand.Rand
	n       int64
	senders []*sender
}

// sender is a device at one message.
type sender struct {
	key    string
	stream uint16
	device uint32
	seq    uint64
	body   []byte
	ends   []int // of its chunks
	next   int   // chunk to send
}

func newMessageGen(seed uint64) *messageGen {
	g := &messageGen{Rand: rand.New(rand.NewPCG(11, seed))}
	for _, s := range []sender{{key: "a", stream: 1, device: 4}, {key: "a", stream: 2, device: 4}, {key: "ö", stream: 1, device: 5}} {
		g.senders = append(g.senders, &s)
		g.begin(&s)
	}
	return g
}

func (g *messageGen) chance(percent int) bool { return g.IntN(100) < percent }

// begin makes the sender's next message: some fit into one block of the hash, some do not, and some have no bytes.
func (g *messageGen) begin(s *sender) {
	s.seq++
	s.next, s.ends = 0, nil
	s.body = make([]byte, []int{0, 1, 7, 90, 400, 1500}[g.IntN(6)])
	for i := range s.body {
		s.body[i] = byte(g.Uint32())
	}
	count := min(1+g.IntN(5), max(1, len(s.body)))
	for i := range count {
		s.ends = append(s.ends, len(s.body)*(i+1)/count)
	}
}

func (g *messageGen) record() (stage int, r *event.Record) {
	g.n++
	s := g.senders[g.IntN(len(g.senders))]
	if g.chance(5) {
		stage = 1
	}
	switch {
	case g.chance(20):
		return stage, g.whole(s)
	case g.chance(5):
		return stage, g.claim(s)
	}
	return stage, g.chunk(s)
}

func (g *messageGen) of(s *sender, seq uint64, flags uint8, value []byte) *event.Record {
	stamp := event.Stamp{ID: event.ID{Stream: s.stream, Device: s.device, Seq: seq}, Flags: flags,
		Intended: (g.n + g.Int64N(4)) * 1_000_000, Hash: event.Hash(value)}
	return &event.Record{Key: []byte(s.key), Value: value, Offset: g.n, Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, g.n*250-10_000)}}}
}

func (g *messageGen) whole(s *sender) *event.Record {
	value := make([]byte, g.IntN(300))
	for i := range value {
		value[i] = byte(g.Uint32())
	}
	return g.of(s, s.seq+g.Uint64N(3), 0, value)
}

func (g *messageGen) claim(s *sender) *event.Record {
	c := event.Chunk{Total: g.Uint64N(9), Hash: g.Uint64()}
	if g.chance(30) {
		c.Index = 1
	}
	if g.chance(30) {
		c.Offset = 1
	}
	return withChunk(g.of(s, s.seq, 0, []byte([]string{"1/5/0", "../1", ""}[g.IntN(3)])), event.AppendChunk(nil, c))
}

func withChunk(r *event.Record, sgc []byte) *event.Record {
	r.Headers = append(r.Headers, event.Header{Key: event.HeaderChunk, Value: sgc})
	return r
}

// chunk sends the next chunk of a message, if nothing goes wrong.
func (g *messageGen) chunk(s *sender) *event.Record {
	if s.next == len(s.ends) || g.chance(3) { // all were sent, or the rest never comes
		g.begin(s)
	}
	i, seq := s.next, s.seq
	switch {
	case g.chance(10):
		i = g.IntN(s.next + 1) // one that came before
	case g.chance(3):
		i = g.IntN(len(s.ends))
	case g.chance(3):
		seq -= g.Uint64N(seq + 1)
	}
	s.next = max(s.next, i+1)
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	value := s.body[from:s.ends[i]]
	c := event.Chunk{Index: uint32(i), Count: uint32(len(s.ends)), Offset: uint64(from), Total: uint64(len(s.body)), Hash: event.Hash(s.body)}
	return g.harmed(g.of(s, seq, event.FlagChunk, value), c)
}

// harmed gives a chunk its header, and sometimes harms one or the other.
func (g *messageGen) harmed(r *event.Record, c event.Chunk) *event.Record {
	if !g.chance(8) {
		return withChunk(r, event.AppendChunk(nil, c))
	}
	switch g.IntN(8) {
	case 0:
		c.Count++
	case 1:
		c.Total++
	case 2:
		c.Hash++
	case 3:
		c.Offset++
	case 4:
		c.Total, c.Offset = job.MaxPayload+1, 1<<63
	case 5:
		return withChunk(r, event.AppendChunk(nil, c)[1:])
	case 6:
		r.Value = append([]byte{0x55}, r.Value...)
	case 7:
		r.Value = append([]byte(nil), r.Value...)
		for i := range r.Value {
			r.Value[i] ^= 0x10
		}
	}
	return withChunk(r, event.AppendChunk(nil, c))
}
