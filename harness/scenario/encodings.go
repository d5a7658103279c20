package scenario

import (
	"cmp"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/job"
)

// eachEncoding makes of every engine one for each of stream.encodings, which is offered the stream in that: tuple-csv of tuple.
func (r *reading) eachEncoding() {
	s := r.scenario
	if len(s.Stream.Encodings) == 0 {
		return
	}
	all := map[string]Engine{}
	for label, e := range s.Engines {
		if label == Floor || e.Engine == Floor {
			all[label] = e // copies, whatever it is
			continue
		}
		e.Engine = cmp.Or(e.Engine, label)
		for _, name := range s.Stream.Encodings {
			e.Encoding = name
			all[label+"-"+strings.ReplaceAll(name, "+", "-")] = e
		}
	}
	s.Engines = all
}

// eachEncoding checks stream.encodings.
func (v *validation) eachEncoding() {
	const path = "stream.encodings"
	s := v.Stream
	if len(s.Encodings) == 0 {
		return
	}
	for i, name := range s.Encodings {
		v.encodingName(path, name)
		if slices.Contains(s.Encodings[:i], name) {
			v.badf(at(path), "%s is there twice", name)
		}
	}
	d := v.decode()
	switch {
	case v.positions.Has("stream.encoding"):
		v.badf(at("stream.encoding", path), "goes without stream.encodings, which names several: write stream.encodings: [%s]", s.Encoding)
	case s.Payload != (Payload{}):
		v.badf(at(path, "stream.payload"), "goes with readings, not with stream.payload")
	case v.Placement != Isolated:
		v.badf(at(path, "placement"), "engines side by side read the same records: write placement: %s", Isolated)
	case v.Job != nil && d == nil:
		v.badf(at(path, "job"), "job %s decodes nothing, so that an encoding means nothing to it", v.JobName)
	case d != nil && d.Encoding != "":
		v.badf(at(path, "job"), "job %s decodes %s alone", v.JobName, d.Encoding)
	}
}

// decoding is a job that decodes an encoding; what it shares with j is not changed.
func decoding(j *job.Job, name string) *job.Job {
	c := *j
	c.Stages = slices.Clone(j.Stages)
	for i := range c.Stages {
		c.Stages[i].Do = slices.Clone(c.Stages[i].Do)
		for k := range c.Stages[i].Do {
			if o := &c.Stages[i].Do[k]; o.Decode != nil {
				d := *o.Decode
				if d.Encoding = name; name == DefaultEncoding {
					d.Encoding = ""
				}
				o.Decode = &d
			}
		}
	}
	return &c
}
