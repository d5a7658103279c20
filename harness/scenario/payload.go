package scenario

import (
	"cmp"
	"maps"
	"math"

	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/payload"
)

// Payload makes a stream of messages of many sizes, and says how they travel; those of a preset have sizes of their own. The zero
// value is none.
type Payload struct {
	Smallest Bytes  `yaml:"smallest" json:"smallest_bytes"` // of a message; not with a preset
	Largest  Bytes  `yaml:"largest" json:"largest_bytes"`   // not with a preset
	Carrier  string `yaml:"carrier" json:"carrier"`         // inline, claim-check or chunked
	Chunk    Bytes  `yaml:"chunk" json:"chunk_bytes"`       // of a chunk; messages of up to this size are one record with every carrier
	Link     Bytes  `yaml:"link" json:"link_bytes_per_sec"` // that come from one device in a second
	Store    Store  `yaml:"store" json:"store,omitzero"`    // where claim-check keeps messages
}

// Sizes are how large the messages of a preset are. The zero value: none is larger than ordinary.
type Sizes struct {
	Mean    Bytes
	Largest Bytes
}

// ordinary is more than a message of a preset has beside its blobs.
const ordinary = 64 << 10

// resolveSizes asks how large the messages of the stream's preset are. One that cannot be read is told of elsewhere.
func (r *reading) resolveSizes() {
	s := &r.scenario.Stream
	if s.Preset == "" {
		return
	}
	var mean float64
	var largest int64
	if r.options.Blobs != nil {
		mean, largest, _ = r.options.Blobs(s.Preset)
	}
	if largest > 0 || s.Payload != (Payload{}) {
		s.Sizes = Sizes{Mean: Bytes(mean) + assumedValue, Largest: Bytes(largest) + ordinary}
	}
}

// The defaults of a payload.
const (
	DefaultSmallest = Bytes(100)
	DefaultChunk    = Bytes(1e6)
	DefaultLink     = Bytes(100e6)
)

// maxLargest is the largest message that the engines are known to carry in one record.
const maxLargest = Bytes(110e6)

// resolvePayload fills in what a scenario with a payload leaves out. Its floor copies records, of which a message in chunks
// is many: it answers no message, so there is none.
func (r *reading) resolvePayload() {
	s, p := r.scenario, &r.scenario.Stream.Payload
	if *p == (Payload{}) {
		return
	}
	if p.Smallest == 0 && s.Stream.Preset == "" {
		p.Smallest = DefaultSmallest
	}
	if p.Carrier == "" {
		p.Carrier = payload.Chunked
	}
	if p.Chunk == 0 {
		p.Chunk = DefaultChunk
	}
	if p.Link == 0 {
		p.Link = DefaultLink
	}
	if p.Carrier != payload.Inline {
		s.Floor = false
	}
}

// payload checks a stream of messages of many sizes.
func (v *validation) payload() {
	s, p := v.Stream, v.Stream.Payload
	if s.Recording != "" {
		v.badf(at("stream.payload"), "goes without stream.recording: a stream comes from one of the three, and large messages from a preset or by themselves")
	}
	if v.Job != nil && !v.Job.Payloads() {
		v.badf(at("stream.payload", "job"), "goes with a job of large messages, such as large or large-assembled; %s is none", v.JobName)
	}
	v.oneOf("stream.payload.carrier", p.Carrier, payload.Chunked, payload.ClaimCheck, payload.Inline)
	if s.Preset == "" {
		v.between("stream.payload.largest", int64(p.Largest), 1, int64(maxLargest))
		v.between("stream.payload.smallest", int64(p.Smallest), 1, int64(p.Largest))
	} else if p.Smallest != 0 || p.Largest != 0 {
		v.badf(at("stream.payload.largest", "stream.payload"), "smallest and largest go without stream.preset, whose messages have sizes of their own")
	}
	v.between("stream.payload.chunk", int64(p.Chunk), 1000, 100e6)
	v.between("stream.payload.link", int64(p.Link), 1000, 1e12)
	v.link()
	v.store()
	if v.Load.Profile != Constant && v.Load.Profile != Poisson {
		v.badf(at("load.profile", "stream.payload"), "%s; with stream.payload want constant or poisson", v.Load.Profile)
	}
	for label, e := range v.Engines {
		if carrier := cmp.Or(e.Carrier, p.Carrier); e.Engine == Floor && carrier != payload.Inline {
			v.badf(at("engines."+label, "stream.payload"), "%s copies records, of which a message by %s is not one: it would answer no message; leave it out, or take carrier inline",
				Floor, carrier)
		}
	}
	if s.Preset != "" {
		v.preset()
		return
	}
	for _, c := range []struct {
		path string
		set  bool
	}{{"stream.disorder", s.Disorder.Share > 0}, {"stream.repeats", s.Repeats > 0}, {"stream.damaged", s.Damaged > 0}, {"stream.pad", s.Pad > 0}} {
		if c.set {
			v.badf(at(c.path, "stream.payload"), "goes with a recording, not with stream.payload")
		}
	}
}

// link checks that the links of devices carry the load. Else messages wait for their link longer and longer, and most are due
// after the trial.
func (v *validation) link() {
	s, p := v.Stream, v.Stream.Payload
	if s.Preset == "" && (p.Smallest < 1 || p.Smallest > p.Largest) || p.Link < 1 || s.Devices < 1 {
		return // that is the problem
	}
	if each := float64(v.Load.Rate) * float64(s.mean()) / float64(s.Devices); each > float64(p.Link) {
		v.badf(at("stream.payload.link", "stream.payload", "stream.devices", "load.rate"),
			"%s a second from one device; %s of about %s each, from %d devices, are %s a second from one: a faster link, more devices, less load or smaller messages",
			p.Link, v.Load.Rate, Bytes(s.mean()), s.Devices, Bytes(each))
	}
}

// ownWay checks the carrier and the job of one engine. Engines that are offered the same records share both.
func (v *validation) ownWay(path string, e Engine) {
	carrier, own := path+".carrier", path+".job"
	if e.Carrier != "" {
		v.oneOf(carrier, e.Carrier, payload.Chunked, payload.ClaimCheck, payload.Inline)
	}
	if e.Job != nil && !e.Job.Payloads() {
		v.badf(at(own), "an engine's own job is one of large messages, such as large or large-assembled; %s is none", e.JobName)
	}
	for _, key := range []struct{ path, value string }{{carrier, e.Carrier}, {own, e.JobName}} {
		switch {
		case key.value == "":
		case v.Stream.Payload == (Payload{}):
			v.badf(at(key.path), "goes with stream.payload")
		case v.Placement != Isolated:
			v.badf(at(key.path, "placement"), "engines side by side read the same records and do the same job: write placement: %s", Isolated)
		}
	}
}

// For is the scenario as the engine of a label runs it: with its own carrier, job and encoding in the place of the scenario's, and no
// engine with one of its own.
func (s *Scenario) For(label string) *Scenario {
	c, e := *s, s.Engines[label]
	c.Engines = maps.Clone(s.Engines)
	for l, other := range c.Engines {
		other.Carrier, other.JobName, other.Job, other.Encoding = "", "", nil, ""
		c.Engines[l] = other
	}
	if e.Carrier != "" {
		c.Stream.Payload.Carrier = e.Carrier
	}
	if e.Job != nil {
		c.JobName, c.Job = e.JobName, e.Job
	}
	if e.Encoding != "" {
		c.Stream.Encoding, c.Job = e.Encoding, decoding(c.Job, e.Encoding)
	}
	return &c
}

// LargestRecord is the size of the largest value of a record that the stream or a job's first stage makes of a message,
// bytes; 0 where no message is larger than ordinary.
func (s *Scenario) LargestRecord() int64 {
	var largest int64
	for _, e := range s.Engines {
		largest = max(largest, s.Stream.record(cmp.Or(e.Carrier, s.Stream.Payload.Carrier), cmp.Or(e.Job, s.Job)))
	}
	return largest
}

// record is the size of the largest value that a message is in with a carrier, which may be none, and a job, bytes.
func (s Stream) record(carrier string, j *job.Job) int64 {
	whole := max(s.Payload.Largest, s.Sizes.Largest)
	if carrier == "" || carrier == payload.Inline || carrier == payload.Chunked && assembles(j) {
		return int64(whole)
	}
	return int64(min(s.Payload.Chunk, whole))
}

func assembles(j *job.Job) bool {
	for _, name := range j.OperatorNames() {
		if name == "reassemble" {
			return true
		}
	}
	return false
}

// mean is the mean size of a message, bytes: what is known of a preset's, or by the power law; 0 where messages are ordinary.
func (s Stream) mean() int64 {
	if s.Sizes != (Sizes{}) {
		return int64(s.Sizes.Mean)
	}
	return s.Payload.mean()
}

// mean is the mean size of a message, by the power law of generators/blob: what comes out above a quarter of the largest size
// has that size.
func (p Payload) mean() int64 {
	if p.Smallest >= p.Largest/4 {
		return int64(p.Largest)
	}
	a, b := math.Sqrt(float64(p.Smallest)), math.Sqrt(float64(p.Largest))
	return int64(a * b * (1.5*b - a) / (b - a))
}
